"""The port `FileStore` over a folder: `<folder>/<first 2 characters>/<name>`, readable by its owner only.

A file appears whole or not at all: it is written under another name, flushed to the disk, then renamed.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from wxserver.ports import FileLost, StoredFile

_NAME = re.compile(r"[0-9a-f]{32}")
_PART = ".part"


class FolderFiles:
    """Answers the port `FileStore`. The folder is made when the first file is written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, name: str, content: bytes, at: datetime) -> None:
        """Keep a file; it is on the disk when this returns. Raises OSError where there is no room."""
        path = self._path(name)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = path.with_name(f"{name}.{secrets.token_hex(4)}{_PART}")
        try:
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.utime(file.fileno(), (at.timestamp(), at.timestamp()))
                os.fsync(file.fileno())
            os.replace(part, path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        _flush(path.parent)

    def read(self, name: str) -> bytes:
        """The file's content; raises `FileLost`."""
        try:
            return self._path(name).read_bytes()
        except FileNotFoundError:
            raise FileLost(name) from None

    def delete(self, name: str) -> None:
        """Delete a file; one that is not there is no fault. Also takes the name of a file that was never finished."""
        self._path(name).unlink(missing_ok=True)

    def names(self) -> Iterator[StoredFile]:
        """Everything in the folder, half-written files too, in no order."""
        if not self._folder.is_dir():
            return
        for below in os.scandir(self._folder):
            if not below.is_dir():
                continue
            for each in os.scandir(below.path):
                try:
                    written = each.stat().st_mtime
                except FileNotFoundError:
                    continue
                yield StoredFile(each.name, datetime.fromtimestamp(written, UTC))

    def _path(self, name: str) -> Path:
        whole = name.partition(".")[0]
        if not _NAME.fullmatch(whole) or not (name == whole or re.fullmatch(r"[0-9a-f]{32}\.[0-9a-f]{8}\.part", name)):
            raise ValueError("a file's name is 32 hexadecimal digits")
        return self._folder / name[:2] / name


def _flush(directory: Path) -> None:
    """Make a rename in the directory last."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
