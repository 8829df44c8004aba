"""Sessions: who is at the other end, and how sure we are.

A session is opaque (256 random bits, only its hash is kept), revocable, and replaced by a new one when its assurance
rises, so that a token learned before a sign-in is worth nothing after it.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bundles.definition import Item
from bundles.masking import mask_name, mask_number
from bundles.working_days import legal_date
from wxserver.ports import Clock
from wxserver.store import people, sessions
from wxserver.store.database import Database, Unit
from wxserver.usecases.faults import AssuranceRequired, Unauthenticated
from wxserver.usecases.tokens import hash_of, new_token, same

LIFETIME = timedelta(days=30)
SEEN_EVERY = timedelta(minutes=5)
LEVELS = ("wechat", "password", "face")


@dataclass(frozen=True, slots=True)
class UnitView:
    """The organisation for which somebody is signed in: its name and unified social credit code; what they may do for
    it (codes of bundles, or `bundle/item`; none: everything that allows it), and the last day of that."""

    agent_id: str
    organisation_id: str
    organisation: str
    code: str
    scope: tuple[str, ...]
    ends_on: date


@dataclass(frozen=True, slots=True)
class SessionView:
    """A live session. `assured_at`: when its assurance was last proven; `proven_by`: a provider's code, or `password`.
    `device`: what the browser says it is, in a few words. `unit`: with an organisation's account.
    """

    id: str
    kind: str
    account: str
    wechat_user_id: str
    person_id: str | None
    assurance: str
    assured_at: datetime | None
    expires_at: datetime
    csrf_token: str
    device: str = ""
    proven_by: str | None = None
    credential_id: str | None = None
    unit: UnitView | None = None


@dataclass(frozen=True, slots=True)
class PersonView:
    """A person, masked."""

    name: str
    id_type: str
    id_number: str


def view_of_person(person: people.KnownPerson) -> PersonView:
    return PersonView(mask_name(person.name), person.document.kind, mask_number(person.document.number))


class Sessions:
    def __init__(self, database: Database, clock: Clock, csrf_key: bytes) -> None:
        self.database = database
        self.clock = clock
        self._csrf_key = csrf_key

    def find(self, token: str) -> SessionView | None:
        """The live session behind a token, if there is one; none of an account or an agent that is over."""
        now = self.clock.now()
        with self.database.read() as unit:
            row = sessions.find(unit, hash_of(token), now)
            acting_for = None if row is None else _unit(unit, row, now)
            if row is None or not _stands(unit, row, acting_for):
                return None
        if now - row.seen_at > SEEN_EVERY:
            with self.database.write() as unit:
                sessions.seen(unit, row.id, now)
        return self._view(row, acting_for)

    def begin(
        self, unit: Unit, *, kind: str, account: str, wechat_user_id: str, device: str = ""
    ) -> tuple[str, SessionView]:
        """A new session that knows the WeChat user only; (token, session)."""
        now, token = self.clock.now(), new_token()
        row = sessions.begin(
            unit,
            token_hash=hash_of(token),
            kind=kind,
            account=account,
            wechat_user_id=wechat_user_id,
            now=now,
            expires_at=now + LIFETIME,
            device=device,
        )
        return token, self._view(row)

    def rise(
        self,
        unit: Unit,
        session: SessionView,
        *,
        person_id: str,
        assurance: str,
        proven_by: str,
        assured_at: datetime | None = None,
        credential_id: str | None = None,
        unit_agent_id: str | None = None,
    ) -> tuple[str, SessionView]:
        """Replace a session by one that knows the person; the old token is dead once the unit commits. `assured_at`:
        when they proved who they are; None: just now.

        `proven_by`: the provider's code, or `password` with the account's `credential_id` and, for an organisation's,
        the agent. Raises Unauthenticated where the session was ended meanwhile (signed out on another page).
        """
        now, token = self.clock.now(), new_token()
        row = sessions.begin(
            unit,
            token_hash=hash_of(token),
            kind=session.kind,
            account=session.account,
            wechat_user_id=session.wechat_user_id,
            now=now,
            expires_at=now + LIFETIME,
            person_id=person_id,
            assurance=assurance,
            assured_at=assured_at or now,
            device=session.device,
            proven_by=proven_by,
            credential_id=credential_id,
            unit_agent_id=unit_agent_id,
        )
        if not sessions.end(unit, session.id, now, followed_by=row.id):
            raise Unauthenticated("这次登录已经退出，请重新登录。", code="session-ended")
        return token, self._view(row, _unit(unit, row, now))

    def end(self, session: SessionView) -> None:
        """Sign out: the token is worth nothing from now on."""
        with self.database.write() as unit:
            sessions.end(unit, session.id, self.clock.now())

    def person(self, session: SessionView) -> PersonView | None:
        """Who is signed in, masked."""
        if session.person_id is None:
            return None
        with self.database.read() as unit:
            return view_of_person(people.person(unit, session.person_id))

    def check_csrf(self, session: SessionView, sent: str) -> bool:
        """Does what was sent with a form belong to this session? It never runs out while the session lives."""
        return same(session.csrf_token, sent)

    def _view(self, row: sessions.SessionRow, acting_for: UnitView | None = None) -> SessionView:
        csrf = hmac.new(self._csrf_key, row.id.encode(), hashlib.sha256).hexdigest()
        return SessionView(
            id=row.id,
            kind=row.kind,
            account=row.account,
            wechat_user_id=row.wechat_user_id,
            person_id=row.person_id,
            assurance=row.assurance,
            assured_at=row.assured_at,
            expires_at=row.expires_at,
            csrf_token=csrf,
            device=row.device,
            proven_by=row.proven_by,
            credential_id=row.credential_id,
            unit=acting_for,
        )


def _unit(unit: Unit, row: sessions.SessionRow, now: datetime) -> UnitView | None:
    found = None if row.unit_agent_id is None else sessions.agent(unit, row.unit_agent_id)
    if found is None or found.ends_on < legal_date(now):
        return None
    return UnitView(found.id, found.organisation_id, found.name, found.code, tuple(found.scope), found.ends_on)


def _stands(unit: Unit, row: sessions.SessionRow, acting_for: UnitView | None) -> bool:
    """Whether the account and the agent that a session rests on are still good."""
    if row.credential_id is not None and not sessions.credential_usable(unit, row.credential_id):
        return False
    return row.unit_agent_id is None or acting_for is not None


def signed_in(session: SessionView) -> str:
    """The person's id; raises Unauthenticated where only the WeChat user is known."""
    if session.person_id is None:
        raise Unauthenticated("请先登录，再办这件事。", code="sign-in-required")
    return session.person_id


