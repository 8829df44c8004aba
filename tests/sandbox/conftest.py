"""A sandbox and a stand-in for our app, each on a free port of this machine, speaking real HTTP."""

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, request
from standardwebhooks import Webhook
from werkzeug.serving import BaseWSGIServer, make_server

from wxserver.sandbox import create_app
from wxserver.sandbox.world import World

REGISTRY_SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
IDENTITY_SECRET = "whsec_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Leaves a redirect to the test."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


STRAIGHT = urllib.request.build_opener(urllib.request.ProxyHandler({}), NoRedirect())


@dataclass
class Answer:
    """Status, headers and body of an answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    cookies: tuple[str, ...] = ()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()


def _answer(status: int, headers: Message, body: bytes) -> Answer:
    lowered = {name.lower(): str(value) for name, value in headers.items()}
    return Answer(status, lowered, body, tuple(headers.get_all("set-cookie") or ()))


def call(method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Answer:
    """One request, whatever the status, without following redirects."""
    asked = urllib.request.Request(url, data=body, method=method, headers=dict(headers or {}))
    try:
        with STRAIGHT.open(asked, timeout=15) as response:
            return _answer(response.status, response.headers, response.read())
    except urllib.error.HTTPError as error:
        with error:
            return _answer(error.code, error.headers, error.read())


@dataclass
class Received:
    """One request that reached the stand-in."""

    method: str
    path: str
    args: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    at: float

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class StandIn:
    """Our app as the far sides see it: keeps what arrives and answers as told."""

    url: str = ""
    received: list[Received] = field(default_factory=list)
    respond: Callable[[Received], Response | tuple[str, int]] = lambda _: ("", 200)

    def at(self, path: str) -> list[Received]:
        return [one for one in self.received if one.path == path]

    def events(self) -> list[dict[str, Any]]:
        return [one.json for one in self.at("/registry/events")]


def until(seen: Callable[[], Any], seconds: float = 8.0) -> Any:
    """Wait until ``seen()`` is true, and give what it gave."""
    end = time.monotonic() + seconds
    while not (value := seen()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
    return value


def quiet(server: BaseWSGIServer) -> Iterator[BaseWSGIServer]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    """The app's side."""
    record = StandIn()
    app = Flask("stand-in")

    @app.route("/", defaults={"path": ""}, methods=["GET", "POST"])
    @app.route("/<path:path>", methods=["GET", "POST"])
    def anything(path: str) -> Any:
        one = Received(
            request.method,
            f"/{path}",
            request.args.to_dict(),
            {name.lower(): value for name, value in request.headers.items()},
            request.get_data(),
            time.monotonic(),
        )
        record.received.append(one)
        return record.respond(one)

    for server in quiet(make_server("127.0.0.1", 0, app, threaded=True)):
        record.url = f"http://127.0.0.1:{server.server_port}"
        yield record


def document(
    sandbox_url: str, public_url: str, var_dir: Path, *, mode: str = "safe", environment: str = "sandbox"
) -> str:
    """A configuration file of the shape that config.example.toml has."""
    return f"""
[server]
public_url = "{public_url}"
var_dir = "{var_dir}"
environment = "{environment}"
[wechat]
api_base_url = "{sandbox_url}"
authorize_base_url = "{sandbox_url}"
[wechat.accounts.jieyang]
name = "揭阳人社"
app_id = "wxb11529c136998cb6"
app_secret = "secret-of-jieyang"
token = "pamtest"
encoding_aes_key = "{AES_KEY}"
mode = "{mode}"
kind = "service"
original_id = "gh_test"
[[wechat.accounts.jieyang.menu]]
name = "微动态"
sub_button = [{{ type = "view", name = "智慧人社", url = "{public_url}/" }},
              {{ type = "click", name = "怎么办", key = "HELP" }}]
[wechat.accounts.jieyang_mini]
app_id = "wx5f9c79f933ccc393"
app_secret = "secret-of-mini"
kind = "miniprogram"
mode = "plain"
[identity.providers.signed]
name = "粤信签"
base_url = "{sandbox_url}/identity"
secret = "{IDENTITY_SECRET}"
[registry]
base_url = "{sandbox_url}/registry"
secret = "{REGISTRY_SECRET}"
[sandbox]
url = "${{SANDBOX_URL:-{sandbox_url}}}"
"""


@dataclass
class Far:
    """A running sandbox and ways to speak with it."""

    url: str
    world: World

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        return call("GET", self.url + path, headers=headers)

    def form(self, path: str, body: str) -> Answer:
        return call("POST", self.url + path, body.encode(), {"content-type": "application/x-www-form-urlencoded"})

    def control(self, path: str, body: Any = None, method: str = "POST") -> Answer:
        raw = None if method == "GET" else json.dumps(body or {}).encode()
        return call(method, f"{self.url}/control/{path}", raw, {"content-type": "application/json"})

    def items(self, path: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.control(path, method="GET").json["items"]
        return found

    def signed(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        secret: str = "",
        at: datetime | None = None,
    ) -> Answer:
        """A call as our app makes it, signed by the reference implementation of Standard Webhooks."""
        raw = b"" if body is None else json.dumps(body).encode()
        secret = secret or (REGISTRY_SECRET if path.startswith("/registry") else IDENTITY_SECRET)
        moment = at or datetime.now(UTC)
        headers = {
            "webhook-id": "msg_test",
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": Webhook(secret).sign("msg_test", moment, f"{method} {path}\n{raw.decode()}"),
            "content-type": "application/json",
        } | ({"Idempotency-Key": key} if key else {})
        return call(method, self.url + path, raw or None, headers)

    def person(self, **more: Any) -> dict[str, Any]:
        told: dict[str, Any] = self.control("people", {"name": "陈桂英", "id_type": "resident_id"} | more).json
        return told

    def holder(self, person: Mapping[str, Any]) -> dict[str, Any]:
        return {"id_type": person["id_type"], "id_number": person["id_number"]}


@pytest.fixture
def config(tmp_path: Path, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration file that WXSERVER_CONFIG names; the sandbox's address is filled in by ``far``."""
    path = tmp_path / "config.toml"
    monkeypatch.setenv("WXSERVER_CONFIG", str(path))
    monkeypatch.delenv("VAR_DIR", raising=False)
    path.write_text(document("http://127.0.0.1:1", stand_in.url, tmp_path / "var"), encoding="utf-8")
    return path


@pytest.fixture
def start(config: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Far]]:
    """Starts sandboxes over the same files, one after the other; each stops the one before, as a restart does."""
    running: list[tuple[Far, Iterator[BaseWSGIServer]]] = []

    def stop() -> None:
        while running:
            far, serving = running.pop()
            next(serving, None)
            far.world.outbox.stop()
            far.world.database.close()

    def begin() -> Far:
        stop()
        server = make_server("127.0.0.1", 0, Flask("later"), threaded=True)
        url = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setenv("SANDBOX_URL", url)
        server.app = create_app()
        world: World = server.app.extensions["sandbox"]
        world.silence = 0.3
        serving = quiet(server)
        next(serving)
        running.append((Far(url, world), serving))
        return running[-1][0]

    yield begin
    stop()


@pytest.fixture
def far(start: Callable[[], Far]) -> Far:
    """A running sandbox over fresh state."""
    return start()
