"""Signing with a finger, handing in a PDF, and using again what is there already, in a real browser."""

import pytest
from playwright.sync_api import expect

from tests import papers
from tests.browser.street import next_button, next_page, stored
from tests.papers import CODE

NAME = f"/bundles/{CODE}/sign/materials/name"
PROOF = f"/bundles/{CODE}/sign/materials/proof"
WRITING = [
    [(0.2, 0.3), (0.45, 0.3)],
    [(0.3, 0.15), (0.3, 0.85)],
    [(0.3, 0.4), (0.15, 0.7)],
    [(0.55, 0.3), (0.9, 0.25)],
    [(0.7, 0.2), (0.55, 0.85)],
]


@pytest.fixture
def citizen(town):
    town.desk.publishing.import_document(papers.definition(), origin="command", by="test", comment="test")
    yield town.citizen("active").sign_in()
    town.desk.publishing.retire(CODE, by="test")


def write(page, lines=WRITING):
    """Draw on the canvas with a finger."""
    paper = page.locator("canvas")
    paper.scroll_into_view_if_needed()
    box = paper.bounding_box()
    finger = page.context.new_cdp_session(page)
    for (x, y), (to_x, to_y) in lines:
        for step in range(9):
            share = step / 8
            at = {
                "x": box["x"] + (x + (to_x - x) * share) * box["width"],
                "y": box["y"] + (y + (to_y - y) * share) * box["height"],
            }
            kind = "touchMove" if step else "touchStart"
            finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [at]})
        finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def of_kind(town, kind):
    return stored(town, "SELECT media_type, width, height FROM upload WHERE kind = :kind", kind=kind)


@pytest.mark.parametrize(("width", "big"), [(375, False), (320, True)])
def test_one_signs_with_a_finger_sees_it_and_may_sign_again(town, street, citizen, width, big):
    page = street.phone(citizen, width=width, big=big)
    page.goto(town.url + NAME)
    before = len(of_kind(town, "signature"))
    write(page)
    page.get_by_role("button", name="清空重写").click()
    page.get_by_role("button", name="写好了").click()
    expect(page.get_by_text("还没有写好姓名")).to_be_visible()
    assert len(of_kind(town, "signature")) == before

    write(page)
    page.get_by_role("button", name="写好了").click()
    expect(page.get_by_text("签好了")).to_be_visible(timeout=30000)
    expect(page.locator("img.sign-kept")).to_be_visible()
    assert of_kind(town, "signature")[before:] == [("image/jpeg", 900, 600)]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="删掉，重新签").click()
    expect(page.locator("canvas")).to_be_visible()


def test_what_is_written_outlives_a_turn_of_the_phone_and_goes_along_with_the_next_step(town, street, citizen):
    page = street.phone(citizen)
    page.goto(town.url + NAME)
    write(page, WRITING[:3])
    page.set_viewport_size({"width": 812, "height": 375})
    write(page, WRITING[3:])
    page.set_viewport_size({"width": 375, "height": 812})
    next_page(page)
    page.wait_for_url("**/proof", timeout=30000)
    page.goto(town.url + NAME)
    expect(page.get_by_text("签好了")).to_be_visible(timeout=30000)


def test_a_dot_is_no_name(town, street, citizen):
    page = street.phone(citizen)
    page.goto(town.url + NAME)
    write(page, [[(0.5, 0.5), (0.51, 0.5)]])
    next_button(page)
    expect(page.get_by_text("还没有写好姓名")).to_be_visible()
    expect(page.locator("canvas")).to_be_visible()


def test_a_pdf_is_chosen_and_shown_with_its_pages(town, street, citizen, tmp_path):
    page = street.phone(citizen)
    page.goto(town.url + PROOF)
    good, large = tmp_path / "good.pdf", tmp_path / "large.pdf"
    good.write_bytes(papers.pdf(3))
    large.write_bytes(b"%PDF-1.7" + bytes(11_000_000))
    chooser = page.locator('input[accept="application/pdf,.pdf"]')
    chooser.set_input_files(large)
    expect(page.get_by_text("这个 PDF 太大了")).to_be_visible()
    chooser.set_input_files(good)
    expect(page.get_by_text("PDF，3 页")).to_be_visible(timeout=30000)


def test_an_earlier_photo_is_used_by_one_tap(town, street, citizen):
    ids = [citizen.uploaded("identity_document"), citizen.uploaded("photo")]
    assert citizen.submit("first", bundle=CODE, uploads=ids).status_code == 201
    page = street.phone(citizen, big=True)
    page.goto(f"{town.url}/bundles/{CODE}/again/materials/photo")
    page.get_by_role("button", name="同意，用这张").click()
    expect(page.get_by_text("已上传")).to_be_visible(timeout=30000)
    assert ids[1] in page.locator("img.shot-picture").get_attribute("src")
