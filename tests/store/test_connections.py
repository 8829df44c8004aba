"""Connections to PostgreSQL that the server has left are replaced unseen, without a question for each unit."""

import time

import pytest
from sqlalchemy import create_engine, text

from tests.database import fresh_postgres
from wxserver.store import database


@pytest.fixture
def engine(postgres_server):
    with fresh_postgres(postgres_server) as url:
        made = create_engine(url, pool_size=2)
        database.prepare(made)
        yield made
        made.dispose()


@pytest.fixture
def pings(engine, monkeypatch):
    """How often the server was asked whether it still stands."""
    asked, ping = [], engine.dialect.do_ping

    def counted(raw):
        asked.append(1)
        return ping(raw)

    monkeypatch.setattr(engine.dialect, "do_ping", counted)
    return asked


def backend(engine):
    with engine.connect() as connection:
        return connection.scalar(text("SELECT pg_backend_pid()"))


def test_a_connection_in_steady_use_is_not_asked_for_its_health(engine, pings):
    assert len({backend(engine) for _ in range(20)}) == 1
    assert pings == []


def test_a_connection_that_the_server_has_ended_is_replaced_unseen(engine, pings):
    with engine.connect() as one, engine.connect() as other:
        ended = one.scalar(text("SELECT pg_backend_pid()"))
        killer = other.scalar(text("SELECT pg_backend_pid()"))
    with engine.connect() as connection:
        left = ended if connection.scalar(text("SELECT pg_backend_pid()")) == killer else killer
        connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": left})
        time.sleep(0.2)
        with engine.connect() as another:
            assert another.scalar(text("SELECT pg_backend_pid()")) not in (ended, killer)
    assert len(pings) == 1


def test_after_a_while_of_silence_the_server_is_asked_first(engine, pings, monkeypatch):
    first = backend(engine)
    monkeypatch.setattr(database, "_IDLE", 0.0)
    assert backend(engine) == first
    assert len(pings) == 1
