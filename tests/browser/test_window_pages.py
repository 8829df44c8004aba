"""The window's pages in a real browser: the summary leads into the open fold, and every state is whole and readable."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from bundles.organisations import check_sign
from tests.browser import sight
from tests.browser.scenes_of_wards import child_of
from tests.web.letters import id_number


def whole(page: Page) -> None:
    """No barrier, nothing cut off, nothing beside the window."""
    assert sight.barriers(page) == []
    assert sight.clipped(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def registered(page: Page) -> None:
    """Register an organisation; its page comes."""
    body = f"11445200{uuid.uuid4().int % 10**9:09}"
    page.goto("/admin/organisations")
    page.get_by_role("button", name="登记", exact=True).click()
    expect(page.locator("#f-region-error")).to_have_text("请选单位所在的地区。")
    whole(page)
    page.get_by_label("统一社会信用代码").fill(body + check_sign(body))
    page.get_by_label("单位名称").fill("榕江制衣厂")
    page.get_by_label("所在地区").select_option("445200")
    page.get_by_label("原因").fill("已核对营业执照原件")
    page.get_by_role("button", name="登记", exact=True).click()
    expect(page.get_by_role("heading", name="榕江制衣厂")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 640])
def test_the_summary_leads_into_the_fold_of_the_agent_it_is_about(desks: Any, width: int, picture: Any) -> None:
    page, _ = desks.sit("clerk", width=width)
    registered(page)
    whole(page)
    new = page.locator("#f-form-agent")
    new.get_by_label("证件号码").fill(id_number())
    new.get_by_label("姓名").fill("林小兰")
    new.get_by_label("到哪天为止").fill("2027-06-30")
    new.get_by_label("原因").fill("已核对单位介绍信")
    page.get_by_role("button", name="加上").click()
    page.locator("summary", has_text="给经办人开账号").click()
    page.get_by_label("账号名").fill("rong.jiang")
    page.get_by_role("button", name="开账号").click()
    expect(page.locator("#wrongs")).to_contain_text("有 3 处要改")
    whole(page)
    picture(page, f"staff-window-agent-{width}")
    expect(page.get_by_label("账号名")).to_have_value("rong.jiang")
    opened = page.locator("details[open]")
    expect(opened).to_have_count(1)
    for number, label in enumerate(("证件号码", "姓名", "原因")):
        page.locator("#wrongs a").nth(number).click()
        expect(page.locator(":target")).to_have_attribute("aria-invalid", "true")
        expect(opened.get_by_label(label)).to_be_in_viewport()
        assert page.locator(":target").get_attribute("id") == opened.get_by_label(label).get_attribute("id")


@pytest.mark.parametrize("width", [1280, 640])
def test_a_missing_reason_is_asked_for_in_the_fold_that_was_pressed(desks: Any, width: int, picture: Any) -> None:
    page, _ = desks.sit("clerk", width=width)
    number = id_number()

    def look() -> None:
        page.goto("/admin/accounts")
        page.get_by_label("证件号码").fill(number)
        page.get_by_label("姓名").fill("林小兰")
        page.get_by_role("button", name="查这个人的账号").click()

    look()
    page.get_by_role("button", name="开账号").click()
    expect(page.locator("#wrongs")).to_contain_text("有 2 处要改")
    whole(page)
    page.get_by_label("账号名").fill(f"lan.{number[-8:]}")
    page.get_by_label("原因").fill("本人到窗口，已核对原件")
    page.get_by_role("button", name="开账号").click()
    look()
    page.locator("summary", has_text="停用").click()
    page.get_by_role("button", name="停用").click()
    expect(page.locator("#wrongs")).to_contain_text("有 1 处要改")
    whole(page)
    picture(page, f"staff-window-disable-{width}")
    page.locator("#wrongs a").click()
    expect(page.locator("details[open]").get_by_label("原因")).to_be_in_viewport()
    expect(page.locator(":target")).to_have_attribute("aria-invalid", "true")


@pytest.mark.parametrize("width", [1280, 640])
def test_a_clerk_ticks_that_the_originals_were_seen(town: Any, desks: Any, width: int, picture: Any) -> None:
    page, _ = desks.sit("clerk", width=width)
    page.goto(f"/admin/guardianships/{child_of(town, town.citizen().sign_in(), proven=False)}")
    whole(page)
    confirm = page.get_by_role("button", name="核对通过")
    confirm.click()
    tick = page.get_by_label("我在窗口看过户口簿和监护关系证明原件")
    expect(tick).to_have_attribute("aria-invalid", "true")
    whole(page)
    picture(page, f"staff-window-guardianship-{width}")
    tick.check()
    confirm.click()
    expect(page.get_by_role("status")).to_contain_text("核对通过了")
