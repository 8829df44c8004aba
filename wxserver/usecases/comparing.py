"""What differs between two versions of a bundle, in words, with both sides and what the citizen notices of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bundles.changes import Change, changes
from bundles.clock import Due
from bundles.definition import Bundle, Item, TimeLimit
from bundles.explanation import day_text
from bundles.partial import as_far_as_it_goes
from bundles.working_days import legal_date
from wxserver.usecases.timing import Timing

_WORDS = {"changed": "改", "moved": "改", "added": "增", "removed": "删"}


@dataclass(frozen=True, slots=True)
class Text:
    """A text in three parts: what both sides begin with, what is different, what both sides end with."""

    before: str
    differs: str
    after: str

    def __str__(self) -> str:
        return f"{self.before}{self.differs}{self.after}"


@dataclass(frozen=True, slots=True)
class Difference:
    """One change. `word`: 改, 增 or 删; `where`: what of the item changes; `notice`: what the citizen notices."""

    word: str
    item: str
    where: str
    old: Text
    new: Text
    notice: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """All changes between two versions, grouped by item (the bundle itself under its own name).

    `unchanged`: how many items stay as they are; `left_out`: names of items that can't be read yet and were not
    compared; `readable`: whether anything could be compared.
    """

    groups: tuple[tuple[str, tuple[Difference, ...]], ...]
    unchanged: int
    left_out: tuple[str, ...] = ()
    readable: bool = True

    @property
    def count(self) -> int:
        """How many changes there are."""
        return sum(len(found) for _, found in self.groups)


class Comparing:
    """`timing` tells which dates a time limit amounts to."""

    def __init__(self, timing: Timing) -> None:
        self.timing = timing

    def compared(self, old: Mapping[str, object] | None, new: Mapping[str, object], at: datetime) -> Comparison:
        """What changes from one document to another (None: from nothing), as it would be noticed at a moment."""
        after, left_out = as_far_as_it_goes(new)
        before, not_read = (None, ()) if old is None else as_far_as_it_goes(old)
        if after is None or (old is not None and before is None):
            return Comparison((), 0, (*left_out, *not_read), readable=False)
        missing = {*left_out, *not_read}
        before = replace(after, items=()) if before is None else before
        before, after = (
            replace(side, items=tuple(each for each in side.items if each.name not in missing))
            for side in (before, after)
        )
        found = changes(before, after)
        touched = {each.path[1] for each in found if each.path[0] == "items" and len(each.path) > 1}
        groups: dict[str, list[Difference]] = {}
        for each in found:
            groups.setdefault(each.item or after.name, []).append(self._shown(each, before, after, at))
        unchanged = sum(each.code not in touched for each in after.items)
        return Comparison(
            tuple((name, tuple(those)) for name, those in groups.items()), unchanged, tuple(sorted(missing))
        )

    def _shown(self, change: Change, before: Bundle, after: Bundle, at: datetime) -> Difference:
        old, new = _marked(change.old, change.new)
        where = f"{change.label}的顺序" if change.kind == "moved" else change.label
        notice = " ".join(self._notices(change, before, after, at))
        return Difference(_WORDS[change.kind], change.item or after.name, where, old, new, notice)

    def _notices(self, change: Change, before: Bundle, after: Bundle, at: datetime) -> Iterator[str]:
        match change.path:
            case ("items", code) if change.kind == "added":
                yield f"市民能申请“{change.name}”了。" if after.item(code) else ""
            case ("items", _) if change.kind == "removed":
                yield f"市民不能再申请“{change.name}”；在办的照常办完。"
            case ("items", code, "limits", channel):
                pair = before.item(code), after.item(code)
                if pair[0] is not None and pair[1] is not None:
                    yield self._dates(pair[0], pair[1], channel, after.region, at)
            case ("items", code, "fields", part):
                yield from _asked(change, after.item(code), part)
            case ("items", _, "materials", _):
                if change.kind != "changed":
                    yield f"{'要多准备' if change.kind == 'added' else '不用再准备'}“{change.name}”。"
            case ("items", _, "conditions", _):
                if change.kind != "changed":
                    yield "不符合这一条的人会看到为什么不能办。" if change.kind == "added" else "不再看这一条。"
            case _:
                return

    def _dates(self, old: Item, new: Item, channel: str, region: str, at: datetime) -> str:
        before, after = (self._date(each.limits.get(channel), region, at) for each in (old, new))
        day = day_text(legal_date(at), legal_date(at))
        if before is None or after is None:
            return "" if after is None else f"{day}申请的市民，预计{after}前办结。"
        return f"{day}申请的市民，预计办结由{before}改到{after}。" if before != after else "预计办结日期不变。"

    def _date(self, limit: TimeLimit | None, region: str, at: datetime) -> str | None:
        if limit is None:
            return None
        if limit.unit == "instant":
            return "当天"
        due: Due | None = self.timing.if_accepted(limit, at, region)
        if due is None or due.due_on is None:
            return None
        return f" {day_text(due.due_on, legal_date(at))}{'（暂定）' if due.provisional else ''}"


def _asked(change: Change, item: Item | None, part: str) -> Iterator[str]:
    field = item.field(part) if item else None
    if change.kind == "added" and field is not None:
        yield f"申请时{'要多填' if field.required else '可以多填'}“{field.label}”。"
    elif change.kind == "removed":
        yield f"不用再填“{change.name}”；已经填了的，留在草稿里。"


def _marked(old: str, new: str) -> tuple[Text, Text]:
    """Both texts, with what they have in common at both ends set apart; numbers and words of Latin stay whole."""
    least = min(len(old), len(new))
    head = next((at for at in range(least) if old[at] != new[at]), least)
    while head and _goes_on(old, head) | _goes_on(new, head):
        head -= 1
    tail = next((at for at in range(least - head) if old[-1 - at] != new[-1 - at]), least - head)
    while tail and _goes_on(old, len(old) - tail) | _goes_on(new, len(new) - tail):
        tail -= 1
    return tuple(Text(text[:head], text[head : len(text) - tail], text[len(text) - tail :]) for text in (old, new))  # type: ignore[return-value]


def _goes_on(text: str, at: int) -> bool:
    """Whether a number or word is cut at this place."""
    return 0 < at < len(text) and all(each.isascii() and each.isalnum() for each in text[at - 1 : at + 1])
