"""Persons and the WeChat users behind whom they stand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select, update

from bundles.ports import IdentityDocument
from wxserver.store.database import Unit, insert_or_ignore
from wxserver.store.tables.base import new_id
from wxserver.store.tables.identity import Person, WeChatUser


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """A person in clear. Stays inside the server; what leaves it is masked."""

    id: str
    name: str
    document: IdentityDocument

    def __repr__(self) -> str:
        return f"KnownPerson({self.id})"


def document_index(unit: Unit, document: IdentityDocument) -> str:
    """Blind index of an identity document; `number` must be normalised."""
    return unit.vault.index("document", f"{document.kind}|{document.number}")


_PERSON = select(Person.name_sealed, Person.document_kind, Person.document_sealed).where(
    Person.id == bindparam("person_id")
)
_WECHAT_USER = select(WeChatUser.account, WeChatUser.openid, WeChatUser.person_id).where(
    WeChatUser.id == bindparam("wechat_user_id")
)


def person(unit: Unit, person_id: str) -> KnownPerson:
    row = unit.connection.execute(_PERSON, {"person_id": person_id}).one()
    number = unit.vault.open("person.document_sealed", person_id, row.document_sealed)
    name = unit.vault.open("person.name_sealed", person_id, row.name_sealed)
    return KnownPerson(person_id, name, IdentityDocument(row.document_kind, number))


def remember(unit: Unit, name: str, document: IdentityDocument, now: datetime) -> str:
    """The id of the person with this document; added if unknown, renamed if a provider vouched for a new name."""
    found = document_index(unit, document)
    person_id = unit.connection.scalar(select(Person.id).where(Person.document_index == found))
    if person_id is None:
        new = new_id()
        insert_or_ignore(
            unit,
            Person,
            id=new,
            name_sealed=unit.vault.seal("person.name_sealed", new, name),
            document_kind=document.kind,
            document_sealed=unit.vault.seal("person.document_sealed", new, document.number),
            document_index=found,
            created_at=now,
            updated_at=now,
        )
        person_id = unit.connection.execute(select(Person.id).where(Person.document_index == found)).scalar_one()
    if person(unit, person_id).name != name:
        unit.connection.execute(
            update(Person)
            .where(Person.id == person_id)
            .values(name_sealed=unit.vault.seal("person.name_sealed", person_id, name), updated_at=now)
        )
    return person_id


def met(unit: Unit, name: str, document: IdentityDocument, now: datetime) -> tuple[str, bool]:
    """The id of the person with this document, added if unknown, and whether this is the name they are known by.

    Nobody is renamed: a name written down at a window is no proof.
    """
    found = document_index(unit, document)
    known = unit.connection.scalar(select(Person.id).where(Person.document_index == found))
    person_id = known or remember(unit, name, document, now)
    return person_id, known is None or person(unit, known).name == name


@dataclass(frozen=True, slots=True)
class KnownWeChatUser:
    id: str
    account: str
    openid: str
    person_id: str | None


def wechat_user(unit: Unit, wechat_user_id: str) -> KnownWeChatUser:
    row = unit.connection.execute(_WECHAT_USER, {"wechat_user_id": wechat_user_id}).one()
    return KnownWeChatUser(wechat_user_id, row.account, row.openid, row.person_id)


def remember_wechat_user(unit: Unit, account: str, openid: str, unionid: str | None, now: datetime) -> str:
    """The id of this openid under this account; added if unknown."""
    where = (WeChatUser.account == account, WeChatUser.openid == openid)
    row = unit.connection.execute(select(WeChatUser.id, WeChatUser.unionid).where(*where)).one_or_none()
    if row is None:
        values = {"account": account, "openid": openid, "unionid": unionid, "created_at": now}
        insert_or_ignore(unit, WeChatUser, id=new_id(), **values)
        row = unit.connection.execute(select(WeChatUser.id, WeChatUser.unionid).where(*where)).one()
    if unionid and row.unionid != unionid:
        unit.connection.execute(update(WeChatUser).where(*where).values(unionid=unionid))
    return str(row.id)


def bind(unit: Unit, wechat_user_id: str, person_id: str, now: datetime) -> None:
    """From now on this person stands behind this WeChat user; an earlier one keeps what is theirs."""
    unit.connection.execute(
        update(WeChatUser).where(WeChatUser.id == wechat_user_id).values(person_id=person_id, bound_at=now)
    )
