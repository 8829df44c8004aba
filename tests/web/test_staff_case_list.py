"""The list of the case desk: what it says of time, and what a page of it costs."""

from datetime import date

import pytest
from sqlalchemy import event

from bundles.working_days import load_calendar
from wxserver.store import case_queue
from wxserver.store.case_queue import Place, Reach
from wxserver.usecases.staff_case_views import time_left


def test_no_page_of_the_list_walks_through_closed_cases(jieyang):
    database = jieyang.app.extensions["world"].database
    asked: list[tuple[str, tuple]] = []
    with database.read() as unit:
        event.listen(database.engine, "before_cursor_execute", lambda *seen: asked.append((seen[2], seen[3])))
        for band in case_queue.BANDS:
            due_on = date(2026, 11, 26) if band == "dated" else None
            case_queue.page(unit, Reach(), waiting=False, after=Place(band, due_on, "0" * 32), most=5)
        case_queue.page(unit, Reach(("x",), ("500000",)), waiting=True, after=None, most=5)
        case_queue.counts(unit, Reach(), today=date(2026, 11, 26), next_day=date(2026, 11, 27))
        queries = [each for each in asked if each[0].startswith("SELECT")]
        plans = [
            " ".join(row[3] for row in unit.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", values))
            for query, values in queries
        ]

    assert len(plans) >= 9
    for plan in plans:
        assert "USING INDEX ix_case_due" in plan or "USING INDEX ix_case_open_version" in plan, plan


@pytest.mark.parametrize(
    ("due", "unit", "words", "tone"),
    [
        ("2026-11-20", "working_days", "超期 4 个工作日", "red"),
        ("2026-11-26", "working_days", "今天到期", "red"),
        ("2026-11-27", "working_days", "明天到期", "amber"),
        ("2026-11-30", "working_days", "还剩 2 个工作日", "neutral"),
        ("2026-12-31", "working_days", "还剩 25 个工作日", "neutral"),
        ("2026-11-20", "calendar_days", "超期 6 天", "red"),
        ("2026-12-01", "calendar_days", "还剩 5 天", "neutral"),
        (None, "working_days", "还没有开始计时", "neutral"),
    ],
)
def test_the_time_that_is_left_is_told_in_words(due, unit, words, tone):
    left = time_left(date.fromisoformat(due) if due else None, unit, date(2026, 11, 26), load_calendar())

    assert (left.words, left.tone) == (words, tone)
