"""Cases as the person sees them: status, due date and why, history, answers (masked)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from bundles.case import STATUS_TEXTS, Milestones, is_final, node_text, status_of
from bundles.clock import ClockEvent, Due
from bundles.definition import Item, TimeLimit
from bundles.explanation import day_text
from bundles.vocabulary import UPLOAD_KINDS
from bundles.working_days import legal_date
from wxserver.ports import Clock
from wxserver.store import cards, cases, history, uploads
from wxserver.store.cases import CaseRow
from wxserver.store.database import Database, Unit
from wxserver.store.history import DueChangeRow, EventRow
from wxserver.store.uploads import UploadRow
from wxserver.usecases.cards import CardView, view_of_card
from wxserver.usecases.case_views import AWAITED, WAITING, CaseView, Page, PauseView, SiblingView, TimelineEntry, masked
from wxserver.usecases.catalogue import Catalogue
from wxserver.usecases.faults import NotFound
from wxserver.usecases.paging import cursor, position
from wxserver.usecases.seeing import acting_views, reach_of
from wxserver.usecases.sessions import SessionView
from wxserver.usecases.timing import Timing
from wxserver.usecases.uploading import UploadView, view_of

MOST = 50

Told = Callable[[Unit, CaseRow, Item, str, datetime, str], None]
"""What hears of every new line of a timeline, in the same unit: case, item, node, when, and what caused it."""


class Casework:
    def __init__(self, database: Database, clock: Clock, catalogue: Catalogue, timing: Timing) -> None:
        self.database = database
        self.clock = clock
        self.catalogue = catalogue
        self.timing = timing
        self.told: Told = lambda *_: None

    def list(self, session: SessionView, after: str | None = None, limit: int = 20, *, brief: bool = False) -> Page:
        """The person's cases, newest first, and those they filed for others.

        `after` is the `next` of the page before; `brief` as in `open_cases`.
        """
        most = max(1, min(limit, MOST))
        with self.database.read() as unit:
            rows = reach_of(unit, session).newest(unit, position(after), most + 1)
            views = self._views(unit, rows[:most], brief=brief)
        return Page(views, cursor(rows[most - 1].submitted_at, rows[most - 1].id) if len(rows) > most else None)

    def open_cases(self, session: SessionView) -> tuple[CaseView, ...]:
        """The same that are not over, newest first; brief: without timeline and explanation."""
        with self.database.read() as unit:
            return self._views(unit, reach_of(unit, session).still_open(unit, MOST), brief=True)

    def case(self, session: SessionView, number: str) -> CaseView:
        """One case with its answers; NotFound for anybody else's, as if it did not exist."""
        with self.database.read() as unit:
            reach, row = reach_of(unit, session), cases.by_number(unit, number)
            if row is None or not reach.holds(row):
                raise NotFound("没有找到这件办件。请到“我的办件”里看。", code="unknown-case")
            item = self.catalogue.pinned_item(row.bundle_version_id, row.item_code)
            asks = item.uploads_for(row.channel, row.acting_as)
            handed = uploads.of_case(unit, row.id) if asks else []
            # A picture opens for whoever handed it in: a child does not see its guardian's papers.
            own = uploads.own_many(unit, reach.person_id, [each.id for each in handed]) if handed else {}
            together = self._siblings(unit, row)
            bundle = self.catalogue.pinned(row.bundle_version_id).bundle
            following = [each for code in item.then if (each := bundle.item(code))]
            return replace(
                self._whole(unit, row),
                uploads=tuple(_handed(row, item, [each for each in handed if each.id in own])),
                together=together,
                nexts=tuple((each.code, each.name, each.summary) for each in following),
            )

    def _siblings(self, unit: Unit, row: CaseRow) -> tuple[SiblingView, ...]:
        if self.catalogue.pinned(row.bundle_version_id).bundle.selection != "many":
            return ()
        return tuple(
            SiblingView(
                each.number,
                self.catalogue.pinned_item(each.bundle_version_id, each.item_code).name,
                each.status,
                STATUS_TEXTS[each.status],
            )
            for each in cases.of_application(unit, row.application_id)
            if each.id != row.id
        )

    def application(self, session: SessionView, application_id: str) -> tuple[CaseView, ...]:
        """The cases of one application, for whoever sees them."""
        with self.database.read() as unit:
            reach, rows = reach_of(unit, session), cases.of_application(unit, application_id)
            if not rows or not all(reach.holds(each) for each in rows):
                raise NotFound("没有找到这次申请。请到“我的办件”里看。", code="unknown-application")
            return self._views(unit, rows)

    def of_application(self, application_id: str) -> tuple[CaseView, ...]:
        """The cases of one application, in the order in which they are carried out, with their answers."""
        with self.database.read() as unit:
            return tuple(self._whole(unit, row) for row in cases.of_application(unit, application_id))

    def reconciliation(self) -> dict[str, int]:
        """What must add up: received = completed + refused + withdrawn + waiting, and nothing is stuck."""
        with self.database.read() as unit:
            counts = cases.counted(unit)
            stuck = cases.without_work(unit)
        ended = {name: counts.get(name, 0) for name in ("completed", "refused", "withdrawn")}
        received = sum(counts.values())
        return {"received": received, **ended, "waiting": received - sum(ended.values()), "stuck": stuck}

    def tell(
        self,
        unit: Unit,
        case: CaseRow,
        item: Item,
        node: str,
        *,
        at: datetime,
        origin: str,
        actor_kind: str,
        actor_id: str | None = None,
        text: str | None = None,
    ) -> bool:
        """Add a line to the history, once per origin, and let the applicant know."""
        new = history.tell(
            unit,
            case,
            node=node,
            text=text or node_text(node, item),
            at=at,
            now=self.clock.now(),
            origin=origin,
            actor_kind=actor_kind,
            actor_id=actor_id,
            calendar_id=case.calendar_id,
        )
        if new:
            self.told(unit, case, item, node, at, origin)
        return new

    def refuse(
        self,
        unit: Unit,
        case: CaseRow,
        item: Item,
        reason: str,
        *,
        origin: str,
        actor_kind: str,
        actor_id: str | None = None,
    ) -> None:
        """End a case that will not be carried out, with the reason for the citizen."""
        now = self.clock.now()
        self.tell(
            unit, case, item, "refused", at=now, origin=origin, actor_kind=actor_kind, actor_id=actor_id, text=reason
        )
        cases.change(unit, case.id, awaits=None, result={"reason": reason}, refusal=reason)
        self.turn_clock(unit, case, ClockEvent("stop", now, "不予办理"), "stop")
        self.settle(unit, case, refused_at=now)

    def settle(self, unit: Unit, case: CaseRow, **instants: datetime | None) -> str:
        """Set milestones and let the status follow from them; the new status."""
        names = Milestones.__dataclass_fields__
        milestones = Milestones(**{name: instants.get(name, getattr(case, name)) for name in names})
        status = status_of(milestones)
        values: dict[str, object] = {**instants, "status": status}
        if is_final(status) and case.closed_at is None:
            values["closed_at"] = self.clock.now()
        cases.change(unit, case.id, **values)
        return status

    def turn_clock(self, unit: Unit, case: CaseRow, event: ClockEvent, origin: str) -> None:
        """Add a clock event and derive the due date anew."""
        if case.limit_unit == "instant" or not history.turn_clock(unit, case.id, event, origin, self.clock.now()):
            return
        events = history.clocks(unit, [case.id])[case.id]
        if not any(each.kind == "start" for each in events):
            return
        calendar_id = self.timing.active_id(unit, case.region)
        due = self.timing.due(_limit(case), events, calendar_id)
        if due is None or due.due_on == case.due_on:
            return
        cases.change(unit, case.id, due_on=due.due_on, due_provisional=due.provisional, calendar_id=calendar_id)
        why, now = event.legal_basis or event.word, self.clock.now()
        moved = DueChangeRow(case.id, now, case.due_on, due.due_on, calendar_id, event.kind, why)
        history.due_moved(unit, [moved])

    def _whole(self, unit: Unit, row: CaseRow) -> CaseView:
        item = self.catalogue.pinned_item(row.bundle_version_id, row.item_code)
        form = cases.form(unit, row)
        bundle = self.catalogue.pinned(row.bundle_version_id).bundle
        known = cards.one(unit, row.cardholder_id, row.card_id) if row.card_id else None
        answers = tuple(
            (each.label, masked(bundle, each, str(form[each.code]))) for each in item.fields if each.code in form
        )
        (view,) = self._views(unit, [row], answers=answers, card=view_of_card(known) if known else None)
        return view

    def _views(
        self,
        unit: Unit,
        rows: Sequence[CaseRow],
        answers: tuple[tuple[str, str], ...] = (),
        card: CardView | None = None,
        *,
        brief: bool = False,
    ) -> tuple[CaseView, ...]:
        told = [] if brief else [row.id for row in rows]
        promised = [row.id for row in rows if row.limit_unit != "instant"]
        timed = [row.id for row in rows if row.correcting_since is not None] if brief else promised
        histories = history.histories(unit, told) if told else {}
        clocks = history.clocks(unit, timed) if timed else {}
        changes = history.due_changes(unit, promised) if promised and not brief else {}
        acted = acting_views(unit, rows)
        views = (
            self._view(row, histories.get(row.id, []), clocks.get(row.id, []), changes.get(row.id, []), answers, card)
            for row in rows
        )
        return tuple(
            replace(view, acting=acted[row.id]) if row.id in acted else view
            for row, view in zip(rows, views, strict=True)
        )

    def _view(
        self,
        row: CaseRow,
        told: Sequence[EventRow],
        clock: Sequence[ClockEvent],
        changes: Sequence[DueChangeRow],
        answers: tuple[tuple[str, str], ...],
        card: CardView | None,
    ) -> CaseView:
        published = self.catalogue.pinned(row.bundle_version_id)
        item = self.catalogue.pinned_item(row.bundle_version_id, row.item_code)
        due: Due | None = self.timing.due(_limit(row), clock, row.calendar_id) if clock else None
        waiting = WAITING if row.status == "submitted" and row.limit_unit == "instant" else None
        waiting = AWAITED[row.awaits] if row.awaits and not is_final(row.status) else waiting
        return CaseView(
            number=row.number,
            application_id=row.application_id,
            bundle=row.bundle_code,
            bundle_name=published.bundle.name,
            bundle_version=published.version,
            item=row.item_code,
            item_name=item.name,
            status=row.status,
            status_text=STATUS_TEXTS[row.status],
            submitted_at=row.submitted_at,
            accepted_at=row.accepted_at,
            due_on=row.due_on,
            due_provisional=row.due_provisional,
            due_explained=(*due.explained, *_moves(row, changes)) if due else (),
            completed_at=row.completed_at,
            result=row.result,
            refusal=row.refusal,
            timeline=tuple(TimelineEntry(each.at, each.node, each.text, each.actor_kind) for each in told),
            actions=(),
            correction=None,
            limit_text=_limit(row).text,
            waiting_text=waiting,
            stages=item.steps,
            answers=answers,
            card=card,
            pause=self._pause(row, clock, due),
        )

    def _pause(self, row: CaseRow, clock: Sequence[ClockEvent], due: Due | None) -> PauseView | None:
        """The open pause, if the clock stands still."""
        if due is None or due.left is None or is_final(row.status):
            return None
        mended = [*clock, ClockEvent("resume", max(self.clock.now(), clock[-1].at))]
        then = self.timing.due(_limit(row), mended, row.calendar_id)
        return PauseView(
            due.pauses[-1].first,
            replace(_limit(row), amount=due.left).text,
            then.due_on if then else None,
            then.provisional if then else False,
        )


def _handed(row: CaseRow, item: Item, handed: Sequence[UploadRow]) -> Iterator[tuple[str, UploadView]]:
    names = {each.kind: each.name for each in item.uploads_for(row.channel, row.acting_as)}
    for each in handed:
        yield names.get(each.kind, UPLOAD_KINDS[each.kind]), view_of(each)


def _moves(row: CaseRow, changes: Sequence[DueChangeRow]) -> Iterator[str]:
    """How the date has moved with the calendar, each time with old date, new date and why."""
    near = legal_date(row.submitted_at)
    for each in changes:
        if each.reason != "calendar" or each.old is None or each.new is None:
            continue
        told = f"{day_text(legal_date(each.at), near)}：{each.why}，预计办结日期"
        if each.old != each.new:
            yield f"{told}由 {day_text(each.old, near)}改为 {day_text(each.new, near)}。"
        else:
            yield f"{told}定为 {day_text(each.new, near)}，不再是暂定。"


def _limit(row: CaseRow) -> TimeLimit:
    return TimeLimit(row.limit_unit, row.limit_amount)  # type: ignore[arg-type]
