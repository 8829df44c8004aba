"""Report a card lost, or lift the loss. The form's `action` says which."""

from collections.abc import Iterable, Mapping

from bundles.application import Fault, Order, Request, Step
from bundles.definition import frozen
from bundles.handlers import Done, Effect, card_of, handler, unknown_options
from bundles.ports import CardRegistry
from bundles.vocabulary import CARD_STATE_FINDINGS, LOSS_KINDS


@handler("loss")
class Loss:
    """One step. Option `kind`: the loss that is reported, "formal" or "temporary"."""

    def check_options(self, options: Mapping[str, object]) -> Iterable[tuple[str, str]]:
        """`kind` is a kind of loss."""
        yield from unknown_options(options, ("kind",))
        if options.get("kind") not in LOSS_KINDS:
            yield "kind", "“kind”要写 formal（正式挂失）或 temporary（临时挂失）。"

    def check(self, request: Request, form: Mapping[str, str]) -> Iterable[Fault]:
        """Which action fits which state of the card is for the definition's conditions to say."""
        return ()

    def plan(self, order: Order) -> Iterable[tuple[str, Effect]]:
        """Report or lift."""

        def change(registry: CardRegistry, key: str, _done: Done) -> Step:
            reference = card_of(order).reference
            if order.form["action"] == "report":
                card = registry.report_loss(key, reference, str(order.item.options["kind"]))
                text = "挂失已办好，马上生效。这张卡现在不能用，找到后可以在这里解除挂失。"
            else:
                card = registry.lift_loss(key, reference)
                found = "可以用了" if card.state == "active" else f"现在{CARD_STATE_FINDINGS[card.state]}"
                text = f"挂失已解除，这张卡{found}。"
            return Step(
                name="loss",
                key=key,
                node="completed",
                text=text,
                facts=frozen({"state": card.state}),
                outcome="completed",
                result=frozen({"action": order.form["action"], "state": card.state, "text": text}),
            )

        yield "loss", change
