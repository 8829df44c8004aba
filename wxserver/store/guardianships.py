"""Guardianships: who says, or has proven, that they stand for a minor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import ColumnElement, bindparam, delete, exists, func, insert, or_, select, tuple_, update
from sqlalchemy.exc import IntegrityError

from wxserver.store.database import Unit, insert_or_ignore
from wxserver.store.tables.accounts import Guardianship, GuardianshipUpload
from wxserver.store.tables.applications import Case, Draft
from wxserver.store.tables.base import new_id
from wxserver.store.tables.identity import Consent, Person, SignedSession, WeChatUser
from wxserver.store.tables.uploads import Upload
from wxserver.store.uploads import UploadGone, UploadRow

NAME = "guardianship.name_sealed"
LIVING = ("claimed", "confirmed")


@dataclass(frozen=True, slots=True)
class GuardianshipRow:
    """A guardianship; `name` is the minor's as the guardian wrote it."""

    id: str
    guardian_id: str
    minor_id: str
    name: str = field(repr=False)
    born_on: date = field(repr=False)
    relation: str
    state: str
    proof: str | None
    reason: str | None
    created_at: datetime
    decided_at: datetime | None
    decided_by: str | None
    ended_at: datetime | None


_COLUMNS = (
    Guardianship.id,
    Guardianship.guardian_id,
    Guardianship.minor_id,
    Guardianship.name_sealed,
    Guardianship.born_on,
    Guardianship.relation,
    Guardianship.state,
    Guardianship.proof,
    Guardianship.reason,
    Guardianship.created_at,
    Guardianship.decided_at,
    Guardianship.decided_by,
    Guardianship.ended_at,
)
_BY_ID = select(*_COLUMNS).where(Guardianship.id == bindparam("this"))
_BY_ID_LOCKED = _BY_ID.with_for_update()
_OF_GUARDIAN = (
    select(*_COLUMNS)
    .where(Guardianship.guardian_id == bindparam("of"))
    .order_by(Guardianship.created_at, Guardianship.id)
)
_BETWEEN = select(*_COLUMNS).where(
    Guardianship.guardian_id == bindparam("of"), Guardianship.minor_id == bindparam("about")
)
_GUARDIAN_LOCKED = select(Person.id).where(Person.id == bindparam("of")).with_for_update()
_UPLOAD_COLUMNS = tuple(getattr(Upload, name) for name in UploadRow.__dataclass_fields__)
_PROOFS = (
    select(*_UPLOAD_COLUMNS)
    .join(GuardianshipUpload, GuardianshipUpload.upload_id == Upload.id)
    .where(GuardianshipUpload.guardianship_id == bindparam("this"))
    .order_by(GuardianshipUpload.position)
)


def _row(unit: Unit, row: Sequence[object]) -> GuardianshipRow:
    values = list(row)
    values[3] = unit.vault.open(NAME, str(values[0]), str(values[3]))
    return GuardianshipRow(*values)  # type: ignore[arg-type]


def by_id(unit: Unit, guardianship_id: str, *, lock: bool = False) -> GuardianshipRow | None:
    """A guardianship, whosever it is; with `lock` nobody else changes it before this unit ends."""
    row = unit.connection.execute(_BY_ID_LOCKED if lock else _BY_ID, {"this": guardianship_id}).one_or_none()
    return None if row is None else _row(unit, row)


def of_guardian(unit: Unit, guardian_id: str) -> list[GuardianshipRow]:
    """All guardianships of a person, also those that are over, oldest first."""
    return [_row(unit, each) for each in unit.connection.execute(_OF_GUARDIAN, {"of": guardian_id})]


def about(unit: Unit, person_id: str) -> list[GuardianshipRow]:
    """All guardianships that a person has, or is under, oldest first."""
    whose = or_(Guardianship.guardian_id == person_id, Guardianship.minor_id == person_id)
    rows = unit.connection.execute(select(*_COLUMNS).where(whose).order_by(Guardianship.created_at, Guardianship.id))
    return [_row(unit, each) for each in rows]


def between(unit: Unit, guardian_id: str, minor_id: str) -> GuardianshipRow | None:
    row = unit.connection.execute(_BETWEEN, {"of": guardian_id, "about": minor_id}).one_or_none()
    return None if row is None else _row(unit, row)


def lock_guardian(unit: Unit, guardian_id: str) -> None:
    """From here on nobody else counts or adds this person's guardianships before this unit ends."""
    unit.connection.execute(_GUARDIAN_LOCKED, {"of": guardian_id})


def claim(
    unit: Unit,
    *,
    guardian_id: str,
    minor_id: str,
    name: str,
    born_on: date,
    relation: str,
    now: datetime,
) -> str:
    """Write down a claim, in the place of an earlier one of the same two; its id. Its earlier proofs are gone."""
    found = between(unit, guardian_id, minor_id)
    if found is None:
        new = new_id()
        if insert_or_ignore(
            unit,
            Guardianship,
            id=new,
            guardian_id=guardian_id,
            minor_id=minor_id,
            name_sealed=unit.vault.seal(NAME, new, name),
            born_on=born_on,
            relation=relation,
            state="claimed",
            created_at=now,
        ):
            return new
        found = between(unit, guardian_id, minor_id)
    if found is None:
        raise LookupError("a guardianship is taken, yet it is absent")
    change(
        unit,
        found.id,
        name_sealed=unit.vault.seal(NAME, found.id, name),
        born_on=born_on,
        relation=relation,
        state="claimed",
        proof=None,
        reason=None,
        created_at=now,
        decided_at=None,
        decided_by=None,
        ended_at=None,
    )
    set_proofs(unit, found.id, ())
    return found.id


