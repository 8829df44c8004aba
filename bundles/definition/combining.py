"""Several items of one bundle, asked for together: one set of questions and materials over items that stay their own.

A combination is an item to whoever asks for cards, answers and pictures. Whoever checks it or carries it out looks at
its parts: each has its own conditions, handler, time limit, and becomes a case of its own.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from bundles.definition.asking import Field, Material
from bundles.definition.basics import Assurance, TimeLimit, frozen
from bundles.definition.items import Fee, Guide, Item

JOIN: Final = "+"
_LEVELS: Final[tuple[Assurance, ...]] = ("wechat", "password", "face")
_DAYS: Final = {"instant": 0.0, "hours": 1 / 24, "calendar_period": 1.0, "calendar_days": 1.0, "working_days": 1.4}

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Combination(Item):
    """Items chosen together; `parts` in the order in which they are carried out."""

    parts: tuple[Item, ...] = ()


def parts_of(item: Item) -> tuple[Item, ...]:
    """The items that an application for this one is made of: its parts, or itself."""
    return item.parts if isinstance(item, Combination) else (item,)


def predecessors(item: Item, chosen: Sequence[Item]) -> tuple[Item, ...]:
    """Those of the chosen items that must be done before this one, also by way of others, in order of `chosen`."""
    wanted, before = set(item.after), set[str]()
    while wanted:
        before |= wanted
        wanted = {code for each in chosen if each.code in wanted for code in each.after} - before
    return tuple(each for each in chosen if each.code in before and each.code != item.code)


def combined(items: Sequence[Item], codes: Iterable[str]) -> Item | None:
    """The items with these codes as one, each once, first those that others come after; None for an unknown code.

    One code gives the item itself.
    """
    wanted = set(codes)
    chosen = [each for each in items if each.code in wanted]
    if len(chosen) != len(wanted) or not chosen:
        return None
    parts = _in_order(chosen)
    return parts[0] if len(parts) == 1 else _combination(parts)


def _in_order(chosen: Sequence[Item]) -> tuple[Item, ...]:
    left, done = list(chosen), list[Item]()
    while left:
        codes = {each.code for each in left}
        ready = next((each for each in left if codes.isdisjoint(each.after)), left[0])
        left.remove(ready)
        done.append(ready)
    return tuple(done)


def _combination(parts: tuple[Item, ...]) -> Combination:
    first = parts[0]
    channels = tuple(each for each in first.channels if all(each in part.channels for part in parts))
    slowest = {channel: max((part.limits[channel] for part in parts), key=_length) for channel in channels}
    names = "、".join(part.short_name for part in parts)
    return Combination(
        code=JOIN.join(part.code for part in parts),
        name=names,
        short_name=names,
        summary="",
        handler="",
        limits=frozen(slowest),
        guide=_guide(parts),
        channels=channels,
        acting=tuple(each for each in first.acting if all(each in part.acting for part in parts)),
        needs_card=any(part.needs_card for part in parts),
        assurance=max((part.assurance for part in parts), key=_LEVELS.index),
        fresh_minutes=min(part.fresh_minutes for part in parts),
        fee=Fee(
            fen=sum(part.fee.fen for part in parts),
            text="；".join(_once(parts, lambda part: (part.fee.text,))),
            delivery=_once(parts, lambda part: part.fee.delivery),
        ),
        hours=first.hours,
        contacts=_once(parts, lambda part: part.contacts),
        materials=_materials(parts),
        fields=_fields(parts),
        before_you_start=_once(parts, lambda part: part.before_you_start),
        questions=_once(parts, lambda part: part.questions),
        minutes=sum(part.minutes for part in parts),
        periods=_once(parts, lambda part: part.periods),
        delivery=_once(parts, lambda part: part.delivery),
        parts=parts,
    )


def _length(limit: TimeLimit) -> float:
    return _DAYS[limit.unit] * limit.amount


def _once(parts: Iterable[Item], look: Callable[[Item], Iterable[_T]]) -> tuple[_T, ...]:
    found: list[_T] = []
    for part in parts:
        found += [each for each in look(part) if each not in found]
    return tuple(found)


def _guide(parts: Sequence[Item]) -> Guide:
    chosen = "、".join(part.short_name for part in parts)
    flow = ("登录", f"勾选要一起办的事项：{chosen}", "一次填完信息", "检查后提交", "每一项分别办，进度分开看")
    return Guide(
        served="；".join(_once(parts, lambda part: (part.guide.served,))),
        conditions=_once(parts, lambda part: part.guide.conditions),
        flow=frozen({"online": flow}),
        result="；".join(_once(parts, lambda part: (part.guide.result,) if part.guide.result else ())),
        window=next((part.guide.window for part in parts if part.guide.window), ""),
        legal_basis=_once(parts, lambda part: part.guide.legal_basis),
    )


def _fields(parts: Iterable[Item]) -> tuple[Field, ...]:
    """Each question once; required if one item requires it, shown always if one shows it always."""
    found: dict[str, Field] = {}
    for part in parts:
        for each in part.fields:
            before = found.setdefault(each.code, each)
            shown = before.visible_when if before.visible_when == each.visible_when else None
            found[each.code] = replace(before, required=before.required or each.required, visible_when=shown)
    return tuple(found.values())


def _materials(parts: Iterable[Item]) -> tuple[Material, ...]:
    """Each material once, by kind where it is uploaded; necessary if one item needs it."""
    found: dict[tuple[str, ...], Material] = {}
    for part in parts:
        for each in part.materials:
            key = (each.kind,) if each.upload else (each.code, each.name)
            before = found.setdefault(key, each)
            necessity = "required" if "required" in (before.necessity, each.necessity) else before.necessity
            found[key] = replace(
                before,
                necessity=necessity,
                most=max(before.most, each.most),
                channels=tuple(dict.fromkeys(before.channels + each.channels)),
                acting=tuple(dict.fromkeys(before.acting + each.acting)),
            )
    return tuple(found.values())
