"""Texts that point to a bundle or an item by its address, so that nothing is left pointing to what is gone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bundles import schema
from bundles.definition import Bundle

_ADDRESS = re.compile(r"/bundles/([a-z][a-z0-9_-]*)(?:/([a-z][a-z0-9_+-]*))?")


@dataclass(frozen=True, slots=True)
class Link:
    """Something that points to an item, or to a bundle as a whole (`item` empty). `source` says where it stands."""

    source: str
    bundle: str
    item: str = ""


def links_in(texts: Mapping[str, str]) -> tuple[Link, ...]:
    """The links in texts, which are given by where they stand."""
    return tuple(
        Link(source, found.group(1), found.group(2) or "")
        for source, text in texts.items()
        for found in _ADDRESS.finditer(text)
    )


def links_of(bundles: Iterable[Bundle]) -> tuple[Link, ...]:
    """The links in the texts of definitions."""
    return tuple(link for bundle in bundles for link in links_in(dict(_texts(bundle.code, schema.dump_bundle(bundle)))))


def _texts(where: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from _texts(f"{where}.{key}", each)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _texts(f"{where}[{index}]", each)
