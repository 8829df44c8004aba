"""Standard Webhooks signatures, written for this side alone: HMAC-SHA256 or HMAC-SM3 over ``id.timestamp.content``."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Mapping

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.hmac import HMAC

TOLERANCE = 300.0


class Sm3Key(bytes):
    """A key that signs by HMAC-SM3, under the tag ``v1sm3``; any other signs by HMAC-SHA256, under ``v1``."""


def _tag(key: bytes) -> str:
    return "v1sm3" if isinstance(key, Sm3Key) else "v1"


def _mac(key: bytes, signed: bytes) -> bytes:
    if not isinstance(key, Sm3Key):
        return hmac.new(key, signed, hashlib.sha256).digest()
    made = HMAC(key, hashes.SM3())
    made.update(signed)
    return made.finalize()


def signature(key: bytes, message_id: str, timestamp: int, content: bytes) -> str:
    """One ``v1,<base64>`` or ``v1sm3,<base64>`` signature."""
    signed = f"{message_id}.{timestamp}.".encode() + content
    return f"{_tag(key)}," + base64.b64encode(_mac(key, signed)).decode()


def headers(keys: Iterable[bytes], message_id: str, timestamp: int, content: bytes) -> dict[str, str]:
    """The three headers of a message signed with each of the keys."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signature(key, message_id, timestamp, content) for key in keys),
    }


def call_content(method: str, target: str, body: bytes) -> bytes:
    """What a call to a far side signs: ``METHOD path?query`` and a line end before the body."""
    return f"{method} {target}\n".encode() + body


def signer(keys: Iterable[tuple[str, bytes]], given: Mapping[str, str], content: bytes, now: float) -> str | None:
    """The name of the key that signed ``content``, or None: missing, malformed, stale (300 s) or wrong."""
    message_id, stamp = given.get("webhook-id", ""), given.get("webhook-timestamp", "")
    if not message_id or not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        return None
    if abs(now - int(stamp)) > TOLERANCE:
        return None
    offered = [
        part for text in given.get("webhook-signature", "").split(" ")[:8] if (part := _digest(text)) is not None
    ]
    signed = f"{message_id}.{stamp}.".encode() + content
    for name, key in keys:
        expected = _mac(key, signed)
        if any(tag == _tag(key) and hmac.compare_digest(expected, digest) for tag, digest in offered):
            return name
    return None


def _digest(text: str) -> tuple[str, bytes] | None:
    version, _, encoded = text.partition(",")
    if version not in ("v1", "v1sm3"):
        return None
    try:
        return version, base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return None
