"""Verifications: whom we asked which provider about, and what came of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import ColumnElement, CursorResult, func, insert, or_, select, update

from bundles.ports import IdentityDocument
from wxserver.store import people
from wxserver.store.database import Unit
from wxserver.store.tables.base import new_id
from wxserver.store.tables.identity import Verification

UNDECIDED = ("created", "redirected")
LONGEST_REFERENCE = 128


@dataclass(frozen=True, slots=True)
class VerificationRow:
    id: str
    provider: str
    reference: str
    provider_reference: str | None
    wechat_user_id: str
    purpose: str
    subject_digest: str
    state_hash: str
    next_path: str
    status: str
    reason: str | None
    outcome: str | None
    level: str | None
    content_digest: str | None
    asked_at: datetime | None
    decided_at: datetime | None
    consumed_at: datetime | None
    consumed_by: str | None
    expires_at: datetime

    @property
    def undecided(self) -> bool:
        return self.status in UNDECIDED


_COLUMNS = tuple(getattr(Verification, name) for name in VerificationRow.__dataclass_fields__)


def add(
    unit: Unit,
    *,
    provider: str,
    reference: str,
    session_id: str,
    wechat_user_id: str,
    purpose: str,
    name: str,
    document: IdentityDocument,
    subject_digest: str,
    state_hash: str,
    next_path: str,
    content_digest: str | None,
    now: datetime,
    expires_at: datetime,
) -> str:
    """Write a verification before the provider is asked; returns its id."""
    new = new_id()
    unit.session.execute(
        insert(Verification).values(
            id=new,
            provider=provider,
            reference=reference,
            session_id=session_id,
            wechat_user_id=wechat_user_id,
            purpose=purpose,
            name_sealed=unit.vault.seal("verification.name_sealed", new, name),
            document_kind=document.kind,
            document_sealed=unit.vault.seal("verification.document_sealed", new, document.number),
            document_index=people.document_index(unit, document),
            subject_digest=subject_digest,
            state_hash=state_hash,
            next_path=next_path,
            content_digest=content_digest,
            status="created",
            created_at=now,
            expires_at=expires_at,
        )
    )
    return new


def by_id(unit: Unit, verification_id: str) -> VerificationRow | None:
    return _one(unit, Verification.id == verification_id)


def by_reference(unit: Unit, provider: str, reference: str) -> VerificationRow | None:
    return _one(unit, (Verification.provider == provider) & (Verification.reference == reference))


def _one(unit: Unit, where: ColumnElement[bool]) -> VerificationRow | None:
    row = unit.session.execute(select(*_COLUMNS).where(where)).one_or_none()
    return None if row is None else VerificationRow(*row)


def subject(unit: Unit, verification_id: str) -> tuple[str, IdentityDocument]:
    """Name and document that the provider was asked about."""
    row = unit.session.execute(
        select(Verification.name_sealed, Verification.document_kind, Verification.document_sealed).where(
            Verification.id == verification_id
        )
    ).one()
    name = unit.vault.open("verification.name_sealed", verification_id, row.name_sealed)
    number = unit.vault.open("verification.document_sealed", verification_id, row.document_sealed)
    return name, IdentityDocument(row.document_kind, number)


def document_kind(unit: Unit, verification_id: str) -> str:
    """Of which kind the document was; this stays."""
    of_this = select(Verification.document_kind).where(Verification.id == verification_id)
    return str(unit.connection.execute(of_this).scalar_one())


def url(unit: Unit, verification_id: str) -> str | None:
    """Where the person is waited for; None if the provider has not been reached, or waits nowhere."""
    return _opened(unit, verification_id, "url_sealed")


def ticket(unit: Unit, verification_id: str) -> str | None:
    """What the provider knows the verification by; None if it has not been reached."""
    return _opened(unit, verification_id, "ticket_sealed")


def _opened(unit: Unit, verification_id: str, column: str) -> str | None:
    sealed = unit.connection.execute(
        select(getattr(Verification, column)).where(Verification.id == verification_id)
    ).scalar_one()
    return None if sealed is None else unit.vault.open(f"verification.{column}", verification_id, sealed)


def known_by(provider_reference: str) -> str:
    """What `provider_reference` holds: the provider's own reference, or a digest of one that is too long."""
    if len(provider_reference) <= LONGEST_REFERENCE:
        return provider_reference
    return f"sha256:{hashlib.sha256(provider_reference.encode()).hexdigest()}"


def started(
    unit: Unit,
    verification_id: str,
    *,
    provider_reference: str,
    url: str | None,
    expires_at: datetime,
    redirected: datetime | None,
) -> None:
    unit.session.execute(
        update(Verification)
        .where(Verification.id == verification_id, Verification.status == "created")
        .values(
            provider_reference=known_by(provider_reference),
            ticket_sealed=unit.vault.seal("verification.ticket_sealed", verification_id, provider_reference),
            url_sealed=None if url is None else unit.vault.seal("verification.url_sealed", verification_id, url),
            expires_at=expires_at,
            redirected_at=redirected,
            status="created" if redirected is None else "redirected",
        )
    )


def asked(unit: Unit, verification_id: str, now: datetime) -> None:
    unit.session.execute(update(Verification).where(Verification.id == verification_id).values(asked_at=now))


