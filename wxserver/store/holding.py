"""What is held about one person: where they are bound and signed in, what there is of them, and who saw it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import (
    ColumnElement,
    Executable,
    Select,
    Update,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
    tuple_,
    update,
)

from wxserver.store import people
from wxserver.store.database import Unit, insert_row
from wxserver.store.tables.accounts import Credential, Guardianship, Organisation, UnitAgent
from wxserver.store.tables.applications import Card, Case, Draft, RegistryAnswer
from wxserver.store.tables.base import new_id
from wxserver.store.tables.identity import Person, SignedSession, Verification, WeChatUser
from wxserver.store.tables.messages import Notice
from wxserver.store.tables.records import AccessRecord
from wxserver.store.tables.uploads import Upload

UNBOUND: Final = "unbound"
"""`bound_by` of a WeChat user whom the person themself unbound: no unionid binds them again, only a new proof does."""


@dataclass(frozen=True, slots=True)
class BindingRow:
    """A WeChat user behind whom the person stands. `bound_by`: `face`, `password` or `unionid`."""

    wechat_user_id: str
    account: str
    bound_at: datetime | None
    bound_by: str | None
    nickname: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class HeldSessionRow:
    """A live session. `began_at`: when it rose to what it is."""

    id: str
    account: str
    person_id: str | None
    assurance: str
    proven_by: str | None
    device: str
    began_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class SeenRow:
    """A row of the access ledger about one person. `case_number`, `item_code`: of the case that it was about."""

    id: str
    at: datetime
    actor_kind: str
    actor_id: str | None
    action: str
    reason: str
    data: dict[str, object]
    case_number: str | None
    bundle_version_id: str | None
    item_code: str | None


def bindings(unit: Unit, person_id: str) -> list[BindingRow]:
    """The WeChat users behind whom the person stands, bound last first."""
    rows = unit.connection.execute(
        select(WeChatUser.id, WeChatUser.account, WeChatUser.bound_at, WeChatUser.bound_by, WeChatUser.nickname_sealed)
        .where(WeChatUser.person_id == person_id, WeChatUser.erased_at.is_(None))
        .order_by(WeChatUser.bound_at.desc(), WeChatUser.id)
    )
    return [
        BindingRow(*row[:4], row[4] and unit.vault.open("wechat_user.nickname_sealed", row[0], row[4])) for row in rows
    ]


def unbound_by_hand(unit: Unit, wechat_user_id: str) -> None:
    """Note that it was the person who wished it, so that no other account binds this user again."""
    unit.connection.execute(update(WeChatUser).where(WeChatUser.id == wechat_user_id).values(bound_by=UNBOUND))


def unbind_of_account(unit: Unit, credential_id: str, *, but: str = "") -> int:
    """Unbind the WeChat users for whom nothing but this account's password was ever shown, with those that WeChat says
    are the same; how many. `but`: a WeChat user who stays."""
    came = select(SignedSession.wechat_user_id).where(SignedSession.credential_id == credential_id)
    by_it = unit.connection.execute(
        select(WeChatUser.id, WeChatUser.person_id, WeChatUser.unionid).where(
            WeChatUser.id.in_(came), WeChatUser.bound_by == "password", WeChatUser.id != but
        )
    ).all()
    gone = {row.id for row in by_it}
    for row in by_it:
        same = select(WeChatUser.id).where(
            WeChatUser.unionid == row.unionid, WeChatUser.person_id == row.person_id, WeChatUser.bound_by == "unionid"
        )
        gone.update(unit.connection.scalars(same) if row.unionid is not None else ())
    for each in sorted(gone - {but}):
        people.unbind(unit, each)
        unbound_by_hand(unit, each)
    return len(gone - {but})


_LIVE: Final = (
    select(
        SignedSession.id,
        SignedSession.account,
        SignedSession.person_id,
        SignedSession.assurance,
        SignedSession.proven_by,
        SignedSession.device,
        SignedSession.created_at,
        SignedSession.seen_at,
    )
    .outerjoin(Credential, Credential.id == SignedSession.credential_id)
    .outerjoin(UnitAgent, UnitAgent.id == SignedSession.unit_agent_id)
    .where(
        SignedSession.ended_at.is_(None),
        SignedSession.expires_at > bindparam("now", type_=SignedSession.expires_at.type),
        Credential.disabled_at.is_(None),
        UnitAgent.ended_at.is_(None),
    )
    .order_by(SignedSession.seen_at.desc(), SignedSession.id)
)


def _theirs(person_id: str) -> Select[tuple[str]]:
    """Ids of the sessions that are this person's: those they signed in with, and those of their WeChat users in which
    nobody has. Two looks into indexes instead of one at every session."""
    users = select(WeChatUser.id).where(WeChatUser.person_id == person_id)
    signed_in = select(SignedSession.id).where(SignedSession.person_id == person_id)
    opened = select(SignedSession.id).where(SignedSession.wechat_user_id.in_(users), SignedSession.person_id.is_(None))
    return select(signed_in.union_all(opened).subquery().c.id)


def sessions(unit: Unit, person_id: str, now: datetime) -> list[HeldSessionRow]:
    """The live sessions of a person over all their WeChat users, the one seen last first."""
    rows = unit.connection.execute(_LIVE.where(SignedSession.id.in_(_theirs(person_id))), {"now": now})
    return [HeldSessionRow(*row) for row in rows]


def end_session(unit: Unit, person_id: str, session_id: str, now: datetime) -> bool | None:
    """End a session of this person; None where it is not theirs, False where it had ended."""
    known = unit.connection.scalar(
        select(SignedSession.id).where(SignedSession.id == session_id, SignedSession.id.in_(_theirs(person_id)))
    )
    if known is None:
        return None
    return unit.connection.execute(_ended(now).where(SignedSession.id == session_id)).rowcount == 1


def end_sessions(unit: Unit, person_id: str, now: datetime, *, but: str = "") -> int:
    """End every session of this person but one; how many."""
    found = _ended(now).where(SignedSession.id.in_(_theirs(person_id)), SignedSession.id != but)
    return unit.connection.execute(found).rowcount


def _ended(now: datetime) -> Update:
    return update(SignedSession).where(SignedSession.ended_at.is_(None)).values(ended_at=now)


def lock(unit: Unit, person_id: str) -> None:
    """From here on nobody else exports or erases this person's data before this unit ends."""
    unit.connection.execute(select(Person.id).where(Person.id == person_id).with_for_update())


