"""How Alembic reaches the database: through the Flask app's own engine, in one transaction; on SQLite, in one for each
migration."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, cast

from alembic import context
from alembic.autogenerate.api import AutogenContext
from flask import current_app
from sqlalchemy import Connection, Engine, text

from wxserver.store.tables import Base
from wxserver.store.tables.base import UtcDateTime

if TYPE_CHECKING:
    import sqlite3

# Two nodes that start at once must not migrate side by side.
_LOCK = 7270


def _render(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


def run() -> None:
    engine: Engine = current_app.extensions["migrate"].db.engine
    with engine.connect() as connection, _rebuilding(connection):
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=True,
            compare_type=True,
            render_item=_render,
        )
        with context.begin_transaction():
            if engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            context.run_migrations()


@contextmanager
def _rebuilding(connection: Connection) -> Iterator[None]:
    """SQLite changes a column by building its table anew. While foreign keys are watched, dropping the old table would
    empty what refers to it; watching is switched outside of transactions only (https://sqlite.org/lang_altertable.html)."""
    if connection.dialect.name != "sqlite":
        yield
        return
    raw = cast("sqlite3.Connection", connection.connection.driver_connection)
    raw.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
        if broken := raw.execute("PRAGMA foreign_key_check").fetchmany(5):
            raise LookupError(f"a migration left references that lead nowhere: {broken}")
    finally:
        raw.execute("PRAGMA foreign_keys=ON")


run()
