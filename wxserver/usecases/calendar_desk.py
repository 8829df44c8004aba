"""Working-day calendars at the staff desk: proposed, judged by their effect, put into force by a second person."""

from __future__ import annotations

import re
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bundles.calendar_notice import SCOPE, Block, Notice, NoticeFaults, changes, read_notice
from bundles.definition import TimeLimit
from bundles.engine import Fault
from bundles.working_days import Calendar, DayException, scopes_of
from wxserver.ports import Clock
from wxserver.store import calendars, cases, history, records
from wxserver.store.calendars import CalendarRow
from wxserver.store.database import Database, Unit
from wxserver.usecases.calendars import COUNTRY, Calendars, Proposal, RollOver
from wxserver.usecases.faults import Conflict, Invalid, NotFound
from wxserver.usecases.rights import Member, Rights
from wxserver.usecases.timing import Timing

LARGEST = 256 * 1024
"""Bytes of a notice's file."""
MOST_LOOKED_AT = 5000
MOST_SHOWN = 50
BELIEVED_FOR = 60.0
"""Seconds for which a process believes how far the holidays are published."""
_UNREADABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Moved:
    """An open case whose date a proposal moves, or makes firm."""

    number: str
    old: date | None
    new: date | None
    firm: bool


@dataclass(frozen=True, slots=True)
class Effect:
    """What a proposal would do to open cases. `complete`: no more than `MOST_LOOKED_AT` were there."""

    earlier: int
    later: int
    firm: int
    looked_at: int
    complete: bool
    first: tuple[Moved, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """A proposal, made ready for the person who decides about it."""

    row: CalendarRow
    changes: tuple[str, ...]
    effect: Effect


class CalendarDesk:
    def __init__(self, database: Database, clock: Clock, rights: Rights, timing: Timing, kept: Calendars) -> None:
        self.database = database
        self.clock = clock
        self.rights = rights
        self.timing = timing
        self.kept = kept
        self._read: tuple[float, RollOver | None] = (float("-inf"), None)

    def look(self, member: Member, scope: str) -> tuple[Calendar, list[CalendarRow], RollOver | None]:
        """The calendar in force in a place, the newest versions of all places, and how far it is published."""
        self.rights.demand(member, "calendar.see")
        place = _place(scope)
        calendar = self.timing.in_force("" if place == COUNTRY else place.ljust(6, "0"))
        if calendar is None:
            raise NotFound("还没有工作日历。请找管理员先装好。")
        return calendar, self.kept.listed(), self.kept.status()

    def late(self) -> RollOver | None:
        """How far the holidays are published, believed for a minute; None where no import is awaited."""
        read_at, status = self._read
        if time.monotonic() - read_at > BELIEVED_FOR:
            status = self.kept.status()
            self._read = (time.monotonic(), status)
        return None if status is None or status.state == "covered" else status

    def propose(self, member: Member, raw: bytes) -> Proposal:
        """Take a notice's file in as a proposal. Raises Invalid with everything that speaks against it."""
        self.rights.demand(member, "calendar.propose")
        if len(raw) > LARGEST:
            raise Invalid("这个文件太大了，最多 256 KB。放假通知一年只有几十行，请看看是不是选错了文件。")
        try:
            notice = read_notice(raw.decode("utf-8-sig"))
        except UnicodeDecodeError:
            raise Invalid("这个文件不是 UTF-8 文字。请选通知的 TOML 文件，或把内容贴进来。") from None
        except NoticeFaults as faults:
            raise _invalid(faults) from None
        return self._propose(member, notice)

    def propose_day(self, member: Member, scope: str, each: DayException) -> Proposal:
        """Propose what is in force with one day changed. Raises Invalid."""
        place = _place(scope)
        self._demand(member, "calendar.propose", place)
        with self.database.read() as unit:
            in_force = calendars.active(unit)
            own = in_force.get(place)
            days = calendars.days(unit, own.id) if own else ()
        kept = [other for other in days if other.day > each.day]
        through = own.published_through if own and place == COUNTRY else None
        counted = [other for other in (*days, each) if other.day.year == each.day.year and other.kind == "legal"]
        total = sum(-1 if other.is_working else 1 for other in counted if other.day != each.day or other is each)
        name = f"{place}-{each.day:%Y%m%d}"
        return self._propose(member, Notice(name, place, through, _blocks([each, *kept]), {each.day.year: total}))

    def judged(self, member: Member, scope: str, number: int) -> Judged:
        """A proposal, what it changes in words, and what it would do to open cases. Nothing is written."""
        self.rights.demand(member, "calendar.see")
        with self.database.read() as unit:
            row = _waiting(unit, scope, number)
            in_force = calendars.active(unit)
            region = "" if scope == COUNTRY else scope.ljust(6, "0")
            old = self._chain(unit, in_force, region)
            new = self._chain(unit, {**in_force, scope: row}, region)
            return Judged(row, tuple(changes(old, new)), self._effect(unit, in_force, row))

    def discard(self, member: Member, scope: str, number: int) -> None:
        """Give a proposal up for good. Raises Forbidden, NotFound, Conflict."""
        self._demand(member, "calendar.propose", _place(scope), number)
        now = self.clock.now()
        with self.database.write() as unit:
            row = _waiting(unit, scope, number)
            calendars.discard(unit, row.id, by=member.username, now=now)
            records.audit(
                unit,
                actor_kind="staff",
                actor_id=member.username,
                action="calendar_discarded",
                subject_kind="calendar_version",
                subject_id=row.id,
                reason="",
                data={"scope": scope, "number": number, "proposed_by": row.created_by},
                now=now,
            )

    def activate(self, member: Member, scope: str, number: int, seen: str) -> int:
        """Put a proposal into force, as a second person; how many dates moved. `seen`: the source looked at."""
        self._demand(member, "calendar.activate", _place(scope), number)
        with self.database.read() as unit:
            row = _waiting(unit, scope, number)
        if row.created_by.strip().casefold() == member.username.strip().casefold():
            self.rights.refuse(
                member,
                "calendar.activate",
                subject=("calendar_version", f"{scope}-{number}"),
                detail="这一版是您自己提交的，要由另一个人核对启用。请找另一位发布员。",
                code="own-work",
            )
        if row.source_hash != seen:
            raise Conflict("您看的不是现在这一份。请刷新后重新核对，再启用。", code="edited-elsewhere")
        try:
            self._read = (float("-inf"), None)
            return self.kept.approve(scope, number, member.username, "staff")
        except NoticeFaults as faults:
            raise Conflict(str(faults), code="calendar-conflict") from None

    def _propose(self, member: Member, notice: Notice) -> Proposal:
        self._demand(member, "calendar.propose", notice.scope)
        words = [notice.version, *(word for each in notice.blocks for word in (each.reason, each.doc_no, each.issuer))]
        if len(notice.version) > 64 or any(_UNREADABLE.search(word) for word in words):
            raise Invalid("有看不见的字符，或名字超过 64 个字。请改好后再提交。")
        try:
            proposal = self.kept.propose(notice, member.username)
        except NoticeFaults as faults:
            raise _invalid(faults) from None
        with self.database.write() as unit:
            records.audit(
                unit,
                actor_kind="staff",
                actor_id=member.username,
                action="calendar_proposed",
                subject_kind="calendar_version",
                subject_id=f"{proposal.scope}-{proposal.number}",
                reason="",
                data={"scope": proposal.scope, "number": proposal.number},
                now=self.clock.now(),
            )
        return proposal

    def _demand(self, member: Member, act: str, scope: str, number: int | None = None) -> None:
        """A member limited to regions touches no calendar that reaches further."""
        region = "" if scope == COUNTRY else scope.ljust(6, "0")
        subject = ("calendar_version", scope if number is None else f"{scope}-{number}")
        self.rights.demand(member, act, region=region, subject=subject)
        if scope == COUNTRY and member.regions:
            self.rights.refuse(member, act, subject=subject)

    def _chain(self, unit: Unit, rows: dict[str, CalendarRow], region: str) -> Calendar:
        chain = [rows[scope] for scope in scopes_of(region) if scope in rows]
        if not chain:
            raise NotFound("还没有工作日历。请找管理员先装好。")
        days = [day for row in chain for day in calendars.days(unit, row.id)]
        return Calendar.build("+".join(f"{row.scope}-{row.number}" for row in chain), days, chain[0].published_through)

    def _effect(self, unit: Unit, in_force: dict[str, CalendarRow], row: CalendarRow) -> Effect:
        earlier = later = firm = looked_at = 0
        complete = True
        first: list[Moved] = []
        news: dict[str, Calendar] = {}
        for old_id, region in cases.calendars_in_use(unit):
            if row.scope not in scopes_of(region):
                continue
            new = news.setdefault(region, self._chain(unit, {**in_force, row.scope: row}, region))
            due_from = self.timing.calendar(old_id).first_difference(new)
            if due_from is None:
                continue
            found = calendars.promises(unit, old_id, region, due_from, MOST_LOOKED_AT - looked_at + 1)
            complete = complete and len(found) <= MOST_LOOKED_AT - looked_at
            found = found[: MOST_LOOKED_AT - looked_at]
            looked_at += len(found)
            clocks = history.clocks(unit, [each.id for _, each in found])
            for number, each in found:
                limit = TimeLimit(each.limit_unit, each.limit_amount)  # type: ignore[arg-type]
                due = self.timing.due_under(limit, clocks[each.id], new)
                if (due.due_on, due.provisional) == (each.due_on, each.due_provisional):
                    continue
                made_firm = each.due_provisional and not due.provisional
                firm += made_firm
                if due.due_on is not None and each.due_on is not None:
                    earlier += due.due_on < each.due_on
                    later += due.due_on > each.due_on
                if len(first) < MOST_SHOWN:
                    first.append(Moved(number, each.due_on, due.due_on, made_firm))
        return Effect(earlier, later, firm, looked_at, complete, tuple(first))


def _place(scope: str) -> str:
    if SCOPE.fullmatch(scope) is None:
        raise NotFound("没有这个地方的日历。请从工作日历页进入。")
    return scope


def _waiting(unit: Unit, scope: str, number: int) -> CalendarRow:
    row = calendars.numbered(unit, _place(scope), number)
    if row is None:
        raise NotFound("没有这一版日历。请从工作日历页进入。")
    if row.activated_at is not None:
        raise Conflict("这一版已经启用，不用再核对。请回工作日历看结果。", code="already-active")
    if row.discarded_at is not None:
        raise Conflict("这一版已经作废。请回工作日历，重新导入。", code="discarded")
    return row


def _invalid(faults: NoticeFaults) -> Invalid:
    return Invalid.of([Fault(f"notice.{number}", "invalid", text) for number, text in enumerate(faults.faults)])


def _blocks(days: Sequence[DayException]) -> tuple[Block, ...]:
    grouped: dict[tuple[str, str, str, str, int], list[DayException]] = defaultdict(list)
    for each in days:
        grouped[(each.reason, each.doc_no, each.issuer, each.kind, each.day.year)].append(each)
    return tuple(
        Block(
            reason,
            doc_no,
            issuer,
            "operational" if kind == "operational" else "legal",
            tuple(each.day for each in of if not each.is_working),
            tuple(each.day for each in of if each.is_working),
        )
        for (reason, doc_no, issuer, kind, _), of in grouped.items()
    )
