"""What an account is asked and told besides messages: what goes over the wire, and answers of every shape."""

import hashlib
import hmac
import json
import logging
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.adapters.scripted import json_answer, plain_answer
from wxserver.adapters.wechat.accounts import WeChatAccountDesk
from wxserver.ports import Follower, LiveTemplate, Unavailable, WeChatRefused
from wxserver.ports.documents import Document, Malformed

OPENID = "oAbCdEfGhIjKlMnOpQrStUvWxYz1"
APP_IDS = {"jieyang": "wx1111111111111111", "mini": "wx2222222222222222"}


class PlainCalls:
    """`WeChatCalls` without the life of tokens, which has tests of its own."""

    def __init__(self, url, http):
        self.url, self.http, self.fetched = url, http, []

    def fetch(self, account):
        self.fetched.append(account)

    def token(self, account):
        return account

    def call(self, account, path, document=None, query=None):
        url = f"{self.url}{path}?{urlencode({'access_token': self.token(account), **(query or {})})}"
        body = b"" if document is None else json.dumps(document, ensure_ascii=False).encode()
        answer = self.http.send("GET" if document is None else "POST", url, {}, body)
        try:
            found = Document.parse(answer.body)
        except Malformed as fault:
            raise Unavailable(str(fault)) from None
        if found.raw("errcode") == -1:
            raise Unavailable("busy")
        if found.raw("errcode"):
            raise WeChatRefused(found.whole("errcode"), str(found.raw("errmsg")))
        return found


@pytest.fixture
def calls(side, http):
    return PlainCalls(side.url, http)


@pytest.fixture
def desk(calls):
    return WeChatAccountDesk(calls, APP_IDS)


def asked(side):
    url = urlsplit(side.last.path)
    query = {name: values[0] for name, values in parse_qs(url.query).items() if name != "access_token"}
    return side.last.method, url.path, query


def refuses(side, code):
    side.says(json_answer({"errcode": code, "errmsg": "no rid: 1-2-3"}))


# Menu


def test_the_menu_is_told_as_it_was_put_in_place(desk, side):
    button = [
        {"name": "微动态", "sub_button": [{"type": "view", "name": "智慧人社", "url": "https://a/", "sub_button": []}]},
        {"type": "click", "name": "帮助", "key": "HELP_CARD", "sub_button": []},
    ]
    side.says(json_answer({"menu": {"button": button, "menuid": 1}, "conditionalmenu": []}))
    assert desk.menu("jieyang") == {
        "button": [
            {"name": "微动态", "sub_button": [{"type": "view", "name": "智慧人社", "url": "https://a/"}]},
            {"type": "click", "name": "帮助", "key": "HELP_CARD"},
        ]
    }
    assert asked(side) == ("GET", "/cgi-bin/menu/get", {})


def test_no_menu_is_none_and_every_other_no_is_a_no(desk, side):
    refuses(side, 46003)
    assert desk.menu("jieyang") is None
    refuses(side, 48001)
    with pytest.raises(WeChatRefused):
        desk.menu("jieyang")


def test_a_menu_is_put_in_place_as_it_is(desk, side):
    menu = {"button": [{"type": "view", "name": "办事", "url": "https://a/?x=1&y=2"}]}
    side.says(json_answer({"errcode": 0, "errmsg": "ok"}))
    desk.create_menu("jieyang", menu)
    assert asked(side) == ("POST", "/cgi-bin/menu/create", {})
    assert side.last.document == menu
    refuses(side, 40018)
    with pytest.raises(WeChatRefused):
        desk.create_menu("jieyang", menu)


# QR codes and followers


def test_a_scene_gets_a_lasting_code(desk, side):
    side.says(json_answer({"ticket": "gQH", "url": "http://weixin.qq.com/q/02x"}))
    assert desk.scene_ticket("jieyang", "窗口1") == "http://weixin.qq.com/q/02x"
    assert asked(side) == ("POST", "/cgi-bin/qrcode/create", {})
    assert side.last.document == {
        "action_name": "QR_LIMIT_STR_SCENE",
        "action_info": {"scene": {"scene_str": "窗口1"}},
    }


@pytest.mark.parametrize("scene", ["", "s" * 65])
def test_a_scene_that_no_code_can_have_is_not_asked_for(desk, side, scene):
    with pytest.raises(ValueError, match="1 to 64"):
        desk.scene_ticket("jieyang", scene)
    assert side.received == []


