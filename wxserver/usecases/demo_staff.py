"""Accounts for trying out the staff desk in the sandbox: one per role, all with one password and one dynamic code.

Outside the sandbox they are neither made nor let in (`Proving.bars`), and no code is shown.
"""

from __future__ import annotations

import hmac
from base64 import b32encode
from datetime import timedelta
from hashlib import sha256

from wxserver.ports import Clock
from wxserver.store import staff
from wxserver.store.database import Database
from wxserver.usecases.proving import SANDBOX, Proving, audited
from wxserver.usecases.rights import ROLES
from wxserver.usecases.staff_accounts import Scope, insert_account, scope_data

NAMES = {role: ("admin" if role == "administrator" else role) for role in ROLES}
"""Role -> account name."""
_STEP = timedelta(seconds=30)


class DemoStaff:
    def __init__(self, database: Database, clock: Clock, proving: Proving, key: bytes) -> None:
        """`key`: what the password is made from, so that it can be told again."""
        self.database = database
        self.clock = clock
        self.proving = proving
        self._key = key

    def make(self) -> dict[str, str]:
        """Make the accounts that are not there; role -> account name of those that are ours. None outside the sandbox.

        Safe to repeat; an account of the same name that somebody has added stays as it is, and is not named.
        """
        if not self.proving.rehearsals:
            return {}
        now, secret = self.clock.now(), self._secret() or self.proving.codes.new_secret()
        with self.database.read() as unit:
            there = {row.username: row.created_by for row in staff.listed(unit)}
        for role, username in NAMES.items():
            if username in there:
                continue
            scope, hashed = Scope(f"演示{ROLES[role]}", (role,)), self.proving.passwords.hash(self.password())
            with self.database.write() as unit:
                made = insert_account(unit, username, scope, hashed, by=SANDBOX, now=now)
                staff.change(unit, made, must_change=False, totp_sealed=staff.seal_secret(unit, made, secret))
                data, subject = scope_data(scope), ("staff", username)
                audited(unit, None, "staff_added", now, data, subject=subject, unproven="operator")
        return {role: name for role, name in NAMES.items() if there.get(name, SANDBOX) == SANDBOX}

    def password(self) -> str:
        """The password that all of them were made with; the same as long as the key file is."""
        word = b32encode(hmac.new(self._key, b"staff for trying out", sha256).digest()).decode().lower()
        return "-".join(("demo", word[:4], word[4:8], word[8:12]))

    def code(self) -> str | None:
        """A code with which any of them comes in now; None where there are none, as always in production."""
        if (secret := self._secret()) is None:
            return None
        now, codes = self.clock.now(), self.proving.codes
        with self.database.read() as unit:
            used = max(row.totp_step for row in staff.listed(unit) if row.created_by == SANDBOX)
        present = codes.code_at(secret, now)
        step = codes.step_of(secret, present, now)
        return codes.code_at(secret, now + _STEP) if step is not None and step <= used else present

    def _secret(self) -> str | None:
        if not self.proving.rehearsals:
            return None
        with self.database.read() as unit:
            ours = (row for row in staff.listed(unit) if row.created_by == SANDBOX and row.totp_sealed is not None)
            return next((staff.secret_of(unit, row) for row in ours), None)
