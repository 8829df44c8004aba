"""A verification made for one application: it serves for exactly that content, once (issue 8; design, Identity).

The person who submits has looked at what they submit; whoever changes a letter of it afterwards must ask them again.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from bundles import people as documents
from bundles.definition import Item
from wxserver.ports import Clock
from wxserver.store import people, verifications
from wxserver.store.database import Database, Unit
from wxserver.usecases.faults import AssuranceRequired
from wxserver.usecases.sessions import LEVELS, SessionView, assured, signed_in
from wxserver.usecases.submissions import Submission

LONGEST = timedelta(hours=2)
"""No verification is older when it is used, whatever an item asks."""


def content_digest(key: str, submission: Submission) -> str:
    """What a verification for an application is bound to: its key and its content, hex SHA-256."""
    return hashlib.sha256(f"{key}\n{submission.digest()}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Sure:
    """Who submits, and the verification that is to be used up with it, if the session alone was not enough."""

    person_id: str
    proof: str | None


class Proofs:
    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.clock = clock

    def sure(self, session: SessionView, item: Item, key: str, submission: Submission) -> Sure:
        """That whoever submits is the person, as certainly and freshly as the item asks: by the session, or by a
        verification made for exactly this. Raises AssuranceRequired."""
        now = self.clock.now()
        try:
            return Sure(assured(session, item, now), None)
        except AssuranceRequired:
            found = self.find(session, item, key, submission, now)
            if found is None:
                raise
            return Sure(signed_in(session), found)

    def find(self, session: SessionView, item: Item, key: str, submission: Submission, now: datetime) -> str | None:
        """The verification that this person has made for exactly this, still unused and fresh enough."""
        if session.person_id is None:
            return None
        since = now - LONGEST
        with self.database.read() as unit:
            row = verifications.proof(unit, session.wechat_user_id, content_digest(key, submission), since)
            person = people.person(unit, session.person_id)
        if row is None or row.level is None or row.decided_at is None:
            return None
        mine = documents.subject_digest(person.document.kind, person.document.number, person.name)
        certain = LEVELS.index(row.level) >= LEVELS.index(item.assurance)
        fresh = now - row.decided_at <= timedelta(minutes=item.fresh_minutes)
        return row.id if certain and fresh and row.subject_digest == mine else None

    def spend(self, unit: Unit, session: SessionView, sure: Sure) -> None:
        """Use the verification up, in the unit that writes the application. Raises AssuranceRequired where another
        submission was faster."""
        if sure.proof is None:
            return
        if not verifications.consume(unit, sure.proof, session.id, self.clock.now()):
            raise AssuranceRequired("这次人脸核验已经用过了。请再核验一次，您填的都还在。")
