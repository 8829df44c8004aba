"""The port `CardRegistry` over signed HTTP calls. Nothing personal in a path."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Collection, Mapping

from bundles.ports import IdentityDocument, Production, ProductionRequest, Refused, RegistryCard, Standing
from wxserver.adapters.registry import reading
from wxserver.ports import Clock, Http, HttpAnswer
from wxserver.ports.signed_calls import SignedCalls, segment

# What a registry answers that has never heard of a path, or does not know what to make of the question.
_NOT_KNOWN = frozenset({400, 404, 405, 410, 422})
_NO_SUCH_PATH = frozenset({404, 405, 501})
_NOT_ANSWERED = "not-answered"
_REFUSAL = json.dumps({"code": _NOT_ANSWERED, "detail": "社保卡系统没有登记这一项。"}).encode()


class _OlderRegistry:
    """An `Http` for questions that not every registry knows: to have no answer is a definite answer too."""

    def __init__(self, http: Http, not_known: Collection[int] = _NOT_KNOWN) -> None:
        self._http = http
        self._not_known = not_known

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> HttpAnswer:
        """Send; whatever a registry answers to an unknown path becomes a refusal."""
        answer = self._http.send(method, url, headers, body)
        if answer.status not in self._not_known:
            return answer
        return HttpAnswer(404, "application/problem+json", _REFUSAL)


class HttpCardRegistry:
    """Answers the port `CardRegistry`.

    `base_url`: where the registry's paths begin. `secret`: `whsec_…`, signs our calls. `http` bounds each call in
    time. Every method raises `Unavailable` or `Refused`, and `Malformed` for a reference that fits into no path.
    """

    def __init__(self, base_url: str, secret: str, http: Http, clock: Clock) -> None:
        self._calls = SignedCalls("card registry", base_url, secret, http, clock)
        self._questions = SignedCalls("card registry", base_url, secret, _OlderRegistry(http), clock)
        self._kinship = SignedCalls("card registry", base_url, secret, _OlderRegistry(http, _NO_SUCH_PATH), clock)

    def cards(self, holder: IdentityDocument) -> tuple[RegistryCard, ...]:
        """All cards of a person, also cancelled ones."""
        return self._calls.call("POST", "/people/cards", reading.cards, _person(holder))

    def card(self, reference: str) -> RegistryCard:
        """One card as it stands now."""
        return self._calls.call("GET", f"/cards/{segment(reference)}", reading.card)

    def update_profile(
        self, key: str, holder: IdentityDocument, card: str, changes: Mapping[str, str]
    ) -> tuple[str, ...]:
        """Change what the registry knows about a person; the answer names the fields that were updated."""
        document = {**_person(holder), "card": card, "changes": dict(changes)}
        return self._calls.call("POST", "/people/profile", lambda answer: answer.texts("updated"), document, key=key)

    def activate(self, key: str, card: str) -> RegistryCard:
        """Activate the social security function of a sealed card."""
        return self._calls.call("POST", f"/cards/{segment(card)}/activation", reading.card, {}, key=key)

    def report_loss(self, key: str, card: str, kind: str) -> RegistryCard:
        """Report a card lost; `kind` is `temporary` or `formal`."""
        return self._calls.call("POST", f"/cards/{segment(card)}/loss", reading.card, {"kind": kind}, key=key)

    def lift_loss(self, key: str, card: str) -> RegistryCard:
        """Lift a loss."""
        return self._calls.call("DELETE", f"/cards/{segment(card)}/loss", reading.card, key=key)

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
            "on_the_spot": request.on_the_spot or None,
            "activated": request.activated or None,
        }
        document = {name: value for name, value in wanted.items() if value is not None}
        return self._calls.call("POST", "/productions", reading.production, document, key=key)

    def production(self, reference: str) -> Production:
        """One production as it stands now."""
        return self._calls.call("GET", f"/productions/{segment(reference)}", reading.production)

    def productions(self, holder: IdentityDocument) -> tuple[Production, ...]:
        """All productions of a person, also those applied for at a window or elsewhere."""
        return self._calls.call("POST", "/people/productions", reading.productions, _person(holder))

    def standing(self, holder: IdentityDocument) -> Standing:
        """What is known of a person; all None where the registry does not know, or does not know the question."""
        try:
            return self._questions.call("POST", "/people/standing", reading.standing, _person(holder))
        except Refused:
            return Standing()

    def photo(self, holder: IdentityDocument) -> bytes | None:
        """The picture on the person's last card, a JPEG of at most 1 MB, or None."""
        try:
            return self._questions.call("POST", "/people/photo", reading.photo, _person(holder))
        except Refused:
            return None

    def guardianship(self, guardian: IdentityDocument, minor: IdentityDocument) -> bool | None:
        """Whether the one is known to be the other's guardian; None where the registry does not know the question."""
        document: dict[str, object] = {"guardian": _person(guardian), "minor": _person(minor)}
        try:
            return self._kinship.call("POST", "/people/guardianships", reading.guardianship, document)
        except Refused as refusal:
            if refusal.code == _NOT_ANSWERED:
                return None
            raise

    def cancel_card(self, key: str, card: str) -> RegistryCard:
        """Cancel a card."""
        return self._calls.call("POST", f"/cards/{segment(card)}/cancellation", reading.card, {}, key=key)

    def restore_card(self, key: str, card: str) -> RegistryCard:
        """Roll a cancellation back."""
        return self._calls.call("DELETE", f"/cards/{segment(card)}/cancellation", reading.card, key=key)

    def set_pin(self, key: str, card: str, action: str) -> RegistryCard:
        """Let the holder key in a PIN; `action` is `change` or `reset`. No PIN passes through us."""
        return self._calls.call("POST", f"/cards/{segment(card)}/pin", reading.card, {"action": action}, key=key)

    def unlock(self, key: str, card: str) -> RegistryCard:
        """Unlock a locked card."""
        return self._calls.call("DELETE", f"/cards/{segment(card)}/lock", reading.card, key=key)


def _person(holder: IdentityDocument) -> dict[str, object]:
    return {"id_type": holder.kind, "id_number": holder.number}


def _photo(content: bytes) -> dict[str, object]:
    return {
        "media_type": "image/jpeg",
        "sha256": hashlib.sha256(content).hexdigest(),
        "content": base64.b64encode(content).decode(),
    }
