"""What changes from one version of a bundle to another, as values: where, from what, to what, each in words.

Parts are matched by their stable codes, so that a moved or renamed part is told as moved or renamed.
"""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal, NamedTuple

from bundles import regions
from bundles.definition import Bundle, Condition, Field, Item, Material, Notification, Question, Rule, TimeLimit
from bundles.difference_words import CODED, LABELS, OPTION_LABELS, OPTION_WORDS, OWN_LABELS, WORDS
from bundles.rules import Facts, evaluate, fields_of

Kind = Literal["changed", "added", "removed", "moved"]
_Names = Mapping[str, Mapping[str, str]]

_NAMED_BY: Final = ("name", "label", "title", "question", "text", "code")
_OF_HANDLERS: Final = ("handler", "options")
_REGIONS: Final = (("Bundle", "region"), ("Field", "within"))


@dataclasses.dataclass(frozen=True, slots=True)
class Change:
    """One thing that changes. `item`: the name of the item that it belongs to, empty for the bundle itself; `label`:
    what of it; `old` and `new`: in words, empty where there is nothing. `name`: of the part or line that came or went.
    `path`: attributes and codes that lead to it."""

    item: str
    label: str
    kind: Kind
    old: str
    new: str
    path: tuple[str, ...]
    name: str = ""


class _Side(NamedTuple):
    """How one version names what its conditions and lists refer to by code: questions, and others by attribute."""

    facts: Facts
    names: _Names


class _At(NamedTuple):
    item: str
    label: str
    path: tuple[str, ...]
    old: _Side
    new: _Side


def changes(a: Bundle, b: Bundle) -> tuple[Change, ...]:
    """What changes from version `a` to version `b`, in the order of the definition; empty if nothing does."""
    at = _At("", "", (), _Side(Facts(), _names_in(a)), _Side(Facts(), _names_in(b)))
    return tuple(_compare(at, a, b))


def label_of(owner: str, name: str) -> str:
    """What an attribute of a part of this class is called."""
    return OWN_LABELS.get((owner, name), LABELS[name])


def _names_in(bundle: Bundle) -> _Names:
    items = {each.code: each.name for each in bundle.items}
    banks = {each.code: each.name for each in bundle.banks}
    return {"after": items, "then": items, "items": items, "item": items, "banks": banks}


def _in_item(side: _Side, item: Item) -> _Side:
    labels = {each.code: each.label for each in item.fields}
    facts = Facts(fields=fields_of(item))
    return _Side(facts, {**side.names, "at_least_one": labels, "region_field": labels})


def _compare(at: _At, a: Any, b: Any) -> Iterator[Change]:
    if isinstance(a, Item):
        at = at._replace(old=_in_item(at.old, a), new=_in_item(at.new, b))
    for each in dataclasses.fields(a):
        owner = type(a).__name__
        here = _to(at, label_of(owner, each.name), each.name)
        old, new = getattr(a, each.name), getattr(b, each.name)
        if (owner, each.name) in _REGIONS:
            old, new = (regions.full_name(value) or value for value in (old, new))
        yield from _changed(here, each.name, old, new)


def _to(at: _At, label: str, *path: str) -> _At:
    return at._replace(label=f"{at.label}{label}", path=(*at.path, *path))


def _changed(at: _At, name: str, old: object, new: object) -> Iterator[Change]:
    if old == new:
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in dict.fromkeys([*old, *new]):
            shown = OPTION_LABELS.get(key, key) if name == "options" else WORDS.get(key, key) if name in CODED else key
            yield from _changed(_to(at, f"“{shown}”", key), name, old.get(key), new.get(key))
    elif isinstance(old, tuple) and isinstance(new, tuple) and _identified(old + new):
        yield from _parts(at, old, new)
    elif _is_list(name, old) and _is_list(name, new):
        yield from _lines(at, name, old or (), new or ())  # type: ignore[arg-type]
    elif _is_part(old) and type(old) is type(new):
        yield from _compare(_to(at, "的"), old, new)
    else:
        yield Change(at.item, at.label, "changed", _text(name, old, at.old), _text(name, new, at.new), at.path)


def _is_list(name: str, value: object) -> bool:
    """Whether these are lines of text, of which each is told by itself; a list that is absent is an empty one."""
    texts = isinstance(value, tuple) and all(isinstance(each, str) for each in value)
    return (name == "flow" or name not in CODED) and (value is None or texts)


