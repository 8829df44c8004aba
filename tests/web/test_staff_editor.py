"""The editor of bundle definitions, as a browser without JavaScript uses it."""

from __future__ import annotations

import copy
import html as entities
import re
import statistics
import time

import pytest

from bundles import editing
from bundles.editing import paths
from tests.web.form_reading import links, read_form
from tests.web.staff import part, staff_client

BUNDLE = "social-security-card"
EVIL = '"><script>alert(1)</script>{{7*7}}<img src=x onerror=alert(2)>javascript:alert(3)'


@pytest.fixture
def editor(jieyang):
    """Somebody who edits; the draft is discarded in the end."""
    client = staff_client(jieyang.app, "editor")
    draft = jieyang.app.extensions["usecases"].editing.begin(client.member, BUNDLE)
    client.home = f"/admin/bundles/{BUNDLE}/drafts/{draft.number}"
    client.draft = lambda: jieyang.app.extensions["usecases"].editing.draft(client.member, BUNDLE, draft.number)
    yield client
    use_cases = jieyang.app.extensions["usecases"]
    now = client.draft()
    if now.status == "review":
        use_cases.editing.send_back(client.member, BUNDLE, draft.number, "")
    use_cases.editing.discard(client.member, BUNDLE, draft.number, client.draft().etag)


def opened(client, key, status=200):
    answer = client.get(f"{client.home}/{key}")
    assert answer.status_code == status, answer.text[:2000]
    return answer.text


def form_of(client, key):
    return read_form(opened(client, key), "editor-form")


def press(client, form, action="save", **headers):
    return client.post(
        form.action, data=form.sent | {"action": action}, content_type="multipart/form-data", headers=headers
    )


def name_of(form, ending):
    (found,) = (name for name in form.kinds if name.endswith(ending))
    return found


def test_what_is_typed_is_saved_and_who_saved_it_stands_on_the_page(editor):
    form = form_of(editor, "general")
    form.type("doc.introduction", "持卡就能办。")
    answer = press(editor, form)
    assert answer.status_code == 303
    assert editor.draft().document["introduction"] == "持卡就能办。"
    page = editor.get(answer.location).text
    assert "已保存" in page
    assert "持卡就能办。" in page


def test_a_form_sent_back_untouched_changes_nothing(editor):
    before = editor.draft()
    for key in keys(editor):
        form = form_of(editor, key)
        if form.kinds:
            assert press(editor, form).status_code == 303
    after = editor.draft()
    assert (after.etag, after.document) == (before.etag, before.document)


def keys(client):
    """The keys of the bundle's pages, of one item's, and of their rows."""
    document = client.draft().document
    sections = [each for each in editing.sections(document, ()) if each.key.count("/") == 0 or "/apply" in each.key]
    rows = [row for each in sections for row in editing.rows(document, each.key, ()) if each.key != "items"]
    return [*(each.key for each in sections), *(each.key for each in rows)]


def test_every_page_of_the_editor_is_reached_by_links(editor):
    found = {href for key in keys(editor) for href in links(opened(editor, key))}
    assert {f"{editor.home}/{key}" for key in keys(editor)} <= found


def test_the_version_in_force_is_told_beside_what_differs(editor):
    form = form_of(editor, "items/apply/limits")
    form.type(name_of(form, "limits.online.amount"), "20")
    page = editor.get(press(editor, form).location).text
    assert re.search(r"v\d+ 是\s*25 个工作日|v\d+ 是\s*25", page)
    assert "有变化" in page


def test_faults_are_told_in_the_list_and_at_their_places(editor):
    form = form_of(editor, "items/apply/limits")
    form.type(name_of(form, "limits.online.amount"), "很快")
    page = editor.get(press(editor, form).location).text
    fault = entities.unescape(part(r'<ul><li><a href="#(f-doc[^"]+)">([^<]+)', page, 2))
    assert fault.startswith("申领的办理时限")
    assert entities.unescape(page).count(fault.partition("：")[2]) >= 2
    assert "很快" in page
    anchor = part(r'<ul><li><a href="#(f-doc[^"]+)">', page)
    assert f'id="{anchor}"' in page
    elsewhere = opened(editor, "general")
    assert f"{editor.home}/items/apply/limits#{anchor}" in entities.unescape(elsewhere)


def test_an_item_is_added_moved_copied_deleted_and_that_is_undone(editor):
    codes = lambda: [each["code"] for each in editor.draft().document["items"]]  # noqa: E731
    before = codes()
    form = form_of(editor, "items")
    added = press(editor, form, next(each for each in form.presses if each.startswith("add:items")))
    assert added.status_code == 303
    assert len(codes()) == len(before) + 1
    assert press(editor, form_of(editor, "items"), f"up:items[{len(before)}]").status_code == 303
    assert codes()[-1] == before[-1]
    assert press(editor, form_of(editor, "items"), "copy:items[0]").status_code == 303
    assert len(set(codes())) == len(before) + 2
    assert press(editor, form_of(editor, "items"), "del:items[0]").status_code == 303
    assert before[0] not in codes()
    page = opened(editor, "items")
    etag = part(r'name="etag" value="([^"]+)"', page)
    assert editor.post_form(f"{editor.home}/undo", etag=etag, key="items").status_code == 303
    assert before[0] in codes()


