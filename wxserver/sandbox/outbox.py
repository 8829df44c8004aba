"""Callbacks to the app: rows first, sent by threads of the sandbox's own, again and again until they arrive."""

import http.client
import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from wxserver.sandbox import mishaps, signatures, traffic
from wxserver.sandbox.clock import Clock
from wxserver.sandbox.state import Database

WAITS = {"identity": (1.0, 5.0, 30.0), "registry": (1.0, 2.0, 5.0, *(10.0 for _ in range(16)))}
"""Real seconds before each further attempt; after the last one the callback is given up."""
TIMEOUT = 5.0
LATE = 3.0
HELD = 5.0
AT_ONCE = 8
IDLE = 0.2


class Outbox:
    """Holds the pending callbacks in the database and a thread that sends what is due."""

    def __init__(self, database: Database, clock: Clock, keys: Mapping[str, tuple[bytes, ...]]) -> None:
        self._database, self._clock, self._keys = database, clock, keys
        self._chores: dict[str, Callable[[str], None]] = {}
        self._ticks: list[Callable[[], None]] = []
        self._wake = threading.Event()
        self._ended = threading.Event()
        self._changed = threading.Condition()
        self._inflight: set[int] = set()
        self._slots = threading.Semaphore(AT_ONCE)
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._process = 0

    def on_chore(self, kind: str, act: Callable[[str], None]) -> None:
        """Let ``act(subject)`` run when a chore of this kind is due."""
        self._chores[kind] = act

    def on_tick(self, act: Callable[[], None]) -> None:
        """Let ``act()`` run at every round of the thread."""
        self._ticks.append(act)

    def add(
        self,
        connection: sqlite3.Connection,
        *,
        target: str,
        stream: str,
        url: str,
        signer: str,
        body: bytes,
        meaning: str,
        in_order: bool,
    ) -> tuple[int, str | None]:
        """Put a signed callback into the outbox, in the transaction of what caused it; its number and its mishap.

        Callbacks of one ``stream`` with ``in_order`` have their first attempts one after the other.
        """
        mishap = mishaps.take_for_callback(connection, target)
        now = time.time()
        wait = {"late_callback": LATE, "reorder": HELD}.get(mishap or "", 0.0)
        row = connection.execute(
            "INSERT INTO delivery (target, stream, in_order, url, signer, message_id, content_type, body, meaning,"
            " mishap, due, held, copies, state)"
            " VALUES (?, ?, ?, ?, ?, ?, 'application/json', ?, ?, ?, ?, ?, ?, ?) RETURNING id",
            (
                target,
                stream,
                in_order and mishap not in ("late_callback", "reorder"),
                url,
                signer,
                f"msg_{secrets.token_hex(12)}",
                body,
                meaning,
                mishap,
                now + wait,
                mishap == "reorder",
                2 if mishap == "duplicate" else 1,
                "lost" if mishap == "no_callback" else "pending",
            ),
        ).fetchone()
        number = int(row["id"])
        if mishap != "reorder":
            connection.execute(
                "UPDATE delivery SET held = 0, due = ?, after = ? WHERE held = 1 AND stream = ? AND state = 'pending'",
                (now, number, stream),
            )
        return number, mishap

    def later(self, connection: sqlite3.Connection, kind: str, subject: str, seconds: float) -> None:
        """Have a chore done after some real seconds, also over a restart; in a write transaction."""
        connection.execute(
            "INSERT INTO chore (kind, subject, due) VALUES (?, ?, ?)", (kind, subject, time.time() + seconds)
        )

    def nudge(self) -> None:
        """Look at the outbox now; call it after the commit."""
        self._wake.set()

    def await_attempt(self, number: int, seconds: float) -> None:
        """Wait until this callback has been tried once, but not longer than ``seconds``."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while (left := deadline - time.monotonic()) > 0:
                with self._database.read() as connection:
                    row = connection.execute("SELECT state, attempts FROM delivery WHERE id = ?", (number,)).fetchone()
                if row is None or row["state"] != "pending" or row["attempts"] > 0:
                    return
                self._changed.wait(left)

    def ensure_running(self) -> None:
        """Start the thread where it does not run yet in this very process (a fork leaves threads behind)."""
        if self._thread is not None and self._process == os.getpid():
            return
        with self._starting:
            if self._thread is None or self._process != os.getpid():
                self._inflight.clear()
                self._process = os.getpid()
                self._thread = threading.Thread(target=self._run, name="sandbox-outbox", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """End the thread and wait for what is being sent; pending rows stay for the next start."""
        self._ended.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout=10)
        with self._changed:
            self._changed.wait_for(lambda: not self._inflight, timeout=10)

    def _run(self) -> None:
        while not self._ended.is_set():
            self._wake.wait(IDLE)
            self._wake.clear()
            if self._ended.is_set():
                return
            try:
                for act in self._ticks:
                    act()
                self._do_chores()
                self._send_due()
            except sqlite3.Error:
                # Another process holds the file for longer than the wait: the rows are still there at the next look.
                time.sleep(IDLE)

    def _do_chores(self) -> None:
        with self._database.read() as connection:
            due = connection.execute(
                "SELECT id, kind, subject FROM chore WHERE due <= ? ORDER BY id", (time.time(),)
            ).fetchall()
        for row in due:
            self._chores[row["kind"]](row["subject"])
            with self._database.write() as connection:
                connection.execute("DELETE FROM chore WHERE id = ?", (row["id"],))

    def _send_due(self) -> None:
        with self._changed:
            # Taken before the query: what is being sent now may be settled by the time its row is read.
            busy = set(self._inflight)
        with self._database.read() as connection:
            due = connection.execute(
                "SELECT * FROM delivery AS d WHERE state = 'pending' AND due <= ?"
                " AND NOT EXISTS (SELECT 1 FROM delivery AS a WHERE a.id = d.after"
                "  AND a.state = 'pending' AND a.attempts = 0)"
                " AND NOT (d.in_order AND EXISTS (SELECT 1 FROM delivery AS e WHERE e.stream = d.stream AND e.id < d.id"
                "  AND e.in_order AND e.state = 'pending' AND e.attempts = 0)) ORDER BY id LIMIT 100",
                (time.time(),),
            ).fetchall()
        for row in due:
            if row["id"] in busy:
                continue
            with self._changed:
                self._inflight.add(row["id"])
            self._slots.acquire()
            threading.Thread(target=self._attempt, args=(row,), name="sandbox-callback", daemon=True).start()

    def _attempt(self, row: sqlite3.Row) -> None:
        try:
            forged = row["mishap"] == "bad_signature" and row["attempts"] == 0
            status = self._send(row, forged)
            self._settle(row, status is not None and 200 <= status < 300 and not forged, status)
        except sqlite3.Error:
            pass  # The row is unchanged and is tried again at the next look.
        finally:
            self._slots.release()
            with self._changed:
                self._inflight.discard(row["id"])
                self._changed.notify_all()
            self._wake.set()

    def _send(self, row: sqlite3.Row, forged: bool) -> int | None:
        parts = urlsplit(row["url"])
        meaning = row["meaning"]
        if row["mishap"] == "duplicate" and row["copies"] == 1:
            meaning += "（重复的）"
        elif row["attempts"] > 0:
            meaning += f"，第 {row['attempts'] + 1} 次"
        exchange = traffic.Exchange(
            target=row["target"],
            sender=row["target"],
            receiver="app",
            method="POST",
            path=parts.path,
            meaning=meaning,
            proof="forged" if forged else "signed",
            mishap=row["mishap"],
        )
        with self._database.write() as connection:
            traffic.begin(connection, self._clock, exchange)
        keys = (secrets.token_bytes(32),) if forged else self._keys.get(row["signer"], ())
        stamp = int(self._clock.timestamp())
        headers = signatures.headers(keys, row["message_id"], stamp, row["body"])
        headers["content-type"] = row["content_type"]
        status, _ = post(row["url"], headers, row["body"], TIMEOUT)
        traffic.finish(self._database, exchange, status)
        return status

    def _settle(self, row: sqlite3.Row, arrived: bool, status: int | None) -> None:
        attempts, copies, state, due = row["attempts"], row["copies"], "pending", time.time()
        if arrived:
            copies -= 1
            attempts += 1
            state = "pending" if copies else "arrived"
        else:
            waits = WAITS[row["target"]]
            state = "pending" if attempts < len(waits) else "given_up"
            due += waits[attempts] if attempts < len(waits) else 0.0
            attempts += 1
        with self._database.write() as connection:
            connection.execute(
                "UPDATE delivery SET attempts = ?, copies = ?, state = ?, due = ?, status = ? WHERE id = ?",
                (attempts, copies, state, due, status, row["id"]),
            )


def post(url: str, headers: Mapping[str, str], body: bytes, timeout: float) -> tuple[int | None, bytes]:
    """POST ``body`` without following anything; status and body (at most 64 KiB), status None for no answer."""
    parts = urlsplit(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    kind: Any = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname, parts.port, timeout=timeout)
    try:
        connection.request("POST", target or "/", body=body, headers=dict(headers))
        response = connection.getresponse()
        return int(response.status), bytes(response.read(65536))
    except (OSError, http.client.HTTPException):
        return None, b""
    finally:
        connection.close()
