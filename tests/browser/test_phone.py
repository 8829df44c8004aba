"""The newcomer's first minute: the sandbox's phone on a desktop, from the chat to a case with its date."""

import re

import pytest
from playwright.sync_api import expect

NAME, NUMBER = "林秀兰", "445202195603120021"


@pytest.fixture
def phone(town, browser, watched):
    """The sandbox's phone in a desktop browser, fresh."""
    town.sandbox.control("reset")
    town.sandbox.control("time", {"set": "2026-11-26T10:00:00+08:00"})
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    page = watched(context.new_page())
    page.goto(town.sandbox.url)
    yield page
    context.close()
    town.sandbox.control("time", {"real": True})


def sign_in(page, inside):
    inside.get_by_role("link", name=re.compile("点击登录")).click()
    expect(inside.get_by_role("heading", name="登录")).to_be_visible()
    if inside.get_by_label("姓名").count():
        inside.get_by_label("姓名").fill(NAME)
        inside.get_by_label(re.compile("证件号码")).fill(NUMBER)
    inside.get_by_role("checkbox").check()
    inside.get_by_role("button", name=re.compile("开始人脸核验")).click()
    expect(inside.get_by_text("核验谁")).to_be_visible()
    inside.get_by_role("checkbox").check()
    inside.get_by_role("button", name="下一步").click()
    inside.get_by_role("button", name="通过", exact=True).click()


@pytest.mark.rule("JY-4.1", "JY-4.2", "JY-5.1", "JY-5.4", "JY-5.5")
def test_a_newcomer_taps_signs_in_by_face_and_applies(phone, picture):
    page = phone
    picture(page, "phone-1-chat")
    page.get_by_role("button", name=re.compile("微动态")).click()
    picture(page, "phone-2-menu")
    page.get_by_role("button", name="智慧人社").or_(page.get_by_role("link", name="智慧人社")).click()
    inside = page.frame_locator("iframe")
    expect(inside.get_by_text("未登录")).to_be_visible()
    picture(page, "phone-3-home")
    sign_in(page, inside)
    expect(inside.get_by_text("已登录")).to_be_visible()
    picture(page, "phone-4-signed-in")
    inside.get_by_role("link", name=re.compile("去办理")).click()
    inside.locator("label", has_text="社会保障卡申领").click()
    picture(page, "phone-5-bundle")
    inside.get_by_role("button", name="下一步").click()
    inside.get_by_role("link", name=re.compile("开始")).or_(
        inside.get_by_role("button", name=re.compile("开始"))
    ).first.click()
    inside.get_by_label(re.compile("手机号码")).fill("138 0000 5620")
    picture(page, "phone-6-form")
    inside.get_by_role("button", name="下一步").click()
    expect(inside.get_by_text("138****5620")).to_be_visible()
    picture(page, "phone-7-check")
    inside.get_by_role("button", name=re.compile("提交")).click()
    expect(inside.get_by_text(re.compile(r"JY20261126-\d{4}")).first).to_be_visible()
    expect(inside.get_by_text("12月31日").first).to_be_visible()
    picture(page, "phone-8-result")


def test_a_newcomer_changes_a_phone_number_at_once(phone, picture):
    page = phone
    page.get_by_role("button", name=re.compile("微动态")).click()
    page.get_by_role("button", name="智慧人社").or_(page.get_by_role("link", name="智慧人社")).click()
    inside = page.frame_locator("iframe")
    sign_in(page, inside)
    inside.get_by_role("link", name=re.compile("去办理")).click()
    inside.locator("label", has_text="信息变更").click()
    inside.get_by_role("button", name="下一步").click()
    inside.get_by_role("link", name=re.compile("开始")).or_(
        inside.get_by_role("button", name=re.compile("开始"))
    ).first.click()
    inside.locator("label.pick-row").first.click()
    picture(page, "phone-9-card")
    inside.get_by_role("button", name="下一步").click()
    inside.get_by_label(re.compile("手机号码")).fill("1380000562")
    inside.get_by_role("button", name="下一步").click()
    expect(inside.get_by_text(re.compile("现在是 10 位")).first).to_be_visible()
    picture(page, "phone-10-error")
    inside.get_by_label(re.compile("手机号码")).fill("13800005620")
    inside.get_by_role("button", name="下一步").click()
    inside.get_by_role("button", name=re.compile("提交")).click()
    expect(inside.get_by_text(re.compile("已更新：手机号码")).first).to_be_visible()
    picture(page, "phone-11-done")
