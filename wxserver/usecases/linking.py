"""Knowing the same person's accounts: the unionid that WeChat gives a user of several accounts of one platform."""

from __future__ import annotations

from typing import Final

from wxserver.ports import Clock, WeChatAccounts, WeChatRefused
from wxserver.store import people
from wxserver.store.database import Database, Unit
from wxserver.store.outbox import Work
from wxserver.usecases.working import Doer, Working

LEARN: Final = "learn_wechat_user"
_PATIENCE: Final = 24 * 3600.0


class Linking:
    """Official accounts tell no unionid at login by `snsapi_base`; it is asked for as work, for followers whom we know.
    `accounts`: those that can be asked."""

    def __init__(
        self, database: Database, clock: Clock, wechat: WeChatAccounts, working: Working, accounts: frozenset[str]
    ) -> None:
        self.database = database
        self.clock = clock
        self.wechat = wechat
        self.working = working
        self.accounts = accounts
        working.learn(LEARN, Doer(self.learn, _PATIENCE))

    def ask(self, unit: Unit, wechat_user_id: str) -> None:
        """Order that WeChat be asked about a user."""
        if people.wechat_user(unit, wechat_user_id).account in self.accounts:
            self.working.order_again(unit, LEARN, wechat_user_id)

    def met(self, unit: Unit, wechat_user_id: str) -> None:
        """Somebody has opened a page: WeChat is asked about them where it never told more than the openid, and nobody
        stands behind them."""
        stranger = people.wechat_user(unit, wechat_user_id).person_id is None
        if stranger and people.told_of(unit, wechat_user_id) == (None, None):
            self.ask(unit, wechat_user_id)

    def proven(self, unit: Unit, wechat_user_id: str) -> None:
        """Somebody has proved who they are: WeChat is asked about them, unless it has told that they follow and what
        their unionid is; who follows no more it tells by itself."""
        unionid, follows = people.told_of(unit, wechat_user_id)
        if unionid is None or not follows:
            self.ask(unit, wechat_user_id)

    def learn(self, work: Work) -> None:
        """Ask whether the user follows and what their unionid is. Raises `Unavailable`."""
        with self.database.read() as unit:
            user = people.wechat_user(unit, work.subject_id)
        try:
            told = self.wechat.follower(user.account, user.openid)
        except WeChatRefused:
            with self.database.write() as unit:
                self.working.end(unit, LEARN, user.id, "refused")
            return
        now = self.clock.now()
        with self.database.write() as unit:
            if people.wechat_user(unit, user.id).openid == user.openid:
                people.found_following(unit, user.id, told.follows)
                people.learned(unit, user.id, told.unionid)
                people.link(unit, user.id, now)
            self.working.end(unit, LEARN, user.id)
