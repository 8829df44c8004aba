"""微信通知: where one agrees to be told, who is led there, and what the page lets in."""

import re
import uuid

import pytest

from tests.web.letters import someone
from tests.web.pages import page, signed_in
from tests.web.world import NAME
from wxserver.store import people, subscriptions

HERE = "/me/notices"
LINK = 'href="/me/notices"'


@pytest.fixture
def openid():
    return f"wx-{uuid.uuid4().hex}"


@pytest.fixture
def lin(jieyang, openid):
    """Somebody with a case under way: their browser, and the case."""
    who = someone(jieyang)
    return signed_in(jieyang, openid, who.number), who.applied()


@pytest.fixture
def user(jieyang, lin, openid):
    """The id of their WeChat user in the official account."""
    with jieyang.app.extensions["world"].database.read() as unit:
        return people.known_wechat_user(unit, "jieyang", openid)


def follow(jieyang, user, follows):
    with jieyang.app.extensions["world"].database.write() as unit:
        people.found_following(unit, user, follows)


def test_the_page_asks_for_the_accounts_templates_and_names_nobody(jieyang, lin):
    browser, case = lin
    html = page(browser, HERE)
    [notice] = [
        each.template_id
        for each in jieyang.app.extensions["usecases"].mini_programs._templates["jieyang"]
        if each.channel == "bizsend"
    ]

    assert f'<wx-open-subscribe template="{notice}">' in html
    assert NAME not in html
    assert case not in html
    assert "进展也都在这里" in html


def test_only_there_wechats_script_is_let_in(jieyang, lin):
    browser, case = lin
    told = browser.get(HERE)
    [script] = re.findall(r'<script src="(http[^"]+)"', told.text)
    origin = script.partition("/open/")[0]

    policy = told.headers["Content-Security-Policy"]
    assert f"script-src 'self' {origin};" in policy
    assert "unsafe" not in policy.partition("script-src")[2].partition(";")[0]
    for path in ("/me", "/messages", f"/cases/{case}", "/", "/nowhere"):
        other = browser.get(path).headers["Content-Security-Policy"]
        assert "script-src 'self';" in other, path
        assert "unsafe" not in other, path


@pytest.mark.parametrize("follows", [None, False, True])
def test_who_would_not_be_told_otherwise_is_led_there(jieyang, lin, user, follows):
    browser, case = lin
    follow(jieyang, user, follows)

    led = [LINK in page(browser, path) for path in ("/me", "/messages", f"/cases/{case}")]

    assert led == [follows is not True] * 3
    assert ("不点也能收到" in page(browser, HERE)) is (follows is True)


def test_the_page_counts_what_was_agreed_to_and_not_had_yet(jieyang, lin, user):
    browser, _ = lin
    world = jieyang.app.extensions["world"]
    [notice] = jieyang.app.extensions["usecases"].mini_programs._templates["jieyang"]
    assert re.search(r"data-agreed>0<", page(browser, HERE))
    for template, state in ((notice.template_id, "accepted"), (notice.template_id, "spent"), ("another", "accepted")):
        with world.database.write() as unit:
            now = world.clock.now()
            subscriptions.note(
                unit,
                wechat_user_id=user,
                template_id=template,
                state=state,
                origin=uuid.uuid4().hex,
                scene="1",
                at=now,
                now=now,
            )

    assert re.search(r"data-agreed>1<", page(browser, HERE))


def test_an_account_without_such_templates_has_no_such_page(jieyang, lin, monkeypatch):
    browser, case = lin
    monkeypatch.setitem(jieyang.app.extensions["usecases"].mini_programs._templates, "jieyang", ())

    assert browser.get(HERE).status_code == 404
    assert LINK not in page(browser, f"/cases/{case}")


def test_who_is_nobody_yet_signs_in_first(jieyang):
    told = jieyang.client().get(HERE)

    assert told.status_code in (302, 303, 401)
    assert "wx-open-subscribe" not in told.text
