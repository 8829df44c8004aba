"""What has happened to a case: its timeline, its clock, its steps. Rows are only added."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import insert, select

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


def histories(unit: Unit, case_ids: Sequence[str]) -> dict[str, list[EventRow]]:
    """Case id -> its events, oldest first; cases without any are absent."""
    rows = unit.session.execute(
        select(CaseEvent.case_id, CaseEvent.at, CaseEvent.recorded_at, CaseEvent.node, CaseEvent.text)
        .where(CaseEvent.case_id.in_(case_ids))
        .order_by(CaseEvent.at, CaseEvent.recorded_at, CaseEvent.id)
    )
    found: dict[str, list[EventRow]] = defaultdict(list)
    for case_id, at, recorded_at, node, text in rows:
        found[case_id].append(EventRow(at, recorded_at, node, text))
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
        origin=origin,
    )


def clocks(unit: Unit, case_ids: Sequence[str]) -> dict[str, list[ClockEvent]]:
    """Case id -> its clock events, oldest first."""
    rows = unit.session.execute(
        select(ClockRow.case_id, ClockRow.kind, ClockRow.at, ClockRow.legal_basis, ClockRow.amount, ClockRow.word)
        .where(ClockRow.case_id.in_(case_ids))
        .order_by(ClockRow.at, ClockRow.recorded_at, ClockRow.id)
    )
    found: dict[str, list[ClockEvent]] = defaultdict(list)
    for case_id, kind, at, legal_basis, amount, word in rows:
        found[case_id].append(ClockEvent(kind, at, legal_basis, amount, word))  # type: ignore[arg-type]
    return found


def due_moved(
    unit: Unit, case_id: str, *, old: date | None, new: date | None, calendar_id: str | None, reason: str, now: datetime
) -> None:
    unit.session.execute(
        insert(DueChange).values(
            id=new_id(), case_id=case_id, at=now, old_due_on=old, new_due_on=new, calendar_id=calendar_id, reason=reason
        )
    )


def steps(unit: Unit, case_id: str) -> dict[str, dict[str, object]]:
    """Step name -> what it yielded, of the steps that are done."""
    rows = unit.session.execute(select(CaseStep.name, CaseStep.facts).where(CaseStep.case_id == case_id))
    return {row.name: row.facts for row in rows}


def step_done(unit: Unit, case_id: str, *, name: str, key: str, facts: Mapping[str, object], now: datetime) -> bool:
    """Save a step; False if it was saved before."""
    return insert_or_ignore(
        unit, CaseStep, id=new_id(), case_id=case_id, name=name, key=key, facts=dict(facts), done_at=now
    )
