"""Who works here: accounts of staff, what each may do and where, and the first one of all.

Managed by administrators, and on the command line by whoever runs the server (no member: `by` None). Nobody changes
what they themselves may do; the last administrator stays; whoever reaches only some regions or bundles can neither
touch nor hand out more than that.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bundles import regions as places
from bundles.engine import Fault
from wxserver.ports import Clock
from wxserver.ports.credentials import Passwords
from wxserver.store import definitions, records, staff
from wxserver.store.database import Database, Unit
from wxserver.usecases.catalogue import Catalogue
from wxserver.usecases.faults import Conflict, Invalid, NotFound
from wxserver.usecases.rights import ROLES, Member, Rights, reaches
from wxserver.usecases.staffing import IDLE

_USERNAME = re.compile(r"[a-z][a-z0-9._-]{1,31}")
_RESERVED = frozenset({"new", "operator"})
_LONGEST_NAME = 64
_SYLLABLES = "23456789abcdefghjkmnpqrstuvwxyz"
"""Nothing that is mistaken for something else when it is read out."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What an account may do, and where. Empty `regions` or `bundles`: not limited."""

    name: str
    roles: tuple[str, ...]
    regions: tuple[str, ...] = ()
    bundles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """An account as administrators see it. `waits`: it is not set up yet; `is_own`: it is the administrator's."""

    username: str
    scope: Scope
    waits: bool
    locked_until: datetime | None
    created_at: datetime
    created_by: str
    disabled_at: datetime | None
    disabled_by: str | None
    is_own: bool
    sessions: tuple[staff.OpenSession, ...] = ()


