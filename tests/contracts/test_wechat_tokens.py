"""Access tokens and tickets against the sandbox: one fetch however many ask, and one retry where one is dead."""

import itertools
import json
import logging
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import requests

from tests.contracts.token_stores import STORES, shop
from wxserver.adapters.wechat import LoginAccount, WeChatApi, WeChatTicketBooth
from wxserver.adapters.wechat.jssdk import signature
from wxserver.ports import Unavailable, WeChatRefused

ACCOUNT = "jieyang"
HARMLESS = "/cgi-bin/getcallbackip"
MANY = 50


@pytest.fixture(scope="module", params=STORES)
def stores(request, tmp_path_factory):
    with shop(request.param, request, tmp_path_factory.mktemp("tokens")) as opened:
        yield opened


@pytest.fixture(scope="module")
def one_store(tmp_path_factory, request):
    with shop("sqlite", request, tmp_path_factory.mktemp("tokens")) as opened:
        yield opened


@pytest.fixture
def build(settings, http, clock, sandbox):
    """Make what one process has of WeChat's API, over a store; what earlier tests kept there is forgotten."""
    accounts = settings.wechat.accounts
    logins = {each.code: LoginAccount(each.kind, each.app_id, each.app_secret) for each in accounts.values()}

    def process(stores, client=http):
        tokens = stores.open()
        for kind in ("access", "jsapi"):
            kept = tokens.read(f"{ACCOUNT}:{kind}")
            if kept is not None:
                tokens.forget(f"{ACCOUNT}:{kind}", kept.value)
        calls = WeChatApi(logins, settings.wechat.api_base_url, client, tokens, clock)
        return calls, WeChatTicketBooth(calls, tokens, {each.code: each.app_id for each in accounts.values()}, clock)

    return process


def asked(sandbox, word):
    """How often the platform was called at the path that ends in this word."""
    return sum(call["path"].endswith(f"/{word}") for call in sandbox.items("calls?target=wechat"))


def at_once(*acts):
    """Each act in its threads, all at once; their results."""
    start = Barrier(MANY)

    def run(serial):
        start.wait()
        return acts[serial % len(acts)]()

    with ThreadPoolExecutor(MANY) as threads:
        return list(threads.map(run, range(MANY)))


KILLS = itertools.count(1)


def kill_token(settings, sandbox):
    """Have the platform replace the token that it gave us, as another who knows the secret might. It does so only
    every 30 s, and knows across resets when it did: each time is a minute of its own."""
    sandbox.control("time", {"advance": f"PT{next(KILLS)}M"})
    account = settings.wechat.accounts[ACCOUNT]
    wanted = {"grant_type": "client_credential", "appid": account.app_id, "secret": account.app_secret}
    with requests.Session() as session:
        session.trust_env = False
        answer = session.post(
            f"{sandbox.url}/cgi-bin/stable_token", data=json.dumps(wanted | {"force_refresh": True}), timeout=10
        )
    return answer.json()["access_token"]


def test_fifty_threads_of_two_processes_on_a_cold_cache_fetch_one_token(build, stores, sandbox):
    (first, _), (second, _) = build(stores), build(stores)
    answers = at_once(*[lambda api=api: api.call(ACCOUNT, HARMLESS) for api in (first, second)])
    assert all(answer.raw("ip_list") for answer in answers)
    assert asked(sandbox, "stable_token") == 1
    assert asked(sandbox, "getcallbackip") == MANY


def test_a_token_about_to_run_out_is_renewed_by_one_of_fifty(build, stores, sandbox):
    (first, _), (second, _) = build(stores), build(stores)
    first.call(ACCOUNT, HARMLESS)
    second.call(ACCOUNT, HARMLESS)
    sandbox.control("time", {"advance": "PT1H56M"})
    at_once(*[lambda api=api: api.call(ACCOUNT, HARMLESS) for api in (first, second)])
    assert asked(sandbox, "stable_token") == 2
    sandbox.control("time", {"advance": "PT10M"})
    at_once(*[lambda api=api: api.call(ACCOUNT, HARMLESS) for api in (first, second)])
    assert asked(sandbox, "stable_token") == 2


def test_a_token_killed_at_the_platform_costs_one_retry(build, one_store, settings, sandbox):
    api, _ = build(one_store)
    api.call(ACCOUNT, HARMLESS)
    fresh = kill_token(settings, sandbox)
    assert api.call(ACCOUNT, HARMLESS).raw("ip_list")
    assert asked(sandbox, "stable_token") == 3
    assert asked(sandbox, "getcallbackip") == 3
    assert one_store.open().read(f"{ACCOUNT}:access").value == fresh
    api.call(ACCOUNT, HARMLESS)
    assert asked(sandbox, "getcallbackip") == 4


