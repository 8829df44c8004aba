"""What somebody who is not WeChat may send to the app's address for pushes, as buttons.

The attacker has overheard one genuine push, but holds neither the token nor the key; where an attack bears a signature
that fits, it is there so that nothing but the check it is aimed at can refuse it.
"""

import base64
import http.client
import secrets
import select
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from wxserver.sandbox import traffic, wechat_crypto, wechat_push
from wxserver.sandbox.outbox import TIMEOUT
from wxserver.sandbox.settings import Account
from wxserver.sandbox.wechat_push import Push
from wxserver.sandbox.world import World

REFUSALS = (400, 401, 403, 404, 413)
OLD = 3600
DEPTH = 100_000
LARGE = 10 * 1024 * 1024
_CHUNK = 256 * 1024
_STRANGER = "oForgedForgedForgedForged001"
_OTHER_APP = "wx0000000000000000"


@dataclass(frozen=True)
class Heard:
    """The genuine push that the attacker has overheard: its query, and its ciphertext (empty in plain mode)."""

    here: World
    account: Account
    openid: str
    push: Push

    @property
    def query(self) -> dict[str, str]:
        """The query's parameters."""
        return dict(parse_qsl(urlsplit(self.push.url).query))

    def with_query(self, query: Mapping[str, str] | list[tuple[str, str]], body: str | None = None) -> Push:
        """The same push with another query and, where given, another body."""
        url = f"{self.push.url.partition('?')[0]}?{urlencode(query)}"
        return replace(self.push, url=url, body=self.push.body if body is None else body.encode())

    def with_body(self, body: str) -> Push:
        """The same query over another body."""
        return replace(self.push, body=body.encode())

    def signed(self, encrypted: str) -> Push:
        """A ciphertext of the attacker's, under a signature that fits."""
        query = self.query
        stamp, nonce = query["timestamp"], query["nonce"]
        query["msg_signature"] = wechat_crypto.signature(self.account.token, stamp, nonce, encrypted)
        envelope = {"ToUserName": self.account.original_id, "Encrypt": encrypted}
        return self.with_query(query, wechat_push.xml(envelope))

    def into_body(self, more: str, before: str = "") -> Push:
        """The body with something put at its end and, ``before``, in front of it."""
        body = self.push.body.decode()
        return self.with_body(before + body.removesuffix("</xml>") + more + "</xml>")


@dataclass(frozen=True)
class Attack:
    """One attack: its code and Chinese name, how it is made, and whether it needs a mode that encrypts."""

    code: str
    name: str
    make: Callable[[Heard], Push]
    needs_key: bool = False


@dataclass(frozen=True)
class Outcome:
    """What the app answered to an attack, and a Chinese sentence about it."""

    attack: Attack
    status: int | None
    ms: int
    refused: bool
    text: str

    def document(self) -> dict[str, Any]:
        """As a script is told."""
        told = {"attack": self.attack.code, "status": self.status, "ms": self.ms}
        return told | {"refused": self.refused, "text": self.text}


def attempt(here: World, account: Account, openid: str, attack: Attack) -> Outcome:
    """Try an attack on the app; ``openid`` is of the citizen whose push was overheard."""
    form = {"MsgType": "text", "Content": "您好", "MsgId": 2_500_000_000_000_000 + secrets.randbelow(10**14)}
    heard = Heard(here, account, openid, wechat_push.build(here, account, openid, form))
    push = attack.make(heard)
    exchange = traffic.Exchange(
        target="wechat",
        sender="stranger",
        receiver="app",
        method="POST",
        path=urlsplit(push.url).path,
        meaning=f"攻击：{attack.name}",
        proof="forged" if attack.code == "bad_signature" else "overheard",
    )
    with here.database.write() as connection:
        traffic.begin(connection, here.clock, exchange)
    begun = time.monotonic()
    status, raw = _post(push)
    ms = max(1, round((time.monotonic() - begun) * 1000))
    traffic.finish(here.database, exchange, status)
    refused, words = _judged(heard, attack, status, raw)
    return Outcome(attack, status, ms, refused, words.format(name=attack.name, status=status, ms=ms))


