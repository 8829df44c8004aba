"""Documents to begin with: a bundle from nothing, a copy of another, an item that staff carry out."""

import copy
from collections.abc import Mapping
from typing import Any

from bundles.document import SCHEMA_VERSION


def blank_item(code: str, name: str = "新事项") -> dict[str, Any]:
    """An item that needs no code of ours: asked for online, carried out by staff, in 5 working days."""
    return {
        "code": code,
        "name": name,
        "short_name": name,
        "summary": "请写一句话，说清这一项办什么。",
        "handler": "office",
        "limits": {"online": {"unit": "working_days", "amount": 5}},
        "guide": {"served": "请写明谁可以办。"},
    }


def blank_bundle(*, code: str, name: str, prefix: str, region: str) -> dict[str, Any]:
    """The document of a bundle with one blank item. `prefix` begins its case numbers, `region` is a GB/T 2260 code."""
    return {
        "schema_version": SCHEMA_VERSION,
        "code": code,
        "name": name,
        "short_name": name,
        "number_prefix": prefix,
        "region": region,
        "organiser": "请写主办单位。",
        "introduction": "请写一句介绍，市民在首页会看到。",
        "items": [blank_item("item-1")],
    }


def copied_bundle(document: Mapping[str, object], *, code: str, name: str, prefix: str, region: str) -> dict[str, Any]:
    """A copy of a bundle's document under another code, name, prefix and region; everything else is as it was."""
    made: dict[str, Any] = copy.deepcopy(dict(document))
    return {**made, "code": code, "name": name, "short_name": name, "number_prefix": prefix, "region": region}