def assured(session: SessionView, item: Item, now: datetime) -> str:
    """The person's id, if the session is as certain and as fresh as the item asks (JY-6, KS-1)."""
    return require(session, assurance=item.assurance, fresh_minutes=item.fresh_minutes, now=now)


def require(session: SessionView, *, assurance: str, fresh_minutes: int, now: datetime) -> str:
    """The person's id, if the session is at least this certain, proven within so many minutes.

    Raises AssuranceRequired; its `extra` says what is needed and how to get it.
    """
    extra: dict[str, object] = {
        "needs": {"assurance": assurance, "fresh_minutes": fresh_minutes},
        "how": {"verification": "/api/v1/verifications", "page": "/login"},
    }
    enough = LEVELS.index(session.assurance) >= LEVELS.index(assurance)
    if session.person_id is None or not enough:
        sentence = "办这一项要先核对您本人的身份，请先登录。"
        if session.person_id is not None and assurance == "face":
            sentence = "办这一项要用人脸核对是您本人。不方便做人脸的，请带证件到窗口办。您填的都还在。"
        raise AssuranceRequired(sentence, extra=extra)
    fresh = session.assured_at is not None and now - session.assured_at <= timedelta(minutes=fresh_minutes)
    if not fresh:
        raise AssuranceRequired(
            f"您登录已经超过 {fresh_minutes} 分钟。为了您的安全，请再核对一次身份，您填的都还在。", extra=extra
        )
    return session.person_id


def assured_until(session: SessionView, item: Item) -> datetime | None:
    """Until when the session is fresh enough for the item; None where nobody is signed in."""
    return None if session.assured_at is None else session.assured_at + timedelta(minutes=item.fresh_minutes)
