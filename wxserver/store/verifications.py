"""Verifications and consents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import ColumnElement, CursorResult, insert, select, update

from bundles.ports import IdentityDocument
from wxserver.store import people
from wxserver.store.database import Unit, insert_or_ignore
from wxserver.store.tables.base import new_id
from wxserver.store.tables.identity import Consent, ConsentText, Verification

UNDECIDED = ("created", "redirected")


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
    level: str | None
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


def url(unit: Unit, verification_id: str) -> str | None:
    """Where the person is waited for; None if the provider has not been reached."""
    sealed = unit.connection.execute(
        select(Verification.url_sealed).where(Verification.id == verification_id)
    ).scalar_one()
    return None if sealed is None else unit.vault.open("verification.url_sealed", verification_id, sealed)


def started(
    unit: Unit,
    verification_id: str,
    *,
    provider_reference: str,
    url: str,
    expires_at: datetime,
    redirected: datetime | None,
) -> None:
    unit.session.execute(
        update(Verification)
        .where(Verification.id == verification_id, Verification.status == "created")
        .values(
            provider_reference=provider_reference,
            url_sealed=unit.vault.seal("verification.url_sealed", verification_id, url),
            expires_at=expires_at,
            redirected_at=redirected,
            status="created" if redirected is None else "redirected",
        )
    )


def asked(unit: Unit, verification_id: str, now: datetime) -> None:
    unit.session.execute(update(Verification).where(Verification.id == verification_id).values(asked_at=now))


def decide(
    unit: Unit, verification_id: str, *, status: str, reason: str | None, level: str | None, now: datetime
) -> bool:
    """Move to a final state; False if it was in one already. Final states never change."""
    result = unit.session.execute(
        update(Verification)
        .where(Verification.id == verification_id, Verification.status.in_(UNDECIDED))
        .values(status=status, reason=reason, level=level, decided_at=now)
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


def consents_current(unit: Unit) -> list[ConsentText]:
    """The newest text of every purpose."""
    newest: dict[str, ConsentText] = {}
    for row in unit.session.scalars(select(ConsentText).order_by(ConsentText.published_at, ConsentText.version)):
        newest[row.purpose] = row
    return list(newest.values())


def add_consent_text(unit: Unit, *, purpose: str, version: str, title: str, text: str, now: datetime) -> bool:
    """Publish a consent text; False if this version is there already. A version's words never change."""
    return insert_or_ignore(
        unit, ConsentText, id=new_id(), purpose=purpose, version=version, title=title, text=text, published_at=now
    )


def consent_text(unit: Unit, purpose: str, version: str) -> ConsentText | None:
    return unit.session.scalars(
        select(ConsentText).where(ConsentText.purpose == purpose, ConsentText.version == version)
    ).one_or_none()


def give_consent(
    unit: Unit, *, wechat_user_id: str, purpose: str, version: str, verification_id: str, now: datetime
) -> None:
    unit.session.execute(
        insert(Consent).values(
            id=new_id(),
            wechat_user_id=wechat_user_id,
            purpose=purpose,
            version=version,
            verification_id=verification_id,
            given_at=now,
        )
    )


def consents_belong_to(unit: Unit, verification_id: str, person_id: str) -> None:
    unit.session.execute(update(Consent).where(Consent.verification_id == verification_id).values(person_id=person_id))


def expire(unit: Unit, before: datetime, now: datetime) -> int:
    """Close undecided verifications that ran out before `before`; how many."""
    result = unit.session.execute(
        update(Verification)
        .where(Verification.status.in_(UNDECIDED), Verification.expires_at < before)
        .values(status="expired", reason="time-out", decided_at=now)
    )
    return cast("CursorResult[object]", result).rowcount


def forget_subjects(unit: Unit, wechat_user_id: str, now: datetime) -> int:
    """Forget whom the verifications of a WeChat user were about, and end those that still run; how many. What stays is
    the proof: digest, level and time."""
    mine = Verification.wechat_user_id == wechat_user_id
    unit.connection.execute(
        update(Verification)
        .where(mine, Verification.status.in_(UNDECIDED))
        .values(status="expired", reason="erased", decided_at=now)
    )
    unit.connection.execute(
        update(Verification)
        .where(mine, Verification.status == "passed", Verification.consumed_at.is_(None))
        .values(consumed_at=now)
    )
    result = unit.connection.execute(
        update(Verification).where(mine).values(name_sealed="", document_sealed="", url_sealed=None)
    )
    return result.rowcount


def withdraw_consents(unit: Unit, wechat_user_id: str, now: datetime) -> int:
    """A WeChat user takes back what they agreed to; how many. The proof that they had agreed stays."""
    result = unit.connection.execute(
        update(Consent)
        .where(Consent.wechat_user_id == wechat_user_id, Consent.withdrawn_at.is_(None))
        .values(withdrawn_at=now)
    )
    return result.rowcount
