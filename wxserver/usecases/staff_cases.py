"""Cases at the staff desk: what waits, one case masked, and a clerk's decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from bundles import regions
from bundles.application import Fault
from bundles.case import STATUS_TEXTS, is_final
from bundles.clock import ClockEvent
from bundles.definition import TimeLimit
from bundles.masking import mask_name, mask_number
from bundles.vocabulary import CAPACITIES, CHANNELS
from bundles.working_days import legal_date
from wxserver.ports import Clock
from wxserver.store import case_queue, cases, history, inbox
from wxserver.store.case_queue import Place, Reach, ToldRow
from wxserver.store.cases import CaseRow
from wxserver.store.database import Database, Unit
from wxserver.store.inbox import UnreachedRow
from wxserver.store.people import KnownPerson
from wxserver.usecases.case_door import CaseDoor, document_kind
from wxserver.usecases.casework import Casework
from wxserver.usecases.catalogue import Catalogue
from wxserver.usecases.deciding import LONGEST, Deciding
from wxserver.usecases.faults import Invalid
from wxserver.usecases.rights import Member, Rights
from wxserver.usecases.staff_case_views import (
    AWAITED,
    WHY_UNREACHED,
    CaseLine,
    CaseList,
    CaseSheet,
    TimeLeft,
    Told,
    Unreached,
    cursor_of,
    hidden,
    place_of,
    tells_personal,
    time_left,
)
from wxserver.usecases.timing import Timing

MOST: Final = 50
_WHO: Final[Mapping[str, str]] = {"citizen": "申请人", "system": "系统", "registry": "社保卡系统"}


class StaffCases:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        rights: Rights,
        door: CaseDoor,
        catalogue: Catalogue,
        timing: Timing,
        casework: Casework,
        deciding: Deciding,
    ) -> None:
        self.database = database
        self.clock = clock
        self.rights = rights
        self.door = door
        self.catalogue = catalogue
        self.timing = timing
        self.casework = casework
        self.deciding = deciding

    def list(
        self,
        member: Member,
        *,
        waiting: bool = True,
        unreached: bool = False,
        after: str | None = None,
        limit: int = 20,
    ) -> CaseList:
        """Open cases within the member's reach, the most urgent first. `waiting`: only those that wait for a clerk;
        `unreached`: only those whose citizen has not been reached.

        Raises Forbidden, BadRequest.
        """
        self.rights.demand(member, "cases.see")
        most, place = max(1, min(limit, MOST)), place_of(after)
        reach, today = Reach(member.bundles, member.regions), self._today()
        next_day = date.fromordinal(today.toordinal() + 1)
        with self.database.read() as unit:
            found = case_queue.page(unit, reach, waiting=waiting, unreached=unreached, after=place, most=most + 1)
            numbers = case_queue.counts(unit, reach, today=today, next_day=next_day)
            lines = self._lines(unit, [row for _, row in found[:most]])
        last = found[most - 1] if len(found) > most else None
        return CaseList(
            lines,
            cursor_of(Place(last[0], last[1].due_on if last[0] == "dated" else None, last[1].id)) if last else None,
            numbers.every,
            numbers.waiting,
            numbers.overdue,
            numbers.today,
            numbers.next_day,
            numbers.paused,
            numbers.unreached,
        )

    def case(self, member: Member, number: str) -> CaseSheet:
        """One case, masked, and what the member may do with it. Raises Forbidden, NotFound."""
        row = self.door.reached(member, "cases.see", number)
        views = {each.number: each for each in self.casework.of_application(row.application_id)}
        with self.database.read() as unit:
            (line,) = self._lines(unit, [row])
            persons = self.door.persons(unit, row)
            told = case_queue.events(unit, row.id)
            form, papers = cases.form(unit, row), self.door.papers(unit, row)
        published = self.catalogue.pinned(row.bundle_version_id)
        item = self.catalogue.pinned_item(row.bundle_version_id, row.item_code)
        applicant, actor = persons
        return CaseSheet(
            view=views[row.number],
            line=line,
            document=f"{document_kind(applicant)} {mask_number(applicant.document.number)}",
            actor="" if actor is None else f"{mask_name(actor.name)}，{mask_number(actor.document.number)}",
            acting_text=CAPACITIES.get(row.acting_as, row.acting_as),
            channel_text=CHANNELS.get(row.channel, row.channel),
            region_text=regions.full_name(row.region) or row.region,
            answers=tuple(
                (each.label, hidden(published.bundle, each, str(form[each.code])))
                for each in item.fields
                if each.code in form
            ),
            history=tuple(Told(each.at, each.node, each.text, _who(each)) for each in told),
            papers=papers,
            acts=self._acts(member, row),
        )

    def accept(self, member: Member, number: str) -> None:
        """Pass a case's review. Raises Forbidden, NotFound, Conflict (`not-awaiting`)."""
        self.door.reached(member, "cases.decide", number)
        self.deciding.accept(number, member.username)

    def check_text(self, member: Member, number: str, text: str) -> str:
        """The words for the citizen, tidied. Raises Invalid (`text`) where they can't be sent."""
        row = self.door.reached(member, "cases.decide", number)
        words = " ".join(text.split())
        if not words:
            raise Invalid.of([Fault("text", "required", "请写给申请人的话：办得怎样，或为什么不能办、接下来怎么做。")])
        if len(words) > LONGEST:
            raise Invalid.of([Fault("text", "too-long", f"最多 {LONGEST} 个字，现在是 {len(words)} 个，请删短一些。")])
        if not words.isprintable():
            raise Invalid.of([Fault("text", "unreadable", "这里有看不见的字符，请删掉后重新填写。")])
        with self.database.read() as unit:
            if tells_personal(words, self.door.secrets(unit, row)):
                message = "这段话会写进操作记录，请去掉姓名、证件号码、电话和地址，再提交。"
                raise Invalid.of([Fault("text", "personal", message)])
        return words

    def complete(self, member: Member, number: str, text: str) -> None:
        """Complete a case that staff carry out; `text` tells the citizen the result.

        Raises Forbidden, NotFound, Invalid, Conflict.
        """
        self.deciding.complete(number, member.username, self.check_text(member, number, text))

    def refuse(self, member: Member, number: str, text: str) -> None:
        """Refuse a case that waits for a clerk; `text` tells the citizen why. Raises as `complete`."""
        self.deciding.refuse(number, member.username, self.check_text(member, number, text))

    def _lines(self, unit: Unit, rows: Sequence[CaseRow]) -> tuple[CaseLine, ...]:
        persons = case_queue.applicants(unit, {row.applicant_id for row in rows})
        paused = [row.id for row in rows if row.correcting_since is not None]
        clocks = history.clocks(unit, paused) if paused else {}
        silent = _unreached(inbox.unreached(unit, [row.id for row in rows if row.closed_at is None]))
        return tuple(
            self._line(row, persons[row.applicant_id], clocks.get(row.id, []), silent.get(row.id)) for row in rows
        )

    def _line(
        self, row: CaseRow, person: KnownPerson, clock: Sequence[ClockEvent], unreached: Unreached | None
    ) -> CaseLine:
        item = self.catalogue.pinned_item(row.bundle_version_id, row.item_code)
        awaits = row.awaits or "" if row.closed_at is None else ""
        return CaseLine(
            number=row.number,
            bundle=row.bundle_code,
            bundle_name=self.catalogue.pinned(row.bundle_version_id).bundle.name,
            item_name=item.short_name,
            applicant=mask_name(person.name),
            status=row.status,
            status_text=STATUS_TEXTS[row.status],
            awaits=awaits if awaits in case_queue.AWAITING else "",
            awaits_text=AWAITED.get(awaits, ""),
            submitted_at=row.submitted_at,
            due_on=row.due_on,
            time_left=self._left(row, clock),
            unreached=unreached,
        )

    def _left(self, row: CaseRow, clock: Sequence[ClockEvent]) -> TimeLeft:
        if is_final(row.status):
            return TimeLeft(STATUS_TEXTS[row.status], "neutral")
        if row.limit_unit == "instant":
            return TimeLeft("即时办结，等社保卡系统回音" if not row.awaits else "即时办结", "amber")
        if row.correcting_since is not None and row.due_on is None and clock:
            limit = TimeLimit(row.limit_unit, row.limit_amount)  # type: ignore[arg-type]
            due = self.timing.due(limit, clock, row.calendar_id)
            unit = "个工作日" if row.limit_unit == "working_days" else "天"
            left = f"，还剩 {due.left} {unit}" if due is not None and due.left is not None else ""
            since = legal_date(row.correcting_since)
            return TimeLeft(f"计时暂停{left}", "blue", f"{since.month}月{since.day}日起，等申请人补正")
        calendar = self.timing.calendar(row.calendar_id) if row.calendar_id else None
        return time_left(row.due_on, row.limit_unit, self._today(), calendar)

    def _acts(self, member: Member, row: CaseRow) -> frozenset[str]:
        acts = {"unmask"} if self.rights.may(member, "cases.unmask") else set()
        if row.closed_at is None and self.rights.may(member, "cases.decide"):
            acts |= {"review": {"accept", "refuse"}, "staff": {"complete", "refuse"}}.get(row.awaits or "", set())
        return frozenset(acts)

    def _today(self) -> date:
        return legal_date(self.clock.now())


def _unreached(rows: Sequence[UnreachedRow]) -> dict[str, Unreached]:
    """Case id -> since the oldest of its notices, for the reason of the newest."""
    found: dict[str, Unreached] = {}
    for row in rows:
        since = found[row.case_id].since if row.case_id in found else row.created_at
        reason = row.reason or "failed"
        found[row.case_id] = Unreached(since, reason, WHY_UNREACHED.get(reason, WHY_UNREACHED["failed"]))
    return found


def _who(told: ToldRow) -> str:
    if told.actor_kind == "staff":
        return f"工作人员 {told.actor_id}" if told.actor_id else "工作人员"
    return _WHO.get(told.actor_kind, told.actor_kind)
