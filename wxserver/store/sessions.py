"""Sessions and the one-time states of OAuth rounds. Tokens and states are kept as hashes only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, delete, select, update

from wxserver.store.database import Unit, insert_row, update_row
from wxserver.store.tables.accounts import Credential, Organisation, UnitAgent
from wxserver.store.tables.base import new_id
from wxserver.store.tables.identity import OAuthState, SignedSession


@dataclass(frozen=True, slots=True)
class SessionRow:
    id: str
    kind: str
    account: str
    wechat_user_id: str
    person_id: str | None
    assurance: str
    assured_at: datetime | None
    seen_at: datetime
    expires_at: datetime
    device: str
    proven_by: str | None
    credential_id: str | None
    unit_agent_id: str | None


_COLUMNS = tuple(getattr(SignedSession, name) for name in SessionRow.__dataclass_fields__)


_FIND = select(*_COLUMNS).where(
    SignedSession.token_hash == bindparam("token_hash"),
    SignedSession.ended_at.is_(None),
    SignedSession.expires_at > bindparam("now"),
)


def find(unit: Unit, token_hash: str, now: datetime) -> SessionRow | None:
    """The session that is alive under this token."""
    row = unit.connection.execute(_FIND, {"token_hash": token_hash, "now": now}).one_or_none()
    return None if row is None else SessionRow(*row)


def begin(
    unit: Unit,
    *,
    token_hash: str,
    kind: str,
    account: str,
    wechat_user_id: str,
    now: datetime,
    expires_at: datetime,
    device: str = "",
    person_id: str | None = None,
    assurance: str = "wechat",
    assured_at: datetime | None = None,
    proven_by: str | None = None,
    credential_id: str | None = None,
    unit_agent_id: str | None = None,
) -> SessionRow:
    row = SessionRow(
        new_id(),
        kind,
        account,
        wechat_user_id,
        person_id,
        assurance,
        assured_at,
        now,
        expires_at,
        device,
        proven_by,
        credential_id,
        unit_agent_id,
    )
    values = {column.key: getattr(row, column.key) for column in _COLUMNS}
    insert_row(unit, SignedSession, token_hash=token_hash, created_at=now, **values)
    return row


_USABLE = select(Credential.id).where(Credential.id == bindparam("this"), Credential.disabled_at.is_(None))


def credential_usable(unit: Unit, credential_id: str) -> bool:
    """Whether an account has not been disabled since."""
    return unit.connection.execute(_USABLE, {"this": credential_id}).first() is not None


@dataclass(frozen=True, slots=True)
class AgentRow:
    """A unit agent with the organisation they act for."""

    id: str
    organisation_id: str
    name: str
    code: str
    scope: list[str]
    ends_on: date


_AGENT = (
    select(UnitAgent.id, Organisation.id, Organisation.name, Organisation.code, UnitAgent.scope, UnitAgent.ends_on)
    .join(Organisation, Organisation.id == UnitAgent.organisation_id)
    .where(UnitAgent.id == bindparam("this"), UnitAgent.ended_at.is_(None), Organisation.disabled_at.is_(None))
)


def agent(unit: Unit, unit_agent_id: str) -> AgentRow | None:
    """The agent, unless they act no more or the organisation was disabled; whether their time is over is for the
    caller, who knows the day."""
    row = unit.connection.execute(_AGENT, {"this": unit_agent_id}).one_or_none()
    return None if row is None else AgentRow(*row)


def end(unit: Unit, session_id: str, now: datetime, followed_by: str | None = None) -> bool:
    """End a session; False if it had ended before."""
    result = unit.connection.execute(
        update(SignedSession)
        .where(SignedSession.id == session_id, SignedSession.ended_at.is_(None))
        .values(ended_at=now, followed_by=followed_by)
    )
    return result.rowcount == 1


def end_all(unit: Unit, wechat_user_id: str, now: datetime) -> int:
    """End every session of a WeChat user; how many."""
    result = unit.connection.execute(
        update(SignedSession)
        .where(SignedSession.wechat_user_id == wechat_user_id, SignedSession.ended_at.is_(None))
        .values(ended_at=now)
    )
    return result.rowcount


def seen(unit: Unit, session_id: str, now: datetime) -> None:
    update_row(unit, SignedSession, session_id, seen_at=now)


def add_state(unit: Unit, *, state_hash: str, account: str, browser_hash: str, next_path: str, now: datetime) -> None:
    insert_row(
        unit,
        OAuthState,
        state_hash=state_hash,
        account=account,
        browser_hash=browser_hash,
        next_path=next_path,
        created_at=now,
    )


@dataclass(frozen=True, slots=True)
class State:
    account: str
    browser_hash: str
    next_path: str
    created_at: datetime
    used_at: datetime | None
    session_id: str | None


def state(unit: Unit, state_hash: str) -> State | None:
    row = unit.connection.execute(
        select(
            OAuthState.account,
            OAuthState.browser_hash,
            OAuthState.next_path,
            OAuthState.created_at,
            OAuthState.used_at,
            OAuthState.session_id,
        ).where(OAuthState.state_hash == state_hash)
    ).one_or_none()
    return None if row is None else State(*row)


def use_state(unit: Unit, state_hash: str, now: datetime) -> bool:
    """Claim a state; only the first caller gets True."""
    result = unit.connection.execute(
        update(OAuthState).where(OAuthState.state_hash == state_hash, OAuthState.used_at.is_(None)).values(used_at=now)
    )
    return result.rowcount == 1


def state_led_to(unit: Unit, state_hash: str, session_id: str) -> None:
    unit.connection.execute(update(OAuthState).where(OAuthState.state_hash == state_hash).values(session_id=session_id))


def forget_states(unit: Unit, before: datetime) -> int:
    """Delete the states of rounds begun before an instant; how many."""
    result = unit.connection.execute(delete(OAuthState).where(OAuthState.created_at < before))
    return result.rowcount
