"""WeChat login: addresses, codes, and the ways in which WeChat says no."""

import logging
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from tests.adapters.scripted import json_answer, plain_answer, raw_answer
from wxserver.adapters.wechat import LoginAccount, WeChatOAuth
from wxserver.ports import Unavailable, WeChatIdentity, WeChatRefused

APP = LoginAccount("service", "wx1111111111111111", "7007secret")
MINI = LoginAccount("miniprogram", "wx2222222222222222", "7007mini")


@pytest.fixture
def login(side, http):
    return WeChatOAuth({"jieyang": APP, "mini": MINI}, side.url, "https://open.weixin.qq.com/", http)


def wechat(document):
    return json_answer(document, content_type="text/plain")


def test_the_authorize_address_keeps_wechats_order_and_ends_in_its_fragment(login):
    back = "http://127.0.0.1:8000/wechat/jieyang/oauth?x=1&y=林"
    url = login.authorize_url("jieyang", back, "abcDEF0123")
    assert url == (
        "https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx1111111111111111"
        "&redirect_uri=http%3A%2F%2F127.0.0.1%3A8000%2Fwechat%2Fjieyang%2Foauth%3Fx%3D1%26y%3D%E6%9E%97"
        "&response_type=code&scope=snsapi_base&state=abcDEF0123#wechat_redirect"
    )
    assert dict(parse_qsl(urlsplit(url).query))["redirect_uri"] == back


@pytest.mark.parametrize("state", ["", "a-b", "a_b", "a b", "a" * 129, "é", "a\n"])
def test_a_state_that_wechat_would_mangle_is_refused(login, state):
    with pytest.raises(ValueError, match="state"):
        login.authorize_url("jieyang", "http://127.0.0.1:8000/", state)


def test_a_code_is_redeemed_for_the_openid(login, side):
    side.says(wechat({"access_token": "t", "openid": "oA", "scope": "snsapi_base", "expires_in": 7200}))
    assert login.exchange("jieyang", "c&d=") == WeChatIdentity("oA", None, False)
    url = urlsplit(side.last.path)
    assert url.path == "/sns/oauth2/access_token"
    assert parse_qs(url.query) == {
        "appid": ["wx1111111111111111"],
        "secret": ["7007secret"],
        "code": ["c&d="],
        "grant_type": ["authorization_code"],
    }


def test_a_mini_program_code_is_redeemed_for_openid_and_unionid(login, side):
    side.says(wechat({"openid": "oB", "session_key": "k", "unionid": "u1", "errcode": 0}))
    assert login.mini_program("mini", "c") == WeChatIdentity("oB", "u1", False, "k")
    url = urlsplit(side.last.path)
    assert url.path == "/sns/jscode2session"
    assert parse_qs(url.query) == {
        "appid": ["wx2222222222222222"],
        "secret": ["7007mini"],
        "js_code": ["c"],
        "grant_type": ["authorization_code"],
    }


@pytest.mark.parametrize(
    ("flag", "snapshot"), [(1, True), ("1", True), (True, True), (2, True), (0, False), ("0", False), (None, False)]
)
def test_a_login_from_a_snapshot_page_is_marked(login, side, flag, snapshot):
    side.says(wechat({"openid": "oA", "is_snapshotuser": flag}))
    assert login.exchange("jieyang", "c").snapshot is snapshot


@pytest.mark.parametrize("code", [40029, 40163, 40226, 41008, 99999])
def test_an_errcode_is_a_refusal(login, side, code, caplog):
    side.says(wechat({"errcode": code, "errmsg": f"no, rid: {'x' * 500}"}))
    for redeem in (lambda: login.exchange("jieyang", "c"), lambda: login.mini_program("mini", "c")):
        with pytest.raises(WeChatRefused) as caught:
            redeem()
        assert caught.value.code == code
        assert len(caught.value.message) <= 200
        assert str(caught.value).startswith(f"{code} no, rid: xxx")
    assert caplog.records == []


@pytest.mark.parametrize("code", [40013, 40125, 40164, 48001])
def test_an_errcode_about_our_configuration_alerts_us(login, side, code, caplog):
    side.says(wechat({"errcode": code, "errmsg": "invalid ip 1.2.3.4"}))
    with pytest.raises(WeChatRefused):
        login.exchange("jieyang", "c")
    assert [record.levelname for record in caplog.records] == ["ERROR"]


@pytest.mark.parametrize("code", [-1, 45009, 45011])
def test_a_busy_wechat_refuses_nobody(login, side, code):
    side.says(wechat({"errcode": code, "errmsg": "system error"}))
    with pytest.raises(Unavailable):
        login.exchange("jieyang", "c")


@pytest.mark.parametrize(
    "answer",
    [
        plain_answer(b"busy", 502),
        json_answer({"openid": "oA"}, 500),
        plain_answer(b"", 302, Location="/x"),
        plain_answer(b"<html>"),
        wechat([]),
        wechat({}),
        wechat({"openid": ""}),
        wechat({"openid": 7}),
        wechat({"openid": "o" * 129}),
        wechat({"openid": "o", "unionid": 7}),
        wechat({"errcode": "40029"}),
        wechat({"errcode": 1.5}),
        raw_answer(b""),
    ],
)
def test_everything_else_is_no_definite_answer(login, side, answer):
    side.says(answer)
    with pytest.raises(Unavailable):
        login.exchange("jieyang", "c")


@pytest.mark.parametrize("code", ["", "c" * 513, "c\n", "码", "\ud800"])
def test_a_code_that_wechat_cannot_have_given_is_refused_without_asking(login, side, code):
    for redeem in (lambda: login.exchange("jieyang", code), lambda: login.mini_program("mini", code)):
        with pytest.raises(WeChatRefused) as caught:
            redeem()
        assert caught.value.code == 40029
    assert side.received == []


def test_an_account_of_the_other_kind_or_none_is_no_account(login):
    for call in (
        lambda: login.exchange("mini", "c"),
        lambda: login.mini_program("jieyang", "c"),
        lambda: login.authorize_url("mini", "http://127.0.0.1/", "a"),
        lambda: login.exchange("nobody", "c"),
    ):
        with pytest.raises(KeyError):
            call()


def test_no_secret_and_no_code_is_logged_or_shown(login, side, caplog):
    caplog.set_level(logging.DEBUG)
    for answer in (raw_answer(b""), wechat({"errcode": 40125, "errmsg": "bad"}), plain_answer(b"", 500)):
        side.says(answer)
        with pytest.raises((Unavailable, WeChatRefused)) as caught:
            login.exchange("jieyang", "onetimecode")
        shown = caplog.text + repr(caught.value) + repr(caught.value.__context__) + repr(APP)
        assert "7007" not in shown
        assert "onetimecode" not in shown
