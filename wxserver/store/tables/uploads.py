"""Files that people hand in. The rows say what there is; the sealed content lies in a file named by the id."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from wxserver.store.tables.base import Base, Digest, Key, Word


class Upload(Base):
    """A picture as we have made it, or a PDF as it came. `raw_sha256`: of what came in, so that a repetition is known;
    it is not kept. A PDF has pages but neither width nor height; a picture is one page."""

    __tablename__ = "upload"
    __table_args__ = (UniqueConstraint("person_id", "idempotency_key"), Index(None, "created_at"))

    id: Mapped[Key]
    person_id: Mapped[str] = mapped_column(String(32), ForeignKey("person.id"))
    kind: Mapped[Word]
    idempotency_key: Mapped[str] = mapped_column(String(200))
    raw_sha256: Mapped[Digest]
    sha256: Mapped[Digest]
    size: Mapped[int] = mapped_column(Integer)
    width: Mapped[int | None] = mapped_column(Integer)
    height: Mapped[int | None] = mapped_column(Integer)
    media_type: Mapped[Word]
    pages: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime]


class DraftUpload(Base):
    """A picture in a draft, in the order of its draft."""

    __tablename__ = "draft_upload"
    __table_args__ = (Index(None, "upload_id"),)

    draft_id: Mapped[str] = mapped_column(String(32), ForeignKey("draft.id", ondelete="CASCADE"), primary_key=True)
    upload_id: Mapped[str] = mapped_column(String(32), ForeignKey("upload.id"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer)


class CaseUpload(Base):
    """A picture that was submitted with a case; it stays as long as the case does."""

    __tablename__ = "case_upload"
    __table_args__ = (Index(None, "upload_id"),)

    case_id: Mapped[str] = mapped_column(String(32), ForeignKey("case.id"), primary_key=True)
    upload_id: Mapped[str] = mapped_column(String(32), ForeignKey("upload.id"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer)
