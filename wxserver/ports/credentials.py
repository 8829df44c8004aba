"""What staff prove themselves with: a password, and a code that a phone shows for half a minute."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Passwords(Protocol):
    """Keeps passwords so that nobody can read them, and recognises them again."""

    def hash(self, password: str) -> str:
        """What is kept of a password, at most 200 characters; the same password twice gives two different ones."""

    def matches(self, hashed: str | None, password: str) -> bool:
        """Whether this is the password. None: there is no such account, which takes as long to find out."""

    def is_dated(self, hashed: str) -> bool:
        """Whether it was hashed at a lower cost than today's, so that it should be hashed anew."""


class DynamicCodes(Protocol):
    """Codes of six digits that change every 30 seconds, as any authenticator app shows them (RFC 6238)."""

    def new_secret(self) -> str:
        """A secret to put into somebody's phone, in capitals and digits (base 32)."""

    def step_of(self, secret: str, code: str, now: datetime) -> int | None:
        """The number of the time step that a code belongs to: the present one, or one before or after. Else None."""

    def address(self, secret: str, username: str, issuer: str) -> str:
        """The `otpauth:` address that a phone reads from a QR code."""

    def code_at(self, secret: str, moment: datetime) -> str:
        """The code that a phone shows at this moment. For accounts of the sandbox, which nobody has on a phone."""
