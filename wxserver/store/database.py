"""The database: how an engine is prepared, and the units that use cases work in."""

from __future__ import annotations

import select
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Final, cast

from sqlalchemy import Connection, Engine, Insert, Table, Update, bindparam, event, insert, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from wxserver.store.tables.base import Base
from wxserver.store.vault import Vault

__all__ = [
    "Database",
    "Unit",
    "insert_or_ignore",
    "insert_row",
    "prepare",
    "update_row",
]


_IDLE: Final = 30.0
"""Seconds after which a connection may have been dropped on the way without a word."""


def prepare(engine: Engine) -> None:
    """Set up a new engine. SQLite: WAL, full sync, foreign keys, and BEGIN IMMEDIATE for units that write, because a
    plain BEGIN that reads before it writes fails with “database is locked” under concurrency, whatever its timeout.
    PostgreSQL: connections that the server has left are replaced before anybody gets them."""
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine)
    else:
        _replace_the_dead(engine)


def _replace_the_dead(engine: Engine) -> None:
    """Ask the server whether a connection still stands, but only where there is a doubt: when it has said something
    unasked, as a server does that goes away, or after a while of silence. `pool_pre_ping` would ask each time, which
    is a round trip more for every unit."""

    @event.listens_for(engine, "checkin")
    def checkin(_raw: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
        entry.info["used_at"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def checkout(raw: DBAPIConnection, entry: ConnectionPoolEntry, _proxy: object) -> None:
        used_at = entry.info.get("used_at")
        if used_at is None:
            return
        told = select.poll()
        told.register(cast("Any", raw).fileno(), select.POLLIN)
        if time.monotonic() - used_at < _IDLE and not told.poll(0):
            return
        try:
            engine.dialect.do_ping(raw)
        except engine.dialect.loaded_dbapi.Error as fault:
            raise DisconnectionError(str(fault)) from fault


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def connect(raw: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        connection = cast("sqlite3.Connection", raw)
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("wxserver_write", True)
        if immediate is None:
            return
        driver = cast("sqlite3.Connection", connection.connection.driver_connection)
        driver.execute("BEGIN IMMEDIATE" if immediate else "BEGIN DEFERRED")


class Unit:
    """One transaction, with the vault its rows are sealed by.

    Statements go through `connection`; `session` is for what loads whole entities, and made when somebody asks.
    """

    __slots__ = ("_session", "connection", "vault")

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self.connection = connection
        self.vault = vault
        self._session: Session | None = None

    @property
    def session(self) -> Session:
        if self._session is None:
            self._session = Session(self.connection, join_transaction_mode="rollback_only", expire_on_commit=False)
        return self._session

    def close(self) -> None:
        if self._session is not None:
            self._session.close()


class Database:
    """Opens units. Nobody else commits."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self.engine = engine
        self.vault = vault
        self._reader = engine.execution_options(wxserver_write=False)
        # SQLite's driver is in autocommit already; asking for it would have SQLAlchemy set it back otherwise.
        sqlite = engine.dialect.name == "sqlite"
        self._single = engine.execution_options(
            **({"wxserver_write": None} if sqlite else {"isolation_level": "AUTOCOMMIT"})
        )

    @contextmanager
    def write(self) -> Iterator[Unit]:
        """A unit that commits at its end, or leaves no trace if an exception passes through."""
        with self.engine.begin() as connection:
            yield from self._unit(connection)

    @contextmanager
    def single(self) -> Iterator[Unit]:
        """A unit of one statement, which commits by itself: without the round trips of a transaction around it."""
        with self._single.connect() as connection:
            yield from self._unit(connection)

    @contextmanager
    def read(self) -> Iterator[Unit]:
        """A unit that only looks; it is always rolled back."""
        with self._reader.connect() as connection:
            yield from self._unit(connection)

    def _unit(self, connection: Connection) -> Iterator[Unit]:
        unit = Unit(connection, self.vault)
        try:
            yield unit
        finally:
            unit.close()


# Building a statement costs more than running it, so those on the way of every request are built once.


def _table(table: type[Base]) -> Table:
    return cast("Table", table.__table__)


@cache
def _insert(table: type[Base]) -> Insert:
    return insert(_table(table))


@cache
def _insert_or_ignore(table: type[Base], dialect: str) -> Insert:
    made = postgresql.insert(_table(table)) if dialect == "postgresql" else sqlite.insert(_table(table))
    return made.on_conflict_do_nothing().execution_options(preserve_rowcount=True)


@cache
def _update(table: type[Base], names: frozenset[str]) -> Update:
    columns = _table(table).c
    values = {name: bindparam(f"new_{name}", type_=columns[name].type) for name in names}
    return update(_table(table)).where(columns["id"] == bindparam("row_id")).values(values)


def insert_row(unit: Unit, table: type[Base], **values: object) -> None:
    """Insert a row; raises IntegrityError where a key of it is taken."""
    unit.connection.execute(_insert(table), values)


def insert_or_ignore(unit: Unit, table: type[Base], **values: object) -> bool:
    """Insert a row unless a unique key of it is taken already; True if it was inserted.

    On PostgreSQL it waits for another transaction that is inserting the same key, so that afterwards the row is there.
    """
    return unit.connection.execute(_insert_or_ignore(table, unit.connection.dialect.name), values).rowcount == 1


def update_row(unit: Unit, table: type[Base], row_id: str, **values: object) -> None:
    """Change columns of the row with this id."""
    named = {f"new_{name}": value for name, value in values.items()}
    unit.connection.execute(_update(table, frozenset(values)), {"row_id": row_id, **named})
