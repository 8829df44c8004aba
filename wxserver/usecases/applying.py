"""Submitting an application, once.

One transaction claims the idempotency key, pins the definition, opens a case for each item, starts their clocks and
writes the work to be done; only then is the registry asked for anything. An instant item is carried out within the
request, under a lease on its outbox row, so that no worker does it at the same time; if the registry is away or the
process dies, the row is still there and a worker finishes it under the same key.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bundles import engine
from bundles import people as documents
from bundles.definition import Item
from bundles.engine import Fault
from bundles.working_days import legal_date
from wxserver.ports import Clock, IdentityDocument, Unavailable
from wxserver.store import cases, drafts, guardianships, parting, people
from wxserver.store.database import Database, Unit
from wxserver.store.outbox import Work
from wxserver.usecases.asking import Asking
from wxserver.usecases.cards import CardView, view_of_card
from wxserver.usecases.carrying import CARRY_OUT
from wxserver.usecases.case_views import CaseView
from wxserver.usecases.casework import Casework
from wxserver.usecases.faults import BadRequest, Conflict, FarSideAway, Invalid, Unauthenticated
from wxserver.usecases.judging import Judging
from wxserver.usecases.opening import Accepted, Opening
from wxserver.usecases.parties import applicant_of
from wxserver.usecases.proofs import Proofs, Sure
from wxserver.usecases.sessions import SessionView, assured, signed_in
from wxserver.usecases.submissions import ONLINE, Filing, Person, Submission
from wxserver.usecases.working import Working

KEY = re.compile(r"[!-~]{1,200}")
WAIT_AT_MOST = 5.0
LOOK_EVERY = 0.05


@dataclass(frozen=True, slots=True)
class Submitted:
    """The cases of an application, one per item; `created` is False where the key had been used for the same body
    before."""

    application_id: str
    cases: tuple[CaseView, ...]
    created: bool

    @property
    def case(self) -> CaseView:
        """The case, or the first of several."""
        return self.cases[0]


class Applying:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        judging: Judging,
        asking: Asking,
        casework: Casework,
        working: Working,
        opening: Opening,
        proofs: Proofs,
    ) -> None:
        self.proofs = proofs
        self.database = database
        self.clock = clock
        self.judging = judging
        self.asking = asking
        self.casework = casework
        self.working = working
        self.opening = opening

    def submit(self, session: SessionView, key: str, submission: Submission) -> Submitted:
        """Open a case for each item applied for, or give back those that this key opened. Where the session is not sure
        or fresh enough, a verification made for exactly this is used up.

        Raises BadRequest (key), Invalid (all faults; the key is not consumed), AssuranceRequired, Conflict
        (`idempotency-mismatch`, `already-open` with the number).
        """
        digest = _digest(key, submission)
        drafted = None
        if session.person_id is not None:
            before, drafted = self._before(session.person_id, key, digest)
            if before is not None:
                return before
        now = self.clock.now()
        published, item = self.judging.item(submission, drafted)
        sure = self.proofs.sure(session, item, key, submission)
        accepted = self.judging.check(published, item, applicant_of(session), submission, now)
        return self._open(key, digest, accepted, now, lambda unit: self.proofs.spend(unit, session, sure))

    def file(self, filing: Filing, key: str, submission: Submission) -> Submitted:
        """Open the cases of an application that a clerk has taken; what a session proves online, the clerk has seen.

        Raises as `submit` does, but for AssuranceRequired; Conflict `other-name` where the document is known under
        another name.
        """
        digest = _digest(key, submission)
        now = self.clock.now()
        if filing.channel == ONLINE:
            raise BadRequest("网上的申请请由本人登录后提交。", code="channel-not-staffed")
        holder_id = self._met(filing.holder, "holder", now)
        actor_id = holder_id if filing.actor is None else self._met(filing.actor, "actor", now)
        before, _ = self._before(holder_id, key, digest)
        if before is not None:
            return before
        published, item = self.judging.item(submission)
        accepted = self.judging.check_filed(published, item, filing, holder_id, actor_id, submission, now)
        return self._open(key, digest, accepted, now)

    def cards_of(self, holder: Person) -> tuple[CardView, ...]:
        """The cards of somebody whose document a clerk has seen, masked. Raises as `file` does, and FarSideAway."""
        holder_id = self._met(holder, "holder", self.clock.now())
        try:
            return tuple(view_of_card(each) for each in self.judging.cards.refreshed(holder_id))
        except Unavailable:
            raise FarSideAway("社保卡系统暂时没有回音，这个人的卡还查不到。请过一会儿再试。") from None

    def allow(self, session: SessionView, item: Item) -> None:
        """Raise AssuranceRequired if the session is not as sure or as fresh as the item asks."""
        assured(session, item, self.clock.now())

    def preview(self, session: SessionView, submission: Submission) -> tuple[Fault, ...]:
        """All that would keep this from being submitted, but for the certainty about the person (`lacks`); writes
        nothing. Raises Unauthenticated."""
        now = self.clock.now()
        published, item = self.judging.item(submission)
        signed_in(session)
        try:
            self.judging.check(published, item, applicant_of(session), submission, now)
        except Invalid as problem:
            return problem.faults
        return ()

    def sure(self, session: SessionView, key: str, submission: Submission) -> Sure:
        """That the person is certain enough to submit exactly this now. Raises AssuranceRequired."""
        _, item = self.judging.item(submission)
        return self.proofs.sure(session, item, key, submission)

    def precheck(self, session: SessionView, submission: Submission) -> tuple[Fault, ...]:
        """What is certain to refuse this person before anything is filled in; empty while that can't be found out."""
        now = self.clock.now()
        published, item = self.judging.item(submission)
        assured(session, item, now)
        try:
            return engine.precheck(self.judging.request(published, item, applicant_of(session), submission, now))
        except Invalid as problem:
            return problem.faults

    def held(self, session: SessionView, item: Item, acting: Mapping[str, object] | None = None) -> Mapping[str, str]:
        """Field code -> what the registry holds to answer it with, masked; empty while the registry is away, and for a
        guardian whom nobody has confirmed."""
        asked = {each.code: each.prefill for each in item.fields if each.prefill}
        if not asked:
            return {}
        submission = Submission(bundle="", item=item.code, acting=acting)
        try:
            profile = self.judging.profile_shown(applicant_of(session), submission, self.clock.now())
        except Invalid:
            return {}
        return {code: profile[name] for code, name in asked.items() if name in profile}

    def _open(
        self,
        key: str,
        digest: str,
        accepted: Accepted,
        now: datetime,
        spend: Callable[[Unit], None] = lambda _unit: None,
    ) -> Submitted:
        owner, works, application = self.working.owner(), list[Work](), None
        with self.database.write() as unit:
            application = cases.claim_application(
                unit,
                person_id=accepted.owner_id,
                key=key,
                body_digest=digest,
                bundle_code=accepted.published.bundle.code,
                bundle_version_id=accepted.published.id,
                channel=accepted.channel,
                now=now,
            )
            if application is not None:
                if not all(parting.is_known(unit, each) for each in {accepted.owner_id, accepted.person.id}):
                    raise Unauthenticated("这次登录已经退出，请重新登录。", code="session-ended")
                spend(unit)
                works = self.opening.open(unit, application, accepted, now, owner)
                drafts.submitted(unit, accepted.owner_id, key)
                self.asking.forget(unit, accepted.person.id)
        if application is None:
            return self._first(accepted.owner_id, key, digest)
        for work in works:
            self.working.do(work, owner)
        self.working.wake()
        return self._submitted(application, created=True)

    def _first(self, person_id: str, key: str, digest: str) -> Submitted:
        """What the submission that was faster under this key has led to."""
        before, _ = self._before(person_id, key, digest)
        if before is None:
            raise LookupError("an idempotency key is taken, yet its application is absent")
        return before

    def _before(self, person_id: str, key: str, digest: str) -> tuple[Submitted | None, str | None]:
        """The cases this key opened, waited for while they are in flight (5 s at most); where it opened none, the
        version of the draft that bears it."""
        with self.database.read() as unit:
            found = cases.application_under(unit, person_id, key)
            if found is None:
                return None, drafts.version_under(unit, person_id, key)
            rows = cases.of_application(unit, found.id)
        if found.body_digest != digest:
            raise Conflict(
                "这个提交编号已经用过，内容和这次不一样。请到“我的办件”看上次提交的。", code="idempotency-mismatch"
            )
        until = time.monotonic() + WAIT_AT_MOST
        while time.monotonic() < until:
            if not any(each.status == "submitted" and self.working.in_hand(CARRY_OUT, each.id) for each in rows):
                break
            time.sleep(LOOK_EVERY)
            with self.database.read() as unit:
                rows = cases.of_application(unit, found.id)
        return self._submitted(found.id, created=False), None

    def _submitted(self, application_id: str, *, created: bool) -> Submitted:
        return Submitted(application_id, self.casework.of_application(application_id), created)

    def _met(self, person: Person, whose: str, now: datetime) -> str:
        """The person with this document, known from now on."""
        number = documents.canonical_number(person.kind, person.number)
        name = documents.normalise_name(person.name)
        found = {
            f"{whose}.number": documents.check_document(person.kind, number, legal_date(now)),
            f"{whose}.name": documents.check_name(name),
        }
        if faults := [Fault(path, "invalid", message) for path, message in found.items() if message]:
            raise Invalid.of(faults)
        with self.database.write() as unit:
            person_id, same_name = people.met(unit, name, IdentityDocument(person.kind, number), now)
            if not same_name and guardianships.only_claimed(unit, person_id):
                # Nobody stands behind a name that only somebody who claimed to be the guardian has typed.
                guardianships.rename(unit, person_id, name, now)
                same_name = True
        if not same_name:
            raise Conflict("这个证件号码登记的是另一个姓名。请核对原件上的姓名和号码。", code="other-name")
        return person_id


def _digest(key: str, submission: Submission) -> str:
    if not KEY.fullmatch(key):
        raise BadRequest("提交的编号不对，请刷新页面后再提交。", code="idempotency-key-invalid")
    return submission.digest()
