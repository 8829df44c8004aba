"""Credentials: account names, sealed and found by blind index, and hashes of passwords."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.exc import IntegrityError

from bundles.ports import IdentityDocument
from wxserver.store.database import Unit, insert_or_ignore, update_row
from wxserver.store.people import document_index
from wxserver.store.tables.accounts import Credential
from wxserver.store.tables.base import new_id
from wxserver.store.tables.identity import Person, SignedSession

_NAME = "credential.name_sealed"


@dataclass(frozen=True, slots=True)
class CredentialRow:
    """An account. `unit_agent_id`: of an organisation's, whose agent `person_id` is. `must_change`: the password was
    given out by staff and serves once, until `runs_out_at`."""

    id: str
    kind: str
    person_id: str
    unit_agent_id: str | None
    name_sealed: str = field(repr=False)
    password_hash: str = field(repr=False)
    must_change: bool
    runs_out_at: datetime | None
    created_at: datetime
    created_by: str | None
    changed_at: datetime
    disabled_at: datetime | None


_CREDENTIAL = select(*(getattr(Credential, name) for name in CredentialRow.__dataclass_fields__))


def name_index(unit: Unit, name: str) -> str:
    """Blind index of an account name, which must be normalised."""
    return unit.vault.index("credential", name)


def by_name(unit: Unit, name: str, *, lock: bool = False) -> CredentialRow | None:
    """The account of this name, of whatever kind."""
    return _one(unit, Credential.name_index == name_index(unit, name), lock=lock)


def by_id(unit: Unit, credential_id: str, *, lock: bool = False) -> CredentialRow | None:
    return _one(unit, Credential.id == credential_id, lock=lock)


def of_person(
    unit: Unit, person_id: str, *, unit_agent_id: str | None = None, lock: bool = False
) -> CredentialRow | None:
    """The person's own account; with `unit_agent_id` the one they have as this agent of an organisation."""
    own = Credential.unit_agent_key == (unit_agent_id or "")
    return _one(unit, Credential.person_id == person_id, own, lock=lock)


def person_with(unit: Unit, document: IdentityDocument) -> str | None:
    """The id of the person with this document (its number normalised), if we have ever met them."""
    return unit.connection.scalar(select(Person.id).where(Person.document_index == document_index(unit, document)))


def all_of(unit: Unit, person_id: str) -> list[CredentialRow]:
    """Every account of a person: their own, and those as agents."""
    found = unit.connection.execute(_CREDENTIAL.where(Credential.person_id == person_id))
    return [CredentialRow(*row) for row in found]


def name_of(unit: Unit, row: CredentialRow) -> str:
    """The account's name in clear."""
    return unit.vault.open(_NAME, row.id, row.name_sealed)


def add(
    unit: Unit,
    *,
    name: str,
    password_hash: str,
    person_id: str,
    now: datetime,
    unit_agent_id: str | None = None,
    must_change: bool = False,
    runs_out_at: datetime | None = None,
    by: str | None = None,
) -> str | None:
    """Add an account; its id. None where the name is taken, or the person has one. `by`: the member of staff."""
    new = new_id()
    added = insert_or_ignore(
        unit,
        Credential,
        id=new,
        kind="person" if unit_agent_id is None else "organisation",
        person_id=person_id,
        unit_agent_id=unit_agent_id,
        unit_agent_key=unit_agent_id or "",
        name_sealed=unit.vault.seal(_NAME, new, name),
        name_index=name_index(unit, name),
        password_hash=password_hash,
        must_change=must_change,
        runs_out_at=runs_out_at,
        created_at=now,
        created_by=by,
        changed_at=now,
        disabled_at=None,
    )
    return new if added else None


def rename(unit: Unit, credential_id: str, name: str) -> bool:
    """Give an account another name; False where that is taken."""
    values: dict[str, object] = {
        "name_sealed": unit.vault.seal(_NAME, credential_id, name),
        "name_index": name_index(unit, name),
    }
    try:
        with unit.connection.begin_nested():
            update_row(unit, Credential, credential_id, **values)
    except IntegrityError:
        return False
    return True


def change(unit: Unit, credential_id: str, **values: object) -> None:
    """Change columns of an account."""
    update_row(unit, Credential, credential_id, **values)


def remove(unit: Unit, credential_id: str, now: datetime) -> None:
    """Delete an account; the sessions that rest on it end."""
    end_sessions(unit, credential_id, now)
    unit.connection.execute(
        update(SignedSession).where(SignedSession.credential_id == credential_id).values(credential_id=None)
    )
    unit.connection.execute(delete(Credential).where(Credential.id == credential_id))


def end_sessions(unit: Unit, credential_id: str, now: datetime, *, but: str = "") -> int:
    """End the sessions that rest on an account, but for one; how many."""
    result = unit.connection.execute(
        update(SignedSession)
        .where(SignedSession.credential_id == credential_id, SignedSession.ended_at.is_(None), SignedSession.id != but)
        .values(ended_at=now)
    )
    return result.rowcount


def end_sessions_of_user(unit: Unit, wechat_user_id: str, now: datetime, *, but: str) -> int:
    """End every session of a WeChat user but one; how many."""
    result = unit.connection.execute(
        update(SignedSession)
        .where(
            SignedSession.wechat_user_id == wechat_user_id,
            SignedSession.ended_at.is_(None),
            SignedSession.id != but,
        )
        .values(ended_at=now)
    )
    return result.rowcount


def _one(unit: Unit, *where: ColumnElement[bool], lock: bool = False) -> CredentialRow | None:
    found = _CREDENTIAL.where(*where)
    row = unit.connection.execute(found.with_for_update() if lock else found).one_or_none()
    return None if row is None else CredentialRow(*row)
