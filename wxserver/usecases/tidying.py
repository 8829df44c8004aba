"""Throwing away what has served: nothing personal stays longer than it is needed (PIPL art. 19)."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice

from wxserver.ports import Clock, FileStore
from wxserver.store import (
    drafts,
    guesses,
    inbound,
    notices,
    previews,
    registry_answers,
    sessions,
    uploads,
    verifications,
)
from wxserver.store.database import Database

STATES_KEPT = timedelta(days=1)
ANSWERS_KEPT = timedelta(hours=1)
ORPHANS_KEPT = timedelta(days=1)
PUSHES_KEPT = timedelta(days=7)
SUBJECTS_KEPT = timedelta(days=1)
"""Whom a verification was about; what it proved, and when, stays."""
CAPTCHAS_KEPT = timedelta(days=1)
GUESSES_KEPT = timedelta(days=2)
"""Longer than any lock that a count sets."""
SWEEP_EVERY = timedelta(hours=1)
AT_ONCE = 500


class Tidying:
    def __init__(self, database: Database, clock: Clock, files: FileStore) -> None:
        self.database = database
        self.clock = clock
        self.files = files
        self._swept_at: datetime | None = None

    def tidy(self) -> int:
        """Delete OAuth states and captchas of yesterday, drafts and previews that have run out, what the registry said
        a while ago, whom yesterday's verifications were about, WeChat's pushes of a week ago and its reports then on
        messages that we know nothing of, counts of wrong passwords
        to which nothing was added for two days, and, at most once an hour, uploads that nobody uses; how many."""
        now = self.clock.now()
        with self.database.write() as unit:
            gone = sessions.forget_states(unit, now - STATES_KEPT) + drafts.forget(unit, now)
            gone += registry_answers.forget_old(unit, now - ANSWERS_KEPT) + previews.forget(unit, now)
            gone += inbound.forget_pushes(unit, now - PUSHES_KEPT) + notices.forget_reports(unit, now - PUSHES_KEPT)
            gone += verifications.forget_old(unit, now - SUBJECTS_KEPT)
            gone += guesses.forget_captchas(unit, now - CAPTCHAS_KEPT) + guesses.forget_old(unit, now - GUESSES_KEPT)
        if self._swept_at is None or abs(now - self._swept_at) >= SWEEP_EVERY:
            self._swept_at = now
            gone += self.sweep()
        return gone

    def sweep(self) -> int:
        """Delete uploads that have stood in no draft and no case for a day, and files without a row; how many."""
        before, gone = self.clock.now() - ORPHANS_KEPT, 0
        while True:
            with self.database.write() as unit:
                dropped = uploads.drop_orphans(unit, before, AT_ONCE)
            for name in dropped:
                self.files.delete(name)
            gone += len(dropped)
            if len(dropped) < AT_ONCE:
                break
        old = (each.name for each in self.files.names() if each.written_at < before)
        while names := list(islice(old, AT_ONCE)):
            with self.database.read() as unit:
                known = uploads.known(unit, names)
            for name in names:
                if name not in known:
                    self.files.delete(name)
                    gone += 1
        return gone
