"""Files that people hand in: what there is, and where it stands."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, exists, func, insert, or_, select
from sqlalchemy.exc import IntegrityError

from wxserver.store.database import Unit, insert_or_ignore
from wxserver.store.tables.accounts import GuardianshipUpload
from wxserver.store.tables.uploads import CaseUpload, DraftUpload, Upload

CONTENT = "upload.content"


class UploadGone(Exception):
    """An upload was deleted while it was being put somewhere."""


@dataclass(frozen=True, slots=True)
class UploadRow:
    id: str
    kind: str
    raw_sha256: str
    sha256: str
    size: int
    width: int | None
    height: int | None
    media_type: str
    pages: int
    created_at: datetime

    def __repr__(self) -> str:
        return f"UploadRow({self.id})"


_COLUMNS = tuple(getattr(Upload, name) for name in UploadRow.__dataclass_fields__)
_OWN = select(*_COLUMNS).where(Upload.person_id == bindparam("of"), Upload.id == bindparam("this"))
_OWN_LOCKED = _OWN.with_for_update()
_OWN_MANY = select(*_COLUMNS).where(
    Upload.person_id == bindparam("of"), Upload.id.in_(bindparam("those", expanding=True))
)
_UNDER_KEY = select(*_COLUMNS).where(Upload.person_id == bindparam("of"), Upload.idempotency_key == bindparam("key"))
_SINCE = select(func.count()).where(Upload.person_id == bindparam("of"), Upload.created_at > bindparam("since"))
_OF_DRAFT = (
    select(*_COLUMNS)
    .join(DraftUpload, DraftUpload.upload_id == Upload.id)
    .where(DraftUpload.draft_id == bindparam("this"))
    .order_by(DraftUpload.position)
)
_OF_CASE = (
    select(*_COLUMNS)
    .join(CaseUpload, CaseUpload.upload_id == Upload.id)
    .where(CaseUpload.case_id == bindparam("this"))
    .order_by(CaseUpload.position)
)
_IN_A_CASE = select(
    or_(
        exists().where(CaseUpload.upload_id == bindparam("this")),
        exists().where(GuardianshipUpload.upload_id == bindparam("this")),
    )
)
_TO_CASE = insert(CaseUpload)
_TO_DRAFT = insert(DraftUpload)
_OUT_OF_DRAFT = delete(DraftUpload).where(DraftUpload.draft_id == bindparam("draft"))
_NOWHERE = (
    ~exists().where(DraftUpload.upload_id == Upload.id),
    ~exists().where(CaseUpload.upload_id == Upload.id),
    ~exists().where(GuardianshipUpload.upload_id == Upload.id),
)


def new_name() -> str:
    """The id of a new upload: 32 hex digits, all of them random, because it is also the name of a file."""
    return secrets.token_hex(16)


def add(
    unit: Unit,
    upload_id: str,
    *,
    person_id: str,
    kind: str,
    key: str,
    raw_sha256: str,
    sha256: str,
    size: int,
    width: int | None,
    height: int | None,
    now: datetime,
    media_type: str = "image/jpeg",
    pages: int = 1,
) -> bool:
    """Insert an upload; False if the person has used this key before."""
    return insert_or_ignore(
        unit,
        Upload,
        id=upload_id,
        person_id=person_id,
        kind=kind,
        idempotency_key=key,
        raw_sha256=raw_sha256,
        sha256=sha256,
        size=size,
        width=width,
        height=height,
        media_type=media_type,
        pages=pages,
        created_at=now,
    )


def under(unit: Unit, person_id: str, key: str) -> UploadRow | None:
    row = unit.connection.execute(_UNDER_KEY, {"of": person_id, "key": key}).one_or_none()
    return None if row is None else UploadRow(*row)


def own(unit: Unit, person_id: str, upload_id: str, *, lock: bool = False) -> UploadRow | None:
    """This person's upload; None for anybody else's. `lock`: nobody puts it anywhere before this unit ends."""
    row = unit.connection.execute(_OWN_LOCKED if lock else _OWN, {"of": person_id, "this": upload_id}).one_or_none()
    return None if row is None else UploadRow(*row)


def own_many(unit: Unit, person_id: str, ids: Collection[str]) -> dict[str, UploadRow]:
    """Those of the uploads that are this person's, by id."""
    rows = unit.connection.execute(_OWN_MANY, {"of": person_id, "those": list(ids)})
    return {row.id: UploadRow(*row) for row in rows}


