"""The embedded worker: one thread that does what is due, woken at once by whoever writes new work.

It starts in the process that serves (gunicorn's `post_worker_init`, or `flask jobs run`), never on import and never
before a fork.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

logger = logging.getLogger(__name__)


class Worker:
    """Runs `chores` in a thread of its own: (seconds between two runs, chore)."""

    def __init__(self, chores: list[tuple[float, Callable[[], object]]]) -> None:
        self._chores = chores
        self._awake = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start once; a second call does nothing."""
        if self._thread is None:
            self._thread = threading.Thread(target=self.run, name="jobs", daemon=True)
            self._thread.start()

    def ask_to_stop(self) -> None:
        """Begin nothing more after the chore at hand."""
        self._stop.set()
        self._awake.set()

    def stop(self, timeout: float = 10.0) -> None:
        """Let the chore at hand end, then stop. One that takes longer than `timeout` seconds is left to its lease."""
        self.ask_to_stop()
        if self._thread is not None:
            self._thread.join(timeout)

    def wake(self) -> None:
        """There is something to do: run every chore now."""
        self._awake.set()

    def run(self) -> None:
        """Run until `stop`."""
        due = [0.0] * len(self._chores)
        while not self._stop.is_set():
            woken = self._awake.is_set()
            self._awake.clear()
            for index, (every, chore) in enumerate(self._chores):
                now = time.monotonic()
                if woken or now >= due[index]:
                    due[index] = now + every
                    self._run(chore)
            self._awake.wait(max(0.05, min(due) - time.monotonic()))

    @staticmethod
    def _run(chore: Callable[[], object]) -> None:
        try:
            chore()
        except Exception:
            logger.exception("a chore failed; it will run again")
