"""The editor in a real browser: it saves by itself, keeps the focus, loses nothing, and everybody can read it."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.hands import editor_anew
from tests.browser.sight import barriers, clipped

BUNDLE = "social-security-card"
PAGES = (
    "general",
    "items",
    "items/apply",
    "items/apply/limits",
    "items/apply/who",
    "items/apply/materials",
    "items/apply/materials/photo",
    "items/apply/fields",
    "items/apply/fields/address",
    "items/apply/guide",
    "items/apply/notifications",
    "items/apply/fee",
    "items/apply/more",
    "banks",
    "contacts",
    "submission",
)


@pytest.fixture
def draft(town, desks):
    """A window of an editor and the draft's address; the draft is discarded in the end."""
    editing = town.app.extensions["usecases"].editing
    page, member = desks.sit("editor")
    begun = editing.begin(member, BUNDLE)
    home = f"/admin/bundles/{BUNDLE}/drafts/{begun.number}"
    yield page, home, lambda: editing.draft(member, BUNDLE, begun.number)
    editing.discard(member, BUNDLE, begun.number, editing.draft(member, BUNDLE, begun.number).etag)


def sideways(page):
    """How much wider than the window the page is."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


@pytest.mark.parametrize("width", [1280, 640])
def test_editor_pages_are_whole_and_without_barriers(draft, picture, width):
    page, home, _ = draft
    page.set_viewport_size({"width": width, "height": 900})
    found = {}
    for key in PAGES:
        page.goto(f"{home}/{key}")
        faults = [*barriers(page), *clipped(page), *([("sideways", key)] if sideways(page) > 0 else [])]
        if faults:
            found[key] = faults
        picture(page, f"staff-editor-{key.replace('/', '-')}-{width}")
    page.goto("/admin/bundles/new")
    if faults := [*barriers(page), *clipped(page)]:
        found["new"] = faults
    assert not found


def test_what_is_typed_is_saved_by_itself_and_faults_appear_while_typing_goes_on(draft):
    page, home, now = draft
    page.goto(f"{home}/items/apply/limits")
    amount = page.locator("[name$='limits.online.amount']")
    amount.fill("很快")
    expect(page.locator("#saved")).to_contain_text("已保存")
    expect(page.locator("#wrongs")).to_contain_text("处要改")
    expect(amount).to_be_focused()
    expect(amount).to_have_attribute("aria-invalid", "true")
    amount.fill("20")
    expect(page.locator("#wrongs")).to_have_count(0)
    expect(page.locator("[id$='limits.online-was']")).to_contain_text("25 个工作日")
    assert now().document["items"][0]["limits"]["online"]["amount"] == 20


def test_a_moved_row_keeps_the_focus_and_the_page_stays(draft):
    page, home, now = draft
    page.goto(f"{home}/items")
    page.evaluate("window.sameness = 1")
    page.get_by_role("button", name="下移“申领”").press("Enter")
    expect(page.locator("#editor .row-title").nth(1)).to_have_text("申领")
    expect(page.get_by_role("button", name="下移“申领”")).to_be_focused()
    page.get_by_role("button", name="下移“申领”").press("Enter")
    expect(page.locator("#editor .row-title").nth(2)).to_have_text("申领")
    expect(page.get_by_role("button", name="下移“申领”")).to_be_focused()
    assert page.evaluate("window.sameness") == 1
    assert [each["code"] for each in now().document["items"]][2] == "apply"


def test_deleting_asks_once_and_can_be_undone(draft):
    page, home, now = draft
    page.goto(f"{home}/items")
    page.locator("summary[aria-label='删除“申领”']").click()
    page.get_by_role("button", name="确定删除").first.click()
    expect(page.locator("#editor .row-title")).to_have_count(6)
    page.get_by_role("button", name=re.compile("撤销")).click()
    expect(page.locator("#editor .row-title")).to_have_count(7)
    assert len(now().document["items"]) == 7


def test_two_at_once_lose_nothing(draft, desks):
    page, home, now = draft
    other, member = desks.sit("editor")
    page.goto(f"{home}/general")
    other.goto(f"{home}/general")
    other.locator("[name='doc.introduction']").fill("别人写的。")
    expect(other.locator("#saved")).to_contain_text("已保存")
    other.get_by_role("button", name="保存", exact=True).last.click()
    expect(other.locator("#saved")).to_contain_text("已保存")
    page.locator("[name='doc.introduction']").fill("我写的。")
    page.get_by_role("button", name="比一比，决定用哪一份").click()
    expect(page.locator("#main")).to_contain_text(member.username)
    expect(page.locator("#main")).to_contain_text("别人写的。")
    with editor_anew(page):
        page.get_by_role("button", name="用我填的").click()
    expect(page.locator("[name='doc.introduction']")).to_have_value("我写的。")
    assert now().document["introduction"] == "我写的。"


def test_without_a_network_it_says_so_and_tries_again(draft):
    page, home, now = draft
    page.goto(f"{home}/general")
    page.context.set_offline(True)
    page.locator("[name='doc.introduction']").fill("断网时写的。")
    expect(page.locator("#saved")).to_contain_text("没有存上，网络恢复后会再试")
    page.context.set_offline(False)
    expect(page.locator("#saved")).to_contain_text("已保存")
    assert now().document["introduction"] == "断网时写的。"


def test_leaving_by_a_link_takes_the_last_words_along(draft):
    page, home, now = draft
    page.goto(f"{home}/general")
    page.locator("[name='doc.introduction']").fill("走之前写的。")
    page.get_by_role("link", name="银行", exact=True).click()
    expect(page.locator("#editor h2").first).to_contain_text("银行")
    page.goto(f"{home}/general")
    expect(page.locator("[name='doc.introduction']")).to_have_value("走之前写的。")
    assert now().document["introduction"] == "走之前写的。"
