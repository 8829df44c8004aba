"""Talking with WeChat: the check of our address, messages and menu clicks, each answered once."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass

from wxserver.ports import BadSignature, Clock, Malformed, Push, WeChatPushDoor
from wxserver.store import inbound
from wxserver.store.database import Database

logger = logging.getLogger(__name__)


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
        greetings: Mapping[str, str],
        *,
        public_url: str,
        phone: str,
        phone_hours: str,
    ) -> None:
        self.database = database
        self.clock = clock
        self.doors = doors
        self.greetings = greetings
        self.public_url = public_url
        self.phone = phone
        self.phone_hours = phone_hours

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
        source = f"wechat:{account}"
        key = hashlib.sha256("\n".join(push.key).encode("utf-8", "surrogatepass")).hexdigest()
        text = self._reply(account, push)
        with self.database.write() as unit:
            before = inbound.claim(unit, source, key, key, now, json.dumps(text))
        if before is not None:
            text = json.loads(before.answer)
        answer = door.answer(push, text, query, now)
        kind = "application/json" if push.wire == "json" else "application/xml; charset=utf-8"
        return Spoken(200, answer, kind if answer.startswith((b"<", b"{")) else "text/plain; charset=utf-8")

    def _reply(self, account: str, push: Push) -> str | None:
        home, help_page = f"{self.public_url}/", f"{self.public_url}/help"
        if push.msg_type == "event":
            if push.event == "subscribe":
                return self.greetings[account]
            if push.event == "CLICK":
                return f"办社保卡，点这里打开首页：{home}\n有问题可以打 {self.phone}（{self.phone_hours}）。"
            return None
        if push.msg_type != "text":
            return f"这里只能看文字。要办事请点：{home}"
        if "人工" in push.content:
            return f"请打 {self.phone}，{self.phone_hours}有人接听。"
        return (
            f"您好，办社保卡、查进度，请点：{home}\n怎么办、找窗口，请看：{help_page}\n"
            f"也可以打 {self.phone}（{self.phone_hours}）。"
        )
