"""Handing in files: each is looked at and sealed before anything of it is kept; a picture is made anew, a PDF is not.

The file is written first and its row after it, and they go in the opposite order: a row always has its file, and what
is left over by a crash is a file without a row, which tidying deletes.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from bundles.definition import PhotoRule
from bundles.engine import Fault
from bundles.vocabulary import UPLOAD_KINDS
from wxserver.ports import Clock, FileLost, FileStore, InspectorBusy, PhotoInspector, PhotoRefused
from wxserver.store import uploads
from wxserver.store.database import Database
from wxserver.store.uploads import UploadRow
from wxserver.usecases.faults import BadRequest, Busy, Conflict, Invalid, NotFound, TooMany
from wxserver.usecases.sessions import SessionView, signed_in

CARD_PHOTO = PhotoRule(358, 441)
DAY = timedelta(hours=24)
MOST_A_DAY = 60
PDF = "application/pdf"
ALWAYS_AS_PDF = frozenset({"other"})
"""Kinds of upload that may be a PDF whatever the material says."""
UNKNOWN_UPLOAD = "没有找到这张图片，请重新上传。"

_KEY = re.compile(r"[!-~]{1,200}")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class UploadView:
    """A file that was handed in, as it is kept, `size` bytes: a JPEG, or a PDF, which has neither width nor height."""

    id: str
    kind: str
    size: int
    sha256: str
    width: int | None
    height: int | None
    created_at: datetime
    media_type: str = "image/jpeg"
    pages: int = 1

    @property
    def is_pdf(self) -> bool:
        return self.media_type == PDF


@dataclass(frozen=True, slots=True)
class Uploaded:
    """The upload; `created` is False where the key had been used for the same file before."""

    view: UploadView
    created: bool


def view_of(row: UploadRow) -> UploadView:
    return UploadView(
        row.id, row.kind, row.size, row.sha256, row.width, row.height, row.created_at, row.media_type, row.pages
    )


class Uploading:
    def __init__(self, database: Database, clock: Clock, files: FileStore, inspector: PhotoInspector) -> None:
        self.database = database
        self.clock = clock
        self.files = files
        self.inspector = inspector

    def add(
        self,
        session: SessionView,
        *,
        kind: str,
        raw: bytes,
        key: str,
        rule: PhotoRule | None = None,
        accepted: Collection[str] = ("picture",),
    ) -> Uploaded:
        """Keep a file, once per key. `rule`: what a photo for a card must be like; `accepted`: as `Material.accepted`.

        Raises Invalid (`file`: what is wrong with the file and how to mend it; `kind`), BadRequest (key), Conflict
        (`idempotency-mismatch`), TooMany, Busy.
        """
        person_id = signed_in(session)
        if not _KEY.fullmatch(key):
            raise BadRequest("这次上传的编号不对，请刷新页面后再传。", code="idempotency-key-invalid")
        if kind not in UPLOAD_KINDS:
            raise Invalid.of([Fault("kind", "unknown-kind", "没有看懂这是哪种材料，请退回上一步，重新选材料再传。")])
        now, digest = self.clock.now(), hashlib.sha256(raw).hexdigest()
        with self.database.read() as unit:
            before = uploads.under(unit, person_id, key)
            many = before is None and uploads.added_since(unit, person_id, now - DAY) >= MOST_A_DAY
        if before is not None:
            return _again(before, kind, digest)
        if many:
            raise TooMany(
                f"一天最多上传 {MOST_A_DAY} 张，今天的已经用完。请明天再来，或到窗口办。",
                code="too-many-uploads",
            )
        try:
            card = rule or (CARD_PHOTO if kind == "photo" else None)
            made = self.inspector.inspect(kind, raw, card, accepted_as(kind, accepted))
        except PhotoRefused as refusal:
            raise Invalid(
                refusal.message, code=refusal.code, faults=[Fault("file", refusal.code, refusal.message)]
            ) from None
        except InspectorBusy:
            raise Busy("现在上传的人有点多，请过 10 秒再传一次。") from None
        name = uploads.new_name()
        view = UploadView(
            name,
            kind,
            len(made.content),
            hashlib.sha256(made.content).hexdigest(),
            made.width,
            made.height,
            now,
            made.media_type,
            made.pages,
        )
        with self.database.read() as unit:
            sealed = uploads.seal(unit, name, made.content)
        self.files.write(name, sealed, now)
        with self.database.write() as unit:
            added = uploads.add(
                unit,
                name,
                person_id=person_id,
                kind=kind,
                key=key,
                raw_sha256=digest,
                sha256=view.sha256,
                size=view.size,
                width=view.width,
                height=view.height,
                now=now,
                media_type=view.media_type,
                pages=view.pages,
            )
            first = None if added else uploads.under(unit, person_id, key)
        if added:
            return Uploaded(view, created=True)
        self.files.delete(name)
        if first is None:
            raise LookupError("an upload's key is taken, yet its upload is absent")
        return _again(first, kind, digest)

    def open(self, session: SessionView, upload_id: str) -> tuple[UploadView, bytes]:
        """One's own file; NotFound for anybody else's, as if it did not exist."""
        person_id = signed_in(session)
        with self.database.read() as unit:
            row = uploads.own(unit, person_id, upload_id)
            if row is None:
                raise _unknown()
            try:
                return view_of(row), uploads.unseal(unit, row.id, self.files.read(row.id))
            except FileLost:
                logger.error("an upload has lost its file", extra={"upload": row.id})
                raise _unknown() from None

    def delete(self, session: SessionView, upload_id: str) -> None:
        """Delete one's own file, out of every draft. NotFound; Conflict `upload-in-case`."""
        person_id = signed_in(session)
        with self.database.write() as unit:
            row = uploads.own(unit, person_id, upload_id, lock=True)
            if row is None:
                raise _unknown()
            if uploads.in_a_case(unit, row.id):
                raise Conflict("这张图片已经随申请提交，不能删除。要换的，请到窗口办。", code="upload-in-case")
            uploads.drop(unit, row.id)
        self.files.delete(row.id)


def accepted_as(kind: str, accepted: Collection[str]) -> tuple[str, ...]:
    """As what a file of this kind is taken (`picture`, `pdf`), by what its material says."""
    return ("picture", "pdf") if "pdf" in accepted or kind in ALWAYS_AS_PDF else ("picture",)


def _again(before: UploadRow, kind: str, digest: str) -> Uploaded:
    if (before.kind, before.raw_sha256) != (kind, digest):
        raise Conflict("这个上传编号已经用过，文件和这次不一样。请刷新页面后再传。", code="idempotency-mismatch")
    return Uploaded(view_of(before), created=False)


def _unknown() -> NotFound:
    return NotFound("没有找到这张图片。请退回上一步，重新上传。", code="unknown-upload")