class StaffAccounts:
    def __init__(
        self, database: Database, clock: Clock, rights: Rights, passwords: Passwords, catalogue: Catalogue
    ) -> None:
        self.database = database
        self.clock = clock
        self.rights = rights
        self.passwords = passwords
        self.catalogue = catalogue

    def listed(self, by: Member | None) -> list[Account]:
        """The accounts that the administrator reaches, by name."""
        self._demand(by)
        with self.database.read() as unit:
            return [_account(row, by) for row in staff.listed(unit) if _covers(by, row.regions, row.bundles)]

    def account(self, by: Member | None, username: str) -> Account:
        """One account with its live sessions."""
        self._demand(by)
        now = self.clock.now()
        with self.database.read() as unit:
            row = _found(unit, username)
            sessions = staff.sessions_of(unit, row.id, now=now, seen_after=now - IDLE)
        self._demand_reach(by, row.username, row.regions, row.bundles)
        return _account(row, by, sessions)

    def bundles(self, by: Member | None) -> dict[str, str]:
        """What is offered as a limit: code -> name of every bundle in force that the administrator reaches."""
        self._demand(by)
        found = {each.bundle.code: each.bundle.name for each in self.catalogue.bundles()}
        return {code: name for code, name in found.items() if by is None or reaches(by, bundle=code)}

    def regions(self, by: Member | None) -> dict[str, str]:
        """What is offered as a limit: code -> full name of every region that a bundle in force is for, and of the
        administrator's own; none beyond those."""
        self._demand(by)
        return offered_regions(self.catalogue, by)

    def add(self, by: Member | None, username: str, scope: Scope) -> str:
        """Add an account; its password for the first sign-in, shown once. Raises Invalid with every fault."""
        self._demand(by)
        named, scope, faults = username.strip().casefold(), _tidied(scope), []
        self._demand_reach(by, named[:64], scope.regions, scope.bundles)
        if _USERNAME.fullmatch(named) is None or named in _RESERVED:
            sentence = "账号用 2 到 32 位小写字母、数字、点、下划线或短横线，以字母开头。"
            faults.append(Fault("username", "invalid", sentence))
        password = new_password()
        hashed, now = self.passwords.hash(password), self.clock.now()
        with self.database.write() as unit:
            faults += _faults_of(unit, scope)
            if staff.by_username(unit, named) is not None:
                faults.append(Fault("username", "taken", "这个账号已经有了。请换一个账号名。"))
            if faults:
                raise Invalid.of(faults)
            insert_account(unit, named, scope, hashed, by=by.username if by else "operator", now=now)
            self._audit(unit, by, "staff_added", named, now, scope_data(scope))
        return password

    def change(self, by: Member | None, username: str, scope: Scope) -> None:
        """Change what an account is called, may do, and where. Raises Invalid, Conflict for one's own or the last."""
        self._demand(by)
        scope, now = _tidied(scope), self.clock.now()
        with self.database.read() as unit:
            found = _found(unit, username)
        self._demand_reach(by, username, found.regions, found.bundles)
        self._demand_reach(by, username, scope.regions, scope.bundles)
        with self.database.write() as unit:
            row, others = _locked(unit, username)
            if faults := _faults_of(unit, scope):
                raise Invalid.of(faults)
            before = _scope(row)
            if by is not None and row.id == by.id and replace(before, name="") != replace(scope, name=""):
                raise Conflict("自己的权限要由另一位管理员改。", code="own-account")
            if "administrator" not in scope.roles:
                _keep_an_administrator(row, others)
            if before == scope:
                return
            after = scope_data(scope)
            staff.change(unit, row.id, **after)
            self._audit(unit, by, "staff_changed", username, now, {"before": scope_data(before), "after": after})

    def reset(self, by: Member | None, username: str) -> str:
        """A new password for signing in once; the second factor is set up anew, and all sessions end."""
        row = self._reached(by, username, "自己的密码请在“我的登录”里改。")
        password, now = new_password(), self.clock.now()
        hashed = self.passwords.hash(password)
        with self.database.write() as unit:
            staff.change(
                unit,
                row.id,
                password_hash=hashed,
                totp_sealed=None,
                must_change=True,
                failures=0,
                locked_until=None,
            )
            staff.end_sessions(unit, row.id, now)
            self._audit(unit, by, "staff_reset", username, now, {})
        return password

    def disable(self, by: Member | None, username: str) -> None:
        """Let nobody in with this account any more; its sessions end."""
        self._reached(by, username, "不能停用自己的账号，请找另一位管理员。")
        now = self.clock.now()
        with self.database.write() as unit:
            row, others = _locked(unit, username)
            if row.disabled_at is not None:
                return
            _keep_an_administrator(row, others)
            staff.change(unit, row.id, disabled_at=now, disabled_by=by.username if by else "operator")
            staff.end_sessions(unit, row.id, now)
            self._audit(unit, by, "staff_disabled", username, now, {})

    def enable(self, by: Member | None, username: str) -> None:
        """Let the account in again."""
        self._reached(by, username, "不能启用自己的账号，请找另一位管理员。")
        now = self.clock.now()
        with self.database.write() as unit:
            row, _ = _locked(unit, username)
            if row.disabled_at is not None:
                staff.change(unit, row.id, disabled_at=None, disabled_by=None)
                self._audit(unit, by, "staff_enabled", username, now, {})

    def revoke(self, by: Member | None, username: str, session_id: str = "") -> None:
        """End one session of an account, or all. Raises NotFound where it has ended."""
        row = self._reached(by, username)
        now = self.clock.now()
        with self.database.write() as unit:
            if not session_id:
                ended = staff.end_sessions(unit, row.id, now, but=by.session_id if by else "")
            else:
                ended = int(staff.end_session(unit, row.id, session_id, now))
                if not ended:
                    raise NotFound("这个登录已经退出了。", code="session-ended")
            self._audit(unit, by, "session_revoked", username, now, {"sessions": ended})

    def _demand(self, by: Member | None) -> None:
        if by is not None:
            self.rights.demand(by, "staff.manage")

    def _demand_reach(self, by: Member | None, username: str, regions: Sequence[str], bundles: Sequence[str]) -> None:
        """Go on only where an account with these limits lies within the administrator's own. Raises Forbidden."""
        if by is not None and not _covers(by, regions, bundles):
            self.rights.refuse(
                by,
                "staff.manage",
                subject=("staff", username),
                detail="这个账号的范围比您的大，您不能管。请找能管全部范围的管理员。",
            )

    def _reached(self, by: Member | None, username: str, own: str = "") -> staff.AccountRow:
        """The account, if the administrator reaches it. `own`: what is said where it is the administrator's own."""
        self._demand(by)
        with self.database.read() as unit:
            row = _found(unit, username)
        self._demand_reach(by, row.username, row.regions, row.bundles)
        if own and by is not None and row.id == by.id:
            raise Conflict(own, code="own-account")
        return row

    def _audit(
        self, unit: Unit, by: Member | None, action: str, username: str, now: datetime, data: Mapping[str, object]
    ) -> None:
        records.audit(
            unit,
            actor_kind="operator" if by is None else "staff",
            actor_id=None if by is None else by.username,
            action=action,
            subject_kind="staff",
            subject_id=username,
            reason="",
            data=data,
            now=now,
        )


def new_password() -> str:
    """A password for signing in once: five groups of four, some 97 bits."""
    return "-".join("".join(secrets.choice(_SYLLABLES) for _ in range(4)) for _ in range(5))


