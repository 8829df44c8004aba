"""The network breaks in the middle of an upload: it is tried again, said in plain words, and stored once."""

import pytest
from playwright.sync_api import expect

from tests import drawn
from tests.browser.street import hold_back, stored
from tests.browser.wire import Wire
from tests.town import BUNDLE, wait_for

PLACE = f"/bundles/{BUNDLE}/apply/materials/photo"
PICTURE = "img.shot-picture"


@pytest.fixture
def wire(town):
    with Wire(town.url) as wire:
        yield wire


@pytest.fixture
def portrait(tmp_path):
    file = tmp_path / "person.jpg"
    file.write_bytes(drawn.good_portrait())
    return file


@pytest.fixture
def at_the_photo(town, street, wire):
    """Make a page that stands at the photo step, at the far end of the wire: (citizen, with JavaScript)."""

    def stand(citizen, scripts=True):
        page = street.phone(citizen, scripts=scripts)
        page.goto(wire.url + PLACE)
        return page

    return stand


def choose(page, file):
    """Take a picture out of the album; without JavaScript there is only one way."""
    plain = page.locator('input[type="file"][name="file"]')
    (plain if plain.is_visible() else page.locator('input[type="file"]').last).set_input_files(file)


def uploads(town):
    """How many pictures are stored."""
    return stored(town, "SELECT count(*) FROM upload")[0][0]


def test_an_upload_that_breaks_twice_arrives_once(town, wire, at_the_photo, portrait):
    citizen = town.citizen().sign_in()
    page = at_the_photo(citizen)
    before = uploads(town)
    wire.break_body(2)
    choose(page, portrait)
    expect(page.get_by_text("网络不太稳定，正在重试（第 1 次）")).to_be_visible()
    expect(page.get_by_text("正在重试（第 2 次）")).to_be_visible()
    expect(page.locator(PICTURE)).to_be_visible(timeout=30000)
    assert wire.broken == 2
    assert uploads(town) == before + 1
    expect(page.locator(PICTURE)).to_have_count(1)


def test_an_upload_whose_answer_is_lost_is_stored_once(town, wire, at_the_photo, portrait):
    citizen = town.citizen().sign_in()
    page = at_the_photo(citizen)
    before = uploads(town)
    wire.break_answer(1)
    choose(page, portrait)
    expect(page.locator(PICTURE)).to_be_visible(timeout=30000)
    assert wire.broken == 1
    assert uploads(town) == before + 1


def test_a_phone_without_network_waits_and_sends_by_itself_when_it_is_back(town, at_the_photo, portrait):
    page = at_the_photo(town.citizen().sign_in())
    page.context.set_offline(True)
    choose(page, portrait)
    expect(page.get_by_text("连上以后会接着传")).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator(PICTURE)).to_be_visible(timeout=30000)


def test_a_network_that_stays_away_keeps_the_picture_and_a_button_to_try_again(town, wire, at_the_photo, portrait):
    page = at_the_photo(town.citizen().sign_in())
    wire.break_body(4)
    page.clock.install()
    choose(page, portrait)
    for tried in (1, 2, 3):
        expect(page.get_by_text(f"正在重试（第 {tried} 次）")).to_be_visible(timeout=30000)
        page.clock.run_for(10_000)
    again = page.get_by_role("button", name="再试一次")
    expect(again).to_be_focused(timeout=30000)
    expect(page.get_by_text("照片还在")).to_be_visible()
    again.click()
    expect(page.locator(PICTURE)).to_be_visible()


def test_an_upload_that_breaks_without_javascript_is_done_by_sending_again(town, wire, at_the_photo, portrait):
    page = at_the_photo(town.citizen().sign_in(), scripts=False)
    before = uploads(town)
    choose(page, portrait)
    wire.break_answer(1)
    page.get_by_role("button", name="上传这张").click()
    wait_for(lambda: wire.broken and uploads(town) == before + 1)
    page.wait_for_url("chrome-error://**")
    page.goto(wire.url + PLACE)
    if not page.locator(PICTURE).count():
        choose(page, portrait)
        page.get_by_role("button", name="上传这张").click()
    expect(page.locator(PICTURE)).to_have_count(1)
    assert uploads(town) == before + 1


def test_a_picture_chosen_before_the_script_came_is_sent_when_it_comes(town, street, portrait):
    page = street.phone(town.citizen().sign_in())
    let_go = hold_back(page, "**/photos.js*")
    page.goto(town.url + PLACE, wait_until="commit")
    before = uploads(town)
    choose(page, portrait)
    let_go()
    expect(page.locator(PICTURE)).to_be_visible()
    assert uploads(town) == before + 1
