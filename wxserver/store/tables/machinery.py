"""What makes things happen exactly once: the outbox and the ledger of calls from outside."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Float, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from wxserver.store.tables.base import Base, Code, Digest, Key, Ref, Word

WAITING = text("ended_at IS NULL")


class Outbox(Base):
    """Work that must happen, written in the transaction of what caused it.

    `next_at` and `lease_until` are seconds of the machine's real clock: the sandbox may move legal time, never these.
    A row ends as `done`, `refused` or `exhausted`; the last is listed, alerted and can be tried again.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("kind", "subject_id"),
        Index("ix_outbox_waiting", "next_at", postgresql_where=WAITING, sqlite_where=WAITING),
    )

    id: Mapped[Key]
    kind: Mapped[Word]
    subject_id: Mapped[Ref]
    created_at: Mapped[float] = mapped_column(Float)
    next_at: Mapped[float] = mapped_column(Float)
    lease_owner: Mapped[str | None] = mapped_column(String(64))
    lease_until: Mapped[float | None] = mapped_column(Float)
    attempts: Mapped[int] = mapped_column(Integer)
    last_fault: Mapped[str | None] = mapped_column(String(200))
    ended_at: Mapped[float | None] = mapped_column(Float)
    end_state: Mapped[str | None] = mapped_column(String(32))


class InboundMessage(Base):
    """A call from a far side, under the key that makes it one: the same again gets the first answer."""

    __tablename__ = "inbound_message"
    __table_args__ = (UniqueConstraint("source", "message_id"), Index(None, "received_at"))

    id: Mapped[Key]
    source: Mapped[Code]
    message_id: Mapped[str] = mapped_column(String(300))
    body_digest: Mapped[Digest]
    received_at: Mapped[datetime]
    status: Mapped[int] = mapped_column(Integer)
    answer: Mapped[str] = mapped_column(Text)
