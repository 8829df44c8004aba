"""WeChat's server API: how it is called, what its answers mean, and how tokens are renewed where it misbehaves."""

import json
import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.adapters.scripted import json_answer, plain_answer, raw_answer
from tests.contracts.token_stores import database_shop
from tests.database import sqlite_url
from wxserver.adapters.wechat import LoginAccount, WeChatApi, calls
from wxserver.adapters.wechat.errors import MEANINGS, MISCONFIGURED, address_in, clean, meaning
from wxserver.ports import KeptToken, Unavailable, WeChatRefused

SECRET = "7007-secret"
APP = LoginAccount("service", "wx1111111111111111", SECRET)
FETCH = "/cgi-bin/stable_token"
NAME = "jieyang:access"
OLD, NEW = "80_old" + "o" * 122, "81_new" + "n" * 122


class MovableClock:
    def __init__(self):
        self.moved = timedelta()

    def now(self):
        return datetime.now(UTC) + self.moved


@pytest.fixture
def clock():
    return MovableClock()


@pytest.fixture(scope="module")
def stores(tmp_path_factory):
    with database_shop(sqlite_url(tmp_path_factory.mktemp("tokens"))) as opened:
        yield opened


@pytest.fixture
def tokens(stores):
    store = stores.open()
    kept = store.read(NAME)
    if kept is not None:
        store.forget(NAME, kept.value)
    return store


@pytest.fixture
def api(side, http, tokens, clock):
    return WeChatApi({"jieyang": APP}, f"{side.url}/", http, tokens, clock)


@pytest.fixture
def warm(tokens, clock):
    """A token is kept that lives for two hours."""
    tokens.keep(NAME, "test", KeptToken(OLD, clock.now().timestamp() + 7200))


def wechat(document):
    """JSON labelled as WeChat does, in one write: two would wait 40 ms for each other."""
    body = json.dumps(document).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\n\r\n"
    return lambda handler: handler.wfile.write(head.encode() + body)


def granted(token=NEW, seconds=7200):
    return wechat({"access_token": token, "expires_in": seconds})


def refused(code, errmsg="no"):
    return wechat({"errcode": code, "errmsg": errmsg})


def platform(side, fetch, call):
    """Answer fetches of tokens and calls of the API, each with their own."""
    side.says(lambda handler: (fetch if urlsplit(handler.path).path == FETCH else call)(handler))


def times(side):
    """How many fetches, and how many calls, the platform has seen."""
    fetches = [request for request in side.received if request.path == FETCH]
    return len(fetches), len(side.received) - len(fetches)


def sent_tokens(side):
    return [parse_qs(urlsplit(each.path).query)["access_token"][0] for each in side.received if each.path != FETCH]


def alarms(caplog):
    return [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]


# Calls


def test_a_document_is_posted_as_utf8_with_the_token_in_the_query(api, side, warm):
    side.says(wechat({"errcode": 0, "errmsg": "ok", "msgid": 7}))
    answer = api.call(
        "jieyang", "/cgi-bin/message/template/send", {"name": "政策"}, {"x": "1&2", "access_token": "theirs"}
    )
    assert answer.whole("msgid") == 7
    assert side.last.method == "POST"
    assert side.last.body == '{"name":"政策"}'.encode()
    assert side.last.headers["content-type"] == "application/json; charset=utf-8"
    assert parse_qs(urlsplit(side.last.path).query) == {"x": ["1&2"], "access_token": [OLD]}


def test_without_a_document_it_is_a_get(api, side, warm):
    side.says(wechat({"menu": {"button": []}}))
    assert api.call("jieyang", "/cgi-bin/menu/get").object("menu")
    assert (side.last.method, side.last.body) == ("GET", b"")


@pytest.mark.parametrize("code", [40003, 45009, 45011, 46003, 47003, 99999])
def test_an_errcode_is_a_refusal_with_its_number_and_sentence(api, side, warm, code, caplog):
    side.says(refused(code, "argument invalid! data.thing1.value rid: 5f0a2b1c-6b1c3c6e-0b3f0e1c"))
    with pytest.raises(WeChatRefused) as caught:
        api.call("jieyang", "/x", {})
    assert caught.value.code == code
    assert caught.value.message == "argument invalid! data.thing1.value rid: 5f0a2b1c-6b1c3c6e-0b3f0e1c"
    assert alarms(caplog) == []


