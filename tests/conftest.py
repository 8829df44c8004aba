"""What all suites share: a database of each kind, and a town on it."""

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import town as towns
from tests.database import fresh_postgres, sqlite_url

LONG = ("browser", "journeys")
"""Folders whose files take long and wait much; they are mixed with the others, which keep the processors busy."""
AGAIN_IN_CI = pytest.mark.flaky(reruns=1, condition=bool(os.environ.get("CI")))
"""A browser that shares its machine with others may come too late once. CI tries such a test a second time and prints
which one it was; at a desk the first failure counts."""
KINDS = ("sqlite", "postgresql")
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    files = dict.fromkeys(each.path for each in items)
    place: dict[Path, float] = {}
    for wanted in (True, False):
        found = [each for each in files if (each.parent.name in LONG) is wanted]
        place |= {each: number / len(found) for number, each in enumerate(found)}
    items.sort(key=lambda each: place[each.path])
    for each in items:
        if "browser" in getattr(each, "fixturenames", ()):
            each.add_marker(AGAIN_IN_CI)


@pytest.fixture(scope="session", params=KINDS)
def kind(request):
    """The kind of database; what depends on it runs on both."""
    return request.param


@contextmanager
def built(kind: str, request: pytest.FixtureRequest) -> Iterator[towns.Town]:
    """A new town on this kind of database."""
    directory = request.getfixturevalue("tmp_path_factory").mktemp(f"town-{kind}")
    if kind == "sqlite":
        with towns.town(kind, sqlite_url(directory), directory) as town:
            yield town
        return
    with fresh_postgres(request.getfixturevalue("postgres_server")) as url, towns.town(kind, url, directory) as town:
        yield town


@pytest.fixture(scope="session")
def town_on_sqlite(request):
    with built("sqlite", request) as town:
        yield town


@pytest.fixture(scope="session")
def town_on_postgresql(request):
    with built("postgresql", request) as town:
        yield town


@pytest.fixture(scope="session")
def town_session(kind, request):
    """Built once for each kind, whatever order the files come in: half of a run was the building of towns."""
    return request.getfixturevalue(f"town_on_{kind}")


@pytest.fixture
def town(town_session, kind):
    """The town, with far sides that behave and clocks that are right."""
    assert town_session.database.engine.dialect.name == kind
    yield from towns.behaved(town_session)


@pytest.fixture
def own_town(kind, request):
    """A town that nobody else walks through, for what changes or counts things that a whole town shares."""
    with built(kind, request) as town:
        yield town


@pytest.fixture(scope="module")
def lone_town(kind, request):
    """The same for the tests of a module together."""
    with built(kind, request) as town:
        yield town


@pytest.fixture
def caplog(caplog):
    """What this test's own doings log: not what far sides serve, nor what the session's towns still work on."""
    others = {each.ident for each in threading.enumerate() if each.name == "jobs"}

    def own(record):
        return record.thread not in others and record.name != "werkzeug"

    caplog.handler.addFilter(own)
    yield caplog
    caplog.handler.removeFilter(own)


@pytest.fixture(scope="session")
def browser_type_launch_args():
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    assert found, "no Chromium; `make test` installs it"
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {"executable_path": found, "args": [*sandbox, *QUIET, "--disable-gpu"]}
