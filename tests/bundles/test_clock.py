"""The lawful clock: pauses in every reading, units, explanations, provisional dates, out-of-order events."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundles import clock
from bundles.clock import PAUSE_RULES, ClockEvent, OfficeHours, events_of, parse_limit, refusal_of
from bundles.definition import TimeLimit
from bundles.working_days import SHANGHAI, Calendar, DayException, load_calendar

CASES = json.loads((Path(__file__).parent / "data" / "working_days_cases.json").read_text("utf-8"))
CALENDAR = load_calendar()
due: Any = clock.due  # a test knows whether there is a date
TWENTY_FIVE = TimeLimit("working_days", 25)


def day(text):
    return date.fromisoformat(text)


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def pauses_of(case):
    return [(day(first), day(last)) for first, last in case["pauses"]]


def test_every_pause_of_the_oracle_in_every_reading():
    for case in CASES["pause_cases"] + CASES["pause_edge_cases"]:
        limit = TimeLimit("working_days", case["working_days"])
        events = events_of(day(case["start"]), pauses_of(case))
        for rule, expected in {"primary": case["deadline"], **case["alternatives"]}.items():
            found = due(limit, events, CALENDAR, rule)
            assert found.due_on.isoformat() == expected, (case["tag"], rule)
            lines = found.day_by_day()
            assert (lines[-1].day, lines[-1].number) == (found.due_on, limit.amount), (case["tag"], rule)
        assert due(limit, events[:1], CALENDAR).due_on.isoformat() == case["unpaused_deadline"]


def test_calendar_days_as_a_deadline_roll_and_as_a_period_never_do():
    for case in CASES["natural_day_cases"]:
        events = events_of(day(case["start"]))
        rolled = due(TimeLimit("calendar_days", 7), events, CALENDAR)
        assert rolled.due_on.isoformat() == case["deadline_rolled"]
        assert due(TimeLimit("calendar_period", 7), events, CALENDAR).due_on.isoformat() == case["deadline_raw"]
        told = any("顺延" in sentence for sentence in rolled.explained)
        assert told == (case["deadline_raw"] != case["deadline_rolled"])


@given(
    st.dates(date(2019, 1, 1), date(2025, 12, 31)),
    st.integers(1, 30),
    st.lists(st.tuples(st.integers(-5, 60), st.integers(0, 20)), max_size=3),
    st.sampled_from(["working_days", "calendar_days", "calendar_period", "hours"]),
    st.sampled_from(sorted(PAUSE_RULES)),
)
def test_a_pause_never_shortens_a_limit(start, amount, pauses, unit, rule):
    spans = [(start + timedelta(days=a), start + timedelta(days=a + length)) for a, length in pauses]
    limit = TimeLimit(unit, amount)
    unpaused = due(limit, events_of(start), CALENDAR)
    paused = due(limit, events_of(start, spans), CALENDAR, rule)
    assert paused.due_at >= unpaused.due_at
    if unit == "working_days":
        assert (
            paused.due_on >= due(limit, events_of(start, spans), CALENDAR, "both_counted").due_on or rule == "restart"
        )
    if unit != "hours":
        assert max((line.number or 0) for line in paused.day_by_day()) == amount
    assert paused.explained


def test_accepted_on_26_november_is_due_on_31_december_final_and_a_day_later_it_is_provisional():
    final = due(TWENTY_FIVE, [ClockEvent("start", datetime(2026, 11, 26, 2, 0, tzinfo=UTC))], CALENDAR)
    assert (final.due_on, final.provisional, final.interval) == (date(2026, 12, 31), False, None)
    assert final.provisional_reason is None
    assert final.due_at == datetime(2027, 1, 1, tzinfo=SHANGHAI)
    assert final.explained == ("从 11月26日 受理的次日起算 25 个工作日，到 12月31日（周四）为止。", "周末不算。")
    later = due(TWENTY_FIVE, [ClockEvent("start", datetime(2026, 11, 27, 2, 0, tzinfo=UTC))], CALENDAR)
    assert (later.due_on, later.provisional) == (date(2027, 1, 4), True)
    assert later.provisional_reason == "暂定（2027年放假安排未发布）"
    assert later.interval == (date(2027, 1, 4), date(2027, 1, 4))
    assert later.explained[-1] == "暂定（2027年放假安排未发布），按规律推算是 2027年1月4日。安排公布后会重新计算。"
    assert later.calendar_version == "cn-2026.1"


def test_a_provisional_date_across_the_spring_festival_has_an_interval_and_says_what_is_guessed():
    found = due(TWENTY_FIVE, events_of(date(2026, 12, 30)), CALENDAR)
    assert found.interval == (date(2027, 2, 2), date(2027, 2, 4))
    assert found.interval[0] <= found.due_on <= found.interval[1]
    assert "2027年1月31日（周日）可能调休上班，先按工作日算。" in found.explained
    assert "最早 2027年2月2日，最晚 2027年2月4日" in found.explained[-1]


def test_a_provisional_calendar_day_deadline_may_stay_on_a_weekend_day_that_is_made_a_working_day():
    found = due(TimeLimit("calendar_days", 7), events_of(date(2027, 1, 9)), CALENDAR)
    assert found.due_on == date(2027, 1, 18)
    assert found.interval == (date(2027, 1, 16), date(2027, 1, 18))
    on_a_holiday = due(TimeLimit("calendar_days", 7), events_of(date(2027, 2, 1)), CALENDAR)
    assert on_a_holiday.interval == (date(2027, 2, 13), date(2027, 2, 15))


def test_a_notice_moves_exactly_the_provisional_dates():
    own = [each for each in CALENDAR.exceptions() if each.doc_no]
    notice = [
        *own,
        DayException(date(2027, 1, 1), False, "元旦", "某号"),
        DayException(date(2027, 1, 4), False, "元旦", "某号"),
    ]
    published = Calendar.build("cn-2027", notice, date(2027, 12, 31))
    moved = []
    for offset in range(60):
        events = events_of(date(2026, 10, 15) + timedelta(days=offset))
        old, new = due(TWENTY_FIVE, events, CALENDAR), due(TWENTY_FIVE, events, published)
        assert not new.provisional
        if old.due_on != new.due_on:
            moved.append(old)
    assert moved
    assert all(each.provisional and each.due_on >= CALENDAR.first_difference(published) for each in moved)


def test_an_open_pause_has_no_date_but_says_what_is_left():
    events = [
        ClockEvent("start", at("2025-03-03")),
        ClockEvent("suspend", at("2025-03-10"), "行政许可法 45", word="补正"),
    ]
    for unit, left, words in (
        ("working_days", 21, "还剩 21 个工作日"),
        ("calendar_days", 19, "还剩 19 个自然日"),
        ("calendar_period", 19, "还剩 19 天"),
    ):
        limit: Any = TimeLimit(unit, 25)  # type: ignore[arg-type]
        found = due(limit, events, CALENDAR)
        assert (found.due_on, found.due_at, found.left, found.provisional) == (None, None, left, False)
        assert found.provisional_reason is found.interval is None
        assert found.day_by_day() == ()
        assert "3月10日因补正起暂停。依据：行政许可法 45。" in found.explained
        assert words in found.explained[-1]
    hours = due(TimeLimit("hours", 200), events, CALENDAR)
    assert (hours.due_on, hours.left) == (None, 32)
    assert hours.explained[0] == "从 3月3日 00:00 受理起算 200 小时。"
    assert due(TimeLimit("hours", 200), events, CALENDAR, "restart").left == 200
    assert due(TWENTY_FIVE, events, CALENDAR, "restart").left == 25
    too_late = due(TimeLimit("working_days", 3), events, CALENDAR)
    assert (too_late.due_on, too_late.left) == (date(2025, 3, 6), None)


def test_hours_run_through_nights_and_weekends_and_a_pause_takes_out_exactly_its_seconds():
    start = ClockEvent("start", datetime(2026, 10, 2, 9, 30, tzinfo=UTC), word="领卡")
    found = due(TimeLimit("hours", 96), [start], CALENDAR)
    assert found.due_at == datetime(2026, 10, 6, 9, 30, tzinfo=UTC)
    assert found.explained == ("从 10月2日 17:30 领卡起算 96 小时，到 10月6日（周二） 17:30 为止。",)
    pause = [ClockEvent("suspend", at("2026-10-03")), ClockEvent("resume", at("2026-10-03") + timedelta(seconds=90))]
    assert due(TimeLimit("hours", 96), [start, *pause], CALENDAR).due_at == found.due_at + timedelta(seconds=90)
    before = [ClockEvent("suspend", at("2026-10-01")), ClockEvent("resume", at("2026-10-01"))]
    after = [ClockEvent("suspend", at("2026-10-20")), ClockEvent("resume", at("2026-10-21"))]
    assert due(TimeLimit("hours", 96), [start, *before, *after], CALENDAR).due_at == found.due_at
    restarted = due(TimeLimit("hours", 96), [start, *pause], CALENDAR, "restart")
    assert restarted.due_at == pause[1].at + timedelta(hours=96)


def test_an_instant_item_is_due_at_once():
    found = due(
        TimeLimit("instant"), [ClockEvent("start", datetime(2026, 11, 26, 20, 0, tzinfo=UTC), word="提交")], CALENDAR
    )
    assert (found.due_on, found.due_at) == (date(2026, 11, 27), datetime(2026, 11, 26, 20, 0, tzinfo=UTC))
    assert found.explained == ("11月27日提交，当场办结。",)
    assert found.day_by_day() == ()


def test_events_may_come_twice_and_in_any_order():
    events = [
        ClockEvent("resume", at("2025-03-17")),
        ClockEvent("resume", at("2025-03-18")),
        ClockEvent("suspend", at("2025-03-11")),
        ClockEvent("suspend", at("2025-03-10")),
        ClockEvent("start", at("2025-03-03")),
    ]
    assert due(TWENTY_FIVE, events, CALENDAR).due_on == date(2025, 4, 16)


def test_a_pause_that_ended_before_the_start_changes_nothing():
    for unit in ("working_days", "calendar_days", "hours"):
        events = events_of(date(2025, 3, 3), [(date(2025, 2, 10), date(2025, 2, 17))])
        assert (
            due(TimeLimit(unit, 25), events, CALENDAR).due_on == due(TimeLimit(unit, 25), events[:1], CALENDAR).due_on
        )


def test_a_stop_ends_an_open_pause_and_hides_what_comes_after_it():
    events = [
        ClockEvent("start", at("2025-03-03")),
        ClockEvent("suspend", at("2025-03-10")),
        ClockEvent("stop", at("2025-03-17")),
        ClockEvent("extend", at("2025-03-18"), amount=10),
    ]
    assert due(TWENTY_FIVE, events, CALENDAR).due_on == date(2025, 4, 16)
    assert due(TWENTY_FIVE, [events[0], events[2]], CALENDAR).due_on == date(2025, 4, 8)


def test_an_extension_adds_to_the_limit_and_is_told():
    events = [ClockEvent("start", at("2025-03-03")), ClockEvent("extend", at("2025-03-20"), "行政许可法 42", amount=10)]
    found = due(TWENTY_FIVE, events, CALENDAR)
    assert found.due_on == CALENDAR.add(date(2025, 3, 3), 35)
    assert "其中 10 个工作日是经批准延长的。" in found.explained


def test_a_city_may_end_the_day_at_close_of_business_and_count_late_receipt_as_next_day_s():
    hours = OfficeHours(time(17, 30))
    sunday_night = [ClockEvent("start", at("2026-03-08T20:00"))]
    plain = due(TimeLimit("working_days", 5), sunday_night, CALENDAR, hours=hours)
    assert plain.due_at == at("2026-03-13T17:30")
    late = due(TimeLimit("working_days", 5), sunday_night, CALENDAR, hours=OfficeHours(time(17, 30), True))
    assert (late.started_on, late.due_on) == (date(2026, 3, 9), date(2026, 3, 16))
    in_time = due(
        TimeLimit("working_days", 5),
        [ClockEvent("start", at("2026-03-09T17:29"))],
        CALENDAR,
        hours=OfficeHours(time(17, 30), True),
    )
    assert in_time.due_on == date(2026, 3, 16)


def test_day_by_day_shows_every_mark_with_its_notice():
    lines = due(
        TWENTY_FIVE, events_of(date(2026, 9, 18), [(date(2026, 9, 28), date(2026, 9, 29))]), CALENDAR
    ).day_by_day()
    by_day = {line.day: line for line in lines}
    assert by_day[date(2026, 9, 18)].mark == "起"
    assert (by_day[date(2026, 9, 20)].mark, by_day[date(2026, 9, 20)].number) == ("班", 1)
    assert by_day[date(2026, 9, 19)].mark == "周末"
    assert (by_day[date(2026, 10, 1)].mark, by_day[date(2026, 10, 1)].doc_no) == ("休", "国办发明电〔2025〕7号")
    assert by_day[date(2026, 9, 28)].mark == "停"
    assert by_day[date(2026, 9, 30)].mark == ""
    assert not any(line.provisional for line in lines)
    rolled = due(TimeLimit("calendar_days", 7), events_of(date(2026, 2, 9)), CALENDAR).day_by_day()
    assert (rolled[-1].mark, rolled[-1].number, rolled[7].number) == ("休", None, 7)


def test_the_explanation_names_holidays_make_up_days_and_pauses():
    found = due(TWENTY_FIVE, events_of(date(2026, 9, 18), [(date(2026, 9, 28), date(2026, 9, 29))], "受理"), CALENDAR)
    assert found.explained == (
        "从 9月18日 受理的次日起算 25 个工作日，到 11月2日（周一）为止。",
        "9月28日起暂停，9月29日恢复，从第二天接着算。",
        "周末不算。",
        "其间 9月25日中秋节放假，不算。",
        "其间 10月1日至10月7日国庆节放假，不算。",
        "9月20日（周日）、10月10日（周六）调休上班，算工作日。",
    )


def test_limits_are_read_as_the_command_line_writes_them():
    assert parse_limit("25wd") == TimeLimit("working_days", 25)
    assert parse_limit("7d") == TimeLimit("calendar_days", 7)
    assert parse_limit(" 96H ") == TimeLimit("hours", 96)
    for wrong in ("", "25", "0wd", "-1d", "wd", "99999d"):
        with pytest.raises(ValueError, match="not a time limit"):
            parse_limit(wrong)


def test_senseless_events_are_refused():
    start = ClockEvent("start", at("2025-03-03"))
    for events in ([], [start, start], [ClockEvent("stop", at("2025-03-03"))]):
        with pytest.raises(ValueError, match="starts once"):
            due(TWENTY_FIVE, events, CALENDAR)
    with pytest.raises(ValueError, match="unknown pause rule"):
        due(TimeLimit("instant"), [start], CALENDAR, "as you like it")
    with pytest.raises(ValueError, match="ends on or after"):
        events_of(date(2025, 3, 3), [(date(2025, 3, 10), date(2025, 3, 9))])


def test_a_limit_is_extended_once_by_somebody_in_charge_and_on_a_basis():
    start = ClockEvent("start", at("2026-11-26"))
    extend = ClockEvent("extend", at("2026-12-01"), "行政许可法第四十二条", 10, approver="分管负责人")
    assert refusal_of(start, []) is None
    assert refusal_of(extend, [start]) is None
    assert refusal_of(ClockEvent("suspend", at("2026-12-01")), [start]) is None
    for event, events, says in (
        (start, [start], "不能再开始一次"),
        (extend, [], "还没有开始"),
        (extend, [start, extend], "已经延长过一次"),
        (replace(extend, amount=0), [start], "延长多少"),
        (replace(extend, approver=""), [start], "批准人和依据"),
        (replace(extend, legal_basis=""), [start], "批准人和依据"),
        (extend, [start, ClockEvent("stop", at("2026-12-02"))], "已经停止"),
    ):
        assert says in str(refusal_of(event, events))
    with pytest.raises(ValueError, match="extended once"):
        due(TimeLimit("working_days", 5), [start, extend, extend], CALENDAR)


def test_a_shut_office_is_told_and_moves_no_date():
    closed = [
        DayException(date(2026, 12, day), False, "停电检修", "通告", kind="operational", scope="4452")
        for day in (24, 31)
    ]
    calendar = Calendar.build("closed", [*CALENDAR.exceptions(), *closed], CALENDAR.published_through)
    found = due(TimeLimit("working_days", 20), [ClockEvent("start", at("2026-11-26"))], calendar)
    plain = due(TimeLimit("working_days", 20), [ClockEvent("start", at("2026-11-26"))], CALENDAR)
    assert found.due_on == plain.due_on == date(2026, 12, 24)
    assert set(found.explained) - set(plain.explained) == {"12月24日停电检修，窗口不办公，办结日期不变。"}
