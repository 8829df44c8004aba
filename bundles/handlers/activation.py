"""Activate the social security function of a sealed card."""

from collections.abc import Iterable, Mapping

from bundles.application import Fault, Order, Request, Step
from bundles.definition import frozen
from bundles.handlers import Done, Effect, card_of, handler, unknown_options
from bundles.ports import CardRegistry


@handler("activation")
class Activation:
    """One step; the item is completed when the registry has answered."""

    def check_options(self, options: Mapping[str, object]) -> Iterable[tuple[str, str]]:
        """No options."""
        return unknown_options(options, ())

    def check(self, request: Request, form: Mapping[str, str]) -> Iterable[Fault]:
        """The definition says it all."""
        return ()

    def plan(self, order: Order) -> Iterable[tuple[str, Effect]]:
        """Activate the card."""

        def activate(registry: CardRegistry, key: str, _done: Done) -> Step:
            card = registry.activate(key, card_of(order).reference)
            text = "社保功能已启用，马上可以用。银行账户要到卡上印的银行另外激活。"
            return Step(
                name="activation",
                key=key,
                node="completed",
                text=text,
                facts=frozen({"state": card.state}),
                outcome="completed",
                result=frozen({"state": card.state, "text": text}),
            )

        yield "activation", activate
