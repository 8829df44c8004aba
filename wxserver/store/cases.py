"""Applications and cases as they stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, func, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert

from wxserver.store.database import Unit, insert_or_ignore, update_row
from wxserver.store.tables.applications import OPEN_PROMISE, Application, Case, CaseNumber
from wxserver.store.tables.base import new_id
from wxserver.store.tables.machinery import Outbox
from wxserver.store.vault import open_json, seal_json

FORM = "case.form_sealed"


@dataclass(frozen=True, slots=True)
class ApplicationRow:
    id: str
    person_id: str
    body_digest: str


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case as it stands; its form stays sealed until somebody asks (`form`)."""

    id: str
    number: str
    application_id: str
    bundle_code: str
    bundle_version_id: str
    item_code: str
    applicant_id: str
    cardholder_id: str
    actor_id: str
    acting_as: str
    acting_proof: str | None
    guardianship_id: str | None
    organisation_id: str | None
    channel: str
    region: str
    card_id: str | None
    form_sealed: str
    status: str
    awaits: str | None
    submitted_at: datetime
    accepted_at: datetime | None
    correcting_since: datetime | None
    completed_at: datetime | None
    refused_at: datetime | None
    withdrawn_at: datetime | None
    closed_at: datetime | None
    limit_unit: str
    limit_amount: int
    due_on: date | None
    due_provisional: bool
    calendar_id: str | None
    production: str | None
    result: dict[str, object] | None
    refusal: str | None

    def __repr__(self) -> str:
        return f"CaseRow({self.number})"


_COLUMNS = tuple(getattr(Case, name) for name in CaseRow.__dataclass_fields__)
_APPLICATION_COLUMNS = (Application.id, Application.person_id, Application.body_digest)
_UNDER_KEY = select(*_APPLICATION_COLUMNS).where(
    Application.person_id == bindparam("of"), Application.idempotency_key == bindparam("key")
)
_BY_ID = select(*_COLUMNS).where(Case.id == bindparam("this"))
_BY_ID_LOCKED = _BY_ID.with_for_update()
_BY_NUMBER = select(*_COLUMNS).where(Case.number == bindparam("this"))
_ANYBODYS = select(*_COLUMNS).where(Case.number == bindparam("this")).with_for_update()
_LOCKED_APPLICATION = select(Application.id).where(Application.id == bindparam("this")).with_for_update()
_AWAITING = (
    select(*_COLUMNS)
    .where(Case.closed_at.is_(None), Case.awaits.in_(("review", "staff")))
    .order_by(Case.due_on, Case.id)
    .limit(bindparam("most"))
)
_BY_PRODUCTION = select(Case.id).where(Case.production == bindparam("this"))
_OF_APPLICATION = (
    select(*_COLUMNS).where(Case.application_id == bindparam("this")).order_by(func.length(Case.number), Case.number)
)
_NEWEST_FIRST = (Case.submitted_at.desc(), Case.id.desc())
_OF_APPLICANT = select(*_COLUMNS).where(Case.applicant_id == bindparam("of")).order_by(*_NEWEST_FIRST)
_OF_PERSON = _OF_APPLICANT.where(Case.organisation_id.is_(None) | (Case.organisation_id == bindparam("unit")))
_OF_WARD = _OF_APPLICANT.where(
    Case.guardianship_id == bindparam("under"), Case.submitted_at >= bindparam("since", type_=Case.submitted_at.type)
)
_FURTHER = tuple_(Case.submitted_at, Case.id) < tuple_(
    bindparam("at", type_=Case.submitted_at.type), bindparam("this", type_=Case.id.type)
)
_STILL_OPEN = _OF_PERSON.where(Case.closed_at.is_(None)).limit(bindparam("most"))
_FIRST_PAGE = _OF_PERSON.limit(bindparam("most"))
_NEXT_PAGE = _OF_PERSON.where(_FURTHER).limit(bindparam("most"))
_OPEN_OF_WARD = _OF_WARD.where(Case.closed_at.is_(None)).limit(bindparam("most"))
_FIRST_PAGE_OF_WARD = _OF_WARD.limit(bindparam("most"))
_NEXT_PAGE_OF_WARD = _OF_WARD.where(_FURTHER).limit(bindparam("most"))


@cache
def _count_up(dialect: str) -> ReturningInsert[tuple[int]]:
    made = postgresql.insert(CaseNumber) if dialect == "postgresql" else sqlite.insert(CaseNumber)
    return made.on_conflict_do_update(index_elements=["prefix", "day"], set_={"last": CaseNumber.last + 1}).returning(
        CaseNumber.last
    )


