"""The pages around publishing: lists, differences, review by a second person, rollback; whose bundle it is."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import select

from bundles import toml_writer
from tests.usecases.offering import document, item, text_field
from tests.web.staff import member_of, staff_client
from wxserver.store.tables.records import AuditRecord

_CODES = count(1)


@pytest.fixture
def app(jieyang):
    return jieyang.app


@pytest.fixture
def code():
    return f"reviewed-{next(_CODES)}"


@pytest.fixture
def desk(app):
    return app.extensions["usecases"]


@pytest.fixture(scope="module")
def hands(jieyang):
    """An editor, a publisher, and somebody who is both."""
    return {
        "editor": staff_client(jieyang.app, "editor"),
        "publisher": staff_client(jieyang.app, "publisher"),
        "both": staff_client(jieyang.app, "editor", "publisher"),
        "clerk": staff_client(jieyang.app, "clerk"),
    }


def in_force(desk, code, *items):
    desk.publishing.import_document(document(code, *items), origin="command", by="setup", comment="test")


def submitted(desk, editor, code, *items):
    """A draft of these items, sent for review; its number."""
    draft = desk.editing.begin(editor.member, code)
    draft = desk.editing.save(editor.member, code, draft.number, draft.etag, document(code, *items), "改了")
    return desk.editing.submit(editor.member, code, draft.number, draft.etag, "局务会同意").number


def etag_on(page):
    (found,) = set(re.findall(r'name="etag" value="([^"]+)"', page.text))
    return found


def shown(page):
    """The words of a page without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page.text))


def test_a_second_person_sees_what_changes_and_publishes(hands, desk, code):
    in_force(desk, code, item("one", days=25))
    editor, publisher = hands["editor"], hands["publisher"]
    assert "修改" in editor.get("/admin/bundles").text
    begun = editor.post_form(f"/admin/bundles/{code}/drafts")
    assert (begun.status_code, begun.location) == (303, f"/admin/bundles/{code}/drafts/2/general")
    number = submitted(desk, editor, code, item("one", text_field("why", required=True), days=20))
    assert "等待复核" in publisher.get("/admin/bundles").text
    address = f"/admin/bundles/{code}/drafts/{number}/review"
    page = publisher.get(address)
    words = shown(page)
    assert "第 one 项 · 办理时限“网上”" in words
    assert "<del>25</del> 个工作日" in page.text
    assert "<ins>20</ins> 个工作日" in page.text
    assert "申请的市民，预计办结由" in words
    assert "第 one 项 · 表单项" in words
    assert "申请时要多填“问题 why”。" in words
    assert "局务会同意" in words
    assert "全部通过" in words
    refused = publisher.post_form(address, etag=etag_on(page), when="now", cut="keep", comment="看过")
    assert refused.status_code == 422
    assert "请先看完所有变化" in refused.text
    assert "看过</textarea>" in refused.text
    done = publisher.post_form(address, etag=etag_on(page), when="now", cut="keep", seen="yes", comment="看过")
    assert (done.status_code, done.location) == (303, f"/admin/bundles/{code}#v{number}")
    desk.catalogue.look_again()
    assert desk.catalogue.bundle(code).version == number
    history = shown(publisher.get(f"/admin/bundles/{code}"))
    assert "现在用的" in history
    assert f"{editor.member.name} 送审" in history
    assert f"{publisher.member.name} 发布" in history
    assert publisher.get(address).status_code == 409


@pytest.mark.parametrize("who", ["both", "editor", "clerk"])
def test_nobody_publishes_their_own_work_nor_without_the_role(hands, desk, jieyang, code, who):
    in_force(desk, code, item("one"))
    number = submitted(desk, hands["both"] if who == "both" else hands["editor"], code, item("one", days=9))
    address = f"/admin/bundles/{code}/drafts/{number}/review"
    page = hands[who].get(address)
    assert "发布第" not in page.text
    etag = desk.editing.draft(hands[who].member, code, number).etag
    tried = hands[who].post_form(address, etag=etag, when="now", cut="keep", seen="yes")
    assert tried.status_code == 403
    assert desk.catalogue.bundle(code).version == 1
    last = refusals(jieyang)[-1]
    assert last[0] == hands[who].member.username
    assert last[1] == ("own-work" if who == "both" else "not-yours")


def refusals(jieyang):
    with jieyang.app.extensions["world"].database.read() as unit:
        asked = select(AuditRecord.actor_id, AuditRecord.reason).where(AuditRecord.action == "refused")
        return [tuple(row) for row in unit.connection.execute(asked.order_by(AuditRecord.number))]


