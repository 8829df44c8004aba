"""The form of a page: a widget for each thing that may be written or picked there."""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from bundles.definition import Condition, Field, Item, TimeLimit
from bundles.editing import handling, wording
from bundles.editing.paths import MISSING, counterpart, get, path_text
from bundles.editing.shapes import Shape, class_at, default, keys, required, shapes
from bundles.editing.tree import Document, Spot, listed, spot, title_of
from bundles.editing.widgets import Option, Widget
from bundles.rules import KINDS
from bundles.toml_lines import Path

_ADDED: Final = {
    "Choice": "加一个选项", "Rule": "加一条", "Bank": "加一家银行", "LossKind": "加一种", "Contact": "加一个联系方式",
    "Reminder": "加一条提醒", "Period": "加一段时间说明", "Stage": "加一步", "DeliveryFee": "加一个地区",
    "Condition": "加一条", "Field": "加一项", "Material": "加一样材料", "Question": "加一个问题",
    "Notification": "加一条通知", "Place": "加一个地区", "Item": "加一个事项",
}  # fmt: skip
_FIELD_PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "choices": ("choice",),
    "min_length": ("text", "address", "occupation"),
    "max_length": ("text", "address"),
    "within": ("region",),
    "level": ("region",),
    "region_field": ("address",),
    "prefill": ("text", "phone", "address", "email", "choice"),
}
"""Attribute of a question -> the kinds of question that have it."""


@dataclasses.dataclass(frozen=True, slots=True)
class Look:
    """What a form is drawn from. `item`: the item around it, for what its parts refer to."""

    document: Document
    in_force: Document | None
    item: object
    item_path: Path


def look(document: Document, in_force: Document | None, path: Path) -> Look:
    """For a form of what stands at a path."""
    here = path[:2] if path[:1] == ("items",) and len(path) > 1 else ()
    return Look(document, in_force, get(document, here, {}) if here else {}, here)


def form(document: Document, key: str, in_force: Document | None = None) -> tuple[Widget, ...]:
    """The widgets of a page, without faults. Raises KeyError for a page that is not there."""
    here = spot(document, key)
    seen = look(document, in_force, here.path)
    found = list(_of_names(seen, here))
    if here.rows:
        path = (*here.path, here.rows)
        kind = shapes(_class_of(path))[here.rows].inner
        found.append(Widget("list", path_text(path), "", add=(Option("", _ADDED[kind.__name__]),)))
    return tuple(found)


def _of_names(seen: Look, here: Spot) -> Iterator[Widget]:
    owner = _class_of((*here.path, ""))
    if here.names or here.rows:
        for name in here.names:
            yield from widget(seen, owner, name, (*here.path, name))
    else:
        yield from part(seen, owner, here.path)


def _class_of(path: Path) -> Any:
    """The class of the part around the last step of a path."""
    return class_at(path[:-1])


def part(seen: Look, owner: Any, path: Path) -> Iterator[Widget]:
    """The widgets of one part, in the order of its class; those that its kind does not have are left out."""
    value = get(seen.document, path, {})
    for name in shapes(owner):
        if owner is Field and not _has(value, name):
            continue
        yield from widget(seen, owner, name, (*path, name))


def _has(value: object, name: str) -> bool:
    kinds = _FIELD_PARTS.get(name)
    return kinds is None or get(value, ("kind",), "text") in kinds or get(value, (name,)) is not MISSING


def widget(seen: Look, owner: Any, name: str, path: Path) -> Iterator[Widget]:
    """The widget of one attribute; none where it makes no sense."""
    shape = shapes(owner)[name]
    if shape.kind == "hidden":
        return
    if owner is Item and name == "at_least_one" and not listed(seen.item, ("fields",)):
        return
    label = wording.label(owner.__name__, name)
    hint = wording.HINTS.get((owner.__name__, name), "")
    made = _made(seen, shape, owner, name, path, label)
    if made.kind == "group" and not made.children and not made.add:
        return
    yield dataclasses.replace(made, hint=hint, required=required(owner, name), was=_was(seen, path, made))


def _made(seen: Look, shape: Shape, owner: Any, name: str, path: Path, label: str) -> Widget:
    text, value = path_text(path), get(seen.document, path)
    if shape.kind in ("condition", "limit", "group"):
        return _composed(seen, shape, owner, name, path, label)
    if shape.kind == "list":
        return _list(seen, shape.inner, path, label)
    if shape.kind == "table":
        return _table(seen, shape, owner, name, path, label)
    if shape.kind == "options":
        return Widget("group", text, label, children=tuple(handling.widgets(seen.document, path, seen.item)))
    if shape.kind == "handler":
        return Widget("choice", text, label, _plain(value, ""), options=handling.choices(value))
    shown = default(owner, name) if value is MISSING and not required(owner, name) else value
    if shape.kind == "many":
        picked = tuple(str(each) for each in shown) if isinstance(shown, list | tuple) else ()
        return Widget("many", text, label, picked, options=options(seen, shape, picked))
    if shape.kind == "choice":
        picked_one = _plain(shown, "")
        return Widget("choice", text, label, picked_one, options=options(seen, shape, (picked_one,)))
    if shape.kind == "lines":
        return Widget(
            "lines", text, label, tuple(str(each) for each in shown) if isinstance(shown, list | tuple) else ()
        )
    if shape.kind == "flag":
        return Widget("flag", text, label, shown is True)
    return Widget(shape.kind, text, label, _plain(shown, ""))


