"""Which version and which calendar are in force is believed for a second, no longer, and never after an own change."""

import time
import tomllib
from importlib import resources

import pytest

from tests.town import BUNDLE
from wxserver.usecases.catalogue import LOOK_AGAIN_AFTER, Catalogue
from wxserver.usecases.timing import Timing


@pytest.fixture
def publish(town):
    """Publish the shipped bundle with another introduction; afterwards the one that is shipped is in force again."""
    shipped = tomllib.loads((resources.files("bundles") / "definitions" / "jieyang.toml").read_text("utf-8"))

    def put(introduction):
        made = shipped | {"introduction": introduction}
        town.desk.publishing.import_document(made, origin="command", by="test", comment="test")

    yield put
    put(shipped["introduction"])


def test_another_process_sees_a_new_version_within_a_second_and_this_one_at_once(town, publish):
    here = town.desk.catalogue
    elsewhere = Catalogue(here.database, here.clock, here.timing)
    elsewhere.bundle(BUNDLE)
    publish("说明改过了。")
    assert here.bundle(BUNDLE).bundle.introduction == "说明改过了。"
    end = time.monotonic() + LOOK_AGAIN_AFTER + 1.0
    while elsewhere.bundle(BUNDLE).bundle.introduction != "说明改过了。":
        assert time.monotonic() < end
        time.sleep(0.05)


def test_pages_ask_for_the_calendar_once_a_second_and_again_when_it_changes(town, monkeypatch):
    desk = town.desk
    bundle = desk.catalogue.bundle(BUNDLE).bundle
    item = bundle.item("apply")
    asked = []
    look = Timing.active_id

    def counted(self, unit, region):
        asked.append(region)
        return look(self, unit, region)

    monkeypatch.setattr(Timing, "active_id", counted)
    desk.timing.calendar_changed()
    dates = {desk.catalogue.promise(bundle, item).due.due_on for _ in range(5)}
    assert len(dates) == 1
    assert len(asked) == 1
    desk.timing.calendar_changed()
    desk.catalogue.promise(bundle, item)
    assert len(asked) == 2
