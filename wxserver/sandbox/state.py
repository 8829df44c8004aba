"""What the far sides remember: one SQLite file that survives a restart."""

import queue
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS user (
    openid TEXT PRIMARY KEY, unionid TEXT NOT NULL, name TEXT NOT NULL, id_type TEXT NOT NULL, id_number TEXT NOT NULL,
    follows INTEGER NOT NULL DEFAULT 1, demo TEXT, serial INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS holder (
    id_type TEXT NOT NULL, id_number TEXT NOT NULL, name TEXT NOT NULL, phone TEXT, address TEXT, email TEXT,
    occupation TEXT, PRIMARY KEY (id_type, id_number));
CREATE TABLE IF NOT EXISTS card (
    reference TEXT PRIMARY KEY, number TEXT NOT NULL UNIQUE, id_type TEXT NOT NULL, id_number TEXT NOT NULL,
    bank TEXT NOT NULL, region TEXT NOT NULL, state TEXT NOT NULL, before TEXT, expires_on TEXT,
    sequence INTEGER NOT NULL DEFAULT 0, serial INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS loss (card TEXT PRIMARY KEY, before TEXT NOT NULL, ends_on TEXT);
CREATE TABLE IF NOT EXISTS standing (
    id_type TEXT NOT NULL, id_number TEXT NOT NULL, document TEXT NOT NULL, PRIMARY KEY (id_type, id_number));
CREATE TABLE IF NOT EXISTS photo (
    id_type TEXT NOT NULL, id_number TEXT NOT NULL, content BLOB NOT NULL, PRIMARY KEY (id_type, id_number));
CREATE INDEX IF NOT EXISTS card_holder ON card (id_type, id_number);
CREATE TABLE IF NOT EXISTS production (
    reference TEXT PRIMARY KEY, kind TEXT NOT NULL, case_reference TEXT NOT NULL, id_type TEXT NOT NULL,
    id_number TEXT NOT NULL, name TEXT NOT NULL, phone TEXT, bank TEXT NOT NULL, address TEXT, region TEXT NOT NULL,
    card TEXT, node TEXT NOT NULL, at TEXT NOT NULL, sequence INTEGER NOT NULL DEFAULT 0, made_card TEXT,
    serial INTEGER NOT NULL, photo_sha256 TEXT, photo_size INTEGER);
CREATE INDEX IF NOT EXISTS production_holder ON production (id_type, id_number);
CREATE TABLE IF NOT EXISTS history (
    id INTEGER PRIMARY KEY, production TEXT NOT NULL, node TEXT NOT NULL, at TEXT NOT NULL, sequence INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS history_production ON history (production);
CREATE TABLE IF NOT EXISTS answer (
    key TEXT PRIMARY KEY, request TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS effect (
    id INTEGER PRIMARY KEY AUTOINCREMENT, far_side TEXT NOT NULL, effect TEXT NOT NULL, method TEXT NOT NULL, key TEXT,
    person TEXT, at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS verification (
    provider_reference TEXT PRIMARY KEY, provider TEXT NOT NULL, reference TEXT NOT NULL, request TEXT NOT NULL,
    name TEXT NOT NULL, id_type TEXT NOT NULL, id_number TEXT NOT NULL, return_url TEXT NOT NULL,
    callback_url TEXT NOT NULL, purpose TEXT NOT NULL, expires REAL NOT NULL, result TEXT, fail_code TEXT,
    verified_at TEXT, UNIQUE (provider, reference));
CREATE TABLE IF NOT EXISTS eid (
    token TEXT PRIMARY KEY, merchant TEXT NOT NULL, name TEXT NOT NULL, id_card TEXT NOT NULL, extra TEXT NOT NULL,
    return_url TEXT NOT NULL, issued REAL NOT NULL, opened INTEGER NOT NULL DEFAULT 0, err_code INTEGER, lie TEXT);
CREATE TABLE IF NOT EXISTS eid_order (
    id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, value TEXT NOT NULL, id_number TEXT,
    at TEXT NOT NULL, remaining INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS verification_lie (provider_reference TEXT PRIMARY KEY, lie TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS face (
    verify_id TEXT PRIMARY KEY, app_id TEXT NOT NULL, sequence TEXT NOT NULL, openid TEXT NOT NULL, name TEXT NOT NULL,
    number TEXT NOT NULL, issued REAL NOT NULL, verify_ret INTEGER, UNIQUE (app_id, sequence));
CREATE TABLE IF NOT EXISTS code (
    code TEXT PRIMARY KEY, kind TEXT NOT NULL, app_id TEXT NOT NULL, openid TEXT NOT NULL, scope TEXT NOT NULL,
    snapshot INTEGER NOT NULL, expires REAL NOT NULL, used INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS token (
    token TEXT PRIMARY KEY, app_id TEXT NOT NULL, kind TEXT NOT NULL, issued REAL NOT NULL, expires REAL NOT NULL,
    current INTEGER NOT NULL, serial INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS forced (app_id TEXT NOT NULL, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS menu (app_id TEXT PRIMARY KEY, document TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS message (
    id INTEGER PRIMARY KEY AUTOINCREMENT, app_id TEXT NOT NULL, openid TEXT NOT NULL, kind TEXT NOT NULL,
    client_msg_id TEXT, document TEXT NOT NULL, sent REAL NOT NULL, at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS message_openid ON message (openid);
CREATE TABLE IF NOT EXISTS undelivered (
    id INTEGER PRIMARY KEY, app_id TEXT NOT NULL, openid TEXT NOT NULL, client_msg_id TEXT, sent REAL NOT NULL);
CREATE TABLE IF NOT EXISTS credit (
    app_id TEXT NOT NULL, openid TEXT NOT NULL, template_id TEXT NOT NULL, sends INTEGER NOT NULL,
    always INTEGER NOT NULL, PRIMARY KEY (app_id, openid, template_id));
CREATE TABLE IF NOT EXISTS report (
    id INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, openid TEXT NOT NULL, fields TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS follower (openid TEXT PRIMARY KEY, since REAL NOT NULL, scene TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS scene (
    ticket TEXT PRIMARY KEY, app_id TEXT NOT NULL, scene TEXT NOT NULL, expires REAL);
CREATE TABLE IF NOT EXISTS session_key (
    app_id TEXT NOT NULL, openid TEXT NOT NULL, key TEXT NOT NULL, PRIMARY KEY (app_id, openid));
CREATE TABLE IF NOT EXISTS ticket (app_id TEXT PRIMARY KEY, ticket TEXT NOT NULL, expires REAL NOT NULL);
CREATE TABLE IF NOT EXISTS knob (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS used (
    app_id TEXT NOT NULL, path TEXT NOT NULL, span TEXT NOT NULL, times INTEGER NOT NULL,
    PRIMARY KEY (app_id, path, span));
CREATE TABLE IF NOT EXISTS chat (
    id INTEGER PRIMARY KEY AUTOINCREMENT, openid TEXT NOT NULL, side TEXT NOT NULL, text TEXT NOT NULL,
    at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS mishap (
    id INTEGER PRIMARY KEY AUTOINCREMENT, target TEXT NOT NULL, mishap TEXT NOT NULL, only_effects INTEGER NOT NULL,
    at TEXT NOT NULL DEFAULT '',
    remaining INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS traffic (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, target TEXT NOT NULL, sender TEXT NOT NULL,
    receiver TEXT NOT NULL,
    is_call INTEGER NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL, key TEXT, meaning TEXT NOT NULL,
    proof TEXT NOT NULL DEFAULT '', mishap TEXT, status INTEGER, ms INTEGER, finished INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS traffic_key ON traffic (key);
CREATE TABLE IF NOT EXISTS delivery (
    id INTEGER PRIMARY KEY AUTOINCREMENT, target TEXT NOT NULL, stream TEXT NOT NULL, in_order INTEGER NOT NULL,
    url TEXT NOT NULL,
    signer TEXT NOT NULL, message_id TEXT NOT NULL, content_type TEXT NOT NULL, body BLOB NOT NULL,
    meaning TEXT NOT NULL, mishap TEXT, due REAL NOT NULL, after INTEGER, held INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0, copies INTEGER NOT NULL DEFAULT 1, state TEXT NOT NULL DEFAULT 'pending',
    status INTEGER);
CREATE INDEX IF NOT EXISTS delivery_due ON delivery (state, due);
CREATE TABLE IF NOT EXISTS chore (
    id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, subject TEXT NOT NULL, due REAL NOT NULL);
CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
"""
TABLES_OF_THE_PAST = (
    "user",
    "holder",
    "card",
    "loss",
    "standing",
    "photo",
    "production",
    "history",
    "answer",
    "effect",
    "verification",
    "eid",
    "eid_order",
    "face",
    "verification_lie",
    "code",
    "menu",
    "message",
    "undelivered",
    "credit",
    "report",
    "follower",
    "scene",
    "session_key",
    "knob",
    "used",
    "chat",
    "mishap",
    "traffic",
    "delivery",
    "chore",
    "counter",
)
"""What a reset empties. Tokens and tickets stay: a platform does not forget them because a tester starts again."""


class Database:
    """Connections to one file. Writers take turns in this process, and wait up to 10 s for another one."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._idle: queue.LifoQueue[sqlite3.Connection] = queue.LifoQueue()
        self._turn = threading.Lock()
        with self._connection() as connection:
            connection.executescript(SCHEMA)

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A connection for queries; each statement sees what is committed."""
        with self._connection() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One write transaction, committed at the end and rolled back on any exception. Never sleep or call in it."""
        with self._turn, self._connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def empty(self) -> None:
        """Forget everything but tokens and tickets."""
        with self.write() as connection:
            for table in TABLES_OF_THE_PAST:
                connection.execute(f"DELETE FROM {table}")  # noqa: S608

    def close(self) -> None:
        """Close the idle connections."""
        while True:
            try:
                self._idle.get_nowait().close()
            except queue.Empty:
                return

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        try:
            connection = self._idle.get_nowait()
        except queue.Empty:
            connection = self._open()
        try:
            yield connection
        finally:
            self._idle.put(connection)

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=10, isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection


def serial(connection: sqlite3.Connection, name: str, first: int = 1) -> int:
    """The next number of a named row of numbers; call it in a write transaction."""
    row = connection.execute(
        "INSERT INTO counter (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + 1"
        " RETURNING value",
        (name, first),
    ).fetchone()
    return int(row["value"])
