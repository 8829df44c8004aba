"""Sealing: what the store needs of cryptography, and nothing of how it is done."""

from __future__ import annotations

import json
from typing import Protocol, cast


class Vault(Protocol):
    """Seals personal data for one place in the database, and makes blind indexes to find it by."""

    def seal(self, place: str, row: str, text: str) -> str:
        """Encrypt `text` for `place` (`table.column`) in `row`; the same text sealed twice differs."""

    def open(self, place: str, row: str, sealed: str) -> str:
        """The text again; raises an exception if it was altered, moved or its key is absent."""

    def seal_bytes(self, place: str, row: str, content: bytes) -> bytes:
        """Encrypt what lies in a file for `place` in `row`."""

    def open_bytes(self, place: str, row: str, sealed: bytes) -> bytes:
        """The content again; raises as `open` does."""

    def index(self, field: str, text: str) -> str:
        """A keyed hash (64 hex digits) of a normalised value, equal for equal values of one field."""


def seal_json(vault: Vault, place: str, row: str, value: object) -> str:
    return vault.seal(place, row, json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def open_json(vault: Vault, place: str, row: str, sealed: str) -> dict[str, object]:
    return cast("dict[str, object]", json.loads(vault.open(place, row, sealed)))
