"""WeChat's pushes to the app: built, signed and encrypted as the account's mode asks, and the reply taken apart."""

import json
import secrets
import threading
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from wxserver.sandbox import mishaps, traffic, wechat_crypto
from wxserver.sandbox.outbox import HELD, LATE, TIMEOUT, post
from wxserver.sandbox.settings import Account
from wxserver.sandbox.world import World

SORRY = "该公众号暂时无法提供服务，请稍后再试"
FORMATS = {"xml": "text/xml", "json": "application/json"}
AT_ONCE = 16
BLANKED = ("user_info_modified", "user_authorization_revoke", "user_authorization_cancellation")
"""Events whose own names begin with a blank in JSON, as in the platform's sample (facts/wechat.md §1.2)."""
_held: list[threading.Event] = []


@dataclass(frozen=True)
class Push:
    """One push as it goes over the wire; sent again it is the same, byte for byte."""

    url: str
    body: bytes
    nonce: str
    meaning: str
    content_type: str = "text/xml"


@dataclass(frozen=True)
class Reply:
    """What came back: HTTP status (None: nothing in 5 s), the reply in clear, and what is wrong with it."""

    status: int | None
    reply: dict[str, Any] | str
    fault: str | None

    def document(self) -> dict[str, Any]:
        """As a script is told."""
        return {"status": self.status, "reply": self.reply} | ({"fault": self.fault} if self.fault else {})


def send(
    here: World,
    account: Account,
    openid: str,
    fields: Mapping[str, Any],
    copies: int,
    *,
    form: str = "xml",
    overlap: bool = False,
    as_platform: bool = False,
) -> list[Reply]:
    """Push a message ``copies`` times with whatever mishap is on order; the replies in turn (none: it never left).

    ``overlap``: all at the same time, at most 16. ``as_platform``: again only until one reply is good, as WeChat does.
    """
    with here.database.write() as connection:
        mishap = mishaps.take_for_callback(connection, "wechat")
    push = build(here, account, openid, fields, forged=mishap == "bad_signature", form=form)
    if mishap == "no_callback":
        return []
    if mishap == "reorder":
        passed = threading.Event()
        _held.append(passed)
        threading.Thread(target=_after, args=(passed, here, account, push), name="sandbox-push", daemon=True).start()
        return []
    if mishap == "late_callback":
        time.sleep(LATE)
    twice = mishap == "duplicate"
    numbers = range(copies + twice)
    if overlap:
        with ThreadPoolExecutor(AT_ONCE, "sandbox-push") as crowd:
            replies = list(crowd.map(lambda number: _deliver(here, account, push, number, mishap), numbers))
    else:
        replies = []
        for number in numbers:
            replies.append(_deliver(here, account, push, number, mishap))
            if as_platform and replies[-1].fault is None and number >= twice:
                break
    while _held:
        _held.pop().set()
    return replies


def build(
    here: World,
    account: Account,
    openid: str,
    fields: Mapping[str, Any],
    *,
    forged: bool = False,
    now: int | None = None,
    form: str = "xml",
) -> Push:
    """A push with its query: ``signature`` always, ``msg_signature`` and ``Encrypt`` as the account's mode asks.

    ``form``: ``xml`` or ``json``. ``now``: Unix seconds, by default the sandbox's clock.
    """
    stamp = str(int(here.clock.timestamp()) if now is None else now)
    nonce = str(secrets.randbelow(10**10))
    whole = {"ToUserName": account.original_id, "FromUserName": openid, "CreateTime": int(stamp)} | dict(fields)
    token = secrets.token_hex(8) if forged else account.token
    query = {
        "signature": wechat_crypto.signature(token, stamp, nonce),
        "timestamp": stamp,
        "nonce": nonce,
        "openid": str(whole["FromUserName"]),
    }
    body = written(whole, form)
    if account.mode != "plain":
        encrypted = wechat_crypto.encrypt(account.encoding_aes_key, account.app_id, body.encode())
        query |= {"encrypt_type": "aes", "msg_signature": wechat_crypto.signature(token, stamp, nonce, encrypted)}
        clear = {"ToUserName": account.original_id} if account.mode == "safe" else whole
        body = written(clear | {"Encrypt": encrypted}, form)
    url = f"{here.settings.public_url}/wechat/{account.code}/push?{urlencode(query)}"
    return Push(url, body.encode(), nonce, _meaning(fields), FORMATS[form])


def written(fields: Mapping[str, Any], form: str) -> str:
    """Fields as WeChat writes them in ``xml`` or ``json``.

    JSON has the ``List`` of an event at its top, a list of one as an object, and in some events names that begin with
    a blank.
    """
    if form == "xml":
        return xml(fields)
    return json.dumps(dict(_members(fields)), ensure_ascii=False)


def xml(fields: Mapping[str, Any]) -> str:
    """Fields as WeChat writes them: numbers bare, texts in CDATA, tables and lists nested, tuples one by one."""
    return f"<xml>{_inner(fields)}</xml>"


