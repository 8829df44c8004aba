"""Check, route, carry out. Knows no item by name: definitions say what, handlers do it.

`check` is pure. `carry_out` talks only to the port it is given, one effect at a time.
"""

from collections.abc import Iterator, Mapping
from typing import Literal

from bundles import handlers
from bundles.application import Checked, Fault, Handed, Holder, Order, Request, Step
from bundles.checking import HELD, card_fault, check, check_form, form_has, precheck
from bundles.definition import Item, frozen
from bundles.ports import CardRegistry, Refused

__all__ = [
    "HELD",
    "Checked",
    "Fault",
    "Handed",
    "Holder",
    "Order",
    "Request",
    "Step",
    "card_fault",
    "carry_out",
    "check",
    "check_form",
    "form_has",
    "outcome_of_node",
    "precheck",
]


def carry_out(order: Order, registry: CardRegistry) -> Iterator[Step]:
    """Take the steps of an order that are not in `order.done`, each under the key `<number>:<step>`.

    A step is yielded right after its effect and must be saved before the next is asked for. `Unavailable` passes
    through: ask again later with what was saved. A `Refused` ends the order as a step with outcome "refused".
    """
    done = dict(order.done)
    for name, effect in handlers.find(order.item.handler).plan(order):
        if name in done:
            continue
        key = f"{order.number}:{name}"
        try:
            step = effect(registry, key, frozen(done))
        except Refused as refusal:
            yield Step(
                name=name,
                key=key,
                node="refused",
                text=refusal.reason,
                facts=frozen({"code": refusal.code}),
                outcome="refused",
                result=frozen({"code": refusal.code, "reason": refusal.reason}),
            )
            return
        done[name] = step.facts
        yield step
        if step.outcome is not None:
            return


def outcome_of_node(item: Item, node: str) -> Literal["stop_clock", "completed"] | None:
    """What a production's timeline node means for a case of this item.

    "completed" ends the case and stops its clock too, whether or not the node that stops it has been seen:
    events come late and out of order.
    """
    if node in _nodes(item.options, "completes_on"):
        return "completed"
    return "stop_clock" if node in _nodes(item.options, "clock_stops_on") else None


def _nodes(options: Mapping[str, object], name: str) -> tuple[str, ...]:
    value = options.get(name, ())
    return tuple(str(each) for each in value) if isinstance(value, list | tuple) else ()
