"""Submitting an application, once.

One transaction claims the idempotency key, pins the definition, opens the case, starts its clock and writes the work
to be done; only then is the registry asked for anything. An instant item is carried out within the request, under a
lease on its outbox row, so that no worker does it at the same time; if the registry is away or the process dies, the
row is still there and a worker finishes it under the same key.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime

from bundles import engine, facts
from bundles import people as documents
from bundles.clock import ClockEvent
from bundles.definition import Item
from bundles.engine import Fault
from bundles.materials import card_photo
from bundles.working_days import legal_date
from wxserver.ports import Clock, Unavailable
from wxserver.store import cases, drafts, history, people, uploads
from wxserver.store.cards import KnownCard
from wxserver.store.database import Database, Unit
from wxserver.store.outbox import Work
from wxserver.usecases.cards import Cards
from wxserver.usecases.carrying import Carrying
from wxserver.usecases.casework import CaseView, Casework
from wxserver.usecases.catalogue import Catalogue, Published
from wxserver.usecases.faults import BadRequest, Conflict, Invalid
from wxserver.usecases.sessions import SessionView, assured
from wxserver.usecases.timing import Timing
from wxserver.usecases.uploading import UNKNOWN_UPLOAD

KEY = re.compile(r"[!-~]{1,200}")
WAIT_AT_MOST = 5.0
LOOK_EVERY = 0.05


@dataclass(frozen=True, slots=True)
class Submission:
    """What a person hands in. `form` values are as they came; the engine checks and cleans them."""

    bundle: str
    item: str
    card_id: str | None = None
    form: Mapping[str, object] = field(default_factory=dict, repr=False)
    uploads: tuple[str, ...] = ()
    acting: Mapping[str, object] | None = None
    delivery: Mapping[str, object] | None = None

    def digest(self) -> str:
        """SHA-256 of the canonical body: key order and blanks between tokens make no difference."""
        body = {
            "bundle": self.bundle,
            "item": self.item,
            "card_id": self.card_id,
            "form": dict(self.form),
            "uploads": list(self.uploads),
            "acting": dict(self.acting) if self.acting else {"as": "self"},
            "delivery": dict(self.delivery) if self.delivery else None,
        }
        text = json.dumps(body, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Submitted:
    """The case; `created` is False where the key had been used for the same body before."""

    case: CaseView
    created: bool


@dataclass(frozen=True, slots=True)
class _Accepted:
    """A submission that passed every check and only has to be written."""

    published: Published
    item: Item
    person: people.KnownPerson
    card: KnownCard | None
    form: Mapping[str, str]
    acting_as: str
    uploads: tuple[engine.Handed, ...]


class Applying:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        catalogue: Catalogue,
        cards: Cards,
        timing: Timing,
        casework: Casework,
        carrying: Carrying,
    ) -> None:
        self.database = database
        self.clock = clock
        self.catalogue = catalogue
        self.cards = cards
        self.timing = timing
        self.casework = casework
        self.carrying = carrying

    def submit(self, session: SessionView, key: str, submission: Submission, channel: str = "online") -> Submitted:
        """Open a case, or give back the one that this key opened.

        Raises BadRequest (key), Invalid (all faults; the key is not consumed), AssuranceRequired, Conflict
        (`idempotency-mismatch`, `already-open` with the number).
        """
        if not KEY.fullmatch(key):
            raise BadRequest("提交的编号不对，请刷新页面后再提交。", code="idempotency-key-invalid")
        digest = submission.digest()
        if session.person_id is not None and (before := self._before(session.person_id, key, digest)):
            return before
        now = self.clock.now()
        accepted = self._check(session, submission, channel, now)
        owner, work = self.carrying.owner(), None
        with self.database.write() as unit:
            application = cases.claim_application(
                unit,
                person_id=accepted.person.id,
                key=key,
                body_digest=digest,
                bundle_code=accepted.published.bundle.code,
                bundle_version_id=accepted.published.id,
                channel=channel,
                now=now,
            )
            if application is not None:
                work = self._open(unit, application, accepted, channel, now, owner)
                drafts.submitted(unit, accepted.person.id, key)
        if work is None:
            return self._first(accepted.person.id, key, digest)
        if accepted.item.limits[channel].unit == "instant":
            self.carrying.carry_out(work, owner)
        else:
            self.carrying.wake()
        return Submitted(self.casework.by_id(work.subject_id), created=True)

    def allow(self, session: SessionView, item: Item) -> None:
        """Raise AssuranceRequired if the session is not as sure or as fresh as the item asks."""
        assured(session, item, self.clock.now())

    def preview(self, session: SessionView, submission: Submission, channel: str = "online") -> tuple[Fault, ...]:
        """All that would keep this from being submitted; writes nothing."""
        try:
            self._check(session, submission, channel, self.clock.now())
        except Invalid as problem:
            return problem.faults
        return ()

    def _first(self, person_id: str, key: str, digest: str) -> Submitted:
        """What the submission that was faster under this key has led to."""
        before = self._before(person_id, key, digest)
        if before is None:
            raise LookupError("an idempotency key is taken, yet its application is absent")
        return before

    def _before(self, person_id: str, key: str, digest: str) -> Submitted | None:
        """The case this key opened, waited for while it is in flight (5 s at most)."""
        with self.database.read() as unit:
            found = cases.application_under(unit, person_id, key)
            if found is None:
                return None
            rows = cases.of_application(unit, found.id)
        if found.body_digest != digest:
            raise Conflict(
                "这个提交编号已经用过，内容和这次不一样。请到“我的办件”看上次提交的。", code="idempotency-mismatch"
            )
        (row,) = rows
        until = time.monotonic() + WAIT_AT_MOST
        while row.status == "submitted" and time.monotonic() < until:
            if not self.carrying.in_hand(row.id):
                break
            time.sleep(LOOK_EVERY)
            with self.database.read() as unit:
                row = cases.by_id(unit, row.id)
        return Submitted(self.casework.by_id(row.id), created=False)

    def _check(self, session: SessionView, submission: Submission, channel: str, now: datetime) -> _Accepted:
        published, item = self._item(submission)
        person_id = assured(session, item, now)
        with self.database.read() as unit:
            person = people.person(unit, person_id)
            own = uploads.own_many(unit, person_id, submission.uploads) if submission.uploads else {}
        card, faults = None, []
        if submission.card_id is not None:
            card = self.cards.chosen(person_id, submission.card_id)
            if card is None:
                faults.append(Fault("card_id", "unknown-card", "没有找到这张卡，请重新选一张。"))
        for index, each in enumerate(submission.uploads):
            if each not in own:
                faults.append(Fault(f"uploads.{index}", "unknown-upload", UNKNOWN_UPLOAD))
        handed = tuple(engine.Handed(each, own[each].kind) for each in dict.fromkeys(submission.uploads) if each in own)
        acting_as, more = _acting(submission.acting)
        faults += more
        checked = engine.check(
            engine.Request(
                bundle=published.bundle,
                item=item,
                channel=channel,
                holder=engine.Holder(
                    person.document,
                    person.name,
                    documents.birth_date(person.document.kind, person.document.number),
                ),
                acting_as=acting_as,
                card=card.card if card else None,
                form=submission.form,
                today=legal_date(now),
                at=now,
                known=self._facts(published, item, person_id, card, legal_date(now)),
                uploads=handed,
            )
        )
        taken = {fault.path for fault in faults}
        faults += [fault for fault in checked.faults if fault.path not in taken]
        if faults:
            raise Invalid.of(faults)
        return _Accepted(published, item, person, card if item.needs_card else None, checked.form, acting_as, handed)

    def _facts(
        self, published: Published, item: Item, person_id: str, card: KnownCard | None, today: date
    ) -> Mapping[str, object]:
        """What the item's conditions need to know beyond the application, each thing asked for once; mostly nothing.

        While the registry is away its facts stay unknown, and the rules that need them say so.
        """
        wanted = facts.questions(item)
        held, productions, open_case = None, None, None
        with suppress(Unavailable):
            if "cards" in wanted:
                held = [each.card for each in self.cards.refreshed(person_id)]
            if "productions" in wanted:
                productions = self.cards.productions(person_id)
        if "open_case" in wanted:
            card_key = card.id if card and item.needs_card else ""
            with self.database.read() as unit:
                number = cases.open_number(unit, person_id, published.bundle.code, item.code, card_key)
            open_case = number is not None
        return facts.known(today, cards=held, productions=productions, open_case=open_case)

    def _item(self, submission: Submission) -> tuple[Published, Item]:
        published = {each.bundle.code: each for each in self.catalogue.bundles()}.get(submission.bundle)
        if published is None:
            raise Invalid.of([Fault("bundle", "unknown-bundle", "没有找到这件事，请从首页选要办的事。")])
        item = published.bundle.item(submission.item)
        if item is None:
            raise Invalid.of([Fault("item", "unknown-item", "没有找到这个事项，请重新选一项。")])
        return published, item

    def _open(self, unit: Unit, application: str, accepted: _Accepted, channel: str, now: datetime, owner: str) -> Work:
        bundle, item, person = accepted.published.bundle, accepted.item, accepted.person
        limit = item.limits[channel]
        card_id = accepted.card.id if accepted.card else None
        instant = limit.unit == "instant"
        starts = not instant and not item.review
        clock, due, calendar_id = None, None, None
        if starts or (not instant and item.clock_starts == "submission"):
            clock = ClockEvent("start", now, _basis(item), word=_word(item))
            calendar_id = self.timing.active_id(unit, bundle.region)
            due = self.timing.due(limit, [clock], calendar_id)
        number = cases.next_number(unit, bundle.number_prefix, legal_date(now))
        case_id = cases.add(
            unit,
            form=accepted.form,
            number=number,
            application_id=application,
            bundle_code=bundle.code,
            bundle_version_id=accepted.published.id,
            item_code=item.code,
            applicant_id=person.id,
            cardholder_id=person.id,
            actor_id=person.id,
            acting_as=accepted.acting_as,
            channel=channel,
            region=bundle.region,
            card_id=card_id,
            card_key=card_id or "",
            status="accepted" if starts else "submitted",
            submitted_at=now,
            accepted_at=now if starts else None,
            limit_unit=limit.unit,
            limit_amount=limit.amount,
            due_on=due.due_on if due else None,
            due_provisional=due.provisional if due else False,
            calendar_id=calendar_id,
        )
        if case_id is None:
            other = cases.open_number(unit, person.id, bundle.code, item.code, card_id or "")
            raise Conflict(
                f"您名下已有一件“{item.name}”在办，编号 {other}。可以去“我的办件”看它办到哪一步。",
                code="already-open",
                extra={"number": other},
            )
        if accepted.uploads:
            _hand_in(unit, case_id, accepted.uploads)
        case = cases.by_id(unit, case_id)
        self.casework.tell(unit, case, item, "submitted", at=now, origin="submit", actor_kind="citizen")
        if starts:
            self.casework.tell(unit, case, item, "accepted", at=now, origin="accept", actor_kind="system")
        if clock is not None:
            history.turn_clock(unit, case_id, clock, "start", now)
        photo = card_photo(item)
        with_photo = photo is not None and any(each.kind == photo.kind for each in accepted.uploads)
        return self.carrying.enqueue(unit, case, owner if instant else None, photo=with_photo)


def _hand_in(unit: Unit, case_id: str, handed: Sequence[engine.Handed]) -> None:
    try:
        uploads.to_case(unit, case_id, [each.id for each in handed])
    except uploads.UploadGone:
        raise Invalid.of([Fault("uploads", "unknown-upload", UNKNOWN_UPLOAD)]) from None


def _acting(acting: Mapping[str, object] | None) -> tuple[str, list[Fault]]:
    """Who acts. Acting for others needs proof that only uploads and a later sign-in can bring; self needs none."""
    acting_as = "self" if acting is None else acting.get("as", "self")
    if not isinstance(acting_as, str):
        return "self", [Fault("acting.as", "invalid", "请选是本人办，还是替别人办。")]
    return acting_as, []


def _word(item: Item) -> str:
    return "提交" if item.clock_starts == "submission" else "受理"


def _basis(item: Item) -> str:
    return f"办事指南承诺的办结时间，自{_word(item)}的次日起算（民法典第二百零一条）"