def test_what_was_changed_after_the_look_is_not_published(hands, desk, code):
    in_force(desk, code, item("one"))
    editor, publisher = hands["editor"], hands["publisher"]
    number = submitted(desk, editor, code, item("one", days=9))
    address = f"/admin/bundles/{code}/drafts/{number}/review"
    etag = etag_on(publisher.get(address))
    desk.editing.send_back(editor.member, code, number, "")
    draft = desk.editing.draft(editor.member, code, number)
    draft = desk.editing.save(editor.member, code, number, draft.etag, document(code, item("one", days=8)), "又改")
    desk.editing.submit(editor.member, code, number, draft.etag, "")
    late = publisher.post_form(address, etag=etag, when="now", cut="keep", seen="yes", comment="写了的话")
    assert late.status_code == 409
    assert "这一版又改了" in late.text
    assert "写了的话</textarea>" in late.text
    assert etag_on(late) != etag
    assert desk.catalogue.bundle(code).version == 1


def test_a_moment_that_makes_no_sense_is_named_at_its_field_and_nothing_typed_is_lost(hands, desk, code):
    in_force(desk, code, item("one"))
    publisher = hands["publisher"]
    address = f"/admin/bundles/{code}/drafts/{submitted(desk, hands['editor'], code, item('one', days=9))}/review"
    typed = {"etag": etag_on(publisher.get(address)), "seen": "yes", "when": "at", "cut": "at"}
    blank = publisher.post_form(address, **typed, date="", time="x", cut_date="2026-13-01", cut_time="00:00")
    assert blank.status_code == 422
    assert 'id="f-date-error"' in blank.text
    assert 'id="f-cut_date-error"' in blank.text
    past = publisher.post_form(
        address, **typed, date="2020-01-01", time="08:00", cut_date="2019-01-01", cut_time="00:00"
    )
    assert "生效时间不能早于现在" in past.text
    assert 'value="2020-01-01"' in past.text
    day = (desk.editing.clock.now() + timedelta(days=3)).date().isoformat()
    good = publisher.post_form(address, **typed, date=day, time="08:00", cut_date=day, cut_time="09:00")
    assert good.status_code == 303
    assert "生效" in shown(publisher.get(f"/admin/bundles/{code}"))
    assert desk.catalogue.bundle(code).version == 1


def test_a_reviewer_sends_back_with_a_reason(hands, desk, code):
    in_force(desk, code, item("one"))
    number = submitted(desk, hands["editor"], code, item("one", days=9))
    address = f"/admin/bundles/{code}/drafts/{number}"
    silent = hands["publisher"].post_form(f"{address}/return", reason=" ")
    assert silent.status_code == 422
    assert "请写明要改什么" in silent.text
    assert hands["publisher"].post_form(f"{address}/return", reason="时限太短").status_code == 303
    assert desk.editing.draft(hands["editor"].member, code, number).status == "draft"
    assert "退回修改" in shown(hands["editor"].get(f"/admin/bundles/{code}"))
    assert "时限太短" in hands["editor"].get(f"/admin/bundles/{code}").text


def test_what_was_in_force_comes_back_with_a_reason_and_versions_can_be_retired(hands, desk, code):
    in_force(desk, code, item("one"))
    in_force(desk, code, item("one", days=9))
    publisher = hands["publisher"]
    address = f"/admin/bundles/{code}/versions"
    silent = publisher.post_form(f"{address}/1/rollback", text="")
    assert silent.status_code == 422
    assert "请写明为什么恢复" in silent.text
    assert publisher.post_form(f"{address}/1/rollback", text="第 2 版写错了").status_code == 303
    assert desk.catalogue.bundle(code).version == 3
    assert "恢复到第 1 版：第 2 版写错了" in publisher.get(f"/admin/bundles/{code}").text
    again = publisher.post_form(f"{address}/1/rollback", text="再来")
    assert again.status_code == 409
    assert "再来</textarea>" in again.text
    assert publisher.post_form(f"{address}/3/retirement", text="先停").status_code == 303
    assert desk.catalogue.bundle(code).version == 2
    assert hands["editor"].post_form(f"{address}/1/rollback", text="x").status_code == 403
    silent = publisher.post_form(f"/admin/bundles/{code}/retirement", text=" ")
    assert silent.status_code == 422
    assert 'id="f-retirement-0-error"' in silent.text
    assert publisher.post_form(f"/admin/bundles/{code}/retirement", text="不办了").status_code == 303
    assert "现在没有在用的版本" in str(desk.reviewing.bundles(publisher.member))
    assert publisher.post_form(f"{address}/1/comments", text="<b>你好</b>").status_code == 303
    assert "&lt;b&gt;你好&lt;/b&gt;" in publisher.get(f"/admin/bundles/{code}").text


def test_any_two_versions_are_compared_in_words(hands, desk, code):
    in_force(desk, code, item("one"), item("two"))
    in_force(desk, code, item("two"), item("three", days=9))
    page = shown(hands["clerk"].get(f"/admin/bundles/{code}/difference?old=1&new=2"))
    assert "第 2 版与第 1 版相比，2 处变化" in page
    assert "第 one 项（网上 5 个工作日）" in page
    assert "其他 1 个事项没有变化" in page
    for query, status in (("old=1", 400), ("old=1&new=x", 404), ("old=1&new=9", 404)):
        assert hands["clerk"].get(f"/admin/bundles/{code}/difference?{query}").status_code == status


