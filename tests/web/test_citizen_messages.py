"""我的消息: what stands there, what counts as read, and where one is led to it."""

import re
from datetime import timedelta

import pytest

from tests.web.letters import read_at, someone, tell
from tests.web.pages import page
from wxserver.usecases.inbox import MOST_COUNTED


@pytest.fixture
def database(jieyang):
    return jieyang.app.extensions["world"].database


@pytest.fixture
def now(jieyang):
    return jieyang.app.extensions["world"].clock.now()


@pytest.fixture
def lin(jieyang):
    """Somebody who has applied; their browser and case."""
    who = someone(jieyang)
    case = who.applied()
    return who.browser(), case


def test_an_empty_inbox_says_what_will_come(jieyang):
    html = page(someone(jieyang).browser(), "/messages")

    assert "还没有消息" in html
    assert "办件有进展" in html
    assert 'href="/cases"' in html


def test_messages_stand_newest_first_each_with_the_way_to_its_case(lin, database, now):
    browser, case = lin
    for hours, title in ((3, "第一条"), (1, "第三条"), (2, "第二条")):
        tell(database, case, now - timedelta(hours=hours), title)

    html = page(browser, "/messages")

    assert re.findall(r"第.条", html) == ["第三条", "第二条", "第一条"]
    assert html.count(f'href="/cases/{case}"') == 3
    assert html.count("看这件办件") == 3
    assert "您的申请已经受理" in html


def test_what_is_new_is_marked_in_words_and_read_once_it_was_shown(lin, database, now):
    browser, case = lin
    told = tell(database, case, now)

    assert page(browser, "/messages").count("未读") == 1
    assert read_at(database, told) is not None
    assert "未读" not in page(browser, "/messages")


def test_a_page_that_nobody_looks_at_leaves_it_unread(lin, database, now):
    browser, case = lin
    told = tell(database, case, now)

    assert browser.head("/messages").status_code == 200
    assert browser.get("/messages", headers={"Sec-Purpose": "prefetch;prerender"}).status_code == 200
    assert browser.get(f"/cases/{case}", headers={"Sec-Purpose": "prefetch"}).status_code == 200
    assert read_at(database, told) is None


def test_the_page_of_a_case_reads_what_is_about_it_and_nothing_else(jieyang, database, now):
    who = someone(jieyang)
    case, other = who.applied(), who.mini.post("cases", who.mini.change(), "change").json["number"]
    browser = who.browser()
    about, else_ = tell(database, case, now), tell(database, other, now)

    page(browser, f"/cases/{case}")

    assert read_at(database, about) is not None
    assert read_at(database, else_) is None


def test_a_strangers_look_at_a_case_reads_nothing(jieyang, lin, database, now):
    _, case = lin
    told = tell(database, case, now)

    page(someone(jieyang).browser(), f"/cases/{case}", 404)

    assert read_at(database, told) is None


def test_only_what_a_page_shows_becomes_read(lin, database, now):
    browser, case = lin
    told = [tell(database, case, now - timedelta(minutes=each)) for each in range(22)]

    first = page(browser, "/messages")

    assert first.count("看这件办件") == 20
    assert [read_at(database, each) is None for each in told] == [False] * 20 + [True] * 2
    onward = re.search(r'href="(/messages\?after=[^"]+)"', first)
    assert onward
    second = page(browser, onward[1])
    assert second.count("看这件办件") == second.count("未读") == 2
    assert "更早的消息" in second
    assert all(read_at(database, each) for each in told)


def test_a_place_that_is_none_leads_to_the_beginning(lin):
    browser, _ = lin

    assert "请从第一页看起" in page(browser, "/messages?after=nothing", 400)


def test_home_and_the_personal_page_say_how_many_are_new(lin, database, now):
    browser, case = lin
    assert 'href="/messages"' not in page(browser, "/")
    assert "条没有读" not in page(browser, "/me")
    for _ in range(2):
        tell(database, case, now)

    assert "有 2 条新消息" in page(browser, "/")
    assert "有 2 条没有读" in page(browser, "/me")
    page(browser, "/messages")
    assert "条新消息" not in page(browser, "/")


def test_more_than_anybody_reads_are_not_counted_on(lin, database, now):
    browser, case = lin
    for _ in range(MOST_COUNTED + 2):
        tell(database, case, now)

    assert f"有 {MOST_COUNTED} 条" in page(browser, "/me")


def test_somebody_without_a_sign_in_is_led_to_it(jieyang):
    response = jieyang.client().get("/messages")

    assert (response.status_code, response.location) == (303, "/login?next=%2Fmessages")
