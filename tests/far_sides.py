"""The sandbox and the app as real processes on free ports, for tests that speak HTTP with them."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = ROOT / "config.example.toml"

_UP_WITHIN = 60.0
_DOWN_WITHIN = 20.0
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def free_port() -> int:
    """A port of this machine that nobody listens on just now.

    From below the range that the system gives to outgoing connections, so that none of these takes it before we do.
    """
    for port in random.sample(range(15000, 30000), 100):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("no port is free")


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox: its address, the configuration it shares with the app, and how scripts drive it."""

    url: str
    config: Path
    var_dir: Path
    app_url: str

    def control(self, path: str, document: Any = None, method: str = "POST") -> Any:
        """What `/control/{path}` answers, parsed; AssertionError where it is no 2xx."""
        body = None if method == "GET" else json.dumps(document or {}).encode()
        request = urllib.request.Request(
            f"{self.url}/control/{path}", data=body, method=method, headers={"Content-Type": "application/json"}
        )
        try:
            with _DIRECT.open(request, timeout=30) as answer:
                raw = answer.read()
        except urllib.error.HTTPError as error:
            with error:
                raise AssertionError(f"{path}: {error.code} {error.read().decode()}") from None
        return json.loads(raw) if raw else None

    def items(self, path: str) -> list[dict[str, Any]]:
        """The list that `GET /control/{path}` answers."""
        found: list[dict[str, Any]] = self.control(path, method="GET")["items"]
        return found

    def person(self, *states: str, **more: Any) -> dict[str, Any]:
        """A new WeChat user and cardholder with one card per state."""
        cards = [{"state": state} for state in states]
        found: dict[str, Any] = self.control(
            "people", {"name": "陈桂英", "id_type": "resident_id", "cards": cards} | more
        )
        return found

    def mishap(self, target: str, mishap: str, times: int = 1, *, only_effects: bool = False, at: str = "") -> None:
        """The next `times` calls or callbacks of `target` go wrong; `at`: those whose path ends in this word."""
        only = ({"only": "effects"} if only_effects else {}) | ({"at": at} if at else {})
        self.control("mishaps", {"target": target, "mishap": mishap, "times": times} | only)

    def effects(self, far_side: str = "registry") -> list[dict[str, Any]]:
        """Every effect that this far side has had."""
        return self.items(f"effects?far_side={far_side}")


@dataclass(frozen=True)
class App:
    """A running app."""

    url: str
    process: subprocess.Popen[bytes]

    def kill(self) -> None:
        """`kill -9`, worker and all."""
        _signal(self.process, signal.SIGKILL)
        self.process.wait()


@contextmanager
def running_sandbox(
    tmp_path: Path, app_port: int, *, more: str = "", replacing: Mapping[str, str] | None = None
) -> Iterator[Sandbox]:
    """Serve the sandbox on a free port beside an app that listens, or will listen, on `app_port`.

    The configuration is config.example.toml with its three variables filled in, `replacing` applied to its text and
    `more` put at its end; state and clock lie in `tmp_path / "var"`.
    """
    port, var_dir = free_port(), tmp_path / "var"
    var_dir.mkdir(parents=True, exist_ok=True)
    values = {"PORT": str(app_port), "SANDBOX_PORT": str(port), "VAR_DIR": str(var_dir)}
    text = re.sub(r"\$\{([A-Z_]+):-[^}]*\}", lambda match: values.get(match[1], match[0]), EXAMPLE.read_text("utf-8"))
    for old, new in (replacing or {}).items():
        assert old in text, f"{old!r} is not in the configuration"
        text = text.replace(old, new)
    config = tmp_path / "config.toml"
    config.write_text(f"{text}\n{more}", "utf-8")
    environment = values | {"WXSERVER_CONFIG": str(config)}
    command = ["gunicorn", "-c", "tools/sandbox_gunicorn.py", "wxserver.sandbox:create_app()"]
    with _running(command, f"http://127.0.0.1:{port}", environment, tmp_path / "sandbox.log"):
        yield Sandbox(f"http://127.0.0.1:{port}", config, var_dir, f"http://127.0.0.1:{app_port}")


@contextmanager
def running_app(
    config: Path, port: int, var_dir: Path, *, environment: Mapping[str, str] | None = None, set_up: bool = True
) -> Iterator[App]:
    """Serve the app under `config` on `port`, after its set-up (migration, demo data) unless `set_up` is false.

    May be started again over the same `var_dir`, also after `App.kill`. `environment` is added to the process's.
    """
    values = {"WXSERVER_CONFIG": str(config), "PORT": str(port), "VAR_DIR": str(var_dir), **(environment or {})}
    log = var_dir / "app.log"
    if set_up:
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", "setup"],
            cwd=ROOT,
            env=environment_with(values),
            capture_output=True,
            timeout=_UP_WITHIN,
            check=False,
        )
        assert done.returncode == 0, (done.stdout + done.stderr).decode("utf-8", "replace")[-4000:]
    url = f"http://127.0.0.1:{port}"
    with _running(["gunicorn", "wsgi:app", "-c", "gunicorn.conf.py"], url, values, log) as process:
        yield App(url, process)


def environment_with(values: Mapping[str, str]) -> dict[str, str]:
    return os.environ | {"PYTHONUNBUFFERED": "1"} | dict(values)


@contextmanager
def _running(
    command: Sequence[str], url: str, values: Mapping[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env=environment_with(values),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        _wait_until_up(process, url, log)
        yield process
    finally:
        _end(process)


def _wait_until_up(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + _UP_WITHIN
    while True:
        try:
            with _DIRECT.open(f"{url}/healthz", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            pass
        if process.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(f"{url} does not answer:\n{log.read_text('utf-8', 'replace')[-4000:]}")
        time.sleep(0.05)


def _end(process: subprocess.Popen[bytes]) -> None:
    """SIGTERM, and for what is left after a while SIGKILL, to the process and the workers it started."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_DOWN_WITHIN)
    _signal(process, signal.SIGKILL)
    process.wait()


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    """To the whole group that the process leads; nobody is left where it has ended in order."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)
