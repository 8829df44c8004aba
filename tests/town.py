"""A town to test in: our app, served from this process, beside a running sandbox; and citizens with phones."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import update
from werkzeug.serving import make_server

from tests import drawn
from tests.far_sides import Sandbox, free_port, running_sandbox
from wxserver.app import create_app
from wxserver.settings import load
from wxserver.store import people
from wxserver.store.tables.identity import Verification
from wxserver.usecases.desk import UseCases
from wxserver.usecases.verifiers import AWAY

API = "/api/v1"
BUNDLE = "social-security-card"
FURNISHED = "2026-03-02T09:00:00+08:00"
"""When the bundles of a town came into force: before any moment that a test goes back to."""


@dataclass
class Town:
    """Where tests happen. `kind`: the database it runs on."""

    kind: str
    url: str
    sandbox: Sandbox
    app: Any
    config: Path

    @property
    def desk(self) -> UseCases:
        return self.app.extensions["usecases"]

    @property
    def database(self) -> Any:
        return self.app.extensions["world"].database

    def citizen(self, *cards: str, **more: Any) -> Citizen:
        """A new person with a WeChat user of their own and a card per state."""
        return Citizen(self, self.sandbox.person(*cards, **more))

    def learned(self, wechat_user_id: str) -> None:
        """Wait until WeChat has said what it is asked about a user who signs in: it would say it in the middle else."""

        def quiet() -> bool:
            waits = any(each["subject"] == wechat_user_id for each in self.desk.working.listed(None))
            with self.database.read() as unit:
                return not waits and people.told_of(unit, wechat_user_id)[1] is not None

        wait_for(quiet)

    def production_of(self, number: str) -> str:
        """The registry's reference of what was, or is about to be, ordered for this case."""

        def ordered() -> str | None:
            listed = self.sandbox.items("productions")
            return next((each["production"] for each in listed if each["reference"] == number), None)

        found: str = wait_for(ordered)
        return found

    def effects(self, citizen: Citizen) -> list[dict[str, Any]]:
        """The effects that the registry has had about this person."""
        return [each for each in self.sandbox.effects() if each["person"] == citizen.id_number]


@dataclass
class Citizen:
    town: Town
    person: dict[str, Any]
    http: requests.Session = field(default_factory=requests.Session)
    csrf: str = ""
    handed_in: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.http.trust_env = False

    @property
    def openid(self) -> str:
        return self.person["openid"]

    @property
    def name(self) -> str:
        return self.person["name"]

    @property
    def id_number(self) -> str:
        return self.person["id_number"]

    def another_browser(self) -> Citizen:
        """The same WeChat user in a webview that knows none of the cookies."""
        return Citizen(self.town, self.person)

    def get(self, path: str, **more: Any) -> requests.Response:
        return self.http.get(self.town.url + path, **more)

    def api(self, method: str, path: str, body: Any = None, **headers: str) -> requests.Response:
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {"X-CSRFToken": self.csrf} | headers if method != "GET" else headers
        return self.http.request(method, f"{self.town.url}{API}{path}", json=body, headers=sent, timeout=30)

    def open(self, next_path: str = "/help") -> Citizen:
        """Come through WeChat: OAuth as this user; afterwards the session knows the openid."""
        begun = self.get(f"/wechat/jieyang/login?next={next_path}", allow_redirects=False)
        assert begun.status_code == 302, begun.text
        landed = self.http.get(begun.headers["Location"].replace("#", f"&as={self.openid}#"))
        assert landed.status_code == 200, landed.text
        self.refresh()
        return self

    def refresh(self) -> dict[str, Any]:
        """Look at the session, and keep its CSRF token."""
        answer = self.api("GET", "/sessions/current")
        assert answer.status_code == 200, answer.text
        self.csrf = answer.json()["csrf_token"]
        return answer.json()

    def start(self, **changed: Any) -> requests.Response:
        """POST /verifications with this person's name and number, unless changed."""
        version = self.api("GET", "/consents/current").json()["items"][0]["version"]
        body = {
            "provider": "signed",
            "name": self.name,
            "id_type": self.person["id_type"],
            "id_number": self.id_number,
            "consent": version,
            "purpose": "sign-in",
        } | changed
        return self.api("POST", "/verifications", {key: value for key, value in body.items() if value is not None})

    def press(self, url: str, result: str = "passed") -> str:
        """Press a button of the provider's face page; the address it sends the browser back to."""
        pressed = self.http.post(url, data={"result": result}, allow_redirects=False, timeout=30)
        assert pressed.status_code in (302, 303), pressed.text
        return pressed.headers["Location"]

    def sign_in(self, **changed: Any) -> Citizen:
        """All the way: WeChat, consent, face, and back by itself."""
        if not self.csrf:
            self.open()
        started = self.start(**changed)
        assert started.status_code == 201, started.text
        back = self.http.get(self.press(started.json()["url"]))
        assert back.status_code == 200, back.text
        session = self.refresh()
        assert session["assurance"] == "face", session
        return self

    def cards(self) -> list[dict[str, Any]]:
        answer = self.api("GET", "/cards")
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    def submit(self, item: str, key: str | None = None, **body: Any) -> requests.Response:
        headers = {"Idempotency_Key": key or uuid.uuid4().hex}
        return self.api("POST", "/cases", {"bundle": BUNDLE, "item": item} | body, **headers)

    def change_phone(self, phone: str = "13800005620", key: str | None = None) -> requests.Response:
        return self.submit("change-information", key, card_id=self.cards()[0]["id"], form={"phone": phone})

    def upload(self, kind: str = "photo", raw: bytes | None = None, key: str | None = None) -> requests.Response:
        """POST /uploads: a good picture of this kind, unless told otherwise."""
        if raw is None:
            raw = drawn.good_portrait() if kind == "photo" else drawn.card_sample()
        return self.http.post(
            f"{self.town.url}{API}/uploads",
            data={"kind": kind},
            files={"file": ("picture.jpg", raw)},
            headers={"X-CSRFToken": self.csrf, "Idempotency-Key": key or uuid.uuid4().hex},
            timeout=60,
        )

    def uploaded(self, kind: str = "photo", raw: bytes | None = None) -> str:
        """The id of a picture handed in."""
        answer = self.upload(kind, raw)
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    def papers(self) -> list[str]:
        """Ids of what `apply` asks for, handed in once per citizen."""
        if not self.handed_in:
            self.handed_in = [self.uploaded("identity_document"), self.uploaded("photo")]
        return self.handed_in

    def apply(self, key: str | None = None, **form: str) -> requests.Response:
        return self.submit("apply", key, form={"phone": "13800005620"} | form, uploads=self.papers())

    def case(self, number: str) -> dict[str, Any]:
        answer = self.api("GET", f"/cases/{number}")
        assert answer.status_code == 200, answer.text
        return answer.json()


