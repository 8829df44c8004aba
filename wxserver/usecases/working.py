"""Working the outbox off: who does what is settled by leases, and what fails is tried again or given up.

A worker may die anywhere. The row says that something is to be done, its lease who does it now; each kind of work has
one doer, which writes the row's end in the same unit as what it achieved.
"""

from __future__ import annotations

import logging
import os
import secrets
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass

from wxserver.ports import Clock, Unavailable
from wxserver.store import outbox, records
from wxserver.store.database import Database, Unit
from wxserver.store.outbox import Work

logger = logging.getLogger(__name__)


class NotYet(Exception):
    """This work is to be tried again after so many real seconds, whatever its age."""

    def __init__(self, seconds: float, why: str) -> None:
        super().__init__(why)
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Doer:
    """How one kind of work is done. `patience`: seconds after which it is given up; `given_up` is told in the same
    unit, with the last fault."""

    do: Callable[[Work], None]
    patience: float
    given_up: Callable[[Unit, Work, str], None] = lambda _unit, _work, _fault: None


def delay(attempts: int, age: float) -> float:
    """Seconds until the next attempt: within 2 at first, at most 10 in the first ten minutes, then longer."""
    if age < 600:
        return min(1.0 * 2.0 ** min(attempts, 8), 10.0)
    return 60.0 if age < 24 * 3600 else 600.0


class Working:
    def __init__(self, database: Database, clock: Clock, *, lease_seconds: float) -> None:
        self.database = database
        self.clock = clock
        self.lease_seconds = lease_seconds
        self.wake: Callable[[], None] = lambda: None
        self._doers: dict[str, Doer] = {}

    def learn(self, kind: str, doer: Doer) -> None:
        """From now on this kind of work is done so."""
        self._doers[kind] = doer

    def owner(self) -> str:
        """A name for one stint of work, so that a lease taken over by another is noticed."""
        return f"{os.getpid()}-{threading.get_ident()}-{secrets.token_hex(8)}"

    def order(self, unit: Unit, kind: str, subject_id: str, owner: str | None = None) -> Work:
        """Write work to be done. With `owner`, the caller holds the lease and does it itself."""
        now = time.time()
        return outbox.add(
            unit, kind, subject_id, now=now, owner=owner, lease_until=now + self.lease_seconds if owner else None
        )

    def order_again(self, unit: Unit, kind: str, subject_id: str) -> None:
        """Write work to be done, also where the same was done before; what still waits is enough."""
        now = time.time()
        if not outbox.add_unless_there(unit, kind, subject_id, now=now):
            outbox.once_more(unit, kind, subject_id, now)

    def hold(self, unit: Unit, kind: str, subject_id: str) -> None:
        """Keep others from ordering this work again until the unit ends, so that they see what it left undone."""
        outbox.hold(unit, kind, subject_id)

    def end(self, unit: Unit, kind: str, subject_id: str, state: str = "done") -> None:
        """The work is over: `done` or `refused`."""
        outbox.end(unit, kind, subject_id, state, time.time())

    def in_hand(self, kind: str, subject_id: str) -> bool:
        """Is somebody doing it at this moment?"""
        with self.database.read() as unit:
            return outbox.in_hand(unit, kind, subject_id, time.time())

    def kinds(self) -> frozenset[str]:
        """The kinds of work that somebody has learned to do."""
        return frozenset(self._doers)

    def work(self, kinds: Collection[str], most: int = 10) -> int:
        """Do what is due of these kinds; how much was claimed. Safe to call from any number of workers."""
        now = time.time()
        with self.database.read() as unit:
            if not outbox.anything_due(unit, kinds, now):
                return 0
        owner = self.owner()
        with self.database.write() as unit:
            claimed = outbox.claim(unit, kinds, owner=owner, now=now, lease_until=now + self.lease_seconds, most=most)
        for work in claimed:
            self.do(work, owner)
        return len(claimed)

    def do(self, work: Work, owner: str) -> None:
        """Do one piece of work under a lease that `owner` holds. What fails is put back; nothing is raised for it,
        because the row is safe and somebody will do it later."""
        try:
            self._doers[work.kind].do(work)
        except NotYet as wait:
            self._put_back(work, owner, str(wait), wait.seconds)
        except Unavailable as away:
            self._put_back(work, owner, f"unavailable: {away}")
        except Exception as error:
            logger.exception("work failed", extra={"work": work.id, "kind": work.kind})
            self._put_back(work, owner, type(error).__name__)

    def _put_back(self, work: Work, owner: str, fault: str, seconds: float | None = None) -> None:
        now = time.time()
        doer = self._doers.get(work.kind)
        with self.database.write() as unit:
            if doer is not None and now - work.created_at > doer.patience:
                self._give_up(unit, work, doer, fault, now)
                return
            wait = delay(work.attempts, now - work.created_at) if seconds is None else seconds
            outbox.put_back(unit, work, owner=owner, next_at=now + wait, fault=fault)

    def _give_up(self, unit: Unit, work: Work, doer: Doer, fault: str, now: float) -> None:
        outbox.end(unit, work.kind, work.subject_id, "exhausted", now)
        doer.given_up(unit, work, fault)
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
