"""Ask the card registry how a card stands now, wherever it was applied for."""

from collections.abc import Iterable, Mapping

from bundles.application import Order, Step
from bundles.definition import frozen
from bundles.handlers import Done, Effect, Plain, card_of, handler
from bundles.masking import mask_card_number
from bundles.ports import CardRegistry
from bundles.vocabulary import CARD_STATE_FINDINGS, CARD_STATES


@handler("card-status")
class CardStatus(Plain):
    """One step that reads. Option `advice`: card state -> a sentence about what the citizen can do."""

    OPTIONS = ("advice",)

    def check_options(self, options: Mapping[str, object]) -> Iterable[tuple[str, str]]:
        """`advice`, if given, is a table with card states as keys."""
        yield from super().check_options(options)
        advice = options.get("advice", {})
        if not isinstance(advice, Mapping) or not set(advice) <= set(CARD_STATES):
            yield "advice", f"“advice”要写一张表，左边是卡的状态：{'、'.join(CARD_STATES)}。"

    def plan(self, order: Order) -> Iterable[tuple[str, Effect]]:
        """Read the card."""

        def read(registry: CardRegistry, key: str, _done: Done) -> Step:
            card = registry.card(card_of(order).reference)
            advice = order.item.options.get("advice")
            more = advice.get(card.state, "") if isinstance(advice, Mapping) else ""
            text = f"这张卡{CARD_STATE_FINDINGS[card.state]}。{more}"
            return Step(
                name="status",
                key=key,
                node="completed",
                text=text,
                facts=frozen({"state": card.state}),
                outcome="completed",
                result=frozen(
                    {
                        "state": card.state,
                        "state_text": CARD_STATES[card.state],
                        "number": mask_card_number(card.number),
                        "bank": card.bank,
                        "region": card.region,
                        "expires_on": None if card.expires_on is None else card.expires_on.isoformat(),
                        "text": text,
                    }
                ),
            )

        yield "status", read
