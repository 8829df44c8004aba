"""Consents: the texts, and who agreed to which. What was withdrawn stays as the proof that it had been given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select, update

from bundles.ports import IdentityDocument
from wxserver.store.database import Unit, insert_or_ignore, insert_row
from wxserver.store.people import document_index
from wxserver.store.tables.base import new_id
from wxserver.store.tables.identity import Consent, ConsentText, Person, Verification, WeChatUser


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """A consent with the title of its text. `about_id`: the minor whose data it is about, where it is not one's own."""

    id: str
    wechat_user_id: str
    person_id: str | None
    purpose: str
    version: str
    title: str
    about_id: str | None
    given_at: datetime
    withdrawn_at: datetime | None


_COLUMNS = (
    Consent.id,
    Consent.wechat_user_id,
    Consent.person_id,
    Consent.purpose,
    Consent.version,
    ConsentText.title,
    Consent.about_id,
    Consent.given_at,
    Consent.withdrawn_at,
)
_WITH_TEXT = select(*_COLUMNS).outerjoin(
    ConsentText, and_(ConsentText.purpose == Consent.purpose, ConsentText.version == Consent.version)
)


def current(unit: Unit) -> list[ConsentText]:
    """The newest text of every purpose."""
    newest: dict[str, ConsentText] = {}
    for row in unit.session.scalars(select(ConsentText).order_by(ConsentText.published_at, ConsentText.version)):
        newest[row.purpose] = row
    return list(newest.values())


def version(unit: Unit, purpose: str) -> str | None:
    """The version of the text in force for a purpose; None where there is none."""
    newest = select(ConsentText.version).where(ConsentText.purpose == purpose)
    return unit.connection.scalar(newest.order_by(ConsentText.published_at.desc(), ConsentText.version.desc()).limit(1))


def agreed_about(unit: Unit, person_id: str, about_id: str, purpose: str, version: str) -> bool:
    """Whether this person agreed to this version about that child, and still does."""
    found = select(Consent.id).where(
        Consent.person_id == person_id,
        Consent.about_id == about_id,
        Consent.purpose == purpose,
        Consent.version == version,
        Consent.withdrawn_at.is_(None),
    )
    return unit.connection.scalar(found.limit(1)) is not None


def add_text(unit: Unit, *, purpose: str, version: str, title: str, text: str, now: datetime) -> bool:
    """Publish a consent text; False if this version is there already. A version's words never change."""
    return insert_or_ignore(
        unit, ConsentText, id=new_id(), purpose=purpose, version=version, title=title, text=text, published_at=now
    )


def text(unit: Unit, purpose: str, version: str) -> ConsentText | None:
    return unit.session.scalars(
        select(ConsentText).where(ConsentText.purpose == purpose, ConsentText.version == version)
    ).one_or_none()


def give(
    unit: Unit,
    *,
    wechat_user_id: str,
    person_id: str | None,
    purpose: str,
    version: str,
    verification_id: str | None,
    about_id: str | None,
    now: datetime,
) -> str:
    """Keep that somebody agreed; the consent's id."""
    new = new_id()
    insert_row(
        unit,
        Consent,
        id=new,
        wechat_user_id=wechat_user_id,
        person_id=person_id,
        purpose=purpose,
        version=version,
        verification_id=verification_id,
        about_id=about_id,
        given_at=now,
    )
    return new


def belong_to(unit: Unit, verification_id: str, person_id: str) -> None:
    """What was agreed to for a verification was agreed to by this person."""
    unit.connection.execute(
        update(Consent).where(Consent.verification_id == verification_id).values(person_id=person_id)
    )


def standing(unit: Unit, wechat_user_id: str, person_id: str | None) -> set[tuple[str, str]]:
    """(purpose, version) of what holds for this WeChat user about their own data.

    What the person gave holds wherever they are; what was given before anybody was known holds for the WeChat user it
    came from. What another person gave in the same WeChat never holds for this one. Without a `person_id`: the person
    behind the WeChat user, if there is one.
    """
    whose = person_id or unit.connection.scalar(select(WeChatUser.person_id).where(WeChatUser.id == wechat_user_id))
    rows = unit.connection.execute(
        select(Consent.purpose, Consent.version)
        .where(_own(whose, [wechat_user_id]), Consent.withdrawn_at.is_(None), Consent.about_id.is_(None))
        .distinct()
    )
    return {(row.purpose, row.version) for row in rows}


