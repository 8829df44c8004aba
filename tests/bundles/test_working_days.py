"""Working days: the oracle, two libraries, a naive loop, and what must hold of any calendar."""

import json
import random
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import chinese_calendar
import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundles.holiday_rule import holidays_by_rule
from bundles.working_days import (
    SHANGHAI,
    Calendar,
    CalendarRangeError,
    DayException,
    builtin_festivals,
    legal_date,
    load_calendar,
)

CASES = json.loads((Path(__file__).parent / "data" / "working_days_cases.json").read_text("utf-8"))
CALENDAR = load_calendar()
FIRST, PUBLISHED = date(2019, 1, 1), date(2026, 12, 31)
DAY = timedelta(days=1)


def days_between(first, last):
    return (date.fromordinal(each) for each in range(first.toordinal(), last.toordinal() + 1))


def in_published_years():
    return st.dates(FIRST, date(2026, 9, 1))


def test_every_deadline_of_the_oracle():
    for case in CASES["cases"]:
        start = date.fromisoformat(case["start"])
        assert CALENDAR.add(start, case["working_days"]).isoformat() == case["deadline"], case


def test_the_exception_days_are_the_oracle_s():
    published = [each for each in CALENDAR.exceptions() if each.day <= PUBLISHED]
    assert [each.day.isoformat() for each in published if not each.is_working] == CASES["calendar"]["weekday_off"]
    assert [each.day.isoformat() for each in published if each.is_working] == CASES["calendar"]["weekend_work"]
    assert all(each.doc_no.startswith("国办发明电〔") and each.reason for each in published)


def test_two_libraries_agree_on_all_published_days():
    china = holidays.country_holidays("CN", years=range(2019, 2027))
    for day in days_between(FIRST, PUBLISHED):
        assert CALENDAR.is_working(day) == chinese_calendar.is_workday(day) == china.is_working_day(day), day


def test_agrees_with_a_naive_day_loop_on_100_000_random_cases():
    working = {day for day in days_between(FIRST, CALENDAR.last_day) if CALENDAR.is_working(day)}
    steps: dict[date, list[date]] = {}

    def naive(start, n):
        if start not in steps:
            found: list[date] = []
            day = start
            while len(found) < 30:
                day += DAY
                if day in working:
                    found.append(day)
            steps[start] = found
        return steps[start][n - 1]

    chance = random.Random(20261126)
    span = (date(2029, 10, 1) - FIRST).days
    for _ in range(100_000):
        start, n = FIRST + chance.randrange(span) * DAY, chance.randint(1, 30)
        assert CALENDAR.add(start, n) == naive(start, n), (start, n)


@given(in_published_years(), st.integers(0, 60))
def test_counting_undoes_adding(start, n):
    assert CALENDAR.count(start, CALENDAR.add(start, n)) == n


@given(in_published_years(), st.integers(0, 60), st.integers(0, 30), st.integers(0, 20))
def test_later_starts_and_more_days_never_come_earlier(start, n, later, more):
    assert CALENDAR.add(start + later * DAY, n + more) >= CALENDAR.add(start, n)


@given(st.dates(date(2020, 1, 1), PUBLISHED), st.integers(1, 60))
def test_subtracting_undoes_adding_on_working_days(day, n):
    day = CALENDAR.next_on_or_after(day)
    assert CALENDAR.add(CALENDAR.sub(day, n), n) == day


@given(in_published_years(), in_published_years())
def test_counting_backwards_is_negative(a, b):
    assert CALENDAR.count(a, b) == -CALENDAR.count(b, a)


def test_subtracting_nothing_stays_and_a_negative_number_is_refused():
    assert CALENDAR.sub(date(2026, 11, 28), 0) == date(2026, 11, 28)
    for act in (CALENDAR.add, CALENDAR.sub):
        with pytest.raises(ValueError, match="not negative"):
            act(date(2026, 11, 28), -1)


