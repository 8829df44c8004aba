"""The form for account and password in a real browser, with JavaScript and without."""

import pytest
from playwright.sync_api import expect


@pytest.mark.parametrize("scripts", [True, False])
def test_the_digits_are_heard_without_leaving_the_page(street, town, scripts):
    page = street.phone(town.citizen().open(), scripts=scripts)
    page.goto(f"{town.url}/login/password?next=/cases")
    drawn = page.locator('[name="captcha_id"]').get_attribute("value")
    sound = page.get_by_label("听图里的 4 个数字")
    expect(sound).to_be_visible()
    page.get_by_label("账号名").fill("lan.lan")
    # The controls of a sound are the browser's own: a finger finds its play button at the left end.
    with page.expect_response(lambda answer: answer.url.endswith(f"/{drawn}.wav")) as heard:
        sound.click(position={"x": 22, "y": 27})
    assert heard.value.status in (200, 206)
    page.wait_for_timeout(500)
    assert page.evaluate("document.querySelector('audio').error") is None
    assert page.evaluate("document.querySelector('audio').currentTime") > 0
    assert page.url.endswith("/login/password?next=/cases")
    expect(page.get_by_label("账号名")).to_have_value("lan.lan")
    assert page.locator('[name="captcha_id"]').get_attribute("value") == drawn


@pytest.mark.parametrize("scripts", [True, False])
def test_other_digits_keep_what_was_typed_and_enter_signs_in(street, town, scripts):
    page = street.phone(town.citizen().open(), scripts=scripts)
    page.goto(f"{town.url}/login/password?next=/cases")
    drawn = page.locator('[name="captcha_id"]').get_attribute("value")
    page.get_by_text("单位的", exact=True).click()
    page.get_by_label("账号名").fill("lan.lan")
    page.get_by_label("密码", exact=True).fill("anything at all")
    page.get_by_role("button", name="换一张").click()
    expect(page.get_by_role("status")).to_have_text("换好了。密码要再填一遍。")
    expect(page.get_by_role("img", name="图里有 4 个数字")).to_be_in_viewport()
    assert page.locator('[name="captcha_id"]').get_attribute("value") != drawn
    expect(page.get_by_label("单位的")).to_be_checked()
    expect(page.get_by_label("账号名")).to_have_value("lan.lan")
    page.get_by_label("图里的 4 个数字", exact=True).press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("请填写密码。")
    expect(page.get_by_role("alert")).to_contain_text("请填写图里的 4 个数字。")
