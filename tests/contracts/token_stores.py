"""The stores that keep WeChat's tokens, each over the real thing it stands on, as several processes would open it."""

from __future__ import annotations

import secrets
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial

from sqlalchemy import create_engine, text

from tests.database import fresh_postgres, sqlite_url
from tests.far_sides import free_port
from wxserver.adapters.tokens_redis import RedisTokens
from wxserver.adapters.vault import KeyRing, SealBroken, SealingVault
from wxserver.ports import TokenStore
from wxserver.store.database import Database, prepare
from wxserver.store.tables.base import Base
from wxserver.wiring import DatabaseTokens

PLACE = "wechat_token.value_sealed"

STORES = ("sqlite", "postgresql", "redis")


def vault() -> SealingVault:
    return SealingVault(KeyRing("k1", {"k1": b"k" * 32}, b"i" * 32, b"c" * 32))


class Shop:
    """Where stores of one kind are opened, and what lies in them."""

    def __init__(self, opener: Callable[[], TokenStore], contents: Callable[[], str]) -> None:
        self.open = opener
        self.contents = contents


@contextmanager
def database_shop(url: str) -> Iterator[Shop]:
    with ExitStack() as ends:

        def connect():
            engine = create_engine(url)
            prepare(engine)
            ends.callback(engine.dispose)
            return engine

        first = connect()
        with first.begin() as connection:
            Base.metadata.create_all(connection, [Base.metadata.tables["wechat_token"]])

        def contents() -> str:
            with first.connect() as connection:
                return repr(connection.execute(text("SELECT * FROM wechat_token")).all())

        yield Shop(lambda: DatabaseTokens(Database(connect(), vault())), contents)


@contextmanager
def redis_server(directory) -> Iterator[str]:
    """Address of a Redis of our own, that writes nothing to disk."""
    port = free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with subprocess.Popen([*command, "--dir", str(directory)], stdout=subprocess.DEVNULL) as process:
        try:
            until = time.monotonic() + 20
            while time.monotonic() < until:
                with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    break
                time.sleep(0.02)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.kill()


def redis_tokens(url: str, sealing: SealingVault | None = None) -> RedisTokens:
    chosen = sealing or vault()
    return RedisTokens(url, partial(chosen.seal, PLACE), partial(chosen.open, PLACE), SealBroken)


@contextmanager
def redis_shop(url: str) -> Iterator[Shop]:
    with ExitStack() as ends:

        def connect() -> RedisTokens:
            tokens = redis_tokens(url)
            ends.callback(tokens.close)
            return tokens

        def contents() -> str:
            client = connect()._client
            return repr({key: client.get(key) for key in client.scan_iter("*")})

        yield Shop(connect, contents)


@contextmanager
def shop(kind: str, request, directory) -> Iterator[Shop]:
    """A shop of this kind; `request`: of the fixture, for a server that is asked for only where it is needed."""
    with ExitStack() as ends:
        if kind == "redis":
            url = ends.enter_context(redis_server(directory))
            yield ends.enter_context(redis_shop(url))
        elif kind == "sqlite":
            yield ends.enter_context(database_shop(sqlite_url(directory)))
        else:
            url = ends.enter_context(fresh_postgres(request.getfixturevalue("postgres_server")))
            yield ends.enter_context(database_shop(url))


def some_name() -> str:
    return f"jieyang{secrets.token_hex(6)}:access"
