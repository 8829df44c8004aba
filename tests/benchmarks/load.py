"""Load over keep-alive connections on loopback, from one thread that waits on all of them at once.

Requests are made before a slice begins, so that a slice holds nothing of ours but sending, waiting and counting.
"""

from __future__ import annotations

import re
import selectors
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)\r\n")
_ANSWER_WITHIN = 30.0


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to the request at `index` of a slice."""

    index: int
    status: int
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Load:
    """What a slice came to: requests answered (the first `done` of them), seconds from first to last, some replies."""

    done: int
    seconds: float
    samples: Sequence[Reply]

    @property
    def rate(self) -> float:
        return self.done / self.seconds


def request(
    method: str, path: str, *, headers: Mapping[str, str] | None = None, body: bytes = b"", content_type: str = ""
) -> bytes:
    """A request as it goes over the wire."""
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: 127.0.0.1",
        *(f"{name}: {text}" for name, text in (headers or {}).items()),
    ]
    if body:
        lines += [f"Content-Type: {content_type}", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def send(
    port: int, requests: Sequence[bytes], *, status: int, seconds: float, connections: int = 8, keep_every: int = 50
) -> Load:
    """Send the requests in order, each connection one at a time, until they are used up or the time is.

    Every `keep_every`-th reply is kept. AssertionError at the first answer with another status than `status`.
    """
    waiting = enumerate(requests)
    samples: list[Reply] = []
    done = 0
    with selectors.DefaultSelector() as selector:
        begun = time.perf_counter()
        until = begun + seconds
        for place, sent in _first(waiting, connections):
            opened = socket.create_connection(("127.0.0.1", port), timeout=_ANSWER_WITHIN)
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            opened.sendall(sent)
            selector.register(opened, selectors.EVENT_READ, [place, b""])
        while selector.get_map():
            ready = selector.select(_ANSWER_WITHIN)
            assert ready, "no answer in time"
            for key, _ in ready:
                connection = key.fileobj
                assert isinstance(connection, socket.socket)
                came = connection.recv(262_144)
                assert came, "the connection was closed in the middle"
                key.data[1] += came
                if (body := _whole(key.data[1])) is None:
                    continue
                place, raw = key.data
                found = int(raw[9:12])
                assert found == status, f"{found} instead of {status}: {raw[:2000].decode('utf-8', 'replace')}"
                done += 1
                if place % keep_every == 0:
                    samples.append(Reply(place, found, body))
                after = next(waiting, None) if time.perf_counter() < until else None
                if after is None:
                    selector.unregister(connection)
                    connection.close()
                    continue
                key.data[:] = after[0], b""
                connection.sendall(after[1])
        return Load(done, time.perf_counter() - begun, samples)


def _first(waiting: Iterator[tuple[int, bytes]], most: int) -> Iterator[tuple[int, bytes]]:
    for _ in range(most):
        if (each := next(waiting, None)) is None:
            return
        yield each


def _whole(raw: bytes) -> bytes | None:
    """The body, once all of it is there."""
    end = raw.find(b"\r\n\r\n")
    if end < 0:
        return None
    length = _LENGTH.search(raw, 0, end + 2)
    assert length, f"an answer without a length: {raw[:200]!r}"
    body = raw[end + 4 :]
    return body if len(body) >= int(length[1]) else None
