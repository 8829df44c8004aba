"""The contracts of the ports `WeChatLogin` and `WeChatPushDoor`, over each adapter against the sandbox."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
import requests

from tests.adapters.scripted import plain_answer
from wxserver.adapters.wechat import LoginAccount, PushDoor, WeChatOAuth
from wxserver.ports import BadSignature, Unavailable, WeChatRefused


def oauth(settings, http):
    accounts = {
        each.code: LoginAccount(each.kind, each.app_id, each.app_secret) for each in settings.wechat.accounts.values()
    }
    return WeChatOAuth(accounts, settings.wechat.api_base_url, settings.wechat.authorize_base_url, http)


ADAPTERS = {"oauth": oauth}


@pytest.fixture(params=ADAPTERS)
def build(request, settings):
    return lambda http: ADAPTERS[request.param](settings, http)


@pytest.fixture
def login(build, http, sandbox):
    return build(http)


def get(url, **query):
    with requests.Session() as session:
        session.trust_env = False
        return session.get(url, params=query, allow_redirects=False, timeout=10)


def consent(login, sandbox, openid, state="abc123", **more):
    """Open the authorize address as that user; the query of the way back."""
    back = f"{sandbox.app_url}/wechat/jieyang/oauth"
    answer = get(login.authorize_url("jieyang", back, state), **{"as": openid}, **more)
    assert answer.headers["Location"].startswith(back + "?")
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


def test_a_consent_comes_back_with_state_and_a_code_worth_the_openid(login, sandbox):
    person = sandbox.person()
    back = consent(login, sandbox, person["openid"], state="f" * 64)
    assert back["state"] == "f" * 64
    identity = login.exchange("jieyang", back["code"])
    assert identity.openid == person["openid"]
    assert identity.snapshot is False


def test_a_code_is_worth_something_once_and_for_five_minutes(login, sandbox):
    openid = sandbox.person()["openid"]
    code = consent(login, sandbox, openid)["code"]
    login.exchange("jieyang", code)
    with pytest.raises(WeChatRefused) as caught:
        login.exchange("jieyang", code)
    assert caught.value.code == 40163
    late = consent(login, sandbox, openid)["code"]
    sandbox.control("time", {"advance": "PT6M"})
    with pytest.raises(WeChatRefused) as caught:
        login.exchange("jieyang", late)
    assert caught.value.code == 40029


def test_a_code_redeemed_by_many_at_once_is_worth_something_once(login, sandbox):
    code = consent(login, sandbox, sandbox.person()["openid"])["code"]

    def redeem(_):
        try:
            return login.exchange("jieyang", code)
        except WeChatRefused:
            return None

    with ThreadPoolExecutor(8) as pool:
        assert len([found for found in pool.map(redeem, range(8)) if found]) == 1


def test_a_made_up_code_is_refused(login):
    for redeem in (lambda: login.exchange("jieyang", "0" * 32), lambda: login.mini_program("jieyang_mini", "0" * 32)):
        with pytest.raises(WeChatRefused) as caught:
            redeem()
        assert caught.value.code == 40029


def test_a_snapshot_page_is_marked(login, sandbox):
    person = sandbox.person()
    identity = login.exchange("jieyang", consent(login, sandbox, person["openid"], forceSnapShot="true")["code"])
    assert identity.snapshot is True
    assert identity.openid != person["openid"]


def test_a_mini_program_code_is_worth_openid_and_unionid(login, sandbox, settings):
    person = sandbox.person()
    app_id = settings.wechat.accounts["jieyang_mini"].app_id
    code = get(f"{sandbox.url}/wx/login", appid=app_id, **{"as": person["openid"]}).json()["code"]
    identity = login.mini_program("jieyang_mini", code)
    assert identity.openid
    assert identity.unionid
    with pytest.raises(WeChatRefused):
        login.mini_program("jieyang_mini", code)


def test_a_wechat_that_is_busy_or_silent_is_no_definite_answer(build, login, impatient, sandbox):
    code = consent(login, sandbox, sandbox.person()["openid"])["code"]
    sandbox.mishap("wechat", "error")
    with pytest.raises(Unavailable):
        login.exchange("jieyang", code)
    sandbox.mishap("wechat", "timeout")
    with pytest.raises(Unavailable):
        build(impatient).exchange("jieyang", code)
    assert login.exchange("jieyang", code)


# Pushes


def door(settings, code):
    account = settings.wechat.accounts[code]
    return PushDoor(account.app_id, account.token, account.encoding_aes_key, account.mode)


@pytest.fixture(params=["jieyang", "plain", "compat", "safe"])
def account(request):
    return request.param


def answering(app_side, push_door, clock, text):
    """Let the stand-in answer pushes as our app would; what it opened."""
    opened = []

    def answer(handler):
        query = dict(parse_qsl(urlsplit(handler.path).query))
        push = push_door.open(query, app_side.last.body, app_side.last.headers["content-type"], clock.now())
        opened.append(push)
        plain_answer(push_door.answer(push, text, query, clock.now()))(handler)

    app_side.says(answer)
    return opened


@pytest.mark.parametrize("text", ["您好，点下面的菜单。", "]]><Content>x</Content>", "<&>😀"])
def test_a_text_is_opened_and_answered_in_the_mode_of_its_account(settings, sandbox, app_side, clock, account, text):
    opened = answering(app_side, door(settings, account), clock, text)
    openid = sandbox.person()["openid"]
    told = sandbox.control("push", {"openid": openid, "text": "社保卡 <进度>", "account": account})
    assert (told["status"], told.get("fault")) == (200, None)
    assert told["reply"]["Content"] == text
    assert told["reply"]["ToUserName"] == opened[0].from_user
    assert (opened[0].msg_type, opened[0].content) == ("text", "社保卡 <进度>")
    assert opened[0].msg_id


def test_a_menu_tap_is_acknowledged_when_there_is_nothing_to_say(settings, sandbox, app_side, clock, account):
    opened = answering(app_side, door(settings, account), clock, None)
    event = {"openid": sandbox.person()["openid"], "event": "CLICK", "event_key": "HELP_CARD", "account": account}
    told = sandbox.control("push", event)
    assert (told["status"], told["reply"], told.get("fault")) == (200, "success", None)
    assert (opened[0].msg_type, opened[0].event, opened[0].event_key) == ("event", "CLICK", "HELP_CARD")


def test_deliveries_of_one_push_have_one_key(settings, sandbox, app_side, clock, account):
    opened = answering(app_side, door(settings, account), clock, "好")
    openid = sandbox.person()["openid"]
    sandbox.control("push", {"openid": openid, "text": "一", "deliveries": 3, "account": account})
    sandbox.control("push", {"openid": openid, "text": "二", "account": account})
    assert len(opened) == 4
    assert len({push.key for push in opened}) == 2


def test_a_push_to_another_account_a_forged_and_a_stale_one_are_refused(settings, sandbox, app_side, clock, account):
    openid = sandbox.person()["openid"]
    sandbox.mishap("wechat", "bad_signature")
    for _ in range(2):
        sandbox.control("push", {"openid": openid, "text": "一", "account": account})
    forged, good = (
        (dict(parse_qsl(urlsplit(request.path).query)), request.body, request.headers["content-type"])
        for request in app_side.received
    )
    right = door(settings, account)
    assert right.open(*good, clock.now())
    with pytest.raises(BadSignature):
        right.open(*forged, clock.now())
    with pytest.raises(BadSignature):
        right.open(*good, clock.now() + timedelta(seconds=330))
    for other in {"jieyang", "plain", "compat", "safe"} - {account}:
        with pytest.raises(BadSignature):
            door(settings, other).open(*good, clock.now())