def _judged(heard: Heard, attack: Attack, status: int | None, raw: bytes) -> tuple[bool, str]:
    if status is None:
        return False, "“{name}”：本系统没有回音。"
    if status in REFUSALS:
        return True, "“{name}”没有得逞：{ms} 毫秒就被拒绝了（{status}），什么也没有变。"
    if status >= 500:
        return False, "“{name}”让本系统出了错（{status}），本来应该拒绝。"
    if attack.code == "compat_forged_plain":
        reply, fault = wechat_push.understand(heard.account, heard.query["nonce"], raw)
        answered = reply.get("ToUserName") if isinstance(reply, dict) else heard.openid
        if fault is None and answered == heard.openid:
            return True, "“{name}”没有得逞：本系统只看加密的那一份，明文那一份没有理会（{status}，{ms} 毫秒）。"
    return False, "“{name}”得逞了：本系统收下了（{status}），本来应该拒绝。"


def _post(push: Push) -> tuple[int | None, bytes]:
    """Send it in pieces, and stop where the app answers before it has everything."""
    parts = urlsplit(push.url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=TIMEOUT)
    try:
        connection.putrequest("POST", f"{parts.path}?{parts.query}")
        connection.putheader("Content-Type", push.content_type)
        connection.putheader("Content-Length", str(len(push.body)))
        connection.endheaders()
        _pour(connection, push.body)
        response = connection.getresponse()
        return int(response.status), bytes(response.read(65536))
    except (OSError, http.client.HTTPException):
        return None, b""
    finally:
        connection.close()


def _pour(connection: http.client.HTTPConnection, body: bytes) -> None:
    for start in range(0, len(body), _CHUNK):
        if start and select.select([connection.sock], [], [], 0)[0]:
            return
        try:
            connection.send(body[start : start + _CHUNK])
        except OSError:
            # The app has closed its ear; what it said before that can still be read.
            return


def _bad_signature(heard: Heard) -> Push:
    query = heard.query
    return heard.with_query(query | {name: secrets.token_hex(20) for name in query if name.endswith("signature")})


def _missing_msg_signature(heard: Heard) -> Push:
    return heard.with_query({name: value for name, value in heard.query.items() if name != "msg_signature"})


def _plain_body(heard: Heard) -> Push:
    return heard.with_body(wechat_push.xml(_forged(heard)))


def _encrypt_type_removed(heard: Heard) -> Push:
    kept = {name: value for name, value in heard.query.items() if name not in ("encrypt_type", "msg_signature")}
    return heard.with_query(kept, wechat_push.xml(_forged(heard)))


def _forged_plain_part(heard: Heard) -> Push:
    forged = _forged(heard)
    if heard.account.mode == "safe":
        return heard.into_body("".join(f"<{name}>{value}</{name}>" for name, value in forged.items() if name[0] != "T"))
    encrypted = heard.push.body.decode().partition("<Encrypt>")[2].partition("</Encrypt>")[0]
    return heard.with_body(wechat_push.xml(forged).removesuffix("</xml>") + f"<Encrypt>{encrypted}</Encrypt></xml>")


def _wrong_appid(heard: Heard) -> Push:
    clear = wechat_push.xml(_forged(heard))
    return heard.signed(wechat_crypto.encrypt(heard.account.encoding_aes_key, _OTHER_APP, clear.encode()))


def _stale_replay(heard: Heard) -> Push:
    fields = {"MsgType": "text", "Content": "您好", "MsgId": 2_500_000_000_000_000 + secrets.randbelow(10**14)}
    then = int(heard.here.clock.timestamp()) - OLD
    return wechat_push.build(heard.here, heard.account, heard.openid, fields, now=then)


