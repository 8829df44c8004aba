"""Drafts: one per person, bundle and item."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, select, update

from wxserver.store.database import Unit, insert_or_ignore
from wxserver.store.tables.applications import Draft
from wxserver.store.tables.base import new_id
from wxserver.store.vault import open_json, seal_json

PLACE = "draft.form_sealed"


@dataclass(frozen=True, slots=True)
class DraftRow:
    id: str
    bundle_code: str
    item_code: str
    bundle_version_id: str
    submission_key: str
    acting_as: str
    guardianship_id: str | None
    card_id: str | None
    form: dict[str, object]
    updated_at: datetime
    expires_at: datetime

    def __repr__(self) -> str:
        return f"DraftRow({self.id})"


_FIND = select(*Draft.__table__.c).where(
    Draft.person_id == bindparam("of"),
    Draft.bundle_code == bindparam("bundle"),
    Draft.item_code == bindparam("item"),
    Draft.expires_at > bindparam("now"),
)
_FIND_LOCKED = _FIND.with_for_update()
_VERSION_UNDER = select(Draft.bundle_version_id).where(
    Draft.person_id == bindparam("of"), Draft.submission_key == bindparam("key")
)
_SUBMITTED = delete(Draft).where(Draft.person_id == bindparam("of"), Draft.submission_key == bindparam("key"))


def version_under(unit: Unit, person_id: str, submission_key: str) -> str | None:
    """The version that the draft with this key was begun under, or None."""
    return unit.connection.execute(_VERSION_UNDER, {"of": person_id, "key": submission_key}).scalar()


def find(unit: Unit, person_id: str, bundle: str, item: str, now: datetime, *, lock: bool = False) -> DraftRow | None:
    """The draft, if it has not run out; with `lock` nobody else changes it before this unit ends."""
    asked = {"of": person_id, "bundle": bundle, "item": item, "now": now}
    row = unit.connection.execute(_FIND_LOCKED if lock else _FIND, asked).one_or_none()
    if row is None:
        return None
    return DraftRow(
        row.id,
        row.bundle_code,
        row.item_code,
        row.bundle_version_id,
        row.submission_key,
        row.acting_as,
        row.guardianship_id,
        row.card_id,
        open_json(unit.vault, PLACE, row.id, row.form_sealed),
        row.updated_at,
        row.expires_at,
    )


def save(
    unit: Unit,
    person_id: str,
    bundle: str,
    item: str,
    *,
    bundle_version_id: str,
    submission_key: str,
    card_id: str | None,
    form: Mapping[str, object],
    now: datetime,
    expires_at: datetime,
    acting_as: str = "self",
    guardianship_id: str | None = None,
) -> None:
    """Write the draft; an existing one keeps its submission key, unless it had run out."""
    found = find(unit, person_id, bundle, item, now)
    if found is None:
        drop(unit, person_id, bundle, item)
        new = new_id()
        if insert_or_ignore(
            unit,
            Draft,
            id=new,
            person_id=person_id,
            bundle_code=bundle,
            item_code=item,
            bundle_version_id=bundle_version_id,
            submission_key=submission_key,
            acting_as=acting_as,
            guardianship_id=guardianship_id,
            card_id=card_id,
            form_sealed=seal_json(unit.vault, PLACE, new, dict(form)),
            created_at=now,
            updated_at=now,
            expires_at=expires_at,
        ):
            return
        found = find(unit, person_id, bundle, item, now)
    if found is None:
        raise LookupError("another tab dropped the draft while this one saved it")
    unit.connection.execute(
        update(Draft)
        .where(Draft.id == found.id)
        .values(
            acting_as=acting_as,
            guardianship_id=guardianship_id,
            card_id=card_id,
            form_sealed=seal_json(unit.vault, PLACE, found.id, dict(form)),
            bundle_version_id=bundle_version_id,
            updated_at=now,
            expires_at=expires_at,
        )
    )


def drop(unit: Unit, person_id: str, bundle: str, item: str) -> None:
    unit.connection.execute(
        delete(Draft).where(Draft.person_id == person_id, Draft.bundle_code == bundle, Draft.item_code == item)
    )


def drop_all(unit: Unit, person_id: str) -> int:
    """Delete everything that a person has begun and not submitted; how many."""
    return unit.connection.execute(delete(Draft).where(Draft.person_id == person_id)).rowcount


def submitted(unit: Unit, person_id: str, submission_key: str) -> None:
    """The draft that was submitted under this key is no longer one."""
    unit.connection.execute(_SUBMITTED, {"of": person_id, "key": submission_key})


def forget(unit: Unit, now: datetime) -> int:
    """Delete the drafts that have run out; how many."""
    result = unit.connection.execute(delete(Draft).where(Draft.expires_at <= now))
    return result.rowcount
