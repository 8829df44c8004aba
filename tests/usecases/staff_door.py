"""The staff's door over a town's database, with a clock that stands still and hashes that cost nothing."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from wxserver.adapters.credentials import Argon2Passwords, TimedCodes
from wxserver.usecases.demo_staff import DemoStaff
from wxserver.usecases.proving import Proving
from wxserver.usecases.rights import Rights
from wxserver.usecases.staff_accounts import Scope, StaffAccounts
from wxserver.usecases.staffing import Staffing

GOOD = "correct-horse-battery"


@dataclass
class Watch:
    """A clock that stands until it is moved."""

    moment: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    def now(self) -> datetime:
        return self.moment

    def later(self, **delta: float) -> None:
        self.moment += timedelta(**delta)


class Door:
    """The use cases of the staff's door over the town's database, with a clock of their own and cheap hashes."""

    def __init__(self, town, *, rehearsals=False) -> None:
        self.database, self.clock = town.database, Watch()
        self.codes = TimedCodes()
        passwords = Argon2Passwords(memory_kib=16, passes=1)
        self.rights = Rights(self.database, self.clock)
        self.proving = Proving(self.database, self.clock, passwords, self.codes, rehearsals=rehearsals)
        self.staffing = Staffing(self.database, self.clock, self.rights, b"k" * 32, self.proving, issuer="揭阳人社")
        self.accounts = StaffAccounts(self.database, self.clock, self.rights, passwords, town.desk.catalogue)
        self.demo = DemoStaff(self.database, self.clock, self.proving, b"k" * 32)
        self.names = f"s{secrets.token_hex(4)}"
        self.secrets: dict[str, str] = {}

    def named(self, name):
        return f"{self.names}.{name}"

    def member(self, name, *roles, regions=(), bundles=()):
        """Somebody added, set up and signed in."""
        username = self.named(name)
        first = self.accounts.add(None, username, Scope(name, roles, tuple(regions), tuple(bundles)))
        begun = self.staffing.find(self.staffing.sign_in(username, first, "", agent="tests").token)
        assert begun is not None
        self.secrets[username] = self.staffing.enrolment(begun).secret
        opened = self.staffing.set_up(begun, GOOD, GOOD, self.code(username), agent="tests")
        self.clock.later(seconds=30)
        return self.staffing.find(opened.token)

    def code(self, username):
        return self.codes.code_at(self.secrets[username], self.clock.now())

    def sign_in(self, username, password=GOOD, code=None):
        """Sign in half a minute later, with the code of that moment."""
        self.clock.later(seconds=30)
        code = self.code(username) if code is None else code
        return self.staffing.sign_in(username, password, code, agent="tests")

    def audited(self, action, subject):
        with self.database.read() as unit:
            rows = unit.connection.execute(
                text("SELECT actor_id, reason, data FROM audit_log WHERE action = :a AND subject_id = :s"),
                {"a": action, "s": subject},
            )
            return [tuple(row) for row in rows]