def decide(
    unit: Unit, verification_id: str, *, status: str, outcome: str, reason: str | None, level: str | None, now: datetime
) -> bool:
    """Move to a final state; False if it was in one already. Final states never change."""
    result = unit.session.execute(
        update(Verification)
        .where(Verification.id == verification_id, Verification.status.in_(UNDECIDED))
        .values(status=status, outcome=outcome, reason=reason, level=level, decided_at=now)
    )
    return cast("CursorResult[object]", result).rowcount == 1


def consume(unit: Unit, verification_id: str, session_id: str, now: datetime) -> bool:
    """Use a passed verification; only the first caller gets True."""
    result = unit.session.execute(
        update(Verification)
        .where(Verification.id == verification_id, Verification.status == "passed", Verification.consumed_at.is_(None))
        .values(consumed_at=now, consumed_by=session_id)
    )
    return cast("CursorResult[object]", result).rowcount == 1


def mismatches(unit: Unit, wechat_user_id: str, since: datetime, but: str = "") -> list[datetime]:
    """When verifications of this WeChat user ended with "not this person" since an instant, and since that person has
    passed; the newest first. `but`: one that does not count."""
    mine = (
        Verification.wechat_user_id == wechat_user_id,
        Verification.created_at > since,
        Verification.id != but,
    )
    rows = unit.connection.execute(
        select(Verification.outcome, Verification.decided_at, Verification.subject_digest)
        .where(*mine, Verification.outcome.in_(("mismatch", "passed")))
        .order_by(Verification.created_at.desc(), Verification.id.desc())
    ).all()
    ended: list[datetime] = []
    passed: set[str] = set()
    for row in rows:
        if row.outcome == "passed":
            passed.add(row.subject_digest)
        elif row.subject_digest not in passed and row.decided_at is not None:
            ended.append(row.decided_at)
    return ended


def begun(unit: Unit, wechat_user_id: str, since: datetime) -> int:
    """How many verifications this WeChat user has begun since an instant, but those that no provider has taken."""
    taken = or_(Verification.provider_reference.is_not(None), Verification.status.in_(UNDECIDED))
    mine = (Verification.wechat_user_id == wechat_user_id, Verification.created_at > since, taken)
    return unit.connection.execute(select(func.count()).where(*mine)).scalar_one()


def newest_of(unit: Unit, provider: str, since: datetime, now: datetime) -> tuple[str | None, str | None] | None:
    """(outcome, reason) of the verification that was begun last at a provider, of those that tell how it does: it has
    answered, or it has not; None where there is none since."""
    row = unit.connection.execute(
        select(Verification.outcome, Verification.reason)
        .where(
            Verification.provider == provider,
            Verification.created_at.between(since, now),
            or_(Verification.provider_reference.is_not(None), Verification.decided_at.is_not(None)),
        )
        .order_by(Verification.created_at.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else (row.outcome, row.reason)


def proof(unit: Unit, wechat_user_id: str, content_digest: str, since: datetime) -> VerificationRow | None:
    """The newest verification that passed, is unused, and was made by this WeChat user for exactly this content."""
    row = unit.session.execute(
        select(*_COLUMNS)
        .where(
            Verification.wechat_user_id == wechat_user_id,
            Verification.created_at > since,
            Verification.content_digest == content_digest,
            Verification.status == "passed",
            Verification.consumed_at.is_(None),
        )
        .order_by(Verification.created_at.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else VerificationRow(*row)


def overdue(unit: Unit, before: datetime, most: int) -> list[VerificationRow]:
    """Undecided verifications that ran out before `before` and whose provider may know more; the oldest question
    first."""
    rows = unit.session.execute(
        select(*_COLUMNS)
        .where(
            Verification.status.in_(UNDECIDED),
            Verification.expires_at < before,
            Verification.provider_reference.is_not(None),
        )
        .order_by(Verification.asked_at, Verification.id)
        .limit(most)
    )
    return [VerificationRow(*row) for row in rows]


def forget_old(unit: Unit, before: datetime) -> int:
    """Forget whom verifications that ended before this instant were about; how many. Digest, result and time stay."""
    ended = (Verification.decided_at < before, Verification.name_sealed != "")
    return unit.connection.execute(
        update(Verification)
        .where(*ended)
        .values(name_sealed="", document_sealed="", url_sealed=None, ticket_sealed=None)
    ).rowcount


def expire(unit: Unit, before: datetime, now: datetime, *, asked: bool = False) -> int:
    """Close undecided verifications that ran out before `before`, with `asked` also those whose provider has them; how
    many."""
    over = [Verification.status.in_(UNDECIDED), Verification.expires_at < before]
    if not asked:
        over.append(Verification.provider_reference.is_(None))
    result = unit.session.execute(
        update(Verification).where(*over).values(status="expired", outcome="expired", reason="time-out", decided_at=now)
    )
    return cast("CursorResult[object]", result).rowcount


def forget_subjects(unit: Unit, wechat_user_id: str, now: datetime) -> int:
    """Forget whom the verifications of a WeChat user were about, and end those that still run; how many. What stays is
    the proof: digest, level and time."""
    mine = Verification.wechat_user_id == wechat_user_id
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
    result = unit.connection.execute(
        update(Verification).where(mine).values(name_sealed="", document_sealed="", url_sealed=None, ticket_sealed=None)
    )
    return result.rowcount
