"""Order a card. The registry takes it at once and makes it over days; its events move the case on."""

from collections.abc import Iterable, Mapping
from typing import Final

from bundles.application import Fault, Order, Request, Step
from bundles.case import PRODUCTION_NODES
from bundles.definition import frozen
from bundles.handlers import Done, Effect, handler, unknown_options
from bundles.ports import CardRegistry, ProductionRequest

OPTIONS: Final = ("kind", "clock_stops_on", "completes_on")
_NODES: Final = frozenset(PRODUCTION_NODES.values()) - {"correction_requested"}


@handler("production")
class Production:
    """One step without an outcome. Options: `kind` ("apply" or "replace"), `clock_stops_on`, `completes_on`."""

    def check_options(self, options: Mapping[str, object]) -> Iterable[tuple[str, str]]:
        """`kind` is one of two words, the other two are lists of nodes that a production can reach."""
        yield from unknown_options(options, OPTIONS)
        if options.get("kind") not in ("apply", "replace"):
            yield "kind", "“kind”要写 apply（申领）或 replace（补换）。"
        for name in OPTIONS[1:]:
            nodes = options.get(name)
            if not isinstance(nodes, list | tuple) or not nodes or not set(map(str, nodes)) <= _NODES:
                yield name, f"“{name}”要列出制卡节点，可用的有：{'、'.join(sorted(_NODES))}。"

    def check(self, request: Request, form: Mapping[str, str]) -> Iterable[Fault]:
        """The definition says it all."""
        return ()

    def plan(self, order: Order) -> Iterable[tuple[str, Effect]]:
        """Order the card."""

        def produce(registry: CardRegistry, key: str, _done: Done) -> Step:
            production = registry.start_production(key, _request(order))
            return Step(name="production", key=key, facts=frozen({"production": production.reference}))

        yield "production", produce


def _request(order: Order) -> ProductionRequest:
    form = order.form
    bank = order.item.field("bank")
    names = {choice.code: choice.label for choice in bank.choices} if bank else {}
    chosen = form.get("bank")
    return ProductionRequest(
        kind=str(order.item.options["kind"]),
        reference=order.number,
        holder=order.holder.document,
        name=order.holder.name,
        phone=form.get("phone"),
        bank=names.get(chosen) if chosen else None,
        address=form.get("address"),
        region=form.get("region"),
        card=order.card.reference if order.card else None,
        photo=order.photo,
    )
