"""Applications and cases as they stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from wxserver.store.database import Unit, insert_or_ignore
from wxserver.store.tables.applications import Application, Case, CaseNumber
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
    acting_as: str
    channel: str
    card_id: str | None
    form_sealed: str
    status: str
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


def application_under(unit: Unit, person_id: str, key: str) -> ApplicationRow | None:
    row = unit.session.execute(
        select(Application.id, Application.person_id, Application.body_digest).where(
            Application.person_id == person_id, Application.idempotency_key == key
        )
    ).one_or_none()
    return None if row is None else ApplicationRow(*row)


def application(unit: Unit, person_id: str, application_id: str) -> ApplicationRow | None:
    row = unit.session.execute(
        select(Application.id, Application.person_id, Application.body_digest).where(
            Application.id == application_id, Application.person_id == person_id
        )
    ).one_or_none()
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
    dialect = postgresql if unit.session.get_bind().dialect.name == "postgresql" else sqlite
    statement = (
        dialect.insert(CaseNumber)
        .values(prefix=prefix, day=day, last=1)
        .on_conflict_do_update(index_elements=["prefix", "day"], set_={"last": CaseNumber.last + 1})
        .returning(CaseNumber.last)
    )
    return f"{prefix}{day:%Y%m%d}-{unit.session.scalars(statement).one():04d}"


def add(unit: Unit, *, form: Mapping[str, object], **values: object) -> str | None:
    """Insert a case; None if the person has this item open for this card already."""
    new = new_id()
    sealed = seal_json(unit.vault, FORM, new, dict(form))
    return new if insert_or_ignore(unit, Case, id=new, form_sealed=sealed, **values) else None


def open_number(unit: Unit, cardholder_id: str, bundle: str, item: str, card_key: str) -> str | None:
    """The number of the case that keeps another of this kind from being opened."""
    return unit.session.scalar(
        select(Case.number).where(
            Case.cardholder_id == cardholder_id,
            Case.bundle_code == bundle,
            Case.item_code == item,
            Case.card_key == card_key,
            Case.closed_at.is_(None),
            Case.limit_unit != "instant",
        )
    )


def form(unit: Unit, case: CaseRow) -> dict[str, object]:
    return open_json(unit.vault, FORM, case.id, case.form_sealed)


def by_id(unit: Unit, case_id: str, lock: bool = False) -> CaseRow:
    """The case; with `lock` nobody else changes it before this unit ends (SQLite: nobody else writes anyway)."""
    statement = select(*_COLUMNS).where(Case.id == case_id)
    return CaseRow(*unit.session.execute(statement.with_for_update() if lock else statement).one())


def by_number(unit: Unit, person_id: str, number: str) -> CaseRow | None:
    """This person's case; None for anybody else's."""
    row = unit.session.execute(
        select(*_COLUMNS).where(Case.number == number, Case.applicant_id == person_id)
    ).one_or_none()
    return None if row is None else CaseRow(*row)


def by_production(unit: Unit, production: str) -> str | None:
    return unit.session.scalar(select(Case.id).where(Case.production == production))


def of_application(unit: Unit, application_id: str) -> list[CaseRow]:
    rows = unit.session.execute(select(*_COLUMNS).where(Case.application_id == application_id).order_by(Case.number))
    return [CaseRow(*row) for row in rows]


def of_person(unit: Unit, person_id: str, after: tuple[datetime, str] | None, most: int) -> list[CaseRow]:
    """A person's cases, newest first, from behind `after` (submitted_at, id). Costs the same on every page."""
    statement = select(*_COLUMNS).where(Case.applicant_id == person_id)
    if after is not None:
        statement = statement.where(tuple_(Case.submitted_at, Case.id) < tuple_(*after))
    rows = unit.session.execute(statement.order_by(Case.submitted_at.desc(), Case.id.desc()).limit(most))
    return [CaseRow(*row) for row in rows]


def change(unit: Unit, case_id: str, **values: object) -> None:
    unit.session.execute(update(Case).where(Case.id == case_id).values(**values))


def promised(unit: Unit, after: str, most: int) -> list[CaseRow]:
    """Open cases with a due date, by id, from behind `after`."""
    rows = unit.session.execute(
        select(*_COLUMNS)
        .where(Case.closed_at.is_(None), Case.limit_unit != "instant", Case.due_on.is_not(None), Case.id > after)
        .order_by(Case.id)
        .limit(most)
    )
    return [CaseRow(*row) for row in rows]


def counted(unit: Unit) -> dict[str, int]:
    """How many cases stand at each status."""
    rows = unit.session.execute(select(Case.status, func.count().label("number")).group_by(Case.status))
    return {row.status: row.number for row in rows}


def without_work(unit: Unit) -> int:
    """Open cases that nobody will ever move: their work ended, yet neither an outcome nor a production came of it."""
    return unit.session.scalars(
        select(func.count())
        .select_from(Case)
        .outerjoin(Outbox, Outbox.subject_id == Case.id)
        .where(
            Case.closed_at.is_(None),
            Case.production.is_(None),
            Outbox.id.is_(None) | Outbox.ended_at.is_not(None),
        )
    ).one()
