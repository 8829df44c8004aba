"""Change what the registry holds about a cardholder: phone, address, email, occupation."""

from collections.abc import Iterable, Mapping

from bundles.application import Fault, Order, Request, Step
from bundles.definition import frozen
from bundles.handlers import Done, Effect, card_of, handler, unknown_options
from bundles.ports import CardRegistry


@handler("profile")
class Profile:
    """One step; the item is completed when the registry has answered."""

    def check_options(self, options: Mapping[str, object]) -> Iterable[tuple[str, str]]:
        """No options."""
        return unknown_options(options, ())

    def check(self, request: Request, form: Mapping[str, str]) -> Iterable[Fault]:
        """The definition says it all."""
        return ()

    def plan(self, order: Order) -> Iterable[tuple[str, Effect]]:
        """Update the profile."""

        def update(registry: CardRegistry, key: str, _done: Done) -> Step:
            card = card_of(order)
            updated = registry.update_profile(key, order.holder.document, card.reference, order.form)
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