def _plain(value: object, otherwise: str) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else otherwise


def _composed(seen: Look, shape: Shape, owner: Any, name: str, path: Path, label: str) -> Widget:
    text, there = path_text(path), get(seen.document, path)
    if there is MISSING and (shape.optional or (shape.kind != "group" and not required(owner, name))):
        called = {"condition": "加一个条件", "limit": "写上时限", "group": "写上要求"}[shape.kind]
        return Widget("group", text, label, add=(Option(shape.kind, called),))
    if shape.kind == "limit":
        made = limit(seen, path, label)
    elif shape.kind == "condition":
        made = condition(seen, path, label)
    else:
        made = Widget("group", text, label, children=tuple(part(seen, shape.inner, path)))
    if shape.optional:
        made = dataclasses.replace(made, add=(*made.add, Option("-", "去掉这一项")))
    return made


def _list(seen: Look, kind: Any, path: Path, label: str) -> Widget:
    children = []
    for index, each in enumerate(listed(seen.document, path)):
        here = (*path, index)
        if kind is Condition:
            children.append(condition(seen, here, f"第 {index + 1} 条"))
        else:
            called = title_of(each, "")
            title = f"第 {index + 1} 条" if called == "没有名称的" else called
            children.append(Widget("group", path_text(here), title, children=tuple(part(seen, kind, here))))
    return Widget("list", path_text(path), label, children=tuple(children), add=(Option("", _ADDED[kind.__name__]),))


def _table(seen: Look, shape: Shape, owner: Any, name: str, path: Path, label: str) -> Widget:
    """One entry for every key that is open to the item, or is there."""
    words, there = keys(owner.__name__, name), get(seen.document, path, {})
    there = there if isinstance(there, Mapping) else {}
    offered = _open_keys(seen, name, words)
    children = []
    for key in [*offered, *(each for each in there if each not in offered)]:
        here, called = (*path, str(key)), words.get(str(key), f"（没有“{key}”）")
        if key not in offered:
            called = f"{called}（已不在上面勾选的里面）"
        value = there.get(key)
        if shape.inner is TimeLimit:
            made = (
                limit(seen, here, called)
                if key in there
                else Widget("group", path_text(here), called, add=(Option("limit", "写上时限"),))
            )
            if key in there and key not in offered:
                made = dataclasses.replace(made, add=(Option("-", "去掉这一项"),))
        elif shape.inner is str:
            made = Widget("text", path_text(here), called, _plain(value, ""))
        else:
            lines = tuple(str(each) for each in value) if isinstance(value, list | tuple) else ()
            made = (
                Widget("many", path_text(here), called, lines, options=options(seen, shape, lines))
                if shape.words
                else Widget("lines", path_text(here), called, lines, hint="一行一步。")
            )
        children.append(dataclasses.replace(made, was=_was(seen, here, made)))
    return Widget("group", path_text(path), label, children=tuple(children))


def _open_keys(seen: Look, name: str, words: Mapping[str, str]) -> list[str]:
    if name == "card_advice":
        states = listed(seen.item, ("card_states",))
        return [each for each in words if states and each not in states]
    channels = listed({"channels": get(seen.item, ("channels",), ["online"])}, ("channels",))
    return [each for each in words if each in channels]


def limit(seen: Look, path: Path, label: str) -> Widget:
    """So many of a unit."""
    units = shapes(TimeLimit)["unit"].words or {}
    unit, amount = get(seen.document, (*path, "unit"), ""), get(seen.document, (*path, "amount"), "")
    children = (
        Widget("number", path_text((*path, "amount")), "数量", _plain(amount, ""), hint="即时办结的不用写。"),
        Widget(
            "choice",
            path_text((*path, "unit")),
            "单位",
            _plain(unit, ""),
            options=tuple(Option(each, words) for each, words in units.items()),
        ),
    )
    made = Widget("limit", path_text(path), label, children=children)
    return dataclasses.replace(made, was=_was(seen, path, made))


