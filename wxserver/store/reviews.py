"""What is asked of versions before they are published: who worked on them, whom they concern, past applications."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select

from wxserver.store.bundle_drafts import OPEN, CommentRow
from wxserver.store.cases import CaseRow
from wxserver.store.database import Unit
from wxserver.store.tables.applications import Case, Draft
from wxserver.store.tables.definitions import BundleComment, BundleVersion
from wxserver.store.tables.staff import Staff
from wxserver.store.tables.uploads import CaseUpload, Upload


@dataclass(frozen=True, slots=True)
class StoryRow:
    """A version without its document, with who did what to it and when."""

    id: str
    bundle_code: str
    number: int
    status: str
    etag: str
    origin: str
    comment: str
    created_at: datetime
    created_by: str
    edited_at: datetime | None
    edited_by: str | None
    submitted_at: datetime | None
    submitted_by: str | None
    published_at: datetime | None
    published_by: str | None
    effective_at: datetime | None
    drafts_until: datetime | None
    retired_at: datetime | None


_STORY = select(*(getattr(BundleVersion, name) for name in StoryRow.__dataclass_fields__))
_CASE = select(*(getattr(Case, name) for name in CaseRow.__dataclass_fields__))


def codes(unit: Unit) -> list[str]:
    """The codes of all bundles that there are versions of."""
    asked = select(BundleVersion.bundle_code).where(BundleVersion.status != "discarded").distinct()
    return list(unit.connection.scalars(asked.order_by(BundleVersion.bundle_code)))


def open_versions(unit: Unit) -> list[StoryRow]:
    """All versions that are being worked on or wait for review, the newest of a bundle last."""
    asked = _STORY.where(BundleVersion.status.in_(OPEN)).order_by(BundleVersion.bundle_code, BundleVersion.number)
    return [StoryRow(*row) for row in unit.connection.execute(asked)]


def story(unit: Unit, code: str, number: int) -> StoryRow | None:
    """One version by its number."""
    asked = _STORY.where(BundleVersion.bundle_code == code, BundleVersion.number == number)
    row = unit.connection.execute(asked).one_or_none()
    return None if row is None else StoryRow(*row)


def stories(unit: Unit, code: str, before: int | None, most: int) -> list[StoryRow]:
    """Versions of a bundle, the newest first, from below the number `before`."""
    asked = _STORY.where(BundleVersion.bundle_code == code)
    if before is not None:
        asked = asked.where(BundleVersion.number < before)
    rows = unit.connection.execute(asked.order_by(BundleVersion.number.desc()).limit(most))
    return [StoryRow(*row) for row in rows]


def numbers(unit: Unit, code: str) -> list[int]:
    """The numbers of all versions of a bundle, the newest first."""
    asked = select(BundleVersion.number).where(BundleVersion.bundle_code == code)
    return list(unit.connection.scalars(asked.order_by(BundleVersion.number.desc())))


def threads(unit: Unit, version_ids: Collection[str]) -> dict[str, list[CommentRow]]:
    """What was said of versions, by version, oldest first."""
    columns = (BundleComment.at, BundleComment.by, BundleComment.kind, BundleComment.text)
    asked = select(BundleComment.version_id, *columns).where(BundleComment.version_id.in_(version_ids))
    found: dict[str, list[CommentRow]] = {}
    for row in unit.connection.execute(asked.order_by(BundleComment.at, BundleComment.id)):
        found.setdefault(row.version_id, []).append(CommentRow(row.at, row.by, row.kind, row.text))
    return found


def names(unit: Unit, usernames: Collection[str]) -> dict[str, str]:
    """Username -> name, of those who have an account."""
    rows = unit.connection.execute(select(Staff.username, Staff.name).where(Staff.username.in_(set(usernames))))
    return {row.username: row.name for row in rows}


def drafts_by_item(unit: Unit, code: str, now: datetime) -> dict[str, int]:
    """How many people's drafts there are for each item of a bundle, under whichever version."""
    asked = (
        select(Draft.item_code, func.count())
        .where(Draft.bundle_version_id.in_(_versions_of(code)), Draft.expires_at > now)
        .group_by(Draft.item_code)
    )
    return {row[0]: row[1] for row in unit.connection.execute(asked)}


def open_cases_by_item(unit: Unit, code: str) -> dict[str, int]:
    """How many cases of a bundle are not over, by item."""
    asked = (
        select(Case.item_code, func.count())
        .where(Case.bundle_version_id.in_(_versions_of(code)), Case.closed_at.is_(None))
        .group_by(Case.item_code)
    )
    return {row[0]: row[1] for row in unit.connection.execute(asked)}


def newest_cases(unit: Unit, code: str, most: int) -> list[CaseRow]:
    """The cases of a bundle that were submitted last, the newest first."""
    asked = _CASE.where(Case.bundle_code == code).order_by(Case.submitted_at.desc()).limit(most)
    return [CaseRow(*row) for row in unit.connection.execute(asked)]


def handed_in(unit: Unit, case_ids: Collection[str]) -> dict[str, list[tuple[str, str, str]]]:
    """(id, kind, media type) of the files of cases, by case."""
    asked = (
        select(CaseUpload.case_id, Upload.id, Upload.kind, Upload.media_type)
        .join(Upload, Upload.id == CaseUpload.upload_id)
        .where(CaseUpload.case_id.in_(case_ids))
        .order_by(CaseUpload.position)
    )
    found: dict[str, list[tuple[str, str, str]]] = {}
    for case_id, upload_id, kind, media_type in unit.connection.execute(asked):
        found.setdefault(case_id, []).append((upload_id, kind, media_type))
    return found


def _versions_of(code: str) -> Select[str]:
    return select(BundleVersion.id).where(BundleVersion.bundle_code == code)
