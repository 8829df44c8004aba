"""Staff at the door: signing in, setting up, sessions, and one's own password.

A session is opaque (256 random bits, only its hash is kept), begun anew at every step up, revocable, and ends by itself
after half an hour without a request, or after twelve hours whatever happens. Whoever tries names and passwords learns
nothing: unknown account, wrong password and wrong code take the same time and get the same answer, and names that no
account has are locked just like others.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from bundles.engine import Fault
from wxserver.ports import Clock
from wxserver.store import staff
from wxserver.store.database import Database, Unit
from wxserver.store.staff import OpenSession as OpenSession
from wxserver.usecases.faults import Invalid, NotFound, Unauthenticated
from wxserver.usecases.password_rules import fault_in, normal
from wxserver.usecases.proving import WRONG, Proving, audited, digits, is_same
from wxserver.usecases.rights import Member, Rights
from wxserver.usecases.tokens import hash_of, new_token, same

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=1)
SAME = "新密码和现在的一样。请换一个。"


@dataclass(frozen=True, slots=True)
class Opened:
    """A new session: its token, shown once, and its stage."""

    token: str
    stage: str


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What goes into the phone: the secret for typing, and the address for a QR code."""

    secret: str
    address: str


class Staffing:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        rights: Rights,
        csrf_key: bytes,
        proving: Proving,
        *,
        issuer: str,
    ) -> None:
        """`issuer`: how an authenticator app names us."""
        self.database = database
        self.clock = clock
        self.rights = rights
        self.proving = proving
        self.passwords = proving.passwords
        self.codes = proving.codes
        self._issuer = issuer
        self._csrf_key = csrf_key

    def find(self, token: str) -> Member | None:
        """Who is behind a session's token; None where it has ended, idled out or is unknown."""
        now = self.clock.now()
        with self.database.read() as unit:
            row = staff.find_session(unit, hash_of(token), now)
        if row is None or now - row.seen_at > IDLE or self.proving.bars(row.created_by):
            return None
        seen = row.seen_at
        if now - seen > SEEN_EVERY:
            seen = now
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
            min(seen + IDLE, row.expires_at),
            row.stage,
            row.expires_at,
        )

    def check_csrf(self, member: Member, sent: str) -> bool:
        """Does what was sent with a form belong to this session?"""
        return same(member.csrf_token, sent)

    def sign_in(self, username: str, password: str, code: str, *, agent: str, replaces: str = "") -> Opened:
        """Begin a session. `replaces`: the token this browser had before, which is worth nothing afterwards.

        An account that is not set up needs no code, and gets a session that can do nothing but set it up. Raises
        Unauthenticated for whatever is wrong, and TooMany (`extra["until"]`) while the name is locked.
        """
        account = self.proving.prove(username, password, code)
        now, token = self.clock.now(), new_token()
        stage = "setup" if account.must_change else "full"
        changes: dict[str, object] = {}
        if self.passwords.is_dated(account.password_hash):
            changes["password_hash"] = self.passwords.hash(normal(password))
        with self.database.write() as unit:
            if not is_same(account, self.proving.let_in(staff.by_username(unit, account.username, lock=True))):
                raise Unauthenticated(WRONG, code="wrong-credentials")
            if replaces:
                staff.end_by_token(unit, hash_of(replaces), now)
            if account.must_change:
                changes["totp_sealed"] = staff.seal_secret(unit, account.id, self.codes.new_secret())
                staff.end_sessions(unit, account.id, now)
            if changes:
                staff.change(unit, account.id, **changes)
            self._begin(unit, account.id, token, stage, agent, now)
            audited(unit, account.username, "signed_in", now, {"stage": stage})
        return Opened(token, stage)

    def enrolment(self, member: Member) -> Enrolment:
        """What a member who sets up puts into the phone."""
        with self.database.read() as unit:
            secret = staff.secret_of(unit, self._account(unit, member.username))
        if member.stage != "setup" or secret is None:
            raise NotFound("账号已经设好了，不用再设。")
        return Enrolment(secret, self.codes.address(secret, member.username, self._issuer))

    def set_up(self, member: Member, password: str, again: str, code: str, *, agent: str) -> Opened:
        """Give the account a password and a second factor of its own, and begin a full session; all others end.

        Raises Invalid with every fault; paths `password`, `again`, `code`.
        """
        now = self.clock.now()
        with self.database.read() as unit:
            account = self._account(unit, member.username)
            secret = staff.secret_of(unit, account)
        if member.stage != "setup" or not account.must_change or secret is None:
            raise NotFound("账号已经设好了，不用再设。")
        faults = _faults_of_new(account.username, None, password, again)
        if not faults and self.passwords.matches(account.password_hash, normal(password)):
            faults.append(Fault("password", "same", SAME))
        step = self.codes.step_of(secret, digits(code), now)
        if step is None:
            faults.append(Fault("code", "wrong", "动态码不对。请看手机上现在显示的 6 位数字；手机的时间也要准。"))
        if faults or step is None:
            raise Invalid.of(faults)
        hashed, token = self.passwords.hash(normal(password)), new_token()
        with self.database.write() as unit:
            current = staff.by_username(unit, member.username, lock=True)
            if current is None or current.totp_sealed != account.totp_sealed or current.disabled_at is not None:
                raise Unauthenticated("这次登录已经退出，请重新登录。", code="session-ended")
            staff.change(unit, account.id, password_hash=hashed, must_change=False, totp_step=step, failures=0)
            staff.end_sessions(unit, account.id, now)
            self._begin(unit, account.id, token, "full", agent, now)
            audited(unit, account.username, "staff_set_up", now, {})
        return Opened(token, "full")

    def change_password(
        self, member: Member, current: str, password: str, again: str, code: str, *, agent: str
    ) -> Opened:
        """Change one's own password; every session ends, and a new one begins. Raises as `sign_in` and `set_up`."""
        self.rights.demand(member, "own")
        if faults := _faults_of_new(member.username, current, password, again):
            raise Invalid.of(faults)
        try:
            account = self.proving.prove(member.username, current, code)
        except Unauthenticated:
            sentence = "现在的密码或动态码不对。动态码用过一次就不能再用，请等下一个。"
            raise Invalid.of([Fault("current", "wrong", sentence)]) from None
        now, token, hashed = self.clock.now(), new_token(), self.passwords.hash(normal(password))
        with self.database.write() as unit:
            staff.change(unit, account.id, password_hash=hashed)
            staff.end_sessions(unit, account.id, now)
            self._begin(unit, account.id, token, "full", agent, now)
            audited(unit, account.username, "password_changed", now, {})
        return Opened(token, "full")

    def sign_out(self, member: Member) -> None:
        """End this session."""
        now = self.clock.now()
        with self.database.write() as unit:
            if staff.end_session(unit, member.id, member.session_id, now):
                audited(unit, member.username, "signed_out", now, {})

    def alive(self, member: Member) -> datetime:
        """Go on using this session; when it ends unless something is done before."""
        now = self.clock.now()
        with self.database.write() as unit:
            staff.session_seen(unit, member.session_id, now)
            (expires_at,) = [
                each.expires_at
                for each in staff.sessions_of(unit, member.id, now=now, seen_after=now - IDLE)
                if each.id == member.session_id
            ] or [now]
        return min(now + IDLE, expires_at)

    def left(self, member: Member) -> tuple[int, int]:
        """Seconds until the session idles out, and until it ends whatever is done."""
        now = self.clock.now()
        idle, ends = (max(0, int((at - now).total_seconds())) for at in (member.idle_at, member.ends_at or now))
        return idle, ends

    def sessions(self, member: Member) -> list[OpenSession]:
        """The member's own sessions, the newest first."""
        now = self.clock.now()
        with self.database.read() as unit:
            return staff.sessions_of(unit, member.id, now=now, seen_after=now - IDLE)

    def revoke(self, member: Member, session_id: str) -> None:
        """End one of one's own sessions. Raises NotFound where it is not."""
        now = self.clock.now()
        with self.database.write() as unit:
            if not staff.end_session(unit, member.id, session_id, now):
                raise NotFound("这个登录已经退出了。", code="session-ended")
            audited(unit, member.username, "session_revoked", now, {"session": session_id[-6:]})

    def revoke_others(self, member: Member) -> int:
        """End all of one's own sessions but this one; how many."""
        now = self.clock.now()
        with self.database.write() as unit:
            ended = staff.end_sessions(unit, member.id, now, but=member.session_id)
            if ended:
                audited(unit, member.username, "session_revoked", now, {"sessions": ended})
        return ended

    def _begin(self, unit: Unit, staff_id: str, token: str, stage: str, agent: str, now: datetime) -> None:
        expires = now + (LONGEST if stage == "full" else IDLE)
        staff.begin_session(
            unit,
            staff_id=staff_id,
            token_hash=hash_of(token),
            stage=stage,
            agent=agent,
            now=now,
            expires_at=expires,
        )

    def _account(self, unit: Unit, username: str) -> staff.AccountRow:
        account = self.proving.let_in(staff.by_username(unit, username))
        if account is None:
            raise Unauthenticated("这次登录已经退出，请重新登录。", code="session-ended")
        return account


def _faults_of_new(username: str, current: str | None, password: str, again: str) -> list[Fault]:
    """What is wrong with a new password, and with its repetition. `current`: what was given as the present one."""
    faults = []
    if sentence := fault_in(password, username=username):
        faults.append(Fault("password", "weak", sentence))
    elif current is not None and normal(password) == normal(current):
        faults.append(Fault("password", "same", SAME))
    if normal(password) != normal(again):
        faults.append(Fault("again", "different", "两次填的密码不一样，请再填一次。"))
    return faults
