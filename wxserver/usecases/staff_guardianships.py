"""Claims to stand for a minor, at the staff desk: what waits, one of them with its papers, and the decision."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from bundles.acting import PROOFS
from bundles.application import Fault
from bundles.masking import mask_name, mask_number
from bundles.people import birth_date
from bundles.vocabulary import DOCUMENT_KINDS, UPLOAD_KINDS
from bundles.working_days import legal_date
from wxserver.ports import Clock, FileStore
from wxserver.store import guardianships, people, records
from wxserver.store.database import Database, Unit
from wxserver.store.guardianships import LIVING, GuardianshipRow
from wxserver.usecases.account_desk import Seen, known
from wxserver.usecases.claims import RELATIONS
from wxserver.usecases.faults import Conflict, Invalid, NotFound
from wxserver.usecases.looking import content_of, reason_for
from wxserver.usecases.notifying import Notifying
from wxserver.usecases.paging import cursor, position
from wxserver.usecases.rights import Member, Rights
from wxserver.usecases.staff_case_views import Paper, secrets_of, tells_personal
from wxserver.usecases.uploading import PDF
from wxserver.usecases.wards import STATE_TEXTS, confirm, named, state_on

ACT: Final = "guardianships.decide"
MOST: Final = 20
LONGEST: Final = 200
"""Characters of what a guardian is told."""

_NOT_SEEN: Final = Fault(
    "originals",
    "required",
    "请在窗口看过户口簿和监护关系证明的原件，勾选这一项，再点“核对通过”。",
)


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """A line of the list, masked. `papers`: how many pictures were handed in."""

    id: str
    guardian: str
    minor: str
    relation_text: str
    created_at: datetime
    papers: int


@dataclass(frozen=True, slots=True)
class ClaimList:
    """Claims that wait, the oldest first; `next` leads on; `waiting`: how many in all."""

    items: tuple[ClaimLine, ...]
    next: str | None
    waiting: int


@dataclass(frozen=True, slots=True)
class ClaimSheet:
    """One claim, masked. `papers`: what was handed in; `complete`: all that proves it is among them; `decided_by`: a
    member of staff, or empty."""

    line: ClaimLine
    state: str
    state_text: str
    guardian_document: str
    minor_document: str
    reason: str
    decided_by: str
    papers: tuple[Paper, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class ClaimShown:
    """A claim in clear, for one look. `registered`: the child's name as it is known, where it is another than the
    guardian wrote. `born_on`: what the guardian wrote, where the document does not tell it. `pictures`: what it is,
    media type, content."""

    id: str
    guardian: str = field(repr=False)
    guardian_document: str = field(repr=False)
    minor: str = field(repr=False)
    minor_document: str = field(repr=False)
    born_on: date | None = field(repr=False)
    registered: str = field(repr=False)
    pictures: tuple[tuple[str, str, bytes], ...] = field(repr=False)


class StaffGuardianships:
    """`notifying` tells the guardian what was decided."""

    def __init__(
        self, database: Database, clock: Clock, rights: Rights, files: FileStore, notifying: Notifying
    ) -> None:
        self.database = database
        self.clock = clock
        self.rights = rights
        self.files = files
        self.notifying = notifying

    def list(self, member: Member, after: str | None = None) -> ClaimList:
        """Claims that nobody has decided. Raises Forbidden, BadRequest."""
        self.rights.demand(member, ACT)
        with self.database.read() as unit:
            rows = guardianships.waiting(unit, position(after), MOST + 1)
            lines = tuple(self._line(unit, each) for each in rows[:MOST])
            waiting = guardianships.counted_waiting(unit)
        last = rows[MOST - 1] if len(rows) > MOST else None
        return ClaimList(lines, None if last is None else cursor(last.created_at, last.id), waiting)

    def one(self, member: Member, ward_id: str) -> ClaimSheet:
        """One claim, masked, decided or not. Raises Forbidden, NotFound."""
        self.rights.demand(member, ACT, subject=("guardianship", ward_id))
        with self.database.read() as unit:
            row = _found(unit, ward_id)
            guardian, minor = (people.person(unit, each).document for each in (row.guardian_id, row.minor_id))
            state = state_on(row, legal_date(self.clock.now()))
            return ClaimSheet(
                line=self._line(unit, row),
                state=state,
                state_text=STATE_TEXTS[state],
                guardian_document=f"{DOCUMENT_KINDS[guardian.kind]} {mask_number(guardian.number)}",
                minor_document=f"{DOCUMENT_KINDS[minor.kind]} {mask_number(minor.number)}",
                reason=row.reason or "",
                decided_by=row.decided_by or "",
                papers=_papers(unit, row),
                complete=_is_complete(unit, row),
            )

    def show(self, member: Member, ward_id: str, why: str, note: str) -> ClaimShown:
        """Names, documents and pictures in clear, once; who looked and why is in both ledgers before it is shown.

        `why`: one of `staff_case_views.REASONS`; `note`: in the member's words. Raises Forbidden, NotFound, Invalid.
        """
        self.rights.demand(member, ACT, subject=("guardianship", ward_id))
        with self.database.write() as unit:
            row = _found(unit, ward_id)
            reason = reason_for(why, note, _secrets(unit, row))
            guardian, minor = people.person(unit, row.guardian_id), people.person(unit, row.minor_id)
            papers = [each for each in guardianships.proofs(unit, row.id) if each.media_type != PDF]
            self._looked(unit, member, row, "guardianship_unmasked", reason, ("name", "document", "pictures"))
        return ClaimShown(
            id=row.id,
            guardian=guardian.name,
            guardian_document=f"{DOCUMENT_KINDS[guardian.document.kind]} {guardian.document.number}",
            minor=row.name,
            minor_document=f"{DOCUMENT_KINDS[minor.document.kind]} {minor.document.number}",
            born_on=None if birth_date(minor.document.kind, minor.document.number) else row.born_on,
            registered=minor.name if minor.name != row.name else "",
            pictures=tuple(
                (UPLOAD_KINDS[each.kind], each.media_type, content)
                for each in papers
                if (content := content_of(self.database, self.files, each.id)) is not None
            ),
        )

    def paper(self, member: Member, ward_id: str, upload_id: str, why: str, note: str) -> tuple[Paper, bytes]:
        """One file that was handed in, with a reason as in `show`, and noted alike. Raises as `show`."""
        self.rights.demand(member, ACT, subject=("guardianship", ward_id))
        with self.database.write() as unit:
            row = _found(unit, ward_id)
            reason = reason_for(why, note, _secrets(unit, row))
            paper = next((each for each in _papers(unit, row) if each.id == upload_id), None)
            if paper is None:
                raise _no_paper()
            self._looked(unit, member, row, "guardianship_file_opened", reason, ("file",))
        content = content_of(self.database, self.files, paper.id)
        if content is None:
            raise _no_paper()
        return paper, content

    def confirm(self, member: Member, ward_id: str, *, originals: bool) -> None:
        """The papers show that it is so: all were handed in, or the member has seen the `originals`, which the audit
        log keeps. Raises Forbidden, NotFound, Invalid (`originals`), Conflict (`not-claimed`, `other-name`)."""
        self.rights.demand(member, ACT, subject=("guardianship", ward_id))
        now = self.clock.now()
        with self.database.write() as unit:
            row = self._undecided(unit, ward_id)
            if not originals and not _is_complete(unit, row):
                raise Invalid.of([_NOT_SEEN])
            if not named(unit, row, now):
                raise Conflict(
                    "监护人填写的孩子姓名，和这个证件号码登记的不一样。请核对户口簿；对不上的，请选“不通过”并写明原因。",
                    code="other-name",
                )
            confirm(unit, row, "staff", member.username, now)
            self._audit(unit, member, "guardianship_confirmed", row, "originals" if originals else "papers")
            self.notifying.guardian_told(unit, row, "confirmed", now)

    def refuse(self, member: Member, ward_id: str, text: str) -> str:
        """The papers do not show it, or what was confirmed holds no more, because a court, the family or a mistake of
        ours says so; `text` tells the guardian why. Cases under it go on. Which it was: `refused` or `revoked`.

        Raises as `confirm`, and Invalid (`text`).
        """
        self.rights.demand(member, ACT, subject=("guardianship", ward_id))
        words, now = " ".join(text.split()), self.clock.now()
        with self.database.write() as unit:
            row = self._undecided(unit, ward_id, among=LIVING)
            if faults := list(self._faults_of_text(unit, row, words)):
                raise Invalid.of(faults)
            guardianships.change(
                unit, row.id, state="refused", proof=None, reason=words, decided_at=now, decided_by=member.username
            )
            done = "refused" if row.state == "claimed" else "revoked"
            self._audit(unit, member, f"guardianship_{done}", row, words)
            self.notifying.guardian_told(unit, row, done, now)
        return done

    def about(self, member: Member, seen: Seen) -> tuple[tuple[ClaimLine, str], ...]:
        """The guardianships of who stands at the window, as guardian or as child, that are not over, each with its
        state in words. Raises Forbidden, and as looking up their accounts does."""
        self.rights.demand(member, ACT)
        now = self.clock.now()
        with self.database.read() as unit:
            person_id = known(unit, seen, now)
            rows = [] if person_id is None else guardianships.about(unit, person_id)
            states = [(each, state_on(each, legal_date(now))) for each in rows]
            return tuple((self._line(unit, each), STATE_TEXTS[state]) for each, state in states if state != "ended")

    def _undecided(self, unit: Unit, ward_id: str, *, among: Collection[str] = ("claimed",)) -> GuardianshipRow:
        row = guardianships.by_id(unit, ward_id, lock=True)
        if row is None:
            raise _unknown()
        if state_on(row, legal_date(self.clock.now())) not in among:
            raise Conflict("这一条现在不等核对，请刷新后再看。", code="not-claimed")
        return row

    def _line(self, unit: Unit, row: GuardianshipRow) -> ClaimLine:
        return ClaimLine(
            row.id,
            mask_name(people.person(unit, row.guardian_id).name),
            mask_name(row.name),
            RELATIONS.get(row.relation, RELATIONS["other"]),
            row.created_at,
            len(guardianships.proofs(unit, row.id)),
        )

    def _faults_of_text(self, unit: Unit, row: GuardianshipRow, words: str) -> Iterator[Fault]:
        if not words:
            sentence = "为什么没有通过，要补什么" if row.state == "claimed" else "为什么撤销，接下来怎么办"
            yield Fault("text", "required", f"请写给监护人：{sentence}。")
        elif len(words) > LONGEST:
            yield Fault("text", "too-long", f"最多 {LONGEST} 个字，现在是 {len(words)} 个，请删短一些。")
        elif not words.isprintable():
            yield Fault("text", "unreadable", "这里有看不见的字符，请删掉后重新填写。")
        elif tells_personal(words, _secrets(unit, row)):
            yield Fault("text", "personal", "这段话会写进操作记录，请去掉姓名和证件号码，再提交。")

    def _looked(
        self, unit: Unit, member: Member, row: GuardianshipRow, action: str, reason: str, fields: tuple[str, ...]
    ) -> None:
        """Note a look in the ledgers of both persons, and in the audit log."""
        for person_id in (row.guardian_id, row.minor_id):
            records.looked_at(
                unit,
                by=member.username,
                action=action,
                subject_kind="person",
                subject_id=person_id,
                reason=reason,
                fields=fields,
                now=self.clock.now(),
            )
        self._audit(unit, member, action, row, reason)

    def _audit(self, unit: Unit, member: Member, action: str, row: GuardianshipRow, reason: str) -> None:
        records.audit(
            unit,
            actor_kind="staff",
            actor_id=member.username,
            action=action,
            subject_kind="guardianship",
            subject_id=row.id,
            reason=reason,
            data={},
            now=self.clock.now(),
        )


def _is_complete(unit: Unit, row: GuardianshipRow) -> bool:
    """Whether all papers that prove it were handed in."""
    return {each.kind for each in guardianships.proofs(unit, row.id)}.issuperset(PROOFS)


def _found(unit: Unit, ward_id: str) -> GuardianshipRow:
    row = guardianships.by_id(unit, ward_id)
    if row is None:
        raise _unknown()
    return row


def _papers(unit: Unit, row: GuardianshipRow) -> tuple[Paper, ...]:
    return tuple(
        Paper(each.id, UPLOAD_KINDS[each.kind], each.media_type, each.size, each.pages)
        for each in guardianships.proofs(unit, row.id)
    )


def _no_paper() -> NotFound:
    return NotFound("没有找到这份材料，请回到这一条再看。", code="unknown-upload")


def _secrets(unit: Unit, row: GuardianshipRow) -> tuple[str, ...]:
    persons = [people.person(unit, each) for each in (row.guardian_id, row.minor_id)]
    return secrets_of([row.name, *(each.name for each in persons)], [each.document.number for each in persons], ())


def _unknown() -> NotFound:
    return NotFound("没有找到这一条，请回到列表再看。", code="unknown-guardianship")
