"""Persons and the WeChat users behind whom they stand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, select, update

from bundles.people import identity_of
from bundles.ports import IdentityDocument
from wxserver.store.database import Unit, insert_or_ignore
from wxserver.store.tables.applications import Application, Card, Case
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
    """Blind index of the human being whom an identity document names; two documents of one lead to the same."""
    return unit.vault.index("document", "|".join(identity_of(document.kind, document.number)))


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
    """The id of the person with this document, added if unknown. Name and document become those that a provider has
    vouched for."""
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
    known = person(unit, person_id)
    if (known.name, known.document) != (name, document):
        unit.connection.execute(
            update(Person)
            .where(Person.id == person_id)
            .values(
                name_sealed=unit.vault.seal("person.name_sealed", person_id, name),
                document_kind=document.kind,
                document_sealed=unit.vault.seal("person.document_sealed", person_id, document.number),
                updated_at=now,
            )
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


def told_of(unit: Unit, wechat_user_id: str) -> tuple[str | None, bool | None]:
    """What WeChat has told of this user: the unionid, and whether they follow; None for what it never told."""
    row = unit.connection.execute(
        select(WeChatUser.unionid, WeChatUser.follows).where(WeChatUser.id == wechat_user_id)
    ).one()
    return row.unionid, row.follows


def bind(unit: Unit, wechat_user_id: str, person_id: str, now: datetime, *, by: str) -> None:
    """From now on this person stands behind this WeChat user; an earlier one keeps what is theirs. So they do behind
    the users of other accounts that WeChat says are the same, unless somebody stands there already or was unbound there
    by their own wish (`bound_by` "unbound"). `by`: `face` or `password`, by which they proved it."""
    unit.connection.execute(
        update(WeChatUser).where(WeChatUser.id == wechat_user_id).values(person_id=person_id, bound_at=now, bound_by=by)
    )
    _share(unit, wechat_user_id, person_id, now)


def _share(unit: Unit, wechat_user_id: str, person_id: str, now: datetime) -> None:
    """Behind the same user of other accounts stands the same person, where nobody stands there."""
    same = select(WeChatUser.unionid).where(WeChatUser.id == wechat_user_id, WeChatUser.unionid.is_not(None))
    unit.connection.execute(
        update(WeChatUser)
        .where(
            WeChatUser.unionid == same.scalar_subquery(),
            WeChatUser.person_id.is_(None),
            WeChatUser.bound_by.is_(None),
            WeChatUser.erased_at.is_(None),
        )
        .values(person_id=person_id, bound_at=now, bound_by="unionid")
    )


@dataclass(frozen=True, slots=True)
class Reachable:
    """A WeChat user behind whom a person stands. `follows`: None where WeChat never told."""

    id: str
    account: str
    openid: str
    follows: bool | None


_REACHABLE = (
    select(WeChatUser.id, WeChatUser.account, WeChatUser.openid, WeChatUser.follows)
    .where(WeChatUser.person_id == bindparam("of"), WeChatUser.erased_at.is_(None))
    .order_by(WeChatUser.bound_at.desc(), WeChatUser.id)
)
_KNOWN = select(WeChatUser.id).where(WeChatUser.account == bindparam("on"), WeChatUser.openid == bindparam("as_"))


def reachable(unit: Unit, person_id: str) -> list[Reachable]:
    """The WeChat users of a person, the one bound last first."""
    return [Reachable(*row) for row in unit.connection.execute(_REACHABLE, {"of": person_id})]


def known_wechat_user(unit: Unit, account: str, openid: str) -> str | None:
    """The id of this openid under this account, if we have ever met it."""
    return unit.connection.scalar(_KNOWN, {"on": account, "as_": openid})


def following(unit: Unit, wechat_user_id: str, follows: bool, told_at: datetime) -> bool:
    """WeChat's event of `told_at`: this user follows, or does not. False where a newer event came before."""
    result = unit.connection.execute(
        update(WeChatUser)
        .where(
            WeChatUser.id == wechat_user_id,
            WeChatUser.follow_changed_at.is_(None) | (WeChatUser.follow_changed_at <= told_at),
        )
        .values(follows=follows, follow_changed_at=told_at)
    )
    return result.rowcount == 1


def follows(unit: Unit, wechat_user_id: str) -> bool | None:
    """Whether this user follows the account, as far as WeChat has said."""
    return unit.connection.scalar(select(WeChatUser.follows).where(WeChatUser.id == wechat_user_id))


def found_following(unit: Unit, wechat_user_id: str, follows: bool) -> None:
    """WeChat answered that this user follows, or does not. Only its events have a time by which an older one can be
    told; our own clock may be ahead of WeChat's, and an erasure must not be missed for that."""
    there = (WeChatUser.id == wechat_user_id, WeChatUser.erased_at.is_(None))
    unit.connection.execute(update(WeChatUser).where(*there).values(follows=follows))


