"""Serves the app and the sandbox, together or one alone. Standard library only.

Usage: python tools/run.py [both | app | sandbox]. The addresses are 127.0.0.1 with PORT and SANDBOX_PORT, the data lie
in VAR_DIR, the settings in the file that WXSERVER_CONFIG names. SIGTERM and SIGINT end everything, with status 0. When
one half dies by itself the other is ended, and the status is 1.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parents[1]
HOST = "127.0.0.1"
UP_WITHIN = 60.0
"""Seconds a half may take until it answers /healthz."""
DOWN_WITHIN = 20.0
"""Seconds a half may take to finish what it is doing; then it is killed."""

DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Opens addresses on this machine without asking a proxy."""


class Faulty(Exception):
    """Something that is told in one sentence and ends the program with status 1."""


@dataclass(frozen=True)
class Half:
    """One of the two servers: its name, the variable its port comes from, and the command that serves it."""

    name: str
    variable: str
    port: int
    command: list[str]

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.port}"


def port_from(variable: str, default: str) -> int:
    """The port number in an environment variable."""
    text = os.environ.setdefault(variable, default)
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise Faulty(f"{variable} must be a port number between 1 and 65535, not {text!r}.")
    return int(text)


def refuse_busy_port(half: Half) -> None:
    """Raise Faulty where something else listens on the half's port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, half.port))
        except OSError as error:
            raise Faulty(
                f"Port {half.port} for the {half.name} cannot be used ({error.strerror}): "
                f"end what uses it, or choose another with {half.variable}=…"
            ) from None


def is_up(half: Half) -> bool:
    """Whether the half answers its health check with 200."""
    try:
        with DIRECT.open(half.address + "/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


class Supervisor:
    """Starts the halves as child processes and ends them together."""

    def __init__(self, halves: Sequence[Half]) -> None:
        self._halves = halves
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._told_to_stop = False

    def run(self, when_up: str) -> None:
        """Serve until told to stop; say `when_up` once every half answers. Faulty where one half dies or stays away."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        try:
            for half in self._halves:
                self._children[half.name] = subprocess.Popen(half.command, cwd=ROOT)
            self._wait_until_up()
            if not self._told_to_stop:
                print(when_up, flush=True)
            while not self._told_to_stop:
                self._refuse_a_dead_half()
                time.sleep(0.2)
        finally:
            self._end_all()

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._told_to_stop = True

    def _wait_until_up(self) -> None:
        deadline = time.monotonic() + UP_WITHIN
        waiting = list(self._halves)
        while waiting and not self._told_to_stop:
            self._refuse_a_dead_half()
            waiting = [half for half in waiting if not is_up(half)]
            if waiting and time.monotonic() > deadline:
                raise Faulty(f"The {waiting[0].name} did not answer {waiting[0].address}/healthz in {UP_WITHIN:.0f} s.")
            time.sleep(0.1)

    def _refuse_a_dead_half(self) -> None:
        for name, child in self._children.items():
            # Ctrl-C reaches the children too: one that ends then has not died by itself.
            if child.poll() is not None and not self._told_to_stop:
                raise Faulty(f"The {name} ended by itself with status {child.returncode}.")

    def _end_all(self) -> None:
        deadline = time.monotonic() + DOWN_WITHIN
        for child in self._children.values():
            if child.poll() is None:
                child.terminate()
        for child in self._children.values():
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def set_up() -> None:
    """Migrate the database and import what the app needs: the command `setup` does it, as often as one likes."""
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "setup", "--demo"]
    if subprocess.run(command, cwd=ROOT, check=False).returncode:
        raise Faulty("The app could not be set up; the reason stands above.")


def tell(app: Half, sandbox: Half) -> str:
    """What a newcomer needs to know, in both languages."""
    return f"""
  应用    App       {app.address}
  模拟端  Sandbox   {sandbox.address}
  工作台  Staff     {app.address}/admin  （演示账号和密码见上面 · accounts stand above）

  先打开 {sandbox.address}，在手机里点菜单“微动态 → 智慧人社”。
  Open {sandbox.address} first and tap 微动态 → 智慧人社 in the phone's menu.
  按 Ctrl+C 结束。Ctrl+C ends both.
"""


def serve(which: str) -> None:
    """Serve the named half in this very process, or both as children."""
    app = Half(
        "app",
        "PORT",
        port_from("PORT", "8000"),
        [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "wsgi:app"],
    )
    sandbox = Half(
        "sandbox",
        "SANDBOX_PORT",
        port_from("SANDBOX_PORT", "8001"),
        [sys.executable, "-m", "gunicorn", "-c", "tools/sandbox_gunicorn.py", "wxserver.sandbox:create_app()"],
    )
    if app.port == sandbox.port:
        raise Faulty(f"PORT and SANDBOX_PORT are both {app.port}: give one of them another number.")
    os.environ.setdefault("VAR_DIR", "./var")
    halves = {"both": [app, sandbox], "app": [app], "sandbox": [sandbox]}[which]
    for half in halves:
        refuse_busy_port(half)
    if app in halves:
        set_up()
    if which == "both":
        Supervisor(halves).run(tell(app, sandbox))
        return
    print(f"{halves[0].name}: {halves[0].address}", flush=True)
    os.chdir(ROOT)
    os.execv(sys.executable, halves[0].command)  # noqa: S606 - every word of the command stands above


def main() -> None:
    which = sys.argv[1] if len(sys.argv) > 1 else "both"
    if which not in {"both", "app", "sandbox"}:
        raise SystemExit("usage: run.py [both | app | sandbox]")
    try:
        serve(which)
    except Faulty as fault:
        raise SystemExit(str(fault)) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
