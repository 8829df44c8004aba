"""What goes wrong at a citizen's end: pressed twice, gone back, two tabs, signed out in the middle, a page kept too
long, a picture that can't be used. Nothing is lost, nothing doubled, and a sentence says what to do.
"""

import re
from functools import cache

import pytest
from playwright.sync_api import expect

from tests import drawn
from tests.browser.street import hold_back, next_page, pass_the_face_page, stored
from tests.town import BUNDLE, wait_for

NUMBER = re.compile(r"JY\d{8}-\d{4}")
CHANGE = f"/bundles/{BUNDLE}/change-information"
PHOTO = f"/bundles/{BUNDLE}/apply/materials/photo"
IDENTITY = f"/bundles/{BUNDLE}/apply/materials/identity"

# What is handed in as a portrait, and a piece of what one is told.
BAD_PHOTOS = {
    "bluish": (lambda: drawn.portrait(drawn.BLUISH), "背景偏蓝，请在白墙前重拍"),
    "beige": (lambda: drawn.portrait(drawn.BEIGE), "背景偏黄，请在白墙前重拍"),
    "greenish": (lambda: drawn.portrait(drawn.GREENISH), "背景偏绿，请在白墙前重拍"),
    "pinkish": (lambda: drawn.portrait(drawn.PINKISH), "背景偏红，请在白墙前重拍"),
    "grey": (lambda: drawn.portrait(drawn.GREY), "背景偏暗，请在白墙前、光线亮的地方重拍"),
    "no-colour": (drawn.black_and_white, "请换一张彩色照片"),
    "wide": (drawn.landscape, "照片太宽了。请竖着拍"),
    "blurred": (lambda: drawn.jpeg(drawn.person(blur=8)), "照片太模糊了"),
    "tiny": (lambda: drawn.jpeg(drawn.person(size=(150, 185))), "照片太小了，只有 150×185"),
}
BAD_FILES = {
    "empty": (lambda: b"", "这是一个空文件"),
    "words": (lambda: b"no picture at all", "这个文件不是照片"),
    "truncated": (drawn.truncated, "这张照片不完整"),
    "bomb": (drawn.bomb, "尺寸太大了"),
    "gif": (drawn.gif, "这种格式的图片用不了"),
    "animated": (drawn.animated, "这是会动的图"),
    "heic": (drawn.heic, "兼容性最佳"),
    "pdf": (drawn.pdf, "拍成照片，再上传"),
}


made = cache(lambda make: make())


def to_check(page, town, phone="13800005620"):
    """Through card and form of a change of information, to the page where one checks."""
    page.goto(f"{town.url}{CHANGE}/card")
    next_page(page)
    page.get_by_label(re.compile("手机号码")).fill(phone)
    next_page(page)
    expect(page.get_by_role("button", name="提交申请")).to_be_visible()


def cases(page, town):
    """How many cases the list shows."""
    page.goto(f"{town.url}/cases")
    return page.locator('a.row-link[href^="/cases/"]').count()


@pytest.mark.parametrize("scripts", [True, False])
def test_pressed_twice_and_gone_back_opens_one_case_with_one_effect(town, street, scripts):
    citizen = town.citizen("active").sign_in()
    page = street.phone(citizen, scripts=scripts)
    to_check(page, town)
    page.get_by_role("button", name="提交申请").dblclick(no_wait_after=True)
    expect(page.get_by_text(NUMBER).first).to_be_visible()
    page.go_back()
    expect(page.get_by_role("button", name="提交申请")).to_have_count(0)
    expect(page.locator("main")).to_contain_text(re.compile(r"JY\d{8}|开始|选一张社保卡|填写信息"))
    assert cases(page, town) == 1
    assert len(town.effects(citizen)) == 1


def test_a_form_gone_back_to_after_submitting_submits_nothing_again(town, street):
    citizen = town.citizen("active").sign_in()
    page = street.phone(citizen)
    to_check(page, town)
    other = street.follow(page)
    to_check(other, town)
    page.reload()
    page.get_by_role("button", name="提交申请").click()
    expect(page.get_by_text(NUMBER).first).to_be_visible()
    other.get_by_role("button", name="提交申请").click()
    expect(other.get_by_text(NUMBER).first).to_be_visible()
    assert cases(page, town) == 1


