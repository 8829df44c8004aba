"""The year's end: from 10 December on nobody ships a product that does not know the coming year's holidays."""

from datetime import date, datetime

import pytest

from bundles.clock import PAUSE_RULES
from bundles.holiday_rule import LOOK_AHEAD, roll_over
from bundles.working_days import SHANGHAI, load_calendar
from wxserver.settings import reading


def shipped(today: date) -> str:
    """How the calendar that comes with the product stands on a day."""
    return roll_over(load_calendar().published_through, today)


@pytest.mark.parametrize(
    ("today", "state"),
    [(date(2026, 10, 17), "covered"), (date(2026, 11, 22), "due"), (date(2026, 12, 9), "due")],
)
def test_the_shipped_calendar_is_in_time_until_9_december(today: date, state: str) -> None:
    assert shipped(today) == state or load_calendar().published_through > date(2026, 12, 31)


def test_it_would_be_late_from_10_december_on() -> None:
    through = load_calendar().published_through
    assert shipped(date(through.year, 12, 10)) == shipped(date(through.year + 1, 2, 1)) == "overdue"


def test_it_is_in_time_today(capsys: pytest.CaptureFixture[str]) -> None:
    today = datetime.now(SHANGHAI).date()
    state = shipped(today)
    if state == "due":
        with capsys.disabled():
            print(f"\nholidays are published through {load_calendar().published_through}, wanted: {today + LOOK_AHEAD}")
    assert state != "overdue", "bring the coming year's notice into bundles/calendars/cn.toml"


def test_the_settings_offer_the_pause_rules_that_the_clock_knows() -> None:
    assert tuple(PAUSE_RULES) == reading.PAUSE_RULES
