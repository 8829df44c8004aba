"""What a definition's parts must hold true of each other: references, handlers, limits, conditions, regions, names.

Each fault is a path into the document and a Chinese sentence for the editor.
"""

from bundles import regions
from bundles.consistency.found import Found, too_many, twice
from bundles.consistency.items import item_faults, limit_faults
from bundles.consistency.many import together
from bundles.consistency.naming import dead_names
from bundles.definition import Bundle, Place

__all__ = ["faults_of"]


def faults_of(bundle: Bundle) -> Found:
    """All faults of a definition whose parts are well formed each by itself."""
    if not bundle.items:
        yield ("items",), "至少要有一个事项。"
    yield from too_many((), bundle, {"items": 60, "banks": 100, "places": 500})
    for name in ("items", "loss_kinds", "banks", "places", "reminders"):
        yield from twice((name,), [each.code for each in getattr(bundle, name)])
    if regions.find(bundle.region) is None:
        yield ("region",), f"没有代码为“{bundle.region}”的行政区划。"
    for index, kind in enumerate(bundle.loss_kinds):
        if kind.liftable != bool(kind.lifted_by):
            yield ("loss_kinds", index, "lifted_by"), "能解挂的要写由谁解挂，不能解挂的不要写。"
        if kind.lasts is not None:
            yield from limit_faults(("loss_kinds", index, "lasts"), kind.lasts)
    codes = {item.code for item in bundle.items}
    for index, place in enumerate(bundle.places):
        yield from _place(index, place, codes, {bank.code for bank in bundle.banks})
    for index, reminder in enumerate(bundle.reminders):
        if reminder.item not in codes:
            yield ("reminders", index, "item"), f"没有代号为“{reminder.item}”的事项。"
    for index, item in enumerate(bundle.items):
        yield from item_faults(("items", index), item, bundle)
    yield from together(bundle)
    yield from dead_names(bundle)


def _place(index: int, place: Place, items: set[str], banks: set[str]) -> Found:
    if regions.find(place.code) is None:
        yield ("places", index, "code"), f"没有代码为“{place.code}”的行政区划。"
    for name, known, called in (("items", items, "事项"), ("banks", banks, "银行")):
        for position, code in enumerate(getattr(place, name)):
            if code not in known:
                yield ("places", index, name, position), f"没有代号为“{code}”的{called}。"
