"""What holds for all pages: how one comes in, the content policy, the weight of the first page, the two text sizes."""

import re

import pytest
import segno
from playwright.sync_api import expect

from tests.browser.street import name_oneself, next_page, sign_in
from tests.town import BUNDLE


@pytest.mark.rule("JY-4.3")
def test_login_stands_under_the_personal_centre(town, street):
    page = street.phone(town.citizen())
    page.goto(f"{town.url}/")
    page.get_by_role("link", name=re.compile("点击登录")).click()
    expect(page.get_by_role("heading", name="登录")).to_be_visible()
    page.goto(f"{town.url}/me")
    page.get_by_role("link", name=re.compile("点击登录")).click()
    expect(page.get_by_role("heading", name="登录")).to_be_visible()


@pytest.mark.parametrize(("width", "scripts"), [(375, False), (320, True)])
def test_one_signs_in_by_face_with_and_without_javascript(town, street, width, scripts):
    citizen = town.citizen("active")
    page = street.phone(citizen, width=width, scripts=scripts)
    page.goto(f"{town.url}/")
    sign_in(page, citizen)
    page.goto(f"{town.url}/me")
    expect(page.get_by_text("正常").first).to_be_visible()


@pytest.mark.rule("JY-5.2")
def test_the_provider_can_be_opened_by_long_pressing_a_code(town, street, picture):
    citizen = town.citizen()
    page = street.phone(citizen)
    page.goto(f"{town.url}/")
    page.get_by_role("link", name=re.compile("点击登录")).click()
    name_oneself(page, citizen)
    page.get_by_role("button", name="用二维码打开").click()
    code = page.get_by_role("img", name="人脸核验的二维码")
    expect(code).to_be_visible()
    picture(page, "face-code")
    address = page.get_by_role("link", name="直接打开核验页").get_attribute("href")
    assert code.get_attribute("src") == segno.make(address, error="m").svg_data_uri(scale=5, border=3)
    opened = page.context.new_page()
    opened.goto(address)
    opened.get_by_role("checkbox").check()
    next_page(opened)
    opened.get_by_role("button", name="通过", exact=True).click()
    expect(opened.get_by_text("已登录")).to_be_visible()
    expect(page.get_by_text("已登录")).to_be_visible()


def test_every_fault_stands_at_its_field_and_in_the_summary_and_what_was_typed_stays(town, street):
    page = street.phone(town.citizen())
    page.goto(f"{town.url}/")
    page.get_by_role("link", name=re.compile("点击登录")).click()
    page.get_by_label("姓名").fill("林秀兰")
    page.get_by_label(re.compile("证件号码")).fill("445202195603120022")
    page.get_by_role("button", name=re.compile("开始人脸核验")).click()
    expect(page).to_have_title(re.compile("^错误"))
    assert page.get_by_label("姓名").input_value() == "林秀兰"
    summary = page.locator("#errors")
    expect(summary).to_be_focused()
    expect(summary.get_by_role("link")).to_have_count(2)
    for link in summary.get_by_role("link").all():
        target = page.locator(link.get_attribute("href"))
        expect(target).to_have_attribute("aria-invalid", "true")


def test_the_switch_to_big_text_stands_on_every_page_comes_back_and_is_remembered(town, street):
    page = street.phone(town.citizen("active").sign_in())
    for path in ("/", f"/bundles/{BUNDLE}", f"/bundles/{BUNDLE}/apply/form", "/cases", "/me", "/help", "/nowhere"):
        page.goto(town.url + path)
        page.get_by_role("link", name="大字").click()
        expect(page.locator("html")).to_have_class("big")
        if path != "/nowhere":
            expect(page).to_have_url(town.url + path)
        page.get_by_role("link", name="标准字").click()
        expect(page.locator("html:not(.big)")).to_have_count(1)


def test_in_big_text_a_page_differs_by_nothing_but_its_class_and_the_switch(town, street):
    """Why the checks may turn big text on in place."""
    page = street.phone(town.citizen("active").sign_in())
    for path in (
        "/",
        f"/bundles/{BUNDLE}",
        f"/bundles/{BUNDLE}/apply",
        f"/bundles/{BUNDLE}/apply/form",
        "/me",
        "/help",
    ):
        seen = []
        for big in (False, True):
            street.enlarge(page.context, big)
            page.goto(town.url + path)
            page.locator(".bar-display").evaluate("each => each.remove()")
            seen.append(re.sub(r"\d{1,2}:\d{2}|data-left=\"\d+\"", "", page.locator("body").inner_html()))
        assert seen[0] == seen[1], path


def test_the_content_policy_allows_nothing_unsafe_and_no_stranger(town, street):
    page = street.phone(town.citizen("active").sign_in())
    for path in ("/", f"/bundles/{BUNDLE}/apply/form", f"/bundles/{BUNDLE}/apply/materials/photo", "/nowhere"):
        answer = page.goto(town.url + path)
        policy = {
            each.split()[0]: each.split()[1:] for each in answer.header_value("content-security-policy").split(";")
        }
        assert not any(
            "unsafe" in source or source in ("*", "http:", "https:") for each in policy.values() for source in each
        )
        for name in ("default-src", "script-src", "style-src"):
            assert policy[name] == ["'self'"]
        assert policy["object-src"] == policy["base-uri"] == ["'none'"]
        assert page.locator("[style], [onclick], [onload], script:not([src])").count() == 0


def test_the_first_page_weighs_less_than_forty_kilobytes_and_needs_no_script(town, street):
    page = street.phone(scripts=False)
    debugger = page.context.new_cdp_session(page)
    debugger.send("Network.enable")
    sizes = []
    debugger.on("Network.loadingFinished", lambda each: sizes.append(each["encodedDataLength"]))
    page.goto(f"{town.url}/", wait_until="networkidle")
    page_and_sheets = sum(sizes)
    sizes.clear()
    page = street.phone()
    debugger = page.context.new_cdp_session(page)
    debugger.send("Network.enable")
    debugger.on("Network.loadingFinished", lambda each: sizes.append(each["encodedDataLength"]))
    page.goto(f"{town.url}/", wait_until="networkidle")
    print(f"first page over the wire: {sum(sizes)} bytes, without JavaScript {page_and_sheets}")
    assert 0 < page_and_sheets <= sum(sizes) <= 40_000
    expect(page.get_by_role("link", name=re.compile("去办理"))).to_be_visible()
