"""Activate the social security function of a sealed card."""

from collections.abc import Iterable, Mapping

from bundles.application import Order, Step
from bundles.definition import Item, frozen
from bundles.handlers import Done, Effect, Plain, card_of, day_text, handler
from bundles.ports import CardRegistry


@handler("activation")
class Activation(Plain):
    """One step; the item is completed when the registry has answered. The case is the record of it (KS-6)."""

    def leaves(self, item: Item, form: Mapping[str, str], state: str | None) -> str | None:
        """Active."""
        return "active"

    def plan(self, order: Order) -> Iterable[tuple[str, Effect]]:
        """Activate the card."""

        def activate(registry: CardRegistry, key: str, _done: Done) -> Step:
            card = registry.activate(key, card_of(order).reference)
            text = f"社保功能已启用（{day_text(order.today)}），马上可以用。银行账户要到卡上印的银行另外激活。"
            return Step(
                name="activation",
                key=key,
                node="completed",
                text=text,
                facts=frozen({"state": card.state}),
                outcome="completed",
                result=frozen({"state": card.state, "activated_on": order.today.isoformat(), "text": text}),
            )

        yield "activation", activate
