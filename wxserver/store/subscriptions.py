"""The ledger of subscription credits: what a WeChat user has agreed to be sent, tap by tap."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, func, select, update

from wxserver.store.database import Unit, insert_or_ignore
from wxserver.store.tables.base import new_id
from wxserver.store.tables.messages import SubscriptionCredit


def note(
    unit: Unit,
    *,
    wechat_user_id: str,
    template_id: str,
    state: str,
    origin: str,
    scene: str | None,
    at: datetime,
    now: datetime,
) -> bool:
    """Add an accepted or refused tap, made `at`; False if its `origin` was noted before."""
    return insert_or_ignore(
        unit,
        SubscriptionCredit,
        id=new_id(),
        wechat_user_id=wechat_user_id,
        template_id=template_id,
        state=state,
        origin=origin,
        scene=scene,
        at=at,
        changed_at=now,
    )


def available(unit: Unit, wechat_user_ids: Collection[str]) -> set[tuple[str, str]]:
    """(WeChat user, template) for which there is a credit left."""
    rows = unit.connection.execute(
        select(SubscriptionCredit.wechat_user_id, SubscriptionCredit.template_id)
        .where(SubscriptionCredit.wechat_user_id.in_(wechat_user_ids), SubscriptionCredit.state == "accepted")
        .distinct()
    )
    return {(row.wechat_user_id, row.template_id) for row in rows}


def left(unit: Unit, wechat_user_id: str, template_ids: Collection[str]) -> int:
    """How many messages of these templates a WeChat user has agreed to and not had yet."""
    counted = select(func.count()).where(
        SubscriptionCredit.wechat_user_id == wechat_user_id,
        SubscriptionCredit.template_id.in_(template_ids),
        SubscriptionCredit.state == "accepted",
    )
    return unit.connection.scalar(counted) or 0


def spend(unit: Unit, wechat_user_id: str, template_id: str, sending_id: str, now: datetime) -> bool:
    """Spend the oldest credit on a sending; False where there is none. A sending never spends two."""
    if _of_sending(unit, sending_id) is not None:
        return True
    found = unit.connection.scalar(
        select(SubscriptionCredit.id)
        .where(
            SubscriptionCredit.wechat_user_id == wechat_user_id,
            SubscriptionCredit.template_id == template_id,
            SubscriptionCredit.state == "accepted",
        )
        .order_by(SubscriptionCredit.at, SubscriptionCredit.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if found is None:
        return False
    unit.connection.execute(
        update(SubscriptionCredit)
        .where(SubscriptionCredit.id == found)
        .values(state="spent", sending_id=sending_id, changed_at=now)
    )
    return True


def was_spent(unit: Unit, sending_id: str, now: datetime) -> None:
    """The sending did use its credit, which we took for expired."""
    unit.connection.execute(
        update(SubscriptionCredit)
        .where(SubscriptionCredit.sending_id == sending_id, SubscriptionCredit.state == "expired")
        .values(state="spent", changed_at=now)
    )


def give_back(unit: Unit, sending_id: str, now: datetime) -> None:
    """The sending did not use its credit."""
    unit.connection.execute(
        update(SubscriptionCredit)
        .where(SubscriptionCredit.sending_id == sending_id, SubscriptionCredit.state == "spent")
        .values(state="accepted", sending_id=None, changed_at=now)
    )


def none_left(
    unit: Unit,
    wechat_user_id: str,
    template_id: str,
    state: str,
    now: datetime,
    *,
    sending_id: str | None = None,
    given_until: datetime | None = None,
) -> int:
    """What was still accepted is `expired` (WeChat knows of no credit) or `refused` (the user took it back), as is what
    this sending had spent; how many. What was accepted after `given_until` stays."""
    mine = SubscriptionCredit.state == "accepted"
    if given_until is not None:
        mine = mine & (SubscriptionCredit.at <= given_until)
    if sending_id is not None:
        mine = mine | (SubscriptionCredit.sending_id == sending_id)
    result = unit.connection.execute(
        update(SubscriptionCredit)
        .where(SubscriptionCredit.wechat_user_id == wechat_user_id, SubscriptionCredit.template_id == template_id, mine)
        .values(state=state, changed_at=now)
    )
    return result.rowcount


def forget(unit: Unit, wechat_user_id: str) -> int:
    """Delete the ledger of a WeChat user who is to be forgotten; how many entries."""
    of_user = delete(SubscriptionCredit).where(SubscriptionCredit.wechat_user_id == wechat_user_id)
    return unit.connection.execute(of_user).rowcount


def _of_sending(unit: Unit, sending_id: str) -> str | None:
    return unit.connection.scalar(
        select(SubscriptionCredit.id).where(
            SubscriptionCredit.sending_id == sending_id, SubscriptionCredit.state == "spent"
        )
    )
