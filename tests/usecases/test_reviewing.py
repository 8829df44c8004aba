"""Versions are published by two people; whoever fills in or waits meanwhile loses nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from tests.town import Town
from tests.usecases.offering import document, item, somebody, text_field
from tests.usecases.releasing import Office, office
from tests.web.staff import member_of
from wxserver.store import drafts
from wxserver.store.tables.records import AuditRecord
from wxserver.usecases.faults import Conflict, Forbidden, Invalid, NotFound
from wxserver.usecases.submissions import Submission

PHONE, COLOUR, SIZE = (text_field(code) for code in ("phone", "colour", "size"))


@pytest.fixture
def desk(town: Town, request: pytest.FixtureRequest) -> Iterator[Office]:
    with office(town, f"released-{abs(hash(request.node.name)) % 10**8}") as found:
        yield found


def audited(office: Office, action: str) -> list[dict[str, Any]]:
    with office.town.database.read() as unit:
        asked = select(AuditRecord).where(AuditRecord.action == action).order_by(AuditRecord.number)
        rows = unit.session.scalars(asked).all()
        told = [(row.actor_kind, row.actor_id, row.reason, row.data) for row in rows]
    found = [
        {"kind": kind, "by": by, "why": why, **(json.loads(data) if isinstance(data, str) else data)}
        for kind, by, why, data in told
    ]
    return [each for each in found if each.get("bundle") == office.code]


def test_a_hundred_drafts_and_fifty_open_cases_outlive_what_two_people_publish(desk: Office) -> None:
    town, use, code = desk.town, desk.desk, desk.code
    with town.database.write() as unit:
        crowd = [somebody(town, unit, sequence) for sequence in range(400, 550)]
    waiting, filling = crowd[:50], crowd[50:]
    first = desk.in_force(item("one", PHONE, COLOUR, days=25))

    def save(who: Any, **form: str) -> Any:
        return use.drafting.save(who.session, code, "one", form=form)

    def submit(who: Any) -> Any:
        draft = use.drafting.get(who.session, code, "one")
        assert draft is not None
        submission = Submission(bundle=code, item="one", form=draft.form)
        return use.applying.submit(who.session, draft.submission_key, submission).case

    for who in crowd:
        save(who, phone="13800005620")
    numbers = {who: submit(who).number for who in waiting}
    with ThreadPoolExecutor(4) as hands:
        busy = [hands.submit(save, who, colour="红") for who in filling]
        assert desk.released(item("one", PHONE, SIZE, days=10)) == first + 1
        assert desk.released(item("one", SIZE, days=5)) == first + 2
        back = use.releasing.rollback(desk.publisher, code, first, "第 3 版写错了")
        assert back.number == first + 3
        assert desk.released(item("one", PHONE, SIZE, days=12)) == first + 4
        assert {each.result().bundle_version for each in busy} == {first}
    impact = use.reviewing.impacts.of(code, None, document(code, item("one")))
    assert (impact.drafts, impact.open_cases) == (100, 50)

    for who in filling:
        with town.database.read() as unit:
            row = drafts.find(unit, who.person_id, code, "one", use.drafting.clock.now())
        assert row is not None
        assert row.form == {"phone": "13800005620", "colour": "红"}
    for who in waiting:
        (case,) = use.casework.list(who.session).items
        assert (case.number, case.bundle_version, case.limit_text) == (numbers[who], first, "25 个工作日")
    for who in filling[:10]:
        assert submit(who).bundle_version == first


def test_of_two_who_publish_at_once_one_does(desk: Office) -> None:
    desk.in_force(item("one"))
    draft = desk.submitted(item("one", days=9))
    others = [member_of(desk.town.app, "publisher") for _ in range(6)]

    def publish(member: Any) -> str:
        try:
            desk.desk.releasing.publish(member, desk.code, draft.number, draft.etag, seen=True)
        except Conflict as problem:
            return problem.code
        return "done"

    with ThreadPoolExecutor(6) as hands:
        ends = list(hands.map(publish, others))
    assert sorted(ends) == ["done", *["not-in-review"] * 5]
    (record,) = [each for each in audited(desk, "bundle_published") if each["kind"] == "staff"]
    assert record["submitted_by"] == desk.editor.username
    assert record["number"] == draft.number


def test_whoever_had_a_hand_in_a_version_never_publishes_it(desk: Office) -> None:
    desk.in_force(item("one"))
    both = member_of(desk.town.app, "editor", "publisher")
    use, code = desk.desk, desk.code
    draft = desk.drafted(item("one", days=9))
    draft = use.editing.save(both, code, draft.number, draft.etag, document(code, item("one", days=8)), "也改了")
    draft = use.editing.save(desk.editor, code, draft.number, draft.etag, document(code, item("one", days=7)), "又改")
    draft = use.editing.submit(desk.editor, code, draft.number, draft.etag, "")
    with pytest.raises(Forbidden, match="own-work"):
        use.releasing.publish(both, code, draft.number, draft.etag, seen=True)
    assert [each["by"] for each in audited(desk, "refused")] == [both.username]
    review = use.reviewing.review(both, code, draft.number)
    assert (review.may_publish, review.own_work) == (True, True)
    assert use.catalogue.bundle(code).version == 1


def test_only_what_was_submitted_and_looked_at_is_published(desk: Office) -> None:
    desk.in_force(item("one"))
    use, code = desk.desk, desk.code
    publish = partial(use.releasing.publish, desk.publisher, code)
    draft = desk.drafted(item("one", days=9))
    with pytest.raises(Conflict, match="not-in-review"):
        publish(draft.number, draft.etag, seen=True)
    draft = use.editing.submit(desk.editor, code, draft.number, draft.etag, "")
    with pytest.raises(Invalid) as caught:
        publish(draft.number, draft.etag, seen=False, at=use.editing.clock.now() - timedelta(days=1))
    assert [each.path for each in caught.value.faults] == ["seen", "at"]
    with pytest.raises(Conflict, match="edited-elsewhere"):
        publish(draft.number, "another", seen=True)
    with pytest.raises(NotFound):
        publish(77, draft.etag, seen=True)
    assert publish(draft.number, draft.etag, seen=True).number == draft.number
    with pytest.raises(Conflict, match="not-in-review"):
        publish(draft.number, draft.etag, seen=True)


def test_a_version_that_waits_may_be_given_another_moment(desk: Office) -> None:
    desk.in_force(item("one"))
    use, code = desk.desk, desk.code
    tomorrow = use.editing.clock.now() + timedelta(days=1)
    number = desk.released(item("one", days=9), at=tomorrow, drafts_until=tomorrow + timedelta(days=1))
    assert use.catalogue.bundle(code).version == 1
    states = [(each.number, each.state) for each in use.reviewing.history(desk.editor, code).versions]
    assert states == [(number, "scheduled"), (1, "in_force")]
    review = use.reviewing.review(desk.publisher, code, number)
    assert (review.state, review.effective_at) == ("scheduled", tomorrow)
    use.releasing.publish(desk.publisher, code, number, review.etag, seen=True)
    assert use.catalogue.bundle(code).version == number
    with pytest.raises(Conflict, match="not-in-review"):
        use.reviewing.review(desk.publisher, code, number)


def test_a_rollback_goes_only_to_what_was_in_force_and_needs_a_reason(desk: Office) -> None:
    desk.in_force(item("one"))
    use, code = desk.desk, desk.code
    draft = desk.drafted(item("one", days=9))
    for number, why, match in ((draft.number, "想用它", "never-published"), (1, "想用它", "already-in-force")):
        with pytest.raises(Conflict, match=match):
            use.releasing.rollback(desk.publisher, code, number, why)
    with pytest.raises(Invalid):
        use.releasing.rollback(desk.publisher, code, 1, "  ")
    with pytest.raises(Invalid):
        use.releasing.retire(desk.publisher, code, 1, "")
    with pytest.raises(Forbidden):
        use.releasing.rollback(desk.editor, code, 1, "想用它")
    with pytest.raises(NotFound):
        use.releasing.retire(desk.publisher, "no-such-bundle", None, "停")
    assert use.releasing.retire(desk.publisher, code, None, "先停") == (1,)
    (record,) = audited(desk, "bundle_retired")
    assert (record["kind"], record["by"], record["why"]) == ("staff", desk.publisher.username, "先停")
    assert use.releasing.rollback(desk.publisher, code, 1, "再用").number == draft.number + 1
    last = use.reviewing.history(desk.editor, code).versions[0]
    assert [(each.kind, each.text) for each in last.remarks] == [("rolled_back", "恢复到第 1 版：再用")]


def test_a_draft_that_is_looked_at_is_never_kept_as_a_version(desk: Office) -> None:
    desk.in_force(item("one"))
    draft = desk.drafted(item("one", days=9))
    publishing = desk.desk.publishing
    assert publishing.bundle(desk.code, draft.number).items[0].limits["online"].amount == 9
    desk.drafted(item("one", days=8))
    assert publishing.bundle(desk.code, draft.number).items[0].limits["online"].amount == 8


def test_an_operator_does_not_publish_what_staff_work_on(desk: Office) -> None:
    desk.in_force(item("one"))
    draft = desk.drafted(item("one", days=9))
    with pytest.raises(Conflict, match="staff-draft"):
        desk.desk.publishing.publish(desk.code, draft.number, by="operator")
    desk.desk.editing.submit(desk.editor, desk.code, draft.number, draft.etag, "")
    with pytest.raises(Conflict, match="staff-draft"):
        desk.desk.publishing.publish(desk.code, draft.number, by="operator")
    assert desk.desk.catalogue.bundle(desk.code).version == 1


def test_the_list_of_versions_goes_on_page_by_page(desk: Office) -> None:
    for days in range(1, 33):
        desk.in_force(item("one", days=days))
    first = desk.desk.reviewing.history(desk.editor, desk.code)
    assert [each.number for each in first.versions] == list(range(32, 2, -1))
    assert (first.numbers, first.next) == (tuple(range(32, 0, -1)), 3)
    rest = desk.desk.reviewing.history(desk.editor, desk.code, first.next)
    assert ([each.number for each in rest.versions], rest.next) == ([2, 1], None)


def test_the_list_shows_what_is_worked_on_and_by_whom(desk: Office) -> None:
    desk.in_force(item("one"))

    def line() -> Any:
        return next(each for each in desk.desk.reviewing.bundles(desk.editor) if each.code == desk.code)

    assert (line().number, line().draft, line().may_edit) == (1, None, True)
    draft = desk.drafted(item("one", days=9))
    assert line().draft.told.startswith(f"草稿 · {desk.editor.name}")
    desk.desk.editing.submit(desk.editor, desk.code, draft.number, draft.etag, "")
    assert line().draft.told.startswith(f"等待复核 · {desk.editor.name}")
    elsewhere = member_of(desk.town.app, "editor", regions=["500000"])
    assert desk.code not in [each.code for each in desk.desk.reviewing.bundles(elsewhere)]
