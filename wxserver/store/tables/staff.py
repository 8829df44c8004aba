"""Staff: their accounts, their sessions, and the previews they have opened."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from wxserver.store.tables.base import Base, Code, Digest, Key, Sealed, Word


class Staff(Base):
    """A member of staff. Empty `regions` or `bundles`: not limited. `totp_step`: the last time step whose code was
    used, so that no code counts twice; `totp_sealed` None: not enrolled yet."""

    __tablename__ = "staff"
    __table_args__ = (UniqueConstraint("username"),)

    id: Mapped[Key]
    username: Mapped[Code]
    name: Mapped[Code]
    roles: Mapped[list[str]]
    regions: Mapped[list[str]]
    bundles: Mapped[list[str]]
    password_hash: Mapped[str] = mapped_column(Text)
    totp_sealed: Mapped[str | None] = mapped_column(Text)
    totp_step: Mapped[int] = mapped_column(Integer)
    failures: Mapped[int] = mapped_column(Integer)
    locked_until: Mapped[datetime | None]
    must_change: Mapped[bool]
    created_at: Mapped[datetime]
    created_by: Mapped[Code]
    disabled_at: Mapped[datetime | None]
    disabled_by: Mapped[str | None] = mapped_column(String(64))


class StaffSession(Base):
    """A session of a member of staff; only its token's hash is kept. `stage`: `setup` until there are a password and
    a second factor of the member's own, then `full`."""

    __tablename__ = "staff_session"
    __table_args__ = (UniqueConstraint("token_hash"), Index(None, "staff_id"))

    id: Mapped[Key]
    token_hash: Mapped[Digest]
    staff_id: Mapped[str] = mapped_column(String(32), ForeignKey("staff.id"))
    stage: Mapped[Word]
    agent: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Preview(Base):
    """A look at a version as a citizen would see it, with the answers typed into it."""

    __tablename__ = "preview"
    __table_args__ = (Index(None, "expires_at"),)

    id: Mapped[Key]
    version_id: Mapped[str] = mapped_column(String(32), ForeignKey("bundle_version.id"))
    staff_id: Mapped[str] = mapped_column(String(32), ForeignKey("staff.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    answers_sealed: Mapped[Sealed]
