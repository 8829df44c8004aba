"""The newcomer's first minute: the sandbox's phone on a desktop, from the chat to a case with its date."""

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.street import stored
from tests.town import wait_for
from wxserver import sandbox

SAMPLES = Path(sandbox.__file__).parent / "static/samples"
NUMBERED = re.compile(r"JY20261126-\d{4}")


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


def open_home(page):
    """Tap 微动态, then 智慧人社; the page in the phone."""
    page.get_by_role("button", name="微动态").click()
    page.get_by_role("button", name="智慧人社").click()
    inside = page.frame_locator("iframe")
    expect(inside.get_by_text("未登录")).to_be_visible()
    return inside


def choose(inside, name):
    """Take a sample from the phone's album."""
    inside.get_by_label("从相册选").set_input_files(SAMPLES / name)


def hand_in(inside, *names):
    """Upload samples of the album one after the other and go on."""
    for number, name in enumerate(names, 1):
        choose(inside, name)
        expect(inside.locator(".shot-done")).to_have_count(number)
    inside.get_by_role("button", name="下一步").click()


def fill_in_an_application(inside):
    """From the home page to the page where the answers are checked."""
    inside.get_by_role("link", name=re.compile("去办理")).click()
    inside.locator("label", has_text="社会保障卡申领").click()
    inside.get_by_role("button", name="下一步").click()
    start(inside)
    inside.get_by_label(re.compile("手机号码")).fill("138 0000 5620")
    inside.get_by_role("button", name="下一步").click()
    hand_in(inside, "id-front.jpg", "id-back.jpg")
    hand_in(inside, "portrait-white.jpg")
    expect(inside.get_by_text("138****5620")).to_be_visible()


def start(inside):
    """Leave the guide page."""
    expect(inside.get_by_role("heading", name="开始前，先看一看")).to_be_visible()
    inside.locator("a, button").filter(has_text="开始办理").click()


def sign_in(inside, allowed=True):
    """All the way of the provider; `allowed`: it asks for nickname, avatar and its mini-program, as it does once."""
    inside.get_by_role("link", name=re.compile("点击登录")).click()
    expect(inside.get_by_role("heading", name="登录")).to_be_visible()
    if inside.get_by_label("姓名").count():
        inside.get_by_label("姓名").fill(inside.owner.page.locator("#name").inner_text())
        inside.get_by_label(re.compile("证件号码")).fill(inside.owner.page.locator("#number").inner_text())
    if inside.get_by_role("checkbox").count():
        inside.get_by_role("checkbox").check()
    inside.get_by_role("button", name=re.compile("开始人脸核验")).click()
    if allowed:
        inside.get_by_role("button", name="核验登录").click()
        expect(inside.get_by_role("heading", name="申请获取您的昵称和头像")).to_be_visible()
        inside.get_by_role("button", name="允许").click()
        expect(inside.get_by_role("heading", name="即将打开“粤信签”小程序")).to_be_visible()
        inside.get_by_role("button", name="允许").click()
    expect(inside.get_by_text("核验谁")).to_be_visible()
    inside.get_by_role("checkbox").check()
    inside.get_by_role("button", name="下一步").click()
    inside.get_by_role("button", name="通过", exact=True).click()


@pytest.mark.rule("JY-4.1", "JY-4.2", "JY-5.1", "JY-5.3", "JY-5.4", "JY-5.5")
def test_a_newcomer_taps_signs_in_by_face_and_applies(phone, picture):
    page = phone
    picture(page, "phone-1-chat")
    inside = open_home(page)
    picture(page, "phone-3-home")
    sign_in(inside)
    expect(inside.get_by_text("已登录")).to_be_visible()
    picture(page, "phone-4-signed-in")
    fill_in_an_application(inside)
    picture(page, "phone-7-check")
    inside.get_by_role("button", name=re.compile("提交")).click()
    expect(inside.get_by_text(NUMBERED).first).to_be_visible()
    expect(inside.get_by_text("12月31日").first).to_be_visible()
    picture(page, "phone-8-result")


def test_a_newcomer_changes_a_phone_number_at_once(phone, picture):
    page = phone
    inside = open_home(page)
    sign_in(inside)
    inside.get_by_role("link", name=re.compile("去办理")).click()
    inside.locator("label", has_text="信息变更").click()
    inside.get_by_role("button", name="下一步").click()
    start(inside)
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