def test_of_two_tabs_on_one_draft_the_second_is_told_and_shows_what_is_new(town, street):
    citizen = town.citizen("active").sign_in()
    first = street.phone(citizen)
    to_check(first, town, "13800005620")
    second = street.follow(first)
    second.goto(f"{town.url}{CHANGE}/form")
    second.get_by_label(re.compile("手机号码")).fill("13900001111")
    next_page(second)
    expect(second.get_by_text("139****1111")).to_be_visible()
    first.get_by_role("button", name="提交申请").click()
    expect(first.locator("#errors")).to_contain_text("内容刚刚有改动，请再核对一遍")
    expect(first.get_by_text("139****1111")).to_be_visible()
    assert len(town.effects(citizen)) == 0
    first.get_by_role("button", name="提交申请").click()
    expect(first.get_by_text(NUMBER).first).to_be_visible()
    assert cases(first, town) == 1
    assert len(town.effects(citizen)) == 1


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("how", ["cookie gone", "ended"])
def test_signed_out_in_the_middle_one_signs_in_again_and_finds_what_was_typed(town, street, how, scripts):
    citizen = town.citizen("active").sign_in()
    page = street.phone(citizen, scripts=scripts)
    page.goto(f"{town.url}{CHANGE}/card")
    next_page(page)
    page.get_by_label(re.compile("手机号码")).fill("13800005620")
    next_page(page)
    page.goto(f"{town.url}{CHANGE}/form")
    page.get_by_label(re.compile("通讯地址")).fill("揭阳市榕城区东兴街道望江北路 12 号")
    if how == "ended":
        assert citizen.api("DELETE", "/sessions/current").status_code == 204
    else:
        page.context.clear_cookies(name="wxserver_session")
    next_page(page)
    page.get_by_role("link", name="用微信登录").click()
    expect(page.get_by_role("button", name=re.compile("开始人脸核验"))).to_be_visible()
    if page.get_by_label("姓名").count():
        page.get_by_label("姓名").fill(citizen.name)
        page.get_by_label(re.compile("证件号码")).fill(citizen.id_number)
    if page.get_by_role("checkbox").count():
        page.get_by_role("checkbox").check()
    page.get_by_role("button", name=re.compile("开始人脸核验")).click()
    pass_the_face_page(page)
    expect(page.get_by_label(re.compile("手机号码"))).to_have_value("13800005620")
    if scripts:
        expect(page.get_by_label(re.compile("通讯地址"))).to_have_value("揭阳市榕城区东兴街道望江北路 12 号")


@pytest.mark.parametrize("late", [False, True])
def test_what_is_typed_stays_when_the_page_is_left(town, street, late):
    """Also what was typed before the script came, on a slow line."""
    citizen = town.citizen("active").sign_in()
    page = street.phone(citizen)
    let_go = hold_back(page, "**/steps.js*") if late else None
    page.goto(f"{town.url}{CHANGE}/form", wait_until="commit" if late else "load")
    page.get_by_label(re.compile("手机号码")).fill("13800005620")
    if let_go:
        page.get_by_label(re.compile("手机号码")).blur()
        let_go()
        page.wait_for_load_state("load")
    page.get_by_role("link", name="返回").click()
    wait_for(lambda: citizen.api("GET", f"/drafts/{BUNDLE}/change-information").status_code == 200)
    page.goto(f"{town.url}{CHANGE}")
    expect(page.locator("main")).to_contain_text(re.compile("您有一份.*草稿，继续"))
    page.goto(f"{town.url}{CHANGE}/form")
    expect(page.get_by_label(re.compile("手机号码"))).to_have_value("13800005620")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_page_kept_too_long_shows_the_form_again_with_everything_typed(town, street, scripts):
    citizen = town.citizen("active").sign_in()
    page = street.phone(citizen, scripts=scripts)
    page.goto(f"{town.url}{CHANGE}/form")
    page.evaluate("document.querySelectorAll('[name=csrf_token]').forEach(each => { each.value = 'old'; })")
    page.get_by_label(re.compile("手机号码")).fill("13800005620")
    with page.expect_response(lambda response: response.request.method == "POST") as answered:
        next_page(page)
    assert answered.value.status == 400
    expect(page.get_by_text("您填的都还在").first).to_be_visible()
    expect(page.get_by_label(re.compile("手机号码"))).to_have_value("13800005620")
    next_page(page)
    expect(page.get_by_text("138****5620")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize(("place", "samples"), [(PHOTO, BAD_PHOTOS), (IDENTITY, BAD_FILES)])
def test_a_picture_that_can_not_be_used_is_answered_with_what_to_do(town, street, tmp_path, place, samples, scripts):
    citizen = town.citizen().sign_in()
    page = street.phone(citizen, scripts=scripts)
    page.goto(town.url + place)
    wrong = {}
    for name, (make, sentence) in samples.items():
        file = tmp_path / f"{name}.jpg"
        file.write_bytes(made(make))
        if scripts:
            page.locator('input[type="file"]').last.set_input_files(file)
            told = page.locator("[data-told]")
        else:
            page.locator('input[name="file"]').set_input_files(file)
            page.get_by_role("button", name="上传这张").click()
            told = page.locator("#file-error")
        try:
            expect(told).to_contain_text(sentence, timeout=8000)
        except AssertionError:
            wrong[name] = told.all_inner_texts()
    assert wrong == {}
    expect(page.locator("img.shot-picture")).to_have_count(0)
    assert stored(town, _OWN, name=citizen.openid) == []
    page.get_by_role("button", name="下一步").click()
    expect(page.locator("#errors")).to_contain_text("请先上传")


_OWN = "SELECT upload.id FROM upload JOIN wechat_user ON wechat_user.person_id = upload.person_id WHERE openid = :name"