def condition(seen: Look, path: Path, label: str) -> Widget:
    """A condition, as a sentence whose words are picked."""
    kind = _plain(get(seen.document, (*path, "kind"), ""), "")
    kinds = tuple(Option(each, words) for each, words in wording.CONDITIONS.items())
    if kind not in KINDS:
        kinds = (Option(kind, f"（没有“{kind}”这种条件）", gone=True), *kinds)
    head = Widget("choice", path_text((*path, "kind")), "当", kind, options=kinds)
    rest = tuple(_of_condition(seen, kind, path)) if kind in KINDS else ()
    made = Widget("condition", path_text(path), label, children=(head, *rest))
    return dataclasses.replace(made, was=_was(seen, path, made))


def _of_condition(seen: Look, kind: str, path: Path) -> Iterator[Widget]:
    word = KINDS[kind]

    def at(name: str) -> tuple[str, Any]:
        return path_text((*path, name)), get(seen.document, (*path, name))

    if word.shape == "range":
        for name, words in (("minimum", "不小于"), ("maximum", "不大于")):
            where, value = at(name)
            yield Widget("number", where, words, _plain(value, ""), hint="不限的就空着。")
    elif word.shape == "member":
        where, value = at("values")
        picked = _texts(value)
        yield Widget("many", where, "是", picked, options=_with_gone(word.words, picked, "词"))
    elif word.shape == "region":
        where, value = at("values")
        yield Widget("lines", where, "是", _texts(value), hint="一行一个 6 位行政区划代码。")
    elif word.shape == "flag":
        where, value = at("expected")
        yes, no = word.phrases[0], word.phrases[1]
        yield Widget(
            "choice", where, "", "no" if value is False else "yes", options=(Option("yes", yes), Option("no", no))
        )
    elif word.shape == "field":
        yield from _of_field(seen, path)
    else:
        where, _ = at("of")
        yield dataclasses.replace(_list(seen, Condition, (*path, "of"), ""), path=where)


def _of_field(seen: Look, path: Path) -> Iterator[Widget]:
    asked = _plain(get(seen.document, (*path, "field"), ""), "")
    fields = {str(get(each, ("code",), "")): each for each in listed(seen.item, ("fields",))}
    names = {code: title_of(each, "fields") for code, each in fields.items()}
    if not asked:
        names = {"": "请选一项", **names}
    yield Widget("choice", path_text((*path, "field")), "问题", asked, options=_with_gone(names, (asked,), "问题"))
    picked = _texts(get(seen.document, (*path, "values"), ()))
    about = fields.get(asked)
    if get(about, ("kind",), "") == "choice":
        offered = {str(get(each, ("code",), "")): title_of(each, "") for each in listed(about, ("choices",))}
    else:
        offered = {"yes": "是", "no": "否"} if get(about, ("kind",), "") == "yes_no" else {}
    if offered or picked:
        where = path_text((*path, "values"))
        yield Widget(
            "many",
            where,
            "选了",
            picked,
            options=_with_gone(offered, picked, "选项"),
            hint="一个也不勾，就是填了就算。",
        )


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(each) for each in value) if isinstance(value, list | tuple) else ()


def options(seen: Look, shape: Shape, picked: Iterable[str]) -> tuple[Option, ...]:
    """What may be picked, and what is picked though it is not there any more."""
    if not shape.reference:
        words = dict(shape.words or {})
        if "" in picked and "" not in words:
            words = {"": "请选一项", **words}
        return _with_gone(words, picked, "词")
    if shape.reference == "item":
        own = get(seen.item, ("code",), None) if seen.item_path else None
        parts = [each for each in listed(seen.document, ("items",)) if own is None or get(each, ("code",)) != own]
        return _with_gone(_named(parts, "items"), picked, "事项")
    if shape.reference == "bank":
        return _with_gone(_named(listed(seen.document, ("banks",)), ""), picked, "银行")
    parts = listed(seen.item, ("fields",))
    if shape.reference == "region_field":
        parts = [each for each in parts if get(each, ("kind",)) == "region"]
        return _with_gone({"": "不接", **_named(parts, "fields")}, picked, "问题")
    return _with_gone(_named(parts, "fields"), picked, "问题")


def _named(parts: Iterable[object], kind: str) -> dict[str, str]:
    return {str(get(each, ("code",), "")): title_of(each, kind) for each in parts}


def _with_gone(names: Mapping[str, str], picked: Iterable[str], what: str) -> tuple[Option, ...]:
    offered = tuple(Option(value, words) for value, words in names.items())
    gone = tuple(Option(each, f"（已删除的{what}“{each}”）", gone=True) for each in picked if each not in names)
    return (*offered, *gone)


def _was(seen: Look, path: Path, made: Widget) -> str | None:
    """What the version in force says there, where it says something else."""
    if seen.in_force is None or made.kind == "list" or (made.kind == "group" and made.children):
        return None
    before = counterpart(seen.document, seen.in_force, path)
    around = counterpart(seen.document, seen.in_force, path[:-1])
    if around is MISSING:
        return None
    now = get(seen.document, path)
    if before is MISSING and now is MISSING:
        return None
    if before == now:
        return None
    return wording.said(None if before is MISSING else before, seen.item)
