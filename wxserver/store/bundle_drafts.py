"""Drafts of bundle versions while staff work on them: their saves, what can be undone, and what was said of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select

from wxserver.store.database import Unit, insert_row, update_row
from wxserver.store.tables.base import new_id
from wxserver.store.tables.definitions import BundleComment, BundleEdit, BundleVersion

OPEN = ("draft", "review")
"""States in which a version is still worked on."""


@dataclass(frozen=True, slots=True)
class DraftVersionRow:
    """A version without its document, with what tells how it was made."""

    id: str
    bundle_code: str
    number: int
    status: str
    etag: str
    digest: str
    base_id: str | None
    created_by: str
    edited_at: datetime | None
    edited_by: str | None
    submitted_at: datetime | None
    submitted_by: str | None
    editors: Sequence[str] | None


@dataclass(frozen=True, slots=True)
class EditRow:
    """A change that can be undone: the document is the one before it."""

    id: str
    number: int
    at: datetime
    by: str
    what: str


@dataclass(frozen=True, slots=True)
class CommentRow:
    """Something said of a version, or a step on its way."""

    at: datetime
    by: str
    kind: str
    text: str


_ROW = select(*(getattr(BundleVersion, name) for name in DraftVersionRow.__dataclass_fields__))
_EDIT = select(*(getattr(BundleEdit, name) for name in EditRow.__dataclass_fields__))
_COMMENT = select(*(getattr(BundleComment, name) for name in CommentRow.__dataclass_fields__))


def numbered(unit: Unit, code: str, number: int, *, lock: bool = False) -> DraftVersionRow | None:
    """A version by its number; with `lock` nobody else changes it before this unit ends."""
    asked = _ROW.where(BundleVersion.bundle_code == code, BundleVersion.number == number)
    row = unit.connection.execute(asked.with_for_update() if lock else asked).one_or_none()
    return None if row is None else DraftVersionRow(*row)


def open_of(unit: Unit, code: str) -> DraftVersionRow | None:
    """The newest version of a bundle that is still worked on."""
    asked = _ROW.where(BundleVersion.bundle_code == code, BundleVersion.status.in_(OPEN))
    row = unit.connection.execute(asked.order_by(BundleVersion.number.desc()).limit(1)).one_or_none()
    return None if row is None else DraftVersionRow(*row)


def newest(unit: Unit, code: str) -> DraftVersionRow | None:
    """The version of a bundle with the highest number, whatever became of it."""
    asked = _ROW.where(BundleVersion.bundle_code == code).order_by(BundleVersion.number.desc()).limit(1)
    row = unit.connection.execute(asked).one_or_none()
    return None if row is None else DraftVersionRow(*row)


def write(unit: Unit, version_id: str, **values: object) -> str:
    """Change columns of a version; its new etag."""
    etag = new_id()
    update_row(unit, BundleVersion, version_id, etag=etag, **values)
    return etag


def last_edit(unit: Unit, version_id: str) -> EditRow | None:
    """The newest change that can be undone."""
    asked = _EDIT.where(BundleEdit.version_id == version_id).order_by(BundleEdit.number.desc()).limit(1)
    row = unit.connection.execute(asked).one_or_none()
    return None if row is None else EditRow(*row)


def add_edit(
    unit: Unit, version_id: str, *, number: int, by: str, what: str, document: Mapping[str, object], now: datetime
) -> None:
    """Keep what a document was before a change."""
    insert_row(
        unit,
        BundleEdit,
        id=new_id(),
        version_id=version_id,
        number=number,
        at=now,
        by=by,
        what=what[:200],
        document=dict(document),
    )


def trim_edits(unit: Unit, version_id: str, up_to: int) -> None:
    """Forget the changes with this number and those before."""
    unit.connection.execute(delete(BundleEdit).where(BundleEdit.version_id == version_id, BundleEdit.number <= up_to))


def take_edit(unit: Unit, edit_id: str) -> Mapping[str, object]:
    """The document before a change, which is forgotten."""
    document = unit.connection.execute(select(BundleEdit.document).where(BundleEdit.id == edit_id)).scalar_one()
    unit.connection.execute(delete(BundleEdit).where(BundleEdit.id == edit_id))
    return document


def undoable(unit: Unit, version_id: str) -> int:
    """How many changes can be undone."""
    return unit.connection.execute(
        select(func.count()).select_from(BundleEdit).where(BundleEdit.version_id == version_id)
    ).scalar_one()


def add_comment(unit: Unit, *, code: str, version_id: str, by: str, kind: str, text: str, now: datetime) -> None:
    """Add to what was said of a version."""
    insert_row(
        unit,
        BundleComment,
        id=new_id(),
        bundle_code=code,
        version_id=version_id,
        at=now,
        by=by,
        kind=kind,
        text=text,
    )


def comments(unit: Unit, version_id: str) -> list[CommentRow]:
    """What was said of a version, oldest first."""
    asked = _COMMENT.where(BundleComment.version_id == version_id).order_by(BundleComment.at, BundleComment.id)
    return [CommentRow(*row) for row in unit.connection.execute(asked)]
