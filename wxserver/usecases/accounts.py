"""A citizen's own account: a name and a password, so that next time no face is needed (JY-6).

Set for the first time by whoever has just shown their face; changed with the password in force, or with a face. What
was opened before with the old password ends.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from bundles.engine import Fault
from wxserver.ports import Clock
from wxserver.ports.credentials import Passwords
from wxserver.store import accounts, holding, people, records
from wxserver.store.accounts import CredentialRow
from wxserver.store.database import Database, Unit
from wxserver.usecases.account_names import name_fault, normal_name
from wxserver.usecases.faults import Forbidden, Invalid, NotFound
from wxserver.usecases.guessing import Guessing, clock_time
from wxserver.usecases.password_rules import citizens_fault_in, normal, one_time
from wxserver.usecases.password_signing_in import SAME
from wxserver.usecases.sessions import SessionView, require, signed_in

FRESH_MINUTES: Final = 30
_AGENT_FORGOT: Final = "忘了的，请经办人带身份证件到窗口重设。"
_TAKEN: Final = "这个账号名不能用，请换一个。"


@dataclass(frozen=True, slots=True)
class AccountView:
    """A person's account, for themself. `must_change`: its password was given out by staff and is to be changed."""

    username: str = field(repr=False)
    kind: str
    changed_at: datetime
    must_change: bool = False
    disabled: bool = False


