"""Due dates: one at a time, and all open cases after the calendar has changed."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import func, insert, select

from bundles import clock
from bundles.clock import ClockEvent
from bundles.definition import TimeLimit
from bundles.working_days import Calendar, DayException, load_calendar
from tests.benchmarks.peers.calendars import by_chinesecalendar, by_holidays
from tests.benchmarks.people import papers, settle
from tests.benchmarks.rotation import Aim, Contestant, Group, amount
from tests.benchmarks.stand import Place, Stand, timed
from tests.town import BUNDLE
from wxserver.store.tables.applications import Application, Case
from wxserver.store.tables.applications import ClockEvent as ClockRow
from wxserver.store.tables.base import new_id
from wxserver.usecases.submissions import Submission
from wxserver.usecases.tokens import new_token

DUE = Aim(5.0, 1.0, of="microseconds")
LIMIT = TimeLimit("working_days", 25)
MILLION = 1_000_000
AT_LEAST, AIM = 120.0, 30.0


def due(calls: int) -> Group:
    """The day on which 25 working days from a day of 2026 end; every contestant finds the same."""
    calendar = load_calendar()
    days = [date(2026, 1, 5) + timedelta(days=number) for number in range(250)]
    events = [[ClockEvent("start", datetime(day.year, day.month, day.day, 2, tzinfo=UTC))] for day in days]

    def ours(number: int) -> object:
        return clock.due(LIMIT, events[number % 250], calendar)

    def explained(number: int) -> object:
        return clock.due(LIMIT, events[number % 250], calendar).explained

    def stored(number: int) -> object:
        found = clock.due(LIMIT, events[number % 250], calendar)
        return found.due_on, found.provisional

    for day, its_events in zip(days, events, strict=True):
        ends = {clock.due(LIMIT, its_events, calendar).due_on, by_chinesecalendar(day, 25), by_holidays(day, 25)}
        assert len(ends) == 1, f"they disagree about {day}: {ends}"
    base = "chinesecalendar.find_workday"
    few = max(calls // 100, 5)
    return Group(
        "Due date: 25 working days from a day of 2026",
        [
            Contestant(base, lambda: timed(few, lambda number: by_chinesecalendar(days[number % 250], 25))),
            Contestant(
                "holidays get_nth_working_day",
                lambda: timed(few, lambda number: by_holidays(days[number % 250], 25)),
                base,
            ),
            Contestant("ours: clock.due, able to explain itself", lambda: timed(calls, ours), base, DUE),
            Contestant("ours: with what the case stores of it", lambda: timed(calls, stored), base, DUE),
            Contestant("ours: with the explanation written out", lambda: timed(few, explained), base),
        ],
    )


def recompute(stand: Stand, cases: int, times: int) -> Group:
    """All open cases after a change of calendar, scaled to a million; in the store with a fortieth of `cases`."""
    group = Group(f"A new calendar: due dates of {MILLION:,} open cases (at least {AT_LEAST:g} s, aim {AIM:g} s)", [])
    calendar = load_calendar()
    begun = datetime(2026, 1, 5, 2, tzinfo=UTC)
    paused = [
        ClockEvent("suspend", begun + timedelta(days=9), "补正"),
        ClockEvent("resume", begun + timedelta(days=16), "补正收到"),
    ]
    open_cases = [
        [ClockEvent("start", begun + timedelta(hours=number % 6000)), *(paused if number % 20 == 0 else [])]
        for number in range(cases)
    ]
    seconds = _seconds(times, partial(_domain, open_cases, calendar))
    group.notes.append(_scaled("domain alone, one in twenty with a pause", cases, seconds))
    for place in stand.places:
        stored = _open(place, max(cases // 40, 5))
        timing = [_import(place, turn) for turn in range(times)]
        group.notes.append(_scaled(f"use case and store, every date moves, {place.title}", stored, timing))
    return group


def _domain(open_cases: list[list[ClockEvent]], calendar: Calendar) -> None:
    for events in open_cases:
        found = clock.due(LIMIT, sorted(events, key=lambda each: each.at), calendar)
        assert found.due_on is not None or found.provisional


def _open(place: Place, number: int) -> int:
    """One application that was submitted just now, and so many more like it; how many open cases have a date now."""
    first, *others = settle(place, number)
    handed_in = tuple(papers(place, [first])[first.person_id])
    submission = Submission(BUNDLE, "apply", form={"phone": "13800005620"}, uploads=handed_in)
    submitted = place.desk.applying.submit(first.session(place), new_token()[:32], submission)
    with place.database.write() as unit:
        (case,) = _rows(unit, Case, Case.number == submitted.case.number)
        (application,) = _rows(unit, Application, Application.id == case["application_id"])
        events = _rows(unit, ClockRow, ClockRow.case_id == case["id"])
        copies: dict[Any, list[dict[str, Any]]] = {Application: [], Case: [], ClockRow: []}
        for each in others:
            its_id, its_application = new_id(), new_id()
            copies[Application].append(application | {"id": its_application, "person_id": each.person_id})
            people = dict.fromkeys(("applicant_id", "cardholder_id", "actor_id"), each.person_id)
            own = {"id": its_id, "number": its_id, "application_id": its_application}
            copies[Case].append(case | people | own)
            copies[ClockRow] += [event | {"id": new_id(), "case_id": its_id} for event in events]
        for table, values in copies.items():
            if values:
                unit.session.execute(insert(table), values)
        open_cases = select(func.count()).select_from(Case).where(Case.closed_at.is_(None), Case.due_on.is_not(None))
        return int(unit.session.scalar(open_cases))


def _rows(unit: Any, table: Any, where: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in unit.session.execute(select(table.__table__).where(where)).mappings()]


def _import(place: Place, turn: int) -> float:
    """Seconds for activating a calendar that differs from the one before on the days after today."""
    calendar = load_calendar()
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    workdays = [each for number in range(9) if calendar.is_working(each := tomorrow + timedelta(days=number))]
    more = [DayException(workdays[turn % 2], False, "台风", "")]
    if turn % 2:
        more.append(DayException(workdays[2], False, "台风", ""))
    published = [each for each in calendar.exceptions() if not calendar.is_provisional(each.day)]
    begun = time.perf_counter()
    known = not place.desk.calendars.import_calendar(
        [each for each in published if each.day not in {one.day for one in more}] + more,
        published_through=calendar.published_through,
        source_hash=f"benchmark-{begun}",
        by="benchmark",
    )
    assert not known
    return time.perf_counter() - begun


def _seconds(times: int, call: Callable[[], None]) -> list[float]:
    found = []
    for _ in range(times):
        begun = time.perf_counter()
        call()
        found.append(time.perf_counter() - begun)
    return found


def _scaled(what: str, cases: int, seconds: list[float]) -> str:
    middle = statistics.median(seconds)
    scaled = middle * MILLION / cases
    verdict = "aim met" if scaled <= AIM else "least met" if scaled <= AT_LEAST else "MISSED"
    return f"{what}: {cases:,} in {middle:.2f} s, so {amount(scaled)} s  {verdict}"
