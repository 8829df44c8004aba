"""The port `WeChatAccounts`: menu, QR codes, followers, templates, mini-program sessions and phone numbers."""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import Final, Protocol

from wxserver.ports import Follower, LiveTemplate, Unavailable, WeChatRefused
from wxserver.ports.documents import Document, Malformed
from wxserver.ports.wechat import WeChatCalls

_log = logging.getLogger(__name__)

_NO_MENU = 46003
_BAD_SESSION_SIGNATURE = 87009
_INVALID_CODE = 40029
_LONGEST_CODE = 512
_LONGEST_SCENE = 64
_LONGEST_CONTENT = 4096
_HOME = "86"
_TEMPLATE_LISTS: Final[Mapping[str, tuple[str, str, str]]] = MappingProxyType(
    {
        "template": ("/cgi-bin/template/get_all_private_template", "template_list", "template_id"),
        "bizsend": ("/wxaapi/newtmpl/gettemplate", "data", "priTmplId"),
        "miniprogram": ("/wxaapi/newtmpl/gettemplate", "data", "priTmplId"),
    }
)
"""Channel -> where its templates are asked for, the list in the answer, and what a template's id is called there."""
_ASKED_FOR = re.compile(r"\{\{\s*([A-Za-z_]+[0-9]*)\.DATA\s*\}\}", re.ASCII)
_DIGITS = re.compile(r"[0-9]{4,20}", re.ASCII)
_COUNTRY = re.compile(r"[0-9]{1,4}", re.ASCII)


class FetchingCalls(WeChatCalls, Protocol):
    """Calls that can also be told to get their access token afresh."""

    def fetch(self, account: str) -> None:
        """Get an access token, whatever is kept; raises `WeChatRefused` or `Unavailable`."""


class WeChatAccountDesk:
    """Answers the port `WeChatAccounts`. `app_ids`: app id by the account's name in the configuration."""

    def __init__(self, calls: FetchingCalls, app_ids: Mapping[str, str]) -> None:
        self._calls = calls
        self._app_ids = dict(app_ids)

    def menu(self, account: str) -> Mapping[str, object] | None:
        """The menu that is live, as it was put in place; None where there is none."""
        try:
            answer = self._calls.call(account, "/cgi-bin/menu/get")
        except WeChatRefused as refused:
            if refused.code == _NO_MENU:
                return None
            raise
        with _reading("/cgi-bin/menu/get"):
            return {"button": [_button(each) for each in answer.object("menu").objects("button")]}

    def create_menu(self, account: str, menu: Mapping[str, object]) -> None:
        """Put a menu in place of the one that is live."""
        self._calls.call(account, "/cgi-bin/menu/create", menu)

    def scene_ticket(self, account: str, scene: str) -> str:
        """The address behind a lasting QR code. `scene`: 1 to 64 characters, else ValueError."""
        if not 1 <= len(scene) <= _LONGEST_SCENE:
            raise ValueError("a scene has 1 to 64 characters")
        wanted = {"action_name": "QR_LIMIT_STR_SCENE", "action_info": {"scene": {"scene_str": scene}}}
        answer = self._calls.call(account, "/cgi-bin/qrcode/create", wanted)
        with _reading("/cgi-bin/qrcode/create"):
            return answer.text("url")

    def follower(self, account: str, openid: str) -> Follower:
        """Whether this user follows the account, and their unionid."""
        answer = self._calls.call(account, "/cgi-bin/user/info", query={"openid": openid})
        with _reading("/cgi-bin/user/info"):
            follows = answer.whole("subscribe", most=1) == 1
            return Follower(follows, answer.text_or_none("unionid", longest=128) or None)

    def templates(self, account: str, channel: str) -> Sequence[LiveTemplate]:
        """The templates of a channel: `template`, `bizsend` or `miniprogram`, else ValueError."""
        if channel not in _TEMPLATE_LISTS:
            raise ValueError("no such channel")
        path, rows, number = _TEMPLATE_LISTS[channel]
        answer = self._calls.call(account, path)
        with _reading(path):
            return tuple(_template(each, number) for each in answer.objects(rows))

    def session_alive(self, account: str, openid: str, session_key: str) -> bool:
        """Whether a mini-program's session key still holds. The key itself is not sent."""
        signature = hmac.new(session_key.encode(), b"", hashlib.sha256).hexdigest()
        query = {"openid": openid, "signature": signature, "sig_method": "hmac_sha256"}
        try:
            self._calls.call(account, "/wxa/checksession", query=query)
        except WeChatRefused as refused:
            if refused.code == _BAD_SESSION_SIGNATURE:
                return False
            raise
        return True

    def phone_number(self, account: str, code: str) -> str:
        """The number behind the code of the phone button: digits, after `+` and the country's code where that is not
        86. One that was given to another app raises `WeChatRefused`, as would its code."""
        if not 1 <= len(code) <= _LONGEST_CODE or not code.isascii() or not code.isprintable():
            raise WeChatRefused(_INVALID_CODE, "invalid code")
        answer = self._calls.call(account, "/wxa/business/getuserphonenumber", {"code": code})
        with _reading("/wxa/business/getuserphonenumber"):
            info = answer.object("phone_info")
            number, country = info.text("purePhoneNumber", longest=20), _country(info)
            given_to = info.object("watermark").text("appid", longest=64)
            if not _DIGITS.fullmatch(number):
                raise Malformed("phone_info.purePhoneNumber is no number")
        if given_to != self._app_ids[account]:
            _log.error("a phone number given to another app than that of %s was refused", account)
            raise WeChatRefused(_INVALID_CODE, "the code is another app's")
        return number if country == _HOME else f"+{country}{number}"

    def token_works(self, account: str) -> None:
        """Get an access token afresh and use it once; raises where that does not go."""
        self._calls.fetch(account)
        self._calls.call(account, "/cgi-bin/getcallbackip")


@contextmanager
def _reading(path: str) -> Iterator[None]:
    """An answer that is not of its shape is none."""
    try:
        yield
    except Malformed as fault:
        _log.warning("no usable answer from WeChat to %s: %s", path, fault)
        raise Unavailable(f"WeChat: {fault}") from None


def _button(row: Document) -> dict[str, object]:
    """A button as it was put in place: WeChat adds an empty list of sub-buttons to those that have none."""
    found = {name: value for name, value in row.items() if not (name == "sub_button" and value == [])}
    if "sub_button" in found:
        found["sub_button"] = [_button(each) for each in row.objects("sub_button")]
    return found


def _template(row: Document, number: str) -> LiveTemplate:
    content = row.text("content", longest=_LONGEST_CONTENT)
    return LiveTemplate(
        template_id=row.text(number, longest=128),
        title=row.text_or_none("title") or "",
        fields=tuple(dict.fromkeys(_ASKED_FOR.findall(content))),
    )


def _country(info: Document) -> str:
    # The documented answer has a text; some have been seen with a number.
    found = info.raw("countryCode")
    text = str(found) if isinstance(found, int) and not isinstance(found, bool) else info.text("countryCode", longest=8)
    if not _COUNTRY.fullmatch(text):
        raise Malformed("phone_info.countryCode is no country's code")
    return text
