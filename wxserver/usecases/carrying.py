"""Carrying cases out: effects at the registry, one saved step at a time, and what the registry tells us later.

A worker may die anywhere. The outbox row says that something is to be done, its lease who does it now, `case_step`
what has been done already, and the key `<number>:<step>` lets the registry recognise what it did for us before.
"""

from __future__ import annotations

import logging
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
)
from wxserver.store import cards, cases, history, people, records, registry_events, uploads
from wxserver.store.cases import CaseRow
from wxserver.store.database import Database, Unit
from wxserver.store.outbox import Work
from wxserver.store.registry_events import EventRow
from wxserver.usecases.callbacks import Answer, receive
from wxserver.usecases.casework import Casework
from wxserver.usecases.catalogue import Catalogue
from wxserver.usecases.working import Doer, Working

CARRY_OUT = "carry_out"
GIVE_UP_AFTER = 7 * 24 * 3600.0

logger = logging.getLogger(__name__)


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
        working: Working,
    ) -> None:
        self.database = database
        self.clock = clock
        self.registry = registry
        self.callbacks = callbacks
        self.catalogue = catalogue
        self.casework = casework
        self.files = files
        self.working = working
        self.ended: Callable[[Unit, CaseRow], None] = lambda _unit, _case: None
        working.learn(CARRY_OUT, Doer(self._carry_out, GIVE_UP_AFTER))

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
        return self.working.order(unit, CARRY_OUT, case.id, owner)

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
            self.working.end(unit, CARRY_OUT, case.id)

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
        self.working.end(unit, CARRY_OUT, case.id, "refused" if refused else "done")
        self.ended(unit, case)

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