def added_since(unit: Unit, person_id: str, since: datetime) -> int:
    """How many of the person's uploads that are still there are younger than this."""
    return unit.connection.execute(_SINCE, {"of": person_id, "since": since}).scalar_one()


def of_draft(unit: Unit, draft_id: str) -> list[UploadRow]:
    return [UploadRow(*row) for row in unit.connection.execute(_OF_DRAFT, {"this": draft_id})]


def of_case(unit: Unit, case_id: str) -> list[UploadRow]:
    return [UploadRow(*row) for row in unit.connection.execute(_OF_CASE, {"this": case_id})]


def to_case(unit: Unit, case_id: str, ids: Sequence[str]) -> None:
    """Put uploads into a case, in this order. Raises `UploadGone`; the unit is then lost."""
    rows = [{"case_id": case_id, "upload_id": each, "position": index} for index, each in enumerate(ids)]
    try:
        unit.connection.execute(_TO_CASE, rows)
    except IntegrityError:
        raise UploadGone from None


def set_draft(unit: Unit, draft_id: str, ids: Sequence[str]) -> None:
    """Make these the draft's uploads, in this order. Raises `UploadGone`; the unit is then lost."""
    unit.connection.execute(_OUT_OF_DRAFT, {"draft": draft_id})
    if not ids:
        return
    rows = [{"draft_id": draft_id, "upload_id": each, "position": index} for index, each in enumerate(ids)]
    try:
        unit.connection.execute(_TO_DRAFT, rows)
    except IntegrityError:
        raise UploadGone from None


def in_a_case(unit: Unit, upload_id: str) -> bool:
    """Whether an upload was submitted: in a case, or as the proof of a guardianship."""
    return bool(unit.connection.execute(_IN_A_CASE, {"this": upload_id}).scalar_one())


def drop(unit: Unit, upload_id: str) -> None:
    """Delete an upload that was not submitted, out of every draft."""
    unit.connection.execute(delete(DraftUpload).where(DraftUpload.upload_id == upload_id))
    unit.connection.execute(delete(Upload).where(Upload.id == upload_id))


def drop_orphans(unit: Unit, before: datetime, most: int) -> list[str]:
    """Delete uploads older than `before` that stand in no draft, no case and no guardianship; their ids.

    They are locked first: whoever puts one of them somewhere meanwhile is either seen by the second look, or waits and
    finds it gone.
    """
    found = unit.connection.scalars(
        select(Upload.id).where(Upload.created_at < before, *_NOWHERE).limit(most).with_for_update()
    ).all()
    if not found:
        return []
    still = unit.connection.scalars(select(Upload.id).where(Upload.id.in_(found), *_NOWHERE)).all()
    unit.connection.execute(delete(Upload).where(Upload.id.in_(still)))
    return list(still)


def known(unit: Unit, ids: Collection[str]) -> set[str]:
    """Those of the ids that have a row."""
    return set(unit.connection.scalars(select(Upload.id).where(Upload.id.in_(list(ids)))))


def seal(unit: Unit, upload_id: str, content: bytes) -> bytes:
    return unit.vault.seal_bytes(CONTENT, upload_id, content)


def unseal(unit: Unit, upload_id: str, sealed: bytes) -> bytes:
    return unit.vault.open_bytes(CONTENT, upload_id, sealed)
