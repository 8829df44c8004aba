"""The citizen's real pages with a version that nobody else sees yet: complete, harmless, and without a session."""

import io
import re

import pytest
from sqlalchemy import func, select

from tests.usecases.offering import document, item, text_field
from tests.web.preview_walker import walk
from tests.web.staff import member_of, staff_client
from tests.web.world import BUNDLE
from wxserver.store.tables.base import Base
from wxserver.web.guard import OPEN, PREVIEW

PLACE = f"/admin/bundles/{BUNDLE}/drafts/1/preview"
ASKS_NOBODY_LIKE_US = {("retirement", "fund"): {"loan": "no"}}
"""Answers without which an item is refused, whoever asks."""


@pytest.fixture
def editor(jieyang):
    return staff_client(jieyang.app, "editor")


def desk(town):
    return town.app.extensions["usecases"]


def opened(town, code=BUNDLE, number=1):
    return desk(town).previewing.open(member_of(town.app, "editor"), code, number)


def draft(town, code, *items, **more):
    """A draft of a bundle of its own."""
    made = document(code, *items, **more)
    desk(town).publishing.import_document(made, origin="command", by="zhang", comment="", draft=True)
    return opened(town, code)


def counted(town):
    """How many rows each table has."""
    with town.app.extensions["world"].database.read() as unit:
        tables = Base.metadata.sorted_tables
        return {each.name: unit.session.scalar(select(func.count()).select_from(each)) for each in tables}


def online(town):
    return [
        (published.bundle, each)
        for published in desk(town).catalogue.bundles()
        for each in published.bundle.items
        if "online" in each.channels
    ]


@pytest.mark.parametrize("size", ["normal", "big"])
def test_every_item_of_every_bundle_is_clicked_to_its_end_and_nothing_is_submitted(jieyang, size):
    tokens = {bundle.code: opened(jieyang, bundle.code).token for bundle, _ in online(jieyang)}
    before, jieyang.registry.away = counted(jieyang), True
    ends = {}
    for bundle, each in online(jieyang):
        start = f"/preview/{tokens[bundle.code]}/{size}/bundles/{bundle.code}/{each.code}"
        answers = ASKS_NOBODY_LIKE_US.get((bundle.code, each.code), {})
        ends[bundle.code, each.code] = walk(jieyang.client(), start, bundle, each, **answers)
    jieyang.registry.away = False
    assert {key for key, end in ends.items() if not end.arrived} == set()
    assert all(path.startswith("/preview/") for end in ends.values() for path in end.visited)
    assert all("预览，不会提交" in end.html and "没有提交任何东西" in end.html for end in ends.values())
    assert counted(jieyang) == before


def test_several_items_chosen_together_are_clicked_to_their_end(jieyang):
    published = next(each for each in desk(jieyang).catalogue.bundles() if each.bundle.selection == "many")
    both = published.bundle.item("+".join(each.code for each in published.bundle.items[:2]))
    start = f"/preview/{opened(jieyang, published.bundle.code).token}/normal/bundles/{published.bundle.code}"
    end = walk(jieyang.client(), f"{start}/{both.code}", published.bundle, both)
    assert end.arrived, end.html
    assert "同一次申请的" in end.html


def test_the_result_bears_the_date_that_a_citizen_would_be_promised(jieyang):
    look = draft(jieyang, "dated", item("one", text_field("a", required=True), days=15))
    bundle = look.content.bundle
    end = walk(jieyang.client(), f"/preview/{look.token}/normal/bundles/dated/one", bundle, bundle.items[0])
    promised = desk(jieyang).catalogue.promise(bundle, bundle.items[0]).due.due_on
    assert f"{promised.year}年{promised.month}月{promised.day}日" in end.html
    assert "为什么是这一天" in end.html
    receipt = jieyang.client().get(end.path.partition("?")[0] + "/receipt")
    assert receipt.status_code == 200
    cases = jieyang.client().get(re.sub(r"/cases/.*", "/cases", end.path)).text
    assert end.path.partition("?")[0] in cases


