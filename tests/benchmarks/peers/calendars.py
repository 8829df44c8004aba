"""The n-th working day as chinesecalendar and holidays find it."""

from __future__ import annotations

from datetime import date, timedelta

import chinese_calendar
import holidays

_CHINA = holidays.country_holidays("CN", years=range(2025, 2028))


def by_chinesecalendar(start: date, days: int) -> date:
    """`find_workday` takes the start for the first day if it is a working day; the day of the event does not count."""
    found: date = chinese_calendar.find_workday(days - 1, start + timedelta(days=1))
    return found


def by_holidays(start: date, days: int) -> date:
    """It knows weekends that are worked, too."""
    return _CHINA.get_nth_working_day(start, days)
