"""The port `WeChatLogin`: OAuth for official accounts (`snsapi_base`; `snsapi_userinfo` for who agrees to show nickname
and avatar), `jscode2session` for mini-programs.

WeChat answers HTTP 200 also to errors, with `errcode` and `errmsg`, and labels its JSON text/plain.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from wxserver.adapters.wechat.errors import BUSY, MISCONFIGURED, QUOTA, alarm, clean
from wxserver.ports import Http, Unavailable, WeChatIdentity, WeChatProfile, WeChatRefused
from wxserver.ports.documents import Document, Malformed

_log = logging.getLogger(__name__)

_STATE = re.compile(r"[A-Za-z0-9]{1,128}", re.ASCII)
_LONGEST_CODE = 512

_INVALID_CODE = 40029
_NO = (None, 0, False, "", "0")
_PICTURES = re.compile(r"https://[a-z0-9-]+(?:\.[a-z0-9-]+)*\.qlogo\.cn/[!-~]{1,512}", re.ASCII)
_SIGN = re.compile(rb"\xff\xd8\xff|\x89PNG\r\n\x1a\n|RIFF.{4}WEBP", re.DOTALL)
_LARGEST_PICTURE = 64 * 1024


@dataclass(frozen=True, slots=True)
class LoginAccount:
    """What login needs of one account. `kind`: `service` or `miniprogram`."""

    kind: str
    app_id: str
    app_secret: str = field(repr=False)


class WeChatOAuth:
    """Answers the port `WeChatLogin`.

    `accounts`: by their name in the configuration. `api_base_url` and `authorize_base_url`: WeChat's own
    `https://api.weixin.qq.com` and `https://open.weixin.qq.com`, or the sandbox. `http` bounds each call in time.
    """

    def __init__(
        self, accounts: Mapping[str, LoginAccount], api_base_url: str, authorize_base_url: str, http: Http
    ) -> None:
        self._accounts = dict(accounts)
        self._api = api_base_url.rstrip("/")
        self._authorize = authorize_base_url.rstrip("/")
        self._http = http

    def authorize_url(self, account: str, redirect_uri: str, state: str, *, profile: bool = False) -> str:
        """Where to send the browser. `profile`: WeChat asks for nickname and avatar.

        WeChat matches the address by its order, and mangles a state that is more than letters and digits: ValueError
        for one that is not 1 to 128 of them.
        """
        if not _STATE.fullmatch(state):
            raise ValueError("a state is 1 to 128 letters and digits")
        found, scope = self._account(account, "service"), "snsapi_userinfo" if profile else "snsapi_base"
        return (
            f"{self._authorize}/connect/oauth2/authorize?appid={quote(found.app_id, safe='')}"
            f"&redirect_uri={quote(redirect_uri, safe='')}&response_type=code&scope={scope}&state={state}"
            "#wechat_redirect"
        )

    def exchange(self, account: str, code: str) -> WeChatIdentity:
        """Redeem the code of an OAuth return; raises `WeChatRefused` or `Unavailable`."""
        return _identity(self._redeem(account, code))

    def profile(self, account: str, code: str) -> WeChatProfile:
        """Redeem the code of an OAuth return with consent, and fetch what was agreed to. Raises `WeChatRefused` or
        `Unavailable`."""
        try:
            login = self._redeem(account, code)
            openid, token = login.text("openid", longest=128), login.text("access_token", longest=512)
            if login.raw("is_snapshotuser") not in _NO:
                raise WeChatRefused(_INVALID_CODE, "a snapshot page")
            told = self._ask("/sns/userinfo", {"access_token": token, "openid": openid, "lang": "zh_CN"}, token)
            return WeChatProfile(
                told.text("openid", longest=128),
                _plain(told.text_or_none("nickname", longest=256) or ""),
                self._picture(told.text_or_none("headimgurl", longest=2048) or ""),
            )
        except Malformed as fault:
            raise _unavailable("/sns/userinfo", str(fault)) from None

    def _redeem(self, account: str, code: str) -> Document:
        found = self._account(account, "service")
        _check_code(code)
        return self._ask(
            "/sns/oauth2/access_token",
            {"appid": found.app_id, "secret": found.app_secret, "code": code, "grant_type": "authorization_code"},
            found.app_secret,
        )

    def _picture(self, address: str) -> bytes | None:
        """The avatar, from WeChat's own hosts only: nobody sends this server elsewhere."""
        if not (_PICTURES.fullmatch(address) or address.startswith(f"{self._api}/mmopen/")):
            return None
        try:
            answer = self._http.send("GET", address, {"Accept": "image/*"})
        except Unavailable:
            return None
        known = answer.status == 200 and _SIGN.match(answer.body) is not None
        return answer.body if known and len(answer.body) <= _LARGEST_PICTURE else None

    def mini_program(self, account: str, code: str) -> WeChatIdentity:
        """Redeem a `wx.login` code; the session key comes along, and stays on the server. Raises `WeChatRefused` or
        `Unavailable`."""
        found = self._account(account, "miniprogram")
        _check_code(code)
        asked = {"appid": found.app_id, "secret": found.app_secret, "js_code": code, "grant_type": "authorization_code"}
        return _identity(self._ask("/sns/jscode2session", asked, found.app_secret), with_key=True)

    def _account(self, name: str, kind: str) -> LoginAccount:
        found = self._accounts[name]
        if found.kind != kind:
            raise KeyError(name)
        return found

    def _ask(self, path: str, query: Mapping[str, str], secret: str) -> Document:
        """WeChat's answer, if it is none of its refusals. `secret`: what no log of ours may show."""
        answer = self._http.send("GET", f"{self._api}{path}?{urlencode(query)}", {"Accept": "application/json"})
        if answer.status != 200:
            raise _unavailable(path, f"HTTP {answer.status}")
        try:
            document = Document.parse(answer.body)
            if document.raw("errcode") not in (None, 0):
                raise _refusal(path, document, secret)
            return document
        except Malformed as fault:
            raise _unavailable(path, str(fault)) from None


def _identity(document: Document, *, with_key: bool = False) -> WeChatIdentity:
    try:
        return WeChatIdentity(
            openid=document.text("openid", longest=128),
            unionid=document.text_or_none("unionid", longest=128) or None,
            snapshot=document.raw("is_snapshotuser") not in _NO,
            session_key=document.text("session_key", longest=128) if with_key else None,
        )
    except Malformed as fault:
        raise _unavailable("a login", str(fault)) from None


def _plain(nickname: str) -> str:
    """A nickname without characters that nobody sees."""
    return "".join(each for each in nickname if each.isprintable())[:64]


def _check_code(code: str) -> None:
    """A code that WeChat can't have given is answered as WeChat would, without asking it."""
    if not 1 <= len(code) <= _LONGEST_CODE or not code.isascii() or not code.isprintable():
        raise WeChatRefused(_INVALID_CODE, "invalid code")


def _refusal(path: str, document: Document, secret: str) -> WeChatRefused | Unavailable:
    code = document.whole("errcode", least=-(2**31))
    message = clean(document.raw("errmsg"), secret)
    if code in BUSY | QUOTA:
        return _unavailable(path, f"errcode {code}")
    if code in MISCONFIGURED:
        alarm(_log, path, code, message)
    return WeChatRefused(code, message)


def _unavailable(path: str, what: str) -> Unavailable:
    _log.warning("no usable answer from WeChat to %s: %s", path, what)
    return Unavailable(f"WeChat: {what}")
