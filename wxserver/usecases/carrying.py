"""Carrying cases out: effects at the registry, one saved step at a time, and what the registry tells us later.

A worker may die anywhere. The outbox row says that something is to be done, its lease who does it now, `case_step`
what has been done already, and the key `<number>:<step>` lets the registry recognise what it did for us before.
"""

from __future__ import annotations

import logging
import os
import secrets
import threading
import time
from collections.abc import Callable, Mapping

from bundles import engine
from bundles import people as documents
from bundles.case import PRODUCTION_NODES
from bundles.clock import ClockEvent
from bundles.definition import Item
from bundles.engine import Order, Step
from bundles.materials import card_photo
from bundles.working_days import legal_date
from wxserver.ports import (
    BadSignature,
    CardRegistry,
    Clock,
    FileStore,
    Malformed,
    RegistryCallbacks,
    RegistryEvent,
    Unavailable,
)
from wxserver.store import cards, cases, history, outbox, people, records, registry_events, uploads
from wxserver.store.cases import CaseRow
from wxserver.store.database import Database, Unit
from wxserver.store.outbox import Work
from wxserver.store.registry_events import EventRow
from wxserver.usecases.callbacks import Answer, receive
from wxserver.usecases.casework import Casework
from wxserver.usecases.catalogue import Catalogue

CARRY_OUT = "carry_out"
GIVE_UP_AFTER = 7 * 24 * 3600.0

logger = logging.getLogger(__name__)


def delay(attempts: int, age: float) -> float:
    """Seconds until the next attempt: within 2 at first, at most 10 in the first ten minutes, then longer."""
    if age < 600:
        return min(1.0 * 2.0 ** min(attempts, 8), 10.0)
    return 60.0 if age < 24 * 3600 else 600.0


