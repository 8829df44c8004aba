"""The door for WeChat's pushes: three modes decided by configuration, and what must not come in."""

import base64
import hashlib
import json
import random
import string
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import timedelta

import pytest
import xmltodict

from tests.adapters.pushes import (
    APP_ID,
    CLICK,
    COMPAT,
    DOORS,
    KEY,
    NONCE,
    NOW,
    PLAIN,
    SAFE,
    STAMP,
    TOKEN,
    message,
    plain_query,
    readable,
    sealed,
)
from wxserver.adapters.wechat import PushDoor
from wxserver.adapters.wechat.crypto import PushCipher
from wxserver.ports import BadSignature, Malformed, Push


def test_a_menu_tap_opens_in_every_mode():
    expected = Push("oOPENID", "gh_x", 1795658984, "event", "CLICK", "HELP_CARD")
    for door, (query, body) in (
        (PLAIN, (plain_query(), CLICK.encode())),
        (COMPAT, sealed(CLICK, "compat")),
        (SAFE, sealed(CLICK)),
    ):
        push = door.open(query, body, "text/xml", NOW)
        assert push == replace(expected, fields=push.fields)
        assert push.fields["EventKey"] == "HELP_CARD"


def test_the_mode_is_the_configurations_and_never_the_requests():
    for door in (COMPAT, SAFE):
        with pytest.raises(BadSignature):
            door.open(plain_query(), CLICK.encode(), "text/xml", NOW)
        with pytest.raises(BadSignature):
            door.open(plain_query(encrypt_type="raw"), CLICK.encode(), "text/xml", NOW)
    query, body = sealed(CLICK)
    with pytest.raises(Malformed):
        PLAIN.open(query, body, "text/xml", NOW)


def test_in_compat_mode_only_what_was_encrypted_is_believed():
    query, body = sealed(CLICK, "compat")
    assert b"oFORGED" in body
    assert COMPAT.open(query, body, "text/xml", NOW).from_user == "oOPENID"


def test_the_plain_signature_is_not_looked_at_in_safe_mode():
    query, body = sealed(CLICK, signature="0" * 40)
    assert SAFE.open(query, body, "text/xml", NOW).event == "CLICK"
    query, body = sealed(CLICK, msg_signature=plain_query()["signature"])
    with pytest.raises(BadSignature):
        SAFE.open(query, body, "text/xml", NOW)


@pytest.mark.parametrize("mode", ["plain", "compat", "safe"])
@pytest.mark.parametrize("seconds", [-301, 301, 86400])
def test_a_stale_push_is_refused_and_a_late_repetition_is_not(mode, seconds):
    query, body = (plain_query(), CLICK.encode()) if mode == "plain" else sealed(CLICK, mode)
    with pytest.raises(BadSignature):
        DOORS[mode].open(query, body, "text/xml", NOW + timedelta(seconds=seconds))
    assert DOORS[mode].open(query, body, "text/xml", NOW + timedelta(seconds=300)).event == "CLICK"


@pytest.mark.parametrize("mode", ["plain", "compat", "safe"])
@pytest.mark.parametrize(
    "changes",
    [
        {"timestamp": ""},
        {"timestamp": "x"},
        {"timestamp": "9" * 13},
        {"timestamp": "٣" * 10},
        {"timestamp": str(int(STAMP) + 1)},
        {"nonce": ""},
        {"nonce": "n" * 129},
        {"nonce": "a b"},
        {"nonce": "1"},
        {"signature": "", "msg_signature": ""},
        {"signature": "é", "msg_signature": "\ud800"},
        {"signature": "0" * 40, "msg_signature": "0" * 40},
        {"signature": "", "msg_signature": sealed(CLICK)[0]["msg_signature"].upper() + " "},
    ],
)
def test_a_push_with_a_wrong_or_malformed_query_is_refused(mode, changes):
    query, body = (plain_query(), CLICK.encode()) if mode == "plain" else sealed(CLICK, mode)
    with pytest.raises(BadSignature):
        DOORS[mode].open(query | changes, body, "text/xml", NOW)
    for name in changes:
        with pytest.raises(BadSignature):
            DOORS[mode].open(
                {key: value for key, value in query.items() if key != name and not name.endswith("signature")},
                body,
                "text/xml",
                NOW,
            )


@pytest.mark.parametrize("nonce", ["n" * 129, "a b", "随机", "a\n"])
def test_a_nonce_that_wechat_would_not_send_is_refused_even_when_signed(nonce):
    with pytest.raises(BadSignature):
        PLAIN.open(plain_query(nonce=nonce), CLICK.encode(), "text/xml", NOW)


@pytest.mark.parametrize(
    "push",
    [
        sealed(CLICK, app_id="wx0000000000000000"),
        sealed(CLICK, key="A" * 43),
        sealed(b"####"),
        sealed("密文".encode()),
        sealed(base64.b64encode(b"x" * 17)),
        (sealed(CLICK)[0], b"<xml><ToUserName>gh_x</ToUserName></xml>"),
        (sealed(CLICK)[0], b"<xml><Encrypt></Encrypt></xml>"),
        (sealed(CLICK)[0], b"not xml"),
        (sealed(CLICK)[0], b""),
        (sealed(CLICK)[0], sealed(CLICK)[1].replace(b"<Encrypt>", b"<Encrypt>A")),
    ],
)
def test_what_is_not_encrypted_for_this_account_is_refused(push):
    query, body = push
    for door in (COMPAT, SAFE):
        with pytest.raises(BadSignature):
            door.open(query, body, "text/xml", NOW)


