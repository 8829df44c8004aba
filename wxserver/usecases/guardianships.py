"""Acting for a minor: saying so, having it proven, and ending it.

A claim alone shows nothing of the child. It is confirmed by the card registry, by staff who have seen the papers, or by
a case whose papers were accepted. It ends when the child is of age, by its date of birth.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime
from typing import Final

from bundles import people as documents
from bundles.acting import OF_AGE, is_minor
from bundles.application import Fault
from bundles.working_days import legal_date
from wxserver.ports import CardRegistry, Clock, IdentityDocument, Refused, Unavailable
from wxserver.store import consents, guardianships, people, records, uploads
from wxserver.store.database import Database, Unit
from wxserver.store.guardianships import GuardianshipRow
from wxserver.usecases.claims import (
    Claim,
    document_of,
    faults_of_added,
    faults_of_claim,
    faults_of_consent,
    faults_of_proofs,
)
from wxserver.usecases.consenting import CHILD_DATA
from wxserver.usecases.faults import Conflict, Invalid, NotFound
from wxserver.usecases.sessions import SessionView, require, signed_in
from wxserver.usecases.uploading import UNKNOWN_UPLOAD, UploadView
from wxserver.usecases.ward_views import WardView, ward_view
from wxserver.usecases.wards import NOT_CLAIMED, UNKNOWN, agreed, confirm, named, state_on

MOST: Final = 10
"""Children of one guardian."""
FRESH_MINUTES: Final = 30
_AT_ONCE: Final = 200


class Guardianships:
    """`registry` is asked once per claim whether it knows of the guardianship."""

    def __init__(self, database: Database, clock: Clock, registry: CardRegistry) -> None:
        self.database = database
        self.clock = clock
        self.registry = registry

    def claim(self, session: SessionView, claim: Claim) -> WardView:
        """Say that one is the guardian of a minor; confirmed at once where the registry proves it.

        What is known of the child changes neither the answer nor its faults. The same child again is the same
        guardianship; one that was refused or has ended begins anew. Raises AssuranceRequired, Invalid (all faults:
        `name`, `id_type`, `id_number`, `born_on`, `relation`, `consent`), Conflict `too-many-wards`.
        """
        now = self.clock.now()
        guardian_id = require(session, assurance="password", fresh_minutes=FRESH_MINUTES, now=now)
        with self.database.read() as unit:
            guardian = people.person(unit, guardian_id)
            text = consents.version(unit, CHILD_DATA)
        document = document_of(claim)
        born_on = documents.birth_date(document.kind, document.number) or claim.born_on
        if faults := faults_of_claim(claim, document, born_on, guardian.document, text, legal_date(now)):
            raise Invalid.of(faults)
        if born_on is None:
            raise LookupError("a claim without a date of birth was let through")
        with self.database.write() as unit:
            ward_id = self._write(unit, session, guardian_id, claim, document, born_on, now)
        self._ask(ward_id, guardian.document, document)
        return self._view_of(ward_id)

    def mine(self, session: SessionView) -> tuple[WardView, ...]:
        """The children of whoever is signed in, also those refused; not those that are over. Raises Unauthenticated."""
        guardian_id = signed_in(session)
        with self.database.read() as unit:
            rows = guardianships.of_guardian(unit, guardian_id)
            return tuple(self._view(unit, each) for each in rows if self._state(each) != "ended")

    def one(self, session: SessionView, ward_id: str) -> WardView:
        """One of one's own children, whatever its state; NotFound for anybody else's, as if it did not exist."""
        with self.database.read() as unit:
            return self._view(unit, self._own(unit, session, ward_id))

    def hand_in(self, session: SessionView, ward_id: str, upload_ids: Sequence[str]) -> WardView:
        """Hand in the papers that prove a claim: one's own uploads, in place of those before.

        Raises NotFound, Conflict `not-claimed`, Invalid (`uploads`).
        """
        wanted = tuple(dict.fromkeys(upload_ids))
        guardian_id = signed_in(session)
        with self.database.write() as unit:
            row = self._claimed(unit, session, ward_id)
            found = uploads.own_many(unit, guardian_id, wanted) if wanted else {}
            if faults := faults_of_proofs(wanted, {key: each.kind for key, each in found.items()}):
                raise Invalid.of(faults)
            _set_proofs(unit, row.id, wanted)
        return self._view_of(row.id)

    def add_papers(self, session: SessionView, ward_id: str, upload_ids: Sequence[str]) -> WardView:
        """Keep one's own uploads beside the papers that a claim has already, whatever is still missing; the same file
        of the same kind is kept once. Raises as `hand_in`."""
        guardian_id = signed_in(session)
        with self.database.write() as unit:
            row = self._claimed(unit, session, ward_id)
            kept = {(each.kind, each.sha256): each.id for each in guardianships.proofs(unit, row.id)}
            found = uploads.own_many(unit, guardian_id, tuple(upload_ids)) if upload_ids else {}
            for each in (found[key] for key in upload_ids if key in found):
                kept.setdefault((each.kind, each.sha256), each.id)
            if faults := faults_of_added(upload_ids, {key: each.kind for key, each in found.items()}, kept):
                raise Invalid.of(faults)
            _set_proofs(unit, row.id, tuple(kept.values()))
        return self._view_of(row.id)

    def drop_paper(self, session: SessionView, ward_id: str, upload_id: str) -> WardView:
        """Take one paper of a claim back. Raises NotFound, Conflict `not-claimed`."""
        with self.database.write() as unit:
            row = self._claimed(unit, session, ward_id)
            before = [each.id for each in guardianships.proofs(unit, row.id)]
            if upload_id not in before:
                raise NotFound(UNKNOWN_UPLOAD, code="unknown-upload")
            _set_proofs(unit, row.id, [each for each in before if each != upload_id])
        return self._view_of(row.id)

    def proof(self, session: SessionView, ward_id: str) -> tuple[UploadView, ...]:
        """The papers of one of one's own children. NotFound."""
        return self.one(session, ward_id).proofs

    def remove(self, session: SessionView, ward_id: str) -> None:
        """End a guardianship at the guardian's wish; the consent to the child's data ends with it.

        Nothing happens where it has ended. Raises NotFound, Conflict `case-open` with the number.
        """
        now = self.clock.now()
        with self.database.write() as unit:
            row = self._own(unit, session, ward_id, lock=True)
            if row.state == "ended":
                return
            number = guardianships.open_number(unit, row.id)
            if number is not None:
                raise Conflict(
                    f"您替这个孩子办的还有一件没有办完，编号 {number}。办完以后再来结束。",
                    code="case-open",
                    extra={"number": number},
                )
            guardianships.end(unit, row.id, now)
            guardianships.withdraw_consent(unit, row.guardian_id, row.minor_id, CHILD_DATA, now)
            self._audit(unit, "guardianship_ended", row, "citizen", None, "")

    def agree(self, session: SessionView, ward_id: str, version: str) -> WardView:
        """Agree to the text in force on the use of this child's data, where it is another than before.

        Raises NotFound, Invalid (`consent`: not the version in force), Conflict `over` where it was refused or ended.
        """
        now = self.clock.now()
        with self.database.write() as unit:
            row = self._own(unit, session, ward_id, lock=True)
            if self._state(row) not in guardianships.LIVING:
                raise Conflict("这个孩子的登记已经不算数了。要再办，请重新登记。", code="over")
            if faults := faults_of_consent(version, consents.version(unit, CHILD_DATA)):
                raise Invalid.of(faults)
            self._agree(unit, session, row, version, now)
        return self._view_of(row.id)

    def _agree(self, unit: Unit, session: SessionView, row: GuardianshipRow, version: str, now: datetime) -> None:
        """Keep the proof that the guardian agreed; once for each version that stands."""
        if not agreed(unit, row):
            consents.give(
                unit,
                wechat_user_id=session.wechat_user_id,
                person_id=row.guardian_id,
                purpose=CHILD_DATA,
                version=version,
                verification_id=None,
                about_id=row.minor_id,
                now=now,
            )

    def tidy(self) -> int:
        """End the guardianships of those who are of age by now; how many. For the periodic jobs."""
        now = self.clock.now()
        today, gone = legal_date(now), 0
        latest = date(today.year - OF_AGE + 1, 1, 1)
        with self.database.write() as unit:
            for row in guardianships.born_before(unit, latest, _AT_ONCE):
                if not is_minor(row.born_on, today):
                    guardianships.end(unit, row.id, now)
                    self._audit(unit, "guardianship_ended", row, "system", None, "of age")
                    gone += 1
        return gone

    def _write(
        self,
        unit: Unit,
        session: SessionView,
        guardian_id: str,
        claim: Claim,
        document: IdentityDocument,
        born_on: date,
        now: datetime,
    ) -> str:
        guardianships.lock_guardian(unit, guardian_id)
        name = documents.normalise_name(claim.name)
        minor_id, _ = people.met(unit, name, document, now)
        before = guardianships.between(unit, guardian_id, minor_id)
        if before is not None and self._state(before) in guardianships.LIVING:
            self._agree(unit, session, before, claim.consent or "", now)
            return before.id
        others = guardianships.of_guardian(unit, guardian_id)
        if sum(self._state(each) != "ended" and each.minor_id != minor_id for each in others) >= MOST:
            sentence = f"最多登记 {MOST} 个孩子。不再照看的，请先在“我照看的孩子”里结束；还不够，请带户口簿到窗口办。"
            raise Conflict(sentence, code="too-many-wards")
        ward_id = guardianships.claim(
            unit,
            guardian_id=guardian_id,
            minor_id=minor_id,
            name=name,
            born_on=born_on,
            relation=claim.relation,
            now=now,
        )
        row = guardianships.by_id(unit, ward_id)
        if row is None:
            raise LookupError("a guardianship was claimed, yet it is absent")
        self._agree(unit, session, row, claim.consent or "", now)
        self._audit(unit, "guardianship_claimed", row, "citizen", None, "")
        return ward_id

    def _ask(self, ward_id: str, guardian: IdentityDocument, minor: IdentityDocument) -> None:
        """Let the registry prove it, if it can. While it is away the claim waits for the papers."""
        now = self.clock.now()
        with self.database.write() as unit:
            row = guardianships.by_id(unit, ward_id)
            if row is None or row.state != "claimed":
                return
            for person_id in (row.guardian_id, row.minor_id):
                records.handed_out(
                    unit,
                    to="registry",
                    subject_kind="person",
                    subject_id=person_id,
                    reason="guardianship",
                    fields=("document",),
                    now=now,
                )
        proven: bool | None = None
        with suppress(Unavailable, Refused):
            proven = self.registry.guardianship(guardian, minor)
        if not proven:
            return
        with self.database.write() as unit:
            row = guardianships.by_id(unit, ward_id, lock=True)
            if row is not None and row.state == "claimed" and named(unit, row, now):
                confirm(unit, row, "registry", None, now)
                self._audit(unit, "guardianship_confirmed", row, "system", None, "registry")

    def _own(self, unit: Unit, session: SessionView, ward_id: str, *, lock: bool = False) -> GuardianshipRow:
        guardian_id = signed_in(session)
        row = guardianships.by_id(unit, ward_id, lock=lock)
        if row is None or row.guardian_id != guardian_id:
            raise NotFound(UNKNOWN, code="unknown-ward")
        return row

    def _claimed(self, unit: Unit, session: SessionView, ward_id: str) -> GuardianshipRow:
        row = self._own(unit, session, ward_id, lock=True)
        if self._state(row) != "claimed":
            raise Conflict(NOT_CLAIMED[self._state(row)], code="not-claimed")
        return row

    def _state(self, row: GuardianshipRow) -> str:
        return state_on(row, legal_date(self.clock.now()))

    def _view_of(self, ward_id: str) -> WardView:
        with self.database.read() as unit:
            row = guardianships.by_id(unit, ward_id)
            if row is None:
                raise LookupError("a guardianship is absent")
            return self._view(unit, row)

    def _view(self, unit: Unit, row: GuardianshipRow) -> WardView:
        return ward_view(unit, row, legal_date(self.clock.now()))

    def _audit(self, unit: Unit, action: str, row: GuardianshipRow, kind: str, by: str | None, reason: str) -> None:
        records.audit(
            unit,
            actor_kind=kind,
            actor_id=by,
            action=action,
            subject_kind="guardianship",
            subject_id=row.id,
            reason=reason,
            data={},
            now=self.clock.now(),
        )


def _set_proofs(unit: Unit, ward_id: str, wanted: Sequence[str]) -> None:
    try:
        guardianships.set_proofs(unit, ward_id, wanted)
    except uploads.UploadGone:
        raise Invalid.of([Fault("uploads", "unknown-upload", UNKNOWN_UPLOAD)]) from None
