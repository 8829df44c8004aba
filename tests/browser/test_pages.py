"""The citizen's pages in a phone-sized browser: with and without JavaScript, small, big, pressed twice, gone back."""

import re

import pytest
import segno
from playwright.sync_api import expect

from tests.town import BUNDLE

ITEM = re.compile(r"JY\d{8}-\d{4}")


@pytest.fixture
def pages(town, browser, watched):
    """Make a page on a phone: (citizen, width, with JavaScript)."""
    contexts = []

    def phone(citizen, width=375, scripts=True):
        context = browser.new_context(
            viewport={"width": width, "height": 812}, java_script_enabled=scripts, has_touch=True, is_mobile=True
        )
        contexts.append(context)
        page = watched(context.new_page())
        page.goto(f"{town.sandbox.url}/")
        context.add_cookies([{"name": "sandbox_user", "value": citizen.openid, "url": town.sandbox.url}])
        page.goto(f"{town.url}/")
        return page

    yield phone
    for context in contexts:
        context.close()


def next_button(page):
    page.locator("button", has_text="下一步").click()


def sign_in(page, citizen):
    page.get_by_role("link", name=re.compile("点击登录")).click()
    page.get_by_label("姓名").fill(citizen.name)
    page.get_by_label(re.compile("证件号码")).fill(citizen.id_number)
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name=re.compile("开始人脸核验")).click()
    expect(page.get_by_text("核验谁")).to_be_visible()
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("button", name="通过", exact=True).click()
    expect(page.get_by_text("已登录")).to_be_visible()


def fill_in(page, town):
    page.goto(f"{town.url}/bundles/{BUNDLE}/apply/form")
    page.get_by_label(re.compile("手机号码")).fill("13800005620")
    next_button(page)


def cut_off(page):
    """Texts that reach over the window's side: (text, right edge)."""
    return page.evaluate(
        """() => [...document.querySelectorAll('main *')].filter(e => e.children.length === 0 && e.textContent.trim())
            .map(e => [e.textContent.trim().slice(0, 20), e.getBoundingClientRect()])
            .filter(([t, r]) => r.width > 1 && (r.right > window.innerWidth + 1 || r.left < -1))
            .map(([t, r]) => [t, r.right])"""
    )


@pytest.mark.parametrize(("width", "scripts"), [(375, False), (320, True)])
def test_the_whole_journey_with_and_without_javascript_on_small_phones(town, pages, width, scripts):
    citizen = town.citizen("active", "sealed")
    page = pages(citizen, width, scripts)
    sign_in(page, citizen)
    page.get_by_role("link", name=re.compile("去办理")).click()
    page.locator("label", has_text="信息变更").click()
    next_button(page)
    page.locator("a.button, button.button", has_text="开始").first.click()
    page.locator("label.pick-row").first.click()
    next_button(page)
    page.get_by_label(re.compile("手机号码")).fill("138 0000 5620")
    next_button(page)
    expect(page.get_by_text("138****5620")).to_be_visible()
    page.locator("button", has_text="提交").click()
    expect(page.get_by_text("已更新：手机号码").first).to_be_visible()
    assert len(town.effects(citizen)) == 1


@pytest.mark.rule("JY-4.3")
def test_login_stands_under_the_personal_centre(town, pages):
    citizen = town.citizen()
    page = pages(citizen)
    page.get_by_role("link", name=re.compile("点击登录")).click()
    expect(page.get_by_role("heading", name="登录")).to_be_visible()
    page.goto(f"{town.url}/me")
    page.get_by_role("link", name=re.compile("点击登录")).click()
    expect(page.get_by_role("heading", name="登录")).to_be_visible()


@pytest.mark.rule("JY-5.2")
def test_the_provider_can_be_opened_by_long_pressing_a_code(town, pages, picture):
    citizen = town.citizen()
    page = pages(citizen)
    page.get_by_role("link", name=re.compile("点击登录")).click()
    page.get_by_label("姓名").fill(citizen.name)
    page.get_by_label(re.compile("证件号码")).fill(citizen.id_number)
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="用二维码打开").click()
    code = page.get_by_role("img", name="人脸核验的二维码")
    expect(code).to_be_visible()
    picture(page, "face-code")
    address = page.get_by_role("link", name="直接打开核验页").get_attribute("href")
    assert code.get_attribute("src") == segno.make(address, error="m").svg_data_uri(scale=5, border=3)
    opened = page.context.new_page()
    opened.goto(address)
    opened.get_by_role("checkbox").check()
    opened.get_by_role("button", name="下一步").click()
    opened.get_by_role("button", name="通过", exact=True).click()
    expect(opened.get_by_text("已登录")).to_be_visible()
    expect(page.get_by_text("已登录")).to_be_visible()


