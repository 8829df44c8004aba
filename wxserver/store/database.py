"""The database: how an engine is prepared, and the units that use cases work in."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

from sqlalchemy import Connection, CursorResult, Engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from wxserver.store.tables.base import Base
from wxserver.store.vault import Vault

__all__ = ["Database", "IntegrityError", "OperationalError", "Unit", "insert_or_ignore", "prepare"]


def prepare(engine: Engine) -> None:
    """Set up a new engine. SQLite: WAL, full sync, foreign keys, and BEGIN IMMEDIATE for units that write, because a
    plain BEGIN that reads before it writes fails with “database is locked” under concurrency, whatever its timeout."""
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def connect(raw: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        connection = cast("sqlite3.Connection", raw)
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("wxserver_write", True)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN DEFERRED")


@dataclass(frozen=True, slots=True)
class Unit:
    """One transaction, with the vault its rows are sealed by."""

    session: Session
    vault: Vault


class Database:
    """Opens units. Nobody else commits."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self.engine = engine
        self.vault = vault
        self._reader = engine.execution_options(wxserver_write=False)

    @contextmanager
    def write(self) -> Iterator[Unit]:
        """A unit that commits at its end, or leaves no trace if an exception passes through."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield Unit(session, self.vault)

    @contextmanager
    def read(self) -> Iterator[Unit]:
        """A unit that only looks; it is always rolled back."""
        with Session(self._reader, expire_on_commit=False, autoflush=False) as session:
            yield Unit(session, self.vault)


def insert_or_ignore(unit: Unit, table: type[Base], **values: object) -> bool:
    """Insert a row unless a unique key of it is taken already; True if it was inserted.

    On PostgreSQL it waits for another transaction that is inserting the same key, so that afterwards the row is there.
    """
    dialect = postgresql if unit.session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table.__table__).values(**values).on_conflict_do_nothing()
    result = unit.session.execute(statement, execution_options={"preserve_rowcount": True})
    return cast("CursorResult[object]", result).rowcount == 1