def test_days_outside_the_calendar_are_an_error():
    assert CALENDAR.last_day == date(2029, 12, 31)
    for wrong in (
        lambda: CALENDAR.add(date(2018, 12, 31), 1),
        lambda: CALENDAR.add(date(2029, 12, 20), 30),
        lambda: CALENDAR.add(date(2031, 1, 1), 1),
        lambda: CALENDAR.is_working(date(2030, 1, 1)),
        lambda: CALENDAR.count(date(2018, 1, 1), date(2019, 2, 1)),
        lambda: CALENDAR.sub(date(2019, 1, 4), 10),
        lambda: CALENDAR.table.day_of(100_000),
    ):
        with pytest.raises(CalendarRangeError):
            wrong()


def test_a_deadline_on_a_day_off_rolls_to_the_next_working_day_and_a_make_up_saturday_is_none():
    assert CALENDAR.roll(date(2026, 2, 16)) == date(2026, 2, 24)
    assert CALENDAR.roll(date(2026, 10, 10)) == date(2026, 10, 10)


def test_what_is_due_in_the_published_years_is_final_and_after_them_provisional():
    assert CALENDAR.published_through == PUBLISHED
    assert not CALENDAR.is_provisional(CALENDAR.add(date(2026, 11, 26), 25))
    assert CALENDAR.is_provisional(CALENDAR.add(date(2026, 11, 27), 25))
    assert CALENDAR.exception(date(2027, 1, 1)) == DayException(date(2027, 1, 1), False, "元旦")
    assert CALENDAR.exception(date(2027, 1, 4)) is None


def test_the_rule_gives_the_holidays_of_2027_as_the_facts_list_them():
    found = {
        each.reason: (each.first, each.last, each.make_ups) for each in CALENDAR.holidays if each.first.year == 2027
    }
    assert found == {
        "元旦": (date(2027, 1, 1), date(2027, 1, 3), 0),
        "春节": (date(2027, 2, 5), date(2027, 2, 12), 2),
        "清明节": (date(2027, 4, 3), date(2027, 4, 5), 0),
        "劳动节": (date(2027, 5, 1), date(2027, 5, 5), 1),
        "端午节": (date(2027, 6, 9), date(2027, 6, 9), 0),
        "中秋节": (date(2027, 9, 15), date(2027, 9, 15), 0),
        "国庆节": (date(2027, 10, 1), date(2027, 10, 7), 2),
    }


def test_the_rule_back_tested_on_2025_and_2026_gives_their_weekdays_off_and_the_number_of_make_ups():
    festivals = {
        2025: {
            "春节": date(2025, 1, 29),
            "清明节": date(2025, 4, 4),
            "端午节": date(2025, 5, 31),
            "中秋节": date(2025, 10, 6),
        },
        2026: {
            "春节": date(2026, 2, 17),
            "清明节": date(2026, 4, 5),
            "端午节": date(2026, 6, 19),
            "中秋节": date(2026, 9, 25),
        },
    }
    for year in festivals:
        by_rule = holidays_by_rule([year], festivals)
        off = sorted(day for each in by_rule for day, working in each.exceptions() if not working)
        assert off == [e.day for e in CALENDAR.exceptions() if e.day.year == year and not e.is_working]
        worked = [e.day for e in CALENDAR.exceptions() if e.day.year == year and e.is_working]
        assert sum(each.make_ups for each in by_rule) == sum(len(each.guessed) for each in by_rule) == len(worked)


@pytest.mark.parametrize(
    ("year", "first", "last", "make_ups"),
    [
        pytest.param(2029, date(2028, 12, 30), date(2029, 1, 1), 0, id="Monday"),
        pytest.param(2030, date(2029, 12, 30), date(2030, 1, 1), 1, id="Tuesday"),
        pytest.param(2025, date(2025, 1, 1), date(2025, 1, 1), 0, id="Wednesday alone"),
        pytest.param(2026, date(2026, 1, 1), date(2026, 1, 3), 1, id="Thursday"),
        pytest.param(2027, date(2027, 1, 1), date(2027, 1, 3), 0, id="Friday"),
        pytest.param(2028, date(2028, 1, 1), date(2028, 1, 3), 0, id="Saturday"),
        pytest.param(2034, date(2033, 12, 31), date(2034, 1, 2), 0, id="Sunday"),
    ],
)
def test_a_short_holiday_joins_the_weekend(year, first, last, make_ups):
    festivals = {year: builtin_festivals()[2027]}
    found = next(each for each in holidays_by_rule([year], festivals) if each.reason == "元旦")
    assert (found.first, found.last, found.make_ups) == (first, last, make_ups)