@pytest.mark.parametrize("mode", ["plain", "compat", "safe"])
def test_the_url_check_is_answered_in_every_mode(mode):
    assert DOORS[mode].verify_url(plain_query(echostr="4375120948345356249"), NOW) == "4375120948345356249"


@pytest.mark.parametrize(
    "changes",
    [{"echostr": ""}, {"echostr": "<script>"}, {"echostr": "1" * 257}, {"signature": "0" * 40}, {"timestamp": "1"}],
)
def test_a_url_check_that_is_not_wechats_is_not_answered(changes):
    with pytest.raises(BadSignature):
        SAFE.verify_url(plain_query(echostr="1") | changes, NOW)
    with pytest.raises(BadSignature):
        SAFE.verify_url(plain_query(), NOW)
    with pytest.raises(BadSignature):
        SAFE.verify_url(plain_query(echostr="1"), NOW + timedelta(seconds=301))


@pytest.mark.parametrize("mode", ["plain", "compat", "safe"])
@pytest.mark.parametrize("nothing", [None, ""])
def test_nothing_to_say_is_a_bare_success_in_every_mode(mode, nothing):
    assert DOORS[mode].answer(Push("o", "gh_x", 1, "text"), nothing, plain_query(), NOW) == b"success"


@pytest.mark.parametrize("text", ["您好", "a]]>b", "]]>]]>", "<&>", "]]", ">", "a\x00b\x0bc", "😀\ufffe"])
@pytest.mark.parametrize("mode", ["plain", "compat", "safe"])
def test_a_text_goes_to_the_sender_whatever_stands_in_it(mode, text):
    body = DOORS[mode].answer(Push("oA", "gh_x", 1, "text"), text, plain_query(), NOW)
    if mode != "plain":
        body = PushCipher(APP_ID, KEY).decrypt(xmltodict.parse(body)["xml"]["Encrypt"])
    found = {child.tag: child.text for child in ET.fromstring(body)}  # noqa: S314 (our own answer)
    assert found == {
        "ToUserName": "oA",
        "FromUserName": "gh_x",
        "CreateTime": STAMP,
        "MsgType": "text",
        "Content": readable(text),
    }


@pytest.mark.parametrize("mode", ["compat", "safe"])
@pytest.mark.parametrize("wire", ["xml", "json"])
def test_the_answer_to_an_encrypted_push_is_encrypted_signed_and_echoes_the_nonce(wire, mode):
    body = DOORS[mode].answer(Push("oA", "gh_x", 1, "text", wire=wire), "您好", plain_query(), NOW)
    assert "您好".encode() not in body
    envelope = json.loads(body) if wire == "json" else xmltodict.parse(body)["xml"]
    assert str(envelope["TimeStamp"]) == STAMP
    assert envelope["Nonce"] == NONCE
    parts = sorted([TOKEN, STAMP, NONCE, envelope["Encrypt"]])
    assert envelope["MsgSignature"] == hashlib.sha1("".join(parts).encode()).hexdigest()
    inner = PushCipher(APP_ID, KEY).decrypt(envelope["Encrypt"])
    found = json.loads(inner) if wire == "json" else xmltodict.parse(inner)["xml"]
    assert (found["ToUserName"], found["FromUserName"], found["Content"]) == ("oA", "gh_x", "您好")


def test_a_repeated_answer_bears_the_second_of_the_first_and_is_signed_for_today():
    push = Push("oA", "gh_x", 1, "text")
    first = SAFE.answer(push, "您好", plain_query(), NOW)
    later = NOW + timedelta(seconds=5)
    again = SAFE.answer(push, "您好", plain_query(), later, int(NOW.timestamp()))
    read = [
        xmltodict.parse(PushCipher(APP_ID, KEY).decrypt(xmltodict.parse(each)["xml"]["Encrypt"]))
        for each in (first, again)
    ]
    assert read[0] == read[1]
    assert xmltodict.parse(again)["xml"]["TimeStamp"] == str(int(later.timestamp()))


@pytest.mark.parametrize(
    ("app_id", "token", "key", "mode"),
    [
        (APP_ID, TOKEN, KEY, "SAFE"),
        (APP_ID, TOKEN, KEY, ""),
        ("", TOKEN, KEY, "safe"),
        (APP_ID, "", KEY, "plain"),
        (APP_ID, TOKEN, "", "safe"),
        (APP_ID, TOKEN, KEY[:-1], "compat"),
        (APP_ID, TOKEN, KEY[:-1] + "=", "safe"),
        (APP_ID, TOKEN, KEY + "A", "safe"),
    ],
)
def test_an_account_that_cannot_work_does_not_start(app_id, token, key, mode):
    with pytest.raises(ValueError, match=r"mode|needs|EncodingAESKey"):
        PushDoor(app_id, token, key, mode)


def test_plain_mode_needs_no_key():
    door = PushDoor(APP_ID, TOKEN, "", "plain")
    assert door.open(plain_query(), CLICK.encode(), "text/xml", NOW).event == "CLICK"


def test_any_key_of_43_characters_works():
    letters = string.ascii_letters + string.digits
    for _ in range(50):
        key = "".join(random.choices(letters, k=43))
        assert PushCipher(APP_ID, key).decrypt(PushCipher(APP_ID, key).encrypt(b"x")) == b"x"


@pytest.mark.parametrize(
    "text",
    [
        message(sender="o" * 129),
        message(time="99999999999"),
        message(("Event", "user_authorization_revoke"), ("OpenID", "o" * 129), kind="event"),
    ],
)
def test_what_no_column_or_calendar_holds_is_malformed(text):
    with pytest.raises(Malformed):
        PLAIN.open(plain_query(), text.encode(), "text/xml", NOW)
