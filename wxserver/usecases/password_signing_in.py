"""Signing in with an account and its password (JY-6), as a person or for an organisation.

Whoever guesses learns nothing: no such account, another kind of account, one that is disabled or over, and a wrong
password take the same time and get the same answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from bundles.engine import Fault
from bundles.working_days import legal_date
from wxserver.ports import Clock
from wxserver.ports.credentials import Passwords
from wxserver.store import accounts, people, records, sessions
from wxserver.store.accounts import CredentialRow
from wxserver.store.database import Database, Unit
from wxserver.usecases.account_names import normal_name
from wxserver.usecases.captchas import Captchas
from wxserver.usecases.faults import Forbidden, Invalid, Unauthenticated
from wxserver.usecases.guessing import Charge, Guessing, clock_time
from wxserver.usecases.password_rules import citizens_fault_in, normal, one_time
from wxserver.usecases.sessions import Sessions, SessionView

KINDS: Final = ("person", "organisation")
SAME = "新密码和现在的一样。请换一个。"
CHANGE_FIRST = "这是窗口给您的一次性密码。请在下面设一个自己的密码，再登录。"


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was typed. `kind`: `person` or `organisation`; `new_password`: for an account whose password was given out
    by staff."""

    kind: str
    username: str = field(repr=False)
    password: str = field(repr=False)
    captcha_id: str
    captcha: str = field(repr=False)
    new_password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The session that has risen, and its token, shown once."""

    token: str = field(repr=False)
    session: SessionView


class PasswordSignIn:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        sessions: Sessions,
        passwords: Passwords,
        captchas: Captchas,
        guessing: Guessing,
    ) -> None:
        self.database = database
        self.clock = clock
        self.sessions = sessions
        self.passwords = passwords
        self.captchas = captchas
        self.guessing = guessing
        self.bound: Callable[[Unit, str], None] = lambda *_: None
        """Called with the WeChat user behind whom the person stands from now on."""

    def sign_in(self, session: SessionView, attempt: Attempt, source: str) -> SignedIn:
        """Let the session rise to `password`, and bind its WeChat user to the person. `source`: the address it comes
        from.

        Raises Invalid (what is `missing`, which costs nothing; `bad-captcha`; what is wrong with `new_password`),
        TooMany (`too-many-attempts`), Unauthenticated (`bad-credentials`; `left`, `until`) and Forbidden
        (`password-change-required`).
        """
        if faults := missing(attempt):
            raise Invalid.of(faults)
        name = normal_name(attempt.username)
        self.captchas.demand(session, attempt.captcha_id, attempt.captcha)
        charge = self.guessing.charge(name=name, source=source, wechat_user_id=session.wechat_user_id)
        now = self.clock.now()
        with self.database.read() as unit:
            seen = self._usable(unit, accounts.by_name(unit, name), attempt.kind, now)
        given_out = seen is not None and seen.must_change
        typed = one_time(attempt.password) if given_out else normal(attempt.password)
        # Takes a while, so no transaction is open meanwhile.
        if not self.passwords.matches(None if seen is None else seen.password_hash, typed) or seen is None:
            self.guessing.failed(charge)
            raise wrong(charge, now)
        try:
            changes = self._changes(seen, name, attempt, now)
        except (Forbidden, Invalid):
            with self.database.write() as unit:
                self.guessing.right(unit, charge)
            raise
        with self.database.write() as unit:
            current = self._usable(unit, accounts.by_name(unit, name, lock=True), attempt.kind, now)
            if current is None or (current.id, current.password_hash) != (seen.id, seen.password_hash):
                raise wrong(charge, now)
            self.guessing.right(unit, charge)
            if changes:
                accounts.change(unit, current.id, **changes)
            if "changed_at" in changes:
                accounts.end_sessions(unit, current.id, now)
            return self._let_in(unit, session, current, now)

    def _usable(self, unit: Unit, row: CredentialRow | None, kind: str, now: datetime) -> CredentialRow | None:
        """The account, if it is of this kind, neither disabled nor over, and so is what it stands for."""
        if row is None or row.kind != kind or row.disabled_at is not None:
            return None
        if row.must_change and (row.runs_out_at is None or row.runs_out_at <= now):
            return None
        if row.unit_agent_id is None:
            return row
        agent = sessions.agent(unit, row.unit_agent_id)
        return None if agent is None or agent.ends_on < legal_date(now) else row

    def _changes(self, row: CredentialRow, name: str, attempt: Attempt, now: datetime) -> dict[str, object]:
        """What changes in the account because its password was right. Raises where it must be changed first."""
        if not row.must_change:
            dated = self.passwords.is_dated(row.password_hash)
            return {"password_hash": self.passwords.hash(normal(attempt.password))} if dated else {}
        if attempt.new_password is None:
            raise Forbidden(CHANGE_FIRST, code="password-change-required")
        with self.database.read() as unit:
            person = people.person(unit, row.person_id)
        sentence = citizens_fault_in(attempt.new_password, username=name, person=person)
        if sentence is None and one_time(attempt.new_password) == one_time(attempt.password):
            sentence = SAME
        if sentence is not None:
            raise Invalid.of([Fault("new_password", "weak", sentence)])
        hashed = self.passwords.hash(normal(attempt.new_password))
        return {"password_hash": hashed, "must_change": False, "runs_out_at": None, "changed_at": now}

    def _let_in(self, unit: Unit, session: SessionView, row: CredentialRow, now: datetime) -> SignedIn:
        before = people.wechat_user(unit, session.wechat_user_id).person_id
        people.bind(unit, session.wechat_user_id, row.person_id, now, by="password")
        self.bound(unit, session.wechat_user_id)
        token, risen = self.sessions.rise(
            unit,
            session,
            person_id=row.person_id,
            assurance="password",
            proven_by="password",
            credential_id=row.id,
            unit_agent_id=row.unit_agent_id,
        )
        if before is not None and before != row.person_id:
            accounts.end_sessions_of_user(unit, session.wechat_user_id, now, but=risen.id)
        records.audit(
            unit,
            actor_kind="citizen",
            actor_id=row.person_id,
            action="account_signed_in",
            subject_kind="account",
            subject_id=row.id,
            reason="",
            data={"kind": row.kind},
            now=now,
        )
        return SignedIn(token, risen)


def missing(attempt: Attempt) -> list[Fault]:
    """What was left empty, in the order of the form. It is known without looking at an account or a captcha."""
    faults = [] if attempt.kind in KINDS else [Fault("kind", "unknown", "请选个人账号或单位账号。")]
    for path, typed, act in (
        ("username", attempt.username, "请填写账号名。"),
        ("password", attempt.password, "请填写密码。"),
        ("new_password", attempt.new_password, "请填写新密码。"),
        ("captcha", attempt.captcha, "请填写图里的 4 个数字。"),
    ):
        if typed is not None and not typed.strip():
            faults.append(Fault(path, "required", act))
    return faults


def wrong(charge: Charge, now: datetime) -> Unauthenticated:
    """What is said where name and password do not belong together, whichever it is."""
    until = charge.until
    extra: dict[str, object] = {"left": charge.left, "until": None if until is None else until.isoformat()}
    if charge.left == 0 and until is not None:
        sentence = (
            f"账号或密码不对。连着几次没有对上，账号先锁住，{clock_time(until, now)} 以后再试。"
            "现在要用，可以用人脸核验登录，也可以带身份证件到窗口解锁。"
        )
    else:
        wait = "" if until is None else f"，请在 {clock_time(until, now)} 以后再试"
        sentence = f"账号或密码不对，还可以试 {charge.left} 次{wait}。忘了密码，也可以用人脸核验登录。"
    return Unauthenticated(sentence, code="bad-credentials", extra=extra)
