"""What all suites share: a database of each kind, and a town on it."""

import pytest

from tests import town as towns
from tests.database import fresh_postgres, sqlite_url

KINDS = ("sqlite", "postgresql")


@pytest.fixture(scope="session", params=KINDS)
def kind(request):
    """The kind of database; what depends on it runs on both."""
    return request.param


@pytest.fixture(scope="session")
def town_session(kind, request, tmp_path_factory):
    directory = tmp_path_factory.mktemp(f"town-{kind}")
    if kind == "sqlite":
        with towns.town(kind, sqlite_url(directory), directory) as town:
            yield town
        return
    with fresh_postgres(request.getfixturevalue("postgres_server")) as url, towns.town(kind, url, directory) as town:
        yield town


@pytest.fixture
def town(town_session):
    """The town, with far sides that behave and clocks that are right."""
    yield town_session
    town_session.sandbox.control("mishaps", method="DELETE")
    town_session.sandbox.control("time", {"real": True})