def change(unit: Unit, guardianship_id: str, **values: object) -> None:
    unit.connection.execute(update(Guardianship).where(Guardianship.id == guardianship_id).values(**values))


def end(unit: Unit, guardianship_id: str, now: datetime, **more: object) -> None:
    """It is over: what was begun under it and not submitted is deleted, and its proofs are no longer kept, unless a
    case rests on them. `more`: columns to change with it."""
    change(unit, guardianship_id, state="ended", ended_at=now, **more)
    if not unit.connection.scalar(select(exists().where(Case.guardianship_id == guardianship_id))):
        set_proofs(unit, guardianship_id, ())
    unit.connection.execute(delete(Draft).where(Draft.guardianship_id == guardianship_id))


def withdraw_consent(unit: Unit, guardian_id: str, minor_id: str, purpose: str, now: datetime) -> None:
    """The guardian's consent to the use of this child's data no longer holds."""
    unit.connection.execute(
        update(Consent)
        .where(
            Consent.person_id == guardian_id,
            Consent.about_id == minor_id,
            Consent.purpose == purpose,
            Consent.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=now)
    )


def open_number(unit: Unit, guardianship_id: str) -> str | None:
    """The number of a case under this guardianship that is not over."""
    return unit.connection.scalar(
        select(Case.number).where(Case.guardianship_id == guardianship_id, Case.closed_at.is_(None)).limit(1)
    )


def proofs(unit: Unit, guardianship_id: str) -> list[UploadRow]:
    return [UploadRow(*each) for each in unit.connection.execute(_PROOFS, {"this": guardianship_id})]


def set_proofs(unit: Unit, guardianship_id: str, upload_ids: Sequence[str]) -> None:
    """Make these the pictures that prove it, in this order. Raises `UploadGone`; the unit is then lost."""
    unit.connection.execute(delete(GuardianshipUpload).where(GuardianshipUpload.guardianship_id == guardianship_id))
    if upload_ids:
        rows = [
            {"guardianship_id": guardianship_id, "upload_id": each, "position": index}
            for index, each in enumerate(upload_ids)
        ]
        try:
            unit.connection.execute(insert(GuardianshipUpload), rows)
        except IntegrityError:
            raise UploadGone from None


def waiting(unit: Unit, after: tuple[datetime, str] | None, most: int) -> list[GuardianshipRow]:
    """Claims that nobody has decided, the oldest first, from behind `after` (created_at, id)."""
    statement = select(*_COLUMNS).where(Guardianship.state == "claimed")
    if after is not None:
        place = tuple_(Guardianship.created_at, Guardianship.id)
        statement = statement.where(place > tuple_(*after))
    rows = unit.connection.execute(statement.order_by(Guardianship.created_at, Guardianship.id).limit(most))
    return [_row(unit, each) for each in rows]


def counted_waiting(unit: Unit) -> int:
    return unit.connection.execute(select(func.count()).where(Guardianship.state == "claimed")).scalar_one()


def born_before(unit: Unit, day: date, most: int) -> list[GuardianshipRow]:
    """Guardianships that stand, of people born on or before a day, the eldest first; nobody else changes them before
    this unit ends."""
    rows = unit.connection.execute(
        select(*_COLUMNS)
        .where(Guardianship.state.in_(LIVING), Guardianship.born_on <= day)
        .order_by(Guardianship.born_on, Guardianship.id)
        .limit(most)
        .with_for_update()
    )
    return [_row(unit, each) for each in rows]


def only_claimed(unit: Unit, person_id: str) -> bool:
    """Whether this person is known by what guardians typed in alone: nobody has signed in as them, no guardianship
    was confirmed, no clerk has filed for them and no case was decided. Such a name is nobody's word."""
    of_them: tuple[ColumnElement[bool], ...] = (
        exists().where(WeChatUser.person_id == person_id),
        exists().where(SignedSession.person_id == person_id),
        exists().where(Guardianship.guardian_id == person_id),
        exists().where(Guardianship.minor_id == person_id, Guardianship.proof.is_not(None)),
        exists().where(
            or_(Case.applicant_id == person_id, Case.actor_id == person_id),
            or_(Case.acting_proof.is_(None), Case.acting_proof != "materials", Case.accepted_at.is_not(None)),
        ),
    )
    claimed = exists().where(Guardianship.minor_id == person_id)
    return unit.connection.execute(select(claimed, or_(*of_them))).one() == (True, False)


def rename(unit: Unit, person_id: str, name: str, now: datetime) -> None:
    """From now on the person bears this name."""
    sealed = unit.vault.seal("person.name_sealed", person_id, name)
    unit.connection.execute(update(Person).where(Person.id == person_id).values(name_sealed=sealed, updated_at=now))
