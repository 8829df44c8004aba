"""The port `Http` over requests: every exchange bounded in time and size.

A time-out of requests holds for one read from the socket, so a far side that drips a byte a second would hold a thread
for ever. Here the socket of a connection reads against the deadline of the whole exchange.
"""

from __future__ import annotations

import io
import logging
import socket
import threading
import time
from collections.abc import Mapping
from typing import Any, cast

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from wxserver.ports import HttpAnswer, Unavailable

_log = logging.getLogger(__name__)

MAX_BODY = 1024 * 1024
"""Bytes an answer may have."""

_MAX_IDLE = 1.0
"""Seconds after which a kept connection is not used again: less than the 2 s after which gunicorn closes one."""

_POOL = 32

_exchange = threading.local()


def _remaining() -> float:
    """Seconds left to this thread's exchange; raises TimeoutError at its end."""
    left = cast(float, _exchange.deadline) - time.monotonic()
    if left <= 0:
        raise TimeoutError("the exchange took too long")
    return left


class _Reader(io.RawIOBase):
    """The reading end of a socket, bounded by the deadline of the exchange that reads."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._file = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(_remaining())
        return cast(io.RawIOBase, self._file).readinto(buffer)

    def close(self) -> None:
        self._file.close()
        super().close()


class _Socket:
    """A connected socket whose `makefile` gives a bounded reader; everything else is the socket's own."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def makefile(self, mode: str = "rb", buffering: int = -1) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self._sock))


class _Bounded(HTTPConnection):
    """What both kinds of connection add."""

    _idle_since: float | None = None

    def _new_conn(self) -> socket.socket:
        # The time left after connecting is what a TLS handshake may take.
        sock = super()._new_conn()
        try:
            sock.settimeout(_remaining())
        except TimeoutError:
            sock.close()
            raise
        return sock

    def connect(self) -> None:
        super().connect()
        self.sock = cast(socket.socket, _Socket(self.sock))
        self._idle_since = None

    @property
    def is_connected(self) -> bool:
        if self._idle_since is not None and time.monotonic() - self._idle_since > _MAX_IDLE:
            return False
        return super().is_connected

    def rest(self) -> None:
        """The pool takes the connection back."""
        self._idle_since = time.monotonic()


class _HttpConnection(_Bounded):
    pass


class _HttpsConnection(_Bounded, HTTPSConnection):
    pass


def _rest(connection: object) -> None:
    if isinstance(connection, _Bounded):
        connection.rest()


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _HttpConnection

    def _put_conn(self, conn: Any) -> None:
        _rest(conn)
        super()._put_conn(conn)


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _HttpsConnection

    def _put_conn(self, conn: Any) -> None:
        _rest(conn)
        super()._put_conn(conn)


class _BoundedAdapter(HTTPAdapter):
    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}


class RequestsHttp:
    """Answers the port `Http`; one instance serves any number of threads.

    `timeout`: seconds for a whole exchange, from connecting to the last byte (looking up a host's name is not in our
    hands). `max_body`: bytes an answer may have. `ca_file`: certificates of the far sides' own authority, if any.

    Each request goes through a connection pool and an otherwise bare requests adapter. A `requests.Session` would
    share its cookie jar between threads and far sides, follow redirects with our signature on board, and listen to
    proxies and `.netrc` of the environment.
    """

    def __init__(self, timeout: float = 5.0, max_body: int = MAX_BODY, ca_file: str | None = None) -> None:
        self._timeout = timeout
        self._max_body = max_body
        self._verify: bool | str = ca_file or True
        self._adapter = _BoundedAdapter(pool_maxsize=_POOL, max_retries=0)
        # Its debug lines and header warnings show addresses with their query, where WeChat wants app secrets.
        logging.getLogger("urllib3").setLevel(logging.ERROR)

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> HttpAnswer:
        """Send and read the whole answer, whatever its status. Raises `Unavailable`, also for an answer too large,
        cut short or compressed."""
        headers = {"User-Agent": "wxserver", "Accept-Encoding": "identity", **headers}
        began = time.monotonic()
        _exchange.deadline = began + self._timeout
        # Not raised where it is caught: the context of an exception would carry the address with its query along.
        try:
            request = requests.Request(method, url, headers=headers, data=body or None).prepare()
            found: HttpAnswer | str = self._read(
                self._adapter.send(request, stream=True, timeout=self._timeout, verify=self._verify)
            )
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            found = type(error).__name__
        if isinstance(found, str):
            _log.warning("no answer from %s after %.1f s: %s", _host(url), time.monotonic() - began, found)
            raise Unavailable(found)
        return found

    def close(self) -> None:
        """Close the connections that are kept; the instance stays usable."""
        self._adapter.close()

    def _read(self, response: requests.Response) -> HttpAnswer | str:
        """The answer, or what is wrong with it. A connection goes back to the pool only when read to the end."""
        try:
            if response.headers.get("Content-Encoding", "identity").lower() != "identity":
                return "compressed answer"
            body = b""
            # To the read that finds nothing more: it is the one that notices a body cut short.
            while chunk := response.raw.read(self._max_body + 1 - len(body), decode_content=False):
                body += chunk
                if len(body) > self._max_body:
                    return "oversized answer"
            content_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
            return HttpAnswer(response.status_code, content_type, body, response.headers.get("Date", ""))
        finally:
            response.close()


def _host(url: str) -> str:
    return url.partition("://")[2].partition("/")[0].rpartition("@")[2]