def test_the_new_year_after_the_last_year_reaches_back_into_it():
    assert CALENDAR.exception(date(2029, 12, 31)) == DayException(date(2029, 12, 31), False, "元旦")
    assert CALENDAR.exception(date(2030, 1, 1)) is None


def test_a_year_without_festivals_is_not_made_by_rule():
    calendar = Calendar.build("short", [DayException(date(2026, 1, 1), False, "元旦")], PUBLISHED, festivals={})
    assert calendar.last_day == PUBLISHED
    assert holidays_by_rule([2027], {}) == []


def test_the_festivals_are_those_of_the_holidays_library():
    names = {"春节": "春节", "清明节": "清明节", "端午节": "端午节", "中秋节": "中秋节"}
    for year, festivals in builtin_festivals().items():
        known = holidays.country_holidays("CN", years=year, language="zh_CN")
        for name, day in festivals.items():
            assert names[name] in known[day], day
            assert names[name] not in known.get(day - DAY, ""), day


def test_of_one_day_the_last_given_wins_and_operational_days_never_count():
    day = date(2020, 2, 1)
    days = [
        DayException(day, True, "春节", "国办发明电〔2019〕16号"),
        DayException(day, False, "春节（延长假期）", "国办发明电〔2020〕1号"),
        DayException(date(2020, 2, 4), False, "停电检修", "通告", kind="operational", scope="445200"),
    ]
    calendar = Calendar.build("2020", days, date(2020, 12, 31))
    assert not calendar.is_working(day)
    assert calendar.is_working(date(2020, 2, 4))
    assert calendar.closures[date(2020, 2, 4)].reason == "停电检修"


def test_a_new_calendar_tells_from_which_day_on_dates_may_move():
    own = [each for each in CALENDAR.exceptions() if each.doc_no]
    same = Calendar.build("same", own, PUBLISHED)
    assert CALENDAR.first_difference(same) is None
    moved = Calendar.build("moved", [*own, DayException(date(2026, 12, 25), False, "地方节日", "粤府")], PUBLISHED)
    assert CALENDAR.first_difference(moved) == date(2026, 12, 25)
    notice = [
        *own,
        DayException(date(2027, 1, 1), False, "元旦", "通知"),
        DayException(date(2027, 1, 9), True, "元旦", "通知"),
    ]
    assert CALENDAR.first_difference(Calendar.build("2027", notice, date(2027, 12, 31))) == date(2027, 1, 1)


def test_the_date_of_an_instant_is_shanghai_s():
    assert legal_date(datetime(2026, 11, 25, 16, 0, tzinfo=UTC)) == date(2026, 11, 26)
    assert legal_date(datetime(2026, 11, 26, 0, 0, tzinfo=SHANGHAI)) == date(2026, 11, 26)
    assert legal_date(datetime(2026, 11, 25, 9, 0, tzinfo=timezone(-timedelta(hours=7)))) == date(2026, 11, 26)
    with pytest.raises(ValueError, match="time zone"):
        legal_date(datetime(2026, 11, 26))  # noqa: DTZ001


def test_a_calendar_is_read_from_text_too():
    text = 'version = "x"\npublished_through = 2026-12-31\n[[holidays]]\nreason = "元旦"\noff = [2026-01-01]\n'
    calendar = load_calendar(text)
    assert calendar.version == "x"
    assert calendar.exception(date(2026, 1, 1)) == DayException(date(2026, 1, 1), False, "元旦")
    assert calendar.last_day == date(2029, 12, 31)