@pytest.mark.parametrize(
    ("answer", "follower"),
    [
        ({"subscribe": 1, "openid": OPENID, "unionid": "u1", "nickname": ""}, Follower(True, "u1")),
        ({"subscribe": 1, "openid": OPENID}, Follower(True, None)),
        ({"subscribe": 0, "openid": OPENID, "unionid": ""}, Follower(False, None)),
    ],
)
def test_a_user_follows_or_not(desk, side, answer, follower):
    side.says(json_answer(answer))
    assert desk.follower("jieyang", OPENID) == follower
    assert asked(side) == ("GET", "/cgi-bin/user/info", {"openid": OPENID})


# Templates


def test_template_messages_are_listed_with_the_fields_their_text_asks_for(desk, side):
    content = "{{first.DATA}}\n事项:{{thing1.DATA}}\n{{ phrase2.DATA }}{{thing1.DATA}}{{character_string13.DATA}} {{x}}"
    row = {"template_id": "T1", "title": "办理进度", "primary_industry": "", "content": content, "example": ""}
    side.says(json_answer({"template_list": [row, {"template_id": "T2", "title": "", "content": "好"}]}))
    assert desk.templates("jieyang", "template") == (
        LiveTemplate("T1", "办理进度", ("first", "thing1", "phrase2", "character_string13")),
        LiveTemplate("T2", "", ()),
    )
    assert asked(side) == ("GET", "/cgi-bin/template/get_all_private_template", {})


@pytest.mark.parametrize(("account", "channel"), [("jieyang", "bizsend"), ("mini", "miniprogram")])
def test_subscription_templates_are_listed_from_their_own_place(desk, side, account, channel):
    row = {"priTmplId": "P1", "title": "办理进度", "content": "时间:{{time3.DATA}}\n", "example": "", "type": 2}
    side.says(json_answer({"errcode": 0, "errmsg": "ok", "data": [row]}))
    assert desk.templates(account, channel) == (LiveTemplate("P1", "办理进度", ("time3",)),)
    assert asked(side) == ("GET", "/wxaapi/newtmpl/gettemplate", {})


def test_a_channel_that_is_none_has_no_templates(desk, side):
    with pytest.raises(ValueError, match="channel"):
        desk.templates("jieyang", "sms")
    assert side.received == []


# Mini-programs


def test_a_session_key_is_proven_and_not_sent(desk, side):
    side.says(json_answer({"errcode": 0, "errmsg": "ok"}))
    assert desk.session_alive("mini", OPENID, "c2Vzc2lvbg==") is True
    signature = hmac.new(b"c2Vzc2lvbg==", b"", hashlib.sha256).hexdigest()
    assert asked(side) == (
        "GET",
        "/wxa/checksession",
        {"openid": OPENID, "signature": signature, "sig_method": "hmac_sha256"},
    )


def test_a_session_key_that_holds_no_more_is_told_from_a_call_that_went_wrong(desk, side):
    refuses(side, 87009)
    assert desk.session_alive("mini", OPENID, "k") is False
    for code in (87008, 40003, 40013):
        refuses(side, code)
        with pytest.raises(WeChatRefused):
            desk.session_alive("mini", OPENID, "k")


def phone(country="86", number="13800138000", app_id=APP_IDS["mini"]):
    info = {
        "phoneNumber": f"+{country}{number}",
        "purePhoneNumber": number,
        "countryCode": country,
        "watermark": {"timestamp": 1764000000, "appid": app_id},
    }
    return {"errcode": 0, "errmsg": "ok", "phone_info": info}


@pytest.mark.parametrize(
    ("answer", "number"),
    [
        (phone(), "13800138000"),
        (phone(86), "13800138000"),
        (phone("853", "66123456"), "+85366123456"),
        (phone(852, "51234567"), "+85251234567"),
    ],
)
def test_a_phone_number_is_told_with_its_country_where_that_is_another(desk, side, answer, number):
    side.says(json_answer(answer))
    assert desk.phone_number("mini", "abc") == number
    assert asked(side) == ("POST", "/wxa/business/getuserphonenumber", {})
    assert side.last.document == {"code": "abc"}


