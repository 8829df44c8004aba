"""The port `RegistryCallbacks`: events that the card registry sends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from wxserver.ports import RegistryEvent
from wxserver.ports.documents import Document, Malformed, is_storable
from wxserver.ports.signatures import Webhooks

_SUBJECTS = {
    "production.accepted": "production",
    "production.correction_requested": "production",
    "production.made": "production",
    "production.sent": "production",
    "production.ready_for_pickup": "production",
    "production.received": "production",
    "card.activated": "card",
    "card.state_changed": "card",
}
_LONGEST_DETAIL = 512


class SignedRegistryCallbacks:
    """Answers the port `RegistryCallbacks`. `secrets`: `whsec_…`, several while keys are rotated."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._webhooks = Webhooks(secrets)

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> str:
        """The message id of an authentic event, else `BadSignature`."""
        return self._webhooks.verify(headers, body, now)

    def parse_event(self, body: bytes) -> RegistryEvent:
        """Read an event; raises `Malformed` for a kind that the contract does not know, too."""
        event = Document.parse(body)
        kind = event.text("type", longest=64)
        subject = _SUBJECTS.get(kind)
        if subject is None:
            raise Malformed("type is no event of the card registry")
        data = event.object("data")
        return RegistryEvent(
            kind=kind,
            subject=data.text(subject, longest=128),
            at=data.instant("at"),
            sequence=data.whole("sequence"),
            sent_at=event.instant("timestamp"),
            details=_details(data, {subject, "at", "sequence"}),
        )


def _details(data: Document, known: set[str]) -> dict[str, str]:
    """The other texts; what is no text is passed over, as an unknown field is."""
    found = {}
    for name, value in data.items():
        if name in known or not isinstance(value, str):
            continue
        if len(value) > _LONGEST_DETAIL or not is_storable(name + value):
            raise Malformed(f"{data.path('…')} is too long or holds a forbidden character")
        found[name] = value
    return found
