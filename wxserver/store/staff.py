"""Accounts and sessions of staff. Tokens are kept as hashes only; the second factor's secret is sealed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update

from wxserver.store.database import Unit, insert_row, update_row
from wxserver.store.tables.base import new_id
from wxserver.store.tables.records import AuditRecord
from wxserver.store.tables.staff import Staff, StaffSession

_PLACE = "staff.totp_sealed"


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account. `totp_sealed` None: no second factor yet."""

    id: str
    username: str
    name: str
    roles: Sequence[str]
    regions: Sequence[str]
    bundles: Sequence[str]
    password_hash: str
    totp_sealed: str | None
    totp_step: int
    failures: int
    locked_until: datetime | None
    must_change: bool
    created_at: datetime
    created_by: str
    disabled_at: datetime | None
    disabled_by: str | None

    def __repr__(self) -> str:
        return f"AccountRow({self.username})"


_ACCOUNT = select(*(getattr(Staff, name) for name in AccountRow.__dataclass_fields__))


@dataclass(frozen=True, slots=True)
class StaffSessionRow:
    """A session that is alive, with the account it belongs to."""

    id: str
    stage: str
    seen_at: datetime
    expires_at: datetime
    staff_id: str
    username: str
    name: str
    roles: Sequence[str]
    regions: Sequence[str]
    bundles: Sequence[str]
    created_by: str


def find_session(unit: Unit, token_hash: str, now: datetime) -> StaffSessionRow | None:
    """The session under this token that has neither ended nor expired, of an account that is not disabled."""
    row = unit.connection.execute(
        select(
            StaffSession.id,
            StaffSession.stage,
            StaffSession.seen_at,
            StaffSession.expires_at,
            Staff.id,
            Staff.username,
            Staff.name,
            Staff.roles,
            Staff.regions,
            Staff.bundles,
            Staff.created_by,
        )
        .join(Staff, Staff.id == StaffSession.staff_id)
        .where(
            StaffSession.token_hash == token_hash,
            StaffSession.ended_at.is_(None),
            StaffSession.expires_at > now,
            Staff.disabled_at.is_(None),
        )
    ).one_or_none()
    return None if row is None else StaffSessionRow(*tuple(row))


def session_seen(unit: Unit, session_id: str, now: datetime) -> None:
    update_row(unit, StaffSession, session_id, seen_at=now)


def add(
    unit: Unit,
    *,
    username: str,
    name: str,
    roles: Sequence[str],
    regions: Sequence[str],
    bundles: Sequence[str],
    password_hash: str,
    must_change: bool,
    by: str,
    now: datetime,
) -> str:
    """Add an account; its id. Raises IntegrityError where the name is taken."""
    new = new_id()
    insert_row(
        unit,
        Staff,
        id=new,
        username=username,
        name=name,
        roles=list(roles),
        regions=list(regions),
        bundles=list(bundles),
        password_hash=password_hash,
        totp_step=0,
        failures=0,
        must_change=must_change,
        created_at=now,
        created_by=by,
    )
    return new


def begin_session(
    unit: Unit, *, staff_id: str, token_hash: str, stage: str, agent: str, now: datetime, expires_at: datetime
) -> str:
    """Begin a session; its id."""
    new = new_id()
    insert_row(
        unit,
        StaffSession,
        id=new,
        token_hash=token_hash,
        staff_id=staff_id,
        stage=stage,
        agent=agent[:200],
        created_at=now,
        seen_at=now,
        expires_at=expires_at,
    )
    return new


def by_username(unit: Unit, username: str, *, lock: bool = False) -> AccountRow | None:
    """The account of this name, disabled or not; locked until the unit ends, if asked."""
    wanted = _ACCOUNT.where(Staff.username == username)
    row = unit.connection.execute(wanted.with_for_update() if lock else wanted).one_or_none()
    return None if row is None else AccountRow(*row)


def listed(unit: Unit, *, lock: bool = False) -> list[AccountRow]:
    """All accounts, by name; locked until the unit ends, if asked."""
    wanted = _ACCOUNT.order_by(Staff.username)
    return [AccountRow(*row) for row in unit.connection.execute(wanted.with_for_update() if lock else wanted)]


def change(unit: Unit, staff_id: str, **values: object) -> None:
    """Change columns of an account."""
    update_row(unit, Staff, staff_id, **values)


def seal_secret(unit: Unit, staff_id: str, secret: str) -> str:
    """What `totp_sealed` holds for the secret of a second factor."""
    return unit.vault.seal(_PLACE, staff_id, secret)


def secret_of(unit: Unit, account: AccountRow) -> str | None:
    """The secret of an account's second factor."""
    return None if account.totp_sealed is None else unit.vault.open(_PLACE, account.id, account.totp_sealed)


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session that is alive, as its owner sees it."""

    id: str
    stage: str
    agent: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


def sessions_of(unit: Unit, staff_id: str, *, now: datetime, seen_after: datetime) -> list[OpenSession]:
    """The sessions of an account that have neither ended nor expired nor idled out, the newest first."""
    rows = unit.connection.execute(
        select(*(getattr(StaffSession, name) for name in OpenSession.__dataclass_fields__))
        .where(
            StaffSession.staff_id == staff_id,
            StaffSession.ended_at.is_(None),
            StaffSession.expires_at > now,
            StaffSession.seen_at >= seen_after,
        )
        .order_by(StaffSession.created_at.desc(), StaffSession.id.desc())
    )
    return [OpenSession(*row) for row in rows]


def end_session(unit: Unit, staff_id: str, session_id: str, now: datetime) -> bool:
    """End a session of this account; False if it is not the account's, or has ended before."""
    result = unit.connection.execute(
        update(StaffSession)
        .where(StaffSession.id == session_id, StaffSession.staff_id == staff_id, StaffSession.ended_at.is_(None))
        .values(ended_at=now)
    )
    return result.rowcount == 1


def end_sessions(unit: Unit, staff_id: str, now: datetime, *, but: str = "") -> int:
    """End all sessions of an account, but one if asked; how many."""
    result = unit.connection.execute(
        update(StaffSession)
        .where(StaffSession.staff_id == staff_id, StaffSession.ended_at.is_(None), StaffSession.id != but)
        .values(ended_at=now)
    )
    return result.rowcount


def end_by_token(unit: Unit, token_hash: str, now: datetime) -> None:
    """End the session under this token, if there is one."""
    unit.connection.execute(
        update(StaffSession)
        .where(StaffSession.token_hash == token_hash, StaffSession.ended_at.is_(None))
        .values(ended_at=now)
    )


def strangers_index(unit: Unit, username: str) -> str:
    """Under what tries for a name that no account has are kept: a keyed hash, because people type passwords there."""
    return unit.vault.index("staff.username", username)


def tries_of(unit: Unit, subject_kind: str, subject_id: str) -> tuple[int, datetime | None]:
    """How many records the audit log holds about a subject, and when the last one was made."""
    count, last = unit.connection.execute(
        select(func.count(), func.max(AuditRecord.at)).where(
            AuditRecord.subject_kind == subject_kind, AuditRecord.subject_id == subject_id
        )
    ).one()
    return count, last
