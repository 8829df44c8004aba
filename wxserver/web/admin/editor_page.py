"""What an editor's page shows: the tree, the form of one section, all faults with the way to each, and what was saved.

In: a draft (or a document not saved yet), and the key of a section. Out: a rendered page. Decides nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from flask import render_template, request, url_for

from bundles import editing
from bundles.editing import Section, Widget, walk
from bundles.toml_lines import Path
from wxserver.usecases.draft_documents import DraftDocument
from wxserver.usecases.rights import holds
from wxserver.web.admin.blueprint import me
from wxserver.web.desk import desk

MOST_LISTED: Final = 100
"""Faults listed on top of a page; of more, the number is told."""

Faults = Sequence[tuple[Path, str]]
Document = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence on top of the page, with its tone."""

    words: str
    tone: str = "amber"


@dataclass(frozen=True, slots=True)
class Listed:
    """A fault in the list on top of the page, and the way to it."""

    href: str
    message: str


@dataclass(frozen=True, slots=True)
class Look:
    """How widgets are drawn: the id of what has the focus and the attribute that says so (a script that swaps parts of
    a page puts the focus itself), whether they can be edited, what the version in force is called."""

    focus: str
    focus_word: str
    editable: bool
    base_words: str


def section_url(draft: DraftDocument, key: str, at: str = "") -> str:
    """The page of a section; `at`: what gets the focus there."""
    return url_for("admin.editor", code=draft.bundle, number=draft.number, key=key, at=at or None)


def render(
    draft: DraftDocument, key: str, *, document: Document | None = None, told: Told | None = None, at: str = ""
) -> str:
    """The page of a section. `document`: what was typed and is not saved; `at`: the path, or the act on one
    ("up:items[1]"), to put the focus on. Raises KeyError where there is no such section."""
    current = draft.document if document is None else document
    faults = draft.faults if document is None else desk().editing.faults(current)
    tree = editing.sections(current, faults, draft.in_force)
    here = _here(current, tree, key, faults, draft.in_force)
    widgets = editing.form(current, key, faults, draft.in_force)
    rows = editing.rows(current, key, faults, draft.in_force) if here.kind == "rows" else ()
    base_words = f"v{draft.base}" if draft.base is not None else ""
    items = current.get("items")
    return render_template(
        "admin/editor.html",
        draft=draft,
        name=str(current.get("name") or draft.bundle),
        key=key,
        home=url_for("admin.draft_start", code=draft.bundle, number=draft.number),
        items=len(items) if isinstance(items, list) else 0,
        tree=_unfolded(tree, key),
        here=here,
        up=_above(tree, key),
        widgets=widgets[:-1] if here.kind == "rows" else widgets,
        adder=widgets[-1] if here.kind == "rows" else None,
        kind=here.kind,
        rows=rows,
        seen=[each.path for each in walk(widgets) if each.kind in editing.CONTROLS],
        digest=editing.section_digest(draft.document, key),
        root=here.path,
        listed=listed(draft, current, faults, key),
        fault_count=len(faults),
        changes=sum(1 for each in tree if each.changed),
        told=told,
        ui=Look(
            _focus(at, widgets),
            "data-focus" if request.headers.get("HX-Request") else "autofocus",
            draft.status == "draft" and holds(me(), "bundles.edit"),
            base_words,
        ),
        url=lambda other: section_url(draft, other),
    )


def listed(draft: DraftDocument, document: Document, faults: Faults, key: str = "") -> list[Listed]:
    """Every fault, up to `MOST_LISTED`, each with the way to where it stands; `key`: the section that is shown."""
    found: dict[tuple[str, str, str], Listed] = {}
    tree = editing.sections(document, faults, None)
    for section in tree:
        if not section.faults:
            continue
        item = _above(tree, section.key) if section.key.count("/") == 2 else None
        title = f"{item.title}的{section.title}" if item else section.title
        for each, path, message in _places(document, replace(section, title=title), faults):
            href = ("" if each == key else section_url(draft, each)) + f"#f-doc.{path}"
            found.setdefault((path, message, ""), Listed(href, message))
        if len(found) >= MOST_LISTED:
            break
    return list(found.values())[:MOST_LISTED]


def knows(document: Document, key: str) -> bool:
    """Whether the document has this section."""
    try:
        editing.root_of(document, key)
    except KeyError:
        return False
    return True


def title_of(draft: DraftDocument, key: str) -> str:
    """What a section is called. Raises KeyError."""
    return _here(draft.document, editing.sections(draft.document, (), None), key, (), None).title


