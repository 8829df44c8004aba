"""Bodies and words as they arrive, bounded and readable before anything looks at them.

Files that people hand in stay in memory: nothing of them is written to the disk before it is sealed.
"""

import io
import re
import threading
from typing import IO, Final

from flask import Request, request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import RequestEntityTooLarge

from wxserver.usecases.faults import Busy, Problem
from wxserver.web.problems import BODY_LIMIT

FILES_BODY_LIMIT: Final = 21 * 1024 * 1024
FILE_LIMIT: Final = 20 * 1024 * 1024
"""Bytes of a file that is handed in, and of the body that brings it (contract, "JSON API")."""
LONG_FORM_LIMIT: Final = 256 * 1024
"""Bytes of a form of the editor, with long texts."""
_MOST_PARTS: Final = 5000
READ_AT_ONCE: Final = 12
"""Large bodies in memory at a time; more than a few, because a slow phone holds its place for minutes."""
_WAIT_SECONDS: Final = 20.0
_SPOON: Final = 64 * 1024

# PostgreSQL stores no NUL, UTF-8 knows no lone surrogates, and nobody types the other control characters.
_INVISIBLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


_reading: Final = threading.BoundedSemaphore(READ_AT_ONCE)


class FileTooLarge(Problem):
    """A picture of more than `FILE_LIMIT` bytes."""

    status, code = 413, "file-too-large"

    def __init__(self) -> None:
        super().__init__("这张图片太大了，最多 20 MB。请用手机重新拍一张，或在相册里缩小后再传。")


class RequestInMemory(Request):
    """A request whose files are never spooled to a temporary file; its size is bounded before it is read."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        return io.BytesIO()


def takes_large_bodies() -> None:
    """Let this request bring a file."""
    request.max_content_length = FILES_BODY_LIMIT
    # The parser counts the stretch it has in hand, which is a spoon of a file too.
    request.max_form_memory_size = 8 * _SPOON


def takes_long_texts() -> None:
    """Let this request bring a form of the editor: many fields, long texts, no file."""
    request.max_content_length = LONG_FORM_LIMIT
    request.max_form_memory_size = LONG_FORM_LIMIT
    request.max_form_parts = _MOST_PARTS


def read_form() -> MultiDict[str, str]:
    """The form, read once, with its files; at most `READ_AT_ONCE` large ones at a time.

    Raises FileTooLarge, and Busy where others take too long.
    """
    length = request.content_length
    if request.max_content_length != FILES_BODY_LIMIT or (length is not None and length <= BODY_LIMIT):
        return request.form
    if not _reading.acquire(timeout=_WAIT_SECONDS):
        raise Busy("现在上传的人有点多，请过 10 秒再传一次。")
    try:
        return request.form
    except RequestEntityTooLarge:
        _drink_up()
        raise FileTooLarge from None
    finally:
        _reading.release()


def read_file(name: str) -> bytes | None:
    """The one file handed in under this name; None where there is none. Raises as `read_form`."""
    files = read_files(name)
    return files[0] if len(files) == 1 else None


def read_files(name: str) -> list[bytes]:
    """All files handed in under this name. Raises as `read_form`."""
    read_form()
    # A browser sends a part without a file's name where nothing was chosen.
    found = [each.stream.read() for each in request.files.getlist(name) if each.filename]
    if any(len(each) > FILE_LIMIT for each in found):
        raise FileTooLarge
    return found


def _drink_up() -> None:
    """Read what is still coming, up to twice what is allowed: a browser that can't send on never sees our answer."""
    left = min(request.content_length or 0, 2 * FILES_BODY_LIMIT)
    stream = request.environ["wsgi.input"]
    while left > 0 and (spoon := stream.read(min(left, _SPOON))):
        left -= len(spoon)


def read_body(limit: int = BODY_LIMIT) -> bytes:
    """The raw body. Raises 413 as soon as it is known to pass `limit` bytes, without reading the rest."""
    if (request.content_length or 0) > limit:
        raise RequestEntityTooLarge
    request.max_content_length = limit
    body = request.get_data(cache=False, parse_form_data=False)
    if len(body) > limit:
        raise RequestEntityTooLarge
    return body


def is_readable(text: str) -> bool:
    """Whether a text holds only characters that can be stored and shown."""
    return _INVISIBLE.search(text) is None


def readable(text: str) -> str:
    """The text with a question mark for every character that can't be shown."""
    return _INVISIBLE.sub("?", text)
