"""Texts that send a citizen to another item by its name: the bundle must have an item of that name."""

import dataclasses
import re
from collections.abc import Iterator, Mapping
from typing import Final

from bundles.consistency.found import Found
from bundles.definition import Bundle
from bundles.mending import UNKNOWN
from bundles.toml_lines import Path

_SENDS_TO: Final = re.compile(r"[请先]办“([^“”]+)”")


def dead_names(bundle: Bundle) -> Found:
    """Every text with “请办” or “先办” before the name of something that is no item here, if all items have names."""
    names = {name for item in bundle.items for name in (item.name, item.short_name)}
    if UNKNOWN in names:
        return
    for path, text in texts_of((), bundle):
        for found in _SENDS_TO.finditer(text):
            if found.group(1) not in names:
                yield path, f"没有叫“{found.group(1)}”的事项，请写事项的名称或简称。"


def texts_of(path: Path, value: object) -> Iterator[tuple[Path, str]]:
    """All texts within a part of a definition, each with its path."""
    if isinstance(value, str):
        yield path, value
    elif dataclasses.is_dataclass(value):
        for each in dataclasses.fields(value):
            yield from texts_of((*path, each.name), getattr(value, each.name))
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from texts_of((*path, key), inner)
    elif isinstance(value, tuple):
        for index, inner in enumerate(value):
            yield from texts_of((*path, index), inner)
