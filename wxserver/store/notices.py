"""What citizens are told, and the ways tried to bring it to them. Reading one's inbox is `inbox.py`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select, update

from wxserver.store.database import Unit, insert_or_ignore, update_row
from wxserver.store.tables.base import new_id
from wxserver.store.tables.messages import Notice, Sending


@dataclass(frozen=True, slots=True)
class NoticeRow:
    id: str
    person_id: str
    case_id: str
    node: str
    title: str
    text: str
    at: datetime
    state: str


@dataclass(frozen=True, slots=True)
class SendingRow:
    id: str
    notice_id: str
    wechat_user_id: str
    account: str
    channel: str
    template_id: str
    state: str
    code: int | None
    message_number: str | None
    begun_at: datetime


_NOTICE = tuple(getattr(Notice, name) for name in NoticeRow.__dataclass_fields__)
_SENDING = tuple(getattr(Sending, name) for name in SendingRow.__dataclass_fields__)
_ONE = select(*_NOTICE).where(Notice.id == bindparam("this"))
_ONE_LOCKED = _ONE.with_for_update()
_OF_NOTICE = select(*_SENDING).where(Sending.notice_id == bindparam("of")).order_by(Sending.begun_at, Sending.id)
_BY_NUMBER = select(*_SENDING).where(Sending.account == bindparam("on"), Sending.message_number == bindparam("number"))
_IN_DOUBT = (
    select(*_SENDING)
    .where(
        Sending.wechat_user_id == bindparam("of"),
        Sending.channel.in_(bindparam("channels", expanding=True)),
        Sending.state.in_(("begun", "doubt")),
    )
    .order_by(Sending.state.desc(), Sending.begun_at)
)


def add(
    unit: Unit,
    *,
    person_id: str,
    case_id: str,
    origin: str,
    node: str,
    title: str,
    text: str,
    at: datetime,
    now: datetime,
) -> str | None:
    """The id of a new notice; None if this person has been told of it before."""
    new = new_id()
    added = insert_or_ignore(
        unit,
        Notice,
        id=new,
        person_id=person_id,
        case_id=case_id,
        origin=origin[:200],
        node=node,
        title=title[:200],
        text=text,
        at=at,
        created_at=now,
        state="waiting",
    )
    return new if added else None


def one(unit: Unit, notice_id: str, *, lock: bool = False) -> NoticeRow:
    return NoticeRow(*unit.connection.execute(_ONE_LOCKED if lock else _ONE, {"this": notice_id}).one())


def settle(
    unit: Unit, notice_id: str, state: str, now: datetime, *, channel: str | None = None, reason: str | None = None
) -> None:
    """How the notice stands now: `waiting`, `sent`, `confirmed` or `inbox`."""
    update_row(unit, Notice, notice_id, state=state, channel=channel, reason=reason, settled_at=now)


def sendings(unit: Unit, notice_id: str) -> list[SendingRow]:
    """The ways tried for a notice, in their order."""
    return [SendingRow(*row) for row in unit.connection.execute(_OF_NOTICE, {"of": notice_id})]


def begin(
    unit: Unit, *, notice_id: str, wechat_user_id: str, account: str, channel: str, template_id: str, now: datetime
) -> SendingRow:
    """Note a way before it is tried; one that was begun before is begun anew."""
    same = (
        Sending.notice_id == notice_id,
        Sending.wechat_user_id == wechat_user_id,
        Sending.channel == channel,
        Sending.template_id == template_id,
    )
    if not insert_or_ignore(
        unit,
        Sending,
        id=new_id(),
        notice_id=notice_id,
        wechat_user_id=wechat_user_id,
        account=account,
        channel=channel,
        template_id=template_id,
        state="begun",
        begun_at=now,
    ):
        unit.connection.execute(update(Sending).where(*same, Sending.state == "held").values(state="begun"))
    return SendingRow(*unit.connection.execute(select(*_SENDING).where(*same)).one())


def end(
    unit: Unit,
    sending_id: str,
    state: str,
    now: datetime,
    *,
    since: Sequence[str] = ("begun", "doubt"),
    code: int | None = None,
    message_number: str | None = None,
) -> bool:
    """How a way went. False, and nothing changes, where it has been told otherwise meanwhile (it is in none of the
    states `since`). A number that is not told stays as it is."""
    told = {} if message_number is None else {"message_number": message_number[:64]}
    result = unit.connection.execute(
        update(Sending)
        .where(Sending.id == sending_id, Sending.state.in_(since))
        .values(state=state, code=code, ended_at=now, **told)
    )
    return result.rowcount == 1


def by_number(unit: Unit, account: str, number: str) -> SendingRow | None:
    """The way that WeChat knows under this number."""
    row = unit.connection.execute(_BY_NUMBER, {"on": account, "number": number}).first()
    return None if row is None else SendingRow(*row)


def in_doubt(unit: Unit, wechat_user_id: str, channels: Sequence[str]) -> list[SendingRow]:
    """Ways to this WeChat user that nobody knows the end of: those without an answer first, then those under way."""
    rows = unit.connection.execute(_IN_DOUBT, {"of": wechat_user_id, "channels": list(channels)})
    return [SendingRow(*row) for row in rows]
