"""Standard Webhooks signatures, written for this side alone (HMAC-SHA256 over ``id.timestamp.content``)."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Mapping

TOLERANCE = 300.0


def signature(key: bytes, message_id: str, timestamp: int, content: bytes) -> str:
    """One ``v1,<base64>`` signature."""
    signed = f"{message_id}.{timestamp}.".encode() + content
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def headers(key: bytes, message_id: str, timestamp: int, content: bytes) -> dict[str, str]:
    """The three headers of a signed message."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(key, message_id, timestamp, content),
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
        expected = hmac.new(key, signed, hashlib.sha256).digest()
        if any(hmac.compare_digest(expected, digest) for digest in offered):
            return name
    return None


def _digest(text: str) -> bytes | None:
    version, _, encoded = text.partition(",")
    if version != "v1":
        return None
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return None
