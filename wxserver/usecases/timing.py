"""Due dates: a case's clock events, read under the calendar of its place and by the city's own choices."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import date, datetime

from bundles import clock as legal_clock
from bundles.clock import ClockEvent, Due, OfficeHours
from bundles.definition import TimeLimit
from bundles.working_days import Calendar, DayException, scopes_of
from wxserver.ports import Clock
from wxserver.store import calendars
from wxserver.store.database import Database, Unit

LOOK_AGAIN_AFTER = 1.0
"""Seconds for which a process believes what it last read about the calendar in force, where it only shows a date."""


class NoCalendar(RuntimeError):
    """No working-day calendar is active: `flask --app wsgi setup` has not run."""


class Timing:
    """`pause_rule` and `hours` are the city's choice where no statute decides (settings, `[clock]`)."""

    def __init__(
        self, database: Database, clock: Clock, *, pause_rule: str = "primary", hours: OfficeHours | None = None
    ) -> None:
        self.database = database
        self.clock = clock
        self.pause_rule = pause_rule
        self.hours = hours
        self._calendars: dict[str, Calendar] = {}
        self._shown: dict[str, tuple[float, str]] = {}

    def active_id(self, unit: Unit, region: str) -> str:
        """The calendar in force now in a region (GB/T 2260; empty: the country's)."""
        calendar_id = calendars.active_id(unit, scopes_of(region))
        if calendar_id is None:
            raise NoCalendar
        return calendar_id

    def calendar(self, calendar_id: str) -> Calendar:
        """A calendar by its row, over those of the wider places; versions never change, so each is built once."""
        found = self._calendars.get(calendar_id)
        if found is None:
            with self.database.read() as unit:
                found = self.build(unit, calendar_id)
            self._calendars[calendar_id] = found
        return found

    def build(self, unit: Unit, calendar_id: str, over: str | None = None) -> Calendar:
        """A calendar from its rows; of one day the narrowest place decides. `over`: the parent, if not in force yet."""
        names: list[str] = []
        days: list[DayException] = []
        through: date | None = None
        at: str | None = calendar_id
        while at is not None:
            row = calendars.one(unit, at)
            names.append(f"{row.scope}-{row.number}")
            days = [*calendars.days(unit, row.id), *days]
            through = row.published_through
            at = row.parent_id or (over if row.id == calendar_id else None)
        if through is None:
            raise NoCalendar
        return Calendar.build("+".join(reversed(names)), days, through)

    def in_force(self, region: str) -> Calendar | None:
        """The calendar in force in a region; None where no database is set up."""
        with self.database.read() as unit:
            if not calendars.ready(unit):
                return None
            calendar_id = calendars.active_id(unit, scopes_of(region))
        return None if calendar_id is None else self.calendar(calendar_id)

    def due(self, limit: TimeLimit, events: Sequence[ClockEvent], calendar_id: str | None) -> Due | None:
        """The due date that follows from a case's clock events; None without a limit or a calendar."""
        if limit.unit == "instant" or calendar_id is None:
            return None
        return self.due_under(limit, events, self.calendar(calendar_id))

    def due_under(self, limit: TimeLimit, events: Sequence[ClockEvent], calendar: Calendar) -> Due:
        """The due date under a calendar, by the city's choices."""
        return legal_clock.due(limit, events, calendar, self.pause_rule, self.hours)

    def if_accepted(self, limit: TimeLimit, at: datetime, region: str) -> Due | None:
        """The due date that a case of this region would have if it were accepted at `at`: for showing, not for a case.

        A calendar that another process has just brought into force is seen within a second.
        """
        read_at, calendar_id = self._shown.get(region, (float("-inf"), ""))
        if time.monotonic() - read_at > LOOK_AGAIN_AFTER:
            read_at = time.monotonic()
            with self.database.read() as unit:
                calendar_id = self.active_id(unit, region)
            self._shown[region] = (read_at, calendar_id)
        return self.due(limit, [ClockEvent("start", at, "")], calendar_id)

    def calendar_changed(self) -> None:
        """Another calendar is in force: look at once."""
        self._shown.clear()
