"""Working-day calendars: brought in, approved by a second person, and what moves with them.

A version in force never changes; a new notice or a correction is the next version. What lies over it (a province, a
city with days of its own) gets a next version too, so that the id a case keeps always stands for the whole chain.
Putting one into force computes the open cases again that it can move, in batches; if the process dies on the way,
`catch_up` goes on. Closed cases keep their dates and their calendar.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bundles.calendar_notice import Notice, NoticeFaults, changes, faults_of, merged, reason_of_change
from bundles.definition import TimeLimit
from bundles.holiday_rule import roll_over
from bundles.working_days import Calendar, DayException, legal_date, scopes_of
from wxserver.ports import Clock
from wxserver.store import calendars, cases, history, records
from wxserver.store.calendars import CalendarRow
from wxserver.store.cases import Promise
from wxserver.store.database import Database, Unit
from wxserver.store.history import DueChangeRow
from wxserver.usecases.timing import Timing

COUNTRY = "CN"
BATCH = 2000
# A case that was being written while the calendar changed may have missed it; a look this much later has not.
GRACE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A version that waits for its second person (or is in force already), and what it changes."""

    scope: str
    number: int
    in_force: bool
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RollOver:
    """How far the holidays are published. `state`: "covered", "due" (an import is awaited) or "overdue"."""

    published_through: date
    today: date
    state: str


