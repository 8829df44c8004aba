"""The port `CardRegistry` over signed HTTP calls. Nothing personal in a path."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping

from bundles.ports import IdentityDocument, Production, ProductionRequest, RegistryCard
from bundles.vocabulary import CARD_STATES
from wxserver.ports import Clock, Http
from wxserver.ports.documents import Document, Malformed
from wxserver.ports.signed_calls import SignedCalls, segment


class HttpCardRegistry:
    """Answers the port `CardRegistry`.

    `base_url`: where the registry's paths begin. `secret`: `whsec_…`, signs our calls. `http` bounds each call in
    time. Every method raises `Unavailable` or `Refused`, and `Malformed` for a reference that fits into no path.
    """

    def __init__(self, base_url: str, secret: str, http: Http, clock: Clock) -> None:
        self._calls = SignedCalls("card registry", base_url, secret, http, clock)

    def cards(self, holder: IdentityDocument) -> tuple[RegistryCard, ...]:
        """All cards of a person, also cancelled ones."""
        return self._calls.call("POST", "/people/cards", _cards, _person(holder))

    def card(self, reference: str) -> RegistryCard:
        """One card as it stands now."""
        return self._calls.call("GET", f"/cards/{segment(reference)}", _card)

    def update_profile(
        self, key: str, holder: IdentityDocument, card: str, changes: Mapping[str, str]
    ) -> tuple[str, ...]:
        """Change what the registry knows about a person; the answer names the fields that were updated."""
        document = {**_person(holder), "card": card, "changes": dict(changes)}
        return self._calls.call("POST", "/people/profile", lambda answer: answer.texts("updated"), document, key=key)

    def activate(self, key: str, card: str) -> RegistryCard:
        """Activate the social security function of a sealed card."""
        return self._calls.call("POST", f"/cards/{segment(card)}/activation", _card, {}, key=key)

    def report_loss(self, key: str, card: str, kind: str) -> RegistryCard:
        """Report a card lost; `kind` is `temporary` or `formal`."""
        return self._calls.call("POST", f"/cards/{segment(card)}/loss", _card, {"kind": kind}, key=key)

    def lift_loss(self, key: str, card: str) -> RegistryCard:
        """Lift a loss."""
        return self._calls.call("DELETE", f"/cards/{segment(card)}/loss", _card, key=key)

    def start_production(self, key: str, request: ProductionRequest) -> Production:
        """Order a card; the card itself comes later, told by events."""
        wanted: dict[str, object] = {
            "kind": request.kind,
            "reference": request.reference,
            **_person(request.holder),
            "name": request.name,
            "phone": request.phone,
            "bank": request.bank,
            "address": request.address,
            "region": request.region,
            "card": request.card,
            "photo": None if request.photo is None else _photo(request.photo),
        }
        document = {name: value for name, value in wanted.items() if value is not None}
        return self._calls.call("POST", "/productions", _production, document, key=key)

    def production(self, reference: str) -> Production:
        """One production as it stands now."""
        return self._calls.call("GET", f"/productions/{segment(reference)}", _production)

    def productions(self, holder: IdentityDocument) -> tuple[Production, ...]:
        """All productions of a person, also those applied for at a window or elsewhere."""
        return self._calls.call("POST", "/people/productions", _productions, _person(holder))


def _person(holder: IdentityDocument) -> dict[str, object]:
    return {"id_type": holder.kind, "id_number": holder.number}


def _photo(content: bytes) -> dict[str, object]:
    return {
        "media_type": "image/jpeg",
        "sha256": hashlib.sha256(content).hexdigest(),
        "content": base64.b64encode(content).decode(),
    }


def _reference(answer: Document, name: str) -> str:
    reference = answer.text(name, longest=128)
    segment(reference)
    return reference


def _card(answer: Document) -> RegistryCard:
    state = answer.text("state")
    if state not in CARD_STATES:
        raise Malformed(f"{answer.path('state')} is no card state")
    return RegistryCard(
        reference=_reference(answer, "card"),
        number=answer.text("number", longest=64),
        bank=answer.text_or_none("bank") or "",
        region=answer.text_or_none("region") or "",
        state=state,
        expires_on=answer.day_or_none("expires_on"),
    )


def _cards(answer: Document) -> tuple[RegistryCard, ...]:
    return tuple(_card(entry) for entry in answer.objects("cards"))


def _production(answer: Document) -> Production:
    return Production(
        reference=_reference(answer, "production"),
        node=answer.text("node", longest=64),
        kind=answer.text_or_none("kind", longest=64) or "",
        at=answer.instant_or_none("at"),
        bank=answer.text_or_none("bank") or "",
        region=answer.text_or_none("region") or "",
    )


def _productions(answer: Document) -> tuple[Production, ...]:
    return tuple(_production(entry) for entry in answer.objects("productions"))
