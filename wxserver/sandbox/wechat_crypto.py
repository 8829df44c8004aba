"""WeChat's message signature and AES, from the platform's description (AES-256-CBC, PKCS#7 with 32-byte blocks)."""

import base64
import binascii
import hashlib
import hmac
import secrets
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 32


class BadMessage(Exception):
    """A message that is not what its sender claims, with a plain sentence."""


def signature(*parts: str) -> str:
    """Hex SHA-1 of the sorted parts, joined: token, timestamp, nonce and, in safe mode, the ciphertext."""
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def encrypt(encoding_aes_key: str, app_id: str, message: bytes, prefix: bytes | None = None) -> str:
    """Base64 ciphertext of ``random(16) + length(4) + message + app_id``; ``prefix`` is the random part."""
    key = _key(encoding_aes_key)
    full = (prefix or secrets.token_hex(8).encode()) + struct.pack(">I", len(message)) + message + app_id.encode()
    pad = BLOCK - len(full) % BLOCK
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(encryptor.update(full + bytes([pad]) * pad) + encryptor.finalize()).decode()


def decrypt(encoding_aes_key: str, app_id: str, encrypted: str) -> bytes:
    """The message of a ciphertext; raises BadMessage where it is malformed or meant for another AppID."""
    key = _key(encoding_aes_key)
    try:
        ciphertext = base64.b64decode(encrypted, validate=True)
    except (binascii.Error, ValueError):
        raise BadMessage("Encrypt is not base64") from None
    if not ciphertext or len(ciphertext) % 16:
        raise BadMessage("Encrypt is not whole AES blocks")
    decryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
    padded = decryptor.update(ciphertext) + decryptor.finalize()
    pad = padded[-1]
    if not 1 <= pad <= BLOCK or padded[-pad:] != bytes([pad]) * pad:
        raise BadMessage("the padding is wrong")
    full = padded[:-pad]
    if len(full) < 20:
        raise BadMessage("the message is too short")
    length = struct.unpack(">I", full[16:20])[0]
    message, trailer = full[20 : 20 + length], full[20 + length :]
    if len(message) != length or not hmac.compare_digest(trailer, app_id.encode()):
        raise BadMessage("the AppID at the end is another one")
    return message


def _key(encoding_aes_key: str) -> bytes:
    return base64.b64decode(encoding_aes_key + "=")