@pytest.mark.parametrize(
    "answer",
    [
        plain_answer(b"busy", 502),
        json_answer({"errcode": 0}, 500),
        plain_answer(b"", 302, Location="/x"),
        plain_answer(b"<html>"),
        wechat([]),
        wechat({"errcode": "40003"}),
        wechat({"errcode": 1.5}),
        wechat({"errcode": True}),
        refused(-1),
        raw_answer(b""),
    ],
)
def test_everything_else_is_no_definite_answer_to_a_call_or_a_fetch(api, side, tokens, clock, answer):
    side.says(answer)
    with pytest.raises(Unavailable):
        api.call("jieyang", "/x")
    assert tokens.read(NAME) is None
    platform(side, granted(), answer)
    with pytest.raises(Unavailable):
        api.call("jieyang", "/x")
    assert tokens.read(NAME).value == NEW


def test_an_account_that_is_none_is_told_before_anybody_is_asked(api, side):
    with pytest.raises(KeyError):
        api.call("nobody", "/x")
    with pytest.raises(KeyError):
        api.fetch("nobody")
    assert side.received == []


# Fetching


def test_a_token_is_fetched_in_normal_mode_and_kept_until_its_end_by_our_clock(api, side, tokens, clock):
    clock.moved = timedelta(days=40)
    platform(side, granted(), wechat({}))
    api.call("jieyang", "/x")
    api.call("jieyang", "/x")
    assert times(side) == (1, 2)
    assert json.loads(side.received[0].body) == {
        "grant_type": "client_credential",
        "appid": APP.app_id,
        "secret": SECRET,
        "force_refresh": False,
    }
    assert sent_tokens(side) == [NEW, NEW]
    assert tokens.read(NAME).expires_at == pytest.approx(clock.now().timestamp() + 7200, abs=5)


@pytest.mark.parametrize(
    "answer", [wechat({}), wechat({"access_token": ""}), granted(7), granted(seconds="7200"), granted(seconds=-1)]
)
def test_an_answer_without_a_token_is_none(api, side, tokens, answer):
    side.says(answer)
    with pytest.raises(Unavailable):
        api.call("jieyang", "/x")
    assert times(side) == (1, 0)
    assert tokens.lease(NAME, "next", 1.0)
    tokens.release(NAME, "next")


@pytest.mark.parametrize("code", [-1, 45009, 45011])
def test_a_fetch_that_is_one_too_many_is_no_definite_answer_and_logged_with_its_meaning(api, side, code, caplog):
    side.says(refused(code))
    with pytest.raises(Unavailable):
        api.call("jieyang", "/x")
    assert meaning(code).cause in caplog.text


@pytest.mark.parametrize("code", [40001, 40013, 40125, 40164, 40243, 41002, 41004, 89503])
def test_a_fetch_that_our_configuration_spoils_alarms_people_without_the_secret(api, side, tokens, code, caplog):
    side.says(refused(code, f"invalid ip 203.0.113.9 ipv6 ::ffff:203.0.113.9, secret {SECRET} of wx"))
    with pytest.raises(WeChatRefused) as caught:
        api.call("jieyang", "/x")
    assert caught.value.code == code
    assert address_in(caught.value.message) == "203.0.113.9"
    (alarm,) = alarms(caplog)
    assert meaning(code).cause in alarm
    assert meaning(code).mend in alarm
    assert SECRET not in caplog.text + str(caught.value)
    assert times(side) == (1, 0)
    assert tokens.lease(NAME, "next", 1.0)
    tokens.release(NAME, "next")


def test_a_call_that_the_whitelist_forbids_alarms_people(api, side, warm, caplog):
    side.says(refused(40164, f"invalid ip 203.0.113.9, not in whitelist, {OLD} {SECRET}"))
    with pytest.raises(WeChatRefused) as caught:
        api.call("jieyang", "/x")
    (alarm,) = alarms(caplog)
    assert "203.0.113.9" in alarm
    for secret in (OLD, SECRET):
        assert secret not in caplog.text + str(caught.value)


def test_fetching_afresh_asks_whatever_is_kept(api, side, tokens, warm):
    platform(side, granted(), wechat({}))
    api.fetch("jieyang")
    api.call("jieyang", "/x")
    assert sent_tokens(side) == [NEW]
    assert tokens.read(NAME).value == NEW


# Renewing


@pytest.mark.parametrize(("left", "fetches"), [(301, 0), (299, 1), (0, 1)])
def test_a_token_is_renewed_from_five_minutes_before_its_end(api, side, tokens, clock, left, fetches):
    tokens.keep(NAME, "test", KeptToken(OLD, clock.now().timestamp() + left))
    platform(side, granted(), wechat({}))
    api.call("jieyang", "/x")
    assert times(side) == (fetches, 1)
    assert sent_tokens(side) == [NEW if fetches else OLD]


