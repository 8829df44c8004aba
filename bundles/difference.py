"""The canonical form of a document, its digest, and what changed between two versions of a bundle, in sentences.

Parts are matched by their stable codes, so that a moved or renamed part is told as moved or renamed.
"""

import dataclasses
import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from bundles.definition import Bundle, Condition, Item, TimeLimit
from bundles.difference_words import CODED, LABELS, OWN_LABELS, WORDS
from bundles.rules import Facts, evaluate, fields_of

_NAMED_BY: Final = ("name", "label", "title", "question", "code")


class _Sides(NamedTuple):
    """The questions that conditions of the old and the new version ask about."""

    old: Facts = Facts()
    new: Facts = Facts()


def canonical_json(document: object) -> str:
    """A document as JSON that is the same for equal documents: keys sorted, no blanks, no escapes but JSON's own.

    Raises ValueError for NaN and infinities, TypeError for what JSON does not know.
    """
    return json.dumps(
        document, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, default=_plain
    )


def digest(document: object) -> str:
    """Hex SHA-256 of the canonical JSON. Lone surrogates, which a JSON body may hold, do not break it."""
    return hashlib.sha256(canonical_json(document).encode("utf-8", "surrogatepass")).hexdigest()


def difference(a: Bundle, b: Bundle) -> list[str]:
    """What changes from version `a` to version `b`, one Chinese sentence each; empty if nothing does."""
    return list(_compare("", a, b, _Sides()))


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"not a document: {type(value).__name__}")


def label_of(owner: str, name: str) -> str:
    """What an attribute of a part of this class is called."""
    return OWN_LABELS.get((owner, name), LABELS[name])


def _compare(where: str, a: Any, b: Any, sides: _Sides) -> Iterator[str]:
    if isinstance(a, Item):
        sides = _Sides(Facts(fields=fields_of(a)), Facts(fields=fields_of(b)))
    for each in dataclasses.fields(a):
        label = label_of(type(a).__name__, each.name)
        yield from _changed(where, each.name, label, getattr(a, each.name), getattr(b, each.name), sides)


def _changed(where: str, name: str, label: str, old: object, new: object, sides: _Sides) -> Iterator[str]:
    if old == new:
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in dict.fromkeys([*old, *new]):
            shown = WORDS.get(key, key) if name in CODED else key
            yield from _changed(where, name, f"{label}“{shown}”", old.get(key), new.get(key), sides)
    elif isinstance(old, tuple) and isinstance(new, tuple) and _identified(old + new):
        yield from _parts(where, label, old, new, sides)
    elif _is_list(name, old) and _is_list(name, new):
        yield from _lines(where, label, old or (), new or ())  # type: ignore[arg-type]
    elif _is_part(old) and type(old) is type(new):
        yield from _compare(f"{where}{label}的", old, new, sides)
    else:
        yield f"{where}{label}由{_text(name, old, sides.old)}改为{_text(name, new, sides.new)}。"


def _is_list(name: str, value: object) -> bool:
    """Whether these are lines of text, of which each is told by itself; a list that is absent is an empty one."""
    texts = isinstance(value, tuple) and all(isinstance(each, str) for each in value)
    return (name == "flow" or name not in CODED) and (value is None or texts)


def _lines(where: str, label: str, old: tuple[str, ...], new: tuple[str, ...]) -> Iterator[str]:
    yield from (f"{where}{label}里去掉了“{line}”。" for line in old if line not in new)
    yield from (f"{where}{label}里新增了“{line}”。" for line in new if line not in old)
    if [line for line in old if line in new] != [line for line in new if line in old]:
        yield f"{where}{label}的顺序变了。"


def _parts(where: str, label: str, old: tuple[Any, ...], new: tuple[Any, ...], sides: _Sides) -> Iterator[str]:
    before, after = _by_identity(old), _by_identity(new)
    for key, part in before.items():
        if key not in after:
            yield f"{where}{label}里去掉了“{_name(part)}”。"
    for key, part in after.items():
        if key not in before:
            yield f"{where}{label}里新增了“{_name(part)}”。"
        else:
            yield from _compare(f"{where}{label}“{_name(before[key])}”的", before[key], part, sides)
    kept = [key for key in before if key in after]
    if kept != [key for key in after if key in before]:
        yield f"{where}{label}的顺序变了。"


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


def _name(part: object) -> str:
    return str(next((getattr(part, each) for each in _NAMED_BY if hasattr(part, each)), "有"))


def _text(name: str, value: object, facts: Facts) -> str:
    if value is None or value == "" or value == ():
        return "“没有”"
    if isinstance(value, Condition):
        return f"“{evaluate(value, facts).needs}”"
    return f"“{_inner(name, value)}”"


def _inner(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, TimeLimit):
        return value.text
    if isinstance(value, tuple):
        return "、".join(_inner(name, each) for each in value)
    if isinstance(value, Mapping):
        return "；".join(f"{key}：{_inner(name, each)}" for key, each in value.items())
    if isinstance(value, str) and name in CODED:
        return WORDS.get(value, value)
    return _name(value) if _is_part(value) else str(value)
