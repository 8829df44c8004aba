"""Cases come into being, and their work is released: at once, after others of the same application, or by a clerk.

Everything here happens in the transaction of what caused it, so that a case is never left between two states.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bundles import engine, handlers
from bundles.application import Fault
from bundles.case import node_text
from bundles.clock import ClockEvent
from bundles.definition import Item, parts_of
from bundles.definition.combining import predecessors
from bundles.materials import card_photo
from bundles.vocabulary import CAPACITIES
from bundles.working_days import legal_date
from wxserver.ports import Clock
from wxserver.store import cases, guardianships, history, people, uploads
from wxserver.store.cards import KnownCard
from wxserver.store.cases import CaseRow
from wxserver.store.database import Unit
from wxserver.store.outbox import Work
from wxserver.usecases.carrying import Carrying
from wxserver.usecases.casework import Casework
from wxserver.usecases.catalogue import Catalogue, Published
from wxserver.usecases.faults import Conflict, Invalid
from wxserver.usecases.timing import Timing
from wxserver.usecases.uploading import UNKNOWN_UPLOAD
from wxserver.usecases.wards import PROOF_TEXTS, UNKNOWN, confirm, named, stands

UNPROVEN = "materials"
"""`acting_proof` of a guardian whom nobody has confirmed."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A submission that passed every check and only has to be written. `item` may be a combination.

    `actor_id` acts, for themself or for `person`, by `acting_proof` (as on the case); `owner_id` owns the idempotency
    key and the uploads. `clerk` is who filed it at `office`, `seen` the names of the originals that were shown there.
    """

    published: Published
    item: Item
    person: people.KnownPerson
    card: KnownCard | None
    form: Mapping[str, str] = field(repr=False)
    acting_as: str
    actor_id: str
    owner_id: str
    channel: str
    acting_proof: str | None = None
    guardianship_id: str | None = None
    organisation_id: str | None = None
    uploads: tuple[engine.Handed, ...] = ()
    clerk: str | None = None
    office: str | None = None
    seen: tuple[str, ...] = ()


class Opening:
    def __init__(
        self, clock: Clock, catalogue: Catalogue, timing: Timing, casework: Casework, carrying: Carrying
    ) -> None:
        self.clock = clock
        self.catalogue = catalogue
        self.timing = timing
        self.casework = casework
        self.carrying = carrying
        carrying.ended = self.follow_up

    def open(self, unit: Unit, application: str, accepted: Accepted, now: datetime, owner: str) -> list[Work]:
        """A case for each item of an application; the work that `owner` is to do at once, instant items first of all.

        Raises Conflict (`already-open`) and Invalid (an upload, or a guardianship, that has just gone); then nothing
        is written.
        """
        _still_stands(unit, accepted, now)
        parts = parts_of(accepted.item)
        at_once: list[Work] = []
        for part in parts:
            awaits = "items" if predecessors(part, parts) else awaited(part, accepted.channel, accepted.acting_proof)
            case = self._write(unit, application, accepted, part, awaits, now)
            if awaits is None:
                instant = case.limit_unit == "instant"
                handed = [each.kind for each in _own(accepted, part)]
                work = self._enqueue(unit, case, part, handed, owner if instant else None)
                at_once += [work] if instant else []
        return at_once

    def follow_up(self, unit: Unit, case: CaseRow) -> None:
        """A case has ended: release those of its application that waited for it, or refuse them with it."""
        bundle = self.catalogue.pinned(case.bundle_version_id).bundle
        if bundle.selection != "many":
            return
        cases.lock_application(unit, case.application_id)
        rows = {each.item_code: each for each in cases.of_application(unit, case.application_id)}
        items = {code: self.catalogue.pinned_item(row.bundle_version_id, code) for code, row in rows.items()}
        for code, row in rows.items():
            if row.awaits != "items" or row.closed_at is not None:
                continue
            before = [rows[each.code] for each in predecessors(items[code], tuple(items.values()))]
            failed = next((each for each in before if each.status in ("refused", "withdrawn")), None)
            if failed is not None:
                self._refuse_with(unit, row, items[code], items[failed.item_code])
            elif all(each.status == "completed" for each in before):
                self._release(unit, row, items[code])

    def accept(self, unit: Unit, case: CaseRow, item: Item, by: str) -> None:
        """A clerk has looked at a case that awaited review: it is accepted, its clock runs, its work begins. So is the
        guardianship that only its papers prove. Raises Conflict `other-name`."""
        now = self.clock.now()
        if case.acting_proof == UNPROVEN and case.guardianship_id is not None:
            _prove(unit, case.id, case.guardianship_id, by, now)
        self.casework.tell(unit, case, item, "reviewed", at=now, origin="review", actor_kind="staff", actor_id=by)
        self._begin(unit, case, item, "staff" if handlers.find(item.handler).by_staff else None, "staff", by)

    def _write(
        self, unit: Unit, application: str, accepted: Accepted, part: Item, awaits: str | None, now: datetime
    ) -> CaseRow:
        bundle, person, channel = accepted.published.bundle, accepted.person, accepted.channel
        limit = part.limits[channel]
        card_id = accepted.card.id if accepted.card and part.needs_card else None
        instant = limit.unit == "instant"
        starts = not instant and awaits in (None, "staff")
        clock, due, calendar_id = None, None, None
        if starts or (not instant and part.clock_starts == "submission"):
            clock = start_of(part, now)
            calendar_id = self.timing.active_id(unit, bundle.region)
            due = self.timing.due(limit, [clock], calendar_id)
        number = cases.next_number(unit, bundle.number_prefix, legal_date(now))
        case_id = cases.add(
            unit,
            form={each.code: accepted.form[each.code] for each in part.fields if each.code in accepted.form},
            number=number,
            application_id=application,
            bundle_code=bundle.code,
            bundle_version_id=accepted.published.id,
            item_code=part.code,
            applicant_id=person.id,
            cardholder_id=person.id,
            actor_id=accepted.actor_id,
            acting_as=accepted.acting_as,
            acting_proof=accepted.acting_proof,
            guardianship_id=accepted.guardianship_id,
            organisation_id=accepted.organisation_id,
            channel=channel,
            region=bundle.region,
            office=accepted.office,
            card_id=card_id,
            card_key=card_id or "",
            status="accepted" if starts else "submitted",
            awaits=awaits,
            submitted_at=now,
            accepted_at=now if starts else None,
            limit_unit=limit.unit,
            limit_amount=limit.amount,
            due_on=due.due_on if due else None,
            due_provisional=due.provisional if due else False,
            calendar_id=calendar_id,
        )
        if case_id is None:
            raise _already_open(unit, accepted, part, card_id or "")
        handed = _own(accepted, part)
        if handed:
            _hand_in(unit, case_id, handed)
        case = cases.by_id(unit, case_id)
        self._tell_submitted(unit, case, part, accepted, now)
        if starts:
            self.casework.tell(unit, case, part, "accepted", at=now, origin="accept", actor_kind="system")
        if clock is not None:
            history.turn_clock(unit, case_id, clock, "start", now)
        return case

    def _tell_submitted(self, unit: Unit, case: CaseRow, part: Item, accepted: Accepted, now: datetime) -> None:
        text = None
        if accepted.clerk is not None:
            shown = f"已看过原件：{'、'.join(accepted.seen)}。" if accepted.seen else ""
            came = "" if accepted.acting_as == "self" else f"来办的是{CAPACITIES[accepted.acting_as]}。"
            text = f"窗口已收到“{part.name}”申请。{came}{shown}"
        elif accepted.acting_as == "guardian":
            proof = PROOF_TEXTS.get(accepted.acting_proof or "", "")
            text = f"{node_text('submitted', part)}由监护人代为提交；监护关系{proof}。"
        elif accepted.acting_as == "unit_agent":
            text = f"{node_text('submitted', part)}由单位经办人提交。"
        self.casework.tell(
            unit,
            case,
            part,
            "submitted",
            at=now,
            origin="submit",
            actor_kind="citizen" if accepted.clerk is None else "staff",
            actor_id=accepted.clerk,
            text=text,
        )

    def _release(self, unit: Unit, case: CaseRow, item: Item) -> None:
        """What this case waited for is done."""
        awaits = awaited(item, case.channel, case.acting_proof)
        if awaits == "review":
            cases.change(unit, case.id, awaits=awaits)
        else:
            self._begin(unit, case, item, awaits, "system", None)

    def _begin(
        self, unit: Unit, case: CaseRow, item: Item, awaits: str | None, actor_kind: str, actor_id: str | None
    ) -> None:
        now = self.clock.now()
        cases.change(unit, case.id, awaits=awaits)
        if case.limit_unit != "instant":
            self.casework.settle(unit, case, accepted_at=now)
            self.casework.tell(
                unit, case, item, "accepted", at=now, origin="accept", actor_kind=actor_kind, actor_id=actor_id
            )
            self.casework.turn_clock(unit, case, start_of(item, now), "start")
        if awaits is None:
            kinds = [each.kind for each in uploads.of_case(unit, case.id)]
            self._enqueue(unit, case, item, kinds, None)
            self.carrying.working.wake()

    def _refuse_with(self, unit: Unit, case: CaseRow, item: Item, failed: Item) -> None:
        reason = f"前面的“{failed.short_name}”没有办成，这一项就没有接着办。请先看“{failed.short_name}”没有办成的原因。"
        self.casework.refuse(unit, case, item, reason, origin="refuse:before", actor_kind="system")

    def _enqueue(self, unit: Unit, case: CaseRow, item: Item, handed: Sequence[str], owner: str | None) -> Work:
        photo = card_photo(item)
        return self.carrying.enqueue(unit, case, owner, photo=photo is not None and photo.kind in handed)


def awaited(item: Item, channel: str, acting_proof: str | None = None) -> str | None:
    """What the work on this item waits for, others of its application aside. Papers that alone prove a guardianship
    are looked at whatever the definition says."""
    if acting_proof == UNPROVEN:
        return "review"
    if item.review and item.limits[channel].unit != "instant":
        return "review"
    return "staff" if handlers.find(item.handler).by_staff else None


def _already_open(unit: Unit, accepted: Accepted, part: Item, card_key: str) -> Conflict:
    """What keeps the case from being opened. Who acts for a child is not told of cases that others have filed: their
    own list does not show them, and somebody unproven has no business with them."""
    found = cases.open_case(unit, accepted.person.id, accepted.published.bundle.code, part.code, card_key)
    number, actor_id = found if found is not None else (None, None)
    if accepted.acting_as == "guardian" and actor_id != accepted.actor_id:
        known = (
            "现在不能再申请一件" if accepted.acting_proof == UNPROVEN else "别的监护人或窗口已经替孩子申请了，还在办"
        )
        sentence = f"“{part.name}”{known}。请带户口簿和监护关系证明到窗口问一问。"
        return Conflict(sentence, code="already-open")
    whose = "您" if accepted.acting_as != "guardian" else "孩子"
    return Conflict(
        f"{whose}名下已有一件“{part.name}”在办，编号 {number}。可以去“我的办件”看它办到哪一步。",
        code="already-open",
        extra={"number": number},
    )


def _still_stands(unit: Unit, accepted: Accepted, now: datetime) -> None:
    """A guardianship may have been ended or decided since it was judged; from here on it waits for this unit."""
    if accepted.guardianship_id is None:
        return
    row = guardianships.by_id(unit, accepted.guardianship_id, lock=True)
    if row is None or not stands(row, accepted.actor_id, legal_date(now)):
        raise Invalid.of([Fault("acting.ward", "unknown-ward", UNKNOWN)])


def _prove(unit: Unit, case_id: str, guardianship_id: str, by: str, now: datetime) -> None:
    row = guardianships.by_id(unit, guardianship_id, lock=True)
    if row is not None and row.state == "refused":
        raise Conflict("这位监护人的监护关系没有通过核对。请不予办理，并写明原因。", code="guardianship-refused")
    if row is None or row.state == "ended":
        return
    if row.state == "claimed":
        if not named(unit, row, now):
            raise Conflict(
                "监护人填写的孩子姓名，和这个证件号码登记的不一样。请核对材料；对不上的，请不予办理并写明原因。",
                code="other-name",
            )
        confirm(unit, row, "case", by, now)
    cases.change(unit, case_id, acting_proof=row.proof if row.state == "confirmed" else "case")


def _own(accepted: Accepted, part: Item) -> tuple[engine.Handed, ...]:
    kinds = {each.kind for each in part.uploads_for(accepted.channel, accepted.acting_as)}
    return tuple(each for each in accepted.uploads if each.kind in kinds)


def _hand_in(unit: Unit, case_id: str, handed: Sequence[engine.Handed]) -> None:
    try:
        uploads.to_case(unit, case_id, [each.id for each in handed])
    except uploads.UploadGone:
        raise Invalid.of([Fault("uploads", "unknown-upload", UNKNOWN_UPLOAD)]) from None


def start_of(item: Item, now: datetime) -> ClockEvent:
    """The event that starts the clock of a case of this item."""
    word = "提交" if item.clock_starts == "submission" else "受理"
    return ClockEvent("start", now, f"办事指南承诺的办结时间，自{word}的次日起算（民法典第二百零一条）", word=word)
