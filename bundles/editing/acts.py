"""What a press of a button makes of a document: adding, moving, copying, deleting, another kind of condition."""

import copy
from collections.abc import Mapping
from typing import Any, Final

from bundles import definition
from bundles.definition import Condition
from bundles.editing.beginning import blank_item
from bundles.editing.paths import drop, get, parsed, put
from bundles.editing.posting import tidy
from bundles.editing.shapes import class_at, owner_of, shapes
from bundles.editing.tree import Document, listed, spot
from bundles.rules import KINDS
from bundles.toml_lines import Path

_LIMIT: Final = {"unit": "working_days", "amount": 5}
_CONDITION: Final = {"kind": "age", "minimum": 16}
_BLANKS: Final[Mapping[type, Mapping[str, Any]]] = {
    definition.Field: {"code": "field", "kind": "text", "label": "新问题"},
    definition.Choice: {"code": "choice", "label": "新选项"},
    definition.Material: {"code": "material", "name": "新材料", "kind": "other", "upload": True},
    definition.Question: {"code": "question", "question": "新问题", "answer": "请写回答。"},
    definition.Rule: {"code": "rule", "needs": _CONDITION, "advice": "请到窗口咨询。"},
    definition.Bank: {"code": "bank", "name": "新银行"},
    definition.Place: {"code": "", "name": "新地区"},
    definition.LossKind: {"code": "formal", "liftable": False},
    definition.Contact: {"kind": "enquiry", "label": "咨询电话", "value": "12333"},
    definition.Reminder: {
        "code": "reminder",
        "of": "card_expiry",
        "days_before": 30,
        "item": "",
        "text": "请写提醒的话。",
    },
    definition.Notification: {"node": "completed", "title": "办好了", "text": "您申请的事已经办好。"},
    definition.Stage: {"node": "completed", "title": "办结"},
    definition.Period: {"code": "period", "label": "新的一段时间", "limit": _LIMIT, "starts": "accepted"},
    definition.DeliveryFee: {"zone": "other", "label": "其他地区", "fen": 0},
    definition.PhotoRule: {"width": 358, "height": 441, "max_bytes": 40_000},
    Condition: _CONDITION,
    definition.TimeLimit: _LIMIT,
}
_RETYPED: Final[Mapping[str, Mapping[str, Any]]] = {
    "range": {"minimum": 16},
    "member": {"values": []},
    "region": {"values": []},
    "flag": {},
    "field": {"field": ""},
    "group": {"of": [_CONDITION]},
}


def act(document: Document, key: str, action: str) -> tuple[dict[str, Any], str]:
    """The document after a press, and the key of the page to show next.

    `action`: "add:PATH", "add:PATH:KIND", "up:PATH", "down:PATH", "copy:PATH", "del:PATH" or "retype:PATH". Raises
    ValueError for what is no action, KeyError and IndexError for what is not there. What refers to a deleted part keeps
    its reference, so that it shows as gone.
    """
    spot(document, key)
    verb, _, rest = action.partition(":")
    where, _, kind = rest.partition(":")
    path, made = parsed(where), copy.deepcopy(dict(document))
    if not path or verb not in _VERBS:
        raise ValueError(action)
    _VERBS[verb](made, path, kind)
    tidy(made)
    return made, _next(made, key)


def _next(after: Document, key: str) -> str:
    """The same page, or where it has gone with its part, the nearest around it."""
    while True:
        try:
            spot(after, key)
        except KeyError:
            key = key.rpartition("/")[0]
        else:
            return key


def _add(made: dict[str, Any], path: Path, kind: str) -> None:
    if kind == "-":
        drop(made, path)
        return
    if kind in ("condition", "limit", "group"):
        inner = class_at(path)
        if inner is None or get(made, path, None) is not None:
            raise ValueError(kind)
        put(made, path, copy.deepcopy(dict(_BLANKS[inner])))
        return
    found = owner_of(path)
    shape = shapes(found[0])[found[1]] if found else None
    if shape is None or shape.kind != "list":
        raise ValueError(path)
    parts = listed(made, path)
    new = blank_item("item") if shape.inner is definition.Item else copy.deepcopy(dict(_BLANKS[shape.inner]))
    put(made, path, [*parts, _renamed(new, parts, len(parts) + 1)])


def _renamed(part: dict[str, Any], parts: list[Any], number: int) -> dict[str, Any]:
    """The part with a code that none of the others has; what is told apart by a word of a list keeps it."""
    code = part.get("code")
    if not isinstance(code, str) or code in ("", "formal"):
        return part
    stem = code.rstrip("0123456789").rstrip("-") or code
    taken = {str(get(each, ("code",), "")) for each in parts}
    while f"{stem}-{number}" in taken:
        number += 1
    return {**part, "code": f"{stem}-{number}"}


def _around(made: dict[str, Any], path: Path) -> tuple[list[Any], int]:
    parts, index = get(made, path[:-1], None), path[-1]
    if not isinstance(parts, list) or not isinstance(index, int):
        raise ValueError(path)
    if index >= len(parts):
        raise IndexError(index)
    return parts, index


def _up(made: dict[str, Any], path: Path, _kind: str) -> None:
    parts, index = _around(made, path)
    if index:
        parts[index - 1], parts[index] = parts[index], parts[index - 1]


def _down(made: dict[str, Any], path: Path, _kind: str) -> None:
    parts, index = _around(made, path)
    if index + 1 < len(parts):
        parts[index], parts[index + 1] = parts[index + 1], parts[index]


def _copy(made: dict[str, Any], path: Path, _kind: str) -> None:
    parts, index = _around(made, path)
    new = copy.deepcopy(parts[index])
    if isinstance(new, dict):
        new = _renamed(new, parts, 2)
        named = next((name for name in ("name", "label", "title", "question") if isinstance(new.get(name), str)), None)
        for name in (named, "short_name" if "short_name" in new else None):
            if name:
                new[name] = f"{new[name]}（副本）"
    parts.insert(index + 1, new)


def _delete(made: dict[str, Any], path: Path, _kind: str) -> None:
    parts, index = _around(made, path)
    del parts[index]


def _retype(made: dict[str, Any], path: Path, _kind: str) -> None:
    kind = get(made, (*path, "kind"), "")
    if class_at(path) is not Condition or kind not in KINDS:
        raise ValueError(path)
    blank = copy.deepcopy(dict(_RETYPED[KINDS[kind].shape]))
    there = {name: value for name, value in get(made, path).items() if name in blank}
    put(made, path, {"kind": kind, **blank, **there})


_VERBS: Final = {"add": _add, "up": _up, "down": _down, "copy": _copy, "del": _delete, "retype": _retype}
