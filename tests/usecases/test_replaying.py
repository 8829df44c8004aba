"""Past applications checked against a draft: which would be refused now, and why, without showing whose they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from tests.town import Town
from tests.usecases.offering import document, item, somebody, text_field
from tests.usecases.releasing import Office, office
from tests.web.staff import member_of
from wxserver.store.tables.records import AccessRecord
from wxserver.usecases import replaying
from wxserver.usecases.faults import Forbidden
from wxserver.usecases.submissions import Submission

CODE = "replayed"
PHONE = {"code": "phone", "kind": "phone", "label": "手机号码", "sensitive": True}
NOTE = text_field("note")
OLDER = {"code": "older", "needs": {"kind": "age", "minimum": 60}, "advice": "请到窗口办。"}
HELD = {"code": "held", "needs": {"kind": "card_held", "expected": True}, "advice": "请先申领。"}


@pytest.fixture
def desk(town: Town) -> Iterator[Office]:
    with office(town, CODE) as found:
        yield found


def applied(desk: Office, sequence: int, **form: str) -> str:
    """The number of a case that somebody has opened."""
    with desk.town.database.write() as unit:
        who = somebody(desk.town, unit, sequence)
    draft = desk.desk.drafting.save(who.session, CODE, "one", form=form)
    submission = Submission(bundle=CODE, item="one", form=draft.form)
    number: str = desk.desk.applying.submit(who.session, draft.submission_key, submission).case.number
    return number


def replayed(desk: Office, *items: dict[str, Any], most: int = 200) -> replaying.Replay:
    draft = desk.drafted(*items)
    return desk.desk.reviewing.replay(desk.editor, CODE, draft.number, most)


def test_what_would_be_refused_now_is_told_with_its_reason_and_masked(desk: Office) -> None:
    desk.in_force(item("one", PHONE, NOTE))
    short = applied(desk, 701, phone="13800005620", note="没有写完的话")
    fine = applied(desk, 702, phone="13800005621", note="短")
    same = replayed(desk, item("one", PHONE, NOTE))
    assert (same.refused, same.looked_at, same.unjudged) == ((), same.looked_at, 0)
    assert "都能办" in same.summary
    found = replayed(desk, item("one", PHONE, NOTE | {"max_length": 3}))
    (only,) = found.refused
    assert (only.number, only.item) == (short, "第 one 项")
    assert "3" in only.why[0]
    assert fine not in str(found)
    assert "13800005620" not in str(found)
    assert found.summary == f"最近 {found.looked_at} 件申请里，有 1 件按这一版办不了。"
    assert replayed(desk, item("one", PHONE), most=1).refused == (), "what is no longer asked for refuses nobody"


def test_rules_are_judged_by_what_the_case_tells_and_the_rest_is_counted(desk: Office) -> None:
    desk.in_force(item("one", NOTE))
    applied(desk, 711, note="好")
    by_age = replayed(desk, item("one", NOTE, conditions=[OLDER]), most=1)
    assert "年龄要满 60 周岁" in by_age.refused[0].why[0]
    by_registry = replayed(desk, item("one", NOTE, conditions=[HELD]), most=1)
    assert (by_registry.refused, by_registry.unjudged) == ((), 1)


def test_pictures_ways_and_items_that_changed_refuse_too(desk: Office) -> None:
    desk.in_force(item("one", NOTE))
    applied(desk, 721, note="好")
    scene = {"code": "scene", "name": "现场照片", "kind": "scene", "upload": True}
    assert replayed(desk, item("one", NOTE, materials=[scene]), most=1).refused[0].why == ("请先上传现场照片。",)
    elsewhere = item("one", NOTE, channels=["window"], limits={"window": {"unit": "working_days", "amount": 5}})
    assert replayed(desk, elsewhere, most=1).refused[0].why == ("这一版不能通过网上办。",)
    assert replayed(desk, item("one", NOTE, acting=["guardian"]), most=1).refused[0].why == ("这一版不能由本人办。",)
    assert replayed(desk, item("two", NOTE), most=1).refused[0].why == ("这一版里没有这个事项了。",)


def test_who_replays_is_noted_once_and_only_who_works_on_versions_may(desk: Office) -> None:
    desk.in_force(item("one", NOTE))
    applied(desk, 731, note="好")
    draft = desk.drafted(item("one", NOTE))

    def noted() -> list[tuple[str, str]]:
        with desk.town.database.read() as unit:
            asked = select(AccessRecord.actor_id, AccessRecord.reason).where(
                AccessRecord.subject_id == draft.version_id
            )
            return [tuple(row) for row in unit.connection.execute(asked)]

    desk.desk.reviewing.replay(desk.publisher, CODE, draft.number)
    assert noted() == [(desk.publisher.username, "replay")]
    for role in ("clerk", "supervisor", "administrator"):
        with pytest.raises(Forbidden):
            desk.desk.reviewing.replay(member_of(desk.town.app, role), CODE, draft.number)
    assert len(noted()) == 1


def test_a_replay_ends_in_time_and_says_what_it_left_out(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.in_force(item("one", NOTE))
    applied(desk, 741, note="好")
    monkeypatch.setattr(replaying, "SECONDS", -1.0)
    found = replayed(desk, item("one", NOTE))
    assert (found.looked_at, found.complete) == (0, False)


def test_a_draft_that_cannot_be_read_is_not_replayed(desk: Office) -> None:
    desk.in_force(item("one", NOTE))
    draft = desk.drafted(item("one", NOTE))
    broken = document(CODE, item("one", NOTE), name="")
    desk.desk.editing.save(desk.editor, CODE, draft.number, draft.etag, broken, "改坏了")
    found = desk.desk.reviewing.replay(desk.editor, CODE, draft.number)
    assert not found.readable
    assert "请先改好" in found.summary
