"""Versions of bundle definitions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import bindparam, func, insert, select

from wxserver.store.database import Unit
from wxserver.store.tables.base import new_id
from wxserver.store.tables.definitions import BundleVersion

_IN_FORCE = (
    select(BundleVersion.bundle_code, func.max(BundleVersion.number).label("number"))
    .where(
        BundleVersion.status == "published",
        BundleVersion.effective_at <= bindparam("now"),
        BundleVersion.retired_at.is_(None) | (BundleVersion.retired_at > bindparam("now")),
    )
    .group_by(BundleVersion.bundle_code)
    .subquery()
)
_CURRENT = (
    select(BundleVersion.bundle_code, BundleVersion.id)
    .join(
        _IN_FORCE,
        (BundleVersion.bundle_code == _IN_FORCE.c.bundle_code) & (BundleVersion.number == _IN_FORCE.c.number),
    )
    .order_by(BundleVersion.bundle_code)
)


def current(unit: Unit, now: datetime) -> dict[str, str]:
    """Bundle code -> id of the version in force at `now`."""
    rows = unit.connection.execute(_CURRENT, {"now": now})
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
