"""Accounts and sessions of staff. Tokens are kept as hashes only; the second factor's secret is sealed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from wxserver.store.database import Unit, insert_row, update_row
from wxserver.store.tables.base import new_id
from wxserver.store.tables.staff import Staff, StaffSession


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
