"""What the domain's tests build their examples with: Jieyang's bundle, people, and a registry that remembers."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from bundles import ports, schema
from bundles.application import Handed, Holder, Order, Request
from bundles.definition import Bundle, Item
from bundles.ports import IdentityDocument, Production, ProductionRequest, RegistryCard, Standing

TODAY = date(2026, 11, 26)
AT = datetime(2026, 11, 26, 2, 0, tzinfo=UTC)
LIN = Holder(IdentityDocument("resident_id", "445200199001010025"), "林小兰", date(1990, 1, 1))
PAPERS = (Handed("u-1", "identity_document"), Handed("u-2", "photo"))
DEFINITIONS = Path(schema.__file__).parent / "definitions"


@cache
def jieyang() -> Bundle:
    return schema.load_toml((DEFINITIONS / "jieyang.toml").read_text("utf-8"))


def item(code: str) -> Item:
    found = jieyang().item(code)
    assert found is not None
    return found


def card(state: str = "active") -> RegistryCard:
    return RegistryCard("c-1", "X00000019", "中国农业银行", "445200", state, date(2030, 1, 1))


def request(code: str, form: Mapping[str, object], **changes) -> Request:
    values: dict[str, Any] = {
        "bundle": jieyang(),
        "item": item(code),
        "channel": "online",
        "holder": LIN,
        "acting_as": "self",
        "card": card() if item(code).needs_card else None,
        "form": form,
        "today": TODAY,
        "at": AT,
        "uploads": PAPERS if code == "apply" else (),
    }
    return Request(**(values | changes))


def order(code: str, form: Mapping[str, str], **changes) -> Order:
    values: dict[str, Any] = {
        "number": "JY20261126-0001",
        "bundle": jieyang(),
        "item": item(code),
        "channel": "online",
        "today": TODAY,
        "holder": LIN,
        "card": card(),
        "form": form,
    }
    return Order(**(values | changes))


class Registry:
    """Remembers effects by key; `trouble` is raised once by the next call that has an effect."""

    def __init__(self, trouble: Exception | None = None) -> None:
        self.trouble = trouble
        self.effects: dict[str, Any] = {}
        self.state = "active"
        self.node = "made"

    def _effect(self, key: str, what: object) -> None:
        if self.trouble is not None:
            trouble, self.trouble = self.trouble, None
            raise trouble
        self.effects.setdefault(key, what)

    def cards(self, holder: IdentityDocument) -> tuple[RegistryCard, ...]:
        return (card(self.state),)

    def card(self, reference: str) -> RegistryCard:
        return card(self.state)

    def update_profile(
        self, key: str, holder: IdentityDocument, card: str, changes: Mapping[str, str]
    ) -> tuple[str, ...]:
        self._effect(key, (holder, card, dict(changes)))
        return tuple(changes)

    def activate(self, key: str, card: str) -> RegistryCard:
        self._effect(key, ("activate", card))
        self.state = "active"
        return self.card(card)

    def report_loss(self, key: str, card: str, kind: str) -> RegistryCard:
        self._effect(key, ("report", card, kind))
        self.state = f"{kind}ly_lost" if kind == "formal" else "temporarily_lost"
        return self.card(card)

    def lift_loss(self, key: str, card: str) -> RegistryCard:
        self._effect(key, ("lift", card))
        self.state = "active"
        return self.card(card)

    def start_production(self, key: str, request: ProductionRequest) -> Production:
        self._effect(key, request)
        return Production("p-1", "submitted")

    def production(self, reference: str) -> Production:
        return Production(reference, self.node)

    def productions(self, holder: IdentityDocument) -> tuple[Production, ...]:
        return (
            Production("p-1", "made", "apply", AT, "中国农业银行", "445200"),
            Production("p-0", "elsewhere", "replace"),
        )

    def standing(self, holder: IdentityDocument) -> Standing:
        return Standing()

    def guardianship(self, guardian: IdentityDocument, minor: IdentityDocument) -> bool | None:
        return None

    def photo(self, holder: IdentityDocument) -> bytes | None:
        return None

    def cancel_card(self, key: str, card: str) -> RegistryCard:
        self._effect(key, ("cancel", card))
        self.state = "cancelled"
        return self.card(card)

    def restore_card(self, key: str, card: str) -> RegistryCard:
        self._effect(key, ("restore", card))
        self.state = "active"
        return self.card(card)

    def set_pin(self, key: str, card: str, action: str) -> RegistryCard:
        self._effect(key, ("pin", card, action))
        return self.card(card)

    def unlock(self, key: str, card: str) -> RegistryCard:
        self._effect(key, ("unlock", card))
        self.state = "active"
        return self.card(card)


def registry_is_a_port(registry: Registry) -> ports.CardRegistry:
    return registry
