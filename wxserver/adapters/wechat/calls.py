"""The port `WeChatCalls`: WeChat's server API, with access tokens that all processes share.

`stable_token` in its normal mode gives the same token to whoever asks, and a new one five minutes before its end while
the old one still works; so one at a time fetches, under a lease, and the others go on with what they have
(facts/wechat.md §3).
"""

from __future__ import annotations

import json
import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Final
from urllib.parse import urlencode

from wxserver.adapters.wechat.errors import BUSY, MISCONFIGURED, QUOTA, TOKEN_REFUSED, alarm, clean, meaning
from wxserver.adapters.wechat.oauth import LoginAccount
from wxserver.ports import Clock, Http, HttpAnswer, KeptToken, TokenStore, Unavailable, WeChatRefused
from wxserver.ports.documents import Document, Malformed

_log = logging.getLogger(__name__)

RENEW_BEFORE: Final = 300.0
"""Seconds before its end from which on a token is renewed."""
LEASE: Final = 10.0
"""Real seconds after which one who fetches is taken for dead."""
WAIT: Final = 6.0
"""Real seconds to wait for another who fetches, where no token lives."""
REST: Final = 10.0
"""Real seconds that a process keeps to a living token after a renewal that brought nothing new."""
_LOOK_EVERY: Final = 0.05

Fetch = Callable[[str], tuple[str, float]]


class TokenKeeper:
    """Keeps one kind of token for each account, and lets one at a time fetch the next, across threads and processes.

    `kind`: `access` or `jsapi`. `fetch(account)`: a token and the seconds it lives; raises `Unavailable` or
    `WeChatRefused`. What lives for more than `RENEW_BEFORE` is answered from memory.
    """

    def __init__(self, tokens: TokenStore, clock: Clock, kind: str, fetch: Fetch) -> None:
        self._tokens = tokens
        self._clock = clock
        self._kind = kind
        self._fetch = fetch
        self._kept: dict[str, KeptToken] = {}
        self._resting: dict[str, float] = {}
        self._gates: dict[str, threading.Lock] = {}

    def get(self, account: str) -> str:
        """A token that lives. Where it is about to end one caller renews it, and the others go on with it; where there
        is none they wait. Raises `Unavailable` or `WeChatRefused`."""
        kept, until = self._kept.get(account), time.monotonic() + WAIT
        if kept is not None and self._will_do(account, kept):
            return kept.value
        if kept is not None and self._lives(kept):
            with self._alone(account, time.monotonic()) as alone:
                return self._renewed(account, until).value if alone else kept.value
        with self._alone(account, until) as alone:
            if not alone:
                raise Unavailable(f"no {self._kind} token, and another is fetching one")
            kept = self._kept.get(account)
            return (kept if kept is not None and self._will_do(account, kept) else self._renewed(account, until)).value

    def other_than(self, account: str, value: str) -> str:
        """A token in place of one that WeChat takes no more: what another has got meanwhile, else a fresh one."""
        until = time.monotonic() + WAIT
        with self._alone(account, until) as alone:
            if not alone:
                raise Unavailable(f"no {self._kind} token, and another is fetching one")
            self._kept.pop(account, None)
            # Where the store has another by now, that one stays, and a renewal finds it.
            self._tokens.forget(self._name(account), value)
            return self._renewed(account, until).value

    def afresh(self, account: str) -> None:
        """Fetch a token whatever is kept. Raises `Unavailable` or `WeChatRefused`."""
        name, owner, until = self._name(account), secrets.token_hex(16), time.monotonic() + WAIT
        while not self._tokens.lease(name, owner, LEASE):
            if time.monotonic() > until:
                raise Unavailable(f"another is fetching the {self._kind} token")
            time.sleep(_LOOK_EVERY)
        self._fetched(account, owner)

    def _renewed(self, account: str, until: float) -> KeptToken:
        name, owner = self._name(account), secrets.token_hex(16)
        while True:
            kept = self._tokens.read(name)
            if kept is not None and self._will_do(account, kept):
                self._kept[account] = kept
                return kept
            if self._tokens.lease(name, owner, LEASE):
                return self._under_lease(account, owner)
            if kept is not None and self._lives(kept):
                self._kept[account] = kept
                return kept
            if time.monotonic() > until:
                raise Unavailable(f"no {self._kind} token, and another is fetching one")
            time.sleep(_LOOK_EVERY)

    def _under_lease(self, account: str, owner: str) -> KeptToken:
        """Read once more: the one who had the lease before may have kept a token since we looked."""
        name = self._name(account)
        old = self._tokens.read(name)
        if old is not None and self._will_do(account, old):
            self._tokens.release(name, owner)
            self._kept[account] = old
            return old
        try:
            found = self._fetched(account, owner)
        except (Unavailable, WeChatRefused):
            if old is None or not self._lives(old):
                raise
            _log.warning("the %s token of %s was not renewed, the old one still lives", self._kind, account)
            found = self._kept[account] = old
        if old is not None and found.value == old.value:
            self._resting[account] = time.monotonic() + REST
        return found

    def _fetched(self, account: str, owner: str) -> KeptToken:
        name = self._name(account)
        try:
            value, seconds = self._fetch(account)
        except BaseException:
            with suppress(Unavailable):
                self._tokens.release(name, owner)
            raise
        kept = self._kept[account] = KeptToken(value, self._clock.now().timestamp() + seconds)
        try:
            self._tokens.keep(name, owner, kept)
        except Unavailable:
            _log.warning("the %s token of %s is kept by this process only", self._kind, account)
        return kept

    def _will_do(self, account: str, kept: KeptToken) -> bool:
        """Whether a token needs no renewal by now."""
        left = self._left(kept)
        return left >= RENEW_BEFORE or (left > 0 and time.monotonic() < self._resting.get(account, 0.0))

    def _lives(self, kept: KeptToken) -> bool:
        return self._left(kept) > 0

    def _left(self, kept: KeptToken) -> float:
        return kept.expires_at - self._clock.now().timestamp()

    def _name(self, account: str) -> str:
        return f"{account}:{self._kind}"

    @contextmanager
    def _alone(self, account: str, until: float) -> Iterator[bool]:
        """Hold the account's gate against other threads; False where it is not free by `until`."""
        gate = self._gates.setdefault(account, threading.Lock())
        alone = gate.acquire(timeout=max(0.0, until - time.monotonic()))
        try:
            yield alone
        finally:
            if alone:
                gate.release()


