"""Attacks on the app's address for pushes: the real app refuses every one, and a gullible one is told off."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Response

from tests import town as towns
from tests.database import sqlite_url
from tests.sandbox.conftest import AES_KEY, Far, Received, StandIn
from tests.sandbox.test_push import APP, HELLO, _encrypted_reply, _sha, _xml
from wxserver.sandbox import wechat_crypto
from wxserver.sandbox.wechat_attacks import ATTACKS

ENCRYPTED_ONLY = [code for code, one in ATTACKS.items() if one.needs_key]
NEVER_TO_BE_BELIEVED = sorted(set(ATTACKS) - {"compat_forged_plain"})


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[towns.Town]:
    """The real app beside its sandbox."""
    directory = tmp_path_factory.mktemp("attacked")
    with towns.town("sqlite", sqlite_url(directory), directory) as town:
        yield town


@pytest.mark.parametrize("code", ATTACKS)
def test_the_app_refuses_the_attack(attacked: towns.Town, code: str) -> None:
    told = attacked.sandbox.control("attacks", {"attack": code})
    assert (told["attack"], told["refused"]) == (code, True), told
    assert (told["status"] == 200) == (code == "compat_forged_plain")
    assert "没有得逞" in told["text"]
    assert ATTACKS[code].name in told["text"]


def test_attacks_on_the_mini_program_are_refused_too(attacked: towns.Town) -> None:
    for code in ("wrong_appid", "encrypt_type_removed", "big_body"):
        assert attacked.sandbox.control("attacks", {"attack": code, "account": "jieyang_mini"})["refused"]


def test_the_list_has_every_attack_with_its_chinese_name(far: Far) -> None:
    items = far.items("attacks")
    assert [one["attack"] for one in items] == list(ATTACKS)
    assert {"attack": "stale_replay", "name": "重放一小时前的"} in items
    assert len({one["name"] for one in items}) == len(ATTACKS) >= 16


@pytest.mark.parametrize("code", NEVER_TO_BE_BELIEVED)
def test_an_app_that_takes_anything_is_told_that_the_attack_succeeded(far: Far, stand_in: StandIn, code: str) -> None:
    stand_in.respond = lambda _: ("success", 200)
    told = far.control("attacks", {"attack": code}).json
    assert (told["status"], told["refused"]) == (200, False)
    assert "得逞了" in told["text"]


def test_an_app_that_answers_the_forged_plain_part_is_told_off_and_one_that_answers_the_sealed_part_is_not(
    far: Far, stand_in: StandIn
) -> None:
    def respond(one: Received) -> tuple[str, int]:
        envelope = _xml(one.body)
        inner = _xml(wechat_crypto.decrypt(AES_KEY, APP, envelope["Encrypt"]))
        believed = envelope if gullible else inner
        hello = HELLO.replace("<xml>", f"<xml><ToUserName>{believed['FromUserName']}</ToUserName>")
        return _encrypted_reply(hello, nonce=one.args["nonce"]), 200

    stand_in.respond = respond
    for gullible in (True, False):
        told = far.control("attacks", {"attack": "compat_forged_plain"}).json
        assert told["refused"] is not gullible


@pytest.mark.parametrize(("answer", "words"), [(500, "出了错"), (302, "本来应该拒绝")])
def test_an_app_that_breaks_or_does_something_else_has_not_refused(
    far: Far, stand_in: StandIn, answer: int, words: str
) -> None:
    stand_in.respond = lambda _: ("", answer)
    told = far.control("attacks", {"attack": "not_xml"}).json
    assert (told["refused"], words in told["text"]) == (False, True)


def test_an_app_that_is_away_has_not_refused(config: Path, start: Callable[[], Far], stand_in: StandIn) -> None:
    config.write_text(config.read_text(encoding="utf-8").replace(stand_in.url, "http://127.0.0.1:1"), encoding="utf-8")
    told = start().control("attacks", {"attack": "bad_signature"}).json
    assert (told["status"], told["refused"]) == (None, False)


def _sent(far: Far, stand_in: StandIn, code: str) -> tuple[Received, dict[str, str]]:
    stand_in.received.clear()
    far.control("attacks", {"attack": code})
    (one,) = stand_in.received
    return one, dict(one.args)


def test_each_attack_leaves_in_place_whatever_it_does_not_attack(far: Far, stand_in: StandIn) -> None:
    def fits(given: dict[str, str], *more: str) -> bool:
        name = "msg_signature" if more else "signature"
        return given[name] == _sha("pamtest", given["timestamp"], given["nonce"], *more)

    _, given = _sent(far, stand_in, "missing_msg_signature")
    assert "msg_signature" not in given
    assert fits(given)
    one, given = _sent(far, stand_in, "encrypt_type_removed")
    assert set(given) == {"signature", "timestamp", "nonce", "openid"}
    assert fits(given)
    assert _xml(one.body)["Content"] == "人工"
    one, given = _sent(far, stand_in, "plain_body_in_safe_mode")
    assert "Encrypt" not in _xml(one.body)
    assert given["encrypt_type"] == "aes"
    for code in ("wrong_appid", "bad_padding", "stale_replay"):
        one, given = _sent(far, stand_in, code)
        assert fits(given, _xml(one.body)["Encrypt"])
    for code in ("big_body", "deep_xml", "doctype", "entity_bomb"):
        one, given = _sent(far, stand_in, code)
        assert fits(given, one.body.decode().partition("<Encrypt><![CDATA[")[2].partition("]]>")[0])
    one, _ = _sent(far, stand_in, "bad_padding")
    with pytest.raises(wechat_crypto.BadMessage, match="padding"):
        wechat_crypto.decrypt(AES_KEY, APP, _xml(one.body)["Encrypt"])


def test_plain_mode_has_nothing_to_downgrade_and_says_so(config: Path, start: Callable[[], Far]) -> None:
    config.write_text(config.read_text(encoding="utf-8").replace('"safe"', '"plain"'), encoding="utf-8")
    far = start()
    for code in ENCRYPTED_ONLY:
        assert far.control("attacks", {"attack": code}).status == 400
    assert far.control("attacks", {"attack": "duplicate_fields"}).status == 200


@pytest.mark.parametrize("asked", [{}, {"attack": "nuclear"}, {"attack": 7}, {"attack": "doctype", "account": "x"}])
def test_an_unknown_attack_or_account_is_refused_with_a_sentence(far: Far, asked: dict[str, Any]) -> None:
    answer = far.control("attacks", asked)
    assert (answer.status, answer.headers["content-type"][:24]) == (400, "application/problem+json")


def test_an_attack_stands_in_the_trace_as_a_strangers_and_never_among_the_calls(far: Far, stand_in: StandIn) -> None:
    stand_in.respond = lambda _: Response(status=401)
    far.control("attacks", {"attack": "bad_signature"})
    row = far.get("/phone/state.json").json["trace"][0]
    told = (row["sender"], row["receiver"], row["meaning"], row["proof"], row["forged"], row["result"])
    assert told == ("冒名者", "本系统", "攻击：签名不对", "签名不对", True, "401 不认，没有办")
    far.control("attacks", {"attack": "stale_replay"})
    row = far.get("/phone/state.json").json["trace"][0]
    assert (row["proof"], row["forged"]) == ("偷听来的", True)
    assert far.items("calls") == []