def test_while_one_renews_the_others_go_on_with_the_old_token(api, side, tokens, clock, http):
    elsewhere = WeChatApi({"jieyang": APP}, side.url, http, tokens, clock)
    tokens.keep(NAME, "test", KeptToken(OLD, clock.now().timestamp() + 7200))
    asked, go_on = threading.Event(), threading.Event()

    def slowly(handler):
        asked.set()
        assert go_on.wait(5)
        granted()(handler)

    platform(side, slowly, wechat({}))
    api.call("jieyang", "/x")
    clock.moved = timedelta(seconds=7000)
    with ThreadPoolExecutor(9) as threads:
        try:
            renewing = threads.submit(api.call, "jieyang", "/x")
            assert asked.wait(5)
            side.received.clear()
            others = [threads.submit(each.call, "jieyang", "/x") for each in [api, elsewhere] * 4]
            for each in others:
                each.result(5)
            assert set(sent_tokens(side)) == {OLD}
            assert not renewing.done()
        finally:
            go_on.set()
    assert sent_tokens(side)[-1] == NEW
    assert times(side)[0] == 0


@pytest.mark.parametrize("answer", [refused(-1), refused(45009), refused(40125), plain_answer(b"", 502)])
def test_where_a_renewal_fails_the_old_token_serves_as_long_as_it_lives(api, side, tokens, clock, answer):
    tokens.keep(NAME, "test", KeptToken(OLD, clock.now().timestamp() + 200))
    platform(side, answer, wechat({}))
    for _ in range(5):
        api.call("jieyang", "/x")
    assert times(side) == (1, 5)
    clock.moved = timedelta(seconds=201)
    with pytest.raises((Unavailable, WeChatRefused)):
        api.call("jieyang", "/x")


def test_a_platform_that_gives_the_old_token_again_is_not_asked_at_every_call(api, side, tokens, clock):
    tokens.keep(NAME, "test", KeptToken(OLD, clock.now().timestamp() + 200))
    platform(side, granted(OLD, 200), wechat({}))
    for _ in range(5):
        api.call("jieyang", "/x")
    assert times(side) == (1, 5)


def test_one_who_died_fetching_is_waited_for_as_long_as_the_lease(api, side, tokens):
    assert tokens.lease(NAME, "dead", 0.4)
    platform(side, granted(), wechat({}))
    began = time.monotonic()
    api.call("jieyang", "/x")
    assert 0.3 < time.monotonic() - began < 3
    assert times(side) == (1, 1)


def test_nobody_waits_for_ever_for_another_who_fetches(api, side, tokens, monkeypatch):
    monkeypatch.setattr(calls, "WAIT", 0.3)
    assert tokens.lease(NAME, "slow", 60.0)
    side.says(granted())
    try:
        began = time.monotonic()
        for ask in (lambda: api.call("jieyang", "/x"), lambda: api.fetch("jieyang")):
            with pytest.raises(Unavailable):
                ask()
        assert time.monotonic() - began < 3
        assert side.received == []
    finally:
        tokens.release(NAME, "slow")


def test_what_another_has_fetched_meanwhile_is_not_fetched_again(api, side, tokens, clock):
    assert tokens.lease(NAME, "other", 60.0)
    side.says(wechat({}))
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(api.call, "jieyang", "/x")
        time.sleep(0.2)
        tokens.keep(NAME, "other", KeptToken(NEW, clock.now().timestamp() + 7200))
        waiting.result(5)
    assert times(side) == (0, 1)


# Tokens that WeChat takes no more


@pytest.mark.parametrize("code", [40001, 40014, 42001])
def test_a_token_that_is_no_good_is_replaced_and_the_call_made_again(api, side, warm, tokens, code):
    side.says(refused(code), granted(), wechat({"errcode": 0, "errmsg": "ok"}))
    api.call("jieyang", "/x", {"a": 1})
    assert sent_tokens(side) == [OLD, NEW]
    assert side.received[0].body == side.last.body
    assert tokens.read(NAME).value == NEW


def test_what_another_process_has_got_in_its_place_is_taken_without_a_fetch(api, side, tokens, clock, warm):
    side.says(wechat({}))
    api.call("jieyang", "/x")
    tokens.keep(NAME, "other", KeptToken(NEW, clock.now().timestamp() + 7200))
    side.says(refused(40001), wechat({}))
    api.call("jieyang", "/x")
    assert sent_tokens(side) == [OLD, OLD, NEW]
    assert times(side)[0] == 0


