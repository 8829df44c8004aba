"""Working days in mainland China: rank tables over published years, rule-made years after them, an error beyond.

A working day is Monday to Friday unless the State Council's notice gives it off, or a weekend day that the notice
makes a working day (行政许可法 82; facts, working days). Counting is O(1): `rank` is the number of working days up
to a day, `days` the working day of a rank. Every answer past `published_through` is provisional.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cache
from importlib import resources
from typing import Final, Literal

from bundles.holiday_rule import Festivals, RuleHoliday, holidays_by_rule

SHANGHAI: Final = timezone(timedelta(hours=8))
"""The legal time zone: fixed +08:00, no daylight saving since 1991."""

_EIGHT: Final = timedelta(hours=8)

PROVISIONAL_YEARS: Final = 3
"""How many years past the published ones are made by rule before there is no answer any more."""


def legal_date(at: datetime) -> date:
    """The date of an instant in the legal time zone. Raises ValueError for a naive one."""
    if at.tzinfo is UTC:
        return (at + _EIGHT).date()
    if at.tzinfo is None:
        raise ValueError("an instant has a time zone")
    return at.astimezone(SHANGHAI).date()


class CalendarRangeError(LookupError):
    """A day before the first published year or after the last rule-made one."""


@dataclass(frozen=True, slots=True)
class DayException:
    """A day that differs from Monday to Friday, or (kind "operational") an office that is shut though it counts.

    `doc_no` is the notice's number, empty for rule-made days. `scope` is "CN" or a region code below it ("44",
    "4452"); there `issuer` says who issued the document.
    """

    day: date
    is_working: bool
    reason: str
    doc_no: str = ""
    kind: Literal["legal", "operational"] = "legal"
    scope: str = "CN"
    issuer: str = ""


class RankTable:
    """Working days by rank over a run of days: `rank` of a day, `day_of` a rank. Both O(1)."""

    __slots__ = ("base", "days", "ranks")

    def __init__(self, first: date, last: date, exceptions: Mapping[date, DayException]) -> None:
        self.base = first.toordinal() - 1
        self.days = [date.min]
        self.ranks = [0]
        for ordinal in range(self.base + 1, last.toordinal() + 1):
            day = date.fromordinal(ordinal)
            known = exceptions.get(day)
            if day.weekday() < 5 if known is None else known.is_working:
                self.days.append(day)
            self.ranks.append(len(self.days) - 1)

    def index(self, day: date) -> int:
        """The place of a day. Raises `CalendarRangeError`."""
        index = day.toordinal() - self.base
        if not 1 <= index < len(self.ranks):
            raise CalendarRangeError(day.isoformat())
        return index

    def rank(self, day: date) -> int:
        """How many working days there are up to and including a day."""
        return self.ranks[self.index(day)]

    def day_of(self, rank: int) -> date:
        """The working day of a rank. Raises `CalendarRangeError`."""
        if not 1 <= rank < len(self.days):
            raise CalendarRangeError(str(rank))
        return self.days[rank]


class Calendar:
    """One immutable version of the working-day calendar. Make one with `build` or `load_calendar`.

    `table` counts with guessed make-up days of rule-made years, `plain` without them. `closures` are operational
    days, to warn with. `holidays` are those made by rule.
    """

    __slots__ = (
        "_base",
        "_days",
        "_exceptions",
        "_in_order",
        "_ranks",
        "closures",
        "holidays",
        "plain",
        "published_through",
        "table",
        "version",
    )

    def __init__(
        self, version: str, days: Iterable[DayException], published_through: date, festivals: Festivals
    ) -> None:
        self.version = version
        self.published_through = published_through
        self.closures: dict[date, DayException] = {}
        self._exceptions: dict[date, DayException] = {}
        for each in days:
            (self._exceptions if each.kind == "legal" else self.closures)[each.day] = each
        first = date(min(self._exceptions, default=published_through).year, 1, 1)
        last = date(_last_year(published_through.year, festivals), 12, 31)
        # New Year of the year after may reach back into the last December.
        by_rule = holidays_by_rule(range(published_through.year, last.year + 2), festivals)
        self.holidays: tuple[RuleHoliday, ...] = tuple(each for each in by_rule if each.last > published_through)
        made_up = {
            day: DayException(day, is_working, holiday.reason)
            for holiday in self.holidays
            for day, is_working in holiday.exceptions()
            if published_through < day <= last and day not in self._exceptions
        }
        self.plain = RankTable(
            first, last, {**{day: each for day, each in made_up.items() if not each.is_working}, **self._exceptions}
        )
        self._exceptions = {**made_up, **self._exceptions}
        self._in_order = tuple(self._exceptions[day] for day in sorted(self._exceptions))
        self.table = RankTable(first, last, self._exceptions)
        self._base, self._days, self._ranks = self.table.base, self.table.days, self.table.ranks

    @classmethod
    def build(
        cls,
        version: str,
        days: Iterable[DayException],
        published_through: date,
        festivals: Festivals | None = None,
    ) -> "Calendar":
        """A calendar from exception days (of one day the last given wins, so the most specific scope comes last).

        Operational days never change the count. `festivals` are the solar dates that rule-made years need; left
        out, the product's own.
        """
        return cls(version, days, published_through, builtin_festivals() if festivals is None else festivals)

    @property
    def last_day(self) -> date:
        """The last day that the calendar can answer for."""
        return date.fromordinal(self._base + len(self._ranks) - 1)

    def is_working(self, day: date) -> bool:
        """Whether a day is a working day. Raises `CalendarRangeError`."""
        index = self.table.index(day)
        return self._ranks[index] > self._ranks[index - 1]

    def is_provisional(self, day: date) -> bool:
        """Whether no notice has been published for this day."""
        return day > self.published_through

    def exception(self, day: date) -> DayException | None:
        """Why a day differs from Monday to Friday, or None."""
        return self._exceptions.get(day)

    def exceptions(self) -> tuple[DayException, ...]:
        """All days that differ from Monday to Friday, in order, rule-made ones (without a notice) too."""
        return self._in_order

    def add(self, start: date, n: int) -> date:
        """The n-th working day after `start`, which is not counted itself; `start` if n is 0."""
        if n < 1:
            return _unmoved(start, n)
        index = start.toordinal() - self._base
        if index < 1:
            raise CalendarRangeError(start.isoformat())
        try:
            return self._days[self._ranks[index] + n]
        except IndexError:
            raise CalendarRangeError(start.isoformat()) from None

    def sub(self, day: date, n: int) -> date:
        """The n-th working day before `day`, which is not counted itself; `day` if n is 0."""
        if n < 1:
            return _unmoved(day, n)
        return self.table.day_of(self._ranks[self.table.index(day) - 1] - n + 1)

    def count(self, a: date, b: date) -> int:
        """How many working days lie in (a, b]; negative where b is before a."""
        return self.table.rank(b) - self.table.rank(a)

    def next_on_or_after(self, day: date) -> date:
        """The day itself if it is a working day, else the next one (民法典 203)."""
        return day if self.is_working(day) else self.add(day, 1)

    def roll(self, day: date) -> date:
        """Where a deadline in calendar days ends that falls on a day off; same as `next_on_or_after`."""
        return self.next_on_or_after(day)

    def make_ups_between(self, start: date, end: date) -> int:
        """How many weekend days of rule-made years might be worked in (start, end], wherever the notice puts them.

        Notices have put them up to three weeks from their holiday.
        """
        reach = timedelta(days=21)
        return sum(each.make_ups for each in self.holidays if each.first - reach <= end and each.last + reach > start)

    def first_difference(self, other: "Calendar") -> date | None:
        """The first day on which two calendars disagree, or which only one has published; None if there is none.

        After a change of calendar exactly the cases due on or after that day need to be computed again. A closure
        moves no date, but it is told with one.
        """
        days = {*self._exceptions, *other._exceptions}
        changed = [day for day in days if self._marks(day) != other._marks(day)]
        changed += self.closures.keys() ^ other.closures.keys()
        if self.published_through != other.published_through:
            changed.append(min(self.published_through, other.published_through) + timedelta(days=1))
        return min(changed, default=None)

    def _marks(self, day: date) -> bool | None:
        each = self._exceptions.get(day)
        return None if each is None or each.is_working == (day.weekday() < 5) else each.is_working


def scopes_of(region: str) -> tuple[str, ...]:
    """The scopes whose calendars hold in a region, widest first: "445203" -> CN, 44, 4452, 445203.

    `region` is a GB/T 2260 code of six digits, or empty for the whole country; zeros at its end name no place.
    """
    return ("CN", *(region[:end] for end in (2, 4, 6) if region[end - 2 : end].strip("0")))


def _unmoved(day: date, n: int) -> date:
    if n < 0:
        raise ValueError("a number of working days is not negative")
    return day


def _last_year(published: int, festivals: Festivals) -> int:
    last = published
    while last < published + PROVISIONAL_YEARS and last + 1 in festivals:
        last += 1
    return last


def load_calendar(text: str | None = None) -> Calendar:
    """A calendar from TOML text in the shape of `calendars/cn.toml`; without text, that file.

    Raises KeyError, TypeError or ValueError where the text is not of that shape.
    """
    document = tomllib.loads(_builtin_text() if text is None else text)
    days = [
        DayException(day, is_working, holiday["reason"], holiday.get("notice", ""))
        for holiday in document["holidays"]
        for key, is_working in (("off", False), ("work", True))
        for day in holiday.get(key, ())
    ]
    return Calendar.build(document["version"], days, document["published_through"], _festivals(document) or None)


@cache
def builtin_festivals() -> Festivals:
    """The festivals' solar dates that come with the product."""
    return _festivals(tomllib.loads(_builtin_text()))


def _builtin_text() -> str:
    return resources.files("bundles").joinpath("calendars", "cn.toml").read_text("utf-8")


def _festivals(document: Mapping[str, list[dict[str, date]]]) -> Festivals:
    names = {"spring_festival": "春节", "qingming": "清明节", "dragon_boat": "端午节", "mid_autumn": "中秋节"}
    years = document.get("festivals", [])
    return {int(str(each["year"])): {name: each[key] for key, name in names.items()} for each in years}
