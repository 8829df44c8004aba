"""People fill in while staff edit: nobody loses an answer, and each applies by the version that they were asked by."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from tests.usecases.offering import document, item, somebody, text_field
from wxserver.store import drafts, uploads
from wxserver.usecases.faults import Invalid, NotFound
from wxserver.usecases.submissions import Submission

CODE = "drafts-kept"
PHONE, COLOUR, SIZE, NOTE = (text_field(code) for code in ("phone", "colour", "size", "note"))
DAY = {"advance": "P1DT1M"}


@pytest.fixture
def town_with(town):
    """Publish versions of a bundle of its own; afterwards none is on offer."""
    publishing = town.desk.publishing

    def put(*items, **moments):
        made = document(CODE, *items)
        return publishing.import_document(made, origin="command", by="editor", comment="test", **moments).number

    yield put
    town.sandbox.control("time", {"real": True})
    publishing.retire(CODE, by="test")


@pytest.fixture
def crowd(town, town_with):
    """A hundred people."""
    with town.database.write() as unit:
        return [somebody(town, unit, sequence) for sequence in range(100)]


def kept(town, who, code="one"):
    """All answers that the server keeps, asked for at present or not."""
    with town.database.read() as unit:
        row = drafts.find(unit, who.person_id, CODE, code, town.desk.drafting.clock.now())
    assert row is not None
    return row.form


def saved(desk, who, code="one", **form):
    return desk.drafting.save(who.session, CODE, code, form=form)


def seen_by(desk, who, code="one"):
    return desk.drafting.get(who.session, CODE, code)


def submitted(desk, who, code="one"):
    """The version and the promise of the case, and the labels of what was answered."""
    draft = seen_by(desk, who, code)
    assert desk.drafting.pinned(who.session, draft.submission_key) == draft.version_id
    submission = Submission(bundle=CODE, item=code, form=draft.form)
    case = desk.applying.submit(who.session, draft.submission_key, submission).case
    assert seen_by(desk, who, code) is None
    return case.bundle_version, case.limit_text, [label for label, _ in case.answers]


def later(town):
    town.sandbox.control("time", DAY)
    town.desk.catalogue.look_again()


def test_a_hundred_drafts_stay_whole_while_versions_come_and_go(town, town_with, crowd):
    desk = town.desk
    save, view, submit = partial(saved, desk), partial(seen_by, desk), partial(submitted, desk)
    first, second, third = crowd[:30], crowd[30:55], crowd[55:70]
    fourth, fifth = crowd[70:85], crowd[85:]
    assert town_with(item("one", PHONE, COLOUR), item("two", NOTE)) == 1
    for who in first:
        save(who, phone="13800005620")

    with ThreadPoolExecutor(4) as hands:
        busy = [hands.submit(save, who, colour="红") for who in first]
        assert town_with(item("one", PHONE, SIZE, days=10), item("two", NOTE)) == 2
        assert {each.result().bundle_version for each in busy} == {1}
    for who in second:
        assert save(who, phone="13800005620", size="大").bundle_version == 2
    for who in third:
        save(who, "two", note="请快一点")
    with pytest.raises(Invalid):
        save(second[0], colour="红")
    assert all(view(who).form == {"phone": "13800005620", "colour": "红"} for who in first)
    cases = dict.fromkeys(crowd, 4) | dict.fromkeys([first[0]], 1) | dict.fromkeys([second[0], third[0]], 2)
    cases |= dict.fromkeys([first[1], second[1], *fourth], 3)
    assert submit(first[0]) == (1, "5 个工作日", ["问题 phone", "问题 colour"])
    assert submit(second[0]) == (2, "10 个工作日", ["问题 phone", "问题 size"])

    tomorrow = desk.drafting.clock.now() + timedelta(days=1)
    assert town_with(item("one", PHONE, NOTE, days=20), at=tomorrow, drafts_until=tomorrow + timedelta(days=1)) == 3
    assert desk.catalogue.bundle(CODE).version == 2
    later(town)
    assert desk.catalogue.bundle(CODE).version == 3
    for who in fourth:
        assert save(who, phone="13800005620", note="三").bundle_version == 3
    assert [view(first[1]).bundle_version, view(second[1]).bundle_version] == [1, 2]
    assert view(third[0], "two").form == {"note": "请快一点"}
    assert submit(third[0], "two")[0] == 2
    with pytest.raises(NotFound):
        save(fourth[0], "two", note="没有这一项了")

    later(town)
    for who in first[1:]:
        assert (view(who).bundle_version, view(who).form) == (3, {"phone": "13800005620"})
        assert kept(town, who) == {"phone": "13800005620", "colour": "红"}
    assert save(second[1], note="也写一句").form == {"phone": "13800005620", "note": "也写一句"}
    assert kept(town, second[1]) == {"phone": "13800005620", "size": "大", "note": "也写一句"}
    assert all(view(who, "two") is None for who in third[1:])
    assert submit(first[1]) == (3, "20 个工作日", ["问题 phone"])

    assert desk.publishing.rollback(CODE, 1, by="editor", comment="too early").number == 4
    for who in fifth:
        assert save(who, phone="13800005620", colour="蓝").bundle_version == 4
    assert {view(who).bundle_version for who in fourth} == {3}
    expected = {who: (4, ["问题 phone", "问题 colour"]) for who in [*first[2:], *fifth]}
    expected |= {who: (4, ["问题 phone"]) for who in second[2:]}
    expected |= {who: (3, ["问题 phone", "问题 note"]) for who in [*fourth, second[1]]}
    for who, (version, labels) in expected.items():
        assert submit(who) == (version, "5 个工作日" if version == 4 else "20 个工作日", labels)
    for who in third[1:]:
        assert view(who, "two").form == {"note": "请快一点"}
        assert submit(who, "two")[0] == 4

    assert cases == {who: desk.casework.list(who.session).items[0].bundle_version for who in crowd}


def picture(town, who, kind):
    """The id of a picture that this person has handed in."""
    new = uploads.new_name()
    sizes: dict[str, Any] = {"raw_sha256": "0" * 64, "sha256": "0" * 64, "size": 1, "width": 1, "height": 1}
    now = town.desk.drafting.clock.now()
    with town.database.write() as unit:
        uploads.add(unit, new, person_id=who.person_id, kind=kind, key=f"{kind}-{new}", now=now, **sizes)
    return new


def test_a_picture_that_is_no_longer_asked_for_stays_in_the_draft_and_comes_back(town, town_with):
    drafting = town.desk.drafting
    with town.database.write() as unit:
        who = somebody(town, unit, 301)
    session = who.session
    proof, scene, another = (picture(town, who, kind) for kind in ("other", "scene", "scene"))
    materials = [{"code": kind, "name": kind, "kind": kind, "upload": True} for kind in ("other", "scene")]

    def seen():
        return [each.id for each in drafting.get(session, CODE, "one").uploads]

    town_with(item("one", materials=materials))
    drafting.attach(session, CODE, "one", proof)
    drafting.attach(session, CODE, "one", scene)
    now = drafting.clock.now() + timedelta(seconds=2)
    number = town_with(item("one", materials=materials[1:]), at=now, drafts_until=now)
    later(town)
    assert seen() == [scene]
    drafting.attach(session, CODE, "one", another)
    assert seen() == [another]
    drafting.save(session, CODE, "one", uploads=[scene])
    assert seen() == [scene]
    town.desk.publishing.rollback(CODE, number - 1, by="editor")
    assert seen() == [scene], "the draft has moved, and stays where it is"
    town.desk.publishing.retire(CODE, by="editor", number=number)
    assert sorted(seen()) == sorted([scene, proof])


def test_a_draft_of_a_retired_version_moves_to_the_one_in_force(town, town_with):
    desk = town.desk
    with town.database.write() as unit:
        who = somebody(town, unit, 300)
    assert town_with(item("one", PHONE, COLOUR)) >= 1
    old = desk.drafting.save(who.session, CODE, "one", form={"phone": "1", "colour": "红"})
    assert town_with(item("one", PHONE)) == old.bundle_version + 1
    assert desk.drafting.get(who.session, CODE, "one").version_id == old.version_id
    assert desk.drafting.definition(who.session, CODE, "one").id == old.version_id
    assert desk.drafting.definition(None, CODE, "one").version == old.bundle_version + 1
    desk.publishing.retire(CODE, by="editor", number=old.bundle_version)
    moved = desk.drafting.get(who.session, CODE, "one")
    assert (moved.bundle_version, moved.form) == (old.bundle_version + 1, {"phone": "1"})
    desk.publishing.retire(CODE, by="editor")
    assert desk.drafting.get(who.session, CODE, "one") is None
    with pytest.raises(NotFound):
        desk.drafting.save(who.session, CODE, "one", form={"phone": "2"})
    assert kept(town, who) == {"phone": "1", "colour": "红"}
    assert town_with(item("one", PHONE, COLOUR)) == old.bundle_version + 2
    assert desk.drafting.get(who.session, CODE, "one").form == {"phone": "1", "colour": "红"}
    desk.drafting.drop(who.session, CODE, "one")
    assert desk.drafting.pinned(who.session, old.submission_key) is None
