"""A real browser, and a town on SQLite for it to walk in."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests import town as towns
from tests.browser.desks import Desks
from tests.browser.street import Street
from tests.database import sqlite_url

# Where a phone leaves before a file of ours has arrived, Werkzeug's own server may forget to close that file.
LEFT_OPEN = "ignore:Exception ignored in.*FileIO.*static:pytest.PytestUnraisableExceptionWarning"


# Some workers and all their servers share a machine: what comes in the end may come late.
expect.set_options(timeout=30_000)


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.filterwarnings(LEFT_OPEN))


@pytest.fixture(scope="session")
def street_town(tmp_path_factory):
    """The town for all browser tests, on SQLite: pages look the same on every database."""
    directory = tmp_path_factory.mktemp("street")
    with towns.town("sqlite", sqlite_url(directory), directory) as town:
        yield town


@pytest.fixture
def town(street_town):
    """The town, with far sides that behave and clocks that are right."""
    yield from towns.behaved(street_town)


@pytest.fixture
def street(town, browser, watched):
    """Phones in the town: `street.phone(citizen, …)` gives a page."""
    with Street(town, browser, watched) as street:
        yield street


@pytest.fixture
def desks(town, browser, watched):
    """Windows of staff in the town: `desks.sit("editor", …)` gives a page and who it is."""
    with Desks(town, browser, watched) as desks:
        yield desks


@pytest.fixture
def picture(request):
    """Take a screenshot of a page under a name, where PICTURES names a directory to put them in."""

    def take(page, name):
        if os.environ.get("PICTURES"):
            directory = Path(os.environ["PICTURES"])
            directory.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=directory / f"{name}.png", full_page=True)

    return take


@pytest.fixture
def watched():
    """Make a page fail its test on any console message or page error; give back the page.

    A refused form is answered 4xx, which the browser notes too; that is no fault of the page.
    """
    heard = []

    def watch(page):
        page.on(
            "console",
            lambda message: None if message.text.startswith("Failed to load resource") else heard.append(message.text),
        )
        page.on("pageerror", lambda error: heard.append(str(error)))
        return page

    yield watch
    assert heard == []
