"""Two ledgers of the same shape, only ever added to: who saw whose data, and who did what."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from wxserver.store.tables.base import Base, Code, Digest, Key, Word


class _Record:
    id: Mapped[Key]
    at: Mapped[datetime]
    actor_kind: Mapped[Word]
    actor_id: Mapped[str | None] = mapped_column(String(64))
    action: Mapped[Code]
    subject_kind: Mapped[Word]
    subject_id: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(200))
    data: Mapped[dict[str, object]]


class AccessRecord(_Record, Base):
    """Personal data shown or handed out: to whom, why (PIPL art. 45, 51)."""

    __tablename__ = "access_ledger"
    __table_args__ = (Index(None, "subject_kind", "subject_id", "at"),)


class AuditRecord(_Record, Base):
    """Acts of staff, operators and attackers. Each row's hash covers the row before it. `bundle`: what `data` says."""

    __tablename__ = "audit_log"
    __table_args__ = (
        UniqueConstraint("number"),
        Index(None, "subject_id", "number"),
        Index(None, "actor_id", "number"),
        Index(None, "action", "number"),
        Index(None, "bundle", "number"),
        Index(None, "at"),
    )

    number: Mapped[int] = mapped_column(Integer)
    bundle: Mapped[str | None] = mapped_column(String(64))
    previous_hash: Mapped[Digest]
    hash: Mapped[Digest]