def application_under(unit: Unit, person_id: str, key: str) -> ApplicationRow | None:
    row = unit.connection.execute(_UNDER_KEY, {"of": person_id, "key": key}).one_or_none()
    return None if row is None else ApplicationRow(*row)


def claim_application(
    unit: Unit,
    *,
    person_id: str,
    key: str,
    body_digest: str,
    bundle_code: str,
    bundle_version_id: str,
    channel: str,
    now: datetime,
) -> str | None:
    """Claim an idempotency key; the new application's id, or None if the key is taken."""
    new = new_id()
    claimed = insert_or_ignore(
        unit,
        Application,
        id=new,
        person_id=person_id,
        idempotency_key=key,
        body_digest=body_digest,
        bundle_code=bundle_code,
        bundle_version_id=bundle_version_id,
        channel=channel,
        submitted_at=now,
    )
    return new if claimed else None


def next_number(unit: Unit, prefix: str, day: date) -> str:
    """The next case number of this prefix and day: `JY20261126-0382`. Its row stays locked until the unit ends."""
    statement = _count_up(unit.connection.dialect.name)
    last = unit.connection.execute(statement, {"prefix": prefix, "day": day, "last": 1}).scalar_one()
    return f"{prefix}{day:%Y%m%d}-{last:04d}"


def add(unit: Unit, *, form: Mapping[str, object], **values: object) -> str | None:
    """Insert a case; None if the person has this item open for this card already."""
    new = new_id()
    sealed = seal_json(unit.vault, FORM, new, dict(form))
    return new if insert_or_ignore(unit, Case, id=new, form_sealed=sealed, **values) else None


def open_case(unit: Unit, cardholder_id: str, bundle: str, item: str, card_key: str) -> tuple[str, str] | None:
    """Number and actor of the case that keeps another of this kind from being opened."""
    row = unit.connection.execute(
        select(Case.number, Case.actor_id).where(
            Case.cardholder_id == cardholder_id,
            Case.bundle_code == bundle,
            Case.item_code == item,
            Case.card_key == card_key,
            Case.closed_at.is_(None),
            Case.limit_unit != "instant",
        )
    ).one_or_none()
    return None if row is None else (row.number, row.actor_id)


def open_number(unit: Unit, cardholder_id: str, bundle: str, item: str, card_key: str) -> str | None:
    """The number of the case that keeps another of this kind from being opened."""
    found = open_case(unit, cardholder_id, bundle, item, card_key)
    return None if found is None else found[0]


def form(unit: Unit, case: CaseRow) -> dict[str, object]:
    return open_json(unit.vault, FORM, case.id, case.form_sealed)


def by_id(unit: Unit, case_id: str, lock: bool = False) -> CaseRow:
    """The case; with `lock` nobody else changes it before this unit ends (SQLite: nobody else writes anyway)."""
    return CaseRow(*unit.connection.execute(_BY_ID_LOCKED if lock else _BY_ID, {"this": case_id}).one())


def by_number(unit: Unit, number: str) -> CaseRow | None:
    """The case with this number, whosever it is: who may see it is for the caller."""
    row = unit.connection.execute(_BY_NUMBER, {"this": number}).one_or_none()
    return None if row is None else CaseRow(*row)


def by_production(unit: Unit, production: str) -> str | None:
    return unit.connection.execute(_BY_PRODUCTION, {"this": production}).scalar()


def anybodys(unit: Unit, number: str) -> CaseRow | None:
    """The case with this number, whosever it is, for staff; nobody else changes it before this unit ends."""
    row = unit.connection.execute(_ANYBODYS, {"this": number}).one_or_none()
    return None if row is None else CaseRow(*row)


def awaiting_staff(unit: Unit, most: int) -> list[CaseRow]:
    """Open cases that wait for a clerk, the one due first on top."""
    return [CaseRow(*row) for row in unit.connection.execute(_AWAITING, {"most": most})]


def lock_application(unit: Unit, application_id: str) -> None:
    """From here on nobody else looks at how the cases of this application stand to each other before this unit ends."""
    unit.connection.execute(_LOCKED_APPLICATION, {"this": application_id})


def of_application(unit: Unit, application_id: str) -> list[CaseRow]:
    rows = unit.connection.execute(_OF_APPLICATION, {"this": application_id})
    return [CaseRow(*row) for row in rows]


def of_person(
    unit: Unit, person_id: str, after: tuple[datetime, str] | None, most: int, organisation_id: str | None = None
) -> list[CaseRow]:
    """A person's cases, newest first, from behind `after` (submitted_at, id). Costs the same on every page.

    Those filed for an organisation are among them for whoever comes from that one."""
    return _paged(unit, _FIRST_PAGE, _NEXT_PAGE, {"of": person_id, "unit": organisation_id, "most": most}, after)


