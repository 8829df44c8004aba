"""Standard Webhooks: signatures on callbacks and on our own calls (contract, "Callbacks").

Stdlib only. Headers are `webhook-id`, `webhook-timestamp` (unix seconds) and `webhook-signature`: one or several
`<scheme>,<base64>`, separated by blanks, so that keys can be rotated. The scheme `v1` is HMAC-SHA256; others are handed
in by adapters.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

TOLERANCE = 300
"""Seconds a timestamp may lie before or after now."""

_PREFIX = "whsec_"
# A dot would let the three signed parts be cut elsewhere under the same signature.
_MESSAGE_ID = re.compile(r"[!-\-/-~]{1,256}")
_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_LONGEST_SIGNATURES = 4096


@dataclass(frozen=True, slots=True)
class Scheme:
    """How a signature is made. `tag`: what stands before its comma; `mac(key, message)`: the keyed digest."""

    tag: str
    mac: Callable[[bytes, bytes], bytes]


def _hmac_sha256(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, hashlib.sha256).digest()


V1 = Scheme("v1", _hmac_sha256)


class BadSecret(ValueError):
    """A secret in the configuration can't be used. Says why, never shows it."""


class BadSignature(Exception):
    """Not proven to come from the far side: signature, headers or time are missing, malformed, stale or wrong.

    The text is for our logs only; the sender is told nothing.
    """


def decode_secret(secret: str) -> bytes:
    """The key in `whsec_<base64>`: 24 to 64 bytes, as the Standard Webhooks specification asks. Raises `BadSecret`."""
    if not secret.startswith(_PREFIX):
        raise BadSecret(f"a webhook secret begins with {_PREFIX}")
    try:
        key = base64.b64decode(secret[len(_PREFIX) :], validate=True)
    except (binascii.Error, ValueError):
        raise BadSecret(f"a webhook secret is base64 after {_PREFIX}") from None
    if not 24 <= len(key) <= 64:
        raise BadSecret(f"a webhook secret has 24 to 64 bytes, this one {len(key)}")
    return key


def sign(secret: str, message_id: str, timestamp: int, payload: bytes, scheme: Scheme = V1) -> str:
    """One signature over `id.timestamp.payload`, `v1,<base64>` unless told otherwise.

    Raises `BadSecret`, and ValueError for a message id that `verify` would refuse.
    """
    if not _MESSAGE_ID.fullmatch(message_id):
        raise ValueError("a message id is printable ASCII without blanks and dots")
    return _signature(scheme, decode_secret(secret), message_id, str(timestamp), payload)


def signed_headers(secret: str, message_id: str, timestamp: int, payload: bytes, scheme: Scheme = V1) -> dict[str, str]:
    """The three headers for one message."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(secret, message_id, timestamp, payload, scheme),
    }


def verify(
    secrets: Sequence[str],
    headers: Mapping[str, str],
    payload: bytes,
    now: datetime,
    tolerance: int = TOLERANCE,
    schemes: Sequence[Scheme] = (V1,),
) -> str:
    """Check a message against any of our secrets, by any of these schemes, and give back its id.

    `headers`: names in any case. `now`: aware. Whatever the sender sends, the one exception is `BadSignature`;
    a fault in our own secrets is `BadSecret`.
    """
    keys = [decode_secret(secret) for secret in secrets]
    message_id = _header(headers, "webhook-id")
    timestamp = _header(headers, "webhook-timestamp")
    signatures = _header(headers, "webhook-signature")
    if not _MESSAGE_ID.fullmatch(message_id):
        raise BadSignature("malformed webhook-id")
    if not _TIMESTAMP.fullmatch(timestamp):
        raise BadSignature("malformed webhook-timestamp")
    if abs(now.timestamp() - int(timestamp)) > tolerance:
        raise BadSignature("stale webhook-timestamp")
    if len(signatures) > _LONGEST_SIGNATURES:
        raise BadSignature("webhook-signature too long")
    offered = [signature.encode("utf-8", "replace") for signature in signatures.split(" ")]
    matches = 0
    for key in keys:
        for scheme in schemes:
            wanted = _signature(scheme, key, message_id, timestamp, payload).encode("ascii")
            for signature in offered:
                matches += hmac.compare_digest(wanted, signature)
    if not matches:
        raise BadSignature("no signature matches")
    return message_id


def payload_of_call(method: str, path_with_query: str, body: bytes) -> bytes:
    """What a call to a far side signs in place of the bare body, so that an empty body binds to its path too.

    `path_with_query`: as on the wire, base path included, with `?query` only where there is one.
    """
    return f"{method.upper()} {path_with_query}\n".encode("ascii") + body


class Webhooks:
    """One far side's secrets, ready to check its callbacks; answers the port `WebhookVerifier`.

    `secrets`: at least one, each `whsec_…`; several while keys are rotated. `schemes`: those it may sign by. Raises
    `BadSecret`.
    """

    def __init__(self, secrets: Sequence[str], schemes: Sequence[Scheme] = (V1,)) -> None:
        if not secrets:
            raise BadSecret("at least one webhook secret is needed")
        for secret in secrets:
            decode_secret(secret)
        self._secrets = tuple(secrets)
        self._schemes = tuple(schemes)

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> str:
        """The message id of an authentic callback, else `BadSignature`."""
        return verify(self._secrets, headers, body, now, schemes=self._schemes)


def _signature(scheme: Scheme, key: bytes, message_id: str, timestamp: str, payload: bytes) -> str:
    signed = f"{message_id}.{timestamp}.".encode("ascii") + payload
    return f"{scheme.tag}," + base64.b64encode(scheme.mac(key, signed)).decode("ascii")


def _header(headers: Mapping[str, str], wanted: str) -> str:
    found = [value for name, value in headers.items() if name.lower() == wanted]
    if len(found) != 1:
        raise BadSignature(f"{wanted} is missing or stands there twice")
    return found[0]