def _lines(at: _At, name: str, old: tuple[str, ...], new: tuple[str, ...]) -> Iterator[Change]:
    for line in old:
        if line not in new:
            told = _inner(name, line, at.old)
            yield Change(at.item, at.label, "removed", told, "", at.path, told)
    for line in new:
        if line not in old:
            told = _inner(name, line, at.new)
            yield Change(at.item, at.label, "added", "", told, at.path, told)
    before, after = [line for line in old if line in new], [line for line in new if line in old]
    if before != after:
        names = [_inner(name, each, at.old) for each in before], [_inner(name, each, at.new) for each in after]
        yield _moved(at, *names)


def _parts(at: _At, old: tuple[Any, ...], new: tuple[Any, ...]) -> Iterator[Change]:
    before, after = _by_identity(old), _by_identity(new)
    for key, part in before.items():
        if key not in after:
            told = _described(part, at.old)
            yield Change(at.item, at.label, "removed", told, "", (*at.path, key[0]), _name(part, at.old))
    for key, part in after.items():
        if key not in before:
            told = _described(part, at.new)
            yield Change(at.item, at.label, "added", "", told, (*at.path, key[0]), _name(part, at.new))
        else:
            named, path = _name(before[key], at.old), (*at.path, key[0])
            within = at._replace(path=path, label=f"{at.label}“{named}”的")
            if isinstance(part, Item):
                within = at._replace(path=path, item=named, label="")
            yield from _compare(within, before[key], part)
    kept, then = [key for key in before if key in after], [key for key in after if key in before]
    if kept != then:
        names = [_name(before[key], at.old) for key in kept], [_name(after[key], at.new) for key in then]
        yield _moved(at, *names)


def _moved(at: _At, old: list[str], new: list[str]) -> Change:
    return Change(at.item, at.label, "moved", "、".join(old), "、".join(new), at.path)


def _identity(part: object) -> str:
    return str(next(getattr(part, each) for each in ("code", "node", "zone", "label") if hasattr(part, each)))


def _identified(parts: tuple[object, ...]) -> bool:
    return all(_is_part(part) for part in parts)


def _by_identity(parts: tuple[object, ...]) -> dict[tuple[str, int], Any]:
    """Parts by their code; those that share one (two contacts of one label) are told apart by their order."""
    found: dict[tuple[str, int], Any] = {}
    for part in parts:
        code = _identity(part)
        found[code, sum(key[0] == code for key in found)] = part
    return found


def _is_part(value: object) -> bool:
    return dataclasses.is_dataclass(value) and not isinstance(value, TimeLimit | Condition)


def _name(part: object, side: _Side) -> str:
    if isinstance(part, Rule):
        return evaluate(part.needs, side.facts).needs
    by = next((each for each in _NAMED_BY if hasattr(part, each)), "")
    found = str(getattr(part, by)) if by else "有"
    return WORDS.get(found, found) if by == "code" else found


def _described(part: object, side: _Side) -> str:
    """A part that came or went, in so many words that one can judge it."""
    name = _name(part, side)
    more: list[str] = []
    if isinstance(part, Item):
        more = [f"{WORDS[channel]} {limit.text}" for channel, limit in part.limits.items()]
    elif isinstance(part, Material):
        more = [WORDS[part.necessity], part.note]
    elif isinstance(part, Field):
        more = [WORDS.get(part.kind, part.kind), "必填" if part.required else "可以不填"]
    elif isinstance(part, Rule):
        more = [part.advice]
    elif isinstance(part, Question):
        more = [part.answer]
    elif isinstance(part, Notification):
        more = [part.text]
    told = "，".join(each for each in more if each)
    return f"{name}（{told}）" if told else name


def _text(name: str, value: object, side: _Side) -> str:
    if value is None or value == "" or value == ():
        return ""
    if isinstance(value, Condition):
        return evaluate(value, side.facts).needs
    return _inner(name, value, side)


def _inner(name: str, value: object, side: _Side) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, TimeLimit):
        return value.text
    if isinstance(value, tuple):
        return "、".join(_inner(name, each, side) for each in value)
    if isinstance(value, Mapping):
        return "；".join(f"{WORDS.get(key, key)}：{_inner(name, each, side)}" for key, each in value.items())
    if isinstance(value, str) and value in side.names.get(name, {}):
        return side.names[name][value]
    if isinstance(value, str) and name in _OF_HANDLERS:
        return OPTION_WORDS.get(value, value)
    if isinstance(value, str) and name in CODED:
        return WORDS.get(value, value)
    return _described(value, side) if _is_part(value) else str(value)