def link(unit: Unit, wechat_user_id: str, now: datetime) -> None:
    """Let one person stand behind all users whom WeChat says are the same (by unionid): the one who has proven it in
    one account, for those behind whom nobody stands."""
    row = unit.connection.execute(
        select(WeChatUser.unionid, WeChatUser.person_id).where(WeChatUser.id == wechat_user_id)
    ).one()
    if row.unionid is None:
        return
    person_id = row.person_id or unit.connection.scalar(
        select(WeChatUser.person_id)
        .where(WeChatUser.unionid == row.unionid, WeChatUser.person_id.is_not(None), WeChatUser.erased_at.is_(None))
        .order_by(WeChatUser.bound_at.desc())
        .limit(1)
    )
    if person_id is not None:
        _share(unit, wechat_user_id, person_id, now)


def learned(unit: Unit, wechat_user_id: str, unionid: str | None) -> None:
    """Keep the unionid that WeChat told of a user."""
    if unionid is not None:
        there = (WeChatUser.id == wechat_user_id, WeChatUser.erased_at.is_(None))
        unit.connection.execute(update(WeChatUser).where(*there).values(unionid=unionid))


_SESSION_KEY = "wechat_user.session_key_sealed"


def keep_session_key(unit: Unit, wechat_user_id: str, key: str | None) -> None:
    """Keep the session key of a mini-program's last login, sealed; None: it is no more."""
    sealed = None if key is None else unit.vault.seal(_SESSION_KEY, wechat_user_id, key)
    unit.connection.execute(update(WeChatUser).where(WeChatUser.id == wechat_user_id).values(session_key_sealed=sealed))


def session_key(unit: Unit, wechat_user_id: str) -> str | None:
    """The session key of a mini-program's last login."""
    sealed = unit.connection.scalar(select(WeChatUser.session_key_sealed).where(WeChatUser.id == wechat_user_id))
    return None if sealed is None else unit.vault.open(_SESSION_KEY, wechat_user_id, sealed)


def keep_profile(unit: Unit, wechat_user_id: str, nickname: str | None, avatar: str | None) -> None:
    """Keep nickname and avatar (base64) of a WeChat user who agreed to it, sealed; None: they are no more."""
    values = {
        column: None if value is None else unit.vault.seal(f"wechat_user.{column}", wechat_user_id, value)
        for column, value in (("nickname_sealed", nickname), ("avatar_sealed", avatar))
    }
    unit.connection.execute(update(WeChatUser).where(WeChatUser.id == wechat_user_id).values(**values))


def profile(unit: Unit, wechat_user_id: str) -> tuple[str | None, str | None]:
    """Nickname and avatar (base64), where they are kept."""
    row = unit.connection.execute(
        select(WeChatUser.nickname_sealed, WeChatUser.avatar_sealed).where(WeChatUser.id == wechat_user_id)
    ).one()
    nickname, avatar = (
        None if sealed is None else unit.vault.open(f"wechat_user.{column}", wechat_user_id, sealed)
        for column, sealed in (("nickname_sealed", row.nickname_sealed), ("avatar_sealed", row.avatar_sealed))
    )
    return nickname, avatar


def unbind(unit: Unit, wechat_user_id: str) -> str | None:
    """Nobody stands behind this WeChat user any more, and nothing is kept of their profile; who stood there."""
    person_id = unit.connection.scalar(select(WeChatUser.person_id).where(WeChatUser.id == wechat_user_id))
    unit.connection.execute(
        update(WeChatUser)
        .where(WeChatUser.id == wechat_user_id)
        .values(
            person_id=None,
            bound_at=None,
            bound_by=None,
            unionid=None,
            session_key_sealed=None,
            nickname_sealed=None,
            avatar_sealed=None,
        )
    )
    return person_id


def erase(unit: Unit, wechat_user_id: str, now: datetime) -> None:
    """Forget the openid too. The row stays, because sessions and consents point to it; should the same person come
    again, they are somebody new."""
    unit.connection.execute(
        update(WeChatUser)
        .where(WeChatUser.id == wechat_user_id)
        .values(openid=f"-{wechat_user_id}", follows=False, follow_changed_at=None, erased_at=now)
    )


def forget(unit: Unit, person_id: str) -> bool:
    """Forget a person of whom there is no administrative record: name, document and cards. False where there is one.
    The row stays without content, because ended sessions and withdrawn consents point to it."""
    recorded = (
        select(Application.id).where(Application.person_id == person_id),
        select(Case.id).where(
            (Case.applicant_id == person_id) | (Case.cardholder_id == person_id) | (Case.actor_id == person_id)
        ),
    )
    if any(unit.connection.execute(each.limit(1)).first() is not None for each in recorded):
        return False
    unit.connection.execute(delete(Card).where(Card.person_id == person_id))
    unit.connection.execute(
        update(Person)
        .where(Person.id == person_id)
        .values(name_sealed="", document_sealed="", document_index=f"-{person_id}")
    )
    return True
