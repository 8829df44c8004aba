"""Holidays of a year whose notice has not been published, made by the rule that 国办发明电〔2024〕12号 states.

春节 8 days from the eve, 国庆节 7 from 1 October (8 with 中秋节), 劳动节 5 from 1 May, the others 3, and only that one
day on a Wednesday. The number of make-up days follows from the statutory days (放假办法); their dates are a guess.
"The notice may differ in special cases", it says itself: nothing from here is ever shown without "暂定".
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

STATUTORY_DAYS = 13
"""Days off of a year by law since 2025 (全国年节及纪念日放假办法): weekdays off less weekend days worked."""

LOOK_AHEAD = timedelta(days=75)
"""How far ahead holidays have to be known: 30 working days were at most 52 days in 2019-2026, and some slack."""

Festivals = Mapping[int, Mapping[str, date]]
"""year -> the solar dates of 春节, 清明节, 端午节, 中秋节."""


@dataclass(frozen=True, slots=True)
class RuleHoliday:
    """A holiday by rule, from `first` to `last`; `make_ups` weekend days are worked for it, `guessed` says which."""

    reason: str
    first: date
    last: date
    make_ups: int
    guessed: tuple[date, ...] = ()

    def days(self) -> Iterator[date]:
        """All its days."""
        return (date.fromordinal(each) for each in range(self.first.toordinal(), self.last.toordinal() + 1))

    def exceptions(self) -> Iterator[tuple[date, bool]]:
        """Its weekdays off and the guessed weekend days worked, as (day, is_working)."""
        yield from ((day, False) for day in self.days() if day.weekday() < 5)
        yield from ((day, True) for day in self.guessed)


def holidays_by_rule(years: Iterable[int], festivals: Festivals) -> list[RuleHoliday]:
    """The holidays of the years whose festivals are known, in order, with guessed make-up days."""
    found = sorted(
        (holiday for year in years if year in festivals for holiday in _year(year, festivals[year])),
        key=lambda holiday: holiday.first,
    )
    taken = {day for holiday in found for day in holiday.days()}
    return [
        RuleHoliday(each.reason, each.first, each.last, each.make_ups, tuple(_guess(each, taken))) for each in found
    ]


def _year(year: int, festival: Mapping[str, date]) -> Iterator[RuleHoliday]:
    yield _short("元旦", date(year, 1, 1))
    yield _block("春节", festival["春节"] - timedelta(days=1), 8, 4)
    yield _short("清明节", festival["清明节"])
    yield _block("劳动节", date(year, 5, 1), 5, 2)
    yield _short("端午节", festival["端午节"])
    national, autumn = date(year, 10, 1), festival["中秋节"]
    if national <= autumn <= national + timedelta(days=7):
        yield _block("国庆节、中秋节", national, 8, 4)
    else:
        yield _short("中秋节", autumn)
        yield _block("国庆节", national, 7, 3)


def _short(reason: str, day: date) -> RuleHoliday:
    """Three days that join the festival to the weekend; on a Wednesday the day alone."""
    before, length = ((2, 3), (2, 3), (0, 1), (0, 3), (0, 3), (0, 3), (1, 3))[day.weekday()]
    return _block(reason, day - timedelta(days=before), length, 1)


def _block(reason: str, first: date, length: int, statutory: int) -> RuleHoliday:
    last = first + timedelta(days=length - 1)
    weekdays = sum((first + timedelta(days=each)).weekday() < 5 for each in range(length))
    return RuleHoliday(reason, first, last, max(0, weekdays - statutory))


def _guess(holiday: RuleHoliday, taken: set[date]) -> Iterator[date]:
    """Two make-ups: a weekend day before that leaves the day next to the holiday free, and the Saturday after.

    One: the first weekend day after, as in the notices for 2026. Three (a holiday from Monday to Friday): the next
    weekend day after as well. Back-tested on two years only.
    """
    if holiday.make_ups > 1:
        yield _weekend(holiday.first - timedelta(days=2), -1, taken)
    after = holiday.last
    for _ in range(holiday.make_ups - (holiday.make_ups > 1)):
        after = _weekend(after + timedelta(days=1), 1, taken)
        yield after


def _weekend(day: date, step: int, taken: set[date]) -> date:
    while day.weekday() < 5 or day in taken:
        day += timedelta(days=step)
    return day


def roll_over(published_through: date, today: date) -> Literal["covered", "due", "overdue"]:
    """Whether the coming year's holidays are there, seen from `today`.

    "due": wanted, but notices came as late as 8 December (facts, working days, §1.2); "overdue": later than that.
    """
    if published_through >= today + LOOK_AHEAD:
        return "covered"
    return "overdue" if today >= date(published_through.year, 12, 10) else "due"