@pytest.mark.parametrize("code", [40001, 40014, 42001])
@pytest.mark.parametrize("again", [OLD, NEW])
def test_a_platform_that_takes_no_token_at_all_is_asked_twice_and_fetched_from_once(
    api, side, warm, code, again, caplog
):
    platform(side, granted(again), refused(code, f"access_token {OLD} is invalid"))
    with pytest.raises(Unavailable):
        api.call("jieyang", "/x")
    assert times(side) == (1, 2)
    assert len(alarms(caplog)) == 1
    assert OLD not in caplog.text
    for _ in range(3):
        with pytest.raises(Unavailable):
            api.call("jieyang", "/x")
    assert times(side) == (4, 8)


def test_many_threads_at_a_platform_that_takes_no_token_stay_bounded(api, side, warm):
    platform(side, granted(), refused(40001))

    def call(_):
        with pytest.raises(Unavailable):
            api.call("jieyang", "/x")

    with ThreadPoolExecutor(20) as threads:
        list(threads.map(call, range(20)))
    fetches, asked = times(side)
    assert fetches <= 20
    assert asked <= 40


def test_a_replacement_that_is_refused_is_told_as_such(api, side, warm):
    platform(side, refused(40243), refused(40001))
    with pytest.raises(WeChatRefused) as caught:
        api.call("jieyang", "/x")
    assert caught.value.code == 40243
    assert times(side) == (1, 1)


def test_nothing_secret_is_logged(api, side, warm, caplog):
    caplog.set_level(logging.DEBUG)
    platform(side, granted(), refused(40001, f"invalid credential {OLD} {NEW} {SECRET}"))
    with pytest.raises(Unavailable):
        api.call("jieyang", "/x", query={"openid": "oSECRETOPENID"})
    told = "".join(record.getMessage() for record in caplog.records)
    for secret in (OLD, NEW, SECRET, "oSECRETOPENID"):
        assert secret not in told
    assert SECRET not in repr(api) + repr(APP)


# What the codes mean


def test_every_documented_code_has_a_cause_and_a_way_to_mend_it():
    documented = {-1, 40001, 40003, 40013, 40014, 40029, 40030, 40037, 40054, 40055, 40125, 40163, 40164, 40226, 40243}
    documented |= {41001, 41002, 41004, 41030, 42001, 43002, 43004, 43101, 43116, 45009, 45011, 46003, 47001, 47003}
    documented |= {48001, 50002, 65304, 65320, 87008, 87009, 89503, *range(40015, 40021), *range(40023, 40028)}
    documented |= {*range(10003, 10007), *range(10009, 10014), 10015, 10016}
    assert documented <= set(MEANINGS)
    assert set(MEANINGS) >= MISCONFIGURED
    for each in [*MEANINGS.values(), meaning(12345)]:
        assert each.cause
        assert each.mend


@pytest.mark.parametrize(
    ("errmsg", "address"),
    [
        (
            "invalid ip 203.0.113.9 ipv6 ::ffff:203.0.113.9, not in whitelist rid: 5f0a2b1c-6b1c3c6e-0b3f0e1c",
            "203.0.113.9",
        ),
        ("invalid ip 2001:db8::9, not in whitelist", "2001:db8::9"),
        ("invalid ip 203.0.113.9.", "203.0.113.9"),
        ("invalid ip 999.1.1.1 12:30 v1.2.3", None),
        ("", None),
    ],
)
def test_the_address_that_wechat_saw_is_read_from_its_sentence(errmsg, address):
    assert address_in(clean(errmsg)) == address


WORDS = st.text(max_size=60)
OPAQUE = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-", min_size=28, max_size=600)


@settings(max_examples=50, deadline=None)
@given(before=WORDS, after=WORDS, token=OPAQUE, secret=st.text(min_size=4, max_size=40))
def test_of_a_sentence_of_wechats_one_short_line_is_left_and_no_secret(before, after, token, secret):
    found = clean(f"{before} {token} {after}{secret} {token}", secret)
    assert len(found) <= 200
    assert found == " ".join(found.split())
    assert found.isprintable()
    assert token[:20] not in found


def test_a_secret_that_was_sent_is_gone_however_short(caplog):
    assert clean("appsecret 7007secret, rid: 1", "7007secret", "") == "appsecret …, rid: 1"
    assert clean(None) == ""
    assert clean({"a": 1}) == "{'a': 1}"
