"""Signing in by WeChat: OAuth for pages, `wx.login` for mini-programs (facts/wechat.md §2).

The state of an OAuth round is used once and belongs to the browser that began it: it is kept as a hash beside the hash
of a browser key that travels in a short-lived cookie. WeChat's webview may call our return address twice; the second
call is led on by the session that the first one gave.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta

from wxserver.ports import Clock, Unavailable, WeChatIdentity, WeChatLogin, WeChatRefused
from wxserver.store import people, sessions
from wxserver.store.database import Database, Unit
from wxserver.usecases.faults import BadRequest, FarSideAway, Forbidden, NotFound
from wxserver.usecases.sessions import Sessions, SessionView
from wxserver.usecases.tokens import hash_of, new_token, same

STATE_LIFETIME = timedelta(minutes=10)
_LOCAL_PATH = re.compile(r"/(?![/\\])[!-\[\]-~]*")
_AWAY = "微信暂时没有回音，请过一会儿再打开。急着办，可以打 12333 或到窗口。"
_AGAIN = "这次登录没有完成。请回到公众号，从菜单里再打开一次。"
_MINI_AGAIN = "这次登录没有完成。请关掉小程序，再打开一次。"
_BLOCKED = "微信现在不让这个微信号登录，换个时间再试也没有用。要办事，请带身份证到窗口，或者打 12333 问。"

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Begun:
    url: str
    browser_key: str


@dataclass(frozen=True, slots=True)
class Landed:
    """Where to go after the return. `token` is None where the browser has the session already."""

    token: str | None
    next_path: str


@dataclass(frozen=True, slots=True)
class Opened:
    token: str
    session: SessionView


def safe_next(path: str | None) -> str:
    """A path on this site (printable ASCII, at most 2,000 characters), or `/` for anything else."""
    if path is None or len(path) > 2000 or not _LOCAL_PATH.fullmatch(path):
        return "/"
    return path


class SigningIn:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        wechat: WeChatLogin,
        sessions: Sessions,
        *,
        public_url: str,
        service_accounts: Collection[str],
        mini_programs: Collection[str],
    ) -> None:
        self.database = database
        self.clock = clock
        self.wechat = wechat
        self.sessions = sessions
        self.public_url = public_url
        self.service_accounts = tuple(service_accounts)
        self.mini_programs = frozenset(mini_programs)
        self.met: Callable[[Unit, str], None] = lambda *_: None

    @property
    def default_account(self) -> str:
        """The official account that pages sign in by when nothing says otherwise."""
        return self.service_accounts[0]

    def begin(self, account: str, next_path: str | None, browser_key: str | None) -> Begun:
        """Start an OAuth round; the browser goes to `url` and keeps `browser_key`."""
        self._check(account)
        state, key = new_token(), browser_key or new_token()
        with self.database.write() as unit:
            sessions.add_state(
                unit,
                state_hash=hash_of(state),
                account=account,
                browser_hash=hash_of(key),
                next_path=safe_next(next_path),
                now=self.clock.now(),
            )
        return Begun(self.wechat.authorize_url(account, f"{self.public_url}/wechat/{account}/oauth", state), key)

    def finish(
        self,
        account: str,
        code: str | None,
        state: str | None,
        browser_key: str | None,
        token: str | None,
        device: str = "",
    ) -> Landed:
        """The browser is back from WeChat. `device`: what it says it is, in a few words.

        Raises a Problem whose sentence says what to do.
        """
        self._check(account)
        now = self.clock.now()
        with self.database.read() as unit:
            row = sessions.state(unit, hash_of(state or ""))
            current = sessions.find(unit, hash_of(token), now) if token else None
        if row is None or row.account != account or not same(row.browser_hash, hash_of(browser_key or "")):
            raise Forbidden(_AGAIN, code="oauth-state")
        if row.used_at is not None:
            if current is not None:
                return Landed(None, row.next_path)
            raise Forbidden(_AGAIN, code="oauth-state")
        if now - row.created_at > STATE_LIFETIME:
            raise Forbidden(_AGAIN, code="oauth-state")
        if not code:
            raise BadRequest("您没有同意打开，所以没有登录。要办事，请再打开一次并点“允许”。", code="oauth-refused")
        with self.database.write() as unit:
            if not sessions.use_state(unit, hash_of(state or ""), now):
                raise Forbidden(_AGAIN, code="oauth-state")
        identity = self._identity(account, lambda: self.wechat.exchange(account, code), _AGAIN)
        with self.database.write() as unit:
            user = people.remember_wechat_user(unit, account, identity.openid, identity.unionid, now)
            people.link(unit, user, now)
            self.met(unit, user)
            if current is not None and current.wechat_user_id == user:
                sessions.state_led_to(unit, hash_of(state or ""), current.id)
                return Landed(None, row.next_path)
            if current is not None:
                sessions.end(unit, current.id, now)
            new, session = self.sessions.begin(unit, kind="cookie", account=account, wechat_user_id=user, device=device)
            sessions.state_led_to(unit, hash_of(state or ""), session.id)
        return Landed(new, row.next_path)

    def mini_program(self, account: str, code: str) -> Opened:
        """Redeem a `wx.login` code for a Bearer session. The person whom the same user is known to be in another
        account stands behind this one too; that proves nothing, so the assurance stays `wechat`."""
        if account not in self.mini_programs:
            raise NotFound("没有这个小程序。", code="unknown-account")
        identity = self._identity(account, lambda: self.wechat.mini_program(account, code), _MINI_AGAIN)
        with self.database.write() as unit:
            now = self.clock.now()
            user = people.remember_wechat_user(unit, account, identity.openid, identity.unionid, now)
            people.keep_session_key(unit, user, identity.session_key)
            people.link(unit, user, now)
            token, session = self.sessions.begin(
                unit, kind="bearer", account=account, wechat_user_id=user, device="小程序"
            )
        return Opened(token, session)

    def _check(self, account: str) -> None:
        if account not in self.service_accounts:
            raise NotFound("没有这个公众号。", code="unknown-account")

    def _identity(self, account: str, ask: Callable[[], WeChatIdentity], again: str) -> WeChatIdentity:
        try:
            identity = ask()
        except Unavailable:
            raise FarSideAway(_AWAY) from None
        except WeChatRefused as refusal:
            if refusal.is_about_the_code:
                raise BadRequest(again, code="wechat-code", extra={"errcode": refusal.code}) from None
            if refusal.blocks_the_user:
                raise Forbidden(_BLOCKED, code="wechat-blocked") from None
            logger.error("WeChat refused a sign-in", extra={"account": account, "code": refusal.code})
            raise FarSideAway(_AWAY) from None
        if identity.snapshot:
            raise Forbidden("现在打开的是微信的预览页。请点右上角“使用完整服务”，再来办事。", code="snapshot-page")
        return identity
