"""How each attribute of a definition is edited, from the definition's own types."""

import dataclasses
import types
import typing
from collections.abc import Mapping
from functools import cache
from typing import Any, Final, Literal

from bundles import case, definition
from bundles.definition import Condition, TimeLimit
from bundles.difference_words import WORDS
from bundles.vocabulary import CAPACITIES, CARD_STATES, CHANNELS, DOCUMENT_KINDS, LOSS_KINDS, UPLOAD_KINDS

NODES: Final = {each: WORDS[each] for each in case.NODES if each in WORDS}
PREFILLS: Final = {"": "不预填", **{each: WORDS[each] for each in ("phone", "address", "email", "occupation")}}


@dataclasses.dataclass(frozen=True, slots=True)
class Shape:
    """`kind` as of a widget, or `table` (by key), `options` (a handler's). `words`: the answers to pick from;
    `reference`: what its texts refer to: item, bank, field, place; `inner`: the class of a part, or of a list's."""

    kind: str
    words: Mapping[str, str] | None = None
    reference: str = ""
    inner: Any = None
    optional: bool = False


_AREAS: Final = frozenset({"introduction", "answer", "advice", "note", "text", "served", "result", "window", "summary"})
_WORDS: Final[Mapping[tuple[str, str], Mapping[str, str]]] = {
    ("Item", "channels"): CHANNELS,
    ("Item", "acting"): CAPACITIES,
    ("Item", "card_states"): CARD_STATES,
    ("Period", "starts"): NODES,
    ("Period", "channels"): CHANNELS,
    ("Material", "kind"): UPLOAD_KINDS,
    ("Material", "channels"): CHANNELS,
    ("Material", "acting"): CAPACITIES,
    ("Material", "documents"): DOCUMENT_KINDS,
    ("LossKind", "code"): LOSS_KINDS,
    ("LossKind", "lifted_by"): CAPACITIES,
    ("Stage", "node"): NODES,
    ("Notification", "node"): NODES,
    ("Field", "prefill"): PREFILLS,
    ("PhotoRule", "background"): {"white": "白色"},
}
_KEYS: Final[Mapping[tuple[str, str], Mapping[str, str]]] = {
    ("Item", "limits"): CHANNELS,
    ("Item", "hours"): CHANNELS,
    ("Item", "archive"): CHANNELS,
    ("Item", "card_advice"): CARD_STATES,
    ("Guide", "flow"): CHANNELS,
}
_VALUES: Final = {("Item", "archive"): UPLOAD_KINDS}
_REFERENCES: Final = {
    ("Item", "after"): "item",
    ("Item", "then"): "item",
    ("Item", "at_least_one"): "field",
    ("Place", "items"): "item",
    ("Place", "banks"): "bank",
    ("Reminder", "item"): "item",
    ("Field", "region_field"): "region_field",
}
_CODED: Final = ("Bundle", "Item")
_FIXED: Final = {(name, "code") for name in _CODED}
_HIDDEN: Final = {
    (name, "code") for name in ("Field", "Material", "Rule", "Question", "Choice", "Bank", "Period", "Reminder")
} | {("Field", "autocomplete")}
"""What programs need and editors need not see; it stays as it is."""


@cache
def shapes(owner: type) -> Mapping[str, Shape]:
    """Attribute -> how it is edited, of a class of the definition, in its order."""
    hints = typing.get_type_hints(owner)
    return {each.name: _shape(owner.__name__, each.name, hints[each.name]) for each in dataclasses.fields(owner)}


def required(owner: type, name: str) -> bool:
    """Whether a document must have this attribute."""
    each = next(each for each in dataclasses.fields(owner) if each.name == name)
    return each.default is dataclasses.MISSING and each.default_factory is dataclasses.MISSING


def default(owner: type, name: str) -> Any:
    """What an attribute is where a document leaves it out."""
    each = next(each for each in dataclasses.fields(owner) if each.name == name)
    return each.default if each.default_factory is dataclasses.MISSING else each.default_factory()


