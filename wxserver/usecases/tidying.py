"""Throwing away what has served: nothing personal stays longer than it is needed (PIPL art. 19)."""

from __future__ import annotations

from datetime import timedelta

from wxserver.ports import Clock
from wxserver.store import drafts, sessions
from wxserver.store.database import Database

STATES_KEPT = timedelta(days=1)


class Tidying:
    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.clock = clock

    def tidy(self) -> int:
        """Delete OAuth states of yesterday and drafts that have run out; how many rows."""
        now = self.clock.now()
        with self.database.write() as unit:
            return sessions.forget_states(unit, now - STATES_KEPT) + drafts.forget(unit, now)
