"""Signature and encryption of WeChat's message push.

SHA-1 over sorted parts, and AES-256-CBC over `random(16) + length(4, big-endian) + message + appid`, padded by PKCS#7
to blocks of 32 bytes; the vector is the key's first half. As WeChat's page on message encryption has it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import re
import unicodedata

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from wxserver.ports import BadSignature

_AES_KEY = re.compile(r"[A-Za-z0-9+/]{43}", re.ASCII)
_BLOCK = 32
_RANDOM = 16
_LENGTH = 4


def signature(*parts: str) -> str:
    """Hex SHA-1 over the parts, sorted and joined. Parts: token, timestamp, nonce, and in safe mode the ciphertext."""
    joined = "".join(sorted(parts)).encode("utf-8", "replace")
    return hashlib.sha1(joined, usedforsecurity=False).hexdigest()


def matches(wanted: str, offered: str) -> bool:
    """Whether a signature is the wanted one, in constant time, for any text that may be offered."""
    return hmac.compare_digest(wanted.encode("ascii"), offered.encode("utf-8", "replace"))


class PushCipher:
    """Encrypts and decrypts for one account. `aes_key`: its EncodingAESKey, 43 characters; ValueError otherwise."""

    def __init__(self, app_id: str, aes_key: str) -> None:
        if not _AES_KEY.fullmatch(aes_key):
            raise ValueError("an EncodingAESKey has 43 letters and digits")
        self._app_id = app_id.encode("utf-8")
        key = base64.b64decode(aes_key + "=")
        self._cipher = Cipher(algorithms.AES(key), modes.CBC(key[:16]))

    def encrypt(self, message: bytes, random: bytes | None = None) -> str:
        """The ciphertext in base64. `random`: 16 bytes, given only to repeat a known ciphertext."""
        start = os.urandom(_RANDOM) if random is None else random
        plain = start + len(message).to_bytes(_LENGTH, "big") + message + self._app_id
        pad = _BLOCK - len(plain) % _BLOCK
        encryptor = self._cipher.encryptor()
        sealed = encryptor.update(plain + bytes([pad]) * pad) + encryptor.finalize()
        return base64.b64encode(sealed).decode("ascii")

    def decrypt(self, ciphertext: str) -> bytes:
        """The message. `BadSignature` where base64, length, padding or appid is wrong: not encrypted for us."""
        try:
            sealed = base64.b64decode(ciphertext.encode("ascii"), validate=True)
        except (binascii.Error, ValueError):
            sealed = b""
        if not sealed or len(sealed) % 16:
            raise BadSignature("the ciphertext is no base64 of whole blocks")
        decryptor = self._cipher.decryptor()
        plain = decryptor.update(sealed) + decryptor.finalize()
        pad = plain[-1]
        if not 1 <= pad <= _BLOCK or plain[-pad:] != bytes([pad]) * pad:
            raise BadSignature("the padding is wrong")
        plain = plain[:-pad]
        start = _RANDOM + _LENGTH
        end = start + int.from_bytes(plain[_RANDOM:start], "big")
        if len(plain) < start or end > len(plain):
            raise BadSignature("the length is wrong")
        if not hmac.compare_digest(plain[end:], self._app_id):
            raise BadSignature("encrypted for another account")
        return plain[start:end]


def cert_hash(cert_type: str, name: str, number: str) -> str:
    """What WeChat's face verification calls `cert_hash`: hex SHA-256 over the three values, each in base64.

    Source: WeChat's page on face verification 2.0 (facts/wechat.md §6). Blanks around name and number do not count; the
    name is taken in NFC, the number in capitals.
    """
    values = {
        "cert_type": cert_type,
        "cert_name": unicodedata.normalize("NFC", name.strip()),
        "cert_no": number.strip().upper(),
    }
    text = "&".join(f"{key}={base64.b64encode(value.encode()).decode()}" for key, value in values.items())
    return hashlib.sha256(text.encode()).hexdigest()