def keys(owner: str, name: str) -> Mapping[str, str]:
    """The keys that a table may have, with their names."""
    return _KEYS[owner, name]


def _shape(owner: str, name: str, hint: Any) -> Shape:
    place = (owner, name)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        return dataclasses.replace(_shape(owner, name, arguments[0]), optional=True)
    if origin is Literal:
        return Shape("choice", {each: WORDS.get(each, _LITERALS.get(each, each)) for each in arguments})
    if origin is tuple:
        return _of_tuple(place, arguments[0])
    if place == ("Item", "options"):
        return Shape("options")
    if origin is not None:
        return Shape("table", _VALUES.get(place), inner=arguments[1])
    if dataclasses.is_dataclass(hint):
        return Shape(_COMPOSED.get(hint, "group"), inner=hint)
    if hint in (bool, int):
        return Shape("flag" if hint is bool else "number")
    return _of_text(place)


def _of_text(place: tuple[str, str]) -> Shape:
    if place in _HIDDEN:
        return Shape("hidden")
    if place in _FIXED or place == ("Item", "handler"):
        return Shape("fixed" if place in _FIXED else "handler")
    if place in _REFERENCES:
        return Shape("choice", reference=_REFERENCES[place])
    if place in _WORDS:
        return Shape("choice", _WORDS[place])
    return Shape("area" if place[1] in _AREAS else "text")


def _of_tuple(place: tuple[str, str], inner: Any) -> Shape:
    if inner is Condition:
        return Shape("list", inner=Condition)
    if dataclasses.is_dataclass(inner):
        return Shape("list", inner=inner)
    if typing.get_origin(inner) is Literal:
        return Shape("many", {each: WORDS.get(each, each) for each in typing.get_args(inner)})
    if place in _WORDS:
        return Shape("many", _WORDS[place])
    if place in _REFERENCES:
        return Shape("many", reference=_REFERENCES[place])
    return Shape("lines")


_COMPOSED: Final[Mapping[Any, str]] = {TimeLimit: "limit", Condition: "condition"}
_LITERALS: Final = {
    "instant": "即时办结",
    "working_days": "个工作日",
    "calendar_days": "个自然日（遇放假顺延）",
    "calendar_period": "天（不顺延）",
    "hours": "小时",
}


def owner_of(path: tuple[str | int, ...]) -> tuple[type, str] | None:
    """The class and attribute that a path of a document ends at; None for what is no attribute (a key, a text in a
    list, an option)."""
    kind: Any = definition.Bundle
    found: tuple[type, str] | None = None
    shape: Shape | None = None
    for step in path:
        if isinstance(step, int):
            kind, found = (shape.inner if shape and shape.kind == "list" else None), None
        elif kind is not None and step in shapes(kind):
            shape, found = shapes(kind)[step], (kind, step)
            kind = shape.inner if shape.kind in ("group", "limit", "condition") else None
        elif shape is not None and shape.kind == "table" and found is not None:
            kind, found = (shape.inner if dataclasses.is_dataclass(shape.inner) else None), None
        else:
            return None
    return found


def class_at(path: tuple[str | int, ...]) -> type | None:
    """The class of the part that stands at a path: the bundle itself for an empty one."""
    if not path:
        return definition.Bundle
    if isinstance(path[-1], int):
        found = owner_of(path[:-1])
        shape = shapes(found[0])[found[1]] if found else None
        return shape.inner if shape and shape.kind == "list" else None
    found = owner_of(path)
    if found is not None:
        shape = shapes(found[0])[found[1]]
        return shape.inner if shape.kind in ("group", "limit", "condition") else None
    above = owner_of(path[:-1])
    shape = shapes(above[0])[above[1]] if above else None
    inner: type | None = shape.inner if shape is not None and shape.kind == "table" else None
    return inner if dataclasses.is_dataclass(inner) else None
