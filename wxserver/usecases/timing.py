"""Calendars in the database and the due dates that follow from them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from bundles import clock as legal_clock
from bundles.clock import ClockEvent, Due
from bundles.definition import TimeLimit
from bundles.working_days import Calendar, DayException
from wxserver.ports import Clock
from wxserver.store import cases, definitions, history, records
from wxserver.store.database import Database, Unit

SCOPE = "CN"


class NoCalendar(RuntimeError):
    """No working-day calendar is active: `flask --app wsgi setup` has not run."""


class Timing:
    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.clock = clock
        self._calendars: dict[str, Calendar] = {}

    def active_id(self, unit: Unit) -> str:
        """The calendar in force now."""
        calendar_id = definitions.active_calendar_id(unit, SCOPE)
        if calendar_id is None:
            raise NoCalendar
        return calendar_id

    def calendar(self, calendar_id: str) -> Calendar:
        """A calendar by its row; versions never change, so each is built once per process."""
        found = self._calendars.get(calendar_id)
        if found is None:
            with self.database.read() as unit:
                row = definitions.calendar(unit, calendar_id)
            found = Calendar.build(
                f"{row.scope}-{row.number}", [DayException(*day) for day in row.days], row.published_through
            )
            self._calendars[calendar_id] = found
        return found

    def due(self, limit: TimeLimit, events: Sequence[ClockEvent], calendar_id: str | None) -> Due | None:
        """The due date that follows from a case's clock events; None without a limit or a calendar."""
        if limit.unit == "instant" or calendar_id is None:
            return None
        return legal_clock.due(limit, events, self.calendar(calendar_id))

    def if_accepted(self, limit: TimeLimit, at: datetime) -> Due | None:
        """The due date of a case that were accepted at `at`."""
        with self.database.read() as unit:
            calendar_id = self.active_id(unit)
        return self.due(limit, [ClockEvent("start", at, "")], calendar_id)

    def import_calendar(
        self, days: Sequence[DayException], *, published_through: date, source_hash: str, by: str
    ) -> bool:
        """Activate a calendar as the next version and derive every open due date anew; False if it is known."""
        now = self.clock.now()
        with self.database.write() as unit:
            if definitions.calendar_known(unit, SCOPE, source_hash):
                return False
            calendar_id = definitions.add_calendar(
                unit,
                scope=SCOPE,
                published_through=published_through,
                source_hash=source_hash,
                days=[(each.day, each.is_working, each.reason, each.doc_no) for each in days],
                by=by,
                now=now,
            )
            records.audit(
                unit,
                actor_kind="operator",
                actor_id=by,
                action="calendar_activated",
                subject_kind="calendar_version",
                subject_id=calendar_id,
                reason=f"published through {published_through}",
                data={"days": len(days), "source_hash": source_hash},
                now=now,
            )
        self._recompute(calendar_id)
        return True

    def _recompute(self, calendar_id: str) -> None:
        after = ""
        while True:
            with self.database.write() as unit:
                rows = cases.promised(unit, after, 500)
                if not rows:
                    return
                clocks = history.clocks(unit, [row.id for row in rows])
                for row in rows:
                    limit = TimeLimit(row.limit_unit, row.limit_amount)  # type: ignore[arg-type]
                    due = self.due(limit, clocks.get(row.id, []), calendar_id)
                    if due is None:
                        continue
                    cases.change(
                        unit,
                        row.id,
                        due_on=due.due_on,
                        due_provisional=due.provisional,
                        calendar_id=calendar_id,
                    )
                    if due.due_on != row.due_on:
                        history.due_moved(
                            unit,
                            row.id,
                            old=row.due_on,
                            new=due.due_on,
                            calendar_id=calendar_id,
                            reason="calendar",
                            now=self.clock.now(),
                        )
                after = rows[-1].id
