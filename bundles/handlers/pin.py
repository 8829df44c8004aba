"""Change or reset a card's PIN (CQ-10). The holder keys it in at the window or kiosk; it never passes through us."""

from collections.abc import Iterable
from types import MappingProxyType
from typing import Final

from bundles.application import Order, Step
from bundles.definition import Item, frozen
from bundles.handlers import Done, Effect, Plain, card_of, choice_fault, handler
from bundles.ports import CardRegistry

ACTIONS: Final = MappingProxyType({"change": "修改密码", "reset": "重置密码"})
_TEXTS: Final = {
    "change": "密码已改好，从现在起用新密码。",
    "reset": "密码已重置，从现在起用新设的密码，原来的不能用了。",
}


@handler("pin")
class Pin(Plain):
    """One step. The form's `action` says which of the two it is."""

    def check_item(self, item: Item) -> Iterable[tuple[str, str]]:
        """The form asks for `action`."""
        fault = choice_fault(item, "action", ACTIONS)
        return () if fault is None else [("action", fault)]

    def plan(self, order: Order) -> Iterable[tuple[str, Effect]]:
        """Set the PIN."""

        def set_pin(registry: CardRegistry, key: str, _done: Done) -> Step:
            action = order.form["action"]
            card = registry.set_pin(key, card_of(order).reference, action)
            text = _TEXTS[action]
            return Step(
                name="pin",
                key=key,
                node="completed",
                text=text,
                facts=frozen({"state": card.state}),
                outcome="completed",
                result=frozen({"action": action, "text": text}),
            )

        yield "pin", set_pin
