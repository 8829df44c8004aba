"""The sandbox's own little table of working days: 2026 as the State Council published it, other years by weekday alone.

Naive on purpose: it counts day by day and knows nothing of pauses, so that it can't share a fault with the server.
"""

from datetime import date, timedelta

_OFF = (
    (1, (1, 2)),
    (2, (16, 17, 18, 19, 20, 23)),
    (4, (6,)),
    (5, (1, 4, 5)),
    (6, (19,)),
    (9, (25,)),
    (10, (1, 2, 5, 6, 7)),
)
OFF = frozenset(date(2026, month, day) for month, of_month in _OFF for day in of_month)
"""Mondays to Fridays that are days off."""
WORKED = frozenset(date(2026, *day) for day in ((1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10)))
"""Saturdays and Sundays that are worked."""
PRODUCTION_LIMIT = 25


def is_working(day: date) -> bool:
    """Whether people work on this day."""
    return day in WORKED or (day.weekday() < 5 and day not in OFF)


def is_published(day: date) -> bool:
    """Whether the table knows this day's year; other years are only guessed."""
    return day.year == 2026


def count(start: date, working_days: int) -> date:
    """The last of so many working days after ``start``, which itself is not counted."""
    day = start
    while working_days > 0:
        day += timedelta(days=1)
        working_days -= is_working(day)
    return day
