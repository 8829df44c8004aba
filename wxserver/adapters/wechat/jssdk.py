"""The port `WeChatTickets`: signatures for pages that use the JS-SDK (facts/wechat.md §3)."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from typing import Final

from wxserver.adapters.wechat.calls import TokenKeeper, token_in
from wxserver.adapters.wechat.errors import QUOTA
from wxserver.ports import Clock, Signed, TokenStore, Unavailable, WeChatCalls, WeChatRefused

_PATH: Final = "/cgi-bin/ticket/getticket"


def signature(ticket: str, nonce: str, timestamp: int, url: str) -> str:
    """Hex SHA-1 as `wx.config` wants it; what follows `#` in the address does not count. `timestamp`: unix seconds."""
    page = url.partition("#")[0]
    text = f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={page}"
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


class WeChatTicketBooth:
    """Answers the port `WeChatTickets`. `app_ids`: AppID by the account's name in the configuration.

    The ticket is kept in `tokens`, and renewed under the same lease as an access token.
    """

    def __init__(self, calls: WeChatCalls, tokens: TokenStore, app_ids: Mapping[str, str], clock: Clock) -> None:
        self._calls = calls
        self._app_ids = dict(app_ids)
        self._clock = clock
        self._tickets = TokenKeeper(tokens, clock, "jsapi", self._fetch)

    def sign(self, account: str, url: str) -> Signed:
        """For the page at `url`; what follows `#` does not count. An account that is none raises KeyError. Raises
        `WeChatRefused`, or `Unavailable` also where our quota is used up."""
        app_id, ticket = self._app_ids[account], self._tickets.get(account)
        nonce, stamp = secrets.token_hex(8), int(self._clock.now().timestamp())
        return Signed(app_id, stamp, nonce, signature(ticket, nonce, stamp, url))

    def _fetch(self, account: str) -> tuple[str, float]:
        try:
            answer = self._calls.call(account, _PATH, query={"type": "jsapi"})
        except WeChatRefused as refused:
            if refused.code in QUOTA:
                raise Unavailable(f"WeChat: errcode {refused.code}") from None
            raise
        return token_in(_PATH, answer, "ticket")