def wait_for(what: Callable[[], Any], seconds: float = 15.0) -> Any:
    """Ask again and again until the answer is true; the answer."""
    until = time.monotonic() + seconds
    while True:
        found = what()
        if found or time.monotonic() > until:
            assert found, "it did not happen in time"
            return found
        time.sleep(0.05)


def sqlite_default(directory: Path) -> str:
    """The database that the example configuration names, for state under `directory / "var"`."""
    return f"sqlite:///{directory / 'var'}/wxserver.db"


@contextmanager
def town(kind: str, database_url: str, directory: Path, *, settings: dict[str, str] | None = None) -> Iterator[Town]:
    """Serve app and sandbox, set up from nothing, workers included."""
    port = free_port()
    replacing = {
        f'url = "{sqlite_default(directory)}"': f'url = "{database_url}"',
        "requests_per_minute = 6000": "requests_per_minute = 1000000",
        "far_side_timeout_seconds = 5": "far_side_timeout_seconds = 1",
        "lease_seconds = 30": "lease_seconds = 3",
    } | (settings or {})
    with running_sandbox(directory, port, replacing=replacing) as sandbox:
        sandbox.control("time", {"set": FURNISHED})
        app = create_app(load(sandbox.config))
        with app.app_context():
            done = app.test_cli_runner().invoke(args=["setup"])
        assert done.exit_code == 0, done.output
        sandbox.control("time", {"real": True})
        server = make_server("127.0.0.1", port, app, threaded=True)
        serving = threading.Thread(target=server.serve_forever, daemon=True)
        serving.start()
        app.extensions["jobs"].start()
        try:
            yield Town(kind, f"http://127.0.0.1:{port}", sandbox, app, sandbox.config)
        finally:
            app.extensions["jobs"].stop()
            server.shutdown()
            serving.join()
            server.server_close()
            app.extensions["world"].database.engine.dispose()


def behaved(town: Town) -> Iterator[Town]:
    """The town for one test; afterwards its far sides behave, its clocks are right, and no provider of faces counts as
    down for what it did then."""
    yield town
    town.sandbox.control("mishaps", method="DELETE")
    town.sandbox.control("time", {"real": True})
    with town.database.write() as unit:
        unit.connection.execute(update(Verification).where(Verification.reason == AWAY).values(reason=None))
