"""Verifying a person at an identity provider, and what a passed verification is good for.

created -> redirected -> passed | failed | cancelled | expired; final states never change. A result is believed only
from a signed callback or from our own question, never from a redirect, and only if it speaks of the person we asked
about. `passed` is consumed once, by the WeChat user who asked.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bundles import people as documents
from bundles.engine import Fault
from bundles.working_days import SHANGHAI
from wxserver.ports import (
    Clock,
    Refused,
    Unavailable,
    VerificationRequest,
)
from wxserver.store import accounts, people, records, verifications
from wxserver.store.database import Database, Unit
from wxserver.store.verifications import VerificationRow
from wxserver.usecases.consenting import FACE, IDENTITY, Consenting
from wxserver.usecases.faults import Forbidden, Invalid, NotFound, TooMany
from wxserver.usecases.proofs import content_digest
from wxserver.usecases.sessions import PersonView, Sessions, SessionView, view_of_person
from wxserver.usecases.signing_in import safe_next
from wxserver.usecases.subjects import StartVerification as StartVerification
from wxserver.usecases.subjects import Subjects, asked_before
from wxserver.usecases.tokens import hash_of, new_token, same
from wxserver.usecases.verdicts import Verdicts
from wxserver.usecases.verifiers import AWAY, ProviderView, Verifiers

LIFETIME: Final = timedelta(minutes=10)
SERVES: Final = timedelta(minutes=10)
"""How long after the result a pass signs somebody in (facts/wechat.md §6); later they show their face again."""
MISMATCHES: Final = 5
"""So many times somebody may turn out not to be the person they name; then face verification rests for them."""
RESTS: Final = timedelta(hours=24)
MOST_AN_HOUR: Final = 30
"""Each verification is paid for: nobody needs more of them."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class VerificationView:
    """A verification as its owner sees it. `url`: where to go, or `verify_id`: what the mini-program hands to WeChat;
    `outcome`: what the result means for the next try; `for_case`: it serves for one application alone; `provider`: who
    was asked."""

    id: str
    status: str
    expires_at: datetime
    url: str | None = None
    verify_id: str | None = None
    reason: str | None = None
    outcome: str | None = None
    next_path: str = "/"
    for_case: bool = False
    provider: str = ""


@dataclass(frozen=True, slots=True)
class Looked:
    """A verification as it stands; with `token` and `session` where this look consumed it."""

    verification: VerificationView
    token: str | None = None
    session: SessionView | None = None

    @property
    def next_path(self) -> str:
        return self.verification.next_path


