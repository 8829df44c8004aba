"""The door to single cases at the staff desk: who may touch one, and what of it both sides of the mask need.

Whoever is not allowed to touch a case is told that it does not exist, and that they tried is in the audit log.
"""

from __future__ import annotations

from bundles.vocabulary import DOCUMENT_KINDS, UPLOAD_KINDS
from wxserver.store import case_queue, cases, uploads
from wxserver.store.cases import CaseRow
from wxserver.store.database import Database, Unit
from wxserver.store.people import KnownPerson
from wxserver.usecases.catalogue import Catalogue
from wxserver.usecases.faults import Forbidden, NotFound
from wxserver.usecases.rights import Member, Rights
from wxserver.usecases.staff_case_views import Paper, is_case_number, secrets_of


class CaseDoor:
    def __init__(self, database: Database, rights: Rights, catalogue: Catalogue) -> None:
        self.database = database
        self.rights = rights
        self.catalogue = catalogue

    def reached(self, member: Member, act: str, number: str) -> CaseRow:
        """The case, if the member may do this to it; one out of reach is unknown, and the try is audited."""
        self.rights.demand(member, act)
        row = None
        if is_case_number(number):
            with self.database.read() as unit:
                row = case_queue.found(unit, number)
        if row is None:
            raise _unknown()
        if not self.rights.may(member, act, bundle=row.bundle_code, region=row.region):
            try:
                self.rights.refuse(member, act, bundle=row.bundle_code, region=row.region, subject=("case", row.number))
            except Forbidden:
                raise _unknown() from None
        return row

    def papers(self, unit: Unit, row: CaseRow) -> tuple[Paper, ...]:
        """What was handed in, in its order, without its content."""
        item = self.catalogue.pinned_item(row.bundle_version_id, row.item_code)
        names = {each.kind: each.name for each in item.uploads_for(row.channel, row.acting_as)}
        return tuple(
            Paper(each.id, names.get(each.kind, UPLOAD_KINDS[each.kind]), each.media_type, each.size, each.pages)
            for each in uploads.of_case(unit, row.id)
        )

    def persons(self, unit: Unit, row: CaseRow) -> tuple[KnownPerson, KnownPerson | None]:
        """The applicant, and who acted where that was somebody else."""
        acted = case_queue.actor(unit, row.id)
        persons = case_queue.applicants(unit, {row.applicant_id, acted})
        return persons[row.applicant_id], persons[acted] if acted != row.applicant_id else None

    def secrets(self, unit: Unit, row: CaseRow) -> tuple[str, ...]:
        """What of the person must not stand in a text that is kept."""
        persons = [each for each in self.persons(unit, row) if each is not None]
        item = self.catalogue.pinned_item(row.bundle_version_id, row.item_code)
        form = cases.form(unit, row)
        written = [str(form[each.code]) for each in item.fields if each.code in form and not each.choices]
        return secrets_of([each.name for each in persons], [each.document.number for each in persons], written)


def document_kind(person: KnownPerson) -> str:
    """What a person's document is called."""
    return DOCUMENT_KINDS.get(person.document.kind, person.document.kind)


def _unknown() -> NotFound:
    return NotFound("没有找到这个办件编号。请核对编号，或回办件台里找。", code="unknown-case")
