"""HMAC-SM3, the keyed digest of bureaus that must use commercial cryptography (GB/T 32905; GB/T 39786)."""

from __future__ import annotations

from typing import Final

from cryptography.hazmat.primitives import hashes, hmac

from wxserver.ports.signatures import Scheme


def hmac_sm3(key: bytes, message: bytes) -> bytes:
    """32 bytes."""
    made = hmac.HMAC(key, hashes.SM3())
    made.update(message)
    return made.finalize()


V1SM3: Final = Scheme("v1sm3", hmac_sm3)
