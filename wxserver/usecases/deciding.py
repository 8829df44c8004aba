"""What staff decide about a case: accept it after review, complete it, refuse it. Each is audited."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from bundles.clock import ClockEvent
from bundles.definition import Item
from wxserver.ports import Clock
from wxserver.store import cases, records
from wxserver.store.cases import CaseRow
from wxserver.store.database import Database, Unit
from wxserver.usecases.casework import Casework
from wxserver.usecases.catalogue import Catalogue
from wxserver.usecases.faults import Conflict, NotFound
from wxserver.usecases.opening import Opening

MOST = 500
LONGEST = 500
"""Characters of a reason or a result."""


@dataclass(frozen=True, slots=True)
class Awaiting:
    """A case that waits for a clerk, nothing personal in it. `what`: "review" or "staff"."""

    number: str
    item_name: str
    what: str
    due_on: date | None


class Deciding:
    def __init__(
        self, database: Database, clock: Clock, catalogue: Catalogue, casework: Casework, opening: Opening
    ) -> None:
        self.database = database
        self.clock = clock
        self.catalogue = catalogue
        self.casework = casework
        self.opening = opening

    def awaiting(self) -> tuple[Awaiting, ...]:
        """The cases that wait for a clerk, the one due first on top; 500 at most."""
        with self.database.read() as unit:
            return tuple(
                Awaiting(row.number, self._item(row).name, str(row.awaits), row.due_on)
                for row in cases.awaiting_staff(unit, MOST)
            )

    def accept(self, number: str, by: str) -> None:
        """The review is passed: the case is accepted, its clock runs and its work begins (CQ-1b).

        Raises NotFound, Conflict (`not-awaiting`).
        """
        self._decide(
            number, "review", "case_accepted", by, "", lambda unit, row, item: self.opening.accept(unit, row, item, by)
        )

    def complete(self, number: str, by: str, text: str) -> None:
        """A case that staff carry out is done; `text` tells the citizen the result. Raises as `accept` does."""

        def end(unit: Unit, row: CaseRow, item: Item) -> None:
            now = self.clock.now()
            self.casework.tell(
                unit, row, item, "completed", at=now, origin="decide", actor_kind="staff", actor_id=by, text=text
            )
            cases.change(unit, row.id, awaits=None, result={"text": text})
            self.casework.turn_clock(unit, row, ClockEvent("stop", now, "办结"), "stop")
            self.casework.settle(unit, row, completed_at=now)
            self.opening.follow_up(unit, row)

        self._decide(number, "staff", "case_completed", by, text, end)

    def refuse(self, number: str, by: str, reason: str) -> None:
        """A case that waits for a clerk will not be carried out; `reason` is for the citizen. Raises as `accept`."""

        def end(unit: Unit, row: CaseRow, item: Item) -> None:
            self.casework.refuse(unit, row, item, reason, origin="decide", actor_kind="staff", actor_id=by)
            self.opening.follow_up(unit, row)

        self._decide(number, None, "case_refused", by, reason, end)

    def _decide(
        self,
        number: str,
        awaited: str | None,
        action: str,
        by: str,
        text: str,
        act: Callable[[Unit, CaseRow, Item], None],
    ) -> None:
        with self.database.write() as unit:
            row = cases.anybodys(unit, number)
            if row is None:
                raise NotFound("没有这个办件编号，请核对。", code="unknown-case")
            allowed = ("review", "staff") if awaited is None else (awaited,)
            if row.closed_at is not None or row.awaits not in allowed:
                raise Conflict("这件现在不等工作人员处理，请刷新后再看。", code="not-awaiting")
            act(unit, row, self._item(row))
            records.audit(
                unit,
                actor_kind="staff",
                actor_id=by,
                action=action,
                subject_kind="case",
                subject_id=number,
                reason=text[:200],
                data={"bundle": row.bundle_code},
                now=self.clock.now(),
            )

    def _item(self, row: CaseRow) -> Item:
        return self.catalogue.pinned_item(row.bundle_version_id, row.item_code)
