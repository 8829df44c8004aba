"""WeChat's tokens, sealed, and who is fetching the next one. Lease times are seconds of the real clock."""

from __future__ import annotations

import time
from typing import NamedTuple

from sqlalchemy import ColumnElement, or_, select, update

from wxserver.store.database import Unit, insert_or_ignore
from wxserver.store.tables.messages import WeChatToken

PLACE = "wechat_token.value_sealed"


class Kept(NamedTuple):
    """A token or ticket. `expires_at`: unix seconds of our clock."""

    value: str
    expires_at: float

    def __repr__(self) -> str:
        return f"Kept(expires_at={self.expires_at})"


def read(unit: Unit, name: str) -> Kept | None:
    """What is kept under a name, expired or not."""
    row = unit.connection.execute(
        select(WeChatToken.value_sealed, WeChatToken.expires_at).where(WeChatToken.name == name)
    ).one_or_none()
    if row is None or row.value_sealed is None:
        return None
    return Kept(unit.vault.open(PLACE, name, row.value_sealed), row.expires_at)


def lease(unit: Unit, name: str, owner: str, seconds: float) -> bool:
    """True if `owner` is now the one who fetches; False while anybody is. Of any number at once one gets it."""
    now = time.time()
    insert_or_ignore(unit, WeChatToken, name=name)
    result = unit.connection.execute(
        update(WeChatToken)
        .where(WeChatToken.name == name, or_(*_nobodys(now)))
        .values(lease_owner=owner, lease_until=now + seconds)
    )
    return result.rowcount == 1


def keep(unit: Unit, name: str, owner: str, value: str, expires_at: float) -> None:
    """Keep a fetched token and give the lease back. Nothing happens where another has taken the lease meanwhile: what
    they fetch is newer."""
    sealed = unit.vault.seal(PLACE, name, value)
    insert_or_ignore(unit, WeChatToken, name=name)
    mine = or_(WeChatToken.lease_owner == owner, *_nobodys(time.time()))
    unit.connection.execute(
        update(WeChatToken)
        .where(WeChatToken.name == name, mine)
        .values(value_sealed=sealed, expires_at=expires_at, lease_owner=None, lease_until=None)
    )


def release(unit: Unit, name: str, owner: str) -> None:
    """Give the lease back; nothing happens where it is another's by now."""
    unit.connection.execute(
        update(WeChatToken)
        .where(WeChatToken.name == name, WeChatToken.lease_owner == owner)
        .values(lease_owner=None, lease_until=None)
    )


def forget(unit: Unit, name: str, value: str) -> None:
    """This token is good no more; one that has replaced it meanwhile stays."""
    row = unit.connection.execute(select(WeChatToken.value_sealed).where(WeChatToken.name == name)).one_or_none()
    if row is None or row.value_sealed is None or unit.vault.open(PLACE, name, row.value_sealed) != value:
        return
    unit.connection.execute(
        update(WeChatToken)
        .where(WeChatToken.name == name, WeChatToken.value_sealed == row.value_sealed)
        .values(value_sealed=None, expires_at=None)
    )


def _nobodys(now: float) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return WeChatToken.lease_until.is_(None), WeChatToken.lease_until <= now
