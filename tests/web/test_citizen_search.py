"""The search box: everyday words lead to an item, its date or a question; numbers stay out of addresses."""

import re

import pytest


def looked_up(browser, words):
    answer = browser.post("/", data={"q": words})
    return browser.get(answer.location) if answer.status_code == 303 else answer


@pytest.fixture
def browser(jieyang):
    return jieyang.client()


def test_words_lead_to_items_with_their_limits_and_to_questions(browser):
    page = looked_up(browser, " 社保卡丢了 ").text
    assert page.index("/bundles/social-security-card/loss") < page.index("/bundles/social-security-card/replace")
    assert "即时办结" in page
    assert re.search(r"今天申请，预计.*月\d+日前办结", page)
    question = looked_up(browser, "25 个工作日从哪天算").text
    assert "/bundles/social-security-card/apply#q-when" in question


def test_the_words_stand_in_the_address_so_that_one_can_come_back(browser):
    answer = browser.post("/", data={"q": "卡丢了"})
    assert answer.status_code == 303
    assert "q=" in answer.location


@pytest.mark.parametrize(
    "words",
    [
        "445202195603120021",
        "身份证 4452 0219 5603",
        "138-0000-5620",
        "x1234567",
        "138–0000–5620",
        "１３８.００００",
        "138\u30000000",
        "一三八零零零零",
    ],
)
def test_a_number_is_not_searched_and_never_gets_into_an_address(browser, words):
    answer = browser.post("/", data={"q": words})
    assert answer.status_code == 200
    assert "不用填号码" in answer.text
    assert words not in answer.text


@pytest.mark.parametrize("words", ["天气", "<script>alert(1)</script>", "？", "啊" * 500])
def test_what_fits_nothing_leads_to_all_items_the_phone_and_the_window(browser, words):
    page = looked_up(browser, words).text
    assert "没有找到" in page
    assert "<script>alert" not in page
    for way in ("/bundles/social-security-card/apply", "tel:12333", "到窗口办"):
        assert way in page


def test_words_that_find_nothing_may_be_a_name_and_stay_out_of_the_address(browser):
    assert browser.post("/", data={"q": "陈志强"}).status_code == 200


def test_a_number_in_an_address_made_by_hand_is_dropped_from_it(browser):
    answer = browser.get("/?q=445202195603120021")
    assert (answer.status_code, answer.location) == (303, "/?q=")
    assert "您想办什么事" in browser.get("/?q=").text


def test_what_can_not_be_seen_is_left_out(browser):
    assert "挂失" in looked_up(browser, "卡丢了\x00\x07").text


def test_nothing_written_leads_home(browser):
    assert browser.post("/", data={"q": "  "}).location == "/"
    assert browser.post("/").location == "/"


def test_searching_needs_no_fresh_page_of_somebody_who_is_signed_in(jieyang):
    browser = jieyang.browser("somebody")
    assert looked_up(browser, "挂失").status_code == 200