def test_what_somebody_else_changed_elsewhere_is_kept(jieyang, editor):
    other = staff_client(jieyang.app, "editor")
    other.home = editor.home
    mine, theirs = form_of(editor, "general"), form_of(other, "items/loss/guide")
    theirs.type(theirs.texts()[0], "别人写的")
    assert press(other, theirs).status_code == 303
    mine.type("doc.introduction", "我写的。")
    assert press(editor, mine).status_code == 303
    text = str(editor.draft().document)
    assert "我写的。" in text
    assert "别人写的" in text


def test_the_same_part_changed_by_two_is_shown_side_by_side_and_nothing_is_lost(jieyang, editor):
    other = staff_client(jieyang.app, "editor", username=f"chen-{time.monotonic_ns()}")
    other.home = editor.home
    mine, theirs = form_of(editor, "general"), form_of(other, "general")
    theirs.type("doc.introduction", "别人写的。")
    assert press(other, theirs).status_code == 303
    mine.type("doc.introduction", "我写的。")
    assert press(editor, mine, **{"X-Autosave": "1"}).status_code == 409
    page = press(editor, mine)
    assert page.status_code == 409
    for words in ("我写的。", "别人写的。", other.member.username):
        assert words in page.text
    kept = read_form(page.text, "conflict-form")
    assert press(editor, kept).status_code == 303
    assert editor.draft().document["introduction"] == "我写的。"


def test_what_is_typed_follows_its_item_when_somebody_moves_it(jieyang, editor):
    mine = form_of(editor, "items/activate")
    name = next(each for each in mine.texts() if each.endswith(".summary"))
    assert press(editor, form_of(editor, "items"), "down:items[0]").status_code == 303
    mine.type(name, "马上就能用。")
    assert press(editor, mine).status_code == 303
    by_code = {each["code"]: each for each in editor.draft().document["items"]}
    assert by_code["activate"]["summary"] == "马上就能用。"
    assert by_code["apply"]["summary"] != "马上就能用。"


def test_what_was_typed_into_a_part_that_is_gone_is_shown(editor):
    form = form_of(editor, "items/apply/fields/address")
    form.type(form.texts()[0], "白写的")
    assert press(editor, form_of(editor, "items"), "del:items[0]").status_code == 303
    answer = press(editor, form)
    assert answer.status_code == 404
    assert "白写的" in answer.text


def test_a_button_pressed_twice_does_it_once(editor):
    form = form_of(editor, "items")
    assert press(editor, form, "down:items[0]").status_code == 303
    again = press(editor, form, "down:items[0]")
    assert again.status_code == 409
    assert "没有照您点的做" in again.text
    assert editor.draft().document["items"][1]["code"] == "apply"


def test_a_stale_token_keeps_what_was_typed(editor):
    form = form_of(editor, "general")
    form.type("doc.introduction", "不能丢。")
    form.sent["csrf_token"] = ["old"]
    answer = press(editor, form)
    assert answer.status_code == 422
    assert "不能丢。" in answer.text
    again = read_form(answer.text, "editor-form")
    assert press(editor, again).status_code == 303
    assert editor.draft().document["introduction"] == "不能丢。"


def test_too_much_is_refused_with_a_sentence(editor):
    form = form_of(editor, "general")
    form.type("doc.introduction", "长" * 100_000)
    answer = press(editor, form)
    assert answer.status_code == 413
    assert "请删短一些" in answer.text


def test_in_review_it_is_read_only_and_can_be_taken_back(editor):
    form = read_form(opened(editor, "submission"), "submission-form")
    sent = editor.post(f"{editor.home}/submission", data=form.sent | {"comment": "局务会同意"})
    assert sent.status_code == 303, sent.text[-3000:]
    page = opened(editor, "general")
    assert "正在等人复核" in page
    assert not read_form(page, "editor-form").kinds
    assert editor.post_form(f"{editor.home}/withdrawal").status_code == 303
    assert read_form(opened(editor, "general"), "editor-form").kinds


def test_a_draft_with_faults_is_not_sent(editor):
    form = form_of(editor, "general")
    form.type("doc.introduction", "")
    press(editor, form)
    page = opened(editor, "submission")
    assert "改完才能送审" in page
    assert f"{editor.home}/general#f-doc.introduction" in page
    etag = editor.draft().etag
    assert editor.post_form(f"{editor.home}/submission", etag=etag, comment="").status_code == 422


@pytest.mark.parametrize("role", ["clerk", "publisher", "supervisor", "administrator"])
def test_who_does_not_edit_only_reads(jieyang, editor, role):
    reader = staff_client(jieyang.app, role)
    reader.home = editor.home
    assert not read_form(opened(reader, "general"), "editor-form").kinds
    form = form_of(editor, "general")
    form.sent["csrf_token"] = [reader.csrf]
    assert press(reader, form).status_code == 403


