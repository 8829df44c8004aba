"""Versions of bundles: numbers only rise, moments count, everything is audited, and old content can come back."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from bundles import schema
from tests.usecases.offering import document, item, text_field
from wxserver.store import definitions
from wxserver.store.tables.definitions import BundleVersion
from wxserver.store.tables.records import AuditRecord
from wxserver.usecases.catalogue import Catalogue
from wxserver.usecases.catalogue import in_force as holding_at
from wxserver.usecases.faults import Conflict, Invalid, NotFound
from wxserver.usecases.links import Link
from wxserver.usecases.publishing import Publishing

CODE = "many-versions"


@pytest.fixture
def publishing(town):
    """Afterwards nothing of this bundle is left."""
    yield town.desk.publishing
    town.sandbox.control("time", {"real": True})
    with town.database.write() as unit:
        unit.session.query(BundleVersion).filter(BundleVersion.bundle_code == CODE).delete()
    town.desk.catalogue.look_again()


def brought(publishing, *fields, **more):
    made = document(CODE, item("one", *map(text_field, fields)), item("two"))
    return publishing.import_document(made, origin="command", by="zhang", comment="why", **more)


def in_force(publishing):
    publishing.catalogue.look_again()
    return publishing.catalogue.bundle(CODE).version


def states(publishing):
    return [each.state for each in publishing.versions(CODE)]


def audited(town):
    with town.database.read() as unit:
        rows = unit.session.scalars(select(AuditRecord).order_by(AuditRecord.number)).all()
        told = [(row.action, row.actor_id, row.reason, row.data) for row in rows]
    told = [(action, who, why, json.loads(data) if isinstance(data, str) else data) for action, who, why, data in told]
    return [(action, who, why, data["number"]) for action, who, why, data in told if data.get("bundle") == CODE]


def test_a_version_goes_from_draft_to_published_to_retired_and_back_by_rollback(town, publishing):
    assert brought(publishing, "a", draft=True).effective_at is None
    with pytest.raises(NotFound):
        publishing.catalogue.bundle(CODE)
    assert publishing.publish(CODE, 1, by="li").number == 1
    assert in_force(publishing) == 1
    assert brought(publishing, "a", "b").number == 2
    assert brought(publishing, "a", "b") is None, "it is in force already"
    assert states(publishing) == ["superseded", "in force"]
    with pytest.raises(Conflict, match="already-published"):
        publishing.publish(CODE, 1, by="li")
    back = publishing.rollback(CODE, 1, by="wang", comment="b is wrong")
    assert (back.number, in_force(publishing)) == (3, 3)
    assert publishing.bundle(CODE) == publishing.bundle(CODE, 1)
    with pytest.raises(Conflict, match="already-in-force"):
        publishing.rollback(CODE, 1, by="wang")
    assert publishing.retire(CODE, by="wang", number=3) == (3,)
    assert (in_force(publishing), states(publishing)) == (2, ["superseded", "in force", "retired"])
    assert publishing.retire(CODE, by="wang") == (1, 2)
    with pytest.raises(NotFound):
        in_force(publishing)
    with pytest.raises(NotFound):
        publishing.retire(CODE, by="wang")
    assert audited(town)[-7:] == [
        ("bundle_draft_added", "zhang", "why", 1),
        ("bundle_published", "li", "why", 1),
        ("bundle_published", "zhang", "why", 2),
        ("bundle_published", "wang", "rollback to 1: b is wrong", 3),
        ("bundle_retired", "wang", "", 3),
        ("bundle_retired", "wang", "", 1),
        ("bundle_retired", "wang", "", 2),
    ]


def test_a_schedule_takes_effect_by_time_alone_also_elsewhere(town, publishing):
    elsewhere = Catalogue(publishing.database, publishing.clock, publishing.catalogue.timing)
    brought(publishing, "a")
    tomorrow = publishing.clock.now() + timedelta(days=1)
    assert brought(publishing, "b", at=tomorrow).effective_at == tomorrow
    assert brought(publishing, "c").number == 3
    assert (in_force(publishing), elsewhere.bundle(CODE).version) == (3, 3)
    assert states(publishing) == ["superseded", "scheduled", "in force"]
    town.sandbox.control("time", {"advance": "P1DT1M"})
    elsewhere.look_again()
    assert (in_force(publishing), elsewhere.bundle(CODE).version) == (2, 2)
    assert states(publishing) == ["superseded", "in force", "superseded"]


def test_a_schedule_can_be_given_another_moment_until_it_comes(publishing):
    brought(publishing, "a")
    tomorrow = publishing.clock.now() + timedelta(days=1)
    brought(publishing, "b", at=tomorrow)
    assert publishing.publish(CODE, 2, by="li", at=tomorrow + timedelta(days=1)).number == 2
    assert in_force(publishing) == 1
    publishing.publish(CODE, 2, by="li")
    assert in_force(publishing) == 2


def test_numbers_decide_between_versions_of_the_same_moment(publishing):
    tomorrow = publishing.clock.now() + timedelta(days=1)
    for field in "abc":
        brought(publishing, field, at=tomorrow)
    assert states(publishing) == ["scheduled"] * 3
    for number in (3, 1, 2):
        publishing.publish(CODE, number, by="li", at=tomorrow)
    with publishing.database.read() as unit:
        found = holding_at(definitions.history(unit), tomorrow).current[CODE]
    assert publishing.catalogue.pinned(found).version == 3


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"at": -1}, "at"),
        ({"drafts_until": -1}, "drafts_until"),
        ({"at": 5, "drafts_until": 4}, "drafts_until"),
        ({"by": " "}, "by"),
        ({"by": "x" * 65}, "by"),
    ],
)
def test_moments_and_names_that_make_no_sense_are_refused_and_nothing_is_written(publishing, more, path):
    now = publishing.clock.now()
    moments = {key: now + timedelta(hours=value) for key, value in more.items() if key != "by"}
    made = document(CODE, item("one"))
    with pytest.raises(Invalid) as caught:
        publishing.import_document(made, origin="command", by=more.get("by", "li"), comment="", **moments)
    assert [fault.path for fault in caught.value.faults] == [path]
    with pytest.raises(NotFound):
        publishing.versions(CODE)


def test_two_imports_at_once_never_take_the_same_number(publishing):
    with ThreadPoolExecutor(8) as hands:
        made = list(hands.map(lambda number: brought(publishing, f"f{number}").number, range(16)))
    assert sorted(made) == list(range(1, 17))
    assert len(publishing.versions(CODE)) == 16


def test_a_broken_definition_changes_nothing(publishing):
    with pytest.raises(schema.DefinitionFaults):
        publishing.import_document(document(CODE), origin="command", by="li", comment="")
    with pytest.raises(NotFound):
        publishing.versions(CODE)
    with pytest.raises(NotFound):
        publishing.publish(CODE, 1, by="li")


def test_production_takes_nothing_that_fails_on_purpose(publishing):
    strict = Publishing(publishing.database, publishing.clock, publishing.catalogue)
    made = document(CODE, item("one", handler="fails-on-purpose", options={"fails": "never"}))
    with pytest.raises(schema.DefinitionFaults, match=r"items\[0\]\.handler"):
        strict.import_document(made, origin="command", by="li", comment="")


def test_a_file_follows_files_only_and_does_not_bring_back_what_was_retired(publishing):
    def file(field):
        made = document(CODE, item("one", text_field(field)))
        return publishing.import_document(made, origin="file", by="setup", comment="file")

    assert file("a").number == 1
    publishing.retire(CODE, by="li")
    assert file("a") is None
    assert file("b").number == 2
    brought(publishing, "c")
    assert file("d") is None


def test_a_draft_that_is_brought_in_again_is_the_same_draft(publishing):
    assert brought(publishing, "a", draft=True).number == 1
    assert brought(publishing, "a", draft=True) is None
    publishing.publish(CODE, 1, by="li")
    assert brought(publishing, "a", draft=True).number == 2


def test_who_publishes_is_told_what_points_to_an_item_that_is_gone(publishing):
    elsewhere = [
        Link("menu 办卡", CODE, "two"),
        Link("menu 首页", CODE),
        Link("menu 别的", "another", "two"),
        Link("menu 一", CODE, "one"),
    ]
    pointed = Publishing(publishing.database, publishing.clock, publishing.catalogue, links=lambda: elsewhere)
    assert brought(pointed).warnings == ()
    fewer = document(CODE, item("one"))
    made = pointed.import_document(fewer, origin="command", by="li", comment="")
    assert made is not None
    assert [warning.split(" points")[0] for warning in made.warnings] == ["menu 办卡"]
    other = document(f"{CODE}-too", item("one"), introduction=f"也可以看 /bundles/{CODE}/two 和 /bundles/{CODE}。")
    publishing.import_document(other, origin="command", by="li", comment="")
    try:
        assert publishing.rollback(CODE, 1, by="li").warnings == ()
        (warning,) = publishing.rollback(CODE, 2, by="li").warnings
        assert warning.startswith(f"{CODE}-too.introduction points to the item “two” of {CODE}")
    finally:
        publishing.retire(f"{CODE}-too", by="li")
