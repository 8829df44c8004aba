"""What was typed into a page, written into a document."""

import copy
import dataclasses
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from bundles.definition import Condition
from bundles.document import plain
from bundles.editing.forms import form
from bundles.editing.paths import drop, get, parsed, put
from bundles.editing.shapes import class_at, owner_of, shapes
from bundles.editing.tree import Document
from bundles.editing.widgets import Widget, walk
from bundles.toml_lines import Path

CONTROLS = frozenset({"text", "area", "lines", "number", "flag", "choice", "many"})
"""Kinds of widgets in which something is typed or picked."""
PREFIX = "doc."


def apply(document: Document, key: str, posted: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """A new document with what was posted from a page. Raises KeyError for a page that is not there.

    Only what stands on the page is read. "seen" lists the paths that were shown: of those, what was not posted is a box
    not ticked. A number that is none is kept as it was typed, so that the fault is told at its place.
    """
    made: dict[str, Any] = copy.deepcopy(dict(document))
    seen = set(posted.get("seen", ()))
    for each in walk(form(document, key)):
        name = PREFIX + each.path
        if each.kind in CONTROLS and (name in posted or each.path in seen):
            path = parsed(each.path)
            put(made, path, _value(each, path, posted.get(name, ())))
    tidy(made)
    return made


def _value(widget: Widget, path: Path, values: Sequence[str]) -> object:
    if widget.kind == "flag":
        return bool(values)
    if widget.kind == "many":
        ticked, before = set(values), [str(each) for each in widget.value] if isinstance(widget.value, tuple) else []
        kept = [each for each in before if each in ticked]
        return kept + [each.value for each in widget.options if each.value in ticked and each.value not in before]
    text = unicodedata.normalize("NFC", values[0] if values else "").replace("\r\n", "\n").replace("\r", "\n")
    if widget.kind == "lines":
        return [line.strip() for line in text.split("\n") if line.strip()]
    if widget.kind == "number":
        return _number(text.strip())
    if path[-1] == "expected" and widget.kind == "choice":
        return text != "no"
    return " ".join(text.split("\n")).strip() if widget.kind in ("text", "area") else text


def _number(text: str) -> object:
    narrow = unicodedata.normalize("NFKC", text)
    return int(narrow) if narrow.isascii() and narrow.isdigit() and len(narrow) < 12 else (text or None)


def tidy(document: dict[str, Any], path: Path = ()) -> None:
    """Leave out what says nothing: attributes that stand at their defaults, empty texts of tables."""
    part = get(document, path, None) if path else document
    kind = class_at(path)
    if not isinstance(part, dict) or kind is None:
        return
    for each in dataclasses.fields(kind):
        if each.name not in part:
            continue
        here = (*path, each.name)
        shape = shapes(kind)[each.name]
        if shape.kind in ("group", "limit", "condition"):
            tidy(document, here)
        elif shape.kind == "list" and isinstance(part[each.name], list):
            for index in range(len(part[each.name])):
                tidy(document, (*here, index))
        elif shape.kind in ("table", "options"):
            _tidy_table(document, here)
        value = part[each.name]
        if value is None or (kind is Condition and value == "" and each.name != "kind"):
            del part[each.name]
        elif each.default is not dataclasses.MISSING or each.default_factory is not dataclasses.MISSING:
            usual = each.default if each.default_factory is dataclasses.MISSING else each.default_factory()
            if value == plain(usual) or (value in ("", [], {}) and shape.optional):
                del part[each.name]


def _tidy_table(document: dict[str, Any], path: Path) -> None:
    table = get(document, path, None)
    if not isinstance(table, dict):
        return
    for key in list(table):
        tidy(document, (*path, key))
        if isinstance(table[key], dict) and path[-1] == "options":
            table[key] = {name: value for name, value in table[key].items() if value != ""}
        if (
            table[key] in ("", [], None)
            or (table[key] == {} and owner_of((*path, key)) is None)
            or (table[key] is False and path[-1] == "options")
        ):
            drop(document, (*path, key))
