"""Materials handed in before: which may serve again, and that somebody agreed to it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, insert, select

from wxserver.store.database import Unit, insert_row
from wxserver.store.tables.applications import Case
from wxserver.store.tables.base import new_id
from wxserver.store.tables.identity import Consent
from wxserver.store.tables.records import AccessRecord
from wxserver.store.tables.uploads import CaseUpload, Upload


@dataclass(frozen=True, slots=True)
class EarlierCase:
    """A case in which a material was handed in."""

    id: str
    bundle_version_id: str
    item_code: str
    submitted_at: datetime


_NEWEST = (
    select(Case.id, Case.bundle_version_id, Case.item_code, Case.submitted_at)
    .join(CaseUpload, CaseUpload.case_id == Case.id)
    .join(Upload, Upload.id == CaseUpload.upload_id)
    .where(
        Case.applicant_id == bindparam("of"),
        Case.cardholder_id == bindparam("of"),
        Case.acting_as == "self",
        Case.refused_at.is_(None),
        Upload.person_id == bindparam("of"),
        Upload.kind == bindparam("kind"),
        Upload.media_type.in_(bindparam("types", expanding=True)),
        Upload.created_at >= bindparam("since"),
    )
    .order_by(Case.submitted_at.desc(), Case.id.desc())
    .limit(1)
)


def newest_with(
    unit: Unit, person_id: str, kind: str, media_types: Collection[str], since: datetime
) -> EarlierCase | None:
    """The person's newest case about themselves that was not refused and holds such an upload, handed in not before
    `since`."""
    asked = {"of": person_id, "kind": kind, "types": list(media_types), "since": since}
    row = unit.connection.execute(_NEWEST, asked).one_or_none()
    return None if row is None else EarlierCase(*row)


def agreed(unit: Unit, *, wechat_user_id: str, person_id: str, purpose: str, version: str, now: datetime) -> None:
    """Record that a person has agreed to a text, apart from any verification."""
    unit.connection.execute(
        insert(Consent).values(
            id=new_id(),
            wechat_user_id=wechat_user_id,
            person_id=person_id,
            purpose=purpose,
            version=version,
            given_at=now,
        )
    )


def taken_over(
    unit: Unit, *, person_id: str, source: str, material: str, uploads: Sequence[str], now: datetime
) -> None:
    """Note in the access ledger that what somebody had of a person was used again, at the person's own wish."""
    insert_row(
        unit,
        AccessRecord,
        id=new_id(),
        at=now,
        actor_kind="citizen",
        actor_id=person_id,
        action="taken_over",
        subject_kind="person",
        subject_id=person_id,
        reason=source,
        data={"material": material, "uploads": list(uploads)},
    )