class Calendars:
    def __init__(self, database: Database, clock: Clock, timing: Timing) -> None:
        self.database = database
        self.clock = clock
        self.timing = timing

    def bring_in(self, name: str, days: Sequence[DayException], published_through: date) -> bool:
        """The country's calendar that came with the product: in force at once, unless people have imported their own.

        False if it is known already, or if one that somebody imported is in force.
        """
        source = _source(days, published_through)
        with self.database.read() as unit:
            now_in_force = calendars.active(unit).get(COUNTRY)
            known = calendars.of_source(unit, COUNTRY, source)
        if known is not None or (now_in_force is not None and now_in_force.created_by != "setup"):
            return False
        return self.import_calendar(
            days, published_through=published_through, source_hash=source, by="setup", name=name
        )

    def import_calendar(
        self,
        days: Sequence[DayException],
        *,
        published_through: date,
        source_hash: str,
        by: str,
        name: str = "",
    ) -> bool:
        """Put a calendar of the country into force and compute open due dates again; False if its source is known."""
        with self.database.write() as unit:
            if calendars.of_source(unit, COUNTRY, source_hash) is not None:
                return False
            row = self._add(unit, COUNTRY, name or source_hash[:12], days, published_through, source_hash, by)
            self._put_into_force(unit, row, by)
        self.recompute()
        return True

    def propose(self, notice: Notice, by: str) -> Proposal:
        """Take a notice in as the next version of its place, not in force yet; again, it is the same version.

        Raises `NoticeFaults` with all that speaks against it; then nothing is written.
        """
        with self.database.write() as unit:
            in_force = calendars.active(unit)
            over = _parent(in_force, notice.scope)
            if notice.scope != COUNTRY and over is None:
                raise NoticeFaults(["全国的日历还没有，请先运行 setup。"])
            own = in_force.get(notice.scope)
            base_row = own or over
            base = self.timing.calendar(base_row.id) if base_row else Calendar.build("", (), date(2018, 12, 31))
            faults = faults_of(notice, base)
            if faults:
                raise NoticeFaults(faults)
            days = merged(calendars.days(unit, own.id) if own else (), notice)
            through = notice.published_through or base.published_through
            source = _source(days, through)
            known = calendars.of_source(unit, notice.scope, source)
            if known is not None and own is not None and known.number <= own.number:
                return Proposal(known.scope, known.number, True, ())
            row = known or self._add(unit, notice.scope, notice.version, days, through, source, by)
            found = changes(base, self.timing.build(unit, row.id, over.id if over else None))
        return Proposal(row.scope, row.number, False, tuple(found))

    def approve(self, scope: str, number: int, by: str, actor_kind: str = "operator") -> int:
        """Put a proposed version into force, as a person other than who proposed it; how many dates moved by it.

        Raises `NoticeFaults` where there is no such version, it was discarded, the calendar has changed since it was
        proposed, or it is the same person.
        """
        with self.database.write() as unit:
            row, in_force = calendars.numbered(unit, scope, number), calendars.active(unit).get(scope)
            if row is None:
                raise NoticeFaults([f"{scope} 没有第 {number} 版。"])
            if in_force is not None and in_force.number >= number:
                raise NoticeFaults([f"{scope} 已经在用第 {in_force.number} 版，请重新导入。"])
            if row.discarded_at is not None:
                raise NoticeFaults([f"{scope} 第 {number} 版已经作废，请重新导入。"])
            if in_force is not None and in_force.activated_at is not None and row.created_at < in_force.activated_at:
                raise NoticeFaults([f"{scope} 第 {number} 版提交以后，日历又变过，请重新导入再核对。"])
            if row.created_by.strip().casefold() == by.strip().casefold():
                raise NoticeFaults([f"第 {number} 版是 {by} 导入的，要由另一个人核对启用。"])
            self._put_into_force(unit, row, by, actor_kind)
        return self.recompute()

    def listed(self, most: int = 50) -> list[CalendarRow]:
        """The newest versions."""
        with self.database.read() as unit:
            return calendars.listed(unit, most)

    def status(self) -> RollOver | None:
        """How far the country's holidays are published, seen from today; None without a calendar."""
        with self.database.read() as unit:
            row = calendars.active(unit).get(COUNTRY)
        today = legal_date(self.clock.now())
        return None if row is None else RollOver(row.published_through, today, roll_over(row.published_through, today))

    # Computing again

    def catch_up(self) -> None:
        """Look at what a change of calendar may have missed. Costs one small query where there is nothing to do."""
        with self.database.read() as unit:
            in_force = calendars.active(unit).values()
        if any(
            each.recomputed_at is None or each.activated_at is None or each.recomputed_at - each.activated_at < GRACE
            for each in in_force
        ):
            self.recompute()

    def recompute(self, *, everything: bool = False) -> int:
        """Compute open cases again whose calendar is not the one in force any more; how many dates moved.

        Exactly those due on or after the first day on which the two calendars disagree are touched. `everything`
        computes all open cases again, after the settings of the clock have changed.
        """
        moved = 0
        with self.database.read() as unit:
            in_force = [each.id for each in calendars.active(unit).values()]
            in_use = [
                (calendar_id, region, self.timing.active_id(unit, region))
                for calendar_id, region in cases.calendars_in_use(unit)
            ]
        for old_id, region, new_id in in_use:
            old, new = self.timing.calendar(old_id), self.timing.calendar(new_id)
            due_from = None if everything else old.first_difference(new)
            if everything or (old_id != new_id and due_from is not None):
                why = "计时规则有调整" if everything else reason_of_change(old, new)
                moved += self._recompute_under(old_id, new_id, region, due_from, why)
        with self.database.write() as unit:
            calendars.recomputed(unit, in_force, self.clock.now())
        return moved

    def _recompute_under(self, old_id: str, new_id: str, region: str, due_from: date | None, why: str) -> int:
        moved, after = 0, ""
        while True:
            with self.database.write() as unit:
                rows = cases.promised(
                    unit, calendar_id=old_id, region=region, due_from=due_from, after=after, most=BATCH
                )
                if not rows:
                    return moved
                moved += self._move(unit, rows, new_id, why)
            after = rows[-1].id

    def _move(self, unit: Unit, rows: Sequence[Promise], calendar_id: str, why: str) -> int:
        clocks, now = history.clocks(unit, [row.id for row in rows]), self.clock.now()
        calendar = self.timing.calendar(calendar_id)
        dates, told = [], []
        for row in rows:
            limit = TimeLimit(row.limit_unit, row.limit_amount)  # type: ignore[arg-type]
            due = self.timing.due_under(limit, clocks[row.id], calendar)
            dates.append((row.id, due.due_on, due.provisional))
            if (due.due_on, due.provisional) != (row.due_on, row.due_provisional):
                told.append(DueChangeRow(row.id, now, row.due_on, due.due_on, calendar_id, "calendar", why))
        cases.reschedule(unit, dates, calendar_id)
        history.due_moved(unit, told)
        return len(told)

    # Versions

    def _add(
        self,
        unit: Unit,
        scope: str,
        name: str,
        days: Iterable[DayException],
        through: date,
        source: str,
        by: str,
    ) -> CalendarRow:
        return calendars.add(
            unit,
            scope=scope,
            name=name,
            published_through=through,
            source_hash=source,
            days=days,
            by=by,
            now=self.clock.now(),
        )

    def _put_into_force(self, unit: Unit, row: CalendarRow, by: str, actor_kind: str = "operator") -> None:
        """Activate a version, and renew what lies over it."""
        now = self.clock.now()
        in_force = calendars.active(unit)
        parent = _parent(in_force, row.scope)
        calendars.activate(unit, row.id, parent_id=parent.id if parent else None, by=by, now=now)
        in_force[row.scope] = row
        for scope in sorted((each for each in in_force if _lies_over(each, row.scope)), key=len):
            narrow = in_force[scope]
            renewed = self._add(
                unit,
                scope,
                narrow.name,
                calendars.days(unit, narrow.id),
                row.published_through,
                narrow.source_hash,
                narrow.created_by,
            )
            over = _parent(in_force, scope)
            calendars.activate(unit, renewed.id, parent_id=over.id if over else None, by=by, now=now)
            in_force[scope] = renewed
        records.audit(
            unit,
            actor_kind=actor_kind,
            actor_id=by,
            action="calendar_activated",
            subject_kind="calendar_version",
            subject_id=row.id,
            reason=f"published through {row.published_through}",
            data={"scope": row.scope, "number": row.number, "proposed_by": row.created_by, "source": row.source_hash},
            now=now,
        )
        self.timing.calendar_changed()


def _lies_over(scope: str, wider: str) -> bool:
    return scope != wider and scope != COUNTRY and (wider == COUNTRY or scope.startswith(wider))


def _parent(in_force: dict[str, CalendarRow], scope: str) -> CalendarRow | None:
    """The version in force of the nearest wider place."""
    if scope == COUNTRY:
        return None
    wider = [each for each in scopes_of(scope.ljust(6, "0")) if each != scope and each in in_force]
    return in_force[wider[-1]] if wider else None


def _source(days: Iterable[DayException], published_through: date) -> str:
    content = [[str(published_through)]] + [
        [str(each.day), str(each.is_working), each.reason, each.doc_no, each.kind, each.issuer] for each in days
    ]
    return hashlib.sha256(json.dumps(content, ensure_ascii=True).encode()).hexdigest()