def understand(account: Account, nonce: str, raw: bytes) -> tuple[dict[str, Any] | str, str | None]:
    """The app's reply in clear, and a sentence where the platform would not accept it."""
    text = raw.decode("utf-8", "replace").strip()
    if text in ("", "success"):
        return text, None
    try:
        fields = _fields(text)
        if "Encrypt" in fields:
            if account.mode == "plain":
                return fields, "the reply is encrypted, in plain mode"
            given = [str(fields.get(name, "")) for name in ("TimeStamp", "Nonce", "Encrypt")]
            if wechat_crypto.signature(account.token, *given) != fields.get("MsgSignature"):
                return fields, "the reply's MsgSignature is wrong"
            if fields.get("Nonce") != nonce:
                return fields, "the reply's Nonce is not the one of the push"
            clear = wechat_crypto.decrypt(account.encoding_aes_key, account.app_id, given[2]).decode()
            return (_fields(clear) if clear.strip() not in ("", "success") else clear.strip()), None
        if account.mode == "safe":
            return fields, "the reply is not encrypted"
        return fields, None
    except (ElementTree.ParseError, wechat_crypto.BadMessage, ValueError, RecursionError) as fault:
        return text[:500], f"the reply cannot be read: {fault}"


def _deliver(here: World, account: Account, push: Push, number: int, mishap: str | None) -> Reply:
    exchange = traffic.Exchange(
        target="wechat",
        sender="wechat",
        receiver="app",
        method="POST",
        path=urlsplit(push.url).path,
        meaning=push.meaning + ("（重复的）" if number else ""),
        mishap=mishap,
        proof="forged" if mishap == "bad_signature" else "signed",
    )
    with here.database.write() as connection:
        traffic.begin(connection, here.clock, exchange)
    status, raw = post(push.url, {"content-type": push.content_type}, push.body, TIMEOUT)
    traffic.finish(here.database, exchange, status)
    if status != 200:
        return Reply(status, "", "no answer in 5 s" if status is None else f"HTTP {status} instead of 200")
    reply, fault = understand(account, push.nonce, raw)
    return Reply(status, reply, fault)


def _after(passed: threading.Event, here: World, account: Account, push: Push) -> None:
    passed.wait(HELD)
    _deliver(here, account, push, 0, "reorder")


def _meaning(fields: Mapping[str, Any]) -> str:
    if fields.get("MsgType") != "event":
        return "转来市民的文字" if fields.get("MsgType") == "text" else "转来市民的消息"
    event = str(fields.get("Event"))
    known = {
        "CLICK": "转来菜单点击",
        "SCAN": "告知：有人扫了二维码",
        "subscribe": "告知：有人关注了",
        "unsubscribe": "告知：有人取消关注",
        "VIEW": "告知：点了菜单链接",
        "view_miniprogram": "告知：点了菜单里的小程序",
        "TEMPLATESENDJOBFINISH": "告知：模板通知送到没有",
        "subscribe_msg_popup_event": "告知：订阅通知同意没有",
        "subscribe_msg_change_event": "告知：订阅设置改了",
        "subscribe_msg_sent_event": "告知：订阅通知送到没有",
        "user_info_modified": "告知：昵称头像被清理",
        "user_authorization_revoke": "告知：有人撤回授权",
        "user_authorization_cancellation": "告知：有人注销了",
    }
    return known.get(event, f"告知：{event}")


def _inner(value: object) -> str:
    if isinstance(value, Mapping):
        return "".join(
            f"<{name}>{_inner(each)}</{name}>"
            for name, inner in value.items()
            for each in (inner if isinstance(inner, tuple) else (inner,))
        )
    if isinstance(value, list):
        return "".join(f"<item>{_inner(inner)}</item>" for inner in value)
    if isinstance(value, int | float):
        return str(value)
    return "<![CDATA[" + str(value).replace("]]>", "]]]]><![CDATA[>") + "]]>"


def _members(fields: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    blanked = fields.get("Event") in BLANKED
    ordinary = ("ToUserName", "FromUserName", "CreateTime", "MsgType", "Event", "Encrypt")
    for name, value in fields.items():
        if isinstance(value, Mapping) and set(value) == {"List"}:
            name, value = "List", value["List"]
        if isinstance(value, tuple) and len(value) == 1:
            value = value[0]
        yield f" {name}" if blanked and name not in ordinary else name, value


def _fields(text: str) -> dict[str, Any]:
    if text.startswith("{"):
        document: dict[str, Any] = json.loads(text)
        return document
    return {child.tag: _value(child) for child in ElementTree.fromstring(text)}  # noqa: S314  (our own app's reply)


def _value(element: ElementTree.Element) -> Any:
    if len(element) == 0:
        return element.text or ""
    if all(child.tag == "item" for child in element):
        return [_value(child) for child in element]
    return {child.tag: _value(child) for child in element}
