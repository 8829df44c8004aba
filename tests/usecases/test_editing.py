"""Drafts of bundle versions: saved, undone, sent for review and back; two at once lose nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from tests.web.staff import member_of
from tests.web.world import BUNDLE
from tests.web.world import town as towns
from wxserver.usecases.desk import UseCases
from wxserver.usecases.editing import MOST_UNDONE
from wxserver.usecases.faults import Conflict, Forbidden, Invalid, NotFound


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with towns(tmp_path_factory.mktemp("office")) as town:
        yield town


@pytest.fixture(scope="module")
def desk(office: Any) -> UseCases:
    found: UseCases = office.app.extensions["usecases"]
    return found


@pytest.fixture
def editor(office: Any) -> Any:
    return member_of(office.app, "editor")


@pytest.fixture
def draft(desk: UseCases, editor: Any) -> Iterator[Any]:
    begun = desk.editing.begin(editor, BUNDLE)
    yield begun
    try:
        now = desk.editing.draft(editor, BUNDLE, begun.number)
    except Conflict:
        return
    if now.status == "review":
        now = desk.editing.send_back(editor, BUNDLE, begun.number, "")
    desk.editing.discard(editor, BUNDLE, begun.number, now.etag)


def renamed(document: Any, name: str) -> dict[str, Any]:
    return {**document, "name": name}


def test_a_draft_begins_as_what_is_in_force_and_is_found_again(desk: UseCases, editor: Any, draft: Any) -> None:
    assert draft.document == draft.in_force
    assert (draft.status, draft.faults, draft.undoable, draft.base) == ("draft", (), 0, 1)
    assert desk.editing.begin(editor, BUNDLE).number == draft.number


def test_a_save_is_kept_and_can_be_undone(desk: UseCases, editor: Any, draft: Any) -> None:
    saved = desk.editing.save(editor, BUNDLE, draft.number, draft.etag, renamed(draft.document, "新的名字"), "改了名称")
    assert saved.document["name"] == "新的名字"
    assert saved.undo is not None
    assert (saved.undoable, saved.undo.what, saved.edited_by) == (1, "改了名称", editor.username)
    back = desk.editing.undo(editor, BUNDLE, draft.number, saved.etag)
    assert (back.document, back.undoable) == (draft.document, 0)
    with pytest.raises(Conflict, match="nothing-to-undo"):
        desk.editing.undo(editor, BUNDLE, draft.number, back.etag)


def test_a_save_that_changes_nothing_leaves_no_trace(desk: UseCases, editor: Any, draft: Any) -> None:
    saved = desk.editing.save(editor, BUNDLE, draft.number, draft.etag, draft.document, "什么也没改")
    assert (saved.etag, saved.undoable) == (draft.etag, 0)


def test_who_saves_late_is_told_who_was_faster_and_overwrites_nothing(
    office: Any, desk: UseCases, editor: Any, draft: Any
) -> None:
    other = member_of(office.app, "editor")
    desk.editing.save(other, BUNDLE, draft.number, draft.etag, renamed(draft.document, "对方的"), "改了名称")
    with pytest.raises(Conflict, match="edited-elsewhere") as refused:
        desk.editing.save(editor, BUNDLE, draft.number, draft.etag, renamed(draft.document, "我的"), "改了名称")
    assert refused.value.extra["by"] == other.username
    assert desk.editing.draft(editor, BUNDLE, draft.number).document["name"] == "对方的"


def test_only_the_last_changes_are_kept_for_undoing(desk: UseCases, editor: Any, draft: Any) -> None:
    now = draft
    for turn in range(MOST_UNDONE + 5):
        now = desk.editing.save(
            editor, BUNDLE, draft.number, now.etag, renamed(now.document, f"第 {turn} 次"), f"改 {turn}"
        )
    assert now.undoable == MOST_UNDONE


def test_quick_saves_of_one_kind_are_undone_together(desk: UseCases, editor: Any, draft: Any) -> None:
    now = draft
    for name in ("社", "社保", "社保卡"):
        now = desk.editing.save(editor, BUNDLE, draft.number, now.etag, renamed(now.document, name), "改了名称")
    assert now.undoable == 1
    back = desk.editing.undo(editor, BUNDLE, draft.number, now.etag)
    assert back.document["name"] == draft.document["name"]


def test_a_faulty_draft_is_kept_and_shown_but_not_sent_for_review(desk: UseCases, editor: Any, draft: Any) -> None:
    broken = {**draft.document, "name": "", "region": "999999", "items": []}
    saved = desk.editing.save(editor, BUNDLE, draft.number, draft.etag, broken, "弄坏")
    assert {path[0] for path, _ in saved.faults} >= {"name"}
    with pytest.raises(Invalid) as refused:
        desk.editing.submit(editor, BUNDLE, draft.number, saved.etag, "请看")
    assert refused.value.faults
    assert desk.editing.draft(editor, BUNDLE, draft.number).status == "draft"


def test_in_review_nothing_is_edited_until_it_is_sent_back(
    desk: UseCases, office: Any, editor: Any, draft: Any
) -> None:
    sent = desk.editing.submit(editor, BUNDLE, draft.number, draft.etag, "局务会同意")
    assert (sent.status, sent.submitted_by) == ("review", editor.username)
    with pytest.raises(Conflict, match="in-review"):
        desk.editing.save(editor, BUNDLE, draft.number, sent.etag, draft.document, "再改")
    publisher = member_of(office.app, "publisher")
    with pytest.raises(Invalid):
        desk.editing.send_back(publisher, BUNDLE, draft.number, " ")
    back = desk.editing.send_back(publisher, BUNDLE, draft.number, "时限要写 20 天")
    assert back.status == "draft"
    kinds = [(each.kind, each.text) for each in desk.editing.comments(editor, BUNDLE, draft.number)]
    assert kinds[-2:] == [("submitted", "局务会同意"), ("returned", "时限要写 20 天")]


@pytest.mark.parametrize(
    ("role", "scope"),
    [
        ("clerk", {}),
        ("publisher", {}),
        ("supervisor", {}),
        ("editor", {"regions": ("650000",)}),
        ("editor", {"bundles": ("lost-card",)}),
    ],
)
def test_who_may_not_edit_here_is_refused_and_it_is_audited(
    office: Any, desk: UseCases, draft: Any, role: str, scope: dict[str, Any]
) -> None:
    stranger = member_of(office.app, role, **scope)
    with pytest.raises(Forbidden):
        desk.editing.save(stranger, BUNDLE, draft.number, draft.etag, renamed(draft.document, "坏"), "改了名称")
    with desk.editing.database.read() as unit:
        found = unit.connection.execute(
            text("SELECT count(*) FROM audit_log WHERE action = 'refused' AND actor_id = :who"),
            {"who": stranger.username},
        ).scalar()
    assert found == 1


def test_nobody_moves_a_bundle_out_of_their_own_region(office: Any, desk: UseCases, draft: Any) -> None:
    local = member_of(office.app, "editor", regions=("445200",))
    with pytest.raises(Forbidden):
        desk.editing.save(
            local, BUNDLE, draft.number, draft.etag, {**draft.document, "region": "650000"}, "改了地区代码"
        )


def test_emptying_the_region_opens_a_draft_to_nobody_else(office: Any, desk: UseCases, editor: Any, draft: Any) -> None:
    emptied = {**draft.document, "region": ""}
    saved = desk.editing.save(editor, BUNDLE, draft.number, draft.etag, emptied, "删了地区代码")
    stranger = member_of(office.app, "editor", regions=("650000",))
    with pytest.raises(Forbidden):
        desk.editing.draft(stranger, BUNDLE, draft.number)
    with pytest.raises(Forbidden):
        desk.editing.save(stranger, BUNDLE, draft.number, saved.etag, renamed(emptied, "坏"), "改了名称")


def test_what_no_database_can_hold_is_cleaned_or_refused(desk: UseCases, editor: Any, draft: Any) -> None:
    saved = desk.editing.save(
        editor, BUNDLE, draft.number, draft.etag, renamed(draft.document, "a\0b\ud800"), "改了名称"
    )
    assert saved.document["name"] == "a?b?"
    deep: dict[str, Any] = {}
    for _ in range(200):
        deep = {"of": deep}
    with pytest.raises(Invalid, match="invalid"):
        desk.editing.save(editor, BUNDLE, draft.number, saved.etag, {**draft.document, "name": deep}, "深")
    huge = renamed(draft.document, "长" * 2_000_000)
    with pytest.raises(Invalid, match="invalid"):
        desk.editing.save(editor, BUNDLE, draft.number, saved.etag, huge, "长")


def test_a_new_bundle_begins_blank_or_as_a_copy(desk: UseCases, editor: Any) -> None:
    blank = desk.editing.create(editor, code="pension", name="养老待遇", region="445200", prefix="YL")
    assert (blank.number, blank.base, blank.document["name"]) == (1, None, "养老待遇")
    copied = desk.editing.create(
        editor, code="card-copy", name="社保卡（试）", region="445200", prefix="CP", copy_of=BUNDLE
    )
    assert len(copied.document["items"]) == 7  # type: ignore[arg-type]
    with pytest.raises(Invalid) as refused:
        desk.editing.create(editor, code="pension", name="", region="99", prefix="x")
    assert {fault.path for fault in refused.value.faults} == {"code", "name", "region", "number_prefix"}
    with pytest.raises(Invalid):
        desk.editing.create(editor, code="import", name="导入", region="445200", prefix="IM")
    for each in (blank, copied):
        desk.editing.discard(editor, each.bundle, each.number, each.etag)


def test_one_draft_at_a_time_is_worked_on(desk: UseCases, editor: Any, draft: Any) -> None:
    with pytest.raises(Conflict, match="draft-open"):
        desk.editing.begin(editor, BUNDLE, number=1)
    with pytest.raises(NotFound):
        desk.editing.draft(editor, BUNDLE, 999)
