"""Unlock a locked card (CQ-12)."""

from collections.abc import Iterable, Mapping

from bundles.application import Order, Step
from bundles.definition import Item, frozen
from bundles.handlers import Done, Effect, Plain, card_of, handler
from bundles.ports import CardRegistry
from bundles.vocabulary import CARD_STATE_FINDINGS


@handler("unlock")
class Unlock(Plain):
    """One step; the item is completed when the registry has answered."""

    def leaves(self, item: Item, form: Mapping[str, str], state: str | None) -> str | None:
        """Active."""
        return "active"

    def plan(self, order: Order) -> Iterable[tuple[str, Effect]]:
        """Unlock the card."""

        def unlock(registry: CardRegistry, key: str, _done: Done) -> Step:
            card = registry.unlock(key, card_of(order).reference)
            found = "可以用了" if card.state == "active" else f"现在{CARD_STATE_FINDINGS[card.state]}"
            text = f"锁定已解除，这张卡{found}。"
            return Step(
                name="unlock",
                key=key,
                node="completed",
                text=text,
                facts=frozen({"state": card.state}),
                outcome="completed",
                result=frozen({"state": card.state, "text": text}),
            )

        yield "unlock", unlock
