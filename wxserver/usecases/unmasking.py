"""One look at what is masked: with a reason, noted in both ledgers before anything is shown, and not remembered."""

from __future__ import annotations

from wxserver.ports import Clock, FileStore
from wxserver.store import cards, cases, records
from wxserver.store.cases import CaseRow
from wxserver.store.database import Database, Unit
from wxserver.usecases.case_door import CaseDoor, document_kind
from wxserver.usecases.catalogue import Catalogue
from wxserver.usecases.faults import NotFound
from wxserver.usecases.looking import content_of, reason_for
from wxserver.usecases.rights import Member
from wxserver.usecases.staff_case_views import Paper, Shown, in_clear
from wxserver.usecases.uploading import PDF


class Unmasking:
    def __init__(
        self, database: Database, clock: Clock, catalogue: Catalogue, door: CaseDoor, files: FileStore
    ) -> None:
        self.database = database
        self.clock = clock
        self.catalogue = catalogue
        self.door = door
        self.files = files

    def show(self, member: Member, number: str, why: str, note: str) -> Shown:
        """Everything in clear, once; who looked and why is in both ledgers before it is shown.

        `why`: one of `REASONS`; `note`: in the member's words. Raises Forbidden, NotFound, Invalid (`why`, `note`).
        """
        row = self.door.reached(member, "cases.unmask", number)
        with self.database.write() as unit:
            reason = reason_for(why, note, self.door.secrets(unit, row))
            applicant, actor = self.door.persons(unit, row)
            card = cards.one(unit, row.cardholder_id, row.card_id) if row.card_id else None
            form = cases.form(unit, row)
            pictures = [each for each in self.door.papers(unit, row) if each.media_type != PDF]
            seen = ("name", "document", "form", *(("card",) if card else ()), *(("pictures",) if pictures else ()))
            self._note(unit, member, row, "case_unmasked", reason, seen)
        bundle = self.catalogue.pinned(row.bundle_version_id).bundle
        item = self.catalogue.pinned_item(row.bundle_version_id, row.item_code)
        return Shown(
            number=row.number,
            name=applicant.name,
            document=f"{document_kind(applicant)} {applicant.document.number}",
            actor="" if actor is None else f"{actor.name}，{document_kind(actor)} {actor.document.number}",
            card=f"{card.card.number}，{card.card.bank}" if card else "",
            answers=tuple(
                (each.label, in_clear(bundle, each, str(form[each.code]))) for each in item.fields if each.code in form
            ),
            pictures=tuple(
                (each.name, each.media_type, content)
                for each in pictures
                if (content := content_of(self.database, self.files, each.id)) is not None
            ),
        )

    def paper(self, member: Member, number: str, upload_id: str, why: str, note: str) -> tuple[Paper, bytes]:
        """One file that was handed in, with a reason as in `show`, and noted alike. Raises as `show`."""
        row = self.door.reached(member, "cases.unmask", number)
        with self.database.write() as unit:
            reason = reason_for(why, note, self.door.secrets(unit, row))
            paper = next((each for each in self.door.papers(unit, row) if each.id == upload_id), None)
            if paper is None:
                raise _no_paper()
            self._note(unit, member, row, "case_file_opened", reason, ("file",))
        content = content_of(self.database, self.files, paper.id)
        if content is None:
            raise _no_paper()
        return paper, content

    def _note(
        self, unit: Unit, member: Member, row: CaseRow, action: str, reason: str, fields: tuple[str, ...]
    ) -> None:
        now = self.clock.now()
        records.looked_at(
            unit,
            by=member.username,
            action=action,
            subject_kind="case",
            subject_id=row.number,
            reason=reason,
            fields=fields,
            now=now,
        )
        records.audit(
            unit,
            actor_kind="staff",
            actor_id=member.username,
            action=action,
            subject_kind="case",
            subject_id=row.number,
            reason=reason,
            data={"bundle": row.bundle_code, "fields": list(fields)},
            now=now,
        )


def _no_paper() -> NotFound:
    return NotFound("没有找到这份材料。请回到办件页再看。", code="unknown-upload")