def of_ward(
    unit: Unit, minor_id: str, guardianship_id: str, since: datetime, after: tuple[datetime, str] | None, most: int
) -> list[CaseRow]:
    """The cases of a minor that were filed under a guardianship since a moment, as `of_person`."""
    asked = {"of": minor_id, "under": guardianship_id, "since": since, "most": most}
    return _paged(unit, _FIRST_PAGE_OF_WARD, _NEXT_PAGE_OF_WARD, asked, after)


def still_open(unit: Unit, person_id: str, most: int, organisation_id: str | None = None) -> list[CaseRow]:
    """A person's cases that are not over, newest first."""
    rows = unit.connection.execute(_STILL_OPEN, {"of": person_id, "unit": organisation_id, "most": most})
    return [CaseRow(*row) for row in rows]


def open_of_ward(unit: Unit, minor_id: str, guardianship_id: str, since: datetime, most: int) -> list[CaseRow]:
    """The cases of a minor, filed under a guardianship since a moment, that are not over, newest first."""
    asked = {"of": minor_id, "under": guardianship_id, "since": since, "most": most}
    rows = unit.connection.execute(_OPEN_OF_WARD, asked)
    return [CaseRow(*row) for row in rows]


def _paged(
    unit: Unit,
    first: Select[Any],
    further: Select[Any],
    asked: Mapping[str, object],
    after: tuple[datetime, str] | None,
) -> list[CaseRow]:
    place = {} if after is None else {"at": after[0], "this": after[1]}
    return [CaseRow(*row) for row in unit.connection.execute(first if after is None else further, {**asked, **place})]


def change(unit: Unit, case_id: str, **values: object) -> None:
    update_row(unit, Case, case_id, **values)


def calendars_in_use(unit: Unit) -> list[tuple[str, str]]:
    """(calendar id, region) of the open cases that have a due date."""
    rows = unit.connection.execute(
        select(Case.calendar_id, Case.region)
        .where(OPEN_PROMISE, Case.calendar_id.is_not(None), Case.due_on.is_not(None))
        .distinct()
    )
    return [(str(calendar_id), region) for calendar_id, region in rows]


class Promise(NamedTuple):
    """What a due date is computed from, and what it is now."""

    id: str
    limit_unit: str
    limit_amount: int
    due_on: date | None
    due_provisional: bool


def promised(
    unit: Unit, *, calendar_id: str, region: str, due_from: date | None, after: str, most: int
) -> list[Promise]:
    """Open cases due on or after a day under a calendar, by id, from behind `after`; nobody else changes them now."""
    statement = select(Case.id, Case.limit_unit, Case.limit_amount, Case.due_on, Case.due_provisional).where(
        OPEN_PROMISE, Case.calendar_id == calendar_id, Case.region == region, Case.due_on.is_not(None), Case.id > after
    )
    if due_from is not None:
        statement = statement.where(Case.due_on >= due_from)
    rows = unit.connection.execute(statement.order_by(Case.id).limit(most).with_for_update())
    return [Promise(*row) for row in rows]


_RESCHEDULE = (
    update(Case)
    .where(Case.id.in_(bindparam("those", expanding=True)))
    .values(due_on=bindparam("on"), due_provisional=bindparam("guess"), calendar_id=bindparam("under"))
)


def reschedule(unit: Unit, dates: Sequence[tuple[str, date | None, bool]], calendar_id: str) -> None:
    """Set (case id, due on, provisional) of many cases at once; those due on one day go in one statement."""
    together: dict[tuple[date | None, bool], list[str]] = {}
    for case_id, on, guess in dates:
        together.setdefault((on, guess), []).append(case_id)
    for (on, guess), those in together.items():
        unit.connection.execute(_RESCHEDULE, {"those": those, "on": on, "guess": guess, "under": calendar_id})


def counted(unit: Unit) -> dict[str, int]:
    """How many cases stand at each status."""
    rows = unit.connection.execute(select(Case.status, func.count().label("number")).group_by(Case.status))
    return {row.status: row.number for row in rows}


def without_work(unit: Unit) -> int:
    """Open cases that nobody will ever move: their work ended, yet neither an outcome nor a production came of it, and
    they wait for nobody."""
    return unit.connection.execute(
        select(func.count())
        .select_from(Case)
        .outerjoin(Outbox, Outbox.subject_id == Case.id)
        .where(
            Case.closed_at.is_(None),
            Case.production.is_(None),
            Case.awaits.is_(None),
            Outbox.id.is_(None) | Outbox.ended_at.is_not(None),
        )
    ).scalar_one()