def insert_account(unit: Unit, username: str, scope: Scope, hashed: str, *, by: str, now: datetime) -> str:
    """Add an account that is to be set up; its id."""
    return staff.add(
        unit,
        username=username,
        name=scope.name,
        roles=scope.roles,
        regions=scope.regions,
        bundles=scope.bundles,
        password_hash=hashed,
        must_change=True,
        by=by,
        now=now,
    )


def scope_data(scope: Scope) -> dict[str, object]:
    """A scope as the audit log keeps it."""
    limits = {"regions": list(scope.regions), "bundles": list(scope.bundles)}
    return {"name": scope.name, "roles": list(scope.roles), **limits}


def offered_regions(catalogue: Catalogue, by: Member | None) -> dict[str, str]:
    """Code -> full name of every region that a bundle in force is for, and of the member's own; none beyond those."""
    codes = {each.bundle.region for each in catalogue.bundles()} | set(by.regions if by else ())
    known = sorted(code for code in codes if places.find(code))
    return {code: places.full_name(code) for code in known if by is None or reaches(by, region=code)}


def _found(unit: Unit, username: str) -> staff.AccountRow:
    row = staff.by_username(unit, username)
    if row is None:
        raise NotFound("没有这个账号。请从人员列表进入。", code="unknown-account")
    return row


def _locked(unit: Unit, username: str) -> tuple[staff.AccountRow, list[staff.AccountRow]]:
    """An account and the others. All are locked, in one order, so that two administrators never wait for each other."""
    rows = staff.listed(unit, lock=True)
    others = [each for each in rows if each.username != username]
    if len(others) == len(rows):
        raise NotFound("没有这个账号。请从人员列表进入。", code="unknown-account")
    return next(each for each in rows if each.username == username), others


def _keep_an_administrator(leaving: staff.AccountRow, others: Sequence[staff.AccountRow]) -> None:
    """Raise Conflict where nobody else would be left to manage accounts."""
    if "administrator" not in leaving.roles or leaving.disabled_at is not None:
        return
    if not any("administrator" in each.roles and each.disabled_at is None for each in others):
        raise Conflict("这是最后一位管理员，先让另一个人当管理员，再改这里。", code="last-administrator")


def _faults_of(unit: Unit, scope: Scope) -> list[Fault]:
    faults = []
    if not scope.name or len(scope.name) > _LONGEST_NAME:
        faults.append(Fault("name", "invalid", f"请填姓名，最多 {_LONGEST_NAME} 个字。"))
    if not scope.roles:
        faults.append(Fault("roles", "missing", "请至少选一个角色。"))
    elif unknown := [each for each in scope.roles if each not in ROLES]:
        faults.append(Fault("roles", "unknown", f"没有“{unknown[0][:40]}”这个角色，请从列出的角色里选。"))
    if unknown := [each for each in scope.regions if places.find(each) is None]:
        faults.append(Fault("regions", "unknown", f"没有“{unknown[0][:40]}”这个地区。请填 6 位的行政区划代码。"))
    if unknown := [each for each in scope.bundles if not definitions.of_bundle(unit, each)]:
        faults.append(Fault("bundles", "unknown", f"没有“{unknown[0][:40]}”这件事，请从列出的里选。"))
    return faults


def _covers(by: Member | None, regions: Sequence[str], bundles: Sequence[str]) -> bool:
    """Whether these limits lie within the administrator's own."""
    if by is None:
        return True
    in_regions = not by.regions or (
        bool(regions) and all(any(places.within(each, wider) for wider in by.regions) for each in regions)
    )
    return in_regions and (not by.bundles or (bool(bundles) and set(bundles) <= set(by.bundles)))


def _tidied(scope: Scope) -> Scope:
    """Without blanks around the name, and without anything twice; roles in their usual order."""
    known = [each for each in ROLES if each in scope.roles]
    others = [each for each in dict.fromkeys(scope.roles) if each not in ROLES]
    limits = [tuple(sorted({each.strip() for each in some} - {""})) for some in (scope.regions, scope.bundles)]
    return Scope(" ".join(scope.name.split()), (*known, *others), *limits)


def _scope(row: staff.AccountRow) -> Scope:
    return Scope(row.name, tuple(row.roles), tuple(row.regions), tuple(row.bundles))


def _account(row: staff.AccountRow, by: Member | None, sessions: Sequence[staff.OpenSession] = ()) -> Account:
    return Account(
        username=row.username,
        scope=_scope(row),
        waits=row.must_change,
        locked_until=row.locked_until,
        created_at=row.created_at,
        created_by=row.created_by,
        disabled_at=row.disabled_at,
        disabled_by=row.disabled_by,
        is_own=by is not None and row.id == by.id,
        sessions=tuple(sessions),
    )
