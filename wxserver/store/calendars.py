"""Versions of working-day calendars: per place, in a chain from the country down."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, func, insert, inspect, select, update
from sqlalchemy.exc import SQLAlchemyError

from bundles.working_days import DayException
from wxserver.store.cases import Promise
from wxserver.store.database import Unit, update_row
from wxserver.store.tables.applications import OPEN_PROMISE, Case
from wxserver.store.tables.base import new_id
from wxserver.store.tables.definitions import CalendarDay, CalendarVersion


@dataclass(frozen=True, slots=True)
class CalendarRow:
    """A version without its days; `parent_id` is the version of the wider place that it lies over."""

    id: str
    scope: str
    number: int
    name: str
    parent_id: str | None
    published_through: date
    source_hash: str
    created_at: datetime
    created_by: str
    activated_at: datetime | None
    activated_by: str | None
    recomputed_at: datetime | None
    discarded_at: datetime | None


_COLUMNS = tuple(getattr(CalendarVersion, name) for name in CalendarRow.__dataclass_fields__)


def ready(unit: Unit) -> bool:
    """Does the database answer and have calendars' tables?"""
    try:
        return inspect(unit.connection).has_table("calendar_version")
    except SQLAlchemyError:
        return False


def active(unit: Unit) -> dict[str, CalendarRow]:
    """Scope -> its version in force."""
    rows = unit.connection.execute(
        select(*_COLUMNS).where(CalendarVersion.activated_at.is_not(None)).order_by(CalendarVersion.number)
    )
    return {row.scope: CalendarRow(*row) for row in rows}


_ACTIVE_IDS = (
    select(CalendarVersion.scope, CalendarVersion.id)
    .where(CalendarVersion.scope.in_(bindparam("scopes", expanding=True)), CalendarVersion.activated_at.is_not(None))
    .order_by(CalendarVersion.number)
)


def active_id(unit: Unit, scopes: Sequence[str]) -> str | None:
    """The version in force of the narrowest of these scopes (widest first) that has one."""
    rows = unit.connection.execute(_ACTIVE_IDS, {"scopes": list(scopes)})
    found = {row.scope: row.id for row in rows}
    return next((found[scope] for scope in reversed(scopes) if scope in found), None)


def one(unit: Unit, calendar_id: str) -> CalendarRow:
    return CalendarRow(*unit.connection.execute(select(*_COLUMNS).where(CalendarVersion.id == calendar_id)).one())


def listed(unit: Unit, most: int) -> list[CalendarRow]:
    """The newest versions of all places."""
    rows = unit.connection.execute(
        select(*_COLUMNS).order_by(CalendarVersion.created_at.desc(), CalendarVersion.number.desc()).limit(most)
    )
    return [CalendarRow(*row) for row in rows]


def numbered(unit: Unit, scope: str, number: int) -> CalendarRow | None:
    row = unit.connection.execute(
        select(*_COLUMNS).where(CalendarVersion.scope == scope, CalendarVersion.number == number)
    ).one_or_none()
    return None if row is None else CalendarRow(*row)


def of_source(unit: Unit, scope: str, source_hash: str) -> CalendarRow | None:
    """The newest version of this place that came from this source."""
    row = unit.connection.execute(
        select(*_COLUMNS)
        .where(CalendarVersion.scope == scope, CalendarVersion.source_hash == source_hash)
        .order_by(CalendarVersion.number.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else CalendarRow(*row)


def days(unit: Unit, calendar_id: str) -> tuple[DayException, ...]:
    """A version's own days, in order."""
    rows = unit.connection.execute(
        select(
            CalendarDay.day,
            CalendarDay.is_working,
            CalendarDay.reason,
            CalendarDay.doc_no,
            CalendarDay.kind,
            CalendarVersion.scope,
            CalendarDay.issuer,
        )
        .join(CalendarVersion, CalendarVersion.id == CalendarDay.calendar_id)
        .where(CalendarDay.calendar_id == calendar_id)
        .order_by(CalendarDay.day)
    )
    return tuple(DayException(*row) for row in rows)  # type: ignore[arg-type]


def add(
    unit: Unit,
    *,
    scope: str,
    name: str,
    published_through: date,
    source_hash: str,
    days: Iterable[DayException],
    by: str,
    now: datetime,
) -> CalendarRow:
    """Add a version that is not in force yet."""
    last = unit.connection.scalar(select(func.max(CalendarVersion.number)).where(CalendarVersion.scope == scope)) or 0
    new = new_id()
    unit.connection.execute(
        insert(CalendarVersion).values(
            id=new,
            scope=scope,
            number=last + 1,
            name=name,
            published_through=published_through,
            source_hash=source_hash,
            created_at=now,
            created_by=by,
        )
    )
    rows = [
        {
            "id": new_id(),
            "calendar_id": new,
            "day": each.day,
            "is_working": each.is_working,
            "kind": each.kind,
            "reason": each.reason,
            "doc_no": each.doc_no,
            "issuer": each.issuer,
        }
        for each in days
    ]
    if rows:
        unit.connection.execute(insert(CalendarDay), rows)
    return one(unit, new)


def activate(unit: Unit, calendar_id: str, *, parent_id: str | None, by: str, now: datetime) -> None:
    """Put a version into force over its parent."""
    unit.connection.execute(
        update(CalendarVersion)
        .where(CalendarVersion.id == calendar_id)
        .values(parent_id=parent_id, activated_at=now, activated_by=by)
    )


def discard(unit: Unit, calendar_id: str, *, by: str, now: datetime) -> None:
    """Give a proposed version up for good."""
    update_row(unit, CalendarVersion, calendar_id, discarded_at=now, discarded_by=by)


def recomputed(unit: Unit, calendar_ids: Iterable[str], now: datetime) -> None:
    """Note that every open case has been looked at under these versions."""
    unit.connection.execute(
        update(CalendarVersion).where(CalendarVersion.id.in_(list(calendar_ids))).values(recomputed_at=now)
    )


def promises(unit: Unit, calendar_id: str, region: str, due_from: date, most: int) -> list[tuple[str, Promise]]:
    """Case number and promise of open cases due on or after a day under a calendar. Nothing is locked."""
    rows = unit.connection.execute(
        select(Case.number, Case.id, Case.limit_unit, Case.limit_amount, Case.due_on, Case.due_provisional)
        .where(OPEN_PROMISE, Case.calendar_id == calendar_id, Case.region == region, Case.due_on >= due_from)
        .order_by(Case.id)
        .limit(most)
    )
    return [(row[0], Promise(row[1], row[2], row[3], row[4], row[5])) for row in rows]
