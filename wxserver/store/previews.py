"""Previews: looks at a version as a citizen would see it. What is typed into one is sealed, and goes with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from wxserver.store.database import Unit, insert_row, update_row
from wxserver.store.tables.base import new_id
from wxserver.store.tables.definitions import BundleVersion
from wxserver.store.tables.staff import Preview, Staff
from wxserver.store.vault import open_json, seal_json

PLACE = "preview.answers_sealed"


@dataclass(frozen=True, slots=True)
class VersionSeen:
    """A version of a bundle without its document; `etag` changes whenever the document does."""

    id: str
    bundle_code: str
    number: int
    status: str
    etag: str


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """A preview that belongs to a member of staff whose account is open."""

    id: str
    expires_at: datetime
    version: VersionSeen


_VERSION = (
    BundleVersion.id,
    BundleVersion.bundle_code,
    BundleVersion.number,
    BundleVersion.status,
    BundleVersion.etag,
)


def version_of(unit: Unit, bundle: str, number: int) -> VersionSeen | None:
    """The version of a bundle with this number, in whatever status."""
    asked = select(*_VERSION).where(BundleVersion.bundle_code == bundle, BundleVersion.number == number)
    row = unit.connection.execute(asked).one_or_none()
    return None if row is None else VersionSeen(*row)


def document(unit: Unit, version_id: str) -> tuple[str, Mapping[str, object]]:
    """The etag and the document of a version, as they belong together."""
    asked = select(BundleVersion.etag, BundleVersion.document).where(BundleVersion.id == version_id)
    row = unit.connection.execute(asked).one()
    return row.etag, row.document


def add(unit: Unit, *, version_id: str, staff_id: str, now: datetime, expires_at: datetime) -> str:
    """Begin a preview in which nothing is typed yet; its id."""
    new = new_id()
    insert_row(
        unit,
        Preview,
        id=new,
        version_id=version_id,
        staff_id=staff_id,
        created_at=now,
        expires_at=expires_at,
        answers_sealed=seal_json(unit.vault, PLACE, new, {}),
    )
    return new


def running(unit: Unit, *, version_id: str, staff_id: str, until: datetime) -> tuple[str, datetime] | None:
    """The newest preview of a version by this member that lasts beyond `until`: its id, and when it ends."""
    row = unit.connection.execute(
        select(Preview.id, Preview.expires_at)
        .where(Preview.version_id == version_id, Preview.staff_id == staff_id, Preview.expires_at > until)
        .order_by(Preview.expires_at.desc(), Preview.id.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else (row.id, row.expires_at)


def find(unit: Unit, preview_id: str, now: datetime) -> PreviewRow | None:
    """The preview with its version; None where it has run out, or the account that began it was closed."""
    row = unit.connection.execute(
        select(Preview.id, Preview.expires_at, *_VERSION)
        .join(BundleVersion, BundleVersion.id == Preview.version_id)
        .join(Staff, Staff.id == Preview.staff_id)
        .where(Preview.id == preview_id, Preview.expires_at > now, Staff.disabled_at.is_(None))
    ).one_or_none()
    return None if row is None else PreviewRow(row[0], row[1], VersionSeen(*row[2:]))


def answers(unit: Unit, preview_id: str, *, lock: bool = False) -> dict[str, object]:
    """What was typed so far; with `lock` nobody else changes it before this unit ends."""
    asked = select(Preview.answers_sealed).where(Preview.id == preview_id)
    sealed = unit.connection.execute(asked.with_for_update() if lock else asked).scalar()
    return {} if sealed is None else open_json(unit.vault, PLACE, preview_id, sealed)


def keep(unit: Unit, preview_id: str, typed: Mapping[str, object]) -> None:
    """Replace what was typed."""
    update_row(unit, Preview, preview_id, answers_sealed=seal_json(unit.vault, PLACE, preview_id, dict(typed)))


def forget(unit: Unit, now: datetime) -> int:
    """Delete previews that have run out, with all that was typed into them; how many."""
    return unit.connection.execute(delete(Preview).where(Preview.expires_at <= now)).rowcount
