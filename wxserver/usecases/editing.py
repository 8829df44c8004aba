"""Drafts of bundle versions: begun, saved as often as one likes, undone, sent for review, sent back.

What a draft holds may be unfinished; it is judged at each look, and only a draft without faults goes to review. Two
people may work on one draft: a save names the state it was made from (`etag`), and one that is late is refused with
who was faster, never merged blindly. Nothing here touches what citizens see; `reviewing` publishes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from bundles import difference, editing, schema
from bundles.document import dump_bundle
from bundles.engine import Fault
from bundles.handlers import failing
from bundles.toml_lines import Path
from wxserver.ports import Clock
from wxserver.store import bundle_drafts, definitions, records
from wxserver.store.bundle_drafts import CommentRow, DraftVersionRow, EditRow
from wxserver.store.database import Database, Unit
from wxserver.usecases.catalogue import Catalogue
from wxserver.usecases.draft_documents import DraftDocument, found_version, said
from wxserver.usecases.faults import Conflict, Invalid, NotFound
from wxserver.usecases.rights import Member, Rights, holds
from wxserver.usecases.storable import storable

MOST_UNDONE: Final = 50
RESERVED: Final = ("new", "import")
"""Codes that no bundle bears, because pages of the desk stand at these addresses."""
_TOGETHER: Final = timedelta(minutes=1)
"""Saves of one kind by one person within this time are undone together."""
_ATTEMPTS: Final = 20


class Editing:
    """`rehearsals`: whether definitions with the handler that fails on purpose are taken; never in production."""

    def __init__(
        self, database: Database, clock: Clock, catalogue: Catalogue, rights: Rights, *, rehearsals: bool = False
    ) -> None:
        self.database = database
        self.clock = clock
        self.catalogue = catalogue
        self.rights = rights
        self.rehearsals = rehearsals

    def begin(self, member: Member, code: str, *, number: int | None = None) -> DraftDocument:
        """The draft of a bundle that is being worked on, or a new one: from the version in force, or from `number`.

        Raises NotFound, Forbidden, Conflict (`draft-open`: another draft is open and a certain version was asked for).
        """
        with self.database.read() as unit:
            opened, newest = bundle_drafts.open_of(unit, code), bundle_drafts.newest(unit, code)
        if newest is None:
            raise NotFound(f"没有代号为“{code}”的事。", code="unknown-bundle")
        if opened is not None and number is None:
            return self.draft(member, code, opened.number)
        if opened is not None:
            detail = f"第 {opened.number} 版还在改，请先发布它或作废它，再从别的版本改。"
            raise Conflict(detail, code="draft-open", extra={"number": opened.number})
        wanted = number if number is not None else self._number_in_force(code) or newest.number
        with self.database.read() as unit:
            row = found_version(unit, code, wanted)
            document = definitions.document(unit, row.id)
        canonical = dump_bundle(schema.load_stored(document)) if row.status != "discarded" else dict(document)
        return self._add(member, code, canonical, f"从第 {wanted} 版开始改", row.id)

    def create(
        self, member: Member, *, code: str, name: str, region: str, prefix: str, copy_of: str = ""
    ) -> DraftDocument:
        """A new bundle as a draft, from nothing or as a copy of one that is in force.

        Raises Invalid (code, name, region, prefix), NotFound (`copy_of`), Forbidden.
        """
        source = self.catalogue.bundle(copy_of).bundle if copy_of else None
        if source is not None:
            made = editing.copied_bundle(dump_bundle(source), code=code, name=name, prefix=prefix, region=region)
        else:
            made = editing.blank_bundle(code=code, name=name, prefix=prefix, region=region)
        asked = {"code", "name", "number_prefix", "region"}
        found = {path[0]: sentence for path, sentence in schema.faults_in(made) if path and path[0] in asked}
        with self.database.read() as unit:
            if code in RESERVED or bundle_drafts.newest(unit, code) is not None:
                found["code"] = f"代号“{code}”已经有人用了，请换一个。"
        if found:
            raise Invalid.of([Fault(str(path), "invalid", sentence) for path, sentence in found.items()])
        return self._add(member, code, made, f"新建，照 {copy_of} 抄一份" if copy_of else "新建", None)

    def take_in(self, member: Member, document: Mapping[str, object], comment: str) -> DraftDocument:
        """A good definition from outside as a new draft of its bundle. Raises Forbidden, Conflict (`draft-open`)."""
        code = str(document["code"])
        with self.database.read() as unit:
            opened = bundle_drafts.open_of(unit, code)
        if opened is not None:
            detail = f"第 {opened.number} 版还在改，请先发布它或作废它，再导入。"
            raise Conflict(detail, code="draft-open", extra={"number": opened.number})
        return self._add(member, code, document, comment, None)

    def draft(self, member: Member, code: str, number: int) -> DraftDocument:
        """A version that is being worked on. Raises NotFound, Forbidden; Conflict where it no longer is."""
        with self.database.read() as unit:
            row = found_version(unit, code, number)
            document = definitions.document(unit, row.id)
            undo, count = bundle_drafts.last_edit(unit, row.id), bundle_drafts.undoable(unit, row.id)
        self._demand(member, "bundles.see", code, document)
        if row.status not in bundle_drafts.OPEN:
            raise Conflict(f"第 {number} 版已经不是草稿了，不能再改。", code="not-a-draft")
        return self._shown(row, document, undo, count)

    def save(
        self, member: Member, code: str, number: int, etag: str, document: Mapping[str, object], what: str
    ) -> DraftDocument:
        """Write a draft. `what` says in words what was changed, for whoever wants to undo it.

        Raises Conflict (`edited-elsewhere`, with `etag`, `by` and `at`; `in-review`), Invalid (`too-large`), Forbidden,
        NotFound. A save that changes nothing leaves no trace.
        """
        written = storable({**document, "code": code, "schema_version": schema.SCHEMA_VERSION})
        digest, now = difference.digest(written), self.clock.now()
        self._allow(member, "bundles.edit", code, number)
        self._demand(member, "bundles.edit", code, written)
        with self.database.write() as unit:
            row = self._ours(unit, code, number, etag)
            if digest != row.digest:
                before = definitions.document(unit, row.id)
                self._keep(unit, row, member, what, before)
                editors = sorted({*(row.editors or ()), member.username})
                bundle_drafts.write(
                    unit,
                    row.id,
                    document=written,
                    digest=digest,
                    edited_at=now,
                    edited_by=member.username,
                    editors=editors,
                )
        return self.draft(member, code, number)

    def undo(self, member: Member, code: str, number: int, etag: str) -> DraftDocument:
        """Take the last change back. Raises as `save`, and Conflict (`nothing-to-undo`)."""
        now = self.clock.now()
        self._allow(member, "bundles.edit", code, number)
        with self.database.write() as unit:
            row = self._ours(unit, code, number, etag)
            last = bundle_drafts.last_edit(unit, row.id)
            if last is None:
                raise Conflict("没有可以撤销的改动了。", code="nothing-to-undo")
            document = bundle_drafts.take_edit(unit, last.id)
            bundle_drafts.write(
                unit,
                row.id,
                document=dict(document),
                digest=difference.digest(document),
                edited_at=now,
                edited_by=member.username,
                editors=sorted({*(row.editors or ()), member.username}),
            )
        return self.draft(member, code, number)

    def discard(self, member: Member, code: str, number: int, etag: str) -> None:
        """Give a draft up for good; its number is not used again. Raises as `save`."""
        self._allow(member, "bundles.edit", code, number)
        with self.database.write() as unit:
            row = self._ours(unit, code, number, etag)
            bundle_drafts.write(unit, row.id, status="discarded")
            bundle_drafts.trim_edits(unit, row.id, 2**31 - 1)
            self._step(unit, row, member, "discarded", "")

    def submit(self, member: Member, code: str, number: int, etag: str, comment: str) -> DraftDocument:
        """Send a draft without faults for review. Raises Invalid with all its faults, and as `save`."""
        now = self.clock.now()
        self._allow(member, "bundles.edit", code, number)
        with self.database.write() as unit:
            row = self._ours(unit, code, number, etag)
            document = definitions.document(unit, row.id)
            if faults := self.faults(document):
                raise Invalid.of([Fault(schema.path_text(path), "fault", sentence) for path, sentence in faults])
            bundle_drafts.write(unit, row.id, status="review", submitted_at=now, submitted_by=member.username)
            self._step(unit, row, member, "submitted", said(comment))
        return self.draft(member, code, number)

    def send_back(self, member: Member, code: str, number: int, comment: str) -> DraftDocument:
        """Let a version in review be worked on again: by its reviewer with a reason, or by an editor who takes it back.

        Raises Invalid (a reviewer's reason is missing), Conflict (it is not in review), Forbidden, NotFound.
        """
        own = holds(member, "bundles.edit")
        self._allow(member, "bundles.edit" if own else "bundles.publish", code, number)
        if not own and not comment.strip():
            raise Invalid.of([Fault("comment", "required", "请写明要改什么，编辑才知道怎么改。")])
        with self.database.write() as unit:
            row = found_version(unit, code, number, lock=True)
            if row.status != "review":
                raise Conflict(f"第 {number} 版现在不在复核中。", code="not-in-review")
            bundle_drafts.write(unit, row.id, status="draft")
            self._step(unit, row, member, "returned", said(comment))
        return self.draft(member, code, number)

    def comment(self, member: Member, code: str, number: int, text: str) -> None:
        """Say something of a version. Raises Invalid, NotFound, Forbidden."""
        if not text.strip():
            raise Invalid.of([Fault("text", "required", "请先写下意见，再点发送。")])
        self._allow(member, "bundles.see", code, number)
        with self.database.write() as unit:
            row = found_version(unit, code, number)
            bundle_drafts.add_comment(
                unit,
                code=code,
                version_id=row.id,
                by=member.username,
                kind="comment",
                text=said(text),
                now=self.clock.now(),
            )

    def comments(self, member: Member, code: str, number: int) -> tuple[CommentRow, ...]:
        """What was said of a version, and its steps, oldest first. Raises NotFound, Forbidden."""
        self._allow(member, "bundles.see", code, number)
        with self.database.read() as unit:
            return tuple(bundle_drafts.comments(unit, found_version(unit, code, number).id))

    def faults(self, document: Mapping[str, object]) -> tuple[tuple[Path, str], ...]:
        """Everything that is wrong with a document."""
        found = schema.faults_in(document)
        items = document.get("items")
        for index, item in enumerate(items if isinstance(items, list) and not self.rehearsals else ()):
            if isinstance(item, dict) and item.get("handler") == failing.NAME:
                found.append((("items", index, "handler"), f"“{failing.NAME}”只用来测试和演示，不能正式使用。"))
        return tuple(found)

    # The way in and out

    def _shown(
        self, row: DraftVersionRow, document: Mapping[str, object], undo: EditRow | None, count: int
    ) -> DraftDocument:
        number = self._number_in_force(row.bundle_code)
        current = None if number is None else self.catalogue.bundle(row.bundle_code).bundle
        return DraftDocument(
            row.bundle_code,
            row.number,
            row.id,
            row.status,
            document,
            row.etag,
            self.faults(document),
            row.edited_at,
            row.edited_by,
            number,
            None if current is None else dump_bundle(current),
            count,
            undo,
            row.submitted_by,
        )

    def _number_in_force(self, code: str) -> int | None:
        found = next((each for each in self.catalogue.bundles() if each.bundle.code == code), None)
        return None if found is None else found.version

    def _ours(self, unit: Unit, code: str, number: int, etag: str) -> DraftVersionRow:
        """The draft, locked, if it still is as it was when its etag was read."""
        row = found_version(unit, code, number, lock=True)
        if row.status == "review":
            raise Conflict("这一版正在复核，不能改。要接着改，请先撤回。", code="in-review")
        if row.status != "draft":
            raise Conflict(f"第 {number} 版已经不是草稿了，不能再改。", code="not-a-draft")
        if row.etag != etag:
            extra = {"etag": row.etag, "by": row.edited_by, "at": row.edited_at}
            raise Conflict(
                "别人刚刚也改了这一版。您填的还在，请比一比再决定用哪一份。", code="edited-elsewhere", extra=extra
            )
        return row

    def _keep(self, unit: Unit, row: DraftVersionRow, member: Member, what: str, before: Mapping[str, object]) -> None:
        now, last = self.clock.now(), bundle_drafts.last_edit(unit, row.id)
        if last and last.by == member.username and last.what == what[:200] and now - last.at < _TOGETHER:
            return
        number = last.number + 1 if last else 1
        bundle_drafts.add_edit(unit, row.id, number=number, by=member.username, what=what, document=before, now=now)
        bundle_drafts.trim_edits(unit, row.id, number - MOST_UNDONE)

    def _add(
        self, member: Member, code: str, document: Mapping[str, object], comment: str, base_id: str | None
    ) -> DraftDocument:
        written, now = storable(document), self.clock.now()
        self._demand(member, "bundles.edit", code, written)
        for _ in range(_ATTEMPTS):
            with self.database.write() as unit:
                newest = bundle_drafts.newest(unit, code)
                number = newest.number + 1 if newest else 1
                version = definitions.add(
                    unit,
                    code=code,
                    number=number,
                    schema_version=schema.SCHEMA_VERSION,
                    document=written,
                    digest=difference.digest(written),
                    origin="staff",
                    by=member.username,
                    comment=comment,
                    now=now,
                )
                if version is None:
                    continue
                bundle_drafts.write(unit, version, base_id=base_id, editors=[member.username])
                row = found_version(unit, code, number)
                self._step(unit, row, member, "begun", comment)
            return self.draft(member, code, number)
        raise Conflict("别人正在同时改这件事，请过一会儿再试。", code="busy")

    def _step(self, unit: Unit, row: DraftVersionRow, member: Member, kind: str, text: str) -> None:
        now = self.clock.now()
        bundle_drafts.add_comment(
            unit, code=row.bundle_code, version_id=row.id, by=member.username, kind=kind, text=text, now=now
        )
        records.audit(
            unit,
            actor_kind="staff",
            actor_id=member.username,
            action=f"bundle_draft_{kind}",
            subject_kind="bundle_version",
            subject_id=row.id,
            reason=text[:200],
            data={"bundle": row.bundle_code, "number": row.number, "editors": list(row.editors or ())},
            now=now,
        )

    def _demand(self, member: Member, act: str, code: str, document: Mapping[str, object]) -> None:
        """Where the document says, and where the bundle is in force: emptying the region opens it to nobody."""
        regions = {str(document.get("region") or "")}
        regions |= {each.bundle.region for each in self.catalogue.bundles() if each.bundle.code == code}
        for region in sorted(regions):
            self.rights.demand(member, act, bundle=code, region=region, subject=("bundle", code))

    def _allow(self, member: Member, act: str, code: str, number: int) -> None:
        """Go on only where the member may do this to this version. Raises NotFound, Forbidden (audited)."""
        with self.database.read() as unit:
            document = definitions.document(unit, found_version(unit, code, number).id)
        self._demand(member, act, code, document)
