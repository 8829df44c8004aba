"""The contracts of the ports `WeChatMessages` and `WeChatAccounts`, over their adapters against the sandbox."""

import json

import pytest
import requests
from sqlalchemy import create_engine

from tests.database import sqlite_url
from wxserver.adapters.vault import KeyRing, SealingVault
from wxserver.adapters.wechat import LoginAccount, WeChatAccountDesk, WeChatApi, WeChatMessenger
from wxserver.ports import MessageRefused, Outgoing, Unavailable, WeChatRefused
from wxserver.store.database import Database, prepare
from wxserver.store.tables.base import Base
from wxserver.store.tables.messages import WeChatToken
from wxserver.wiring import DatabaseTokens

FULL = {
    "thing1": "社会保障卡补领换领（含旧卡注销、新卡制作与邮寄到家）",
    "phrase2": "等待补正材料",
    "character_string3": "JY20261123-000017",
    "time4": "2026-11-23 15:01",
    "thing5": "👨\u200d👩\u200d👧\u200d👦" * 9,
}
FIELDS = {"template": tuple(FULL), "bizsend": ("thing1", "phrase2", "time3"), "miniprogram": tuple(FULL)[:4]}
ACCOUNTS = {"template": "jieyang", "bizsend": "jieyang", "miniprogram": "jieyang_mini"}


@pytest.fixture
def calls(settings, http, clock, sandbox, tokens):
    """WeChat's server API as the server calls it; `http` may be another."""

    def build(by=http):
        accounts = {
            each.code: LoginAccount(each.kind, each.app_id, each.app_secret)
            for each in settings.wechat.accounts.values()
        }
        return WeChatApi(accounts, settings.wechat.api_base_url, by, tokens, clock)

    return build


@pytest.fixture
def tokens(tmp_path):
    engine = create_engine(sqlite_url(tmp_path))
    prepare(engine)
    Base.metadata.create_all(engine, [Base.metadata.tables[WeChatToken.__tablename__]])
    yield DatabaseTokens(Database(engine, SealingVault(KeyRing.from_file(tmp_path / "keys.json"))))
    engine.dispose()


@pytest.fixture
def messenger(calls):
    return WeChatMessenger(calls())


@pytest.fixture
def desk(calls, settings):
    return WeChatAccountDesk(calls(), {code: each.app_id for code, each in settings.wechat.accounts.items()})


def get(url, **query):
    with requests.Session() as session:
        session.trust_env = False
        return session.get(url, params=query, allow_redirects=False, timeout=10).json()


@pytest.fixture
def mini_login(sandbox, settings):
    """A mini-program's login as WeChat answers it, session key and all, by the person's openid."""

    def log_in(openid):
        account = settings.wechat.accounts["jieyang_mini"]
        code = get(f"{sandbox.url}/wx/login", appid=account.app_id, **{"as": openid})["code"]
        asked = {"appid": account.app_id, "secret": account.app_secret, "grant_type": "authorization_code"}
        return get(f"{sandbox.url}/sns/jscode2session", js_code=code, **asked)

    return log_in


@pytest.fixture
def template_ids(settings):
    return {
        each.channel: each.template_id
        for code in ("jieyang", "jieyang_mini")
        for each in settings.wechat.accounts[code].templates
    }


@pytest.fixture
def outgoing(template_ids, sandbox):
    def build(channel, user, **more):
        values = FULL | {"time3": FULL["time4"]}
        given = {
            "channel": channel,
            "account": ACCOUNTS[channel],
            "openid": user,
            "template_id": template_ids[channel],
            "values": {name: values[name] for name in FIELDS[channel]},
            "url": f"{sandbox.app_url}/cases/JY1",
            "page": "pages/case/case?number=JY1",
            "key": "a" * 32,
        }
        return Outgoing(**(given | more))

    return build


@pytest.fixture
def accept(sandbox, template_ids):
    """One tap in the popup that asks for subscriptions."""

    def tap(channel, openid, **more):
        given = {"openid": openid, "account": ACCOUNTS[channel], "template_id": template_ids[channel], "accept": True}
        sandbox.control("wechat/subscriptions", given | more)

    return tap


def delivered(sandbox):
    return sandbox.items("messages")


# Messages


def test_a_template_message_reaches_a_follower_with_every_value_cut_to_what_wechat_takes(messenger, sandbox, outgoing):
    number = messenger.send(outgoing("template", sandbox.person()["openid"]))
    assert number.isdigit()
    (message,) = delivered(sandbox)
    assert message["data"]["phrase2"] == {"value": "等待补正材"}
    assert message["url"].endswith("/cases/JY1")


def test_the_same_message_sent_again_arrives_once(messenger, sandbox, outgoing):
    openid = sandbox.person()["openid"]
    numbers = {messenger.send(outgoing("template", openid)) for _ in range(3)}
    assert len(numbers) == len(delivered(sandbox)) == 1
    assert messenger.send(outgoing("template", openid, key="b" * 32)) not in numbers


def test_a_message_whose_answer_was_lost_is_in_doubt_and_arrives_once(messenger, calls, impatient, sandbox, outgoing):
    openid = sandbox.person()["openid"]
    before, message = outgoing("template", openid), outgoing("template", openid, key="b" * 32)
    messenger.send(before)
    sandbox.mishap("wechat", "lost_reply", only_effects=True)
    with pytest.raises(Unavailable):
        WeChatMessenger(calls(impatient)).send(message)
    assert messenger.send(message)
    assert len(delivered(sandbox)) == 2


def test_who_does_not_follow_gets_no_template_message(messenger, sandbox, outgoing):
    openid = sandbox.person()["openid"]
    sandbox.control("push", {"openid": openid, "event": "unsubscribe"})
    with pytest.raises(MessageRefused) as caught:
        messenger.send(outgoing("template", openid))
    assert (caught.value.code, caught.value.consequence) == (43004, "not_following")
    assert delivered(sandbox) == []


