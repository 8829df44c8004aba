"""Pushes to the app: signed and encrypted as the mode asks; the official vectors as the measure."""

import base64
import hashlib
import json
import struct
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Response

from tests.sandbox.conftest import AES_KEY, Far, Received, StandIn, until
from wxserver.sandbox import wechat_crypto

APP, TOKEN = "wxb11529c136998cb6", "pamtest"
OFFICIAL = (
    "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv6JsXUnnR"
    "8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km3"
    "2IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04="
)


def test_the_signatures_are_those_of_the_official_vectors() -> None:
    sign = wechat_crypto.signature
    assert sign("AAAAA", "1714036504", "1514711492") == "f464b24fc39322e44b38aa78f5edd27bd1441696"
    assert sign("AAAAA", "1714037059", "486452656") == "899cf89e464efb63f54ddac96b0a0a235f53aa78"
    assert sign("AAAAA", "1714112445", "415670741", OFFICIAL) == "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3"


def test_the_official_message_is_decrypted_and_encrypted_to_the_same_letters() -> None:
    key, app = "A" * 43, "wxba5fad812f8e6fb9"
    clear = wechat_crypto.decrypt(key, app, OFFICIAL)
    assert json.loads(clear)["debug_str"] == "hello world"
    assert wechat_crypto.encrypt(key, app, clear, b"a8eedb185eb2fecf") == OFFICIAL
    reply = wechat_crypto.encrypt(key, app, b'{"demo_resp":"good luck"}', b"707722b803182950")
    assert reply == "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ=="
    assert (
        wechat_crypto.signature("AAAAA", "1713424427", "415670741", reply) == "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1"
    )


def test_chinese_text_is_encrypted_as_in_the_second_set_of_vectors() -> None:
    known = "jn1L23DB+6ELqJ+6bruv21Y6MD7KeIfP82D6gU39rmkgczbWwt5+3bnyg5K55bgVtVzd832WzZGMhkP72vVOfg=="
    assert wechat_crypto.encrypt(AES_KEY, APP, "我是中文abcd123".encode(), b"aaaabbbbccccdddd") == known


@pytest.mark.parametrize("spoilt", ["", "!!!", "AAAA", base64.b64encode(b"x" * 32).decode(), OFFICIAL])
def test_a_ciphertext_that_is_malformed_or_for_another_appid_is_refused(spoilt: str) -> None:
    with pytest.raises(wechat_crypto.BadMessage):
        wechat_crypto.decrypt(AES_KEY, APP, spoilt)


def test_a_ciphertext_under_the_same_key_for_another_appid_is_refused() -> None:
    with pytest.raises(wechat_crypto.BadMessage, match="AppID"):
        wechat_crypto.decrypt(AES_KEY, APP, wechat_crypto.encrypt(AES_KEY, "wx0000000000000000", b"<xml/>"))


def _xml(raw: bytes) -> dict[str, str]:
    return {child.tag: child.text or "" for child in ElementTree.fromstring(raw)}  # noqa: S314


def _sha(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def _encrypted_reply(clear: str, *, nonce: str, token: str = TOKEN) -> str:
    encrypted = wechat_crypto.encrypt(AES_KEY, APP, clear.encode())
    return (
        f"<xml><Encrypt>{encrypted}</Encrypt><MsgSignature>{_sha(token, '1', nonce, encrypted)}</MsgSignature>"
        f"<TimeStamp>1</TimeStamp><Nonce>{nonce}</Nonce></xml>"
    )


HELLO = "<xml><MsgType>text</MsgType><Content><![CDATA[您好]]></Content></xml>"


def test_a_safe_push_is_signed_encrypted_and_its_encrypted_reply_is_understood(far: Far, stand_in: StandIn) -> None:
    stand_in.respond = lambda one: (_encrypted_reply(HELLO, nonce=one.args["nonce"]), 200)
    person = far.person()
    told = far.control("push", {"openid": person["openid"], "text": "怎么办卡]]>"}).json
    assert (told["status"], told["reply"]) == (200, {"MsgType": "text", "Content": "您好"})
    assert "fault" not in told
    (one,) = stand_in.at("/wechat/jieyang/push")
    outer = _xml(one.body)
    assert set(outer) == {"ToUserName", "Encrypt"}
    given = one.args
    assert given["signature"] == _sha(TOKEN, given["timestamp"], given["nonce"])
    assert given["msg_signature"] == _sha(TOKEN, given["timestamp"], given["nonce"], outer["Encrypt"])
    assert (given["encrypt_type"], given["openid"]) == ("aes", person["openid"])
    inner = _xml(wechat_crypto.decrypt(AES_KEY, APP, outer["Encrypt"]))
    assert {name: inner[name] for name in ("ToUserName", "FromUserName", "MsgType", "Content")} == {
        "ToUserName": "gh_test", "FromUserName": person["openid"], "MsgType": "text", "Content": "怎么办卡]]>",
    }  # fmt: skip
    assert inner["MsgId"].isdigit()
    assert inner["CreateTime"] == given["timestamp"]


@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        (lambda _: HELLO, "not encrypted"),
        (lambda one: _encrypted_reply(HELLO, nonce=one.args["nonce"], token="x"), "MsgSignature"),
        (lambda _: _encrypted_reply(HELLO, nonce="1"), "Nonce"),
        (lambda _: "<xml>", "cannot be read"),
    ],
)
def test_a_reply_that_wechat_would_not_take_is_named(
    far: Far, stand_in: StandIn, reply: Callable[[Received], str], fault: str
) -> None:
    stand_in.respond = lambda one: (reply(one), 200)
    assert fault in far.control("push", {"openid": "oX", "text": "x"}).json["fault"]