def moved(posted: Mapping[str, Sequence[str]], root: str) -> dict[str, Sequence[str]]:
    """What was posted, with the paths as they are now: somebody may have moved the part since the page was drawn."""
    old = (posted.get("root") or [root])[0]
    if old == root:
        return dict(posted)

    def now(path: str) -> str:
        return root + path[len(old) :] if path == old or path.startswith((f"{old}.", f"{old}[")) else path

    renamed = {f"doc.{now(name[4:])}" if name.startswith("doc.") else name: values for name, values in posted.items()}
    return renamed | {"seen": [now(path) for path in posted.get("seen", ())]}


def where(action: str, document: Document) -> str:
    """Where the focus belongs after an act: on what was added, or on the button that moves the part further."""
    verb, _, rest = action.partition(":")
    path = rest.partition(":")[0]
    if verb == "add":
        length = len(_list_at(document, path))
        return f"{path}[{length - 1}]" if length else path
    found = re.fullmatch(r"(.*)\[(\d+)\]", path)
    if verb not in ("up", "down") or found is None:
        return path if verb == "retype" else ""
    index, length = int(found[2]) + (1 if verb == "down" else -1), len(_list_at(document, found[1]))
    if index <= 0:
        verb = "down"
    elif index >= length - 1:
        verb = "up"
    return f"{verb}:{found[1]}[{index}]"


def _list_at(document: Document, path: str) -> Sequence[object]:
    value: object = document
    for name, index in re.findall(r"([^.\[\]]+)|\[(\d+)\]", path):
        if isinstance(value, Mapping) and name:
            value = value.get(name)
        elif isinstance(value, list) and index and int(index) < len(value):
            value = value[int(index)]
        else:
            return ()
    return value if isinstance(value, list) else ()


def _places(document: Document, section: Section, faults: Faults) -> Iterator[tuple[str, str, str]]:
    """Key of the page, path of the widget, sentence: of every fault that shows in a section or on its rows' pages."""
    yield from _faulty(document, section.key, section.title, faults)
    if section.kind != "rows":
        return
    for row in editing.rows(document, section.key, faults, None):
        title = f"{section.title}“{row.title}”"
        inside = list(_faulty(document, row.key, title, faults)) if row.faults else []
        yield from inside or [(section.key, row.path, f"{title}：{each}") for each in row.faults]


def _faulty(document: Document, key: str, title: str, faults: Faults) -> Iterator[tuple[str, str, str]]:
    for widget in walk(editing.form(document, key, faults, None)):
        called = f"{title}的“{widget.label}”" if widget.label and widget.label != title else title
        for each in widget.faults:
            yield key, widget.path, f"{called}：{each}"


def _here(document: Document, tree: Sequence[Section], key: str, faults: Faults, in_force: Document | None) -> Section:
    for each in tree:
        if each.key == key:
            return each
    above = _above(tree, key)
    if above is not None and above.kind == "rows":
        for row in editing.rows(document, above.key, faults, in_force):
            if row.key == key:
                return Section(key, row.title, "form", row.path, above.depth + 1, len(row.faults), row.changed)
    raise KeyError(key)


def _above(tree: Sequence[Section], key: str) -> Section | None:
    """The section of which this page is a part."""
    while "/" in key:
        key = key.rpartition("/")[0]
        for each in tree:
            if each.key == key:
                return each
    return None


def _unfolded(tree: Sequence[Section], key: str) -> list[Section]:
    """The tree, with the parts of the item that is worked on; another item's line tells of all its parts."""
    open_item = "/".join(key.split("/")[:2])
    found = []
    for each in tree:
        if each.key.count("/") == 1 and each.key != open_item:
            parts = [part for part in tree if part.key == each.key or part.key.startswith(f"{each.key}/")]
            faults, changed = sum(part.faults for part in parts), any(part.changed for part in parts)
            found.append(replace(each, faults=faults, changed=changed))
        elif each.key.count("/") < 2 or each.key.startswith(f"{open_item}/"):
            found.append(each)
    return found


def _focus(at: str, widgets: Sequence[Widget]) -> str:
    """The id of what gets the focus."""
    if not at:
        return ""
    if at.startswith(("up:", "down:")):
        return f"act-{at}"
    inside = [each.path for each in walk(widgets) if each.kind in editing.CONTROLS and each.path.startswith(at)]
    return f"f-doc.{inside[0] if inside else at}"