def test_a_faulty_draft_says_what_keeps_it_from_being_compared(hands, desk, code):
    in_force(desk, code, item("one"), item("two"))
    draft = desk.editing.begin(hands["editor"].member, code)
    broken = document(code, item("one", days=9), item("two") | {"assurance": "guess"}, name="")
    desk.editing.save(hands["editor"].member, code, draft.number, draft.etag, broken, "改坏了")
    address = f"/admin/bundles/{code}/drafts/{draft.number}/review"
    page = shown(hands["publisher"].get(address))
    assert "暂时不能比较" in page
    assert "处要改，改好才能发布" in page
    draft = desk.editing.draft(hands["editor"].member, code, draft.number)
    half = document(code, item("one", days=9), item("two") | {"assurance": "guess"})
    desk.editing.save(hands["editor"].member, code, draft.number, draft.etag, half, "好了一半")
    page = shown(hands["publisher"].get(address))
    assert "还没有比较：第 two 项" in page
    assert "9 个工作日" in page
    assert "事项“第 two 项” · 登录要求" in page


def test_what_an_editor_writes_is_shown_and_never_run(hands, desk, code):
    nasty = '"><script>alert(1)</script>{{7*7}}<img src=x onerror=alert(2)>'
    in_force(desk, code, item("one"))
    draft = desk.editing.begin(hands["editor"].member, code)
    field = text_field("why") | {"label": nasty, "hint": nasty}
    made = document(code, item("one", field, name=nasty, summary=nasty), name=nasty, introduction=nasty)
    draft = desk.editing.save(hands["editor"].member, code, draft.number, draft.etag, made, nasty)
    desk.editing.submit(hands["editor"].member, code, draft.number, draft.etag, nasty)
    desk.editing.comment(hands["editor"].member, code, draft.number, nasty)
    place = f"/admin/bundles/{code}"
    for path in ("/admin/bundles", place, f"{place}/drafts/2/review", f"{place}/difference?old=1&new=2"):
        page = hands["publisher"].get(path)
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
        assert "49" not in re.findall(r"script&gt;(\d*)", page.text), path
        assert "no-store" in page.headers["Cache-Control"], path
    page = hands["publisher"].post_form(f"{place}/drafts/2/review", comment=nasty, etag=nasty, when=nasty, date=nasty)
    assert "<script>alert" not in page.text


def test_another_region_s_staff_neither_see_nor_touch_a_bundle(hands, desk, jieyang, code):
    in_force(desk, code, item("one"))
    number = submitted(desk, hands["editor"], code, item("one", days=9))
    strangers = {
        role: staff_client(jieyang.app, role, regions=["500000"]) for role in ("editor", "publisher", "supervisor")
    }
    place = f"/admin/bundles/{code}"
    assert f'"{place}"' not in strangers["editor"].get("/admin/bundles").text
    before = len(refusals(jieyang))
    asked = [place, f"{place}/drafts/{number}/review", f"{place}/drafts/{number}/replay", f"{place}/versions/1/toml"]
    for path in [*asked, f"{place}/difference?old=1&new={number}"]:
        assert strangers["publisher"].get(path).status_code == 403, path
    etag = desk.editing.draft(hands["editor"].member, code, number).etag
    acts = [
        ("publisher", f"{place}/drafts/{number}/review", {"etag": etag, "seen": "yes", "when": "now", "cut": "keep"}),
        ("publisher", f"{place}/drafts/{number}/return", {"reason": "x"}),
        ("publisher", f"{place}/versions/1/rollback", {"text": "x"}),
        ("publisher", f"{place}/versions/1/retirement", {"text": "x"}),
        ("supervisor", f"{place}/versions/1/comments", {"text": "x"}),
        ("editor", f"{place}/drafts", {}),
        (
            "editor",
            "/admin/bundles/import",
            {"text": toml_writer.written(document(code, item("one"), region="500000"))},
        ),
    ]
    for role, path, fields in acts:
        assert strangers[role].post_form(path, **fields).status_code == 403, path
    assert len(refusals(jieyang)) == before + 5 + len(acts)
    assert desk.catalogue.bundle(code).version == 1


def test_a_bundle_limited_account_reaches_its_bundle_only(jieyang, desk, code):
    in_force(desk, code, item("one"))
    limited = staff_client(jieyang.app, "publisher", bundles=["another"])
    assert limited.get(f"/admin/bundles/{code}").status_code == 403
    assert code not in limited.get("/admin/bundles").text
    assert member_of(jieyang.app, "publisher", bundles=[code]).bundles == (code,)