def test_a_killed_token_is_replaced_once_for_fifty_threads_of_two_processes(build, one_store, settings, sandbox):
    (first, _), (second, _) = build(one_store), build(one_store)
    first.call(ACCOUNT, HARMLESS)
    second.call(ACCOUNT, HARMLESS)
    kill_token(settings, sandbox)
    answers = at_once(*[lambda api=api: api.call(ACCOUNT, HARMLESS) for api in (first, second)])
    assert all(answer.raw("ip_list") for answer in answers)
    assert asked(sandbox, "stable_token") == 3


def test_a_token_asked_for_afresh_comes_from_the_platform(build, one_store, sandbox):
    api, _ = build(one_store)
    api.call(ACCOUNT, HARMLESS)
    api.fetch(ACCOUNT)
    assert asked(sandbox, "stable_token") == 2
    api.call(ACCOUNT, HARMLESS)
    assert asked(sandbox, "stable_token") == 2


def test_a_platform_that_is_busy_or_silent_where_tokens_are_fetched_is_no_definite_answer(
    build, one_store, impatient, sandbox
):
    api, _ = build(one_store)
    sandbox.mishap("wechat", "error", at="stable_token")
    with pytest.raises(Unavailable):
        api.call(ACCOUNT, HARMLESS)
    hurried, _ = build(one_store, impatient)
    sandbox.mishap("wechat", "timeout", at="stable_token")
    with pytest.raises(Unavailable):
        hurried.call(ACCOUNT, HARMLESS)
    assert api.call(ACCOUNT, HARMLESS).raw("ip_list")


def test_a_platform_that_is_busy_or_silent_to_a_call_is_no_definite_answer(build, one_store, impatient, sandbox):
    api, _ = build(one_store)
    api.call(ACCOUNT, HARMLESS)
    sandbox.mishap("wechat", "error")
    with pytest.raises(Unavailable):
        api.call(ACCOUNT, HARMLESS)
    hurried, _ = build(one_store, impatient)
    hurried.call(ACCOUNT, HARMLESS)
    sandbox.mishap("wechat", "timeout", at="getcallbackip")
    with pytest.raises(Unavailable):
        hurried.call(ACCOUNT, HARMLESS)


def test_a_wrong_secret_is_refused_and_people_are_told_how_to_mend_it(settings, http, clock, sandbox, stores, caplog):
    account = settings.wechat.accounts[ACCOUNT]
    wrong = {"wrong": LoginAccount("service", account.app_id, "f00dfeedf00dfeedf00dfeedf00dfeed")}
    api = WeChatApi(wrong, settings.wechat.api_base_url, http, stores.open(), clock)
    with pytest.raises(WeChatRefused) as caught:
        api.call("wrong", HARMLESS)
    assert caught.value.code == 40125
    alarms = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert len(alarms) == 1
    assert "correct app_secret" in alarms[0]
    assert "f00dfeed" not in caplog.text + str(caught.value)
    assert stores.open().lease("wrong:access", "next", 1.0)


def test_fifty_pages_are_signed_with_one_ticket(build, stores, settings, sandbox):
    (_, first), (_, second) = build(stores), build(stores)
    page = "https://wx.example/cases?x=1"
    found = at_once(*[lambda booth=booth: booth.sign(ACCOUNT, f"{page}#top") for booth in (first, second)])
    assert asked(sandbox, "getticket") == 1
    assert asked(sandbox, "stable_token") == 1
    ticket = stores.open().read(f"{ACCOUNT}:jsapi").value
    for each in found:
        assert each.app_id == settings.wechat.accounts[ACCOUNT].app_id
        assert each.signature == signature(ticket, each.nonce, each.timestamp, page)
    assert len({each.nonce for each in found}) == MANY


def test_nothing_secret_is_logged_or_lies_in_a_store_in_clear(build, stores, settings, sandbox, caplog):
    caplog.set_level(logging.DEBUG)
    api, booth = build(stores)
    booth.sign(ACCOUNT, "https://wx.example/")
    killed = stores.open().read(f"{ACCOUNT}:access").value
    kill_token(settings, sandbox)
    caplog.clear()
    api.call(ACCOUNT, HARMLESS)
    sandbox.mishap("wechat", "error", 2)
    for _ in range(2):
        with pytest.raises(Unavailable):
            api.call(ACCOUNT, HARMLESS)
    tokens = stores.open()
    secret = [killed, settings.wechat.accounts[ACCOUNT].app_secret]
    secret += [tokens.read(f"{ACCOUNT}:{kind}").value for kind in ("access", "jsapi")]
    assert ACCOUNT in caplog.text
    for each in secret:
        assert each not in caplog.text
        assert each not in stores.contents()
