"""Versions of bundle definitions and of working-day calendars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, insert, select

from wxserver.store.database import Unit
from wxserver.store.tables.base import new_id
from wxserver.store.tables.definitions import BundleVersion, CalendarDay, CalendarVersion


def current(unit: Unit, now: datetime) -> dict[str, str]:
    """Bundle code -> id of the version in force at `now`."""
    newest = (
        select(BundleVersion.bundle_code, func.max(BundleVersion.number).label("number"))
        .where(
            BundleVersion.status == "published",
            BundleVersion.effective_at <= now,
            BundleVersion.retired_at.is_(None) | (BundleVersion.retired_at > now),
        )
        .group_by(BundleVersion.bundle_code)
        .subquery()
    )
    rows = unit.session.execute(
        select(BundleVersion.bundle_code, BundleVersion.id)
        .join(newest, (BundleVersion.bundle_code == newest.c.bundle_code) & (BundleVersion.number == newest.c.number))
        .order_by(BundleVersion.bundle_code)
    )
    return {row.bundle_code: row.id for row in rows}


def version(unit: Unit, version_id: str) -> BundleVersion:
    return unit.session.scalars(select(BundleVersion).where(BundleVersion.id == version_id)).one()


def newest(unit: Unit, code: str) -> BundleVersion | None:
    """The version of this bundle with the highest number, whatever its status."""
    return unit.session.scalars(
        select(BundleVersion).where(BundleVersion.bundle_code == code).order_by(BundleVersion.number.desc()).limit(1)
    ).one_or_none()


def only_from_files(unit: Unit, code: str) -> bool:
    return not unit.session.scalar(
        select(func.count()).where(BundleVersion.bundle_code == code, BundleVersion.origin != "file")
    )


def publish(
    unit: Unit,
    *,
    code: str,
    number: int,
    schema_version: int,
    document: Mapping[str, object],
    digest: str,
    origin: str,
    by: str,
    comment: str,
    now: datetime,
) -> str:
    """Add a version that is in force at once; returns its id."""
    new = new_id()
    unit.session.execute(
        insert(BundleVersion).values(
            id=new,
            bundle_code=code,
            number=number,
            status="published",
            schema_version=schema_version,
            document=dict(document),
            digest=digest,
            etag=new_id(),
            origin=origin,
            comment=comment,
            created_at=now,
            created_by=by,
            published_at=now,
            published_by=by,
            effective_at=now,
        )
    )
    return new


@dataclass(frozen=True, slots=True)
class CalendarRow:
    id: str
    scope: str
    number: int
    published_through: date
    source_hash: str
    days: tuple[tuple[date, bool, str, str], ...]


def active_calendar_id(unit: Unit, scope: str) -> str | None:
    return unit.session.scalar(
        select(CalendarVersion.id)
        .where(CalendarVersion.scope == scope, CalendarVersion.activated_at.is_not(None))
        .order_by(CalendarVersion.number.desc())
        .limit(1)
    )


def calendar(unit: Unit, calendar_id: str) -> CalendarRow:
    """A calendar with its exception days: (day, is_working, reason, doc_no), in order."""
    row = unit.session.scalars(select(CalendarVersion).where(CalendarVersion.id == calendar_id)).one()
    days = unit.session.execute(
        select(CalendarDay.day, CalendarDay.is_working, CalendarDay.reason, CalendarDay.doc_no)
        .where(CalendarDay.calendar_id == calendar_id, CalendarDay.kind == "legal")
        .order_by(CalendarDay.day)
    )
    return CalendarRow(
        row.id,
        row.scope,
        row.number,
        row.published_through,
        row.source_hash,
        tuple((day, is_working, reason, doc_no) for day, is_working, reason, doc_no in days),
    )


def calendar_known(unit: Unit, scope: str, source_hash: str) -> bool:
    return (
        unit.session.scalar(
            select(CalendarVersion.id).where(CalendarVersion.scope == scope, CalendarVersion.source_hash == source_hash)
        )
        is not None
    )


def add_calendar(
    unit: Unit,
    *,
    scope: str,
    published_through: date,
    source_hash: str,
    days: Sequence[tuple[date, bool, str, str]],
    by: str,
    now: datetime,
) -> str:
    """Add and activate a calendar version; returns its id."""
    last = unit.session.scalar(select(func.max(CalendarVersion.number)).where(CalendarVersion.scope == scope)) or 0
    new = new_id()
    unit.session.execute(
        insert(CalendarVersion).values(
            id=new,
            scope=scope,
            number=last + 1,
            published_through=published_through,
            source_hash=source_hash,
            created_at=now,
            created_by=by,
            activated_at=now,
            activated_by=by,
        )
    )
    rows = [
        {
            "id": new_id(),
            "calendar_id": new,
            "day": day,
            "is_working": is_working,
            "kind": "legal",
            "reason": reason,
            "doc_no": doc_no,
        }
        for day, is_working, reason, doc_no in days
    ]
    unit.session.execute(insert(CalendarDay), rows)
    return new
