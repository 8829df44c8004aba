"""The vault: AES-256-GCM seals bound to table, column and row, and blind indexes by HMAC (facts/identity-and-law §4.2).

A seal reads `v1.A256G.<key id>.<base64url of nonce, ciphertext and tag>`; its associated data is `place|row`. The seal
of a file is the same without base64. The keys lie in one file beside the database, readable by its owner only, made at
the first start and never logged.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = "v1"
ALGORITHM = "A256G"


class SealBroken(Exception):
    """A sealed value does not open at this place: altered, moved, or its key is missing."""


class KeysUnusable(Exception):
    """The key file can't be read; without it sealed data stays sealed, so nothing starts."""


class KeyRing:
    """Keys by id; the current one seals, all of them open. 32 bytes each."""

    def __init__(self, current: str, keys: Mapping[str, bytes], index_key: bytes, csrf_key: bytes) -> None:
        if current not in keys or any(len(key) != 32 for key in (*keys.values(), index_key, csrf_key)):
            raise KeysUnusable("a key ring has a current key, and keys of 32 bytes")
        self.current = current
        self.keys = dict(keys)
        self.index_key = index_key
        self.csrf_key = csrf_key

    def __repr__(self) -> str:
        return f"KeyRing({self.current})"

    @classmethod
    def from_file(cls, path: Path) -> KeyRing:
        """Read the key file, or make it if there is none. Two processes that start at once get the same keys."""
        if not path.exists():
            _make(path)
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
            keys = {name: base64.b64decode(key, validate=True) for name, key in document["keys"].items()}
            rest = [base64.b64decode(document[name], validate=True) for name in ("index", "csrf")]
            return cls(document["current"], keys, *rest)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise KeysUnusable(f"{path}: {type(error).__name__}") from None

    def rotated(self) -> KeyRing:
        """A ring with a fresh current key; the old ones still open what they sealed."""
        name = f"k{len(self.keys) + 1}"
        return KeyRing(name, {**self.keys, name: secrets.token_bytes(32)}, self.index_key, self.csrf_key)

    def write(self, path: Path) -> None:
        """Replace the key file in one step."""
        document = {
            "current": self.current,
            "keys": {name: base64.b64encode(key).decode() for name, key in self.keys.items()},
            "index": base64.b64encode(self.index_key).decode(),
            "csrf": base64.b64encode(self.csrf_key).decode(),
        }
        part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(document, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
    ring = KeyRing("k1", {"k1": secrets.token_bytes(32)}, secrets.token_bytes(32), secrets.token_bytes(32))
    ring.write(part)
    try:
        os.link(part, path)
    except FileExistsError:
        pass
    finally:
        part.unlink()


class SealingVault:
    """Answers the store's Vault."""

    def __init__(self, ring: KeyRing) -> None:
        self._current = ring.current
        self._ciphers = {name: AESGCM(key) for name, key in ring.keys.items()}
        self._index_key = ring.index_key
        self._field_keys: dict[str, bytes] = {}

    def seal(self, place: str, row: str, text: str) -> str:
        nonce = secrets.token_bytes(12)
        sealed = self._ciphers[self._current].encrypt(nonce, text.encode(), f"{place}|{row}".encode())
        return f"{VERSION}.{ALGORITHM}.{self._current}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def open(self, place: str, row: str, sealed: str) -> str:
        """Raises SealBroken."""
        try:
            version, algorithm, key, body = sealed.split(".")
            raw = base64.b64decode(body, altchars=b"-_", validate=True)
            if (version, algorithm) != (VERSION, ALGORITHM):
                raise SealBroken(f"{place}: unknown form {version}.{algorithm}"[:100])
            return self._ciphers[key].decrypt(raw[:12], raw[12:], f"{place}|{row}".encode()).decode()
        except KeyError:
            raise SealBroken(f"{place}: its key is not in the key file") from None
        except (ValueError, binascii.Error, InvalidTag):
            raise SealBroken(f"{place}: does not open") from None

    def seal_bytes(self, place: str, row: str, content: bytes) -> bytes:
        nonce = secrets.token_bytes(12)
        sealed = self._ciphers[self._current].encrypt(nonce, content, f"{place}|{row}".encode())
        return f"{VERSION}.{ALGORITHM}.{self._current}.".encode() + nonce + sealed

    def open_bytes(self, place: str, row: str, sealed: bytes) -> bytes:
        """Raises SealBroken."""
        try:
            version, algorithm, key, body = sealed.split(b".", 3)
            if (version, algorithm) != (VERSION.encode(), ALGORITHM.encode()):
                raise SealBroken(f"{place}: unknown form")
            return self._ciphers[key.decode()].decrypt(body[:12], body[12:], f"{place}|{row}".encode())
        except KeyError:
            raise SealBroken(f"{place}: its key is not in the key file") from None
        except (ValueError, InvalidTag):
            raise SealBroken(f"{place}: does not open") from None

    def index(self, field: str, text: str) -> str:
        key = self._field_keys.get(field)
        if key is None:
            key = self._field_keys[field] = hmac.new(self._index_key, field.encode(), hashlib.sha256).digest()
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
