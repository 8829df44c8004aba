"""A citizen's talk with the account, from WeChat's push to the page that the link in the answer opens."""

import re

import pytest

from tests import town as towns

LINK = re.compile(r'<a href="([^"]+)">')


@pytest.fixture
def town(small_town):
    yield from towns.behaved(small_town)


def answered(town, citizen, **push):
    answer = town.sandbox.control("push", {"openid": citizen.openid} | push)
    assert answer["status"] == 200
    assert "fault" not in answer
    return answer["reply"] if isinstance(answer["reply"], str) else answer["reply"]["Content"]


@pytest.mark.parametrize("form", ["xml", "json"])
def test_a_question_in_plain_words_leads_to_the_page_where_it_is_done(town, form):
    citizen = town.citizen("active")
    text = answered(town, citizen, text="社保卡丢了怎么办", format=form)
    page = citizen.get(LINK.findall(text)[0].removeprefix(town.url))
    assert page.status_code == 200
    assert "挂失" in page.text


def test_the_code_at_the_window_leads_who_scans_it_to_its_item(town):
    citizen = town.citizen()
    new = answered(town, citizen, event="subscribe", scene="lost-window")
    old = answered(town, citizen, event="SCAN", scene="lost-window")
    assert LINK.findall(new)[0] == LINK.findall(old)[0] == f"{town.url}/bundles/social-security-card/loss"


def test_tapping_the_menu_answers_a_key_and_lets_a_link_open_by_itself(town):
    citizen = town.citizen()
    assert len(LINK.findall(answered(town, citizen, event="CLICK", event_key="HELP_CARD"))) == 7
    assert answered(town, citizen, event="VIEW", event_key=f"{town.url}/") in ("success", "")


def test_a_case_number_opens_the_case_after_signing_in_and_for_nobody_else(town):
    citizen = town.citizen("active").sign_in()
    number = citizen.change_phone().json()["number"]
    stranger = town.citizen("active")
    for somebody in (citizen, stranger):
        text = answered(town, somebody, text=f"{number} 办好了吗")
        assert LINK.findall(text) == [f"{town.url}/cases/{number}"]
        assert "已办结" not in text
    assert "已办结" in citizen.get(f"/cases/{number}").text
    stranger.sign_in()
    assert stranger.get(f"/cases/{number}").status_code == 404


def test_the_mini_programs_account_is_answered_by_its_own_key(town):
    citizen = town.citizen()
    assert "挂失" in answered(town, citizen, text="社保卡丢了", account="jieyang_mini")
