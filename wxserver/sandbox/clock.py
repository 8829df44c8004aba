"""The sandbox's notion of now: the real clock plus the offset that app and sandbox share in a file."""

import os
import re
import tempfile
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

SHANGHAI = timezone(timedelta(hours=8))
_DURATION = re.compile(
    r"(?P<sign>-)?P(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)


class Clock:
    """Reads the offset at every look, because the other process may have moved it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def offset(self) -> float:
        """Seconds added to the real clock; 0 without a file, or with one that holds no number."""
        try:
            return float(self._path.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return 0.0

    def now(self) -> datetime:
        """This moment in the legal zone, +08:00."""
        return datetime.now(UTC).astimezone(SHANGHAI) + timedelta(seconds=self.offset())

    def timestamp(self) -> float:
        """This moment in Unix seconds."""
        return self.now().timestamp()

    def text(self) -> str:
        """This moment as RFC 3339 with offset."""
        return rfc3339(self.now())

    def set(self, moment: datetime) -> None:
        """Let it be ``moment`` (aware) now, and go on from there."""
        self._write((moment - datetime.now(UTC)).total_seconds())

    def advance(self, by: timedelta) -> None:
        """Move on by a duration."""
        moment = self.now() + by
        if not 1970 < moment.year < 2200:
            raise OverflowError
        self._write(self.offset() + by.total_seconds())

    def real(self) -> None:
        """Back to the real time."""
        self._path.unlink(missing_ok=True)

    def _write(self, offset: float) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix="clock.", dir=self._path.parent)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(f"{offset:.6f}")
        os.replace(name, self._path)


def rfc3339(moment: datetime) -> str:
    """A moment as text in the legal zone, to the millisecond."""
    return moment.astimezone(SHANGHAI).isoformat(timespec="milliseconds")


def from_timestamp(seconds: float) -> datetime:
    """Unix seconds as a moment in the legal zone."""
    return datetime.fromtimestamp(seconds, SHANGHAI)


def duration(text: str) -> timedelta | None:
    """An ISO 8601 duration of weeks, days, hours, minutes and seconds (``PT72H``, ``P3D``); None if it is none."""
    match = _DURATION.fullmatch(text)
    if match is None or not any(character.isdigit() for character in text) or text.endswith("T"):
        return None
    parts = {name: float(value) for name, value in match.groupdict().items() if name != "sign" and value}
    try:
        length = timedelta(**parts)
    except OverflowError:
        return None
    return -length if match["sign"] else length
