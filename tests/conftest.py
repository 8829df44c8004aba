"""What all suites share: a database of each kind, and a town on it."""

import os
import shutil

import pytest

from tests import town as towns
from tests.database import fresh_postgres, sqlite_url

KINDS = ("sqlite", "postgresql")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run")


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
def town(town_session, kind):
    """The town, with far sides that behave and clocks that are right."""
    assert town_session.database.engine.dialect.name == kind
    yield from towns.behaved(town_session)


@pytest.fixture(scope="session")
def browser_type_launch_args():
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    assert found, "no Chromium; `make test` installs it"
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {"executable_path": found, "args": [*sandbox, *QUIET, "--disable-gpu"]}