@pytest.mark.parametrize("channel", ["bizsend", "miniprogram"])
def test_one_acceptance_is_worth_one_subscription_notice(messenger, sandbox, outgoing, accept, mini_login, channel):
    openid = sandbox.person()["openid"]
    if channel == "miniprogram":
        openid = mini_login(openid)["openid"]
    with pytest.raises(MessageRefused) as caught:
        messenger.send(outgoing(channel, openid))
    assert (caught.value.code, caught.value.consequence) == (43101, "not_subscribed")
    accept(channel, openid)
    messenger.send(outgoing(channel, openid))
    with pytest.raises(MessageRefused) as caught:
        messenger.send(outgoing(channel, openid, key="b" * 32))
    assert caught.value.consequence == "not_subscribed"
    assert len(delivered(sandbox)) == 1


@pytest.mark.parametrize(
    ("more", "code", "consequence", "named"),
    [
        ({"openid": "oNobody"}, 40003, "unknown_user", ""),
        ({"template_id": "none"}, 40037, "bad_template", ""),
        ({"values": {"thing1": "只有一项"}}, 47003, "bad_data", "phrase2"),
    ],
)
def test_wechat_names_the_fault(messenger, sandbox, outgoing, more, code, consequence, named):
    with pytest.raises(MessageRefused) as caught:
        messenger.send(outgoing("template", sandbox.person()["openid"], **more))
    assert (caught.value.code, caught.value.consequence, caught.value.message) == (code, consequence, named)
    assert delivered(sandbox) == []


def test_a_quota_that_is_used_up_is_told(messenger, sandbox, outgoing):
    openid = sandbox.person()["openid"]
    path = "/cgi-bin/message/template/send"
    for limits, code in (({"per_day": 0}, 45009), ({"per_minute": 0}, 45011)):
        sandbox.control("wechat/quotas", {"path": path} | limits, "PUT")
        with pytest.raises(MessageRefused) as caught:
            messenger.send(outgoing("template", openid))
        assert (caught.value.code, caught.value.consequence) == (code, "quota")


# Accounts


def test_there_is_no_menu_until_one_is_put_in_place(desk, settings):
    menu = settings.wechat.accounts["jieyang"].menu
    assert desk.menu("jieyang") is None
    desk.create_menu("jieyang", menu)
    assert desk.menu("jieyang") == json.loads(json.dumps(menu))
    with pytest.raises(WeChatRefused) as caught:
        desk.create_menu("jieyang", {"button": []})
    assert caught.value.code == 40016


def test_a_scene_has_an_address(desk):
    assert desk.scene_ticket("jieyang", "lost-window").startswith("http")


def test_a_user_follows_until_they_leave(desk, sandbox):
    openid = sandbox.person()["openid"]
    before = desk.follower("jieyang", openid)
    assert before.follows
    sandbox.control("push", {"openid": openid, "event": "unsubscribe"})
    assert desk.follower("jieyang", openid).follows is False
    with pytest.raises(WeChatRefused) as caught:
        desk.follower("jieyang", "oNobody")
    assert caught.value.code == 40003


def test_a_person_has_one_unionid_at_both_accounts(desk, sandbox, mini_login):
    openid = sandbox.person()["openid"]
    assert desk.follower("jieyang", openid).unionid == mini_login(openid)["unionid"]


@pytest.mark.parametrize("channel", FIELDS)
def test_the_templates_that_are_granted_ask_for_the_fields_we_fill(desk, template_ids, channel):
    (found,) = [
        each for each in desk.templates(ACCOUNTS[channel], channel) if each.template_id == template_ids[channel]
    ]
    assert found.title
    assert sorted(found.fields) == sorted(FIELDS[channel])


def test_a_session_lives_until_the_next_login(desk, sandbox, mini_login):
    openid = sandbox.person()["openid"]
    first = mini_login(openid)
    assert desk.session_alive("jieyang_mini", first["openid"], first["session_key"]) is True
    assert desk.session_alive("jieyang_mini", first["openid"], "another") is False
    second = mini_login(openid)
    assert desk.session_alive("jieyang_mini", second["openid"], second["session_key"]) is True


def test_a_phone_code_is_worth_a_number_once(desk, sandbox, settings):
    person, app_id = sandbox.person(), settings.wechat.accounts["jieyang_mini"].app_id
    code = get(f"{sandbox.url}/wx/phone", appid=app_id, **{"as": person["openid"]})["code"]
    assert desk.phone_number("jieyang_mini", code).isdigit()
    with pytest.raises(WeChatRefused):
        desk.phone_number("jieyang_mini", code)


def test_a_phone_code_is_worth_nothing_after_five_minutes_or_made_up(desk, sandbox, settings):
    person, app_id = sandbox.person(), settings.wechat.accounts["jieyang_mini"].app_id
    code = get(f"{sandbox.url}/wx/phone", appid=app_id, **{"as": person["openid"]})["code"]
    sandbox.control("time", {"advance": "PT6M"})
    for each in (code, "0" * 32):
        with pytest.raises(WeChatRefused) as caught:
            desk.phone_number("jieyang_mini", each)
        assert caught.value.code == 40029


def test_a_token_that_works_is_told_from_an_address_that_wechat_does_not_know(desk, sandbox):
    desk.token_works("jieyang")
    sandbox.control("wechat/whitelist", {"account": "jieyang", "addresses": ["192.0.2.1"]}, "PUT")
    with pytest.raises(WeChatRefused) as caught:
        desk.token_works("jieyang")
    assert caught.value.code == 40164
