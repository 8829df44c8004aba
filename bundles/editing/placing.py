"""Which fault belongs where: to a section, a row, a widget. None is lost."""

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from bundles.difference_words import WORDS
from bundles.editing.forms import form as bare_form
from bundles.editing.paths import MISSING, counterpart, get, parsed, path_text
from bundles.editing.tree import Document, Spot, listed, name_of, spot, spots, title_of
from bundles.editing.widgets import Row, Section, Widget
from bundles.editing.wording import said
from bundles.toml_lines import Path

Faults = Sequence[tuple[Path, str]]


def sections(document: Document, faults: Faults, in_force: Document | None = None) -> tuple[Section, ...]:
    """The tree of pages, with how many faults lie in each and whether it differs from the version in force."""
    found = spots(document)
    counts = dict.fromkeys((each.key for each in found), 0)
    for path, _ in faults:
        counts[_home(found, path).key] += 1
    return tuple(
        Section(
            each.key,
            each.title,
            "rows" if each.rows else "form",
            path_text(each.path),
            each.depth,
            counts[each.key],
            in_force is not None and _changed(document, in_force, each),
        )
        for each in found
    )


def rows(document: Document, key: str, faults: Faults, in_force: Document | None = None) -> tuple[Row, ...]:
    """The lines of a page that lists parts; empty for other pages. Raises KeyError."""
    here = spot(document, key)
    if not here.rows:
        return ()
    around = (*here.path, here.rows)
    found = []
    for index, each in enumerate(listed(document, around)):
        path = (*around, index)
        found.append(
            Row(
                path_text(path),
                title_of(each, here.rows),
                _summary(each, here.rows),
                tuple(sentence for where, sentence in faults if where[: len(path)] == path),
                in_force is not None and counterpart(document, in_force, path) != each,
                f"{key}/{name_of(document, path)}",
            )
        )
    return tuple(found)


def form(document: Document, key: str, faults: Faults, in_force: Document | None = None) -> tuple[Widget, ...]:
    """The widgets of a page, each with its faults; what has no widget of its own stands at the nearest around it."""
    here = spot(document, key)
    widgets = bare_form(document, key, in_force)
    found = spots(document)
    if here in found:
        own = [each for each in faults if _home(found, each[0]) == here]
        if here.rows:
            around = (*here.path, here.rows)
            length = len(around)
            own = [(path, said_) for path, said_ in own if path[:length] != around or len(path) == length]
    else:
        own = [each for each in faults if each[0][: len(here.path)] == here.path]
    return place(own, widgets)


def place(faults: Faults, widgets: Iterable[Widget]) -> tuple[Widget, ...]:
    """The widgets with these faults, each at the innermost widget that holds its path, else at the first of all."""
    placed, left = _placed(list(faults), tuple(widgets))
    if left and placed:
        first = placed[0]
        placed = (dataclasses.replace(first, faults=(*first.faults, *(each for _, each in left))), *placed[1:])
    return placed


def _placed(
    faults: list[tuple[Path, str]], widgets: tuple[Widget, ...]
) -> tuple[tuple[Widget, ...], list[tuple[Path, str]]]:
    made = []
    for each in widgets:
        path = parsed(each.path)
        mine = [one for one in faults if one[0][: len(path)] == path]
        faults = [one for one in faults if one not in mine]
        if mine:
            children, own = _placed(mine, each.children)
            each = dataclasses.replace(each, children=children, faults=tuple(sentence for _, sentence in own))
        made.append(each)
    return tuple(made), faults


def _home(found: Sequence[Spot], path: Path) -> Spot:
    """The page on which a fault is shown."""
    for each in found:
        names = (*each.names, each.rows) if each.rows else each.names
        if each.path == path[: len(each.path)] and len(path) > len(each.path) and path[len(each.path)] in names:
            if each.key == "items" and len(path) > 1:
                continue
            return each
    if path[:1] == ("items",) and len(path) > 1:
        return next((each for each in found if each.path == path[:2]), found[0])
    return found[0]


def _changed(document: Document, in_force: Document, here: Spot) -> bool:
    if here.path and counterpart(document, in_force, here.path) is MISSING:
        return True
    names = here.names if here.key != "items" else ()
    for name in (*names, here.rows) if here.rows and here.rows != "items" else names:
        path = (*here.path, name)
        if counterpart(document, in_force, path) != get(document, path):
            return True
    if here.key == "items":
        codes = [[get(each, ("code",), "") for each in listed(each_of, ("items",))] for each_of in (document, in_force)]
        return codes[0] != codes[1]
    return False


def _summary(part: object, kind: str) -> str:
    if not isinstance(part, Mapping):
        return ""
    words = _SUMMARIES.get(kind)
    return "，".join(each for each in words(part) if each) if words else ""


def _of_field(part: Mapping[str, Any]) -> list[str]:
    return [
        WORDS.get(str(part.get("kind", "")), ""),
        "必填" if part.get("required") is True else "可以不填",
        "满足条件才问" if part.get("visible_when") else "",
    ]


def _of_material(part: Mapping[str, Any]) -> list[str]:
    acting = part.get("acting", ["self"])
    return [
        WORDS.get(str(part.get("necessity", "required")), ""),
        "、".join(WORDS.get(str(each), str(each)) for each in acting) if isinstance(acting, list) else "",
        "要上传" if part.get("upload") is True else "只在说明里写",
    ]


def _of_item(part: Mapping[str, Any]) -> list[str]:
    limits = part.get("limits")
    shown = {said(each) for each in limits.values()} if isinstance(limits, Mapping) else set()
    return sorted(each for each in shown if each)


_SUMMARIES: Final[Mapping[str, Callable[[Mapping[str, Any]], list[str]]]] = {
    "items": _of_item,
    "fields": _of_field,
    "materials": _of_material,
    "questions": lambda part: [str(part.get("answer", ""))[:40]],
    "notifications": lambda part: [str(part.get("text", ""))[:40]],
    "places": lambda part: [str(part.get("code", ""))],
}