def test_an_editor_of_another_region_is_refused(jieyang, editor):
    other = staff_client(jieyang.app, "editor", regions=("500000",))
    assert other.get(f"{editor.home}/general").status_code == 403
    form = form_of(editor, "general")
    form.sent["csrf_token"] = [other.csrf]
    assert press(other, form).status_code == 403


@pytest.mark.parametrize("key", ["nothing", "items/nothing", "items/apply/nothing", "items/apply/fields/nothing"])
def test_a_section_that_is_not_there_is_a_page_that_says_so(editor, key):
    assert editor.get(f"{editor.home}/{key}").status_code == 404


@pytest.mark.parametrize(
    "action", ["del", "up:items[99]", "del:items[-1]", "add:nothing", "copy:code", "x:items[0]", "retype:items", "del:"]
)
def test_a_press_that_no_button_makes_does_no_harm(editor, action):
    before = editor.draft().document
    assert press(editor, form_of(editor, "items"), action).status_code in (303, 404)
    assert editor.draft().document == before


def test_markup_in_every_text_is_shown_as_text(editor, jieyang):
    for key in keys(editor):
        form = form_of(editor, key)
        for name in form.texts():
            if name.endswith((".code", ".amount")) or name == "doc.code":
                continue
            form.type(name, EVIL)
        if form.texts():
            answer = press(editor, form)
            assert answer.status_code == 303, (key, answer.text[-2000:])
    for key in keys(editor):
        page = opened(editor, key)
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert 'href="javascript' not in page
    assert "{{7*7}}" in entities.unescape(opened(editor, "general"))


def test_markup_that_can_be_published_is_text_on_every_page_of_citizens_and_staff(editor, jieyang):
    use_cases = jieyang.app.extensions["usecases"]
    original = copy.deepcopy(dict(editor.draft().document))
    for key in keys(editor):
        form = form_of(editor, key)
        for name in form.texts():
            form.type(name, EVIL)
        if form.texts():
            press(editor, form)
    evil = copy.deepcopy(dict(editor.draft().document))
    evil["items"][0]["name"] = original["items"][0]["name"]  # other items' texts refer to it
    for turn in range(4):
        for path, _ in use_cases.editing.faults(evil):
            whole = path if turn < 2 else path[:3] if path[0] == "items" else path[:1]
            usual = paths.get(original, whole)
            if usual is paths.MISSING:
                paths.drop(evil, whole)
            else:
                paths.put(evil, whole, copy.deepcopy(usual))
    assert str(evil).count("<script>") > 30
    named = {"code": "evil-2", "number_prefix": "EV"}
    use_cases.publishing.import_document(evil | named, origin="test", by="test", comment=EVIL)
    client = jieyang.client()
    staff = [f"{editor.home}/review", f"{editor.home}/preview", "/admin/bundles", f"/admin/bundles/{BUNDLE}"]
    staff += ["/admin/bundles/new", "/admin/bundles/evil-2", f"{editor.home}/submission"]
    citizens = ["/", "/bundles/evil-2", "/bundles/evil-2/apply", "/bundles/evil-2/apply/guide", "/search?q=script"]
    try:
        for asked, path in [*((editor, each) for each in staff), *((client, each) for each in citizens)]:
            answer = asked.get(path)
            assert answer.status_code in (200, 303, 404), (path, answer.status_code)
            assert "<script>alert" not in answer.text, path
            assert "<img src=x" not in answer.text, path
            assert not [each for each in links(answer.text) if each.lower().lstrip().startswith("javascript")], path
        assert "alert(1)" in client.get("/bundles/evil-2").text
    finally:
        use_cases.publishing.retire("evil-2", by="test")


def test_each_press_is_fast_in_a_bundle_of_sixty_fields(editor, capsys, jieyang):
    use_cases, draft = jieyang.app.extensions["usecases"], editor.draft()
    document = copy.deepcopy(dict(draft.document))
    parts = document["items"][0]["fields"]
    parts += [{"code": f"more-{number}", "kind": "text", "label": f"第 {number} 问"} for number in range(50)]
    use_cases.editing.save(editor.member, BUNDLE, draft.number, draft.etag, document, "加了很多")
    took = []
    for key in (
        "general",
        "items/apply/limits",
        "items/apply/guide",
        "items/apply/fields",
        "items/apply/fields/more-3",
    ):
        for turn in range(6):
            form = form_of(editor, key)
            if form.texts():
                form.type(form.texts()[0], f"改了 {turn}")
            start = time.perf_counter()
            answer = press(editor, form)
            editor.get(answer.location)
            took.append((time.perf_counter() - start) * 1000)
    took.sort()
    with capsys.disabled():
        print(f"\npress and page: p50 {statistics.median(took):.0f} ms, p95 {took[int(len(took) * 0.95)]:.0f} ms")
    assert statistics.median(took) < 1000
