"""What the tests of the shipped definitions ask with: a bundle by its file, an application to it, what is said."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

from bundles import schema
from bundles.application import Handed, Holder, Order, Request
from bundles.definition import Bundle, Item
from bundles.engine import check
from bundles.ports import IdentityDocument
from bundles.search import Index
from tests.bundles.making import DEFINITIONS, TODAY, card, order, request

FILES = tuple(sorted(path.stem for path in DEFINITIONS.glob("*.toml")))


@cache
def shipped(file: str) -> Bundle:
    return schema.load_toml((DEFINITIONS / f"{file}.toml").read_text("utf-8"))


@cache
def _index(file: str) -> Index:
    return Index.build([shipped(file)])


def item_of(file: str, code: str) -> Item:
    found = shipped(file).item(code)
    assert found is not None, code
    return found


def somebody(age: int | None = 40, kind: str = "resident_id") -> Holder:
    """A person who has been so old for months, known by a document of this kind."""
    return Holder(IdentityDocument(kind, "1"), "陈小新", None if age is None else date(TODAY.year - age, 1, 1))


def asking(
    file: str,
    code: str,
    form: Mapping[str, object],
    *,
    state: str = "active",
    region: str = "",
    pictures: Iterable[str] = (),
    **more: Any,
) -> Request:
    """An application; the card, where one is needed, in this state and issued in this region; pictures by kind."""
    bundle, item = shipped(file), item_of(file, code)
    values: dict[str, Any] = {
        "bundle": bundle,
        "item": item,
        "holder": somebody(),
        "card": replace(card(state), region=region or bundle.region) if item.needs_card else None,
        "uploads": tuple(Handed(f"u-{number}", kind) for number, kind in enumerate(pictures)),
    }
    return request("activate", form, **(values | more))


def told(request: Request) -> dict[str, str]:
    """All that is said about an application: path -> sentences."""
    found: dict[str, str] = {}
    for fault in check(request).faults:
        found[fault.path] = found.get(fault.path, "") + fault.message
    return found


def ordering(file: str, code: str, form: Mapping[str, str], **more: Any) -> Order:
    item = item_of(file, code)
    own = {"bundle": shipped(file), "item": item, "card": card() if item.needs_card else None}
    return order("activate", form, **(own | more))


def materials(file: str, code: str, channel: str, acting: str = "self") -> list[tuple[str, str, str]]:
    """Kind, necessity and form of what somebody brings through a channel."""
    return [(each.kind, each.necessity, each.form) for each in item_of(file, code).materials_for(channel, acting)]


def answer(file: str, code: str, question: str) -> str:
    return next(each.answer for each in item_of(file, code).questions if each.code == question)


def finds(file: str, words: str) -> tuple[str, str]:
    """Item and question of the first question that a citizen's words find."""
    found = ((hit.item.code, hit.question.code) for hit in _index(file).find(words) if hit.question)
    return next(found, ("", ""))
