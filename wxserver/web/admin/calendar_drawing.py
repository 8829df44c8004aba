"""A year of a calendar as twelve months of weeks, and its days off and make-ups as a list."""

from __future__ import annotations

import calendar as months
from dataclasses import dataclass
from datetime import date

from bundles.working_days import Calendar, DayException

_SHEETS = months.Calendar(0)


@dataclass(frozen=True, slots=True)
class Cell:
    """A day of a month. `mark`: 休, 班, 停 or nothing; `why` says it in words."""

    day: date
    kind: str
    mark: str
    why: str


def year_of(calendar: Calendar, year: int) -> list[list[list[Cell | None]]]:
    """Months of weeks of days; None where a week reaches out of its month."""
    return [
        [
            [None if day.month != month else _cell(calendar, day) for day in week]
            for week in _SHEETS.monthdatescalendar(year, month)
        ]
        for month in range(1, 13)
    ]


def listed(calendar: Calendar, year: int) -> list[DayException]:
    """The days of a year that differ, and those on which an office is shut."""
    days = [*calendar.exceptions(), *calendar.closures.values()]
    return sorted((each for each in days if each.day.year == year), key=lambda each: each.day)


def _cell(calendar: Calendar, day: date) -> Cell:
    each, closed = calendar.exception(day), calendar.closures.get(day)
    guess = "，暂定" if calendar.is_provisional(day) else ""
    if each is not None:
        word = "调休上班" if each.is_working else "放假"
        return Cell(day, "work" if each.is_working else "off", "班" if each.is_working else "休", word + guess)
    if closed is not None:
        return Cell(day, "shut", "停", "窗口停办")
    return Cell(day, "rest" if day.weekday() > 4 else "plain", "", "周末" if day.weekday() > 4 else "")
