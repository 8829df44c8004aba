"""What clients in WeChat ask of us about WeChat: phone number, login state, subscriptions, signatures for JS-SDK."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NoReturn

from bundles.engine import Fault
from wxserver.ports import Signed, Unavailable, WeChatAccounts, WeChatRefused, WeChatTickets
from wxserver.store import people, subscriptions
from wxserver.store.database import Database, Unit
from wxserver.usecases.faults import BadRequest, FarSideAway, Forbidden, Invalid
from wxserver.usecases.sessions import SessionView

ASKED_FOR: Final = ("bizsend", "miniprogram")
"""Channels whose every message a person must agree to before; template messages go to followers without."""
_NO_SUCH_USER: Final = 40003
_AWAY: Final = "微信暂时没有回音，请过一会儿再试。急着办，可以打 12333 或到窗口。"

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Subscribable:
    """A template for which a client can ask the person's consent. `code`: our name of it in the configuration."""

    template_id: str
    channel: str
    code: str


@dataclass(frozen=True, slots=True)
class Asking:
    """What a page asks the person's consent for. `left`: how many messages they have agreed to and not had yet;
    `told_anyway`: they follow the account and are told without."""

    templates: tuple[Subscribable, ...]
    left: int
    told_anyway: bool


class MiniPrograms:
    """`templates`: account -> (code, channel, template_id) of each of its templates. `public_url`: without a slash at
    its end."""

    def __init__(
        self,
        database: Database,
        wechat: WeChatAccounts,
        tickets: WeChatTickets,
        templates: Mapping[str, Sequence[tuple[str, str, str]]],
        public_url: str,
    ) -> None:
        self.database = database
        self.wechat = wechat
        self.tickets = tickets
        self.public_url = public_url
        self._tells_followers = {
            account for account, each in templates.items() for _, channel, _ in each if channel not in ASKED_FOR
        }
        self._templates = {
            account: tuple(
                Subscribable(number, channel, code) for code, channel, number in each if channel in ASKED_FOR
            )
            for account, each in templates.items()
        }

    def phone_number(self, session: SessionView, code: str) -> str:
        """The number behind the code of a mini-program's phone button, for its owner to fill in a form. It is not kept.

        Raises Forbidden (`mini-program-only`), BadRequest (`wechat-code`), FarSideAway.
        """
        _in_mini_program(session)
        try:
            return self.wechat.phone_number(session.account, code)
        except Unavailable:
            raise FarSideAway(_AWAY) from None
        except WeChatRefused as refusal:
            if not refusal.is_about_the_code:
                _not_ours(session, refusal)
            detail = "微信没有给出手机号码。请再点一次“获取手机号”，或者自己填写。"
            raise BadRequest(detail, code="wechat-code", extra={"errcode": refusal.code}) from None

    def login_alive(self, session: SessionView) -> bool:
        """Whether WeChat still knows the mini-program's login of this session. False: call `wx.login` anew.

        Raises Forbidden (`mini-program-only`), FarSideAway.
        """
        _in_mini_program(session)
        with self.database.read() as unit:
            user = people.wechat_user(unit, session.wechat_user_id)
            key = people.session_key(unit, user.id)
        if key is None:
            return False
        try:
            return self.wechat.session_alive(session.account, user.openid, key)
        except Unavailable:
            raise FarSideAway(_AWAY) from None
        except WeChatRefused as refusal:
            if refusal.code == _NO_SUCH_USER:
                return False
            _not_ours(session, refusal)

    def subscription_templates(self, session: SessionView) -> tuple[Subscribable, ...]:
        """What the person can agree to be told by, in the account of this session."""
        return self._templates.get(session.account, ())

    def asking(self, session: SessionView) -> Asking | None:
        """What a page of an official account has to ask for, and how things stand; None where the account sends
        nothing that must be agreed to, and for sessions of mini-programs, which ask by themselves."""
        templates = self.subscription_templates(session)
        if session.kind != "cookie" or not templates:
            return None
        with self.database.read() as unit:
            return Asking(
                templates,
                subscriptions.left(unit, session.wechat_user_id, [each.template_id for each in templates]),
                self._told_anyway(unit, session),
            )

    def has_to_ask(self, session: SessionView) -> bool:
        """Whether WeChat may tell this person nothing unless they agree to it on a page of ours."""
        if session.kind != "cookie" or not self.subscription_templates(session):
            return False
        with self.database.read() as unit:
            return not self._told_anyway(unit, session)

    def _told_anyway(self, unit: Unit, session: SessionView) -> bool:
        return session.account in self._tells_followers and people.follows(unit, session.wechat_user_id) is True

    def signature(self, session: SessionView, url: str) -> Signed:
        """What our page at `url` hands to `wx.config`. `url`: the whole address; what follows `#` does not count.

        Raises Forbidden (`page-only`), Invalid for a page that is not ours, FarSideAway.
        """
        if session.kind != "cookie":
            raise Forbidden("这里只给公众号里的网页用。", code="page-only")
        rest = url.removeprefix(self.public_url)
        if len(rest) == len(url) or rest[:1] not in ("", "/", "?", "#"):
            raise Invalid.of([Fault("url", "not-ours", "这里只能写本服务网页的完整地址。")])
        try:
            return self.tickets.sign(session.account, url)
        except Unavailable:
            raise FarSideAway(_AWAY) from None
        except WeChatRefused as refusal:
            _not_ours(session, refusal)


def _in_mini_program(session: SessionView) -> None:
    if session.kind != "bearer":
        raise Forbidden("这里只给小程序用。请从小程序打开。", code="mini-program-only")


def _not_ours(session: SessionView, refusal: WeChatRefused) -> NoReturn:
    """WeChat's no that nobody at the other end can mend: a matter of the account, for whoever runs it."""
    logger.error("WeChat refused a call", extra={"account": session.account, "code": refusal.code})
    raise FarSideAway(_AWAY) from None
