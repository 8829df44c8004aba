"""The two ledgers. Rows are only added."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import insert, select, text

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
    """Add to the audit log. Its rows form a chain, so they are written one after another."""
    if unit.connection.dialect.name == "postgresql":
        unit.connection.execute(text("SELECT pg_advisory_xact_lock(7271)"))
    last = unit.connection.execute(
        select(AuditRecord.number, AuditRecord.hash).order_by(AuditRecord.number.desc()).limit(1)
    ).one_or_none()
    number, previous = (last.number + 1, last.hash) if last else (1, "0" * 64)
    row: dict[str, object] = {
        "number": number,
        "at": now.isoformat(),
        "actor_kind": actor_kind,
        "actor_id": actor_id,
        "action": action,
        "subject_kind": subject_kind,
        "subject_id": subject_id,
        "reason": reason,
        "data": dict(data),
    }
    chained = previous + json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    unit.connection.execute(
        insert(AuditRecord).values(
            **{**row, "at": now},
            id=new_id(),
            previous_hash=previous,
            hash=hashlib.sha256(chained.encode()).hexdigest(),
        )
    )
