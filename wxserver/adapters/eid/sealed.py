"""Names and numbers that E证通 hands back sealed: SM4-ECB under a session key that is itself sealed by SM2.

The platform's page does not say how the SM2 ciphertext is written, so all three ways are read: DER, C1C3C2 with the
point's leading 04, and without it. SM2 comes from an optional package (requirements/sm.in); SM4 from `cryptography`.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any, Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from wxserver.ports.documents import Document, Malformed

_KEY_BYTES: Final = 16
_POINT, _DIGEST = 64, 32
_FILLING: Final = bytes(range(0x21))
"""What may follow the document in its last block: the platform names no padding."""


class SmMissing(RuntimeError):
    """The package for SM2 is not installed."""

    def __init__(self) -> None:
        super().__init__("needs the package for SM2: pip install -r requirements/sm.in")


class SessionKeys:
    """Opens what was sealed for our key. `private_key`: 64 hexadecimal digits. Raises `SmMissing`."""

    def __init__(self, private_key: str) -> None:
        try:
            import gmssl_pyx
        except ImportError:
            raise SmMissing from None
        self._sm2: Any = gmssl_pyx
        self._key = bytes.fromhex(private_key)

    def __repr__(self) -> str:
        return "SessionKeys()"

    def open(self, des_key: str, user_info: str) -> tuple[str, str, str]:
        """Name, type ("01": resident identity card) and number out of `DesKey` and `UserInfo`; raises `Malformed`."""
        key = self._session_key(_decoded(des_key, "DesKey"))
        content = _decoded(user_info, "UserInfo")
        if not content or len(content) % 16:
            raise Malformed("UserInfo is not made of whole blocks")
        opener = Cipher(algorithms.SM4(key), modes.ECB()).decryptor()  # noqa: S305 - the platform's own choice
        told = Document.parse((opener.update(content) + opener.finalize()).rstrip(_FILLING))
        return told.text("name", longest=64), told.text("idtype", longest=8), told.text("idnum", longest=32)

    def _session_key(self, sealed: bytes) -> bytes:
        for candidate in (*_in_der(sealed), sealed):
            try:
                key = bytes(self._sm2.sm2_decrypt(self._key, candidate))
            except Exception:  # noqa: BLE001, S112 - the package raises its own, of every kind
                continue
            if len(key) == _KEY_BYTES:
                return key
        raise Malformed("DesKey holds no key that ours opens")


def _in_der(sealed: bytes) -> list[bytes]:
    """C1C3C2 as DER: the sequence of x, y, digest and ciphertext (GM/T 0009)."""
    raw = sealed[1:] if sealed[:1] == b"\x04" and len(sealed) == 1 + _POINT + _DIGEST + _KEY_BYTES else sealed
    if len(raw) != _POINT + _DIGEST + _KEY_BYTES:
        return []
    x, y, digest, content = raw[:32], raw[32:_POINT], raw[_POINT : _POINT + _DIGEST], raw[_POINT + _DIGEST :]
    body = _integer(x) + _integer(y) + _item(0x04, digest) + _item(0x04, content)
    return [_item(0x30, body)]


def _integer(value: bytes) -> bytes:
    bare = value.lstrip(b"\x00") or b"\x00"
    return _item(0x02, b"\x00" + bare if bare[0] & 0x80 else bare)


def _item(tag: int, content: bytes) -> bytes:
    length = len(content)
    sized = bytes([length]) if length < 0x80 else bytes([0x81, length])
    return bytes([tag]) + sized + content


def _decoded(text: str, name: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed(f"{name} is not base64") from None
