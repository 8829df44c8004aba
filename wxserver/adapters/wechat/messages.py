"""The port `WeChatMessages`: template messages, subscription notices of a service account and of a mini-program."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from wxserver.adapters.wechat.errors import MISCONFIGURED
from wxserver.adapters.wechat.values import Unfit, fit
from wxserver.ports import MessageRefused, Outgoing, WeChatRefused
from wxserver.ports.documents import Document, is_storable
from wxserver.ports.wechat import Consequence, WeChatCalls

_log = logging.getLogger(__name__)

_PATHS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "template": "/cgi-bin/message/template/send",
        "bizsend": "/cgi-bin/message/subscribe/bizsend",
        "miniprogram": "/cgi-bin/message/subscribe/send",
    }
)
_CONSEQUENCES: Final[Mapping[int, Consequence]] = MappingProxyType(
    {
        40003: "unknown_user",
        40037: "bad_template",
        41030: "bad_template",
        43004: "not_following",
        43101: "not_subscribed",
        43116: "bad_template",
        45009: "quota",
        45011: "quota",
        47003: "bad_data",
    }
)
"""What follows from an errcode (facts/wechat.md §5); from any other: `denied`."""

_OF_THE_USER: Final = frozenset({"unknown_user", "not_following", "not_subscribed"})
_NAMED_FIELD = re.compile(r"data\.([a-z_]{1,32}[0-9]{0,4})\b", re.ASCII)
_LONGEST_NUMBER = 64
_NOT_PERMITTED = 48001
"""This call is not for this account: no misconfiguration that a message could wait out."""


class WeChatMessenger:
    """Answers the port `WeChatMessages` over the calls of the platform's server API."""

    def __init__(self, calls: WeChatCalls) -> None:
        self._calls = calls

    def send(self, message: Outgoing) -> str:
        """WeChat's number of the message, or empty. Raises `MessageRefused`, and `Unavailable` where it may or may not
        have gone out. A channel that is none raises KeyError. A value that can't be made to fit its field is refused
        as `bad_data` with code 0 before anything is sent."""
        path = _PATHS[message.channel]
        try:
            data = {name: {"value": fit(name, value)} for name, value in message.values.items()}
        except Unfit as fault:
            raise _refusal(message, 0, "bad_data", str(fault)) from None
        document = {"touser": message.openid, "template_id": message.template_id, **_way_in(message), "data": data}
        try:
            answer = self._calls.call(message.account, path, document)
        except WeChatRefused as refused:
            named = _NAMED_FIELD.search(refused.message)
            ours = refused.code in MISCONFIGURED - {_NOT_PERMITTED}
            consequence = "account" if ours else _CONSEQUENCES.get(refused.code, "denied")
            raise _refusal(message, refused.code, consequence, named[1] if named else "") from None
        return _number(answer)


def _way_in(message: Outgoing) -> dict[str, object]:
    """What each channel knows besides user, template and data: where the message leads, and by what WeChat tells a
    second sending of it. What is empty is left out."""
    if message.channel == "template":
        found = {"url": message.url, "client_msg_id": message.key}
    elif message.channel == "bizsend":
        found = {"page": message.url}
    else:
        found = {"page": message.page, "miniprogram_state": "formal", "lang": "zh_CN"}
    return {name: value for name, value in found.items() if value}


def _refusal(message: Outgoing, code: int, consequence: Consequence, about: str) -> MessageRefused:
    """`about`: the field at fault, in our words: an errmsg may carry what was sent."""
    _log.log(
        logging.INFO if consequence in _OF_THE_USER else logging.ERROR,
        "WeChat takes no message: %s %s template=%s account=%s %s",
        code,
        consequence,
        message.template_id,
        message.account,
        about,
    )
    return MessageRefused(code, consequence, about)


def _number(answer: Document) -> str:
    """`msgid`, a number or a text; where it can't be read the message has gone out all the same."""
    found = answer.raw("msgid")
    if isinstance(found, bool) or not isinstance(found, int | str):
        return ""
    text = str(found)
    return text if len(text) <= _LONGEST_NUMBER and is_storable(text) else ""