def test_the_bluish_sample_of_the_album_is_refused_and_the_white_one_taken(phone):
    inside = open_home(phone)
    sign_in(inside)
    expect(inside.get_by_text("已登录")).to_be_visible()
    inside.get_by_role("link", name=re.compile("去办理")).click()
    inside.locator("label", has_text="社会保障卡申领").click()
    inside.get_by_role("button", name="下一步").click()
    start(inside)
    inside.get_by_label(re.compile("手机号码")).fill("138 0000 5620")
    inside.get_by_role("button", name="下一步").click()
    hand_in(inside, "id-front.jpg", "id-back.jpg")
    choose(inside, "portrait-bluish.jpg")
    expect(inside.get_by_text(re.compile("偏蓝")).first).to_be_visible()
    hand_in(inside, "portrait-white.jpg")
    expect(inside.get_by_text("138****5620")).to_be_visible()


def test_the_story_of_the_readmes_picture(phone, tmp_path):
    """A line that breaks once, the same number the second time, a question in the chat and the menu.

    `PHONE_PICTURE=docs/phone.png pytest tests/browser/test_phone.py -k story` draws the README's first picture anew.
    """
    page = phone
    page.get_by_label("换一个人").select_option(label="陈志强")
    expect(page.locator("#name")).to_have_text("陈志强")
    inside = open_home(page)
    sign_in(inside)
    expect(inside.get_by_text("已登录")).to_be_visible()
    fill_in_an_application(inside)
    page.get_by_role("button", name="断线").click()
    expect(page.get_by_role("button", name="断线，还剩 1 次")).to_be_visible()
    inside.get_by_role("button", name=re.compile("提交")).click()
    expect(inside.get_by_text(NUMBERED).first).to_be_visible()
    trace = page.locator("#trace")
    expect(trace).to_contain_text("申请制卡，第 2 次，编号不变", timeout=30_000)
    expect(trace).to_contain_text("告知：制卡已受理", timeout=30_000)
    expect(page.locator("tr.trouble").filter(has_text="申请制卡")).to_contain_text("503 故障")
    page.get_by_role("button", name=re.compile("^关闭")).click()
    page.get_by_role("button", name="打字").click()
    page.get_by_label("给揭阳人社发消息").fill("我的卡办到哪了")
    page.get_by_role("button", name="发送").click()
    expect(page.locator(".said.them")).to_have_count(2)
    page.get_by_role("button", name="菜单").click()
    page.get_by_role("button", name="结果晚到").click()
    expect(page.get_by_role("button", name="结果晚到，还剩 1 次")).to_be_visible()
    page.get_by_role("button", name="微动态").click()
    expect(page.get_by_role("button", name="智慧人社")).to_be_visible()
    page.mouse.move(1270, 70)
    page.wait_for_timeout(400)
    page.screenshot(path=os.environ.get("PHONE_PICTURE") or tmp_path / "phone.png")


def test_who_does_not_follow_agrees_on_a_page_to_be_told_by_wechat(phone, town, picture):
    page = phone
    page.get_by_role("button", name="更多").click()
    page.get_by_role("button", name="取消关注").click()
    expect(page.locator("#trace")).to_contain_text("告知：有人取消关注")
    inside = open_home(page)
    sign_in(inside)
    expect(inside.get_by_text("已登录")).to_be_visible()
    holder = page.locator("#people").input_value()
    wait_for(lambda: stored(town, "SELECT follows FROM wechat_user WHERE openid = :holder", holder=holder) == [(0,)])
    page.get_by_role("button", name=re.compile("^关闭")).click()
    page.get_by_role("button", name="我的").click()
    page.get_by_role("button", name="个人中心").click()
    inside.get_by_role("link", name=re.compile("在微信里告诉我")).click()
    agree = inside.get_by_role("button", name="同意，通知我")
    expect(agree).to_be_visible()
    expect(inside.get_by_text("请在微信里打开")).to_be_hidden()
    picture(page, "phone-12-notices")
    agree.click()
    expect(page.locator("#drawer")).to_contain_text("想给您发一条通知")
    picture(page, "phone-13-allow")
    page.get_by_role("button", name="取消", exact=True).click()
    expect(inside.get_by_text("没有同意，也不影响办事")).to_be_visible()
    for many in (1, 2):
        agree.click()
        page.get_by_role("button", name="允许", exact=True).click()
        expect(inside.locator("[data-agreed]")).to_have_text(str(many))
        page.wait_for_timeout(1100)  # WeChat tells of taps by the second
    expect(inside.get_by_text("下一次有进展，微信会告诉您")).to_be_visible()
    expect(inside.get_by_text("没有同意，也不影响办事")).to_be_hidden()
    page.get_by_role("button", name="更多").click()
    page.get_by_role("button", name="刷新").click()
    expect(inside.locator("[data-agreed]")).to_have_text("2")
    agree.click()
    page.get_by_role("button", name="不允许", exact=True).click()
    expect(inside.get_by_text("没有同意，也不影响办事")).to_be_visible()