class Carrying:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        registry: CardRegistry,
        callbacks: RegistryCallbacks,
        catalogue: Catalogue,
        casework: Casework,
        files: FileStore,
        *,
        lease_seconds: float,
    ) -> None:
        self.database = database
        self.clock = clock
        self.registry = registry
        self.callbacks = callbacks
        self.catalogue = catalogue
        self.casework = casework
        self.files = files
        self.lease_seconds = lease_seconds
        self.wake: Callable[[], None] = lambda: None
        self.ended: Callable[[Unit, CaseRow], None] = lambda _unit, _case: None

    def owner(self) -> str:
        """A name for one stint of work, so that a lease taken over by another is noticed."""
        return f"{os.getpid()}-{threading.get_ident()}-{secrets.token_hex(8)}"

    def enqueue(self, unit: Unit, case: CaseRow, owner: str | None, *, photo: bool = False) -> Work:
        """Write that this case is to be carried out, and that its data, `photo` too, will go to the registry for it.

        With `owner`, the caller holds the lease and does it itself.
        """
        records.handed_out(
            unit,
            to="registry",
            subject_kind="case",
            subject_id=case.number,
            reason=case.item_code,
            fields=("name", "document", "form", "photo") if photo else ("name", "document", "form"),
            now=self.clock.now(),
        )
        now = time.time()
        return outbox.add(
            unit, CARRY_OUT, case.id, now=now, owner=owner, lease_until=now + self.lease_seconds if owner else None
        )

    def in_hand(self, case_id: str) -> bool:
        """Is somebody carrying this case out at this moment?"""
        with self.database.read() as unit:
            return outbox.in_hand(unit, CARRY_OUT, case_id, time.time())

    def work(self, most: int = 10) -> int:
        """Do what is due; how much was claimed. Safe to call from any number of workers."""
        now = time.time()
        with self.database.read() as unit:
            if not outbox.anything_due(unit, now):
                return 0
        owner = self.owner()
        with self.database.write() as unit:
            claimed = outbox.claim(unit, owner=owner, now=now, lease_until=now + self.lease_seconds, most=most)
        for work in claimed:
            self.carry_out(work, owner)
        return len(claimed)

    def carry_out(self, work: Work, owner: str) -> None:
        """Do one piece of work under a lease that `owner` holds. What fails is put back; nothing is raised for it,
        because the case is safe and somebody will do it later."""
        try:
            self._carry_out(work)
        except Unavailable as away:
            self._put_back(work, owner, f"unavailable: {away}")
        except Exception as error:
            logger.exception("work failed", extra={"work": work.id, "kind": work.kind})
            self._put_back(work, owner, type(error).__name__)

    def _carry_out(self, work: Work) -> None:
        with self.database.read() as unit:
            case = cases.by_id(unit, work.subject_id)
            done = history.steps(unit, case.id)
            person = people.person(unit, case.cardholder_id)
            form = cases.form(unit, case)
            known = cards.one(unit, case.cardholder_id, case.card_id) if case.card_id else None
            item = self.catalogue.pinned_item(case.bundle_version_id, case.item_code)
            photo = self._photo(unit, case, item) if case.closed_at is None else None
        order = Order(
            number=case.number,
            bundle=self.catalogue.pinned(case.bundle_version_id).bundle,
            item=item,
            channel=case.channel,
            today=legal_date(self.clock.now()),
            holder=engine.Holder(
                person.document, person.name, documents.birth_date(person.document.kind, person.document.number)
            ),
            card=known.card if known else None,
            form={key: str(value) for key, value in form.items()},
            done=done,
            photo=photo,
        )
        if case.closed_at is None:
            for step in engine.carry_out(order, self.registry):
                self._save(case.id, item, step)
        with self.database.write() as unit:
            outbox.end(unit, CARRY_OUT, case.id, "done", time.time())

    def _photo(self, unit: Unit, case: CaseRow, item: Item) -> bytes | None:
        """The picture for the card, in clear, if the item asks for one and it was handed in."""
        material = card_photo(item)
        if material is None:
            return None
        found = next((each for each in uploads.of_case(unit, case.id) if each.kind == material.kind), None)
        return None if found is None else uploads.unseal(unit, found.id, self.files.read(found.id))

    def _save(self, case_id: str, item: Item, step: Step) -> None:
        now = self.clock.now()
        with self.database.write() as unit:
            case = cases.by_id(unit, case_id, lock=True)
            if not history.step_done(unit, case.id, name=step.name, key=step.key, facts=step.facts, now=now):
                return
            if step.node is not None:
                self.casework.tell(
                    unit,
                    case,
                    item,
                    step.node,
                    at=now,
                    origin=f"step:{step.name}",
                    actor_kind="registry",
                    text=step.text,
                )
            if step.outcome is not None and case.closed_at is None:
                self._end(unit, case, step)
            production = step.facts.get("production")
            if isinstance(production, str):
                cases.change(unit, case.id, production=production)
                for event in registry_events.waiting(unit, production):
                    self._apply(unit, case.id, event)

    def _end(self, unit: Unit, case: CaseRow, step: Step) -> None:
        now = self.clock.now()
        refused = step.outcome == "refused"
        cases.change(
            unit,
            case.id,
            result=dict(step.result),
            refusal=str(step.result.get("reason", "")) if refused else None,
        )
        self.casework.turn_clock(unit, case, ClockEvent("stop", now, "办结"), "stop")
        self.casework.settle(unit, case, **{"refused_at" if refused else "completed_at": now})
        outbox.end(unit, CARRY_OUT, case.id, "refused" if refused else "done", time.time())
        self.ended(unit, case)

    def _put_back(self, work: Work, owner: str, fault: str) -> None:
        now = time.time()
        with self.database.write() as unit:
            if now - work.created_at > GIVE_UP_AFTER:
                outbox.end(unit, work.kind, work.subject_id, "exhausted", now)
                records.audit(
                    unit,
                    actor_kind="system",
                    actor_id=None,
                    action="work_exhausted",
                    subject_kind="outbox",
                    subject_id=work.id,
                    reason=fault[:200],
                    data={"kind": work.kind, "attempts": work.attempts},
                    now=self.clock.now(),
                )
                logger.error("work exhausted", extra={"work": work.id, "kind": work.kind})
                return
            next_at = now + delay(work.attempts, now - work.created_at)
            outbox.put_back(unit, work, owner=owner, next_at=next_at, fault=fault)

    # What the registry tells us

    def registry_event(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """A signed event. It is stored under its id before it is applied; late, double and swapped ones do no harm."""
        now = self.clock.now()
        try:
            message_id = self.callbacks.verify(headers, body, now)
        except BadSignature:
            logger.warning("registry event refused")
            return Answer(401)
        try:
            event = self.callbacks.parse_event(body)
        except Malformed:
            return Answer(400)
        return receive(
            self.database, self.clock, "registry", message_id, body, lambda unit: self._hear(unit, message_id, event)
        )

    def place_stranded(self) -> int:
        """Apply events whose case became known while they were being stored; how many productions had some."""
        with self.database.read() as unit:
            stranded = registry_events.stranded_productions(unit, 100)
        for case_id, production in stranded:
            try:
                with self.database.write() as unit:
                    for event in registry_events.waiting(unit, production):
                        self._apply(unit, case_id, event)
            except Exception:
                # One that can't be applied must not keep the others waiting; it is tried again with the next sweep.
                logger.exception("events can't be applied", extra={"case": case_id})
        return len(stranded)

    def _hear(self, unit: Unit, message_id: str, event: RegistryEvent) -> Answer:
        now = self.clock.now()
        about_card = event.kind.startswith("card.")
        row = registry_events.keep(
            unit,
            message_id=message_id,
            kind=event.kind,
            production=None if about_card else event.subject,
            card_index=cards.index(unit, event.subject) if about_card else None,
            at=event.at,
            sequence=event.sequence,
            data=dict(event.details),
            now=now,
        )
        if about_card:
            state = event.details.get("state") or ("active" if event.kind == "card.activated" else None)
            ours = state is not None and cards.state_changed(unit, str(row.card_index), state, event.sequence)
            registry_events.applied(unit, row.id, "card" if ours else "unknown-card", now)
        else:
            case_id = cases.by_production(unit, event.subject)
            if case_id is not None:
                self._apply(unit, case_id, row)
        return Answer(200, {"status": "taken"})

    def _apply(self, unit: Unit, case_id: str, event: EventRow) -> None:
        now = self.clock.now()
        if not registry_events.applied(unit, event.id, "case", now):
            return
        node = PRODUCTION_NODES.get(event.kind)
        if node is None:
            return
        case = cases.by_id(unit, case_id, lock=True)
        item = self.catalogue.pinned_item(case.bundle_version_id, case.item_code)
        origin = f"registry:{event.production}:{event.sequence}:{node}"
        if not self.casework.tell(unit, case, item, node, at=event.at, origin=origin, actor_kind="registry"):
            return
        if case.closed_at is not None:
            return
        if node == "correction_requested":
            suspend = ClockEvent("suspend", event.at, "补正时间不计入办理时间（参照行政许可法第四十五条）", word="补正")
            self.casework.turn_clock(unit, case, suspend, origin)
            self.casework.settle(unit, case, correcting_since=event.at)
            return
        if case.correcting_since is not None and event.at >= case.correcting_since:
            self.casework.turn_clock(unit, case, ClockEvent("resume", event.at, "补正收到"), origin)
            self.casework.settle(unit, case, correcting_since=None)
            case = cases.by_id(unit, case_id)
        outcome = engine.outcome_of_node(item, node)
        if outcome is None:
            return
        self.casework.turn_clock(unit, case, ClockEvent("stop", event.at, "已制好并交付，承诺的办理到此为止"), "stop")
        if outcome == "completed":
            self.casework.tell(unit, case, item, "completed", at=event.at, origin="complete", actor_kind="system")
            cases.change(unit, case.id, result={"text": f"“{item.name}”已办结。"})
            self.casework.settle(unit, cases.by_id(unit, case_id), completed_at=event.at)
            self.ended(unit, case)

    def listed(self, end_state: str | None) -> list[dict[str, object]]:
        """Waiting work, or work that ended in this state; for operators, nothing personal."""
        with self.database.read() as unit:
            return [
                {
                    "id": row.id,
                    "kind": row.kind,
                    "subject": row.subject_id,
                    "attempts": row.attempts,
                    "age_seconds": round(time.time() - row.created_at),
                    "last_fault": row.last_fault,
                    "end_state": row.end_state,
                }
                for row in outbox.listed(unit, end_state, 1000)
            ]

    def again(self, work_id: str) -> bool:
        """Give exhausted work another round; False if there is no such work."""
        with self.database.write() as unit:
            done = outbox.again(unit, work_id, time.time())
        self.wake()
        return done
