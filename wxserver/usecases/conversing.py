"""Talking with WeChat: the check of our address, messages and events, each answered once.

What a push changes is a handful of rows, written with the row that makes it one; what asks a far side or may take long
is ordered as work in the same unit, so that WeChat has its answer long before its five seconds are over.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from wxserver.ports import BadSignature, Clock, Malformed, Pace, Push, WeChatPushDoor
from wxserver.store import inbound
from wxserver.store.database import Database
from wxserver.usecases.hearing import Hearing
from wxserver.usecases.replying import Replying

logger = logging.getLogger(__name__)

SPOKEN: Final = frozenset({"text", "voice", "image", "video", "shortvideo", "location", "link"})


@dataclass(frozen=True, slots=True)
class Spoken:
    """What WeChat is answered; a refusal has no body."""

    status: int
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"


class Conversing:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        doors: Mapping[str, WeChatPushDoor],
        replying: Mapping[str, Replying],
        hearing: Hearing,
        pace: Pace,
    ) -> None:
        self.database = database
        self.clock = clock
        self.doors = doors
        self.replying = replying
        self.hearing = hearing
        self.pace = pace

    def push_url(self, account: str, query: Mapping[str, str]) -> Spoken:
        """WeChat checks our address before it sends anything (facts/wechat.md §1.1)."""
        door = self.doors.get(account)
        if door is None:
            return Spoken(404)
        try:
            return Spoken(200, door.verify_url(query, self.clock.now()).encode())
        except BadSignature:
            return Spoken(401)

    def push(self, account: str, query: Mapping[str, str], body: bytes, content_type: str) -> Spoken:
        """A message or event. The row is written before anything is done; a repeat gets the same reply."""
        door = self.doors.get(account)
        if door is None:
            return Spoken(404)
        now = self.clock.now()
        try:
            push = door.open(query, body, content_type, now)
        except BadSignature:
            logger.warning("push refused", extra={"account": account})
            return Spoken(401)
        except Malformed:
            return Spoken(400)
        key = hashlib.sha256("\n".join(push.key).encode("utf-8", "surrogatepass")).hexdigest()
        text, created = self._reply(account, push), int(now.timestamp())
        # Only events change more than the row that makes a push one.
        with self.database.write() if push.msg_type == "event" else self.database.single() as unit:
            before = inbound.claim(unit, f"wechat:{account}", key, key, now, json.dumps([text, created]))
            if before is None:
                self.hearing.heard(unit, account, push, key)
        if before is not None:
            text, created = json.loads(before.answer)
        answer = door.answer(push, text, query, now, created)
        kind = "application/json" if push.wire == "json" else "application/xml; charset=utf-8"
        return Spoken(200, answer, kind if answer.startswith((b"<", b"{")) else "text/plain; charset=utf-8")

    def _reply(self, account: str, push: Push) -> str | None:
        """The text to answer with, known before anything is written. A fault of ours is no answer, never a status that
        makes WeChat tell the citizen that the account is out of order."""
        try:
            if push.msg_type in SPOKEN:
                who = hashlib.sha256(f"{account}\n{push.from_user}".encode("utf-8", "surrogatepass")).hexdigest()
                if not self.pace.allows(who):
                    return self.replying[account].too_fast()
            return self.replying[account].reply(push)
        except Exception:
            logger.exception("no reply could be made", extra={"account": account, "event": push.event[:64]})
            return None
