"""Two states of one page: whether they differ, where, and what was done, in words."""

import hashlib
import json
from typing import Any

from bundles.editing.forms import form
from bundles.editing.paths import get, parsed, path_text
from bundles.editing.posting import CONTROLS
from bundles.editing.tree import Document, Spot, spot, spots
from bundles.editing.widgets import Widget, walk
from bundles.editing.wording import said as in_words

_DONE = {"add": "加了", "up": "上移了", "down": "下移了", "copy": "抄了一份", "del": "删了", "retype": "换了条件"}


def kind_of(document: Document, key: str) -> str:
    """form or rows. Raises KeyError."""
    return "rows" if spot(document, key).rows else "form"


def root_of(document: Document, key: str) -> str:
    """The path of the part that a page edits; empty for a page of the bundle. Raises KeyError."""
    return path_text(spot(document, key).path)


def section_digest(document: Document, key: str) -> str:
    """A digest of what a page edits; of a page that is not there, a word of its own."""
    try:
        here = spot(document, key)
    except KeyError:
        return "gone"
    part = get(document, here.path, None) if here.path else document
    edited = part if not _names(here) else {name: get(part, (name,), None) for name in _names(here)}
    return hashlib.sha256(json.dumps(edited, sort_keys=True, ensure_ascii=True, default=str).encode()).hexdigest()[:32]


def _names(here: Spot) -> tuple[str, ...]:
    return (*here.names, here.rows) if here.rows else here.names


def side_by_side(mine: Document, theirs: Document, key: str) -> tuple[tuple[str, str, str], ...]:
    """(what, my text, their text) of all that two documents have different on a page."""
    left, right = _texts(mine, key), _texts(theirs, key)
    labels = {
        **{path: label for path, (label, _) in right.items()},
        **{path: label for path, (label, _) in left.items()},
    }
    return tuple(
        (label, left.get(path, ("", ""))[1], right.get(path, ("", ""))[1])
        for path, label in labels.items()
        if left.get(path, ("", ""))[1] != right.get(path, ("", ""))[1]
    )


def _texts(document: Document, key: str) -> dict[str, tuple[str, str]]:
    try:
        widgets = form(document, key)
        here = spot(document, key)
    except KeyError:
        return {}
    found = {each.path: (each.label, _text(each)) for each in walk(widgets) if each.kind in CONTROLS}
    if here.rows:
        parts = get(document, (*here.path, here.rows), [])
        found |= {f"row {index}": (f"第 {index + 1} 条", in_words(part)) for index, part in enumerate(parts)}
    return found


def _text(widget: Widget) -> str:
    names = {each.value: each.label for each in widget.options}
    value: Any = widget.value
    if isinstance(value, tuple):
        return "、".join(names.get(str(each), str(each)) for each in value)
    if isinstance(value, bool):
        return "是" if value else "否"
    return names.get(str(value), str(value))


def said(key: str, action: str, document: Document | None = None) -> str:
    """What a press did, for the list of what can be undone: "改了申领的办理时限"."""
    verb, _, rest = action.partition(":")
    title = _title(document, key) if document is not None else ""
    if verb not in _DONE:
        return f"改了{title}" if title else "改了内容"
    part = _called(document, rest.partition(":")[0]) if document is not None and verb != "add" else ""
    named = f"“{part}”" if part else "一条"
    return f"在{title}里{_DONE[verb]}{named}" if title else f"{_DONE[verb]}{named}"


def _title(document: Document, key: str) -> str:
    try:
        here = spot(document, key)
    except KeyError:
        return ""
    above = next((each for each in spots(document) if each.depth == 1 and key.startswith(f"{each.key}/")), None)
    return f"{above.title}的{here.title}" if above else here.title


def _called(document: Document, path: str) -> str:
    part = get(document, parsed(path), None)
    return (
        next((str(part[name]) for name in ("short_name", "name", "label", "title", "question") if part.get(name)), "")
        if isinstance(part, dict)
        else ""
    )
