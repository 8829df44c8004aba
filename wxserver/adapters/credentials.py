"""The ports `Passwords` and `DynamicCodes`: argon2id, and codes by time (RFC 6238)."""

from __future__ import annotations

import hmac
import threading
from datetime import datetime
from typing import Final

import pyotp
from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

_AT_ONCE: Final = 4
"""Hashes computed side by side; each takes its own memory, and whoever sends many sign-ins should not get it all."""
_STEP_SECONDS: Final = 30
_DIGITS: Final = frozenset("0123456789")


class Argon2Passwords:
    """argon2id. By default 64 MiB and three passes in one lane: RFC 9106's second choice on a machine of few cores."""

    def __init__(self, *, memory_kib: int = 65536, passes: int = 3) -> None:
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=1, type=Type.ID)
        self._seats = threading.BoundedSemaphore(_AT_ONCE)
        self._nobodys = self._hasher.hash(pyotp.random_base32())

    def hash(self, password: str) -> str:
        """The PHC string of a password with a salt of its own."""
        with self._seats:
            return self._hasher.hash(_bytes(password))

    def matches(self, hashed: str | None, password: str) -> bool:
        """Whether this is the password; as slow for an account that does not exist."""
        try:
            with self._seats:
                self._hasher.verify(self._nobodys if hashed is None else hashed, _bytes(password))
        except (VerificationError, InvalidHashError):
            return False
        return hashed is not None

    def is_dated(self, hashed: str) -> bool:
        """Whether the PHC string names other costs than ours."""
        return self._hasher.check_needs_rehash(hashed)


class TimedCodes:
    """Six digits by HMAC-SHA-1, 30 seconds each, which is what every authenticator app knows."""

    def new_secret(self) -> str:
        """160 random bits in base 32."""
        return pyotp.random_base32()

    def step_of(self, secret: str, code: str, now: datetime) -> int | None:
        """The newest step within one of the present one whose code this is."""
        if len(code) != 6 or not _DIGITS.issuperset(code):
            return None
        present = int(now.timestamp()) // _STEP_SECONDS
        found = None
        for step in (present - 1, present, present + 1):
            if hmac.compare_digest(_code(secret, step), code):
                found = step
        return found

    def address(self, secret: str, username: str, issuer: str) -> str:
        """`otpauth://totp/…`"""
        return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=issuer)

    def code_at(self, secret: str, moment: datetime) -> str:
        """The six digits of the step this moment lies in."""
        return _code(secret, int(moment.timestamp()) // _STEP_SECONDS)


def _code(secret: str, step: int) -> str:
    return pyotp.TOTP(secret).generate_otp(step)


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")
