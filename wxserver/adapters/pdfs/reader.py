"""The port `PdfReader`: each file is read by a new process, which may run out of time or memory instead of us."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Final

from wxserver.ports import InspectorBusy, PhotoRefused

MOST_BYTES: Final = 10 * 1024 * 1024
AT_ONCE: Final = 2
WALL_SECONDS: Final = 15.0

_CHILD: Final = Path(__file__).with_name("reading.py")
_OTHERWISE: Final = "也可以把每一页拍成照片再传。"
_SENTENCES: Final = {
    "encrypted": "这个 PDF 加了密码。请打开它，另存一份不带密码的，再传；" + _OTHERWISE,
    "active": "这个 PDF 里有会自己运行、带附件或连到外面的内容，不能收。请用“打印”另存成新的 PDF 再传；" + _OTHERWISE,
    "too-many-pages": "这个 PDF 超过 20 页。请只留下要交的那几页，再传；" + _OTHERWISE,
    "too-complex": "这个 PDF 太复杂，打不开。请用“打印”另存成新的 PDF 再传；" + _OTHERWISE,
    "damaged": "这个 PDF 不完整，打不开。请看看它在手机上能不能打开，再传一次；" + _OTHERWISE,
    "file-too-large": "这个 PDF 太大了，最多 10 MB。请只留下要交的那几页，再传；" + _OTHERWISE,
}


class IsolatedPdfReader:
    """Answers the port `PdfReader`. `patience`: seconds to wait for a free place; `wall`: seconds for one file."""

    def __init__(self, patience: float = 20.0, wall: float = WALL_SECONDS) -> None:
        self._places = threading.BoundedSemaphore(AT_ONCE)
        self._patience = patience
        self._wall = wall

    def pages(self, raw: bytes) -> int:
        """How many pages; raises `PhotoRefused` (encrypted, active, too-many-pages, too-complex, damaged,
        file-too-large) or `InspectorBusy`."""
        if len(raw) > MOST_BYTES:
            raise _refused("file-too-large")
        if not raw.startswith(b"%PDF-"):
            raise _refused("damaged")
        if not self._places.acquire(timeout=self._patience):
            raise InspectorBusy
        try:
            told = self._told(raw)
        finally:
            self._places.release()
        pages = told.get("pages")
        if isinstance(pages, int) and pages > 0:
            return pages
        raise _refused(str(told.get("refused")))

    def _told(self, raw: bytes) -> dict[str, object]:
        try:
            done = subprocess.run(  # noqa: S603 - our own interpreter and file; the stranger's bytes are only input
                [sys.executable, "-I", str(_CHILD)],
                input=raw,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=self._wall,
                env={},
                cwd="/",
                check=True,
            )
            told = json.loads(done.stdout)
        except (subprocess.SubprocessError, ValueError):
            return {"refused": "too-complex"}
        return told if isinstance(told, dict) else {}


def _refused(word: str) -> PhotoRefused:
    known = word if word in _SENTENCES else "damaged"
    code = {"active": "active-content"}.get(known, known)
    return PhotoRefused(code, _SENTENCES[known])
