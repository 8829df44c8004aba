"""The port `TokenStore` over Redis, where the configuration names one; elsewhere the database keeps tokens.

A token lies sealed under `wxserver:token:<name>`, its lease under `wxserver:lease:<name>`; Redis itself ends the lease.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any, Final

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from wxserver.ports import KeptToken, Unavailable
from wxserver.ports.documents import Document, Malformed

_log = logging.getLogger(__name__)

_TIMEOUT: Final = 2.0
"""Seconds for connecting, and for each answer."""

# Whoever has lost the lease to another keeps nothing: what the other fetches is newer.
_KEEP: Final = """
local holder = redis.call("GET", KEYS[2])
if holder and holder ~= ARGV[1] then return 0 end
redis.call("SET", KEYS[1], ARGV[2])
redis.call("DEL", KEYS[2])
return 1
"""
_DELETE_IF: Final = """
if redis.call("GET", KEYS[1]) == ARGV[1] then return redis.call("DEL", KEYS[1]) end
return 0
"""


class RedisTokens:
    """Answers the port `TokenStore`; every fault of Redis is `Unavailable`.

    `url`: `redis://…`, `rediss://…` or `unix://…`. `seal(name, text)` and `open(name, sealed)`: a vault at one place of
    it. `broken`: what `open` raises where a value does not open, as after a change of the keys; it counts as none.
    """

    def __init__(
        self,
        url: str,
        seal: Callable[[str, str], str],
        open: Callable[[str, str], str],  # noqa: A002  (what a vault does)
        broken: type[Exception] = ValueError,
    ) -> None:
        # Whoever asks for a token asks again by himself; a retry in here would only make them wait.
        self._client = Redis.from_url(
            url,
            socket_timeout=_TIMEOUT,
            socket_connect_timeout=_TIMEOUT,
            retry=Retry(NoBackoff(), 1),
            decode_responses=True,
        )
        self._run: Callable[..., Any] = self._client.execute_command
        self._seal = seal
        self._open = open
        self._broken = broken

    def read(self, name: str) -> KeptToken | None:
        """What is kept, expired or not."""
        return self._opened(name, self._ask("GET", _token(name)))

    def lease(self, name: str, owner: str, seconds: float) -> bool:
        """True if `owner` is now the one who fetches; False while anybody is. Of any number at once one gets it."""
        return self._ask("SET", _lease(name), owner, "NX", "PX", max(1, round(seconds * 1000))) is not None

    def keep(self, name: str, owner: str, token: KeptToken) -> None:
        """Keep a fetched token and give the lease back. Nothing happens where another has taken the lease meanwhile:
        what they fetch is newer."""
        sealed = self._seal(name, json.dumps({"value": token.value, "expires_at": repr(float(token.expires_at))}))
        self._ask("EVAL", _KEEP, 2, _token(name), _lease(name), owner, sealed)

    def release(self, name: str, owner: str) -> None:
        """Give the lease back; nothing happens where it is another's by now."""
        self._ask("EVAL", _DELETE_IF, 1, _lease(name), owner)

    def forget(self, name: str, value: str) -> None:
        """This token is good no more; one that has replaced it meanwhile stays."""
        sealed = self._ask("GET", _token(name))
        kept = self._opened(name, sealed)
        if kept is not None and kept.value == value:
            self._ask("EVAL", _DELETE_IF, 1, _token(name), sealed)

    def close(self) -> None:
        """Close the connections that are kept."""
        self._client.close()

    def _ask(self, *command: Any) -> Any:
        try:
            return self._run(*command)
        except (RedisError, OSError, ValueError) as error:
            fault = type(error).__name__
        # Not raised where it is caught: the context of an exception would carry the address with its password along.
        _log.warning("no answer from the Redis that keeps tokens: %s", fault)
        raise Unavailable(f"Redis: {fault}")

    def _opened(self, name: str, sealed: str | None) -> KeptToken | None:
        if sealed is None:
            return None
        try:
            found = Document.parse(self._open(name, sealed).encode())
            return KeptToken(found.text("value", longest=4096), float(found.text("expires_at")))
        except (self._broken, Malformed, ValueError):
            _log.warning("the token kept as %s can't be read, as if there were none", name)
            return None


def _token(name: str) -> str:
    return f"wxserver:token:{name}"


def _lease(name: str) -> str:
    return f"wxserver:lease:{name}"
