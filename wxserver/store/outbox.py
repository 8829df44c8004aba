"""The outbox: work that must happen. The row is the truth; whoever holds its lease does it.

All instants here are seconds of the real clock (`time.time()`), handed in by the caller.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from sqlalchemy import CursorResult, insert, or_, select, update

from wxserver.store.database import Unit
from wxserver.store.tables.base import new_id
from wxserver.store.tables.machinery import Outbox


@dataclass(frozen=True, slots=True)
class Work:
    id: str
    kind: str
    subject_id: str
    created_at: float
    attempts: int


def add(
    unit: Unit, kind: str, subject_id: str, *, now: float, owner: str | None = None, lease_until: float | None = None
) -> Work:
    """Write work to be done; with `owner`, the caller takes the lease at once and does it itself."""
    new = new_id()
    unit.session.execute(
        insert(Outbox).values(
            id=new,
            kind=kind,
            subject_id=subject_id,
            created_at=now,
            next_at=now,
            lease_owner=owner,
            lease_until=lease_until,
            attempts=0,
        )
    )
    return Work(new, kind, subject_id, now, 0)


def claim(unit: Unit, *, owner: str, now: float, lease_until: float, most: int) -> list[Work]:
    """Lease the work that is due and nobody's; several workers never get the same."""
    due = (
        select(Outbox.id)
        .where(
            Outbox.ended_at.is_(None),
            Outbox.next_at <= now,
            or_(Outbox.lease_until.is_(None), Outbox.lease_until <= now),
        )
        .order_by(Outbox.next_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    ids = unit.session.scalars(due).all()
    if not ids:
        return []
    unit.session.execute(update(Outbox).where(Outbox.id.in_(ids)).values(lease_owner=owner, lease_until=lease_until))
    rows = unit.session.execute(
        select(Outbox.id, Outbox.kind, Outbox.subject_id, Outbox.created_at, Outbox.attempts)
        .where(Outbox.id.in_(ids))
        .order_by(Outbox.next_at)
    )
    return [Work(*row) for row in rows]


def anything_due(unit: Unit, now: float) -> bool:
    """A look that takes no lock, so that idle workers cost next to nothing."""
    return (
        unit.session.scalar(
            select(Outbox.id)
            .where(
                Outbox.ended_at.is_(None),
                Outbox.next_at <= now,
                or_(Outbox.lease_until.is_(None), Outbox.lease_until <= now),
            )
            .limit(1)
        )
        is not None
    )


def end(unit: Unit, kind: str, subject_id: str, state: str, now: float) -> None:
    """Work is over: `done`, `refused` or `exhausted`. Ended work stays ended."""
    unit.session.execute(
        update(Outbox)
        .where(Outbox.kind == kind, Outbox.subject_id == subject_id, Outbox.ended_at.is_(None))
        .values(ended_at=now, end_state=state, lease_owner=None, lease_until=None)
    )


def put_back(unit: Unit, work: Work, *, owner: str, next_at: float, fault: str) -> bool:
    """Try again later; False if somebody else holds the lease by now or the work has ended."""
    result = unit.session.execute(
        update(Outbox)
        .where(Outbox.id == work.id, Outbox.lease_owner == owner, Outbox.ended_at.is_(None))
        .values(lease_owner=None, lease_until=None, next_at=next_at, attempts=work.attempts + 1, last_fault=fault[:200])
    )
    return cast("CursorResult[object]", result).rowcount == 1


def in_hand(unit: Unit, kind: str, subject_id: str, now: float) -> bool:
    """Is somebody working on it at this moment?"""
    return (
        unit.session.scalar(
            select(Outbox.id).where(
                Outbox.kind == kind,
                Outbox.subject_id == subject_id,
                Outbox.ended_at.is_(None),
                Outbox.lease_until > now,
            )
        )
        is not None
    )


def again(unit: Unit, work_id: str, now: float) -> bool:
    """Give exhausted work another round of attempts."""
    result = unit.session.execute(
        update(Outbox)
        .where(Outbox.id == work_id, Outbox.end_state == "exhausted")
        .values(ended_at=None, end_state=None, attempts=0, next_at=now)
    )
    return cast("CursorResult[object]", result).rowcount == 1


def listed(unit: Unit, end_state: str | None, most: int) -> list[Outbox]:
    """Waiting work (end_state None) or work that ended in this state, oldest first."""
    where = Outbox.ended_at.is_(None) if end_state is None else Outbox.end_state == end_state
    return list(unit.session.scalars(select(Outbox).where(where).order_by(Outbox.created_at).limit(most)))
