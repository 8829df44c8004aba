"""A lost card in one application, and a bundle with every kind of question, as people walk them."""

import re
import secrets

import pytest
from playwright.sync_api import expect

from bundles.people import check_digit
from tests import drawn, papers
from tests.browser import sight
from tests.browser.hands import hand
from tests.browser.street import next_page
from tests.town import wait_for

NUMBER = re.compile(r"DS\d{8}-\d{4}")


@pytest.mark.parametrize(
    ("narrow", "big", "plain", "keys"),
    [(False, False, False, False), (True, True, True, False), (False, True, False, True), (True, False, True, True)],
)
def test_a_lost_card_is_reported_and_replaced_in_one_go(town, street, tmp_path, narrow, big, plain, keys):
    citizen = town.citizen("active", phone="13822905620", address="揭阳市榕城区进贤门大道 18 号").sign_in()
    page = street.phone(citizen, width=320 if narrow else 375, big=big, scripts=not plain)
    fingers = hand(page, keys=keys)
    picture = tmp_path / "id.jpg"
    picture.write_bytes(drawn.card_sample())
    page.goto(f"{town.url}/")
    fingers.press(page.get_by_role("link", name=re.compile("社会保障卡丢失")))
    fingers.choose(page.locator("#item-loss"))
    fingers.choose(page.locator("#item-replace"))
    assert sight.clipped(page) == []
    fingers.press(page.get_by_role("button", name="下一步"))
    fingers.press(page.get_by_role("link", name=re.compile("开始办理")))
    fingers.choose(page.locator('[name="card_id"]').first)
    fingers.press(page.get_by_role("button", name="下一步"))
    expect(page.get_by_text("社保卡系统里留的是").first).to_be_visible()
    fingers.press(page.get_by_role("button", name="下一步"))
    fingers.hand_in(picture)
    if not plain:
        expect(page.locator("img.shot-picture")).to_be_visible()
    fingers.press(page.get_by_role("button", name="下一步"))
    fingers.press(page.get_by_role("button", name="下一步"))
    expect(page.get_by_role("heading", name="请核对，再提交")).to_be_visible()
    assert sight.clipped(page) == []
    fingers.press(page.get_by_role("button", name="提交申请"))
    expect(page.get_by_text(NUMBER).first).to_be_visible()
    fingers.press(page.get_by_role("link", name=re.compile("社会保障卡补领")))
    expect(page.get_by_text("已受理").first).to_be_visible()
    assert wait_for(lambda: [each["effect"] for each in town.effects(citizen)] == ["loss", "productions"])
    assert fingers.presses == 12, "home to the second case, with one picture"


def of_age(town):
    body = "44520219610312" + f"{secrets.randbelow(1000):03d}"
    return town.citizen("sealed", id_number=body + check_digit(body)).sign_in()


@pytest.mark.parametrize("plain", [False, True])
def test_a_pension_is_applied_for_with_date_region_choice_and_signature(town, street, plain):
    citizen = of_age(town)
    page = street.phone(citizen, scripts=not plain)
    page.goto(f"{town.url}/bundles/retirement/pension/form")
    for part, text in (("", "2026"), ("-month", "12"), ("-day", "31")):
        page.locator(f"#form-retire_on{part}").fill(text)
    page.locator('label[for="form-why"]').click()
    page.get_by_label(re.compile("最后的工作单位")).fill("灵活就业")
    page.get_by_label(re.compile("手机号码")).fill("13800005620")
    page.locator('label[for="form-true_answers"]').click()
    for name in ("广东省", "揭阳市", "榕城区"):
        box = page.locator("select").filter(has=page.locator(f'option:text-is("{name}")'))
        if not box.count():
            next_page(page)
        box.select_option(label=name)
    next_page(page)
    expect(page).to_have_url(re.compile("/materials/identity"))
    chooser = 'input[type="file"][name="file"]' if plain else 'input[type="file"] >> nth=-1'
    page.locator(chooser).set_input_files(_file("id.jpg", drawn.card_sample()))
    if plain:
        next_page(page)
    else:
        expect(page.locator("img.shot-picture")).to_be_visible()
        next_page(page)
    expect(page).to_have_url(re.compile("/materials/pledge"), timeout=30000)
    if plain:
        page.locator(chooser).set_input_files(_file("sign.jpg", papers.signed_on_paper()))
        next_page(page)
    else:
        _sign(page)
    expect(page).to_have_url(re.compile("/check"), timeout=30000)
    expect(page.get_by_text("广东省揭阳市榕城区")).to_be_visible()
    page.get_by_role("button", name="提交申请").click()
    expect(page.get_by_text(re.compile(r"TX\d{8}-\d{4}")).first).to_be_visible()
    expect(page.get_by_text("工作人员正在办理").first).to_be_visible()


def _file(name, raw):
    return {"name": name, "mimeType": "image/jpeg", "buffer": raw}


def _sign(page):
    """Write on the pad with the mouse, as a finger would."""
    pad = page.locator("canvas")
    expect(pad).to_be_visible()
    box = pad.bounding_box()
    for begin, end in (((0.2, 0.3), (0.5, 0.8)), ((0.5, 0.2), (0.4, 0.7)), ((0.6, 0.3), (0.8, 0.6))):
        page.mouse.move(box["x"] + box["width"] * begin[0], box["y"] + box["height"] * begin[1])
        page.mouse.down()
        for step in range(1, 12):
            share = step / 11
            page.mouse.move(
                box["x"] + box["width"] * (begin[0] + (end[0] - begin[0]) * share),
                box["y"] + box["height"] * (begin[1] + (end[1] - begin[1]) * share) + 6 * (step % 3),
            )
        page.mouse.up()
    next_page(page)