def test_answers_are_checked_by_the_real_rules_and_typed_ones_are_kept(jieyang):
    look = draft(jieyang, "strict", item("one", text_field("a", required=True), text_field("b", min_length=5)))
    form = f"/preview/{look.token}/normal/bundles/strict/one/form"
    sent = jieyang.client().post(form, data={"form.a": "", "form.b": "短", "asked": "a,b"})
    assert sent.status_code == 422
    assert "有 2 处要改" in sent.text
    assert 'value="短"' in sent.text
    assert 'value="短"' in jieyang.client().get(form).text
    assert "预览，不会提交" in sent.text


def test_pages_read_no_cookie_and_set_none(jieyang, editor):
    token = opened(jieyang).token
    citizen = jieyang.browser("preview-visitor")
    citizen.set_cookie("display", "big")
    for browser in (citizen, editor, jieyang.client()):
        for path in ("", "/apply", "/apply/form", "/change-information/card"):
            got = browser.get(f"/preview/{token}/normal/bundles/{BUNDLE}{path}")
            assert got.status_code == 200
            assert not got.headers.getlist("Set-Cookie")
            assert 'class="big"' not in got.text
        posted = browser.post(
            f"/preview/{token}/normal/bundles/{BUNDLE}/change-information/card", data={"card_id": "x"}
        )
        assert posted.status_code == 422
    assert 'class="big"' in citizen.get(f"/preview/{token}/big/bundles/{BUNDLE}").text


def test_pages_lead_nowhere_but_to_pages_of_the_preview(jieyang):
    token = opened(jieyang).token
    for path in (
        f"/bundles/{BUNDLE}",
        f"/bundles/{BUNDLE}/apply",
        f"/bundles/{BUNDLE}/apply/card",
        "/help",
        "/privacy",
    ):
        html = jieyang.client().get(f"/preview/{token}/big{path}").text
        inside = re.findall(r'(?:href|action)="(/[^"]*)"', html)
        assert inside
        assert all(each.startswith((f"/preview/{token}/", "/static/")) for each in inside), inside


def test_pages_may_stand_in_our_own_frame_only_and_are_neither_kept_nor_found(jieyang):
    token = opened(jieyang).token
    for path in (f"{token}/normal/bundles/{BUNDLE}", f"{token}/normal/cases/none", "0" * 72 + "/"):
        headers = jieyang.client().get(f"/preview/{path}").headers
        assert headers["Content-Security-Policy"].endswith("frame-ancestors 'self'")
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Robots-Tag"] == "noindex, nofollow"
        assert headers["Cache-Control"] == "no-store"
    usual = jieyang.client().get(f"/bundles/{BUNDLE}").headers["Content-Security-Policy"]
    assert "frame-ancestors 'self'" not in usual


def test_a_link_past_its_time_and_one_that_is_none_say_what_to_do(jieyang):
    token = opened(jieyang).token
    jieyang.later(31 * 60)
    over = jieyang.client().get(f"/preview/{token}/normal/bundles/{BUNDLE}")
    jieyang.later(-31 * 60)
    assert over.status_code == 410
    assert "过了时间" in over.text
    assert "二维码" in over.text
    wrong = jieyang.client().get(f"/preview/{token[:-1]}x/")
    assert wrong.status_code == 404
    assert "二维码" in wrong.text
    assert jieyang.client().get(f"/preview/{token}/").location.startswith(f"/preview/{token}/normal/bundles/")


def test_the_frame_page_has_both_sizes_the_code_and_its_end(jieyang, editor):
    html = editor.get(PLACE).text
    (start,) = re.findall(r'<iframe[^>]* src="([^"]+)"', html)
    assert editor.get(start).status_code == 200
    assert "/big/" in re.findall(r'<iframe[^>]* src="([^"]+)"', editor.get(f"{PLACE}?size=big").text)[0]
    assert re.findall(r'<iframe[^>]* src="([^"]+)"', editor.get(f"{PLACE}?item=apply").text)[0].endswith("/apply")
    assert "data:image/svg+xml" in html
    assert re.search(r"\d\d:\d\d</span> 前有效", html)
    assert editor.get(f"{PLACE}?size=<b>&item=<b>").status_code == 200
    assert editor.get(f"/admin/bundles/{BUNDLE}/drafts/99/preview").status_code == 404


def test_a_new_link_begins_with_nothing_typed(jieyang, editor):
    (start,) = re.findall(r'<iframe[^>]* src="([^"]+)"', editor.get(PLACE).text)
    assert editor.post_form(PLACE).status_code == 303
    (anew,) = re.findall(r'<iframe[^>]* src="([^"]+)"', editor.get(PLACE).text)
    assert anew != start
    assert editor.post(PLACE).status_code == 400


