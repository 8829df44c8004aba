"""A far side that answers what a test tells it to: a real HTTP server in a thread, on a free port."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="
NOW = datetime(2026, 11, 26, 2, 0, tzinfo=UTC)


class StoppedClock:
    """A clock that stands at `NOW`."""

    def now(self) -> datetime:
        return NOW


@dataclass(frozen=True)
class Received:
    """One request as it came over the wire; header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    connection: object

    @property
    def document(self):
        return json.loads(self.body)


Answer = Callable[[BaseHTTPRequestHandler], None]


class FarSide:
    """`answers` are used up one per request; the last one stays. `received` are the requests so far."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.answers: list[Answer] = []
        self.received: list[Received] = []
        self.stopping = threading.Event()

    def says(self, *answers: Answer) -> None:
        self.answers[:] = answers

    @property
    def last(self) -> Received:
        return self.received[-1]

    def take(self) -> Answer:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def json_answer(document, status=200, content_type="application/json", **headers) -> Answer:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return plain_answer(body, status, **{"Content-Type": content_type}, **headers)


def problem(status, code="card-not-sealed", detail="这张卡已经启用，不用再启用。", **more) -> Answer:
    document = {"type": "about:blank", "title": "Refused", "status": status, "code": code, "detail": detail} | more
    return json_answer(document, status, "application/problem+json; charset=utf-8")


def plain_answer(body: bytes, status=200, **headers) -> Answer:
    def answer(handler):
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def raw_answer(*chunks: bytes, every: float = 0.0, far_side: FarSide | None = None) -> Answer:
    """Bytes as they are, a pause before each, then the connection is closed."""

    def answer(handler):
        handler.close_connection = True
        for chunk in chunks:
            if far_side is not None and far_side.stopping.wait(every):
                return
            try:
                handler.wfile.write(chunk)
                handler.wfile.flush()
            except OSError:
                return

    return answer


@contextmanager
def far_side(tls: ssl.SSLContext | None = None) -> Iterator[FarSide]:
    """Run a scripted far side; ends it, and every answer still dripping, at the end."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 10

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            side.received.append(Received(self.command, self.path, headers, body, self.client_address))
            side.take()(self)

        do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815 (the names http.server calls)

        def log_message(self, *_):
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_):
            pass

    server = Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    side = FarSide(f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield side
    finally:
        side.stopping.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