@pytest.mark.parametrize("text", ["success", ""])
def test_success_and_nothing_are_told_as_they_are(far: Far, stand_in: StandIn, text: str) -> None:
    stand_in.respond = lambda _: (text, 200)
    assert far.control("push", {"openid": "oX", "event": "subscribe"}).json == {
        "status": 200, "reply": text, "deliveries": [{"status": 200, "reply": text}],
    }  # fmt: skip


def test_a_click_bears_its_key_and_any_field_may_be_given(far: Far, stand_in: StandIn) -> None:
    far.control("push", {"openid": "oX", "event": "CLICK", "key": "HELP", "CreateTime": 7, "List": [{"A": "1"}]})
    inner = wechat_crypto.decrypt(AES_KEY, APP, _xml(stand_in.received[0].body)["Encrypt"]).decode()
    assert "<Event><![CDATA[CLICK]]></Event><EventKey><![CDATA[HELP]]></EventKey>" in inner
    assert "<CreateTime>7</CreateTime>" in inner
    assert "<List><item><A><![CDATA[1]]></A></item></List>" in inner


def test_deliveries_repeat_the_same_push_byte_for_byte(far: Far, stand_in: StandIn) -> None:
    told = far.control("push", {"openid": "oX", "text": "x", "deliveries": 3}).json
    assert len(told["deliveries"]) == 3
    assert len({(one.body, tuple(one.args.items())) for one in stand_in.received}) == 1


@pytest.mark.parametrize(("mode", "fields"), [("plain", False), ("compat", True)])
def test_plain_and_compat_modes_look_as_wechat_writes_them(
    config: Path, start: Callable[[], Far], stand_in: StandIn, mode: str, fields: bool
) -> None:
    config.write_text(config.read_text(encoding="utf-8").replace('"safe"', f'"{mode}"'), encoding="utf-8")
    stand_in.respond = lambda _: (HELLO, 200)
    told = start().control("push", {"openid": "oX", "text": "x"}).json
    assert told["reply"] == {"MsgType": "text", "Content": "您好"}
    outer = _xml(stand_in.received[0].body)
    assert outer["Content"] == "x"
    assert ("Encrypt" in outer) == ("msg_signature" in stand_in.received[0].args) == fields


def _mishap(far: Far, mishap: str) -> Any:
    far.control("mishaps", {"target": "wechat", "mishap": mishap})
    return far.control("push", {"openid": "oX", "text": "x"}).json


def test_a_push_can_come_twice_unsigned_late_not_at_all_or_after_the_next(
    far: Far, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wxserver.sandbox.wechat_push.LATE", 0.1)
    stand_in.respond = lambda _: Response("success")
    assert len(_mishap(far, "duplicate")["deliveries"]) == 2
    stand_in.received.clear()
    _mishap(far, "bad_signature")
    given = stand_in.received[0].args
    assert given["signature"] != _sha(TOKEN, given["timestamp"], given["nonce"])
    assert _mishap(far, "late_callback")["status"] == 200
    assert _mishap(far, "no_callback") == {"status": None, "reply": "", "fault": "not sent", "deliveries": []}
    assert len(stand_in.received) == 2
    assert _mishap(far, "reorder")["deliveries"] == []
    far.control("push", {"openid": "oX", "event": "CLICK", "key": "K"})
    until(lambda: len(stand_in.received) == 4)
    last = [wechat_crypto.decrypt(AES_KEY, APP, _xml(one.body)["Encrypt"]) for one in stand_in.received[2:]]
    assert [b"CLICK" in one for one in last] == [True, False]


def test_an_app_that_is_away_is_told_as_no_answer(config: Path, start: Callable[[], Far], stand_in: StandIn) -> None:
    config.write_text(config.read_text(encoding="utf-8").replace(stand_in.url, "http://127.0.0.1:1"), encoding="utf-8")
    told = start().control("push", {"openid": "oX", "text": "x"}).json
    assert (told["status"], told["reply"], told["fault"]) == (None, "", "no answer in 5 s")


def test_lengths_in_the_ciphertext_are_big_endian() -> None:
    clear = wechat_crypto.decrypt(AES_KEY, APP, wechat_crypto.encrypt(AES_KEY, APP, b"x" * 300))
    assert len(clear) == 300
    assert struct.pack(">I", 300) == b"\x00\x00\x01\x2c"
