"""Proving who comes: account name, password and code, checked so that whoever guesses learns nothing.

Names that no account has are counted and locked like others. A lock grows, but never beyond a quarter of an hour, so
that nobody can shut a member out for good.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from bundles.working_days import SHANGHAI
from wxserver.ports import Clock
from wxserver.ports.credentials import DynamicCodes, Passwords
from wxserver.store import records, staff
from wxserver.store.database import Database, Unit
from wxserver.usecases.faults import TooMany, Unauthenticated
from wxserver.usecases.password_rules import normal

SANDBOX = "*sandbox*"
"""Who made the accounts for trying out; no account can bear this name. They let in at the sandbox only."""
WRONG = "账号、密码或动态码不对。请核对后再试；动态码用过一次就不能再用，请等下一个。"

FREE = 4
"""Failures in a row that cost nothing: anybody mistypes."""
LONGEST_LOCK = timedelta(minutes=15)
_STRANGER = "stranger"


class Proving:
    def __init__(
        self, database: Database, clock: Clock, passwords: Passwords, codes: DynamicCodes, *, rehearsals: bool
    ) -> None:
        """`rehearsals`: accounts for trying out may come in."""
        self.database = database
        self.clock = clock
        self.passwords = passwords
        self.codes = codes
        self.rehearsals = rehearsals
        self._nobodys = codes.new_secret()

    def prove(self, username: str, password: str, code: str) -> staff.AccountRow:
        """The account that name, password and code belong to; an account that is to be set up needs no code.

        Counts and audits a failure. Raises Unauthenticated for whatever is wrong, and TooMany (`extra["until"]`) while
        the name is locked.
        """
        named, plain, now = username.strip().casefold(), normal(password), self.clock.now()
        with self.database.read() as unit:
            seen = self.let_in(staff.by_username(unit, named))
            _refuse_locked(_locked(unit, seen, named), now)
            secret = (staff.secret_of(unit, seen) if seen is not None else None) or self._nobodys
        # Takes a while, so no transaction is open meanwhile.
        right = self.passwords.matches(None if seen is None else seen.password_hash, plain)
        step = self.codes.step_of(secret, digits(code), now)
        with self.database.write() as unit:
            account = self.let_in(staff.by_username(unit, named, lock=True))
            until = _locked(unit, account, named)
            if until is None or until <= now:
                if right and account is not None and is_same(seen, account) and _counts(step, account):
                    used = account.totp_step if account.must_change else step
                    staff.change(unit, account.id, failures=0, locked_until=None, totp_step=used)
                    return account
                until = _count(unit, account, named, now)
        _refuse_locked(until, now)
        raise Unauthenticated(WRONG, code="wrong-credentials")

    def let_in(self, account: staff.AccountRow | None) -> staff.AccountRow | None:
        """The account, if it is there and neither disabled nor out of place."""
        usable = account is not None and account.disabled_at is None and not self.bars(account.created_by)
        return account if usable else None

    def bars(self, created_by: str) -> bool:
        """Whether an account is for trying out, and this is not the place for it."""
        return created_by == SANDBOX and not self.rehearsals


def next_lock(failures: int, last: datetime) -> datetime | None:
    """Until when a name is locked after so many failures in a row, the last of them just now; None: not at all."""
    if failures <= FREE:
        return None
    return last + min(timedelta(minutes=2 ** min(failures - FREE - 1, 4)), LONGEST_LOCK)


def is_same(before: staff.AccountRow | None, now: staff.AccountRow | None) -> bool:
    """Whether an account still has the password and the second factor it had before."""
    if before is None or now is None:
        return False
    return (before.password_hash, before.totp_sealed) == (now.password_hash, now.totp_sealed)


def digits(code: str) -> str:
    """A code as typed, without the blanks that apps show in it."""
    return normal(code).replace(" ", "")


def audited(
    unit: Unit,
    username: str | None,
    action: str,
    now: datetime,
    data: Mapping[str, object],
    *,
    subject: tuple[str, str] | None = None,
    unproven: str = "stranger",
) -> None:
    """Note what a member of staff did at the door; by itself about their own account. None: somebody `unproven`."""
    kind, name = subject or ("staff", username or "")
    records.audit(
        unit,
        actor_kind="staff" if username else unproven,
        actor_id=username,
        action=action,
        subject_kind=kind,
        subject_id=name,
        reason="",
        data=data,
        now=now,
    )


def _count(unit: Unit, account: staff.AccountRow | None, named: str, now: datetime) -> datetime | None:
    """Count and audit a failure; until when the name is locked by it."""
    if account is None:
        kind, name = _STRANGER, staff.strangers_index(unit, named)
        failures = staff.tries_of(unit, kind, name)[0] + 1
    else:
        kind, name, failures = "staff", account.username, account.failures + 1
    until = next_lock(failures, now)
    if account is not None:
        staff.change(unit, account.id, failures=failures, locked_until=until)
    data = {"failures": failures, "locked_until": until.isoformat() if until else None}
    audited(unit, None, "sign_in_failed", now, data, subject=(kind, name))
    return until


def _locked(unit: Unit, account: staff.AccountRow | None, named: str) -> datetime | None:
    if account is not None:
        return account.locked_until
    failures, last = staff.tries_of(unit, _STRANGER, staff.strangers_index(unit, named))
    return None if last is None else next_lock(failures, last)


def _refuse_locked(until: datetime | None, now: datetime) -> None:
    if until is None or until <= now:
        return
    minute = (until + timedelta(seconds=59)).astimezone(SHANGHAI)
    raise TooMany(
        f"连着几次没有对上，这个账号名先停一会儿。请在 {minute:%H:%M} 以后再试，或者找管理员重设密码。",
        code="sign-in-locked",
        extra={"until": until.isoformat()},
    )


def _counts(step: int | None, account: staff.AccountRow) -> bool:
    """Whether a code of this step lets in: it must be newer than the last one used. Who must set up has none yet."""
    return account.must_change or (step is not None and step > account.totp_step)