class Verifying:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        sessions: Sessions,
        consenting: Consenting,
        verifiers: Verifiers,
        *,
        public_url: str,
    ) -> None:
        self.database = database
        self.clock = clock
        self.sessions = sessions
        self.consenting = consenting
        self.verifiers = verifiers
        self.subjects = Subjects(database, consenting, verifiers)
        self.verdicts = Verdicts(database, clock, verifiers)
        self.public_url = public_url
        self.bound: Callable[[Unit, str], None] = lambda *_: None
        self.proven: Callable[[Unit, str], None] = lambda *_: None

    def providers(self, session: SessionView) -> tuple[ProviderView, ...]:
        """The providers one can choose from, those that are down last."""
        return self.verifiers.offered(session)

    def consents_needed(self, session: SessionView, provider: str) -> tuple[str, ...]:
        """What this person must still agree to before this provider is asked: `identity_verification`, `face`."""
        port = self.verifiers.ports[provider]
        with self.database.read() as unit:
            return self.subjects.needed(unit, session, port)

    def consents_asked(self, provider: str) -> tuple[str, ...]:
        """What anybody must have agreed to before this provider is asked, as long as nobody knows who it will be."""
        return asked_before(self.verifiers.ports[provider])

    def known_person(self, session: SessionView) -> PersonView | None:
        """The person bound to this WeChat user, who types no name or number any more (JY-5)."""
        with self.database.read() as unit:
            user = people.wechat_user(unit, session.wechat_user_id)
            return None if user.person_id is None else view_of_person(people.person(unit, user.person_id))

    def rests_until(self, session: SessionView, *, but: str = "") -> datetime | None:
        """Until when this WeChat user can't verify by face any more, for too many that were not the person. `but`: a
        verification that does not count."""
        now = self.clock.now()
        with self.database.read() as unit:
            ended = verifications.mismatches(unit, session.wechat_user_id, now - RESTS, but)
        return ended[0] + RESTS if len(ended) >= MISMATCHES else None

    def others(self, session: SessionView, verification: VerificationView) -> tuple[ProviderView, ...]:
        """Who else can verify the document that a verification of this session's WeChat user was about."""
        with self.database.read() as unit:
            kind = verifications.document_kind(unit, verification.id)
        return self.verifiers.others(session, verification.provider, kind)

    def start(self, session: SessionView, asked: StartVerification) -> VerificationView:
        """Ask a provider to verify a person; all faults at once.

        Raises Invalid, TooMany (`verification-rests`, `too-many-verifications`), FarSideAway with a fault at
        `provider`.
        """
        now = self.clock.now()
        self._refuse_too_many(session, now, asked.face_only)
        provider, name, document = self.subjects.of(session, asked, now)
        reference, state = new_token()[:32], new_token()
        bound_to = None if asked.content is None else content_digest(asked.key or "", asked.content)
        with self.database.write() as unit:
            user = people.wechat_user(unit, session.wechat_user_id)
            verification = verifications.add(
                unit,
                provider=provider.name,
                reference=reference,
                session_id=session.id,
                wechat_user_id=user.id,
                purpose=asked.purpose,
                name=name,
                document=document,
                subject_digest=documents.subject_digest(document.kind, document.number, name),
                state_hash=hash_of(state),
                next_path=safe_next(asked.next_path),
                content_digest=bound_to,
                now=now,
                expires_at=now + LIFETIME,
            )
            for purpose, version in ((IDENTITY, asked.consent), (FACE, asked.face_consent)):
                if version:
                    self.consenting.record(
                        unit,
                        wechat_user_id=user.id,
                        person_id=None,
                        purpose=purpose,
                        version=version,
                        verification_id=verification,
                    )
            records.handed_out(
                unit,
                to=f"identity:{provider.name}",
                subject_kind="verification",
                subject_id=verification,
                reason=asked.purpose,
                fields=("name", "document"),
                now=now,
            )
        base = f"{self.public_url}/identity/{provider.name}"
        try:
            started = provider.start(
                VerificationRequest(
                    reference=reference,
                    name=name,
                    document=document,
                    return_url=f"{base}/return?reference={reference}&state={state}",
                    callback_url=f"{base}/callback",
                    purpose=asked.purpose,
                    account=user.account,
                    openid=user.openid,
                )
            )
        except Unavailable:
            self.verdicts.decide(verification, "expired", "ours", AWAY)
            raise self.subjects.away(session, provider, document, face_only=asked.face_only) from None
        except Refused as refusal:
            self.verdicts.decide(verification, "failed", "again", refusal.code)
            raise Invalid.of([Fault("id_number", refusal.code, refusal.reason)]) from None
        expires_at = min(started.expires_at, now + timedelta(hours=2))
        leaving = asked.leaving and started.url is not None
        with self.database.write() as unit:
            verifications.started(
                unit,
                verification,
                provider_reference=started.provider_reference,
                url=started.url,
                expires_at=expires_at,
                redirected=now if leaving else None,
            )
        return VerificationView(
            verification,
            "redirected" if leaving else "created",
            expires_at,
            url=started.url,
            verify_id=started.provider_reference if started.url is None else None,
            for_case=bound_to is not None,
            provider=provider.name,
        )

    def look(self, session: SessionView, verification_id: str) -> Looked:
        """How a verification stands, for its owner only. Asks the provider while nothing is decided; the first look
        that sees `passed` consumes it, and the session rises."""
        with self.database.read() as unit:
            row = verifications.by_id(unit, verification_id)
        if row is None or row.wechat_user_id != session.wechat_user_id:
            raise NotFound("没有找到这次核验。请重新登录。")
        return self._advance(session, row)

    def begun_in(self, provider: str, reference: str, state: str) -> str:
        """The account in which the verification was begun that a browser is back from. NotFound."""
        with self.database.read() as unit:
            row = _returned(unit, provider, reference, state)
            return people.wechat_user(unit, row.wechat_user_id).account

    def returned(self, provider: str, reference: str, state: str, session: SessionView) -> Looked:
        """The browser is back from the provider. What it brings proves nothing; it only makes us look."""
        with self.database.read() as unit:
            row = _returned(unit, provider, reference, state)
        if row.wechat_user_id != session.wechat_user_id:
            raise Forbidden("这次核验是用另一个微信开始的。请回到那个微信里接着办。", code="other-wechat-user")
        return self._advance(session, row)

    def _refuse_too_many(self, session: SessionView, now: datetime, face_only: bool) -> None:
        if until := self.rests_until(session):
            raise _rests(until, face_only=face_only)
        with self.database.read() as unit:
            begun = verifications.begun(unit, session.wechat_user_id, now - timedelta(hours=1))
        if begun >= MOST_AN_HOUR:
            raise TooMany(
                "这一小时里核验的次数太多了，请过一会儿再试。急着办，"
                + ("请带证件到窗口办。" if face_only else "可以用账号密码登录，或带证件到窗口办。"),
                code="too-many-verifications",
                extra={"until": (now + timedelta(hours=1)).isoformat()},
            )

    def _advance(self, session: SessionView, row: VerificationRow) -> Looked:
        url = ticket = None
        if row.undecided:
            self.verdicts.ask(row)
            with self.database.read() as unit:
                row = verifications.by_id(unit, row.id) or row
                url = verifications.url(unit, row.id) if row.undecided else None
                ticket = verifications.ticket(unit, row.id) if row.undecided and url is None else None
        for_case = row.content_digest is not None
        view = VerificationView(
            row.id,
            row.status,
            row.expires_at,
            url,
            ticket,
            row.reason,
            row.outcome,
            row.next_path,
            for_case,
            row.provider,
        )
        if row.status != "passed" or row.consumed_at is not None or for_case:
            return Looked(view)
        now = self.clock.now()
        if row.decided_at is None or now - row.decided_at > SERVES:
            return Looked(replace(view, status="expired", outcome="expired", reason="time-out"))
        if until := self.rests_until(session, but=row.id):
            raise _rests(until)
        with self.database.write() as unit:
            if not verifications.consume(unit, row.id, session.id, self.clock.now()):
                return Looked(view)
            name, document = verifications.subject(unit, row.id)
            person = people.remember(unit, name, document, self.clock.now())
            before = people.wechat_user(unit, session.wechat_user_id).person_id
            people.bind(unit, session.wechat_user_id, person, self.clock.now(), by=row.level or "password")
            self.bound(unit, session.wechat_user_id)
            self.proven(unit, person)
            self.consenting.belong_to(unit, row.id, person)
            token, risen = self.sessions.rise(
                unit,
                session,
                person_id=person,
                assurance=row.level or "password",
                assured_at=row.decided_at,
                proven_by=row.provider,
            )
            if before not in (None, person):
                accounts.end_sessions_of_user(unit, session.wechat_user_id, now, but=risen.id)
        return Looked(view, token, risen)


def _returned(unit: Unit, provider: str, reference: str, state: str) -> VerificationRow:
    row = verifications.by_reference(unit, provider, reference)
    if row is None or not same(row.state_hash, hash_of(state)):
        raise NotFound("没有找到这次核验。请重新登录。")
    return row


def _rests(until: datetime, *, face_only: bool = False) -> TooMany:
    return TooMany(
        f"连着 {MISMATCHES} 次没有对上是您本人，{resting(until, face_only=face_only)}",
        code="verification-rests",
        extra={"until": until.isoformat()},
    )


def resting(until: datetime, *, face_only: bool = False) -> str:
    """What is said while the face rests: until when, on the safe side of its minute, and what serves instead."""
    minute = (until + timedelta(seconds=59)).astimezone(SHANGHAI)
    instead = "现在要办，请带证件到窗口。" if face_only else "现在请用账号密码登录，或带证件到窗口。"
    return f"人脸核验先停到 {minute.month}月{minute.day}日 {minute:%H:%M}。{instead}"
