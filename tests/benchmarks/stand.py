"""Everything that is up while we measure: sandbox, and on each kind of database our app and its peers, in gunicorn."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from bundles.working_days import SHANGHAI
from tests.benchmarks.load import Load, send
from tests.benchmarks.rotation import Sample
from tests.database import fresh_postgres, sqlite_url
from tests.far_sides import Sandbox, _running, free_port, running_app, running_sandbox
from tests.town import BUNDLE
from wxserver.app import create_app
from wxserver.settings import Settings, load
from wxserver.store.tables.applications import CaseNumber
from wxserver.usecases.desk import UseCases

SERVING = Path(__file__).parent / "peers/serving.py"
ACCOUNT = "jieyang"
TITLES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Server:
    """A gunicorn on a port; `group` is the process group of all its processes."""

    port: int
    group: int

    def load(self, requests: Sequence[bytes], *, status: int, seconds: float, **more: Any) -> tuple[Sample, Load]:
        """Send the requests; the sample holds the CPU that this server's processes used for each."""
        before = cpu_seconds(self.group)
        done = send(self.port, requests, status=status, seconds=seconds, **more)
        after = cpu_seconds(self.group)
        each = None if before is None or after is None else (after - before) / done.done
        return Sample(done.rate, each), done


@dataclass(frozen=True)
class Place:
    """One kind of database with our app and the draft of a peer on it. `app`: ours in this process, to prepare with."""

    kind: str
    settings: Settings
    ours: Server
    city: Server
    app: Any

    @property
    def title(self) -> str:
        return TITLES[self.kind]

    @property
    def desk(self) -> UseCases:
        return self.app.extensions["usecases"]

    @property
    def database(self) -> Any:
        return self.app.extensions["world"].database


@dataclass(frozen=True)
class Stand:
    sandbox: Sandbox
    echo: Server
    werobot: Server
    werobot_sessions: Server
    places: Sequence[Place]
    seconds: float
    """How long a slice may last."""


@contextmanager
def stand(directory: Path, *, postgres: str | None, seconds: float) -> Iterator[Stand]:
    """Bring everything up. `postgres`: a server on which databases may be created; without one SQLite alone."""
    with ExitStack() as stack:
        urls = {"sqlite": sqlite_url(directory)}
        cities = {"sqlite": f"sqlite:///{directory / 'city.db'}"}
        if postgres is not None:
            urls["postgresql"] = stack.enter_context(fresh_postgres(postgres))
            cities["postgresql"] = stack.enter_context(fresh_postgres(postgres))
        ports = {kind: free_port() for kind in urls}
        replacing = {
            'mode = "thread"': 'mode = "none"',
            "requests_per_minute = 6000": "requests_per_minute = 1000000000",
        }
        sandbox = stack.enter_context(running_sandbox(directory, ports["sqlite"], replacing=replacing))
        configs = {kind: _config(sandbox, ports["sqlite"], ports[kind], kind, url) for kind, url in urls.items()}
        settings = {kind: load(config) for kind, config in configs.items()}
        account = settings["sqlite"].wechat.accounts[ACCOUNT]
        wechat = {"TOKEN": account.token, "AES_KEY": account.encoding_aes_key, "APP_ID": account.app_id}
        registry = settings["sqlite"].registry
        far = {"REGISTRY_URL": registry.base_url, "REGISTRY_SECRET": registry.secrets[0]}
        account_of = {f"WECHAT_{name}": text for name, text in wechat.items()}
        starting: dict[str, Callable[[], AbstractContextManager[Server]]] = {
            "echo": lambda: _peer("echo", directory, account_of),
            "werobot": lambda: _peer("werobot_echo", directory, account_of),
            "werobot sessions": lambda: _peer(
                "werobot_echo", directory, account_of | {"WECHAT_SESSIONS": str(directory)}
            ),
        }
        for kind in urls:
            starting[f"ours {kind}"] = lambda kind=kind: _ours(configs[kind], ports[kind])  # type: ignore[misc]
            starting[f"city {kind}"] = lambda kind=kind: _peer(  # type: ignore[misc]
                "city", directory, far | {"CITY_DATABASE": cities[kind]}
            )
        servers = _together(stack, starting)
        apps = {kind: create_app(each) for kind, each in settings.items()}
        for number, app in enumerate(apps.values()):
            stack.callback(_let_go, app)
            _number_from(app, number * 1_000_000)
        yield Stand(
            sandbox,
            servers["echo"],
            servers["werobot"],
            servers["werobot sessions"],
            [
                Place(kind, settings[kind], servers[f"ours {kind}"], servers[f"city {kind}"], apps[kind])
                for kind in urls
            ],
            seconds,
        )


