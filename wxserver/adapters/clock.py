"""The port `Clock`: the machine's clock, and the sandbox's, which can be moved."""

from __future__ import annotations

import logging
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

_log = logging.getLogger(__name__)

_LONGEST = 64

_Stamp = tuple[int, int, int]


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """This moment, aware, in UTC."""
        return datetime.now(UTC)


class ShiftedClock:
    """The machine's clock plus the seconds that a file holds; for the sandbox configuration only.

    `file`: one decimal number as text, replaced atomically by whoever moves time. It is looked at on every call and
    read only when it was replaced. A file that is missing or holds no usable number counts as 0.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._seen: tuple[_Stamp | None, timedelta] = (None, timedelta())

    def now(self) -> datetime:
        """This moment as shifted, aware, in UTC."""
        real = datetime.now(UTC)
        try:
            return real + self._offset()
        except OverflowError:
            return real

    def _offset(self) -> timedelta:
        try:
            seen, offset = self._seen
            if seen == _stamp(os.stat(self._file)):
                return offset
            with self._file.open("rb") as opened:
                stamp = _stamp(os.fstat(opened.fileno()))
                offset = self._parse(opened.read(_LONGEST + 1))
        except OSError:
            return timedelta()
        self._seen = (stamp, offset)
        return offset

    def _parse(self, content: bytes) -> timedelta:
        try:
            seconds = float(content.decode("ascii"))
            if len(content) <= _LONGEST:
                return timedelta(seconds=seconds)
        except (ValueError, OverflowError):
            pass
        _log.warning("%s holds no usable number of seconds, time is not shifted", self._file)
        return timedelta()


def _stamp(status: os.stat_result) -> _Stamp:
    return status.st_mtime_ns, status.st_ino, status.st_size
