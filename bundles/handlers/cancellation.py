"""Cancel a card, or roll a cancellation back (XJ-76, CQ-14). The form's `action` says which; without one: cancel."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from bundles.application import Order, Step
from bundles.definition import Item, frozen
from bundles.handlers import Done, Effect, Plain, card_of, choice_fault, handler
from bundles.ports import CardRegistry
from bundles.vocabulary import CARD_STATE_FINDINGS

ACTIONS: Final = MappingProxyType({"cancel": "注销", "roll_back": "撤回注销"})


def _action(form: Mapping[str, str]) -> str:
    return form.get("action", "cancel")


@handler("cancellation")
class Cancellation(Plain):
    """One step; the item is completed when the registry has answered."""

    def check_item(self, item: Item) -> Iterable[tuple[str, str]]:
        """Where the form asks for `action`, it offers nothing else."""
        fault = choice_fault(item, "action", ACTIONS) if item.field("action") else None
        return () if fault is None else [("action", fault)]

    def leaves(self, item: Item, form: Mapping[str, str], state: str | None) -> str | None:
        """Cancelled; what a rolled back card was before is for the registry to say."""
        return "cancelled" if _action(form) == "cancel" else None

    def plan(self, order: Order) -> Iterable[tuple[str, Effect]]:
        """Cancel or restore."""

        def change(registry: CardRegistry, key: str, _done: Done) -> Step:
            reference, action = card_of(order).reference, _action(order.form)
            if action == "cancel":
                card = registry.cancel_card(key, reference)
                text = "这张卡已经注销，全国都不能再用，找回来也不能用。以后还要用卡，请重新办一张。"
            else:
                card = registry.restore_card(key, reference)
                found = "可以用了" if card.state == "active" else f"现在{CARD_STATE_FINDINGS[card.state]}"
                text = f"注销已撤回，这张卡{found}。"
            return Step(
                name="cancellation",
                key=key,
                node="completed",
                text=text,
                facts=frozen({"state": card.state}),
                outcome="completed",
                result=frozen({"action": action, "state": card.state, "text": text}),
            )

        yield "cancellation", change
