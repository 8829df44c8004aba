"""What providers say of a verification, asked or calling back: believed only where it is proven, and where it is about
the person whom we asked about."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from wxserver.ports import BadSignature, Clock, Malformed, Question, Refused, Unavailable, VerificationResult
from wxserver.store import people, records, verifications
from wxserver.store.database import Database, Unit
from wxserver.store.verifications import VerificationRow
from wxserver.usecases.callbacks import Answer, receive
from wxserver.usecases.tokens import same
from wxserver.usecases.verifiers import Verifiers

_AT_ONCE: Final = 20
_LATEST: Final = timedelta(hours=1)
"""How long after its time a provider that does not answer may still be asked."""
ASK_EVERY: Final = timedelta(seconds=1)
LEVELS: Final = frozenset({"face", "password"})

logger = logging.getLogger(__name__)


class Verdicts:
    def __init__(self, database: Database, clock: Clock, verifiers: Verifiers) -> None:
        self.database = database
        self.clock = clock
        self.verifiers = verifiers

    def callback(self, provider: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """A signed result from a provider. The same message again gets the first answer and changes nothing."""
        port = self.verifiers.callbacks.get(provider)
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
        """Ask once more about the verifications whose time is over and which nobody decided, and close those of which
        nothing is known, or could not be learned for an hour; how many there were."""
        now = self.clock.now()
        with self.database.read() as unit:
            rows = verifications.overdue(unit, now - timedelta(minutes=1), _AT_ONCE)
        for row in rows:
            self.ask(row)
        with self.database.write() as unit:
            gone = verifications.expire(unit, now - timedelta(minutes=1), now)
            return len(rows) + gone + verifications.expire(unit, now - _LATEST, now, asked=True)

    def ask(self, row: VerificationRow) -> None:
        """Ask the provider how an undecided verification stands, at most once a second, and keep what it says."""
        now = self.clock.now()
        port = self.verifiers.ports.get(row.provider)
        if row.provider_reference is None or port is None:
            return
        overdue = now > row.expires_at
        if not overdue and row.asked_at is not None and timedelta(0) <= now - row.asked_at < ASK_EVERY:
            return
        with self.database.write() as unit:
            verifications.asked(unit, row.id, now)
            user = people.wechat_user(unit, row.wechat_user_id)
            name, document = verifications.subject(unit, row.id)
            ticket = verifications.ticket(unit, row.id) or row.provider_reference
        question = Question(row.reference, ticket, name, document, user.account, user.openid)
        try:
            result = port.ask(question)
        except (Unavailable, Refused):
            return
        if result is not None:
            with self.database.write() as unit:
                self._take(unit, row, result)
        elif overdue:
            self.decide(row.id, "expired", "expired", "time-out")

    def _hear(self, unit: Unit, provider: str, result: VerificationResult) -> Answer:
        row = verifications.by_reference(unit, provider, result.reference)
        known_by = verifications.known_by(result.provider_reference)
        if row is None or row.provider_reference not in (None, known_by):
            return Answer(200, {"status": "ignored"})
        return Answer(200, {"status": "taken" if self._take(unit, row, result) else "ignored"})

    def _take(self, unit: Unit, row: VerificationRow, result: VerificationResult) -> bool:
        """Believe a proven result, unless it speaks of somebody else; False if nothing changed."""
        status, outcome, reason, level = result.result, result.group, result.fail_code, result.level
        if result.reference != row.reference:
            return False
        if status == "passed":
            if not same(result.subject_digest or "", row.subject_digest):
                status, outcome, reason, level = "failed", "ours", "subject-mismatch", None
            elif level not in LEVELS:
                status, outcome, reason, level = "failed", "ours", "level-unknown", None
        changed = verifications.decide(
            unit, row.id, status=status, outcome=outcome, reason=reason, level=level, now=self.clock.now()
        )
        if changed and outcome == "ours":
            self._alert(unit, row, reason or "")
        return changed

    def _alert(self, unit: Unit, row: VerificationRow, reason: str) -> None:
        """A fault of ours or the provider's: for whoever runs the service, no burden on the citizen."""
        logger.error("a verification failed by a fault that is not the citizen's", extra={"provider": row.provider})
        records.audit(
            unit,
            actor_kind="far_side",
            actor_id=f"identity:{row.provider}",
            action="verification_fault",
            subject_kind="verification",
            subject_id=row.id,
            reason=reason[:200],
            data={},
            now=self.clock.now(),
        )

    def decide(self, verification_id: str, status: str, outcome: str, reason: str | None) -> None:
        """End a verification that no result ends."""
        with self.database.write() as unit:
            verifications.decide(
                unit,
                verification_id,
                status=status,
                outcome=outcome,
                reason=reason,
                level=None,
                now=self.clock.now(),
            )
