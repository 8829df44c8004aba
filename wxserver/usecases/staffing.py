"""Accounts of staff: signing in, sessions, and who manages them."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta

from wxserver.ports import Clock
from wxserver.store import staff
from wxserver.store.database import Database
from wxserver.usecases.rights import Member, Rights
from wxserver.usecases.tokens import hash_of, same

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=1)


class Staffing:
    def __init__(self, database: Database, clock: Clock, rights: Rights, csrf_key: bytes) -> None:
        self.database = database
        self.clock = clock
        self.rights = rights
        self._csrf_key = csrf_key

    def find(self, token: str) -> Member | None:
        """Who is behind a session's token; None where it has ended, idled out or is unknown."""
        now = self.clock.now()
        with self.database.read() as unit:
            row = staff.find_session(unit, hash_of(token), now)
        if row is None or now - row.seen_at > IDLE:
            return None
        if now - row.seen_at > SEEN_EVERY:
            with self.database.write() as unit:
                staff.session_seen(unit, row.id, now)
        csrf = hmac.new(self._csrf_key, b"staff " + row.id.encode(), hashlib.sha256).hexdigest()
        return Member(
            row.staff_id,
            row.username,
            row.name,
            tuple(row.roles),
            tuple(row.regions),
            tuple(row.bundles),
            row.id,
            csrf,
            now + IDLE,
            row.stage,
        )

    def check_csrf(self, member: Member, sent: str) -> bool:
        """Does what was sent with a form belong to this session?"""
        return same(member.csrf_token, sent)
