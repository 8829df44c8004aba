"""A document that is not in order yet, read as far as it goes, so that what can be compared is compared."""

import re
from collections.abc import Mapping
from typing import Final

from bundles import schema
from bundles.definition import Bundle

_ITEM: Final = re.compile(r"items\[(\d+)\]")


def as_far_as_it_goes(document: Mapping[str, object]) -> tuple[Bundle | None, tuple[str, ...]]:
    """The definition without the items that can't be read, and what those items are called.

    None where too much is broken: something of the bundle itself, or all of its items.
    """
    items = document.get("items")
    kept = list(items) if isinstance(items, list) else []
    try:
        return (schema.load_stored({**document, "items": kept}) if kept else None), ()
    except schema.DefinitionFaults as error:
        places = [_ITEM.match(fault.path) for fault in error.faults]
    broken = sorted({int(place.group(1)) for place in places if place})
    if not all(places) or len(broken) == len(kept):
        return None, ()
    whole = [each for index, each in enumerate(kept) if index not in broken]
    return schema.load_stored({**document, "items": whole}), tuple(_called(index, kept[index]) for index in broken)


def _called(index: int, item: object) -> str:
    name = item.get("name") if isinstance(item, Mapping) else None
    return name if isinstance(name, str) and name.strip() else f"第 {index + 1} 项"
