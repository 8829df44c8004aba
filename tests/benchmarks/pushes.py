"""Encrypted pushes: the codec alone, and the whole way over HTTP with a durable row for each message."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import count

import xmltodict
from sqlalchemy import func, select
from wechatpy import create_reply, parse_message
from wechatpy.crypto import WeChatCrypto

from tests.benchmarks.load import Load, request
from tests.benchmarks.rotation import Aim, Contestant, Group, Sample
from tests.benchmarks.stand import ACCOUNT, Place, Server, Stand, timed
from wxserver.adapters.wechat import PushDoor
from wxserver.adapters.wechat.crypto import PushCipher, signature
from wxserver.settings import Settings
from wxserver.store.tables.machinery import InboundMessage

CODEC = Aim(2.0, 3.0)
PUSH = Aim(0.8, 1.2)
WORDS = ("怎么办社保卡", "孩子办社保卡", "补办社保卡", "卡坏了", "换新卡", "给老人办卡", "第一次办卡", "卡过期了")
"""What people type; each is answered with a date."""
_ids = count(time.time_ns())


@dataclass(frozen=True, slots=True)
class Message:
    """A push as WeChat would send it, and what it says."""

    query: dict[str, str]
    body: bytes
    sender: str
    text: str

    def request(self, path: str) -> bytes:
        query = "&".join(f"{name}={text}" for name, text in self.query.items())
        return request("POST", f"{path}?{query}", body=self.body, content_type="text/xml")


class WeChat:
    """Makes unique messages for one account, and reads replies with wechatpy, which shares no line with ours."""

    def __init__(self, settings: Settings) -> None:
        self.account = settings.wechat.accounts[ACCOUNT]
        self.cipher = PushCipher(self.account.app_id, self.account.encoding_aes_key)
        self.reader = WeChatCrypto(self.account.token, self.account.encoding_aes_key, self.account.app_id)

    def messages(self, number: int) -> list[Message]:
        return [self._message() for _ in range(number)]

    def _message(self) -> Message:
        stamp, nonce = str(int(time.time())), secrets.token_hex(5)
        sender, text = f"o{secrets.token_hex(13)}", secrets.choice(WORDS)
        plain = (
            f"<xml><ToUserName><![CDATA[{self.account.original_id}]]></ToUserName>"
            f"<FromUserName><![CDATA[{sender}]]></FromUserName><CreateTime>{stamp}</CreateTime>"
            f"<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{text}]]></Content><MsgId>{next(_ids)}</MsgId></xml>"
        )
        sealed = self.cipher.encrypt(plain.encode())
        query = {
            "signature": signature(self.account.token, stamp, nonce),
            "timestamp": stamp,
            "nonce": nonce,
            "openid": sender,
            "encrypt_type": "aes",
            "msg_signature": signature(self.account.token, stamp, nonce, sealed),
        }
        envelope = (
            f"<xml><ToUserName><![CDATA[{self.account.original_id}]]></ToUserName>"
            f"<Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"
        )
        return Message(query, envelope.encode(), sender, text)

    def check(self, message: Message, reply: bytes, says: Callable[[Message, str], bool]) -> None:
        """The reply is encrypted and signed for this account, goes to the sender, and says what it should."""
        fields = xmltodict.parse(reply)["xml"]
        plain = self.reader.decrypt_message(reply, fields["MsgSignature"], fields["TimeStamp"], fields["Nonce"])
        answer = parse_message(plain)
        assert answer.target == message.sender, "a reply to somebody else"
        assert says(message, answer.content), f"an unexpected reply: {answer.content!r}"


def codec(stand: Stand, calls: int) -> Group:
    """Decrypt, read, and encrypt an answer of the same text; no HTTP."""
    settings = stand.places[0].settings
    wechat = WeChat(settings)
    account, messages = wechat.account, wechat.messages(min(calls, 200))
    door = PushDoor(account.app_id, account.token, account.encoding_aes_key, "safe")

    def ours(number: int) -> bytes:
        message = messages[number % len(messages)]
        now = datetime.now(UTC)
        push = door.open(message.query, message.body, "text/xml", now)
        return door.answer(push, push.content, message.query, now)

    def theirs(number: int) -> bytes:
        message = messages[number % len(messages)]
        crypto = WeChatCrypto(account.token, account.encoding_aes_key, account.app_id)
        query = message.query
        plain = crypto.decrypt_message(message.body, query["msg_signature"], query["timestamp"], query["nonce"])
        push = parse_message(plain)
        reply = create_reply(push.content, push).render()
        return crypto.encrypt_message(reply, query["nonce"], query["timestamp"]).encode()

    for number, message in enumerate(messages[:5]):
        for answer in (ours(number), theirs(number)):
            wechat.check(message, answer, lambda message, text: text == message.text)
    base = "wechatpy: WeChatCrypto, parse_message"
    return Group(
        "Push codec alone: verify, decrypt, parse, answer, encrypt",
        [
            Contestant(base, lambda: timed(calls, theirs)),
            Contestant("ours: PushDoor.open, .answer", lambda: timed(calls, ours), base, CODEC),
        ],
    )


def push(stand: Stand, most: int) -> Group:
    """Unique messages over HTTP. Every fiftieth reply is decrypted with wechatpy and read."""
    wechat = WeChat(stand.places[0].settings)
    base = "wechatpy's echo on Flask, no deduplication"

    def load(server: Server, path: str, says: Callable[[Message, str], bool] | None) -> tuple[Sample, Load]:
        messages = wechat.messages(most)
        sent = [each.request(path) for each in messages]
        sample, done = server.load(sent, status=200, seconds=stand.seconds)
        if says is not None:
            for reply in done.samples:
                wechat.check(messages[reply.index], reply.body, says)
        return sample, done

    def same(message: Message, text: str) -> bool:
        return text == message.text

    def ours(place: Place) -> Sample:
        before = rows(place)
        sample, done = load(place.ours, f"/wechat/{ACCOUNT}/push", lambda _, text: "工作日" in text)
        assert rows(place) - before == done.done, "a message without its row, or a row too many"
        return sample

    return Group(
        "Encrypted push, verified and answered: unique messages over HTTP",
        [
            Contestant(base, lambda: load(stand.echo, "/wechat", same)[0]),
            Contestant("WeRoBot's echo, sessions off", lambda: load(stand.werobot, "/", same)[0], base),
            Contestant(
                "WeRoBot's echo as its README has it (some replies are empty)",
                lambda: load(stand.werobot_sessions, "/", None)[0],
                base,
            ),
            *(
                Contestant(f"ours, a durable row for each, {each.title}", partial(ours, each), base, PUSH)
                for each in stand.places
            ),
            Contestant("floor: Flask sends the body back unread", lambda: load(stand.echo, "/same", None)[0], base),
        ],
    )


def rows(place: Place) -> int:
    """Messages that our app has stored."""
    with place.database.read() as unit:
        return int(unit.session.scalar(select(func.count()).select_from(InboundMessage)))
