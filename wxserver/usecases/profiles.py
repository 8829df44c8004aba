"""Nickname and avatar of a WeChat user: only for who asks for it in so many words, and gone when they take it back.

Nobody needs them to get anything done (PIPL art. 6, 16); they only let a person see which WeChat is theirs.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field

from wxserver.ports import Clock, Unavailable, WeChatLogin, WeChatRefused
from wxserver.store import people, sessions
from wxserver.store.database import Database
from wxserver.usecases.consenting import PROFILE, Consenting
from wxserver.usecases.faults import BadRequest, FarSideAway, Forbidden
from wxserver.usecases.sessions import SessionView
from wxserver.usecases.signing_in import STATE_LIFETIME, Begun
from wxserver.usecases.tokens import hash_of, new_token, same

BACK = "/me"
_AGAIN = "这次没有完成。请回到“个人中心”，再点一次。"
_AWAY = "微信暂时没有回音，请过一会儿再试。不显示昵称和头像，照样能办事。"


@dataclass(frozen=True, slots=True)
class ProfileView:
    """What is kept of a WeChat user's profile. `avatar`: a picture's bytes."""

    nickname: str = field(repr=False)
    avatar: bytes | None = field(repr=False)


class Profiles:
    def __init__(
        self, database: Database, clock: Clock, wechat: WeChatLogin, consenting: Consenting, *, public_url: str
    ) -> None:
        self.database = database
        self.clock = clock
        self.wechat = wechat
        self.consenting = consenting
        self.public_url = public_url

    def begin(self, session: SessionView, version: str | None, browser_key: str | None) -> Begun:
        """Keep the consent, and send the browser to WeChat, which asks once more. `version`: of the text that was
        ticked. Raises Invalid, Forbidden."""
        if session.kind != "cookie":
            raise Forbidden("这里只给公众号里的网页用。", code="page-only")
        self.consenting.give(session, PROFILE, version or "")
        state, key = new_token(), browser_key or new_token()
        with self.database.write() as unit:
            sessions.add_state(
                unit,
                state_hash=hash_of(state),
                account=session.account,
                browser_hash=hash_of(key),
                next_path=BACK,
                now=self.clock.now(),
            )
        back = f"{self.public_url}/wechat/{session.account}/profile"
        return Begun(self.wechat.authorize_url(session.account, back, state, profile=True), key)

    def finish(self, session: SessionView, code: str | None, state: str | None, browser_key: str | None) -> str:
        """The browser is back; keep what WeChat tells of this very user. Where to go next."""
        now = self.clock.now()
        with self.database.read() as unit:
            row = sessions.state(unit, hash_of(state or ""))
        good = row is not None and row.account == session.account and same(row.browser_hash, hash_of(browser_key or ""))
        if not good or row is None or row.used_at is not None or now - row.created_at > STATE_LIFETIME:
            raise Forbidden(_AGAIN, code="oauth-state")
        if not code:
            return row.next_path
        with self.database.write() as unit:
            if not sessions.use_state(unit, hash_of(state or ""), now):
                raise Forbidden(_AGAIN, code="oauth-state")
        try:
            told = self.wechat.profile(session.account, code)
        except Unavailable:
            raise FarSideAway(_AWAY) from None
        except WeChatRefused as refusal:
            if not refusal.is_about_the_code:
                raise FarSideAway(_AWAY) from None
            raise BadRequest(_AGAIN, code="wechat-code", extra={"errcode": refusal.code}) from None
        avatar = None if told.avatar is None else base64.b64encode(told.avatar).decode("ascii")
        with self.database.write() as unit:
            user = people.wechat_user(unit, session.wechat_user_id)
            agreed = not self.consenting.needed(unit, user.id, session.person_id, (PROFILE,))
            if user.openid != told.openid or not agreed:
                raise Forbidden(_AGAIN, code="other-wechat-user")
            people.keep_profile(unit, user.id, told.nickname, avatar)
        return row.next_path

    def shown(self, session: SessionView) -> ProfileView | None:
        """What is kept of the profile of this session's WeChat user."""
        with self.database.read() as unit:
            nickname, avatar = people.profile(unit, session.wechat_user_id)
        if nickname is None:
            return None
        return ProfileView(nickname, None if avatar is None else base64.b64decode(avatar))
