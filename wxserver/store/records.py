"""The two ledgers. Rows are only added."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import bindparam, insert, or_, select, text

from wxserver.store.database import Unit, insert_row
from wxserver.store.tables.base import new_id
from wxserver.store.tables.records import AccessRecord, AuditRecord


def handed_out(
    unit: Unit, *, to: str, subject_kind: str, subject_id: str, reason: str, fields: tuple[str, ...], now: datetime
) -> None:
    """Note that personal data went to a far side (`to`)."""
    insert_row(
        unit,
        AccessRecord,
        id=new_id(),
        at=now,
        actor_kind="far_side",
        actor_id=to,
        action="handed_out",
        subject_kind=subject_kind,
        subject_id=subject_id,
        reason=reason,
        data={"fields": list(fields)},
    )


def audit(
    unit: Unit,
    *,
    actor_kind: str,
    actor_id: str | None,
    action: str,
    subject_kind: str,
    subject_id: str,
    reason: str,
    data: Mapping[str, object],
    now: datetime,
) -> None:
    """Add to the audit log. Its rows form a chain, so they are written one after another.

    `data` may name the `bundle` that it was about, by which rows are found again.
    """
    if unit.connection.dialect.name == "postgresql":
        unit.connection.execute(text("SELECT pg_advisory_xact_lock(7271)"))
    last = unit.connection.execute(
        select(AuditRecord.number, AuditRecord.hash).order_by(AuditRecord.number.desc()).limit(1)
    ).one_or_none()
    number, previous = (last.number + 1, last.hash) if last else (1, FIRST)
    row = AuditRow(
        number=number,
        at=now,
        actor_kind=actor_kind,
        actor_id=None if actor_id is None else _fitting(actor_id, 64),
        action=_fitting(action, 64),
        subject_kind=_fitting(subject_kind, 32),
        subject_id=_fitting(subject_id, 64),
        bundle=bundle_in(data),
        reason=_fitting(reason, 200),
        data=dict(data),
        previous_hash=previous,
        hash="",
    )
    values: dict[str, object] = {name: getattr(row, name) for name in AuditRow.__dataclass_fields__}
    unit.connection.execute(insert(AuditRecord).values(**{**values, "id": new_id(), "hash": chained(previous, row)}))


@dataclass(frozen=True, slots=True)
class AuditRow:
    """A row of the audit log."""

    number: int
    at: datetime
    actor_kind: str
    actor_id: str | None
    action: str
    subject_kind: str
    subject_id: str
    bundle: str | None
    reason: str
    data: dict[str, object]
    previous_hash: str
    hash: str


FIRST: Final = "0" * 64
"""What stands before the first row of the chain."""

_AUDIT_COLUMNS = tuple(getattr(AuditRecord, name) for name in AuditRow.__dataclass_fields__)
_AFTER = (
    select(*_AUDIT_COLUMNS)
    .where(AuditRecord.number > bindparam("after"))
    .order_by(AuditRecord.number)
    .limit(bindparam("most"))
)


def bundle_in(data: Mapping[str, object]) -> str | None:
    """The bundle that a row is found by, as its data names it."""
    named = data.get("bundle")
    return _fitting(named, 64) if isinstance(named, str) and named else None


def chained(previous: str, row: AuditRow) -> str:
    """The hash that a row has behind the one with the hash `previous`."""
    content: dict[str, object] = {
        "number": row.number,
        "at": row.at.astimezone(UTC).isoformat(),
        "actor_kind": row.actor_kind,
        "actor_id": row.actor_id,
        "action": row.action,
        "subject_kind": row.subject_kind,
        "subject_id": row.subject_id,
        "bundle": row.bundle,
        "reason": row.reason,
        "data": row.data,
    }
    text_of = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256((previous + text_of).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class AuditSearch:
    """Which rows of the audit log are wanted; what is empty asks for nothing.

    `bundles` None: of any bundle or none; else of these bundles only, and what `own`, a username, did.
    """

    actor: str = ""
    action: str = ""
    subject: str = ""
    bundle: str = ""
    since: datetime | None = None
    until: datetime | None = None
    bundles: tuple[str, ...] | None = None
    own: str = ""


def audited(unit: Unit, wanted: AuditSearch, *, before: int | None, most: int) -> list[AuditRow]:
    """Rows of the audit log, the newest first, from below the number `before`."""
    statement = select(*_AUDIT_COLUMNS)
    for column, value in (
        (AuditRecord.actor_id, wanted.actor),
        (AuditRecord.action, wanted.action),
        (AuditRecord.subject_id, wanted.subject),
        (AuditRecord.bundle, wanted.bundle),
    ):
        if value:
            statement = statement.where(column == value)
    if wanted.since is not None:
        statement = statement.where(AuditRecord.at >= wanted.since)
    if wanted.until is not None:
        statement = statement.where(AuditRecord.at < wanted.until)
    if wanted.bundles is not None:
        statement = statement.where(or_(AuditRecord.bundle.in_(wanted.bundles), AuditRecord.actor_id == wanted.own))
    if before is not None:
        statement = statement.where(AuditRecord.number < before)
    rows = unit.connection.execute(statement.order_by(AuditRecord.number.desc()).limit(most))
    return [AuditRow(*row) for row in rows]


def audit_chain(unit: Unit, *, after: int, most: int) -> list[AuditRow]:
    """Rows of the audit log in the order of the chain, from behind the number `after`."""
    return [AuditRow(*row) for row in unit.connection.execute(_AFTER, {"after": after, "most": most})]


def looked_at(
    unit: Unit,
    *,
    by: str,
    action: str,
    subject_kind: str,
    subject_id: str,
    reason: str,
    fields: tuple[str, ...],
    now: datetime,
) -> None:
    """Note that a member of staff saw somebody's data in clear."""
    insert_row(
        unit,
        AccessRecord,
        id=new_id(),
        at=now,
        actor_kind="staff",
        actor_id=by,
        action=action,
        subject_kind=subject_kind,
        subject_id=subject_id,
        reason=_fitting(reason, 200),
        data={"fields": list(fields)},
    )


def _fitting(words: str, most: int) -> str:
    """The words as a column holds them: cut to its length, without NUL, which PostgreSQL stores in no text."""
    return words.replace("\0", "")[:most]
