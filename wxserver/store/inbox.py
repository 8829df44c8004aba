"""Reading what citizens have been told: a person's inbox, and open cases of which their citizen has not heard."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, exists, func, literal_column, select, tuple_, update

from wxserver.store.database import Unit
from wxserver.store.tables.applications import Case
from wxserver.store.tables.messages import UNREACHED, Notice


@dataclass(frozen=True, slots=True)
class LetterRow:
    """A notice as it stands in the inbox of its person. `case_number`: the case that it is about; or
    `guardianship_id`."""

    id: str
    case_number: str | None
    guardianship_id: str | None
    title: str
    text: str
    at: datetime
    created_at: datetime
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class UnreachedRow:
    """An open notice of a case that stands in the inbox alone and is unread. `reason`: why no message went out."""

    case_id: str
    created_at: datetime
    reason: str | None


_OF_PERSON = (
    select(
        Notice.id,
        Case.number,
        Notice.guardianship_id,
        Notice.title,
        Notice.text,
        Notice.at,
        Notice.created_at,
        Notice.read_at,
    )
    .outerjoin(Case, Case.id == Notice.case_id)
    .where(Notice.person_id == bindparam("of"))
    .order_by(Notice.created_at.desc(), Notice.id.desc())
    .limit(bindparam("most"))
)
_EARLIER = _OF_PERSON.where(
    tuple_(Notice.created_at, Notice.id)
    < tuple_(bindparam("before_at", type_=Notice.created_at.type), bindparam("before"))
)
_UNREAD = select(func.count()).select_from(
    select(literal_column("1"))
    .where(Notice.person_id == bindparam("of"), Notice.read_at.is_(None))
    .limit(bindparam("most"))
    .subquery()
)


def of_person(unit: Unit, person_id: str, after: tuple[datetime, str] | None, most: int) -> list[LetterRow]:
    """What a person was told, newest first. `after`: when and with which id the last one of the page before came."""
    values: dict[str, object] = {"of": person_id, "most": most}
    if after is None:
        return [LetterRow(*row) for row in unit.connection.execute(_OF_PERSON, values)]
    rows = unit.connection.execute(_EARLIER, {**values, "before_at": after[0], "before": after[1]})
    return [LetterRow(*row) for row in rows]


def unread(unit: Unit, person_id: str, most: int) -> int:
    """How many a person has not read; counted up to `most`."""
    return int(unit.connection.execute(_UNREAD, {"of": person_id, "most": most}).scalar_one())


def mark_read(unit: Unit, person_id: str, ids: Collection[str], now: datetime) -> None:
    """The person has read these; those of others stay as they are, and so does the time of what was read before."""
    unit.connection.execute(
        update(Notice)
        .where(Notice.id.in_(sorted(ids)), Notice.person_id == person_id, Notice.read_at.is_(None))
        .values(read_at=now)
    )


def owns(unit: Unit, person_id: str, notice_id: str) -> bool:
    """Whether a notice with this id was written to this person."""
    asked = select(Notice.id).where(Notice.id == notice_id, Notice.person_id == person_id)
    return unit.connection.scalar(asked) is not None


def unread_of_case(unit: Unit, person_id: str, number: str) -> list[str]:
    """The ids of what the person has not read about the case with this number."""
    return list(
        unit.connection.scalars(
            select(Notice.id)
            .join(Case, Case.id == Notice.case_id)
            .where(Case.number == number, Notice.person_id == person_id, Notice.read_at.is_(None))
        )
    )


def is_unreached() -> ColumnElement[bool]:
    """Condition on `Case`: its citizen has an unread notice that no message went out for. One look into an index."""
    return exists(select(literal_column("1")).where(Notice.case_id == Case.id, UNREACHED))


def unreached(unit: Unit, case_ids: Collection[str]) -> list[UnreachedRow]:
    """Such notices of these cases, oldest first."""
    if not case_ids:
        return []
    rows = unit.connection.execute(
        select(Case.id, Notice.created_at, Notice.reason)
        .join(Case, Case.id == Notice.case_id)
        .where(Notice.case_id.in_(sorted(case_ids)), UNREACHED)
        .order_by(Notice.created_at, Notice.id)
    )
    return [UnreachedRow(*row) for row in rows]