def cpu_seconds(group: int) -> float | None:
    """User and system time of all processes of a group so far; None where /proc can't tell."""
    total, found = 0, False
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text("ascii", "replace").rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group:
            found = True
            total += int(fields[11]) + int(fields[12])
    return total / _TICKS if found else None


def timed(calls: int, call: Callable[[int], object]) -> Sample:
    """A slice of a function of this process: `call` with 0, 1, … `calls - 1`."""
    cpu, begun = time.thread_time(), time.perf_counter()
    for number in range(calls):
        call(number)
    return Sample(calls / (time.perf_counter() - begun), (time.thread_time() - cpu) / calls)


def _config(sandbox: Sandbox, first_port: int, port: int, kind: str, url: str) -> Path:
    """A configuration like the sandbox's, with an app, a directory and a database of its own."""
    var_dir = sandbox.var_dir.with_name(f"var-{kind}")
    var_dir.mkdir(exist_ok=True)
    text = sandbox.config.read_text("utf-8").replace(f"127.0.0.1:{first_port}", f"127.0.0.1:{port}")
    text = re.sub(r'(?m)^url = "sqlite:.*"$', lambda _: f'url = "{url}"', text)
    text = text.replace(f'var_dir = "{sandbox.var_dir}"', f'var_dir = "{var_dir}"')
    config = var_dir / "config.toml"
    config.write_text(text, "utf-8")
    return config


def _let_go(app: Any) -> None:
    """Close what the app in this process holds open; the sandbox would wait for a kept connection when it ends."""
    app.extensions["world"].database.engine.dispose()
    app.extensions["world"].registry._calls._http.close()


def _number_from(app: Any, last: int) -> None:
    """Case numbers of their own for each app: the registry, which they share, knows its tasks by them."""
    today = datetime.now(SHANGHAI).date()
    published = app.extensions["usecases"].catalogue.bundle(BUNDLE)
    with app.extensions["world"].database.write() as unit:
        unit.session.execute(insert(CaseNumber).values(prefix=published.bundle.number_prefix, day=today, last=last))


@contextmanager
def _ours(config: Path, port: int) -> Iterator[Server]:
    with running_app(config, port, config.parent) as app:
        yield Server(port, app.process.pid)


@contextmanager
def _peer(name: str, directory: Path, environment: Mapping[str, str]) -> Iterator[Server]:
    port = free_port()
    command = ["gunicorn", "-c", str(SERVING), f"tests.benchmarks.peers.{name}:create_app()"]
    log = directory / f"{name}-{port}.log"
    with _running(command, f"http://127.0.0.1:{port}", {**environment, "PORT": str(port)}, log) as process:
        yield Server(port, process.pid)


def _together(
    stack: ExitStack, starting: Mapping[str, Callable[[], AbstractContextManager[Server]]]
) -> dict[str, Server]:
    """Start all at once; all end with the stack, also those that were up when another failed."""
    contexts = {name: start() for name, start in starting.items()}
    up: list[AbstractContextManager[Server]] = []
    stack.callback(_end, up)
    with ThreadPoolExecutor(len(contexts)) as pool:
        coming = {name: pool.submit(context.__enter__) for name, context in contexts.items()}
    up.extend(contexts[name] for name, future in coming.items() if future.exception() is None)
    return {name: future.result() for name, future in coming.items()}


def _end(up: Sequence[AbstractContextManager[Server]]) -> None:
    with ThreadPoolExecutor(max(len(up), 1)) as pool:
        for ending in [pool.submit(context.__exit__, None, None, None) for context in up]:
            ending.result()
