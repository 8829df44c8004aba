"""The databases that tests run on."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from tests.database import fresh_postgres, postgres_url, sqlite_url


def ask(url: str, *statements: str) -> list[tuple]:
    engine = create_engine(url, poolclass=NullPool)
    try:
        with engine.begin() as connection:
            for statement in statements[:-1]:
                connection.execute(text(statement))
            return [tuple(row) for row in connection.execute(text(statements[-1]))]
    finally:
        engine.dispose()


def test_a_sqlite_file_keeps_what_is_written(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path)
    ask(url, "CREATE TABLE names (name TEXT)", "INSERT INTO names VALUES ('林春兰')", "SELECT 1")
    assert ask(url, "SELECT name FROM names") == [("林春兰",)]


def test_fresh_databases_on_one_server_do_not_see_each_other(postgres_server: str) -> None:
    with fresh_postgres(postgres_server) as one, fresh_postgres(postgres_server) as other:
        ask(one, "CREATE TABLE names (name TEXT)", "INSERT INTO names VALUES ('林春兰')", "SELECT 1")
        assert ask(one, "SELECT name FROM names") == [("林春兰",)]
        assert ask(other, "SELECT count(*) FROM pg_tables WHERE tablename = 'names'") == [(0,)]


def test_a_fresh_database_is_gone_afterwards_even_where_a_connection_was_left_open(postgres_server: str) -> None:
    with fresh_postgres(postgres_server) as url:
        left_open = create_engine(url, poolclass=NullPool).connect()
        left_open.execute(text("SELECT 1"))
    with pytest.raises(OperationalError, match="does not exist"):
        ask(url, "SELECT 1")
    left_open.invalidate()


def test_two_connections_take_different_rows_of_a_queue(postgres_server: str) -> None:
    take = "SELECT id FROM queue ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED"
    with fresh_postgres(postgres_server) as url:
        ask(url, "CREATE TABLE queue (id INT)", "INSERT INTO queue VALUES (1), (2)", "SELECT 1")
        engine = create_engine(url, poolclass=NullPool)
        with engine.connect() as one, engine.connect() as other:
            assert one.execute(text(take)).scalar() == 1
            assert other.execute(text(take)).scalar() == 2
        engine.dispose()


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_a_given_address_is_used_with_our_driver(monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    monkeypatch.setenv("TEST_DATABASE_URL", f"{scheme}://tester:s%40fe@127.0.0.1:5432/test")
    with postgres_url() as url:
        assert url == "postgresql+psycopg://tester:s%40fe@127.0.0.1:5432/test"


def test_an_address_of_another_kind_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_DATABASE_URL", "mysql://127.0.0.1/test")
    with pytest.raises(pytest.UsageError, match="postgresql"), postgres_url():
        pass
