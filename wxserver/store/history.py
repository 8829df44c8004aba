"""What has happened to a case: its timeline, its clock, its steps. Rows are only added."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import BindParameter, bindparam, insert, select

from bundles.clock import ClockEvent
from wxserver.store.cases import CaseRow
from wxserver.store.database import Unit, insert_or_ignore
from wxserver.store.tables.applications import CaseEvent, CaseStep, DueChange
from wxserver.store.tables.applications import ClockEvent as ClockRow
from wxserver.store.tables.base import new_id


@dataclass(frozen=True, slots=True)
class EventRow:
    at: datetime
    recorded_at: datetime
    node: str
    text: str
    actor_kind: str


def tell(
    unit: Unit,
    case: CaseRow,
    *,
    node: str,
    text: str,
    at: datetime,
    now: datetime,
    origin: str,
    actor_kind: str,
    actor_id: str | None = None,
    calendar_id: str | None = None,
) -> bool:
    """Add a line to a case's history; False if what caused it (`origin`) has been told before."""
    return insert_or_ignore(
        unit,
        CaseEvent,
        id=new_id(),
        case_id=case.id,
        at=at,
        recorded_at=now,
        node=node,
        text=text,
        actor_kind=actor_kind,
        actor_id=actor_id,
        origin=origin,
        bundle_version_id=case.bundle_version_id,
        calendar_id=calendar_id,
    )


_OF_CASES: BindParameter[str] = bindparam("of", expanding=True)
_HISTORIES = (
    select(CaseEvent.case_id, CaseEvent.at, CaseEvent.recorded_at, CaseEvent.node, CaseEvent.text, CaseEvent.actor_kind)
    .where(CaseEvent.case_id.in_(_OF_CASES))
    .order_by(CaseEvent.at, CaseEvent.recorded_at, CaseEvent.id)
)
_CLOCKS = (
    select(
        ClockRow.case_id,
        ClockRow.kind,
        ClockRow.at,
        ClockRow.legal_basis,
        ClockRow.amount,
        ClockRow.word,
        ClockRow.approved_by,
    )
    .where(ClockRow.case_id.in_(_OF_CASES))
    .order_by(ClockRow.at, ClockRow.recorded_at, ClockRow.id)
)
_DUE_CHANGES = (
    select(
        DueChange.case_id,
        DueChange.at,
        DueChange.old_due_on,
        DueChange.new_due_on,
        DueChange.calendar_id,
        DueChange.reason,
        DueChange.why,
    )
    .where(DueChange.case_id.in_(_OF_CASES))
    .order_by(DueChange.at, DueChange.id)
)
_STEPS = select(CaseStep.name, CaseStep.facts).where(CaseStep.case_id == bindparam("of"))


def histories(unit: Unit, case_ids: Sequence[str]) -> dict[str, list[EventRow]]:
    """Case id -> its events, oldest first; cases without any are absent."""
    rows = unit.connection.execute(_HISTORIES, {"of": list(case_ids)})
    found: dict[str, list[EventRow]] = defaultdict(list)
    for case_id, at, recorded_at, node, text, actor_kind in rows:
        found[case_id].append(EventRow(at, recorded_at, node, text, actor_kind))
    return found


def turn_clock(unit: Unit, case_id: str, event: ClockEvent, origin: str, now: datetime) -> bool:
    """Add a clock event; False if it is there already."""
    return insert_or_ignore(
        unit,
        ClockRow,
        id=new_id(),
        case_id=case_id,
        kind=event.kind,
        at=event.at,
        recorded_at=now,
        legal_basis=event.legal_basis,
        amount=event.amount,
        word=event.word,
        approved_by=event.approver or None,
        origin=origin,
    )


def clocks(unit: Unit, case_ids: Sequence[str]) -> dict[str, list[ClockEvent]]:
    """Case id -> its clock events, oldest first."""
    rows = unit.connection.execute(_CLOCKS, {"of": list(case_ids)})
    found: dict[str, list[ClockEvent]] = defaultdict(list)
    for case_id, kind, at, legal_basis, amount, word, approver in rows:
        event = ClockEvent(kind, at, legal_basis, amount, word, approver or "")  # type: ignore[arg-type]
        found[case_id].append(event)
    return found


@dataclass(frozen=True, slots=True)
class DueChangeRow:
    """A due date that moved (or became final): `reason` is a code, `why` says it to the citizen."""

    case_id: str
    at: datetime
    old: date | None
    new: date | None
    calendar_id: str | None
    reason: str
    why: str


def due_moved(unit: Unit, changes: Sequence[DueChangeRow]) -> None:
    """Add changes of due dates."""
    rows = [
        {
            "id": new_id(),
            "case_id": each.case_id,
            "at": each.at,
            "old_due_on": each.old,
            "new_due_on": each.new,
            "calendar_id": each.calendar_id,
            "reason": each.reason,
            "why": each.why,
        }
        for each in changes
    ]
    if rows:
        unit.connection.execute(insert(DueChange), rows)


def due_changes(unit: Unit, case_ids: Sequence[str]) -> dict[str, list[DueChangeRow]]:
    """Case id -> how its due date has moved, oldest first; cases that kept theirs are absent."""
    rows = unit.connection.execute(_DUE_CHANGES, {"of": list(case_ids)})
    found: dict[str, list[DueChangeRow]] = defaultdict(list)
    for row in rows:
        found[row.case_id].append(DueChangeRow(*row))
    return found


def steps(unit: Unit, case_id: str) -> dict[str, dict[str, object]]:
    """Step name -> what it yielded, of the steps that are done."""
    rows = unit.connection.execute(_STEPS, {"of": case_id})
    return {row.name: row.facts for row in rows}


def step_done(unit: Unit, case_id: str, *, name: str, key: str, facts: Mapping[str, object], now: datetime) -> bool:
    """Save a step; False if it was saved before."""
    return insert_or_ignore(
        unit, CaseStep, id=new_id(), case_id=case_id, name=name, key=key, facts=dict(facts), done_at=now
    )
