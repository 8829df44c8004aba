"""A small town for tests that publish definitions of their own."""

from __future__ import annotations

import pytest

from tests import town as towns
from tests.database import sqlite_url


@pytest.fixture(scope="module")
def small_town(tmp_path_factory):
    """One town for the tests of a module, on SQLite; each test publishes what it needs."""
    directory = tmp_path_factory.mktemp("small-town")
    with towns.town("sqlite", sqlite_url(directory), directory) as town:
        yield town
