"""Who carries an item out, and what that asks to be told."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from bundles import handlers
from bundles.difference_words import OPTION_LABELS, OPTION_WORDS
from bundles.editing.paths import get, path_text
from bundles.editing.shapes import NODES
from bundles.editing.widgets import Option, Widget
from bundles.handlers import failing
from bundles.toml_lines import Path
from bundles.vocabulary import CARD_STATES, CHANNELS, LOSS_KINDS

_ORDERS: Final = {"apply": "申领", "replace": "补换卡"}
OPTIONS: Final[Mapping[str, Mapping[str, tuple[str, Mapping[str, str]]]]] = {
    "production": {
        "kind": ("choice", _ORDERS),
        "clock_stops_on": ("many", NODES),
        "completes_on": ("many", NODES),
        "on_the_spot": ("many", CHANNELS),
        "activated": ("flag", {}),
    },
    "loss": {"kind": ("choice", {"": "由市民选", **LOSS_KINDS}), "kind_field": ("field", {})},
    "card-status": {"advice": ("table", CARD_STATES)},
    "production-progress": {"nodes": ("many", NODES)},
}
"""Handler -> its options: how each is given, and the words to pick from."""


def choices(value: object) -> tuple[Option, ...]:
    """All handlers, and the one named though it is not there."""
    names = [each for each in handlers.names() if each != failing.NAME or value == failing.NAME]
    offered = tuple(Option(each, OPTION_WORDS.get(each, each)) for each in names)
    gone = value if isinstance(value, str) and value not in names else None
    return offered if gone is None else (*offered, Option(gone, f"（没有“{gone}”）", gone=True))


def widgets(document: object, path: Path, item: object) -> Iterator[Widget]:
    """The options of the item's handler, and those that are there though it does not know them."""
    there = get(document, path, {})
    there = there if isinstance(there, Mapping) else {}
    known = OPTIONS.get(str(get(item, ("handler",), "")), {})
    for name, (kind, words) in known.items():
        yield _widget((*path, name), name, kind, words, there.get(name), item)
    for name, value in there.items():
        if name not in known:
            yield _widget((*path, str(name)), str(name), _kind(value), {}, value, item)


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "flag"
    if isinstance(value, int):
        return "number"
    return "lines" if isinstance(value, list | tuple) else "table" if isinstance(value, Mapping) else "text"


def _widget(path: Path, name: str, kind: str, words: Mapping[str, str], value: Any, item: object) -> Widget:
    text, label = path_text(path), OPTION_LABELS.get(name, name)
    if kind == "table":
        there = value if isinstance(value, Mapping) else {}
        names = [*words, *(each for each in there if each not in words)]
        rows = tuple(
            Widget("text", path_text((*path, each)), words.get(each, each), str(there.get(each, ""))) for each in names
        )
        return Widget("group", text, label, children=rows)
    if kind in ("many", "lines"):
        picked = tuple(str(each) for each in value) if isinstance(value, list | tuple) else ()
        return Widget(kind, text, label, picked, options=_options(words, picked))
    if kind == "flag":
        return Widget("flag", text, label, value is True)
    given = str(value) if isinstance(value, str | int) else ""
    if kind == "field":
        found = get(item, ("fields",), [])
        asked = {
            str(get(each, ("code",), "")): str(get(each, ("label",), ""))
            for each in (found if isinstance(found, list) else [])
            if get(each, ("kind",), "") == "choice"
        }
        return Widget("choice", text, label, given, options=_options({"": "不用", **asked}, (given,)))
    if kind == "choice":
        words = words if given or "" in words else {"": "请选一项", **words}
        return Widget("choice", text, label, given, options=_options(words, (given,)))
    return Widget(kind, text, label, given)


def _options(words: Mapping[str, str], picked: tuple[str, ...]) -> tuple[Option, ...]:
    gone = tuple(Option(each, f"（没有“{each}”）", gone=True) for each in picked if each not in words)
    return (*(Option(value, name) for value, name in words.items()), *gone)