class WeChatApi:
    """Answers the port `WeChatCalls`.

    `accounts`: by their name in the configuration. `api_base_url`: `https://api.weixin.qq.com`, or the sandbox. `http`
    bounds each call in time, and logs no query: the platform demands the token there.
    """

    def __init__(
        self, accounts: Mapping[str, LoginAccount], api_base_url: str, http: Http, tokens: TokenStore, clock: Clock
    ) -> None:
        self._accounts = dict(accounts)
        self._api = api_base_url.rstrip("/")
        self._http = http
        self._access = TokenKeeper(tokens, clock, "access", self._fetch)

    def call(
        self,
        account: str,
        path: str,
        document: Mapping[str, object] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Document:
        """POST the document, or GET where there is none; the answer, whose errcode is absent or 0.

        A token that WeChat takes no more is replaced once. An account that is none raises KeyError. Raises
        `WeChatRefused` for a definite no, and `Unavailable` where there is no answer, WeChat is busy, or takes no token
        of ours.
        """
        secret = self._accounts[account].app_secret
        token = self._access.get(account)
        answer = self._send(path, token, document, query)
        if _code(answer) in TOKEN_REFUSED:
            _log.info("WeChat takes the access token of %s no more: errcode %s", account, _code(answer))
            token = self._access.other_than(account, token)
            answer = self._send(path, token, document, query)
        code = _code(answer)
        if code in TOKEN_REFUSED:
            told = meaning(code)
            _log.error("WeChat takes no access token of %s: %s (%s; %s)", account, code, told.cause, told.mend)
            raise Unavailable(f"WeChat: errcode {code}")
        return _unless_refused(path, answer, token, secret)

    def fetch(self, account: str) -> None:
        """Get an access token afresh, whatever is kept. Raises `WeChatRefused`, or `Unavailable` where WeChat is busy
        or our quota used up; KeyError for an account that is none."""
        if account not in self._accounts:
            raise KeyError(account)
        self._access.afresh(account)

    def _fetch(self, account: str) -> tuple[str, float]:
        found, path = self._accounts[account], "/cgi-bin/stable_token"
        wanted = {
            "grant_type": "client_credential",
            "appid": found.app_id,
            "secret": found.app_secret,
            "force_refresh": False,
        }
        answer = _read(path, self._post(self._api + path, wanted))
        if _code(answer) in QUOTA:
            raise _unavailable(path, f"errcode {_code(answer)} ({meaning(_code(answer)).cause})")
        return token_in(path, _unless_refused(path, answer, found.app_secret), "access_token")

    def _send(
        self, path: str, token: str, document: Mapping[str, object] | None, query: Mapping[str, str] | None
    ) -> Document:
        url = f"{self._api}{path}?{urlencode({**(query or {}), 'access_token': token})}"
        if document is None:
            return _read(path, self._http.send("GET", url, {"Accept": "application/json"}))
        return _read(path, self._post(url, document))

    def _post(self, url: str, document: Mapping[str, object]) -> HttpAnswer:
        body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
        return self._http.send("POST", url, {"Content-Type": "application/json; charset=utf-8"}, body)


def token_in(path: str, answer: Document, name: str) -> tuple[str, float]:
    """The token in an answer and the seconds it lives; raises `Unavailable`."""
    try:
        return answer.text(name, longest=2048), float(answer.whole("expires_in"))
    except Malformed as fault:
        raise _unavailable(path, str(fault)) from None


def _read(path: str, answer: HttpAnswer) -> Document:
    """The answer, whatever it is labelled, with an errcode that is absent or a number."""
    if answer.status != 200:
        raise _unavailable(path, f"HTTP {answer.status}")
    try:
        document = Document.parse(answer.body)
        _code(document)
    except Malformed as fault:
        raise _unavailable(path, str(fault)) from None
    return document


def _code(answer: Document) -> int:
    return 0 if answer.raw("errcode") is None else answer.whole("errcode", least=-(2**31))


def _unless_refused(path: str, answer: Document, *secret: str) -> Document:
    code = _code(answer)
    if not code:
        return answer
    if code in BUSY:
        raise _unavailable(path, f"errcode {code} ({meaning(code).cause})")
    said = clean(answer.raw("errmsg"), *secret)
    if code in MISCONFIGURED:
        alarm(_log, path, code, said)
    raise WeChatRefused(code, said)


def _unavailable(path: str, what: str) -> Unavailable:
    _log.warning("no usable answer from WeChat to %s: %s", path, what)
    return Unavailable(f"WeChat: {what}")