class Accounts:
    def __init__(self, database: Database, clock: Clock, passwords: Passwords, guessing: Guessing) -> None:
        self.database = database
        self.clock = clock
        self.passwords = passwords
        self.guessing = guessing

    def mine(self, session: SessionView) -> AccountView | None:
        """The account of who is signed in; that of the organisation for which they are. None where there is none."""
        person_id = signed_in(session)
        with self.database.read() as unit:
            row = _own(unit, session, person_id)
            return None if row is None else _view(unit, row)

    def set(
        self, session: SessionView, username: str, *, new: str, again: str, current: str = "", source: str = ""
    ) -> AccountView:
        """Give oneself an account, or another name and password. Every other session of the account ends.

        The first time, and without `current`, a face of the last 30 minutes is needed: AssuranceRequired. Raises
        Invalid with every fault (paths `username`, `password`, `again`, `current`), and TooMany for whoever guesses
        what `current` might be. `source`: the address it comes from.
        """
        person_id, now = signed_in(session), self.clock.now()
        with self.database.read() as unit:
            row, person = _own(unit, session, person_id), people.person(unit, person_id)
            held = None if row is None else accounts.name_of(unit, row)
        if row is not None and row.disabled_at is not None:
            raise _disabled()
        if session.unit is not None and row is None:
            raise Forbidden("单位的账号由窗口开通，请带介绍信到窗口。", code="organisation-account")
        if row is not None and row.unit_agent_id is not None and not current:
            raise Invalid.of([Fault("current", "required", f"请填写现在的密码。{_AGENT_FORGOT}")])
        if row is None or not current:
            require(session, assurance="face", fresh_minutes=FRESH_MINUTES, now=now)
        elif held is not None:
            self._prove(session, row, held, current, source)
        name = normal_name(username)
        faults = []
        if row is not None and row.unit_agent_id is not None and name != held:
            faults.append(Fault("username", "fixed", "单位的账号名由窗口管，这里只能改密码。"))
        elif name != held and (sentence := name_fault(username, person=person, clock=self.clock)):
            faults.append(Fault("username", "invalid", sentence))
        if sentence := citizens_fault_in(new, username=name, person=person):
            faults.append(Fault("password", "weak", sentence))
        elif current and normal(new) == normal(current):
            faults.append(Fault("password", "same", SAME))
        if normal(new) != normal(again):
            faults.append(Fault("again", "different", "两次填的密码不一样，请再填一次。"))
        if faults:
            raise Invalid.of(faults)
        hashed = self.passwords.hash(normal(new))
        with self.database.write() as unit:
            return self._write(unit, session, person_id, row, name, hashed, now)

    def remove(self, session: SessionView) -> None:
        """Give up one's account: nobody signs in with it any more, and the sessions that rest on it end. Raises
        AssuranceRequired where signing in is more than 30 minutes ago."""
        now = self.clock.now()
        person_id = require(session, assurance="password", fresh_minutes=FRESH_MINUTES, now=now)
        with self.database.write() as unit:
            row = _own(unit, session, person_id)
            if row is None:
                raise NotFound("您还没有账号。", code="no-account")
            if row.unit_agent_id is not None:
                raise Forbidden("单位的账号由窗口管。不再经办，请到窗口注销。", code="organisation-account")
            if row.disabled_at is not None:
                raise _disabled()
            self.guessing.clear(unit, row)
            accounts.remove(unit, row.id, now)
            _audit(unit, person_id, "account_removed", row.id, now)

    def _prove(self, session: SessionView, row: CredentialRow, held: str, current: str, source: str) -> None:
        """Go on only with the password in force; wrong ones are counted as at the door."""
        now = self.clock.now()
        charge = self.guessing.charge(name=held, source=source, wechat_user_id=session.wechat_user_id)
        if not self.passwords.matches(row.password_hash, one_time(current) if row.must_change else normal(current)):
            self.guessing.failed(charge)
            wait = "" if charge.until is None else f"请在 {clock_time(charge.until, now)} 以后再试，或者"
            forgot = f"{wait or '忘了也没关系，'}用人脸核验后不用填它。"
            if row.unit_agent_id is not None:
                forgot = f"{wait.removesuffix('，或者')}{'。' if wait else ''}{_AGENT_FORGOT}"
            sentence = f"现在的密码不对，还可以试 {charge.left} 次。{forgot}"
            raise Invalid.of([Fault("current", "wrong", sentence)])
        with self.database.write() as unit:
            self.guessing.right(unit, charge)

    def _write(
        self,
        unit: Unit,
        session: SessionView,
        person_id: str,
        seen: CredentialRow | None,
        name: str,
        hashed: str,
        now: datetime,
    ) -> AccountView:
        row = _own(unit, session, person_id, lock=True)
        if (row and (row.id, row.password_hash)) != (seen and (seen.id, seen.password_hash)):
            raise Forbidden("您的账号刚才在别处改过，请再看一遍。", code="account-changed")
        taken = Invalid.of([Fault("username", "taken", _TAKEN)])
        if row is None:
            new = accounts.add(unit, name=name, password_hash=hashed, person_id=person_id, now=now)
            if new is None:
                raise taken
            _audit(unit, person_id, "account_set", new, now)
        else:
            self.guessing.clear(unit, row)
            if name != accounts.name_of(unit, row) and not accounts.rename(unit, row.id, name):
                raise taken
            new = row.id
            accounts.change(unit, new, password_hash=hashed, must_change=False, runs_out_at=None, changed_at=now)
            accounts.end_sessions(unit, new, now, but=session.id)
            holding.unbind_of_account(unit, new, but=session.wechat_user_id)
            _audit(unit, person_id, "account_changed", new, now)
        written = accounts.by_id(unit, new)
        if written is None:
            raise LookupError("an account that was written is gone")
        self.guessing.clear(unit, written)
        return _view(unit, written)


def _disabled() -> Forbidden:
    return Forbidden("您的账号已经停用。要恢复，请带身份证件到窗口。", code="account-disabled")


def _own(unit: Unit, session: SessionView, person_id: str, *, lock: bool = False) -> CredentialRow | None:
    agent = None if session.unit is None else session.unit.agent_id
    return accounts.of_person(unit, person_id, unit_agent_id=agent, lock=lock)


def _view(unit: Unit, row: CredentialRow) -> AccountView:
    name = accounts.name_of(unit, row)
    return AccountView(name, row.kind, row.changed_at, row.must_change, row.disabled_at is not None)


def _audit(unit: Unit, person_id: str, action: str, credential_id: str, now: datetime) -> None:
    records.audit(
        unit,
        actor_kind="citizen",
        actor_id=person_id,
        action=action,
        subject_kind="account",
        subject_id=credential_id,
        reason="",
        data={},
        now=now,
    )