def test_a_draft_with_faults_names_them_with_the_way_to_mend_them(jieyang, editor):
    draft(jieyang, "faulty", item("one", text_field("a")))
    place = "/admin/bundles/faulty/drafts/1/preview"
    rewritten(jieyang, "faulty", item("one", text_field("a"), then=["nowhere"]))
    html = editor.get(place).text
    assert "1 处要改" in html
    assert re.search(r'<li><a href="/admin/bundles/faulty/drafts/1/items/one[^"]*#f-doc[^"]*">', html)
    assert "<iframe" in html
    rewritten(jieyang, "faulty", {"code": "one"})
    html = editor.get(place).text
    assert "改好这里就能预览" in html
    assert "<iframe" not in html
    token = opened(jieyang, "faulty").token
    over = jieyang.client().get(f"/preview/{token}/normal/bundles/faulty")
    assert over.status_code == 409
    assert "没有填好" in over.text


def test_a_draft_that_points_to_nothing_is_no_failure_of_the_server(jieyang):
    draft(jieyang, "pointless", item("one", text_field("a")))
    rewritten(jieyang, "pointless", item("one", text_field("a"), handler="no-such-handler", limits={}))
    token = opened(jieyang, "pointless").token
    for path in ("one", "one/form", "one/check?begin=1"):
        got = jieyang.client().get(f"/preview/{token}/normal/bundles/pointless/{path}")
        assert got.status_code in (200, 303, 409), path


def test_the_same_link_comes_by_the_api(jieyang, editor):
    got = editor.call("POST", f"bundles/{BUNDLE}/drafts/1/preview")
    assert got.status_code == 201
    assert got.json["faults"] == []
    path = "/" + got.json["url"].partition("//")[2].partition("/")[2]
    assert jieyang.client().get(path).status_code == 303
    assert staff_client(jieyang.app, "editor", bundles=["other"]).get(PLACE).status_code == 403


def test_what_is_open_is_named_one_by_one(jieyang):
    served = {rule.endpoint for rule in jieyang.app.url_map.iter_rules() if rule.endpoint.startswith("preview.")}
    assert served == PREVIEW
    assert PREVIEW < OPEN


def rewritten(town, code, *items):
    """Save a draft as an editor does, with these items; it may be faulty."""
    editing, member = desk(town).editing, member_of(town.app, "editor")
    found = editing.draft(member, code, 1)
    editing.save(member, code, 1, found.etag, document(code, *items), "改了")


def test_a_picture_that_is_sent_all_the_same_is_not_looked_at_and_taken_out_again_like_a_sample(jieyang):
    place = f"/preview/{opened(jieyang).token}/normal/bundles/{BUNDLE}/apply/materials/photo"
    browser, before = jieyang.client(), counted(jieyang)
    for do in ("add", "next"):
        sent = browser.post(place, data={"do": do, "file": (io.BytesIO(b"no picture"), "x.jpg")})
        assert (sent.status_code, sent.location) == (303, place)
    html = browser.get(place).text
    (taken,) = re.findall(r'name="upload" value="([^"]+)"', html)
    assert "preview-sample.svg" in html
    browser.post(place, data={"do": "delete", "upload": taken})
    assert browser.post(place, data={"do": "next"}).status_code == 422
    assert counted(jieyang) == before


def test_what_an_editor_writes_stays_text(jieyang, editor):
    evil = '"><script>alert(1)</script>{{7*7}}'
    one = item("one", text_field("a", label=evil, hint=evil), name=evil, short_name=evil, summary=evil)
    look = draft(jieyang, "evil", one, name=evil, short_name=evil, organiser=evil)
    start = f"/preview/{look.token}/normal/bundles/evil"
    pages = [jieyang.client().get(f"{start}{each}").text for each in ("", "/one", "/one/form", "/places")]
    pages.append(walk(jieyang.client(), f"{start}/one", look.content.bundle, look.content.bundle.items[0]).html)
    pages.append(editor.get("/admin/bundles/evil/drafts/1/preview").text)
    assert all("alert(1)" in each and "<script>alert" not in each and "{{7*7}}" in each for each in pages)