def wechat_users_ever(unit: Unit, person_id: str) -> list[str]:
    """The WeChat users through whom this person has ever come."""
    bound = select(WeChatUser.id).where(WeChatUser.person_id == person_id)
    came = select(SignedSession.wechat_user_id).where(SignedSession.person_id == person_id)
    return list(unit.connection.scalars(bound.union(came)))


def counted(unit: Unit, person_id: str) -> dict[str, int]:
    """How many rows of each kind there are about a person: `drafts`, `uploads`, `cards`, `registry_answers`,
    `messages`, `accounts`, `guardianships`, `verifications`."""
    asked = {
        "drafts": select(func.count()).where(Draft.person_id == person_id),
        "uploads": select(func.count()).where(Upload.person_id == person_id),
        "cards": select(func.count()).where(Card.person_id == person_id, Card.gone_at.is_(None)),
        "registry_answers": select(func.count()).where(RegistryAnswer.person_id == person_id),
        "messages": select(func.count()).where(Notice.person_id == person_id),
        "accounts": select(func.count()).where(Credential.person_id == person_id),
        "guardianships": select(func.count()).where(Guardianship.guardian_id == person_id),
        "verifications": select(func.count()).where(about(unit, person_id)),
    }
    return {name: unit.connection.execute(each).scalar_one() for name, each in asked.items()}


def agencies(unit: Unit, person_id: str) -> list[str]:
    """The names of the organisations for which a person acts or has acted, each once."""
    names = select(Organisation.name).join(UnitAgent, UnitAgent.organisation_id == Organisation.id)
    return list(unit.connection.scalars(names.where(UnitAgent.person_id == person_id).distinct().order_by("name")))


def about(unit: Unit, person_id: str) -> ColumnElement[bool]:
    """Condition on `Verification`: it was about this person, and begun by a WeChat user of theirs."""
    users = wechat_users_ever(unit, person_id)
    document = select(Person.document_index).where(Person.id == person_id).scalar_subquery()
    return and_(Verification.wechat_user_id.in_(users), Verification.document_index == document)


