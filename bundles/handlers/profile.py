"""Change what the registry holds about a cardholder: phone, address, email, occupation."""

from collections.abc import Iterable
from typing import Final

from bundles.application import Order, Step
from bundles.definition import frozen
from bundles.forms import whole_address
from bundles.handlers import Done, Effect, Plain, card_of, handler
from bundles.ports import CardRegistry

HELD: Final = ("phone", "address", "email", "occupation")
"""What the registry holds; other answers of the form stay with the case."""


@handler("profile")
class Profile(Plain):
    """One step; the item is completed when the registry has answered."""

    def plan(self, order: Order) -> Iterable[tuple[str, Effect]]:
        """Update the profile."""

        def update(registry: CardRegistry, key: str, _done: Done) -> Step:
            card = card_of(order)
            answers = {**order.form, "address": whole_address(order.item, order.form, "address")}
            changes = {code: value for code in HELD if (value := answers.get(code)) is not None}
            updated = registry.update_profile(key, order.holder.document, card.reference, changes)
            labels = [each.label for each in order.item.fields if each.code in updated]
            text = f"已更新：{'、'.join(labels)}。" if labels else "信息和原来一样，没有要更新的。"
            return Step(
                name="profile",
                key=key,
                node="completed",
                text=text,
                facts=frozen({"updated": list(updated)}),
                outcome="completed",
                result=frozen({"updated": labels, "text": text}),
            )

        yield "profile", update
