"""Signing in at the staff desk in a real browser, and the question before a session ends by itself."""

import re

import pyotp
import pytest
from playwright.sync_api import expect

from tests.browser import sight

GOOD = "correct-horse-battery"
PAGES = ("/admin/me", "/admin/staff", "/admin/staff/new")


def first_password(town, username, role):
    words = ["staff", "add", username, "--name", "黄晓敏", "--role", role]
    with town.app.app_context():
        told = town.app.test_cli_runner().invoke(args=words).output
    return re.search(r"first password (\S+)", told)[1]  # type: ignore[index]


@pytest.mark.parametrize("scripts", [True, False])
def test_a_newcomer_signs_in_sets_up_and_is_at_work(town, desks, picture, scripts):
    page, _ = desks.sit(scripts=scripts)
    username = f"newcomer{int(scripts)}"
    password = first_password(town, username, "administrator")
    page.goto("/admin/staff")
    page.get_by_label("账号").fill(username)
    page.get_by_label("密码").fill("wrong")
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("alert")).to_contain_text("账号、密码或动态码不对")
    expect(page.get_by_label("账号")).to_have_value(username)
    if scripts:
        assert sight.barriers(page) == []
        picture(page, "staff-login")
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("heading", name="设好您的账号")).to_be_visible()
    secret = page.locator("[data-secret]").inner_text().replace(" ", "").replace("\n", "")
    page.get_by_label("新密码").fill("short")
    page.get_by_role("button", name="设好了，开始用").click()
    expect(page.get_by_role("alert").get_by_role("link")).to_have_count(3)
    if scripts:
        assert sight.barriers(page) == []
        picture(page, "staff-setup")
    page.get_by_label("新密码").fill(GOOD)
    page.get_by_label("再填一次").fill(GOOD)
    page.get_by_label("6 位数字").fill(pyotp.TOTP(secret).at(town.app.extensions["world"].clock.now()))
    page.get_by_role("button", name="设好了，开始用").click()
    expect(page.get_by_role("navigation", name="工作台")).to_be_visible()
    if scripts:
        for address in (*PAGES, f"/admin/staff/{username}"):
            page.goto(address)
            assert sight.barriers(page) == [], address
            picture(page, f"staff{address.replace('/', '-')}")
    page.get_by_role("button", name="退出登录").click()
    expect(page.get_by_role("heading", name="工作人员登录")).to_be_visible()


def test_nothing_is_cut_off_at_double_size(town, desks):
    page, _ = desks.sit("administrator", width=640)
    for address in PAGES:
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 640, address


def test_one_is_asked_two_minutes_before_the_session_ends_and_goes_on(town, desks, picture):
    page, _ = desks.sit("clerk")
    page.clock.install()
    page.goto("/admin/me")
    question = page.get_by_role("dialog", name="还在用吗")
    page.clock.fast_forward("27:30")
    expect(question).not_to_be_visible()
    page.clock.fast_forward("00:45")
    expect(question).to_be_visible()
    picture(page, "staff-session-ends")
    assert sight.barriers(page) == []
    question.get_by_role("button", name="继续使用").click()
    expect(question).not_to_be_visible()
    page.clock.fast_forward("27:30")
    expect(question).not_to_be_visible()
    page.clock.fast_forward("00:45")
    expect(question).to_be_visible()
    page.clock.fast_forward("03:00")
    expect(question).to_contain_text("您已经自动退出")
    question.get_by_role("button", name="重新登录").click()
    page.wait_for_url("**/admin/me")
