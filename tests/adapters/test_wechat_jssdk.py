"""Signatures for pages that use the JS-SDK, and the ticket they are made with."""

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.adapters.scripted import json_answer
from tests.contracts.token_stores import database_shop
from tests.database import sqlite_url
from wxserver.adapters.clock import SystemClock
from wxserver.adapters.wechat import LoginAccount, WeChatApi, WeChatTicketBooth
from wxserver.adapters.wechat.jssdk import signature
from wxserver.ports import KeptToken, Unavailable, WeChatRefused

TICKET = "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg"
PAGE = "http://mp.weixin.qq.com?params=value"


@pytest.fixture
def tokens(tmp_path):
    with database_shop(sqlite_url(tmp_path)) as opened:
        store = opened.open()
        store.keep("jieyang:access", "test", KeptToken("80_token", datetime.now(UTC).timestamp() + 7200))
        yield store


@pytest.fixture
def booth(side, http, tokens):
    clock = SystemClock()
    calls = WeChatApi({"jieyang": LoginAccount("service", "wx1", "secret")}, side.url, http, tokens, clock)
    return WeChatTicketBooth(calls, tokens, {"jieyang": "wx1"}, clock)


@pytest.mark.parametrize("fragment", ["", "#", "#top", "#/a#b?c"])
def test_wechats_own_example_is_signed_as_documented_and_the_fragment_does_not_count(fragment):
    found = signature(TICKET, "Wm3WZYTPz0wzccnW", 1414587457, PAGE + fragment)
    assert found == "0f9de62fce790f9a083d5c99e95740ceb90c27ed"


def test_a_page_is_signed_for_this_moment_with_a_ticket_that_is_asked_for_once(booth, side, tokens):
    side.says(json_answer({"errcode": 0, "errmsg": "ok", "ticket": TICKET, "expires_in": 7200}))
    before = int(datetime.now(UTC).timestamp())
    found = [booth.sign("jieyang", f"{PAGE}#x") for _ in range(3)]
    for each in found:
        assert each.app_id == "wx1"
        assert before <= each.timestamp <= before + 10
        assert each.signature == signature(TICKET, each.nonce, each.timestamp, PAGE)
        assert each.nonce.isalnum()
    assert len({each.nonce for each in found}) == 3
    assert len(side.received) == 1
    assert urlsplit(side.last.path).path == "/cgi-bin/ticket/getticket"
    assert parse_qs(urlsplit(side.last.path).query) == {"type": ["jsapi"], "access_token": ["80_token"]}
    assert tokens.read("jieyang:jsapi").value == TICKET


@pytest.mark.parametrize(
    ("answer", "refusal"),
    [
        ({"errcode": -1}, Unavailable),
        ({"errcode": 45009}, Unavailable),
        ({"errcode": 45011}, Unavailable),
        ({"errcode": 48001}, WeChatRefused),
        ({"errcode": 0, "expires_in": 7200}, Unavailable),
        ({"errcode": 0, "ticket": TICKET}, Unavailable),
    ],
)
def test_without_a_ticket_nothing_is_signed_and_the_next_one_asks_again(booth, side, answer, refusal):
    side.says(json_answer(answer))
    with pytest.raises(refusal):
        booth.sign("jieyang", PAGE)
    side.says(json_answer({"errcode": 0, "ticket": TICKET, "expires_in": 7200}))
    assert booth.sign("jieyang", PAGE).app_id == "wx1"


def test_an_account_that_is_none_has_no_signature(booth, side):
    with pytest.raises(KeyError):
        booth.sign("nobody", PAGE)
    assert side.received == []