def _bad_padding(heard: Heard) -> Push:
    account = heard.account
    sealed = bytearray(
        base64.b64decode(wechat_crypto.encrypt(account.encoding_aes_key, account.app_id, b"<xml></xml>"))
    )
    # In CBC the last block's clear text turns with the block before it: 0x80 lifts any padding over 32.
    sealed[-17] ^= 0x80
    return heard.signed(base64.b64encode(bytes(sealed)).decode())


def _entity_bomb(heard: Heard) -> Push:
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    return heard.into_body("<Content>&e9;</Content>", f'<!DOCTYPE xml [<!ENTITY e0 "boom">{levels}]>')


def _doctype(heard: Heard) -> Push:
    return heard.into_body("<X>&x;</X>", '<!DOCTYPE xml [<!ENTITY x SYSTEM "file:///etc/passwd">]>')


def _deep_xml(heard: Heard) -> Push:
    return heard.into_body("<a>" * DEPTH + "</a>" * DEPTH)


def _big_body(heard: Heard) -> Push:
    return heard.into_body(f"<Content>{'x' * LARGE}</Content>")


def _odd_nonce(heard: Heard) -> Push:
    odd = {"nonce": "\x00\n随机数\ufffd" + "9" * 2000, "timestamp": "１７６３８６８０００"}
    return heard.with_query(heard.query | odd | {"signature": "é" * 40, "msg_signature": "é" * 40})


def _duplicate_fields(heard: Heard) -> Push:
    name = "FromUserName" if heard.account.mode == "plain" else "Encrypt"
    value = _STRANGER if heard.account.mode == "plain" else base64.b64encode(secrets.token_bytes(256)).decode()
    return heard.into_body(f"<{name}>{value}</{name}>")


def _not_xml(heard: Heard) -> Push:
    return heard.with_body("<xml><ToUserName><![CDATA[一半")


def _unknown_account(heard: Heard) -> Push:
    return replace(heard.push, url=heard.push.url.replace(f"/wechat/{heard.account.code}/", "/wechat/nobody/"))


def _forged(heard: Heard) -> dict[str, Any]:
    """What the attacker would have the app believe: a message of somebody else."""
    return {
        "ToUserName": heard.account.original_id,
        "FromUserName": _STRANGER,
        "CreateTime": int(heard.here.clock.timestamp()),
        "MsgType": "text",
        "Content": "人工",
        "MsgId": 2_600_000_000_000_000 + secrets.randbelow(10**14),
    }


ATTACKS: Mapping[str, Attack] = {
    one.code: one
    for one in (
        Attack("bad_signature", "签名不对", _bad_signature),
        Attack("missing_msg_signature", "去掉消息签名", _missing_msg_signature, needs_key=True),
        Attack("plain_body_in_safe_mode", "安全模式下发明文", _plain_body, needs_key=True),
        Attack("encrypt_type_removed", "去掉加密标记", _encrypt_type_removed, needs_key=True),
        Attack("compat_forged_plain", "密文旁边塞假明文", _forged_plain_part, needs_key=True),
        Attack("wrong_appid", "别的公众号的消息", _wrong_appid, needs_key=True),
        Attack("stale_replay", "重放一小时前的", _stale_replay),
        Attack("bad_padding", "填充不对", _bad_padding, needs_key=True),
        Attack("entity_bomb", "实体炸弹", _entity_bomb),
        Attack("doctype", "带外部实体", _doctype),
        Attack("deep_xml", "嵌套十万层", _deep_xml),
        Attack("big_body", "10 MB 的正文", _big_body),
        Attack("odd_nonce", "怪异的随机数", _odd_nonce),
        Attack("duplicate_fields", "同一字段写两遍", _duplicate_fields),
        Attack("not_xml", "不成 XML", _not_xml),
        Attack("unknown_account", "没有的公众号", _unknown_account),
    )
}
"""Every attack by its code."""
