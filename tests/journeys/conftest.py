"""A town of its own, for tests that change what a whole town shares: its calendar, its definitions."""

from __future__ import annotations

import pytest

from tests import town as towns
from tests.database import fresh_postgres, sqlite_url


@pytest.fixture
def own_town(kind, request, tmp_path):
    """A town that nobody else walks through, on each kind of database."""
    if kind == "sqlite":
        with towns.town(kind, sqlite_url(tmp_path), tmp_path) as town:
            yield town
        return
    with fresh_postgres(request.getfixturevalue("postgres_server")) as url, towns.town(kind, url, tmp_path) as town:
        yield town


@pytest.fixture(scope="module")
def small_town(tmp_path_factory):
    """One town for the tests of a module, on SQLite; each test publishes what it needs."""
    directory = tmp_path_factory.mktemp("small-town")
    with towns.town("sqlite", sqlite_url(directory), directory) as town:
        yield town
