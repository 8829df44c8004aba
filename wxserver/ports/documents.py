"""Reading JSON that others wrote: every value typed, every surprise one exception.

Stdlib only; adapters share it, and whoever may import the ports.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import NoReturn

_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class Malformed(ValueError):
    """Authentic, but not of the agreed shape. Says which field, never its value."""


def is_storable(text: str) -> bool:
    """Whether any database and any encoder takes the text: no NUL (PostgreSQL), no lone surrogate (UTF-8)."""
    return "\x00" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


class Document:
    """A JSON object, read field by field. Unknown fields are ignored; a wrong type raises `Malformed`.

    `where` names the object in messages, e.g. `data`.
    """

    __slots__ = ("_fields", "_where")

    def __init__(self, fields: Mapping[str, object], where: str = "") -> None:
        self._fields = fields
        self._where = where

    @classmethod
    def parse(cls, body: bytes) -> Document:
        """Read a body as one JSON object in UTF-8; raises `Malformed`. The caller has capped its size."""
        try:
            value: object = json.loads(body.decode("utf-8"), parse_constant=_no_constant)
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            raise Malformed("the body is not a JSON object")
        return cls(value)

    def path(self, name: str) -> str:
        """The full name of a field, for messages."""
        return f"{self._where}.{name}" if self._where else name

    def raw(self, name: str) -> object:
        """The value as parsed; None where it is absent or null."""
        return self._fields.get(name)

    def items(self) -> Iterable[tuple[str, object]]:
        """All fields as parsed."""
        return self._fields.items()

    def text(self, name: str, *, longest: int = 512) -> str:
        """A string of 1 to `longest` characters."""
        value = self.text_or_none(name, longest=longest)
        if not value:
            raise Malformed(f"{self.path(name)} is missing or empty")
        return value

    def text_or_none(self, name: str, *, longest: int = 512) -> str | None:
        """A string, also an empty one, or None where it is absent or null."""
        value = self.raw(name)
        if value is None:
            return None
        if not isinstance(value, str):
            raise Malformed(f"{self.path(name)} is not a string")
        if len(value) > longest or not is_storable(value):
            raise Malformed(f"{self.path(name)} is too long or holds a forbidden character")
        return value

    def whole(self, name: str, *, least: int = 0, most: int = 2**53) -> int:
        """A whole number within bounds; true and 1.0 are none."""
        value = self.raw(name)
        if not isinstance(value, int) or isinstance(value, bool):
            raise Malformed(f"{self.path(name)} is not a whole number")
        if not least <= value <= most:
            raise Malformed(f"{self.path(name)} is out of range")
        return value

    def instant(self, name: str) -> datetime:
        """An RFC 3339 instant with offset, as aware UTC; finer than a microsecond is cut off."""
        found = self.instant_or_none(name)
        if found is None:
            raise Malformed(f"{self.path(name)} is missing")
        return found

    def instant_or_none(self, name: str) -> datetime | None:
        """Like `instant`, or None where it is absent or null."""
        text = self.text_or_none(name, longest=40)
        if text is None:
            return None
        if _INSTANT.fullmatch(text):
            try:
                return datetime.fromisoformat(text.upper()).astimezone(UTC)
            except (ValueError, OverflowError):
                pass
        raise Malformed(f"{self.path(name)} is no RFC 3339 instant")

    def day_or_none(self, name: str) -> date | None:
        """A date `YYYY-MM-DD`, or None where it is absent or null."""
        text = self.text_or_none(name, longest=10)
        if text is None:
            return None
        if _DAY.fullmatch(text):
            try:
                return date.fromisoformat(text)
            except ValueError:
                pass
        raise Malformed(f"{self.path(name)} is no date")

    def object(self, name: str) -> Document:
        """An object inside this one."""
        value = self.raw(name)
        if not isinstance(value, dict):
            raise Malformed(f"{self.path(name)} is not an object")
        return Document(value, self.path(name))

    def objects(self, name: str) -> tuple[Document, ...]:
        """A list of objects."""
        value = self.raw(name)
        if not isinstance(value, list):
            raise Malformed(f"{self.path(name)} is not a list")
        found = []
        for index, entry in enumerate(value):
            if not isinstance(entry, dict):
                raise Malformed(f"{self.path(name)}[{index}] is not an object")
            found.append(Document(entry, f"{self.path(name)}[{index}]"))
        return tuple(found)

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of strings."""
        value = self.raw(name)
        if not isinstance(value, list) or not all(isinstance(entry, str) and is_storable(entry) for entry in value):
            raise Malformed(f"{self.path(name)} is not a list of strings")
        return tuple(value)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)
