"""Calls from far sides, each under the key that makes it one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, select, update

from wxserver.store.database import Unit, insert_or_ignore
from wxserver.store.tables.base import new_id
from wxserver.store.tables.machinery import InboundMessage


@dataclass(frozen=True, slots=True)
class Received:
    body_digest: str
    status: int
    answer: str


_THIS = (InboundMessage.source == bindparam("of"), InboundMessage.message_id == bindparam("message"))
_BEFORE = select(InboundMessage.body_digest, InboundMessage.status, InboundMessage.answer).where(*_THIS)
_ANSWERED = update(InboundMessage).where(*_THIS).values(status=bindparam("as"), answer=bindparam("by"))


def claim(
    unit: Unit, source: str, message_id: str, body_digest: str, now: datetime, answer: str = ""
) -> Received | None:
    """Claim a message for this unit. None: it is new; act on it, then `answered`, unless the `answer` was known before
    anything had to be done. Else: what was answered before."""
    if insert_or_ignore(
        unit,
        InboundMessage,
        id=new_id(),
        source=source,
        message_id=message_id,
        body_digest=body_digest,
        received_at=now,
        status=200 if answer else 0,
        answer=answer,
    ):
        return None
    row = unit.connection.execute(_BEFORE, {"of": source, "message": message_id}).one()
    return Received(*row)


def answered(unit: Unit, source: str, message_id: str, status: int, answer: str) -> None:
    """Keep the answer of a claimed message, in the same unit as what it caused."""
    unit.connection.execute(_ANSWERED, {"of": source, "message": message_id, "as": status, "by": answer})


def forget_pushes(unit: Unit, before: datetime) -> int:
    """Delete what is kept of WeChat's pushes of some time ago; how many. A replay of one is refused by its age."""
    of_wechat = InboundMessage.source.startswith("wechat:", autoescape=True)
    return unit.connection.execute(
        delete(InboundMessage).where(InboundMessage.received_at < before, of_wechat)
    ).rowcount
