"""Whom a version concerns before it is published: drafts, open cases, and what points to what it no longer has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from bundles.definition import Bundle, Item, TimeLimit
from bundles.partial import as_far_as_it_goes
from bundles.vocabulary import CHANNELS
from wxserver.ports import Clock
from wxserver.store import reviews
from wxserver.store.database import Database
from wxserver.usecases.catalogue import Catalogue
from wxserver.usecases.links import Link, links_of

_DAYS = {"instant": 0.0, "hours": 1 / 24, "calendar_period": 1.0, "calendar_days": 1.0, "working_days": 1.4}
"""Unit -> about how many days one of it takes, to tell longer from shorter."""


@dataclass(frozen=True, slots=True)
class Impact:
    """Whom a version concerns. Each line is a sentence, or names what it is about.

    `drafts`: citizens' drafts under older versions, of which `drafts_lost` belong to items that the version does not
    have; `open_cases`: cases that go on under their own versions.
    """

    drafts: int
    drafts_lost: int
    open_cases: int
    shorter: tuple[str, ...] = ()
    longer: tuple[str, ...] = ()
    materials_added: tuple[str, ...] = ()
    fields_added: tuple[str, ...] = ()
    fields_required: tuple[str, ...] = ()
    fields_removed: tuple[str, ...] = ()
    items_removed: tuple[str, ...] = ()
    dangling: tuple[str, ...] = ()


class Impacts:
    """`links`: what outside of definitions points to bundles and items."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        catalogue: Catalogue,
        *,
        links: Callable[[], Iterable[Link]] = tuple,
    ) -> None:
        self.database = database
        self.clock = clock
        self.catalogue = catalogue
        self.links = links

    def of(self, code: str, old: Mapping[str, object] | None, new: Mapping[str, object]) -> Impact:
        """What publishing `new` in place of `old` (None: nothing is in force) would mean."""
        with self.database.read() as unit:
            drafts = reviews.drafts_by_item(unit, code, self.clock.now())
            opened = reviews.open_cases_by_item(unit, code)
        before, after = None if old is None else as_far_as_it_goes(old)[0], as_far_as_it_goes(new)[0]
        everyone = Impact(sum(drafts.values()), 0, sum(opened.values()))
        if after is None:
            return everyone
        known = after.item
        lost = sum(number for item, number in drafts.items() if known(item) is None)
        pairs = _pairs(before, after) if before else ()
        return Impact(
            everyone.drafts,
            lost,
            everyone.open_cases,
            shorter=tuple(_limits(pairs, shorter=True)),
            longer=tuple(_limits(pairs, shorter=False)),
            materials_added=tuple(
                f"{item.name}：{each.name}"
                for was, item in pairs
                for each in item.materials
                if each.code not in {other.code for other in was.materials}
            ),
            fields_added=tuple(
                f"{item.name}：{each.label}"
                for was, item in pairs
                for each in item.fields
                if was.field(each.code) is None
            ),
            fields_required=tuple(
                f"{item.name}：{each.label}"
                for was, item in pairs
                for each in item.fields
                if each.required and (found := was.field(each.code)) is not None and not found.required
            ),
            fields_removed=tuple(
                f"{item.name}：{each.label}"
                for was, item in pairs
                for each in was.fields
                if item.field(each.code) is None
            ),
            items_removed=tuple(
                _removed(each, drafts.get(each.code, 0), opened.get(each.code, 0))
                for each in (before.items if before else ())
                if after.item(each.code) is None
            ),
            dangling=self._dangling(before, after),
        )

    def _dangling(self, before: Bundle | None, after: Bundle) -> tuple[str, ...]:
        others = [each.bundle for each in self.catalogue.bundles() if each.bundle.code != after.code]
        known = {item.code for item in after.items}
        names = {item.code: item.name for item in (before.items if before else ())}
        return tuple(
            dict.fromkeys(
                f"{_source(link.source, others)}里的链接指向“{names.get(link.item, link.item)}”，这一版里没有它了。"
                for link in (*self.links(), *links_of([*others, after]))
                if link.bundle == after.code and link.item and link.item not in known
            )
        )


def _pairs(before: Bundle, after: Bundle) -> tuple[tuple[Item, Item], ...]:
    old = {each.code: each for each in before.items}
    return tuple((old[each.code], each) for each in after.items if each.code in old)


def _limits(pairs: Iterable[tuple[Item, Item]], *, shorter: bool) -> Iterator[str]:
    for was, item in pairs:
        for channel, limit in item.limits.items():
            old = was.limits.get(channel)
            if old is not None and old != limit and (_length(limit) < _length(old)) is shorter:
                yield f"{item.name}（{CHANNELS[channel]}）：{old.text} → {limit.text}"


def _length(limit: TimeLimit) -> float:
    return limit.amount * _DAYS[limit.unit]


def _removed(item: Item, drafts: int, opened: int) -> str:
    return f"{item.name}：{drafts} 份草稿不能再提交，{opened} 件在办照常办完"


def _source(source: str, others: Iterable[Bundle]) -> str:
    """Where a link stands, in words: a greeting of an account, or the texts of a bundle."""
    first = source.partition(".")[0]
    named = next((each.name for each in others if each.code == first), None)
    if named is not None:
        return f"“{named}”的文字"
    return "公众号的菜单或问候语" if first in ("wechat", "menu") else "这件事自己的文字"
