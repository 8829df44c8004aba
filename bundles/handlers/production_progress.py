"""Ask the card registry how far a person's cards in the making are, wherever they were applied for."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from bundles.application import Order, Step
from bundles.case import PRODUCTION_NODES, node_text
from bundles.definition import Item, frozen
from bundles.handlers import Done, Effect, Plain, handler, listed
from bundles.ports import CardRegistry, Production, Refused

_TITLES: Final = {
    "production_accepted": "已接单",
    "card_made": "卡已制好",
    "sent": "卡已寄出",
    "ready_for_pickup": "可以领卡",
    "received": "卡已领到",
}
_ALWAYS_PASSED: Final = ("production_accepted", "card_made")
"""Nodes that every card has passed that has come further."""
_IN_ORDER: Final = tuple(_TITLES)
_TO_MEND: Final = "correction_requested"
"""Always told: nothing goes on until the person has mended it."""
_WAITING: Final = "已收到制卡申请，正在安排。"


@handler("production-progress")
class ProductionProgress(Plain):
    """One step that reads. Option `nodes`: the timeline nodes that are told, each with its instant (KS-7)."""

    OPTIONS = ("nodes",)

    def check_options(self, options: Mapping[str, object]) -> Iterable[tuple[str, str]]:
        """`nodes`, if given, are nodes of a production."""
        yield from super().check_options(options)
        nodes = listed(options, "nodes")
        if nodes is None or not set(nodes) <= set(_TITLES) or ("nodes" in options and not nodes):
            yield "nodes", f"“nodes”要列出制卡节点，可用的有：{'、'.join(_TITLES)}。"

    def plan(self, order: Order) -> Iterable[tuple[str, Effect]]:
        """Read the productions."""

        def read(registry: CardRegistry, key: str, _done: Done) -> Step:
            nodes = listed(order.item.options, "nodes") or ()
            productions = registry.productions(order.holder.document)
            if nodes:
                found = [_along(_in_full(registry, each), order.item, nodes) for each in productions]
            else:
                found = [_described(each, order.item) for each in productions]
            text = f"查到 {len(found)} 张卡的制卡进度。" if found else "没有查到在制作的社保卡。"
            return Step(
                name="progress",
                key=key,
                node="completed",
                text=text,
                facts=frozen({"count": len(found)}),
                outcome="completed",
                result=frozen({"productions": found, "text": text}),
            )

        yield "progress", read


def _described(production: Production, item: Item) -> dict[str, object]:
    node = PRODUCTION_NODES.get(f"production.{production.node}")
    return {
        "kind": production.kind,
        "node": node or production.node,
        "text": node_text(node, item) if node else _WAITING,
        "at": _iso(production.at),
        "bank": production.bank,
        "region": production.region,
    }


def _in_full(registry: CardRegistry, production: Production) -> Production:
    """The production with its history, which a list of productions need not tell."""
    if production.history:
        return production
    try:
        return registry.production(production.reference)
    except Refused:
        return production


def _along(production: Production, item: Item, nodes: tuple[str, ...]) -> dict[str, object]:
    """The production as far as these nodes tell: where it stands among them, and which of them it has passed when."""
    reached = _reached(production)
    told = [each for each in _IN_ORDER if each in nodes]
    titles = _TITLES | {stage.node: stage.title for stage in item.steps}
    last = next((each for each in reversed(told) if each in reached), "submitted")
    if production.node == _TO_MEND:
        last = _TO_MEND
    return {
        **_described(production, item),
        "node": last,
        "text": _WAITING if last == "submitted" else node_text(last, item),
        "at": _iso(reached.get(last, production.at)),
        "nodes": [
            {"node": each, "title": titles[each], "reached": each in reached, "at": _iso(reached.get(each))}
            for each in told
        ],
    }


def _reached(production: Production) -> dict[str, datetime | None]:
    """Node -> when it was last reached, None where nobody tells."""
    steps = [*production.history, (production.node, production.at)]
    found: dict[str, datetime | None] = {}
    for word, at in steps:
        if node := PRODUCTION_NODES.get(f"production.{word}"):
            found[node] = at or found.get(node)
    furthest = max((_IN_ORDER.index(each) for each in found if each in _IN_ORDER), default=-1)
    return {each: None for each in _ALWAYS_PASSED if _IN_ORDER.index(each) < furthest} | found


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