@dataclass(frozen=True, slots=True)
class VerifiedRow:
    """A verification about a person, without what it said."""

    provider: str
    purpose: str
    status: str
    at: datetime


def verifications(unit: Unit, person_id: str) -> list[VerifiedRow]:
    """The verifications about a person, newest first."""
    rows = unit.connection.execute(
        select(Verification.provider, Verification.purpose, Verification.status, Verification.created_at)
        .where(about(unit, person_id))
        .order_by(Verification.created_at.desc(), Verification.id.desc())
    )
    return [VerifiedRow(*row) for row in rows]


_CASE_COLUMNS: Final = (Case.number, Case.bundle_version_id, Case.item_code)
_LEDGER: Final = (
    AccessRecord.id,
    AccessRecord.at,
    AccessRecord.actor_kind,
    AccessRecord.actor_id,
    AccessRecord.action,
    AccessRecord.reason,
    AccessRecord.data,
)
_NEWEST_FIRST: Final = (AccessRecord.at.desc(), AccessRecord.id.desc())


def case_numbers(unit: Unit, person_id: str, *, followed: bool = False) -> list[str]:
    """The cases of a person, and those they filed for somebody in their own right, not for an organisation; the oldest
    first. `followed`: not those of a child whose guardian they turned out not to be, until a new claim is proven."""
    columns = select(Case.submitted_at, Case.number)
    theirs = columns.where(Case.applicant_id == person_id)
    filed = columns.where(Case.actor_id == person_id, Case.organisation_id.is_(None))
    if followed:
        again = and_(Guardianship.proof.is_(None), Case.submitted_at < Guardianship.created_at)
        not_theirs = exists().where(
            Guardianship.id == Case.guardianship_id,
            Guardianship.guardian_id == person_id,
            or_(Guardianship.state == "refused", again),
        )
        filed = filed.where(~not_theirs)
    found = {(row.submitted_at, row.number) for asked in (theirs, filed) for row in unit.connection.execute(asked)}
    return [number for _, number in sorted(found)]


def seen_statements(unit: Unit, person_id: str, after: tuple[datetime, str] | None, most: int) -> Iterator[Executable]:
    """What `seen` asks, one statement per kind of subject; each is answered by an index, newest first."""
    verified = select(Verification.id).where(about(unit, person_id))
    for kind, subjects in (
        ("person", [person_id]),
        ("verification", list(unit.connection.scalars(verified))),
        ("case", case_numbers(unit, person_id, followed=True)),
    ):
        if not subjects:
            continue
        statement = select(*_LEDGER, *_CASE_COLUMNS).outerjoin(
            Case, and_(AccessRecord.subject_kind == "case", Case.number == AccessRecord.subject_id)
        )
        statement = statement.where(AccessRecord.subject_kind == kind, AccessRecord.subject_id.in_(subjects))
        if after is not None:
            statement = statement.where(tuple_(AccessRecord.at, AccessRecord.id) < tuple_(*after))
        yield statement.order_by(*_NEWEST_FIRST).limit(most)


def seen(unit: Unit, person_id: str, after: tuple[datetime, str] | None, most: int) -> list[SeenRow]:
    """The access ledger about a person, their verifications and their cases, newest first, from behind `after`
    (at, id)."""
    statements = seen_statements(unit, person_id, after, most)
    rows = [SeenRow(*row) for each in statements for row in unit.connection.execute(each)]
    return sorted(rows, key=lambda row: (row.at, row.id), reverse=True)[:most]


def exported(unit: Unit, person_id: str, now: datetime) -> None:
    """Note that a person took their data with them."""
    insert_row(
        unit,
        AccessRecord,
        id=new_id(),
        at=now,
        actor_kind="citizen",
        actor_id=person_id,
        action="exported",
        subject_kind="person",
        subject_id=person_id,
        reason="export",
        data={"fields": ["all"]},
    )


def exports_since(unit: Unit, person_id: str, since: datetime) -> list[datetime]:
    """When a person has taken their data with them since an instant, the latest first."""
    return list(
        unit.connection.scalars(
            select(AccessRecord.at)
            .where(
                AccessRecord.subject_kind == "person",
                AccessRecord.subject_id == person_id,
                AccessRecord.at > since,
                AccessRecord.action == "exported",
            )
            .order_by(AccessRecord.at.desc())
        )
    )
