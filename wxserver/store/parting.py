"""Deleting what there is of a person who wishes to be forgotten, as far as no administrative record needs it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, exists, or_, select, update

from wxserver.store import guardianships, notices, people
from wxserver.store.database import Unit
from wxserver.store.holding import about, case_numbers
from wxserver.store.tables.accounts import Credential, Guardianship, GuardianshipUpload, UnitAgent
from wxserver.store.tables.applications import Application, Card, Case, Draft, RegistryAnswer
from wxserver.store.tables.identity import Person, SignedSession, Verification, WeChatUser
from wxserver.store.tables.uploads import CaseUpload, DraftUpload, Upload
from wxserver.store.verifications import UNDECIDED

_IS_KNOWN = select(Person.name_sealed).where(Person.id == bindparam("this"))
_GONE_SUBJECT = {"name_sealed": "", "document_sealed": "", "url_sealed": None, "ticket_sealed": None}


@dataclass(frozen=True, slots=True)
class Wards:
    """What became of a person's guardianships. `gone`: deleted, because no case was ever filed under them; `ended`:
    what was filed under them is over; `kept`: the children for whom a case is open; `notices`: ids of what was told of
    those deleted."""

    gone: int
    ended: int
    kept: tuple[str, ...]
    notices: tuple[str, ...]


def drop_guardianships(unit: Unit, guardian_id: str, now: datetime) -> Wards:
    """End the guardianships of a person under which no case is open, and delete those under which none ever was."""
    gone, ended, kept, told = 0, 0, [], []
    for each in guardianships.of_guardian(unit, guardian_id):
        row = guardianships.by_id(unit, each.id, lock=True)
        if row is None:
            continue
        if guardianships.open_number(unit, row.id) is not None:
            kept.append(row.minor_id)
            continue
        if row.state != "ended":
            guardianships.end(unit, row.id, now)
        if unit.connection.scalar(select(exists().where(Case.guardianship_id == row.id))):
            ended += 1
            continue
        guardianships.set_proofs(unit, row.id, ())
        unit.connection.execute(delete(Draft).where(Draft.guardianship_id == row.id))
        told += notices.forget_ward(unit, row.id)
        unit.connection.execute(delete(Guardianship).where(Guardianship.id == row.id))
        forget(unit, row.minor_id, only_claimed=True)
        gone += 1
    return Wards(gone, ended, tuple(kept), tuple(told))


def drop_uploads(unit: Unit, person_id: str) -> list[str]:
    """Delete the uploads that a person never submitted, out of every draft; their ids, which name their files."""
    unsubmitted = (
        ~exists().where(CaseUpload.upload_id == Upload.id),
        ~exists().where(GuardianshipUpload.upload_id == Upload.id),
    )
    mine = select(Upload.id).where(Upload.person_id == person_id)
    unit.connection.execute(mine.with_for_update())
    ids = list(unit.connection.scalars(mine.where(*unsubmitted)))
    unit.connection.execute(delete(DraftUpload).where(DraftUpload.upload_id.in_(ids)))
    unit.connection.execute(delete(Upload).where(Upload.id.in_(ids)))
    return ids


def drop_registry(unit: Unit, person_id: str) -> int:
    """Delete what the registry told about a person, and their cards but those that a case or a draft names; how many
    cards and answers."""
    answers = unit.connection.execute(delete(RegistryAnswer).where(RegistryAnswer.person_id == person_id)).rowcount
    named = or_(
        exists().where(Case.applicant_id == person_id, Case.card_id == Card.id),
        exists().where(Draft.card_id == Card.id),
    )
    return answers + unit.connection.execute(delete(Card).where(Card.person_id == person_id, ~named)).rowcount


def forget_verified(unit: Unit, person_id: str, now: datetime) -> int:
    """Forget whom the verifications about a person were about, and end those that still run; how many. What stays is
    the proof: digest, level and time."""
    mine = about(unit, person_id)
    unit.connection.execute(
        update(Verification)
        .where(mine, Verification.status.in_(UNDECIDED))
        .values(status="expired", outcome="expired", reason="erased", decided_at=now)
    )
    unit.connection.execute(
        update(Verification)
        .where(mine, Verification.status == "passed", Verification.consumed_at.is_(None))
        .values(consumed_at=now)
    )
    return unit.connection.execute(
        update(Verification).where(mine, Verification.name_sealed != "").values(**_GONE_SUBJECT)
    ).rowcount


def reasons_to_stay(unit: Unit, person_id: str) -> tuple[str, ...]:
    """Why a person's name and document must stay: `cases` (a case is theirs, or they filed it), `guardianship` (one
    that they or somebody else proved names them), `agent` (they act for an organisation), `account` (with a password).
    """
    asked = (
        ("cases", or_(*(exists().where(column == person_id) for column in (Case.applicant_id, Case.actor_id)))),
        ("cases", exists().where(Application.person_id == person_id)),
        (
            "guardianship",
            exists().where(or_(Guardianship.guardian_id == person_id, Guardianship.minor_id == person_id)),
        ),
        ("agent", exists().where(UnitAgent.person_id == person_id)),
        ("account", exists().where(Credential.person_id == person_id)),
    )
    found = (why for why, condition in asked if unit.connection.scalar(select(condition)))
    return tuple(dict.fromkeys(found))


def is_known(unit: Unit, person_id: str) -> bool:
    """Whether a person's name is still there."""
    return bool(unit.connection.scalar(_IS_KNOWN, {"this": person_id}))


def forget(unit: Unit, person_id: str, *, only_claimed: bool = False) -> bool:
    """Forget name and document of a person for whom there is no reason to stay; False where there is one.
    `only_claimed`: also not where they have ever come themself."""
    came = or_(exists().where(WeChatUser.person_id == person_id), exists().where(SignedSession.person_id == person_id))
    if reasons_to_stay(unit, person_id) or (only_claimed and unit.connection.scalar(select(came))):
        return False
    drop_registry(unit, person_id)
    return people.forget(unit, person_id)


def open_numbers(unit: Unit, person_id: str) -> list[str]:
    """The numbers of the cases that are not over: a person's own, and those they filed in their own right."""
    numbers = case_numbers(unit, person_id)
    return list(
        unit.connection.scalars(
            select(Case.number).where(Case.number.in_(numbers), Case.closed_at.is_(None)).order_by(Case.number)
        )
    )