def test_a_phone_number_given_to_another_app_is_refused(desk, side, caplog):
    side.says(json_answer(phone(app_id=APP_IDS["jieyang"])))
    with pytest.raises(WeChatRefused) as caught:
        desk.phone_number("mini", "abc")
    assert caught.value.code == 40029
    assert "13800138000" not in caplog.text + str(caught.value)
    assert [each.levelname for each in caplog.records if each.name.endswith("accounts")] == ["ERROR"]


@pytest.mark.parametrize("code", ["", "c" * 513, "c\n", "码", "\ud800"])
def test_a_code_that_wechat_cannot_have_given_is_refused_without_asking(desk, side, code):
    with pytest.raises(WeChatRefused) as caught:
        desk.phone_number("mini", code)
    assert caught.value.code == 40029
    assert side.received == []


# Tokens


def test_a_token_is_got_afresh_and_used_once(desk, side, calls):
    side.says(json_answer({"ip_list": ["1.2.3.4"]}))
    desk.token_works("jieyang")
    assert calls.fetched == ["jieyang"]
    assert asked(side) == ("GET", "/cgi-bin/getcallbackip", {})
    refuses(side, 40164)
    with pytest.raises(WeChatRefused):
        desk.token_works("jieyang")


# Answers of every shape

ASK = {
    "menu": lambda desk: desk.menu("jieyang"),
    "scene": lambda desk: desk.scene_ticket("jieyang", "a"),
    "follower": lambda desk: desk.follower("jieyang", OPENID),
    "template": lambda desk: desk.templates("jieyang", "template"),
    "bizsend": lambda desk: desk.templates("jieyang", "bizsend"),
    "phone": lambda desk: desk.phone_number("mini", "abc"),
}


def info(**more):
    return {"phone_info": phone()["phone_info"] | more}


@pytest.mark.parametrize(
    ("ask", "answer"),
    [
        ("menu", {}),
        ("menu", {"menu": []}),
        ("menu", {"menu": {"button": {}}}),
        ("menu", {"menu": {"button": ["办事"]}}),
        ("menu", {"menu": {"button": [{"name": "a", "sub_button": "b"}]}}),
        ("scene", {}),
        ("scene", {"url": 7}),
        ("scene", {"url": "u" * 513}),
        ("follower", {}),
        ("follower", {"subscribe": True}),
        ("follower", {"subscribe": 2}),
        ("follower", {"subscribe": "1"}),
        ("follower", {"subscribe": 1, "unionid": 7}),
        ("template", {}),
        ("template", {"template_list": {}}),
        ("template", {"template_list": [{"template_id": "T"}]}),
        ("template", {"template_list": [{"template_id": 1, "content": "c"}]}),
        ("bizsend", {"data": [7]}),
        ("bizsend", {"data": [{"priTmplId": "P", "content": "x" * 4097}]}),
        ("phone", {}),
        ("phone", info(purePhoneNumber=13800138000)),
        ("phone", info(purePhoneNumber="<script>")),
        ("phone", info(countryCode=None)),
        ("phone", info(countryCode=True)),
        ("phone", info(countryCode="+86")),
        ("phone", info(watermark=None)),
        ("phone", info(watermark={"appid": 7})),
    ],
)
def test_an_answer_that_is_not_of_its_shape_is_none(desk, side, ask, answer, caplog):
    side.says(json_answer({"errcode": 0} | answer))
    with pytest.raises(Unavailable):
        ASK[ask](desk)
    assert "13800138000" not in caplog.text


@pytest.mark.parametrize("ask", ASK)
def test_a_wechat_that_is_busy_or_broken_is_no_definite_answer(desk, side, ask):
    for answer in (json_answer({"errcode": -1, "errmsg": "system error"}), plain_answer(b"<html>", 502)):
        side.says(answer)
        with pytest.raises(Unavailable):
            ASK[ask](desk)


def test_nothing_about_a_person_is_logged(desk, side, caplog):
    caplog.set_level(logging.DEBUG)
    for ask in ASK.values():
        side.says(json_answer({"errcode": 0, "phone_info": info(countryCode="x")["phone_info"], "subscribe": "x"}))
        with pytest.raises(Unavailable):
            ask(desk)
    assert desk.session_alive("mini", OPENID, "session-key-7007") is True
    for secret in (OPENID, "13800138000", "7007"):
        assert secret not in caplog.text
