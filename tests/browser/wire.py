"""A wire between a phone and the server that breaks when the test says so."""

from __future__ import annotations

import socket
import struct
import threading
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

_PART = 4096
_ENOUGH = 20_000
"""Bytes of a request after which it is surely in the middle of a picture."""


class Wire:
    """Passes bytes on to `url`; its own address is `url` of this object.

    `break_body(n)`: the next n requests that are long break in the middle of their body. `break_answer(n)`: the next n
    long requests arrive whole, and their answers are lost.
    """

    def __init__(self, url: str) -> None:
        there = urlsplit(url)
        self._there = (str(there.hostname), int(there.port or 80))
        self._door = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._door.getsockname()[1]}"
        self._bodies = self._answers = 0
        self.broken = 0

    def __enter__(self) -> Self:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._door.close()

    def break_body(self, times: int) -> None:
        self._bodies = times

    def break_answer(self, times: int) -> None:
        self._answers = times

    def _serve(self) -> None:
        while True:
            try:
                near, _ = self._door.accept()
            except OSError:
                return
            far = socket.create_connection(self._there)
            pair = _Pair(near, far)
            threading.Thread(target=self._up, args=(pair,), daemon=True).start()
            threading.Thread(target=self._down, args=(pair,), daemon=True).start()

    def _up(self, pair: _Pair) -> None:
        sent = 0
        while part := pair.read(pair.near):
            if part.startswith((b"GET ", b"POST ")):
                sent = 0
            sent += len(part)
            if sent > _ENOUGH and self._bodies > 0:
                self._bodies -= 1
                self.broken += 1
                break
            if sent > _ENOUGH and self._answers > 0 and not pair.deaf:
                self._answers -= 1
                self.broken += 1
                pair.deaf = True
            pair.write(pair.far, part)
        pair.cut()

    def _down(self, pair: _Pair) -> None:
        while part := pair.read(pair.far):
            if pair.deaf:
                break
            pair.write(pair.near, part)
        pair.cut()


class _Pair:
    """Two ends of one connection. `deaf`: what comes back is lost."""

    def __init__(self, near: socket.socket, far: socket.socket) -> None:
        self.near, self.far, self.deaf = near, far, False

    def read(self, end: socket.socket) -> bytes:
        try:
            return end.recv(_PART)
        except OSError:
            return b""

    def write(self, end: socket.socket, part: bytes) -> None:
        try:
            end.sendall(part)
        except OSError:
            self.cut()

    def cut(self) -> None:
        """End both at once, as a network does: with a reset and no farewell."""
        for end in (self.near, self.far):
            try:
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
            finally:
                end.close()
