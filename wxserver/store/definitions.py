"""Versions of bundle definitions: drafts, those published with the moment from which they hold, retired ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, inspect, select, update
from sqlalchemy.exc import SQLAlchemyError

from wxserver.store.database import Unit, insert_or_ignore, update_row
from wxserver.store.tables.base import new_id
from wxserver.store.tables.definitions import BundleVersion


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version without its document. `status`: draft, published or retired."""

    id: str
    bundle_code: str
    number: int
    status: str
    digest: str
    origin: str
    comment: str
    created_at: datetime
    created_by: str
    published_at: datetime | None
    published_by: str | None
    effective_at: datetime | None
    drafts_until: datetime | None
    retired_at: datetime | None


_COLUMNS = tuple(getattr(BundleVersion, name) for name in VersionRow.__dataclass_fields__)
_HISTORY = (
    select(*_COLUMNS)
    .where(BundleVersion.effective_at.is_not(None))
    .order_by(BundleVersion.bundle_code, BundleVersion.effective_at, BundleVersion.number)
)
_STAMP = select(
    func.count(),
    func.max(BundleVersion.etag),
    func.max(BundleVersion.published_at),
    func.max(BundleVersion.retired_at),
).where(BundleVersion.effective_at.is_not(None))
_ALL_OF = select(*_COLUMNS).order_by(BundleVersion.number)


def history(unit: Unit) -> list[VersionRow]:
    """All versions that were ever published, by bundle, then in the order in which they take effect."""
    return [VersionRow(*row) for row in unit.connection.execute(_HISTORY)]


def stamp(unit: Unit) -> tuple[object, ...]:
    """Something that differs once any version that `history` gives has changed or come."""
    return tuple(unit.connection.execute(_STAMP).one())


def of_bundle(unit: Unit, code: str, *, lock: bool = False) -> list[VersionRow]:
    """All versions of a bundle by number; with `lock` nobody else changes them before this unit ends."""
    asked = _ALL_OF.where(BundleVersion.bundle_code == code)
    return [VersionRow(*row) for row in unit.connection.execute(asked.with_for_update() if lock else asked)]


def ready(unit: Unit) -> bool:
    """Does the database answer and have the tables of definitions?"""
    try:
        return inspect(unit.connection).has_table("bundle_version")
    except SQLAlchemyError:
        return False


def document(unit: Unit, version_id: str) -> Mapping[str, object]:
    """The document of a version, as it was written."""
    return unit.connection.execute(select(BundleVersion.document).where(BundleVersion.id == version_id)).scalar_one()


def version(unit: Unit, version_id: str) -> BundleVersion:
    return unit.session.scalars(select(BundleVersion).where(BundleVersion.id == version_id)).one()


def only_from_files(unit: Unit, code: str) -> bool:
    return not unit.session.scalar(
        select(func.count()).where(
            BundleVersion.bundle_code == code, BundleVersion.origin != "file", BundleVersion.status != "discarded"
        )
    )


def add(
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
) -> str | None:
    """Add a draft version; its id, or None where somebody else has just taken the number."""
    new = new_id()
    added = insert_or_ignore(
        unit,
        BundleVersion,
        id=new,
        bundle_code=code,
        number=number,
        status="draft",
        schema_version=schema_version,
        document=dict(document),
        digest=digest,
        etag=new_id(),
        origin=origin,
        comment=comment,
        created_at=now,
        created_by=by,
    )
    return new if added else None


def publish(
    unit: Unit, version_id: str, *, effective_at: datetime, drafts_until: datetime | None, by: str, now: datetime
) -> None:
    """Let a version hold from a moment on; at `drafts_until` drafts begun under older ones move to what is in force."""
    update_row(
        unit,
        BundleVersion,
        version_id,
        status="published",
        etag=new_id(),
        effective_at=effective_at,
        drafts_until=drafts_until,
        published_at=now,
        published_by=by,
    )


def retire(unit: Unit, version_ids: list[str], now: datetime) -> None:
    """Let versions hold no longer."""
    unit.connection.execute(
        update(BundleVersion)
        .where(BundleVersion.id.in_(version_ids))
        .values(status="retired", etag=new_id(), retired_at=now)
    )
