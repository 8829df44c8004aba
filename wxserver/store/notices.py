"""What citizens are told, and the ways tried to bring it to them. Reading one's inbox is `inbox.py`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, case, delete, literal, select, update

from wxserver.store.database import Unit, insert_or_ignore, update_row
from wxserver.store.tables.base import new_id
from wxserver.store.tables.identity import WeChatUser
from wxserver.store.tables.messages import EarlyReport, Notice, Sending, SubscriptionCredit


@dataclass(frozen=True, slots=True)
class NoticeRow:
    id: str
    person_id: str
    case_id: str | None
    guardianship_id: str | None
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
    tried_at: datetime


_NOTICE = tuple(getattr(Notice, name) for name in NoticeRow.__dataclass_fields__)
_SENDING = tuple(getattr(Sending, name) for name in SendingRow.__dataclass_fields__)
_ONE = select(*_NOTICE).where(Notice.id == bindparam("this"))
_ONE_LOCKED = _ONE.with_for_update()
_OF_NOTICE = select(*_SENDING).where(Sending.notice_id == bindparam("of")).order_by(Sending.begun_at, Sending.id)
_BY_NUMBER = select(*_SENDING).where(Sending.account == bindparam("on"), Sending.message_number == bindparam("number"))
_UNNUMBERED = (
    select(*_SENDING)
    .where(
        Sending.wechat_user_id == bindparam("of"),
        Sending.message_number.is_(None),
        Sending.begun_at >= bindparam("since"),
        Sending.begun_at <= bindparam("until"),
    )
    .order_by(Sending.begun_at, Sending.id)
)


def add(
    unit: Unit,
    *,
    person_id: str,
    case_id: str | None = None,
    guardianship_id: str | None = None,
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
        guardianship_id=guardianship_id,
        origin=origin[:200],
        node=node,
        title=title[:200],
        text=text,
        at=at,
        created_at=now,
        state="waiting",
    )
    return new if added else None


def forget_ward(unit: Unit, guardianship_id: str) -> list[str]:
    """Delete what was told about a guardianship, and the ways tried for it; the ids of the notices."""
    ids = list(unit.connection.scalars(select(Notice.id).where(Notice.guardianship_id == guardianship_id)))
    if ids:
        ways = select(Sending.id).where(Sending.notice_id.in_(ids))
        unit.connection.execute(
            update(SubscriptionCredit).where(SubscriptionCredit.sending_id.in_(ways)).values(sending_id=None)
        )
        unit.connection.execute(delete(Sending).where(Sending.notice_id.in_(ids)))
        unit.connection.execute(delete(Notice).where(Notice.id.in_(ids)))
    return ids


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
    unit: Unit,
    *,
    notice_id: str,
    wechat_user_id: str,
    account: str,
    channel: str,
    template_id: str,
    now: datetime,
    pause: timedelta,
) -> tuple[SendingRow, bool]:
    """Note a way before it is tried, or that it is tried anew; the row, and whether it may be tried: not where that was
    done less than `pause` ago, or where it has come to an end meanwhile."""
    same = (
        Sending.notice_id == notice_id,
        Sending.wechat_user_id == wechat_user_id,
        Sending.channel == channel,
        Sending.template_id == template_id,
    )
    may = insert_or_ignore(
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
        tried_at=now,
    )
    if not may:
        # A code says that the try before was refused for the time being: WeChat has had nothing until now.
        begun = case((Sending.code.is_not(None), literal(now, Sending.begun_at.type)), else_=Sending.begun_at)
        again = update(Sending).where(
            *same,
            Sending.state.in_(("begun", "doubt", "held")),
            (Sending.tried_at <= now - pause) | (Sending.tried_at > now),
        )
        may = unit.connection.execute(again.values(state="begun", begun_at=begun, tried_at=now, code=None)).rowcount > 0
    return SendingRow(*unit.connection.execute(select(*_SENDING).where(*same)).one()), may


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


def unnumbered(unit: Unit, wechat_user_id: str, since: datetime, until: datetime) -> list[SendingRow]:
    """The ways to this WeChat user begun in this time of which WeChat's number is not known, oldest first."""
    rows = unit.connection.execute(_UNNUMBERED, {"of": wechat_user_id, "since": since, "until": until})
    return [SendingRow(*row) for row in rows]


def one_at_a_time(unit: Unit, wechat_user_id: str) -> None:
    """Wait until no other unit learns a number, or hears a report, of a message to this WeChat user."""
    unit.connection.execute(
        select(WeChatUser.id).where(WeChatUser.id == wechat_user_id).with_for_update(key_share=True)
    )


def keep_report(unit: Unit, account: str, number: str, went: bool, now: datetime) -> None:
    """Keep what WeChat told of a message whose number we do not know, for when we do."""
    insert_or_ignore(unit, EarlyReport, account=account, message_number=number[:64], went=went, at=now)


def kept_report(unit: Unit, account: str, number: str) -> bool | None:
    """Whether the message of this number arrived, if WeChat told so before we knew the number."""
    return unit.connection.scalar(
        select(EarlyReport.went).where(EarlyReport.account == account, EarlyReport.message_number == number[:64])
    )


def forget_reports(unit: Unit, before: datetime) -> int:
    """Delete the reports of before this time that found no message; how many."""
    return unit.connection.execute(delete(EarlyReport).where(EarlyReport.at < before)).rowcount
