"""What the tests of Chongqing's definition ask with: people of an age, who acts where, and what is told them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

from bundles import schema
from bundles.application import Fault, Handed, Holder
from bundles.definition import Bundle, Item, Material
from bundles.engine import carry_out, check
from bundles.ports import IdentityDocument
from bundles.rules import Facts, evaluate
from tests.bundles.making import DEFINITIONS, TODAY, Registry, card, order, request

PHONE = {"phone": "13812345620"}
PICKED_UP = PHONE | {"delivery": "pickup", "pickup_region": "500103"}
CARD_OR_ID = ("resident_id", "social_security_card")
OF_ADULTS = ("resident_id", "hk_macao_permit", "taiwan_permit", "passport", "officer_card")
ADULT, MINOR = 40, 9


@cache
def chongqing() -> Bundle:
    return schema.load_toml((DEFINITIONS / "chongqing.toml").read_text("utf-8"))


def item(code: str) -> Item:
    found = chongqing().item(code)
    assert found is not None, code
    return found


def somebody(age: int | None = ADULT, kind: str = "resident_id") -> Holder:
    """A person who has been so old for months, known by a document of this kind."""
    born = None if age is None else date(TODAY.year - age, 1, 1)
    return Holder(IdentityDocument(kind, "1"), "陈小渝", born)


def told(
    code: str,
    form: Mapping[str, object],
    *,
    channel: str = "window",
    acting_as: str = "self",
    holder: Holder | None = None,
    state: str = "active",
    pictures: Iterable[str] = (),
    **more: Any,
) -> tuple[Fault, ...]:
    """All that is said about an application; `pictures` by kind; the card issued in Chongqing in this state."""
    asked = item(code)
    own = replace(card(state), region="500000") if asked.needs_card else None
    uploads = tuple(Handed(f"u-{number}", kind) for number, kind in enumerate(pictures))
    made = request(
        "activate",
        form,
        bundle=chongqing(),
        item=asked,
        channel=channel,
        acting_as=acting_as,
        holder=holder or somebody(MINOR if acting_as == "guardian" else ADULT),
        card=own,
        uploads=uploads,
        **more,
    )
    return check(made).faults


def by_code(faults: Iterable[Fault]) -> dict[str, str]:
    """Fault code -> message."""
    return {fault.code: fault.message for fault in faults}


def materials(code: str, channel: str, acting_as: str, **facts: Any) -> dict[str, Material]:
    """What a cell asks for, by code, as far as it concerns an application of which these facts are known."""
    known = Facts(channel=channel, acting_as=acting_as, **facts)
    return {
        each.code: each
        for each in item(code).materials_for(channel, acting_as)
        if each.when is None or evaluate(each.when, known).met is not False
    }


def suffices(code: str, channel: str, acting_as: str, shown: tuple[str, ...], form: Mapping[str, object], **more: Any):
    """That a clerk who saw these originals goes on, and asks for each of them that is taken away."""
    faults = told(code, form, channel=channel, acting_as=acting_as, shown=shown, **more)
    assert not [fault for fault in faults if fault.path.startswith("materials")], (shown, faults)
    for missing in shown:
        rest = tuple(each for each in shown if each != missing)
        faults = told(code, form, channel=channel, acting_as=acting_as, shown=rest, **more)
        assert [fault.code for fault in faults if fault.path.startswith("materials.")] == ["required"], missing


def carried(code, form, channel="window", state="active", **changes):
    """The steps of an order for an item, and what they did at the registry by step; the registry's card in a state."""
    registry = Registry()
    registry.state = state
    asked = item(code)
    values = {"bundle": chongqing(), "item": asked, "channel": channel, "card": card() if asked.needs_card else None}
    steps = list(carry_out(order("activate", form, **(values | changes)), registry))
    return steps, {key.rpartition(":")[2]: effect for key, effect in registry.effects.items()}


def answer(code: str, question: str) -> str:
    """The answer to a question of an item."""
    return next(each.answer for each in item(code).questions if each.code == question)


def flow(code: str, channel: str) -> str:
    """An item's way through a channel, as one text."""
    return "；".join(item(code).guide.flow[channel])
