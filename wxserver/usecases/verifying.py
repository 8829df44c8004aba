"""Verifying a person at an identity provider, and what a passed verification is good for.

created -> redirected -> passed | failed | cancelled | expired; final states never change. A result is believed only
from a signed callback or from our own question, never from a redirect, and only if it speaks of the person we asked
about. `passed` is consumed once, by the WeChat user who asked.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bundles import people as documents
from bundles.engine import Fault
from bundles.ports import IdentityDocument
from bundles.working_days import SHANGHAI
from wxserver.ports import (
    BadSignature,
    Clock,
    IdentityProvider,
    Malformed,
    Refused,
    Unavailable,
    VerificationCallbacks,
    VerificationRequest,
    VerificationResult,
)
from wxserver.store import people, records, verifications
from wxserver.store.database import Database, Unit
from wxserver.store.verifications import VerificationRow
from wxserver.usecases.callbacks import Answer, receive
from wxserver.usecases.consenting import IDENTITY
from wxserver.usecases.faults import FarSideAway, Forbidden, Invalid, NotFound
from wxserver.usecases.sessions import PersonView, Sessions, SessionView, view_of_person
from wxserver.usecases.signing_in import safe_next
from wxserver.usecases.tokens import hash_of, new_token, same

LIFETIME = timedelta(minutes=10)
ASK_EVERY = timedelta(seconds=1)
LEVELS = frozenset({"face", "password"})
PURPOSES = ("sign-in", "case")
VERIFIABLE = (
    "resident_id",
    "hmt_residence_permit",
    "hk_macao_permit",
    "taiwan_permit",
    "permanent_residence",
    "passport",
    "officer_card",
)
"""Documents that prove who somebody is; a household register or a card does not."""

logger = logging.getLogger(__name__)


class SignedIdentityProvider(IdentityProvider, VerificationCallbacks, Protocol):
    """A provider that we can ask and that calls back."""


@dataclass(frozen=True, slots=True)
class StartVerification:
    """What a person hands in. Name and document may be absent for a WeChat user bound to a person already."""

    provider: str
    name: str | None
    id_type: str | None
    id_number: str | None
    consent: str | None
    purpose: str = "sign-in"
    next_path: str = "/"
    leaving: bool = False

    def __repr__(self) -> str:
        return f"StartVerification({self.provider})"


@dataclass(frozen=True, slots=True)
class VerificationView:
    id: str
    status: str
    expires_at: datetime
    url: str | None = None
    reason: str | None = None
    next_path: str = "/"


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
        providers: Mapping[str, SignedIdentityProvider],
        *,
        public_url: str,
    ) -> None:
        self.database = database
        self.clock = clock
        self.sessions = sessions
        self._providers = providers
        self.public_url = public_url
        self.bound: Callable[[Unit, str], None] = lambda *_: None

    def providers(self) -> tuple[tuple[str, str], ...]:
        """(code, name) of the providers one can choose from."""
        return tuple((each.name, each.title) for each in self._providers.values())

    def known_person(self, session: SessionView) -> PersonView | None:
        """The person bound to this WeChat user, who types no name or number any more (JY-5)."""
        with self.database.read() as unit:
            user = people.wechat_user(unit, session.wechat_user_id)
            return None if user.person_id is None else view_of_person(people.person(unit, user.person_id))

    def start(self, session: SessionView, asked: StartVerification) -> VerificationView:
        """Ask a provider to verify a person; all faults at once."""
        now = self.clock.now()
        name, document = self._subject(session, asked, now)
        provider = self._providers[asked.provider]
        reference, state = new_token()[:32], new_token()
        with self.database.write() as unit:
            verification = verifications.add(
                unit,
                provider=asked.provider,
                reference=reference,
                session_id=session.id,
                wechat_user_id=session.wechat_user_id,
                purpose=asked.purpose,
                name=name,
                document=document,
                subject_digest=documents.subject_digest(document.kind, document.number, name),
                state_hash=hash_of(state),
                next_path=safe_next(asked.next_path),
                now=now,
                expires_at=now + LIFETIME,
            )
            verifications.give_consent(
                unit,
                wechat_user_id=session.wechat_user_id,
                purpose=IDENTITY,
                version=asked.consent or "",
                verification_id=verification,
                now=now,
            )
            records.handed_out(
                unit,
                to=f"identity:{asked.provider}",
                subject_kind="verification",
                subject_id=verification,
                reason=asked.purpose,
                fields=("name", "document"),
                now=now,
            )
        base = f"{self.public_url}/identity/{asked.provider}"
        try:
            started = provider.start(
                VerificationRequest(
                    reference=reference,
                    name=name,
                    document=document,
                    return_url=f"{base}/return?reference={reference}&state={state}",
                    callback_url=f"{base}/callback",
                    purpose=asked.purpose,
                )
            )
        except Unavailable:
            self._decide(verification, "expired", "provider-away", None)
            raise FarSideAway(
                f"{provider.title}暂时没有回音。您填的都还在，请过一会儿再试，也可以带证件到窗口办。"
            ) from None
        except Refused as refusal:
            self._decide(verification, "failed", refusal.code, None)
            raise Invalid.of([Fault("id_number", refusal.code, refusal.reason)]) from None
        expires_at = min(started.expires_at, now + timedelta(hours=2))
        with self.database.write() as unit:
            verifications.started(
                unit,
                verification,
                provider_reference=started.provider_reference,
                url=started.url,
                expires_at=expires_at,
                redirected=now if asked.leaving else None,
            )
        status = "redirected" if asked.leaving else "created"
        return VerificationView(verification, status, expires_at, url=started.url)

    def look(self, session: SessionView, verification_id: str) -> Looked:
        """How a verification stands, for its owner only. Asks the provider while nothing is decided; the first look
        that sees `passed` consumes it, and the session rises."""
        with self.database.read() as unit:
            row = verifications.by_id(unit, verification_id)
        if row is None or row.wechat_user_id != session.wechat_user_id:
            raise NotFound("没有找到这次核验。请重新登录。")
        return self._advance(session, row)

    def returned(self, provider: str, reference: str, state: str, session: SessionView) -> Looked:
        """The browser is back from the provider. What it brings proves nothing; it only makes us look."""
        with self.database.read() as unit:
            row = verifications.by_reference(unit, provider, reference)
        if row is None or not same(row.state_hash, hash_of(state)):
            raise NotFound("没有找到这次核验。请重新登录。")
        if row.wechat_user_id != session.wechat_user_id:
            raise Forbidden("这次核验是用另一个微信开始的。请回到那个微信里接着办。", code="other-wechat-user")
        return self._advance(session, row)

    def callback(self, provider: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """A signed result from a provider. The same message again gets the first answer and changes nothing."""
        port = self._providers.get(provider)
        if port is None:
            return Answer(404, {})
        try:
            message_id = port.verify(headers, body, self.clock.now())
        except BadSignature:
            logger.warning("identity callback refused", extra={"provider": provider})
            return Answer(401, {})
        try:
            result = port.parse_callback(body)
        except Malformed:
            return Answer(400, {})
        source = f"identity:{provider}"
        return receive(
            self.database, self.clock, source, message_id, body, lambda unit: self._hear(unit, provider, result)
        )

    def expire(self) -> int:
        """Close the verifications whose time is over and which nobody decided; how many there were."""
        with self.database.write() as unit:
            return verifications.expire(unit, self.clock.now() - timedelta(minutes=1), self.clock.now())

    def _subject(self, session: SessionView, asked: StartVerification, now: datetime) -> tuple[str, IdentityDocument]:
        faults: list[Fault] = []
        if asked.provider not in self._providers:
            faults.append(Fault("provider", "unknown", "没有这种核验方式，请换一种。"))
        if asked.purpose not in PURPOSES:
            faults.append(Fault("purpose", "unknown", "核验的用途不对，请重新登录。"))
        with self.database.read() as unit:
            current = {row.purpose: row.version for row in verifications.consents_current(unit)}
            user = people.wechat_user(unit, session.wechat_user_id)
            bound = people.person(unit, user.person_id) if user.person_id else None
        if not asked.consent:
            faults.append(Fault("consent", "required", "请先勾选“我同意用人脸核对本人身份”，再开始核验。"))
        elif asked.consent != current.get(IDENTITY):
            faults.append(Fault("consent", "outdated", "说明有更新，请看过新的说明，再勾选同意。"))
        name, document = "", None
        if bound is not None and asked.name is None and asked.id_number is None:
            name, document = bound.name, bound.document
        else:
            kind = asked.id_type or "resident_id"
            today = now.astimezone(SHANGHAI).date()
            name = documents.normalise_name(asked.name or "")
            if fault := documents.check_name(asked.name or ""):
                faults.append(Fault("name", "invalid", fault))
            number = documents.normalise_number(kind, asked.id_number or "")
            if kind not in VERIFIABLE:
                faults.append(Fault("id_type", "unknown", "请选一种证件。"))
            elif fault := documents.check_document(kind, asked.id_number or "", today):
                faults.append(Fault("id_number", "invalid", fault))
            document = IdentityDocument(kind, number)
        if faults:
            raise Invalid.of(faults)
        return name, document

    def _advance(self, session: SessionView, row: VerificationRow) -> Looked:
        url = None
        if row.undecided:
            self._ask(row)
            with self.database.read() as unit:
                row = verifications.by_id(unit, row.id) or row
                url = verifications.url(unit, row.id) if row.undecided else None
        view = VerificationView(row.id, row.status, row.expires_at, url, row.reason, row.next_path)
        if row.status != "passed" or row.consumed_at is not None:
            return Looked(view)
        with self.database.write() as unit:
            if not verifications.consume(unit, row.id, session.id, self.clock.now()):
                return Looked(view)
            name, document = verifications.subject(unit, row.id)
            person = people.remember(unit, name, document, self.clock.now())
            people.bind(unit, session.wechat_user_id, person, self.clock.now())
            self.bound(unit, session.wechat_user_id)
            verifications.consents_belong_to(unit, row.id, person)
            token, risen = self.sessions.rise(unit, session, person_id=person, assurance=row.level or "password")
        return Looked(view, token, risen)

    def _ask(self, row: VerificationRow) -> None:
        now = self.clock.now()
        if row.provider_reference is None:
            return
        overdue = now > row.expires_at
        if not overdue and row.asked_at is not None and timedelta(0) <= now - row.asked_at < ASK_EVERY:
            return
        with self.database.write() as unit:
            verifications.asked(unit, row.id, now)
        try:
            result = self._providers[row.provider].ask(row.provider_reference)
        except (Unavailable, Refused):
            return
        if result is not None:
            with self.database.write() as unit:
                self._take(unit, row, result)
        elif overdue:
            self._decide(row.id, "expired", "time-out", None)

    def _hear(self, unit: Unit, provider: str, result: VerificationResult) -> Answer:
        row = verifications.by_reference(unit, provider, result.reference)
        if row is None or row.provider_reference not in (None, result.provider_reference):
            return Answer(200, {"status": "ignored"})
        return Answer(200, {"status": "taken" if self._take(unit, row, result) else "ignored"})

    def _take(self, unit: Unit, row: VerificationRow, result: VerificationResult) -> bool:
        """Believe a proven result, unless it speaks of somebody else; False if nothing changed."""
        status, reason, level = result.result, result.fail_code, result.level
        if result.reference != row.reference:
            return False
        if status == "passed":
            if not same(result.subject_digest or "", row.subject_digest):
                status, reason, level = "failed", "subject-mismatch", None
                logger.error("identity result for another subject", extra={"verification": row.id})
            elif level not in LEVELS:
                status, reason, level = "failed", "level-unknown", None
        return verifications.decide(unit, row.id, status=status, reason=reason, level=level, now=self.clock.now())

    def _decide(self, verification_id: str, status: str, reason: str | None, level: str | None) -> None:
        with self.database.write() as unit:
            verifications.decide(unit, verification_id, status=status, reason=reason, level=level, now=self.clock.now())