def test_every_fault_stands_at_its_field_and_in_the_summary_and_what_was_typed_stays(town, pages):
    citizen = town.citizen()
    page = pages(citizen)
    page.get_by_role("link", name=re.compile("点击登录")).click()
    page.get_by_label("姓名").fill("林秀兰")
    page.get_by_label(re.compile("证件号码")).fill("445202195603120022")
    page.get_by_role("button", name=re.compile("开始人脸核验")).click()
    expect(page).to_have_title(re.compile("^错误"))
    assert page.get_by_label("姓名").input_value() == "林秀兰"
    summary = page.locator("[role=alert]").first
    expect(summary.get_by_role("link")).to_have_count(2)
    for link in summary.get_by_role("link").all():
        target = page.locator(link.get_attribute("href"))
        expect(target).to_have_attribute("aria-invalid", "true")


def test_pressed_twice_and_gone_back_opens_one_case(town, pages):
    citizen = town.citizen()
    page = pages(citizen)
    sign_in(page, citizen)
    fill_in(page, town)
    page.locator("button", has_text="提交").dblclick()
    expect(page.get_by_text(ITEM).first).to_be_visible()
    page.go_back()
    page.goto(f"{town.url}/cases")
    expect(page.get_by_text(ITEM)).to_have_count(1)


def test_a_draft_waits_for_who_comes_back(town, pages):
    citizen = town.citizen()
    page = pages(citizen)
    sign_in(page, citizen)
    fill_in(page, town)
    page.goto(f"{town.url}/bundles/{BUNDLE}/apply")
    expect(page.get_by_text("草稿").first).to_be_visible()
    page.goto(f"{town.url}/bundles/{BUNDLE}/apply/form")
    assert page.get_by_label(re.compile("手机号码")).input_value() == "13800005620"


def test_a_page_kept_too_long_shows_the_form_again_with_everything_typed(town, pages):
    citizen = town.citizen()
    page = pages(citizen)
    sign_in(page, citizen)
    page.goto(f"{town.url}/bundles/{BUNDLE}/apply/form")
    page.evaluate("document.querySelector('[name=csrf_token]').value = 'old'")
    page.get_by_label(re.compile("手机号码")).fill("13800005620")
    with page.expect_response(lambda response: response.request.method == "POST") as answered:
        next_button(page)
    assert answered.value.status in (400, 422)
    expect(page.get_by_text("您填的都还在").first).to_be_visible()
    assert page.get_by_label(re.compile("手机号码")).input_value() == "13800005620"
    next_button(page)
    expect(page.get_by_text("138****5620")).to_be_visible()


@pytest.mark.parametrize("width", [375, 320])
def test_nothing_is_cut_off_in_big_text(town, pages, width):
    citizen = town.citizen("active")
    page = pages(citizen, width)
    sign_in(page, citizen)
    number = citizen.sign_in(name=None, id_type=None, id_number=None).apply().json()["number"]
    page.get_by_role("link", name="大字").click()
    for path in ("/", f"/bundles/{BUNDLE}", f"/bundles/{BUNDLE}/apply", "/cases", f"/cases/{number}", "/me", "/help"):
        page.goto(town.url + path)
        assert cut_off(page) == [], path
        small = page.evaluate(
            """() => [...document.querySelectorAll('main *')].filter(e => e.children.length === 0
                && e.textContent.trim() && parseFloat(getComputedStyle(e).fontSize) < 18).map(e => e.textContent)"""
        )
        assert small == [], path


def test_the_check_for_texts_cut_off_finds_one(town, pages):
    page = pages(town.citizen())
    page.evaluate("document.querySelector('main h2, main .row-title').style.marginLeft = '360px'")
    assert cut_off(page)


def test_the_first_page_weighs_less_than_forty_kilobytes(town, browser):
    context = browser.new_context(viewport={"width": 375, "height": 812})
    page = context.new_page()
    sizes = []
    page.on("response", lambda response: sizes.append(len(response.body())))
    page.goto(f"{town.url}/")
    page.wait_for_load_state("networkidle")
    context.close()
    assert 0 < sum(sizes) <= 40 * 1024