def standing_of(unit: Unit, wechat_user_id: str, document: IdentityDocument) -> set[tuple[str, str]]:
    """(purpose, version) of what the person with this document has agreed to, or what was agreed to in this WeChat for
    a verification of this very document."""
    index = document_index(unit, document)
    of_person = Consent.person_id.in_(select(Person.id).where(Person.document_index == index))
    of_tries = Consent.verification_id.in_(select(Verification.id).where(Verification.document_index == index))
    mine = or_(of_person, and_(Consent.person_id.is_(None), Consent.wechat_user_id == wechat_user_id, of_tries))
    rows = unit.connection.execute(
        select(Consent.purpose, Consent.version)
        .where(mine, Consent.withdrawn_at.is_(None), Consent.about_id.is_(None))
        .distinct()
    )
    return {(row.purpose, row.version) for row in rows}


def of(unit: Unit, person_id: str | None, wechat_user_ids: Sequence[str]) -> list[ConsentRow]:
    """What a person gave, and what was given from these WeChat users before anybody was known; newest first, the
    withdrawn ones too."""
    rows = unit.connection.execute(
        _WITH_TEXT.where(_own(person_id, wechat_user_ids)).order_by(Consent.given_at.desc(), Consent.id.desc())
    )
    return [_row(each) for each in rows]


def one_of(unit: Unit, consent_id: str, person_id: str | None, wechat_user_ids: Sequence[str]) -> ConsentRow | None:
    """One of those that `of` gives."""
    row = unit.connection.execute(
        _WITH_TEXT.where(Consent.id == consent_id, _own(person_id, wechat_user_ids))
    ).one_or_none()
    return None if row is None else _row(row)


def withdraw(
    unit: Unit,
    person_id: str | None,
    wechat_user_ids: Sequence[str],
    now: datetime,
    *,
    purpose: str | None = None,
    about_id: str | None = None,
    but_about: Sequence[str] = (),
) -> int:
    """Take back what stands of those that `of` gives: of one purpose (about this child, or about nobody else), or all
    but those about some children. How many. The rows stay."""
    where = [_own(person_id, wechat_user_ids), Consent.withdrawn_at.is_(None)]
    if purpose is not None:
        about = Consent.about_id.is_(None) if about_id is None else Consent.about_id == about_id
        where += [Consent.purpose == purpose, about]
    if but_about:
        where.append(or_(Consent.about_id.is_(None), Consent.about_id.not_in(list(but_about))))
    return unit.connection.execute(update(Consent).where(*where).values(withdrawn_at=now)).rowcount


def withdraw_of_user(unit: Unit, wechat_user_id: str, now: datetime) -> int:
    """A WeChat user takes back what was agreed to through them about their own data; how many. What was agreed to about
    a child belongs to the person."""
    result = unit.connection.execute(
        update(Consent)
        .where(
            Consent.wechat_user_id == wechat_user_id,
            Consent.withdrawn_at.is_(None),
            Consent.about_id.is_(None),
        )
        .values(withdrawn_at=now)
    )
    return result.rowcount


def _own(person_id: str | None, wechat_user_ids: Sequence[str]) -> ColumnElement[bool]:
    """What a person gave, and what nobody known gave in these WeChats; but not what somebody ticked there for trying to
    verify another document than the person's."""
    nobodys = and_(Consent.person_id.is_(None), Consent.wechat_user_id.in_(list(wechat_user_ids)))
    if person_id is None:
        return nobodys
    document = select(Person.document_index).where(Person.id == person_id).scalar_subquery()
    tried = select(Verification.id).where(Verification.document_index == document)
    theirs = or_(Consent.verification_id.is_(None), Consent.verification_id.in_(tried))
    return or_(Consent.person_id == person_id, and_(nobodys, theirs))


def _row(row: Sequence[object]) -> ConsentRow:
    values = list(row)
    values[5] = values[5] or ""
    return ConsentRow(*values)  # type: ignore[arg-type]
