"""The checks of how pages look find what they are for: each is shown a fault, planted on a sound page."""

import pytest

from tests.browser import sight
from tests.town import BUNDLE

HOME = "/"


@pytest.fixture
def page(town, street):
    page = street.phone(town.citizen("active").sign_in())
    page.goto(town.url + HOME)
    return page


def plant(page, markup):
    """Put elements at the end of the page; styles go in through the CSSOM, which the content policy allows."""
    page.evaluate(
        """markup => {
            const place = document.createElement("div");
            place.innerHTML = markup;
            place.querySelectorAll("[data-look]").forEach(each => { each.style.cssText = each.dataset.look; });
            document.getElementById("main").append(place);
        }""",
        markup,
    )


CUT = {
    "beyond the window's side": '<p data-look="margin-left: 330px; white-space: nowrap">手机号码 13800005620</p>',
    "cut off by": '<p data-look="width: 90px; overflow: hidden; white-space: nowrap">手机号码 13800005620</p>',
    "cut off by p": '<p data-look="height: 24px; overflow: hidden">一行<br>两行</p>',
    "on top of": '<p>第一行</p><p data-look="margin-top: -20px">第二行</p>',
    "covered by": '<p data-look="position: fixed; bottom: 0; left: 0; right: 0; height: 200px">脚</p>',
    "too long for its field": '<input name="n" data-look="width: 90px" value="一个放不下的很长很长的值">',
}


@pytest.mark.parametrize("fault", CUT)
def test_a_text_cut_off_or_covered_is_found(page, fault):
    assert sight.clipped(page) == []
    plant(page, CUT[fault])
    assert any(found[0].startswith(fault) for found in sight.clipped(page))


def test_a_text_inside_the_window_whose_page_is_no_wider_is_found_where_its_box_cuts_it(page):
    plant(
        page, '<div data-look="overflow: hidden"><p data-look="width: 600px">一行很长的字，' + "字" * 30 + "</p></div>"
    )
    assert page.evaluate("document.scrollingElement.scrollWidth") == 375
    assert sight.clipped(page)


PALE = {
    "text": '<p data-look="color: #999999; background: #ffffff">看不清</p>',
    "see-through": '<p data-look="color: rgba(27, 33, 30, 0.5)">看不清</p>',
    "faded": '<p><span data-look="opacity: 0.5">看不清</span></p>',
    "on colour": '<p data-look="background: #07C160; color: #ffffff">看不清</p>',
    "placeholder and edge": '<input name="n" data-look="border: 1px solid #e2e6e2; background: #ffffff">',
}


@pytest.mark.parametrize("fault", PALE)
def test_a_pale_text_is_found_without_axe(page, fault):
    assert sight.pale(page) == []
    plant(page, PALE[fault])
    assert len(sight.pale(page)) == 1


def test_a_text_that_is_pale_only_while_it_is_pressed_is_found(page):
    page.evaluate(
        "() => { document.styleSheets[0].insertRule('.thing-button:active { background: #07C160; color: #ffffff }', "
        "document.styleSheets[0].cssRules.length); }"
    )
    assert sight.pale(page) == []
    assert len(sight.pale_when_touched(page)) == 1
    assert sight.pale(page) == []


def test_a_ring_whose_words_are_pale_only_when_chosen_is_found(town, page):
    page.goto(f"{town.url}/bundles/{BUNDLE}")
    page.evaluate(
        "() => { document.styleSheets[0].insertRule('.pick-input:checked + .pick-row { color: #aaaaaa }', "
        "document.styleSheets[0].cssRules.length); }"
    )
    found = sight.pale(page)
    assert len(found) >= 7


SMALL = {
    "letters of 14": '<p data-look="font-size: 14px">小字</p>',
    "target of": '<button data-look="height: 30px; padding: 0; border: 0; font-size: 18px">小按钮</button>',
    "disabled": '<button class="button" disabled>下一步</button>',
}


@pytest.mark.parametrize("fault", SMALL)
def test_small_letters_small_targets_and_dead_buttons_are_found(page, fault):
    assert sight.small(page, big=False) == []
    plant(page, SMALL[fault])
    assert [found[0].startswith(fault) for found in sight.small(page, big=False)] == [True]


@pytest.mark.parametrize(
    "fault", ['<img src="/static/icon.svg">', "<input>", '<p data-look="color: #bbbbbb">看不清</p>']
)
def test_axe_finds_a_barrier_under_our_own_content_policy(page, fault):
    assert sight.barriers(page) == []
    plant(page, fault)
    assert sight.barriers(page)


def test_a_message_of_the_browser_is_heard(town, browser, watched):
    context = browser.new_context()
    heard = []
    page = context.new_page()
    page.on("console", lambda message: heard.append(message.text))
    page.goto(town.url + HOME)
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">x</p>')")
    page.wait_for_timeout(50)
    context.close()
    assert any("Content Security Policy" in each or "content security policy" in each.lower() for each in heard)
