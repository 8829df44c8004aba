"""All seven items from the home page to their case, pairwise over width, text size, JavaScript and hands.

What is pressed is counted against JY-7: home, 打包“一件事”, the bundle, expand and tick one item, next, choose the
card, next, edit, next, done. Checking one's answers adds one press, and each picture asked for adds
two: choosing it, and next.
"""

import re

import pytest
from playwright.sync_api import expect

from tests import drawn
from tests.browser import sight
from tests.browser.hands import hand, step_of
from tests.browser.street import pass_the_face_page
from tests.town import BUNDLE

NUMBER = re.compile(r"JY\d{8}-\d{4}")
ANSWERS = {
    "form.phone": "13800005620",
    "form.address": "揭阳市榕城区东兴街道望江北路 12 号",
    "form.action": "report",
    "form.reason": "damaged",
}
# Presses of ours, and what JY-7 takes with check-your-answers. Without JavaScript 下一步 takes what is chosen along.
PRESSES = {
    "apply": (10, 11),
    "activate": (6, 8),
    "loss": (8, 9),
    "replace": (9, 10),
    "change-information": (8, 9),
    "production-progress": (5, 6),
    "card-status": (7, 8),
}
# Seven rows and their opposites: every pair of settings, and every item with every setting, is there.
ROWS = [
    (item, *((bit == "1") != opposite for bit in bits))
    for item, bits in zip(PRESSES, ("0000", "0001", "0010", "0011", "0100", "0101", "0110"), strict=True)
    for opposite in (False, True)
]


@pytest.fixture(scope="session")
def papers(tmp_path_factory):
    """Pictures that are taken: of a person before a white wall, and of a paper."""
    directory = tmp_path_factory.mktemp("papers")
    files = {"photo": directory / "person.jpg", "identity": directory / "card.jpg"}
    files["photo"].write_bytes(drawn.good_portrait())
    files["identity"].write_bytes(drawn.card_sample())
    return files


def answer(fingers, page):
    """Fill in what the form asks for."""
    for name, value in ANSWERS.items():
        for field in page.locator(f'[name="{name}"]:not([type="radio"])').all():
            fingers.fill(field, value)
        for ring in page.locator(f'[name="{name}"][value="{value}"]').all():
            fingers.edit(ring)


def hand_in(fingers, page, papers, material, scripts):
    """Hand in a picture where one must; with JavaScript it goes by itself, and the page shows it."""
    if page.get_by_text("可以不传").count():
        return
    fingers.hand_in(papers[material])
    if scripts:
        expect(page.locator("img.shot-picture")).to_be_visible()


@pytest.mark.rule("JY-7")
@pytest.mark.parametrize(("item", "narrow", "big", "plain", "keys"), ROWS)
def test_every_item_is_done_in_few_presses(town, street, papers, item, narrow, big, plain, keys):
    citizen = town.citizen("active", "sealed", "active").sign_in()
    page = street.phone(citizen, width=320 if narrow else 375, big=big, scripts=not plain)
    fingers = hand(page, keys=keys)
    page.goto(f"{town.url}/")
    fingers.press(page.get_by_role("link", name=re.compile("去办理")))
    fingers.choose(page.locator(f"#item-{item}"))
    fingers.press(page.get_by_role("button", name="下一步"))
    fingers.press(page.get_by_role("link", name=re.compile("开始办理")))
    for _ in range(10):
        assert sight.clipped(page) == []
        step, material = step_of(page)
        if step == "check":
            break
        if step == "card":
            fingers.choose(page.locator('[name="card_id"]').first)
        elif step == "form":
            answer(fingers, page)
        else:
            hand_in(fingers, page, papers, material, not plain)
        fingers.press(page.get_by_role("button", name="下一步"))
    fingers.press(page.get_by_role("button", name="提交申请"))
    expect(page.get_by_text(NUMBER).first).to_be_visible()
    ours, theirs = PRESSES[item]
    assert fingers.presses == ours
    assert ours <= theirs
    assert sight.clipped(page) == []


@pytest.mark.parametrize(("big", "scripts"), [(False, False), (True, True)])
def test_signing_in_goes_by_keyboard_alone(town, street, big, scripts):
    citizen = town.citizen("active")
    page = street.phone(citizen, big=big, scripts=scripts)
    keys = hand(page, keys=True)
    page.goto(f"{town.url}/")
    keys.press(page.get_by_role("link", name=re.compile("点击登录")))
    keys.fill(page.get_by_label("姓名"), citizen.name)
    keys.fill(page.get_by_label(re.compile("证件号码")), citizen.id_number)
    keys.edit(page.locator("#consent"))
    keys.press(page.get_by_role("button", name=re.compile("开始人脸核验")))
    pass_the_face_page(page)
    expect(page.get_by_text("已登录")).to_be_visible()


def test_faults_take_the_focus_and_each_leads_to_its_field_by_keyboard(town, street):
    citizen = town.citizen("active").sign_in()
    page = street.phone(citizen)
    page.goto(f"{town.url}/bundles/{BUNDLE}/apply/form")
    keys = hand(page, keys=True)
    keys.press(page.get_by_role("button", name="下一步"))
    expect(page.locator("#errors")).to_be_focused()
    links = page.locator("#errors a").all()
    assert links
    for link in links:
        address = link.get_attribute("href")
        keys.press(page.locator(f'#errors a[href="{address}"]'))
        page.keyboard.press("Tab")
        inside = page.evaluate(
            "id => !!document.activeElement.closest('.field') && document.activeElement.name", address
        )
        assert inside
        page.evaluate("document.getElementById('errors').focus()")
