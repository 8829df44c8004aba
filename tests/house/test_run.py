"""`make run`: two halves that start, are seen to answer, and end together."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.run import Half, is_up

ROOT = Path(__file__).resolve().parents[2]

SERVER = """
import http.server, os, pathlib, signal, sys
pathlib.Path(sys.argv[2] + ".pid").write_text(str(os.getpid()))
signal.signal(signal.SIGTERM, lambda *_: (pathlib.Path(sys.argv[2]).write_text("ended cleanly"), sys.exit(0)))
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
    def log_message(self, *arguments): pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Answer).serve_forever()
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Running:
    """A supervisor over two small servers, in a process of its own."""

    def __init__(self, directory: Path, second: str = SERVER) -> None:
        self.ports = free_port(), free_port()
        self.ended = directory / "first", directory / "second"
        (directory / "first.py").write_text(SERVER)
        (directory / "second.py").write_text(second)
        code = f"""
        import sys
        from tools import run
        halves = [
            run.Half(name, "PORT", port, [sys.executable, file, str(port), ended])
            for name, port, file, ended in [
                ("app", {self.ports[0]}, {str(directory / "first.py")!r}, {str(self.ended[0])!r}),
                ("sandbox", {self.ports[1]}, {str(directory / "second.py")!r}, {str(self.ended[1])!r}),
            ]
        ]
        try:
            run.Supervisor(halves).run("both answer")
        except run.Faulty as fault:
            raise SystemExit(str(fault))
        """
        self.process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(code)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def first_line(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def process_id(self, half: int) -> int:
        return int(self.ended[half].with_suffix(".pid").read_text())

    def finish(self) -> tuple[int, str]:
        _, errors = self.process.communicate(timeout=30)
        return self.process.returncode, errors


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    started = Running(tmp_path)
    yield started
    if started.process.poll() is None:
        started.process.terminate()
        started.finish()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_both_halves_cleanly(running: Running, number: signal.Signals) -> None:
    assert running.first_line() == "both answer"
    running.process.send_signal(number)
    assert running.finish() == (0, "")
    assert [path.read_text() for path in running.ended] == ["ended cleanly"] * 2


def test_the_death_of_one_half_ends_the_other_and_is_told_by_name(running: Running) -> None:
    assert running.first_line() == "both answer"
    os.kill(running.process_id(1), signal.SIGKILL)
    status, errors = running.finish()
    assert status == 1
    assert errors.strip() == "The sandbox ended by itself with status -9."
    assert running.ended[0].read_text() == "ended cleanly"


def test_a_half_that_cannot_start_ends_the_other(tmp_path: Path) -> None:
    status, errors = Running(tmp_path, second="raise SystemExit(3)").finish()
    assert status == 1
    assert errors.strip() == "The sandbox ended by itself with status 3."


def test_a_signal_while_it_starts_ends_it_cleanly_too(tmp_path: Path) -> None:
    started = Running(tmp_path, second="import time\ntime.sleep(60)\n")
    deadline = time.monotonic() + 20
    while not started.ended[0].with_suffix(".pid").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    started.process.terminate()
    assert started.finish() == (0, "")


@pytest.mark.parametrize(("variable", "half"), [("PORT", "app"), ("SANDBOX_PORT", "sandbox")])
def test_a_busy_port_is_told_in_one_sentence_with_the_variable_to_change(variable: str, half: str) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = str(busy.getsockname()[1])
        run = run_tool({"PORT": str(free_port()), "SANDBOX_PORT": str(free_port()), variable: port})
    assert run.returncode == 1
    assert run.stderr.count("\n") == 1
    assert f"Port {port} for the {half}" in run.stderr
    assert f"{variable}=" in run.stderr


@pytest.mark.parametrize("port", ["", "eighty", "0", "70000", "８０００"])
def test_a_port_that_is_no_number_is_told_in_one_sentence(port: str) -> None:
    run = run_tool({"PORT": port})
    assert run.returncode == 1
    assert run.stderr.count("\n") == 1
    assert run.stderr.startswith("PORT must be")


def test_both_halves_on_one_port_are_refused() -> None:
    run = run_tool({"PORT": "8123", "SANDBOX_PORT": "8123"})
    assert run.returncode == 1
    assert "PORT and SANDBOX_PORT are both 8123" in run.stderr


def run_tool(variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "tools/run.py", "both"],
        cwd=ROOT,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_half_that_does_not_answer_is_not_up() -> None:
    assert not is_up(Half("app", "PORT", free_port(), []))
