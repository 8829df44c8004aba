"""The outbox: work that must happen. The row is the truth; whoever holds its lease does it.

All instants here are seconds of the real clock (`time.time()`), handed in by the caller.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import BindParameter, bindparam, or_, select, update

from wxserver.store.database import Unit, insert_or_ignore, insert_row
from wxserver.store.tables.base import new_id
from wxserver.store.tables.machinery import Outbox


@dataclass(frozen=True, slots=True)
class Work:
    id: str
    kind: str
    subject_id: str
    created_at: float
    attempts: int


_KINDS: BindParameter[str] = bindparam("kinds", expanding=True)
_DUE = (
    Outbox.ended_at.is_(None),
    Outbox.kind.in_(_KINDS),
    Outbox.next_at <= bindparam("now"),
    or_(Outbox.lease_until.is_(None), Outbox.lease_until <= bindparam("now")),
)
_OPEN = (Outbox.kind == bindparam("of"), Outbox.subject_id == bindparam("about"), Outbox.ended_at.is_(None))
_ANY_DUE = select(Outbox.id).where(*_DUE).limit(1)
_CLAIM = (
    select(Outbox.id).where(*_DUE).order_by(Outbox.next_at).limit(bindparam("most")).with_for_update(skip_locked=True)
)
_IN_HAND = select(Outbox.id).where(*_OPEN, Outbox.lease_until > bindparam("now"))
_END = (
    update(Outbox)
    .where(*_OPEN)
    .values(ended_at=bindparam("now"), end_state=bindparam("as"), lease_owner=None, lease_until=None)
)


def add(
    unit: Unit, kind: str, subject_id: str, *, now: float, owner: str | None = None, lease_until: float | None = None
) -> Work:
    """Write work to be done; with `owner`, the caller takes the lease at once and does it itself."""
    new = new_id()
    insert_row(
        unit,
        Outbox,
        id=new,
        kind=kind,
        subject_id=subject_id,
        created_at=now,
        next_at=now,
        lease_owner=owner,
        lease_until=lease_until,
        attempts=0,
    )
    return Work(new, kind, subject_id, now, 0)


def add_unless_there(unit: Unit, kind: str, subject_id: str, *, now: float) -> bool:
    """Write work to be done unless this kind of it was ever written for the subject; True if it is new."""
    return insert_or_ignore(
        unit, Outbox, id=new_id(), kind=kind, subject_id=subject_id, created_at=now, next_at=now, attempts=0
    )


def claim(unit: Unit, kinds: Collection[str], *, owner: str, now: float, lease_until: float, most: int) -> list[Work]:
    """Lease the work of these kinds that is due and nobody's; several workers never get the same."""
    ids = unit.connection.execute(_CLAIM, {"kinds": list(kinds), "now": now, "most": most}).scalars().all()
    if not ids:
        return []
    unit.connection.execute(update(Outbox).where(Outbox.id.in_(ids)).values(lease_owner=owner, lease_until=lease_until))
    rows = unit.connection.execute(
        select(Outbox.id, Outbox.kind, Outbox.subject_id, Outbox.created_at, Outbox.attempts)
        .where(Outbox.id.in_(ids))
        .order_by(Outbox.next_at)
    )
    return [Work(*row) for row in rows]


def anything_due(unit: Unit, kinds: Collection[str], now: float) -> bool:
    """A look that takes no lock, so that idle workers cost next to nothing."""
    return unit.connection.execute(_ANY_DUE, {"kinds": list(kinds), "now": now}).first() is not None


def end(unit: Unit, kind: str, subject_id: str, state: str, now: float) -> None:
    """Work is over: `done`, `refused` or `exhausted`. Ended work stays ended."""
    unit.connection.execute(_END, {"of": kind, "about": subject_id, "as": state, "now": now})


def put_back(unit: Unit, work: Work, *, owner: str, next_at: float, fault: str) -> bool:
    """Try again later; False if somebody else holds the lease by now or the work has ended."""
    result = unit.connection.execute(
        update(Outbox)
        .where(Outbox.id == work.id, Outbox.lease_owner == owner, Outbox.ended_at.is_(None))
        .values(lease_owner=None, lease_until=None, next_at=next_at, attempts=work.attempts + 1, last_fault=fault[:200])
    )
    return result.rowcount == 1


def in_hand(unit: Unit, kind: str, subject_id: str, now: float) -> bool:
    """Is somebody working on it at this moment?"""
    return unit.connection.execute(_IN_HAND, {"of": kind, "about": subject_id, "now": now}).first() is not None


def again(unit: Unit, work_id: str, now: float) -> bool:
    """Give exhausted work another round of attempts, as long as its first one."""
    result = unit.connection.execute(
        update(Outbox)
        .where(Outbox.id == work_id, Outbox.end_state == "exhausted")
        .values(ended_at=None, end_state=None, attempts=0, created_at=now, next_at=now)
    )
    return result.rowcount == 1


def hold(unit: Unit, kind: str, subject_id: str) -> None:
    """Lock the row of some work until the unit ends: who orders it again waits for who is ending it, and reverse."""
    of_work = (Outbox.kind == kind, Outbox.subject_id == subject_id)
    unit.connection.execute(select(Outbox.id).where(*of_work).with_for_update())


def once_more(unit: Unit, kind: str, subject_id: str, now: float) -> None:
    """Begin ended work anew; what is still open stays as it is."""
    hold(unit, kind, subject_id)
    unit.connection.execute(
        update(Outbox)
        .where(Outbox.kind == kind, Outbox.subject_id == subject_id, Outbox.ended_at.is_not(None))
        .values(ended_at=None, end_state=None, attempts=0, created_at=now, next_at=now)
    )


def listed(unit: Unit, end_state: str | None, most: int) -> list[Outbox]:
    """Waiting work (end_state None) or work that ended in this state, oldest first."""
    where = Outbox.ended_at.is_(None) if end_state is None else Outbox.end_state == end_state
    return list(unit.session.scalars(select(Outbox).where(where).order_by(Outbox.created_at).limit(most)))
