"""Bundle definitions and working-day calendars: versions that never change once they are published."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from wxserver.store.tables.base import Base, Code, Digest, Key, Ref, Word


class BundleVersion(Base):
    """One version of a bundle: draft -> review -> published (from `effective_at`) -> retired; or discarded.

    The document of a draft may be unfinished, and `etag` changes with each save. `base_id`: the version from which it
    was begun; `editors`: everybody who has saved it.
    """

    __tablename__ = "bundle_version"
    __table_args__ = (
        UniqueConstraint("bundle_code", "number"),
        Index(None, "status", "effective_at"),
    )

    id: Mapped[Key]
    bundle_code: Mapped[Code]
    number: Mapped[int] = mapped_column(Integer)
    status: Mapped[Word]
    schema_version: Mapped[int] = mapped_column(Integer)
    document: Mapped[dict[str, object]]
    digest: Mapped[Digest]
    etag: Mapped[Ref]
    origin: Mapped[Word]
    comment: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    created_by: Mapped[Code]
    published_at: Mapped[datetime | None]
    published_by: Mapped[str | None] = mapped_column(String(64))
    effective_at: Mapped[datetime | None]
    drafts_until: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]
    base_id: Mapped[str | None] = mapped_column(String(32), ForeignKey("bundle_version.id"))
    edited_at: Mapped[datetime | None]
    edited_by: Mapped[str | None] = mapped_column(String(64))
    submitted_at: Mapped[datetime | None]
    submitted_by: Mapped[str | None] = mapped_column(String(64))
    editors: Mapped[list[str] | None] = mapped_column(JSON().with_variant(JSONB(), "postgresql"))


class BundleEdit(Base):
    """One saved change of a draft, with the document as it was before it, so that it can be undone."""

    __tablename__ = "bundle_edit"
    __table_args__ = (UniqueConstraint("version_id", "number"),)

    id: Mapped[Key]
    version_id: Mapped[str] = mapped_column(String(32), ForeignKey("bundle_version.id"))
    number: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime]
    by: Mapped[Code]
    what: Mapped[str] = mapped_column(String(200))
    document: Mapped[dict[str, object]]


class BundleComment(Base):
    """What was said of a version, and each step on its way: comment, submitted, returned, published, rolled_back,
    discarded."""

    __tablename__ = "bundle_comment"
    __table_args__ = (Index(None, "version_id", "at"), Index(None, "bundle_code", "at"))

    id: Mapped[Key]
    bundle_code: Mapped[Code]
    version_id: Mapped[str] = mapped_column(String(32), ForeignKey("bundle_version.id"))
    at: Mapped[datetime]
    by: Mapped[Code]
    kind: Mapped[Word]
    text: Mapped[str] = mapped_column(Text)


class CalendarVersion(Base):
    """The exception days of one place (`CN`, or a region code below it); a correction is a new version.

    In force from `activated_at`, over the version of the wider place that `parent_id` names, so that one id stands for
    the whole chain. `recomputed_at`: when all open cases had been looked at that it could move.
    """

    __tablename__ = "calendar_version"
    __table_args__ = (UniqueConstraint("scope", "number"),)

    id: Mapped[Key]
    scope: Mapped[Code]
    number: Mapped[int] = mapped_column(Integer)
    name: Mapped[Code]
    parent_id: Mapped[str | None] = mapped_column(String(32), ForeignKey("calendar_version.id"))
    published_through: Mapped[date]
    source_hash: Mapped[Digest]
    created_at: Mapped[datetime]
    created_by: Mapped[Code]
    activated_at: Mapped[datetime | None]
    activated_by: Mapped[str | None] = mapped_column(String(64))
    recomputed_at: Mapped[datetime | None]
    discarded_at: Mapped[datetime | None]
    discarded_by: Mapped[str | None] = mapped_column(String(64))


class CalendarDay(Base):
    """A day unlike Monday-Friday (kind `legal`), or an office that is shut though the day counts (`operational`)."""

    __tablename__ = "calendar_day"
    __table_args__ = (UniqueConstraint("calendar_id", "day"),)

    id: Mapped[Key]
    calendar_id: Mapped[str] = mapped_column(String(32), ForeignKey("calendar_version.id"))
    day: Mapped[date]
    is_working: Mapped[bool]
    kind: Mapped[Word]
    reason: Mapped[str] = mapped_column(String(200))
    doc_no: Mapped[str] = mapped_column(String(100))
    issuer: Mapped[str] = mapped_column(String(100))
