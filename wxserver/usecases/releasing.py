"""Putting versions into force by two people: one has made and submitted a version, another publishes it.

A rollback goes to what was in force before, and may be done by one publisher, with a reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bundles import schema
from bundles.engine import Fault
from wxserver.ports import Clock
from wxserver.store import bundle_drafts, definitions, records, reviews
from wxserver.store.bundle_drafts import DraftVersionRow
from wxserver.store.database import Database, Unit
from wxserver.usecases.draft_documents import found_version, said
from wxserver.usecases.editing import Editing
from wxserver.usecases.faults import Conflict, Invalid, NotFound, Problem
from wxserver.usecases.moments import checked_moments
from wxserver.usecases.publishing import Publishing
from wxserver.usecases.rights import Member, Rights

OWN_WORK = "送审和发布须是两个人。这一版您改过或送审过，请另一位发布员来复核。"


@dataclass(frozen=True, slots=True)
class Released:
    """A version as a release has left it."""

    bundle: str
    number: int
    effective_at: datetime


class Releasing:
    def __init__(
        self, database: Database, clock: Clock, rights: Rights, editing: Editing, publishing: Publishing
    ) -> None:
        self.database = database
        self.clock = clock
        self.rights = rights
        self.editing = editing
        self.publishing = publishing

    def publish(
        self,
        member: Member,
        code: str,
        number: int,
        etag: str,
        *,
        seen: bool,
        at: datetime | None = None,
        drafts_until: datetime | None = None,
        comment: str = "",
    ) -> Released:
        """Publish a version that was submitted, as it was when its etag was read, now or `at` a moment.

        A version that waits for its moment may be given another. `seen`: the changes were all looked at. Raises
        NotFound, Forbidden (also for own work, audited), Conflict (`edited-elsewhere`, `not-in-review`), Invalid.
        """
        now = self.clock.now()
        row = self.demand(member, "bundles.publish", code, number)
        self._others_work(member, row, code)
        faults: list[Fault] = []
        if not seen:
            faults.append(Fault("seen", "required", "请先看完所有变化，再勾选“我都看过”。"))
        try:
            effective_at = checked_moments(member.username, at, drafts_until, now)
        except Invalid as invalid:
            raise Invalid.of([*faults, *invalid.faults]) from None
        if faults:
            raise Invalid.of(faults)
        why = said(comment)
        with self.database.write() as unit:
            row = found_version(unit, code, number, lock=True)
            self._may_be_published(unit, row, etag, self.clock.now())
            document = definitions.document(unit, row.id)
            if found := self.editing.faults(document):
                raise Invalid.of([Fault(schema.path_text(path), "fault", sentence) for path, sentence in found])
            definitions.publish(
                unit, row.id, effective_at=effective_at, drafts_until=drafts_until, by=member.username, now=now
            )
            self._noted(unit, member, code, row.id, "published", why)
            self._audit(unit, member, row, why, effective_at, drafts_until)
        self.publishing.catalogue.look_again()
        return Released(code, number, effective_at)

    def rollback(self, member: Member, code: str, number: int, comment: str) -> Released:
        """Let the content of a version that was in force hold again, as a new version, at once.

        Raises NotFound, Forbidden, Invalid (the reason is missing), Conflict (`never-published`, `already-in-force`).
        """
        self.demand(member, "bundles.publish", code, number)
        why = said(_needed(comment, "请写明为什么恢复，以后查得到。"))
        with self.database.read() as unit:
            row = reviews.story(unit, code, number)
        if row is None or row.effective_at is None or row.effective_at > self.clock.now():
            raise Conflict(f"第 {number} 版没有用过，不能恢复到它。请从它开始改，再送审。", code="never-published")

        def then(unit: Unit, version_id: str) -> None:
            self._noted(unit, member, code, version_id, "rolled_back", f"恢复到第 {number} 版：{why}")

        try:
            made = self.publishing.rollback(code, number, by=member.username, comment=why, actor="staff", then=then)
        except schema.DefinitionFaults as error:
            raise _unfit(number, error) from None
        return Released(code, made.number, made.effective_at or self.clock.now())

    def retire(self, member: Member, code: str, number: int | None, comment: str) -> tuple[int, ...]:
        """Let one version, or the bundle as a whole, hold no longer; their numbers. Raises as `rollback`."""
        why = said(_needed(comment, "请写明为什么停用，以后查得到。"))
        self.demand(member, "bundles.publish", code, number)
        return self.publishing.retire(code, by=member.username, number=number, comment=why, actor="staff")

    def demand(self, member: Member, act: str, code: str, number: int | None) -> DraftVersionRow:
        """The version, if the member may do this to it: where it is to hold, and where the bundle holds now."""
        with self.database.read() as unit:
            row = bundle_drafts.newest(unit, code) if number is None else found_version(unit, code, number)
            if row is None:
                raise NotFound(f"没有代号为“{code}”的事。", code="unknown-bundle")
            regions = {str(definitions.document(unit, row.id).get("region") or "")}
        regions |= {each.bundle.region for each in self.publishing.catalogue.bundles() if each.bundle.code == code}
        for region in sorted(regions):
            self.rights.demand(member, act, bundle=code, region=region, subject=("bundle", code))
        return row

    def _others_work(self, member: Member, row: DraftVersionRow, code: str) -> None:
        if member.username in {row.created_by, row.edited_by, row.submitted_by, *(row.editors or ())}:
            self.rights.refuse(
                member,
                "bundles.publish",
                bundle=code,
                subject=("bundle_version", row.id),
                detail=OWN_WORK,
                code="own-work",
            )

    def _may_be_published(self, unit: Unit, row: DraftVersionRow, etag: str, now: datetime) -> None:
        story = reviews.story(unit, row.bundle_code, row.number)
        waits = story is not None and story.effective_at is not None and story.effective_at > now
        if row.status != "review" and not (row.status == "published" and waits):
            detail = {
                "draft": "这一版还没有送审，不能发布。请编辑先送审。",
                "published": "这一版已经发布过了。要用回它的内容，请在版本页选“恢复到此版”。",
            }.get(row.status, "这一版已经作废或停用，不能发布。")
            raise Conflict(detail, code="not-in-review")
        if row.etag != etag:
            extra = {"etag": row.etag, "by": row.edited_by, "at": row.edited_at}
            raise Conflict("您看过以后，这一版又改了。请再看一遍变化，然后发布。", code="edited-elsewhere", extra=extra)

    def _noted(self, unit: Unit, member: Member, code: str, version_id: str, kind: str, text: str) -> None:
        bundle_drafts.add_comment(
            unit, code=code, version_id=version_id, by=member.username, kind=kind, text=text, now=self.clock.now()
        )

    def _audit(
        self,
        unit: Unit,
        member: Member,
        row: DraftVersionRow,
        comment: str,
        effective_at: datetime,
        drafts_until: datetime | None,
    ) -> None:
        data: Mapping[str, object] = {
            "bundle": row.bundle_code,
            "number": row.number,
            "effective_at": effective_at.isoformat(),
            "drafts_until": drafts_until.isoformat() if drafts_until else None,
            "submitted_by": row.submitted_by,
            "editors": list(row.editors or ()),
        }
        records.audit(
            unit,
            actor_kind="staff",
            actor_id=member.username,
            action="bundle_published",
            subject_kind="bundle_version",
            subject_id=row.id,
            reason=comment[:200],
            data=data,
            now=self.clock.now(),
        )


def _needed(comment: str, sentence: str) -> str:
    if not comment.strip():
        raise Invalid.of([Fault("comment", "required", sentence)])
    return comment


def _unfit(number: int, error: schema.DefinitionFaults) -> Problem:
    faults = [Fault(each.path, "fault", each.sentence) for each in error.faults]
    return Invalid(f"第 {number} 版按现在的规则有 {len(faults)} 处要改，不能直接恢复。请从它开始改。", faults=faults)
