"""Ask the card registry how far a person's cards in the making are, wherever they were applied for."""

from collections.abc import Iterable, Mapping

from bundles.application import Fault, Order, Request, Step
from bundles.case import PRODUCTION_NODES, node_text
from bundles.definition import Item, frozen
from bundles.handlers import Done, Effect, handler, unknown_options
from bundles.ports import CardRegistry, Production


@handler("production-progress")
class ProductionProgress:
    """One step that reads."""

    def check_options(self, options: Mapping[str, object]) -> Iterable[tuple[str, str]]:
        """No options."""
        return unknown_options(options, ())

    def check(self, request: Request, form: Mapping[str, str]) -> Iterable[Fault]:
        """The definition says it all."""
        return ()

    def plan(self, order: Order) -> Iterable[tuple[str, Effect]]:
        """Read the productions."""

        def read(registry: CardRegistry, key: str, _done: Done) -> Step:
            found = [_described(each, order.item) for each in registry.productions(order.holder.document)]
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
        "text": node_text(node, item) if node else "已收到制卡申请，正在安排。",
        "at": None if production.at is None else production.at.isoformat(),
        "bank": production.bank,
        "region": production.region,
    }
