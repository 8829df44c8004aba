"""Order a card. Made over days the registry's events move the case on; made on the spot it is in hand at once."""

from collections.abc import Iterable, Mapping
from typing import Final

from bundles.application import Order, Step
from bundles.case import PRODUCTION_NODES
from bundles.definition import Field, Item, frozen
from bundles.forms import whole_address
from bundles.handlers import Done, Effect, Plain, handler, listed
from bundles.ports import CardRegistry, ProductionRequest, Refused, Unavailable

STOPS: Final = ("clock_stops_on", "completes_on")
_NODES: Final = frozenset(PRODUCTION_NODES.values()) - {"correction_requested"}
_IN_HAND: Final = ("made", "received")


@handler("production")
class Production(Plain):
    """One step without an outcome, on the spot a second one that hands the card over.

    Options: `kind` ("apply" or "replace"); `clock_stops_on` and `completes_on`, nodes that a production can reach,
    needed where a channel has the card made over days; `on_the_spot`, the channels where it is made at once;
    `activated`, whether a card made on the spot is activated as it is handed over (CQ-7, CQ-8).
    """

    OPTIONS = ("kind", *STOPS, "on_the_spot", "activated")

    def check_options(self, options: Mapping[str, object]) -> Iterable[tuple[str, str]]:
        """Words that mean something, and nodes where nothing is made on the spot."""
        yield from super().check_options(options)
        if options.get("kind") not in ("apply", "replace"):
            yield "kind", "“kind”要写 apply（申领）或 replace（补换）。"
        for name in STOPS:
            nodes = listed(options, name)
            missing = not nodes and (name in options or "on_the_spot" not in options)
            if nodes is None or missing or not set(nodes) <= _NODES:
                yield name, _nodes_wanted(name)
        if listed(options, "on_the_spot") is None:
            yield "on_the_spot", "“on_the_spot”要列出当场制卡的办理方式。"
        if not isinstance(options.get("activated", False), bool):
            yield "activated", "“activated”要写 true 或 false。"

    def check_item(self, item: Item) -> Iterable[tuple[str, str]]:
        """On the spot is a channel of the item, done at once; any other channel needs nodes that end its case."""
        spots = listed(item.options, "on_the_spot") or ()
        instant = {channel for channel, limit in item.limits.items() if limit.unit == "instant"}
        if not set(spots) <= set(item.channels) or not set(spots) <= instant:
            offered = "、".join(each for each in item.channels if each in instant) or "没有"
            yield "on_the_spot", f"“on_the_spot”只能列本事项里时限是即时办结的办理方式：{offered}。"
        for name in STOPS:
            if name not in item.options and not set(item.channels) <= set(spots):
                yield name, _nodes_wanted(name)
        if item.options.get("activated") and not spots:
            yield "activated", "当场制卡的才能当场启用：请写“on_the_spot”，或去掉“activated”。"

    def plan(self, order: Order) -> Iterable[tuple[str, Effect]]:
        """Order the card; on the spot, see that it is in the person's hand."""
        options = order.item.options
        on_the_spot = order.channel in (listed(options, "on_the_spot") or ())

        def produce(registry: CardRegistry, key: str, _done: Done) -> Step:
            production = registry.start_production(key, _request(order, on_the_spot=on_the_spot))
            return Step(name="production", key=key, facts=frozen({"production": production.reference}))

        def hand_over(registry: CardRegistry, key: str, done: Done) -> Step:
            production = registry.production(str(done["production"]["production"]))
            if production.node == "cancelled":
                raise Refused("production-cancelled", "这次制卡已经取消，没有做出卡。请在窗口重新申请。")
            if production.node not in _IN_HAND:
                raise Unavailable("not made yet")
            activated = options.get("activated") is True
            old = "旧卡已经注销，不能再用。" if options["kind"] == "replace" else ""
            new = "社保功能已经启用，马上可以用。" if activated else "社保功能还没有启用，用卡前请先启用。"
            text = f"新卡已经做好，当场交到您手里。{new}{old}"
            return Step(
                name="handing-over",
                key=key,
                node="completed",
                text=text,
                outcome="completed",
                result=frozen({"node": production.node, "activated": activated, "text": text}),
            )

        yield "production", produce
        if on_the_spot:
            yield "handing-over", hand_over


def _nodes_wanted(name: str) -> str:
    return f"“{name}”要列出制卡节点，可用的有：{'、'.join(sorted(_NODES))}。"


def _request(order: Order, *, on_the_spot: bool) -> ProductionRequest:
    form, options = order.form, order.item.options
    return ProductionRequest(
        kind=str(options["kind"]),
        reference=order.number,
        holder=order.holder.document,
        name=order.holder.name,
        phone=form.get("phone"),
        bank=_bank(order),
        address=whole_address(order.item, order.form, "address"),
        region=form.get("region") or _answer_of(order, "place"),
        card=order.card.reference if order.card else None,
        photo=order.photo,
        on_the_spot=on_the_spot,
        activated=on_the_spot and options.get("activated") is True,
    )


def _bank(order: Order) -> str | None:
    """The name of the chosen bank, among those of the bundle or of a choice."""
    each: Field | None = order.item.field("bank")
    names = {choice.code: choice.label for choice in each.choices} if each else {}
    names |= {bank.code: bank.name for bank in order.bundle.banks}
    chosen = order.form.get("bank") or _answer_of(order, "bank")
    return None if chosen is None else names.get(chosen)


def _answer_of(order: Order, kind: str) -> str | None:
    """The first answer to a field of this kind, or None."""
    return next(
        (order.form[each.code] for each in order.item.fields if each.kind == kind and each.code in order.form), None
    )
