"""The port `WeChatPushDoor`: WeChat's message push to one account, in the mode its configuration says.

plain: `signature` covers token, timestamp and nonce, not the body. compat and safe: `msg_signature` covers the
ciphertext too, and only what was encrypted is believed; the readable fields beside it in compat mode are ignored, so
that no request can choose the weaker way.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Literal, get_args

from wxserver.adapters.wechat import wire
from wxserver.adapters.wechat.crypto import PushCipher, matches, signature
from wxserver.ports import BadSignature, Malformed, Push

Mode = Literal["plain", "compat", "safe"]

TOLERANCE = 300
"""Seconds a timestamp may lie before or after now. A repeated delivery may carry the first one's (about 15 s old)."""

_TIMESTAMP = re.compile(r"[0-9]{1,10}", re.ASCII)
_NONCE = re.compile(r"[!-~]{1,128}", re.ASCII)
_ECHO = re.compile(r"[A-Za-z0-9+/=_.\-]{1,256}", re.ASCII)
_LONGEST_KEY = 1024
_LONGEST_OPENID = 128
_ACKNOWLEDGED = b"success"


class PushDoor:
    """Answers the port `WeChatPushDoor` for one account.

    `aes_key`: the EncodingAESKey, not needed in plain mode. Raises ValueError for a mode, token or key that can't be.
    """

    def __init__(self, app_id: str, token: str, aes_key: str, mode: str) -> None:
        if mode not in get_args(Mode):
            raise ValueError(f"{mode} is no push mode")
        if not app_id or not token:
            raise ValueError("an account needs an app id and a token")
        self._token = token
        self._cipher = None if mode == "plain" else PushCipher(app_id, aes_key)

    def verify_url(self, query: Mapping[str, str], now: datetime) -> str:
        """WeChat's check of our address: the `echostr` to send back, in every mode signed by `signature`.

        Raises `BadSignature`, also for an echo that is more than letters, digits and `+/=_.-`.
        """
        self._check(query, "signature", now)
        echo = query.get("echostr", "")
        if not _ECHO.fullmatch(echo):
            raise BadSignature("malformed echostr")
        return echo

    def open(self, query: Mapping[str, str], body: bytes, content_type: str, now: datetime) -> Push:
        """Verify, decrypt and read a push.

        Raises `BadSignature` (401) for what is not proven to come from WeChat, for this account, about now; and
        `Malformed` (400) for what is, but can't be read.
        """
        if self._cipher is None:
            self._check(query, "signature", now)
            return _push(*wire.read(body, content_type))
        try:
            ciphertext = wire.ciphertext_in(body, content_type)
        except Malformed:
            raise BadSignature("no envelope") from None
        if not ciphertext:
            raise BadSignature("nothing encrypted")
        self._check(query, "msg_signature", now, ciphertext)
        return _push(*wire.read(self._cipher.decrypt(ciphertext)))

    def answer(self, push: Push, text: str | None, query: Mapping[str, str], now: datetime, created: int = 0) -> bytes:
        """The body of our answer, in the format of the push: a text to its sender, encrypted unless the mode is plain;
        or, for none, `success`, which WeChat takes bare in every mode. `query`: of the push, for its nonce. `created`:
        unix seconds at which a repeated answer was given first; 0: now."""
        if not text:
            return _ACKNOWLEDGED
        stamp = int(now.timestamp())
        plain = wire.write(
            push.wire,
            {
                "ToUserName": push.from_user,
                "FromUserName": push.to_user,
                "CreateTime": created or stamp,
                "MsgType": "text",
                "Content": text,
            },
        )
        if self._cipher is None:
            return plain
        nonce = query.get("nonce", "") or secrets.token_hex(8)
        ciphertext = self._cipher.encrypt(plain)
        return wire.write(
            push.wire,
            {
                "Encrypt": ciphertext,
                "MsgSignature": signature(self._token, str(stamp), nonce, ciphertext),
                "TimeStamp": stamp,
                "Nonce": nonce,
            },
        )

    def _check(self, query: Mapping[str, str], name: str, now: datetime, *more: str) -> None:
        timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
        if not _TIMESTAMP.fullmatch(timestamp) or not _NONCE.fullmatch(nonce):
            raise BadSignature("malformed timestamp or nonce")
        if not matches(signature(self._token, timestamp, nonce, *more), query.get(name, "")):
            raise BadSignature(f"wrong {name}")
        if abs(now.timestamp() - int(timestamp)) > TOLERANCE:
            raise BadSignature("stale timestamp")


def _push(format_: wire.Wire, fields: dict[str, str]) -> Push:
    created = fields.get("CreateTime", "").strip()
    if not _TIMESTAMP.fullmatch(created):
        raise Malformed("CreateTime is no unix time")
    push = Push(
        from_user=fields.get("FromUserName", ""),
        to_user=fields.get("ToUserName", ""),
        create_time=int(created),
        msg_type=fields.get("MsgType", ""),
        event=fields.get("Event", ""),
        event_key=fields.get("EventKey", ""),
        msg_id=fields.get("MsgId") or fields.get("MsgID", ""),
        content=fields.get("Content", ""),
        fields=fields,
        wire=format_,
    )
    if not push.from_user or not push.to_user or not push.msg_type:
        raise Malformed("FromUserName, ToUserName or MsgType is missing")
    if push.msg_type == "event" and not push.event:
        raise Malformed("Event is missing")
    too_long = len(push.from_user) > _LONGEST_OPENID or len(fields.get("OpenID", "")) > _LONGEST_OPENID
    if too_long or any(len(part) > _LONGEST_KEY for part in (push.to_user, *push.key)):
        raise Malformed("a field is too long")
    return push
