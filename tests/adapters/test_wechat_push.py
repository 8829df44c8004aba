"""The door for WeChat's pushes: three modes, official vectors, and everything that must not come in."""

import base64
import hashlib
import json
import random
import string
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import xmltodict
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st
from wechatpy.crypto import WeChatCrypto

from wxserver.adapters.wechat import PushDoor
from wxserver.adapters.wechat.crypto import PushCipher, signature
from wxserver.ports import BadSignature, Malformed, Push

APP_ID, TOKEN, KEY = "wxf6eb1f9307aaab49", "98ed9eb0a246a8def7b93ed0", "s7zTFdhWUL1wTmqzRx4nLWk9n03EU3801v9ZAUDpr8L"
NOW = datetime(2026, 11, 26, 2, 0, tzinfo=UTC)
STAMP = str(int(NOW.timestamp()))
NONCE = "415670741"
CLICK = (
    "<xml><ToUserName><![CDATA[gh_x]]></ToUserName><FromUserName><![CDATA[oOPENID]]></FromUserName>"
    "<CreateTime>1795658984</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[CLICK]]></Event>"
    "<EventKey><![CDATA[HELP_CARD]]></EventKey></xml>"
)
PLAIN, COMPAT, SAFE = (PushDoor(APP_ID, TOKEN, KEY, mode) for mode in ("plain", "compat", "safe"))
DOORS = {"plain": PLAIN, "compat": COMPAT, "safe": SAFE}


def message(*fields, to="gh_x", sender="oOPENID", time="1795658984", kind="text"):
    head = (("ToUserName", to), ("FromUserName", sender), ("CreateTime", time), ("MsgType", kind))
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in (*head, *fields) if value is not None)
    return f"<xml>{inner}</xml>"


def plain_query(timestamp=STAMP, nonce=NONCE, **changes):
    return {"signature": signature(TOKEN, timestamp, nonce), "timestamp": timestamp, "nonce": nonce} | changes


def sealed(text, mode="safe", app_id=APP_ID, key=KEY, timestamp=STAMP, **changes):
    """Query and body of an encrypted push, as the official client would send it."""
    ciphertext = text if isinstance(text, bytes) else PushCipher(app_id, key).encrypt(text.encode()).encode()
    beside = "<FromUserName>oFORGED</FromUserName><MsgType>text</MsgType>" if mode == "compat" else ""
    body = b"<xml><ToUserName>gh_x</ToUserName>%b<Encrypt>%b</Encrypt></xml>" % (beside.encode(), ciphertext)
    query = plain_query(
        timestamp,
        encrypt_type="aes",
        msg_signature=signature(TOKEN, timestamp, NONCE, ciphertext.decode("utf-8", "replace")),
    )
    return query | changes, body


# Official vectors


def test_the_official_url_check_is_answered():
    door = PushDoor("wxba5fad812f8e6fb9", "AAAAA", "A" * 43, "safe")
    query = {
        "signature": "f464b24fc39322e44b38aa78f5edd27bd1441696",
        "echostr": "4375120948345356249",
        "timestamp": "1714036504",
        "nonce": "1514711492",
    }
    assert door.verify_url(query, datetime.fromtimestamp(1714036504, UTC)) == "4375120948345356249"


def test_the_official_plain_push_is_signed_as_we_sign():
    assert signature("AAAAA", "1714037059", "486452656") == "899cf89e464efb63f54ddac96b0a0a235f53aa78"


OFFICIAL = (
    "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv6JsXUnnR"
    "8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km3"
    "2IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04="
)


@pytest.mark.parametrize("wire", ["xml", "json"])
def test_the_official_encrypted_push_opens(wire):
    door = PushDoor("wxba5fad812f8e6fb9", "AAAAA", "A" * 43, "safe")
    query = {
        "signature": "6c5c811b55cc85e0e1b54100749188c20beb3f5d",
        "timestamp": "1714112445",
        "nonce": "415670741",
        "openid": "o9AgO5Kd5ggOC-bXrbNODIiE3bGY",
        "encrypt_type": "aes",
        "msg_signature": "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3",
    }
    envelope = {"ToUserName": "gh_97417a04a28d", "Encrypt": OFFICIAL}
    if wire == "json":
        body, content_type = json.dumps(envelope).encode(), "application/json"
    else:
        body, content_type = xmltodict.unparse({"xml": envelope}).encode(), "text/xml"
    push = door.open(query, body, content_type, datetime.fromtimestamp(1714112445, UTC))
    assert push == Push(
        from_user="o9AgO5Kd5ggOC-bXrbNODIiE3bGY",
        to_user="gh_97417a04a28d",
        create_time=1714112445,
        msg_type="event",
        event="debug_demo",
        fields=dict(push.fields),
        wire="json",
    )
    assert push.fields["debug_str"] == "hello world"


def test_the_official_reply_encrypts_to_its_known_ciphertext():
    found = PushCipher("wxba5fad812f8e6fb9", "A" * 43).encrypt(b'{"demo_resp":"good luck"}', b"707722b803182950")
    assert found == "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ=="
    assert signature("AAAAA", "1713424427", "415670741", found) == "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1"


def test_another_implementations_vector_encrypts_and_decrypts():
    cipher = PushCipher("wxb11529c136998cb6", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG")
    sealed_text = "jn1L23DB+6ELqJ+6bruv21Y6MD7KeIfP82D6gU39rmkgczbWwt5+3bnyg5K55bgVtVzd832WzZGMhkP72vVOfg=="
    assert cipher.encrypt("我是中文abcd123".encode(), b"aaaabbbbccccdddd") == sealed_text
    assert cipher.decrypt(sealed_text).decode() == "我是中文abcd123"


# Against an independent implementation


@given(st.text(st.characters(codec="utf-8"), max_size=200))
def test_what_the_oracle_encrypts_opens_and_what_we_encrypt_the_oracle_opens(text):
    oracle = WeChatCrypto(TOKEN, KEY, APP_ID)
    inner = json.dumps({"ToUserName": "gh_x", "FromUserName": "o", "CreateTime": 1, "MsgType": "text", "Content": text})
    body = oracle.encrypt_message(inner, NONCE, STAMP)
    query = plain_query(msg_signature=xmltodict.parse(body)["xml"]["MsgSignature"])
    if "\x00" in text:
        with pytest.raises(Malformed):
            SAFE.open(query, body.encode(), "text/xml", NOW)
        return
    push = SAFE.open(query, body.encode(), "text/xml", NOW)
    assert push.content == text
    ours = xmltodict.parse(SAFE.answer(push_like(push, wire="xml"), "好" + text, query, NOW))["xml"]
    shown = oracle.decrypt_message(xmltodict.unparse({"xml": ours}), ours["MsgSignature"], ours["TimeStamp"], NONCE)
    assert xmltodict.parse(shown, strip_whitespace=False)["xml"]["Content"] == readable("好" + text)


def push_like(push, wire):
    return Push(push.from_user, push.to_user, push.create_time, push.msg_type, wire=wire)


def readable(text):
    """The text as XML can carry it: without control characters, line ends unified."""
    kept = "".join(
        letter for letter in text if letter in "\t\n\r" or (letter >= "\x20" and letter not in "\ufffe\uffff")
    )
    return kept.replace("\r\n", "\n").replace("\r", "\n")


@given(st.binary(max_size=500))
def test_any_message_survives_encryption(content):
    cipher = PushCipher(APP_ID, KEY)
    found = cipher.encrypt(content)
    assert cipher.decrypt(found) == content
    assert len(base64.b64decode(found)) % 32 == 0
    assert found != cipher.encrypt(content)


@given(st.text() | st.binary(max_size=200).map(lambda raw: base64.b64encode(raw).decode()))
def test_what_was_not_encrypted_for_us_never_opens(text):
    with pytest.raises(BadSignature):
        PushCipher(APP_ID, KEY).decrypt(text)


@pytest.mark.parametrize(
    "plain",
    [
        pytest.param(b"r" * 16 + (999).to_bytes(4, "big") + b"m" + APP_ID.encode(), id="length too large"),
        pytest.param(b"r" * 16 + (0).to_bytes(4, "big") + b"m" + APP_ID.encode(), id="length too small"),
        pytest.param(b"r" * 16 + b"\xff\xff\xff\xff" + b"m" + APP_ID.encode(), id="length of four gigabytes"),
        pytest.param(b"r" * 16 + (1).to_bytes(4, "big") + b"m", id="no appid"),
        pytest.param(b"r" * 16 + (1).to_bytes(4, "big") + b"m" + b"wx0000000000000000", id="another appid"),
        pytest.param(b"r" * 10, id="too short"),
    ],
)
@pytest.mark.parametrize("padding", ["right", "zero", "mixed", "too long"])
def test_length_appid_and_padding_are_checked(plain, padding):
    size = 32 - len(plain) % 32
    tail = {
        "right": bytes([size]) * size,
        "zero": bytes(size),
        "mixed": bytes(size - 1) + bytes([size]),
        "too long": bytes([33]) * (size + 32),
    }[padding]
    key = base64.b64decode(KEY + "=")
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    text = base64.b64encode(encryptor.update(plain + tail) + encryptor.finalize()).decode()
    with pytest.raises(BadSignature):
        PushCipher(APP_ID, KEY).decrypt(text)


# Opening


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
    assert DOORS[mode].open(query, body, "text/xml", NOW + timedelta(seconds=300))


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
    for door in (COMPAT, SAFE):
        with pytest.raises(BadSignature):
            door.open(*push, "text/xml", NOW)


DEEP = "<a>" * 32 + "</a>" * 32
BOMB = '<!DOCTYPE xml [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + CLICK.replace("HELP_CARD]]>", "]]>&b;")
UNREADABLE = {
    "empty": "",
    "text": "hello",
    "not closed": CLICK[:-1],
    "two roots": CLICK + CLICK,
    "another root": CLICK.replace("xml>", "lmx>"),
    "doctype": "<!DOCTYPE xml>" + CLICK,
    "external doctype": '<!DOCTYPE xml SYSTEM "file:///etc/passwd">' + CLICK,
    "entity bomb": BOMB,
    "unknown entity": CLICK.replace("1795658984", "&time;"),
    "deep": CLICK.replace("</xml>", DEEP + "</xml>"),
    "large": CLICK.replace("</xml>", f"<Content>{'x' * 65536}</Content></xml>"),
    "field twice": CLICK.replace("</xml>", "<FromUserName>oOTHER</FromUserName></xml>"),
    "NUL": CLICK.replace("HELP_CARD", "HELP\x00CARD"),
    "no sender": message(sender=None),
    "empty sender": message(sender=""),
    "no receiver": message(to=None),
    "no type": message(kind=None),
    "no time": message(time=None),
    "time in words": message(time="now"),
    "negative time": message(time="-1"),
    "huge time": message(time="9" * 13),
    "event without a name": message(kind="event"),
    "sender too long": message(sender="o" * 1025),
    "json list": "[]",
    "json of another shape": '{"ToUserName":"gh_x"}',
    "json with a list for a sender": json.dumps(
        {"ToUserName": "g", "FromUserName": ["o", "p"][:0], "CreateTime": 1, "MsgType": "text"}
    ),
    "json nested deep": '{"a":' * 40 + "1" + "}" * 40,
    "json nested absurdly": '{"a":' * 10_000,
    "json with a broken letter": '{"ToUserName":"g","FromUserName":"\\ud800","CreateTime":1,"MsgType":"text"}',
    "json with NUL": '{"ToUserName":"g","FromUserName":"o\\u0000","CreateTime":1,"MsgType":"text"}',
    "json field twice": '{"ToUserName":"g","FromUserName":"o"," FromUserName":"p","CreateTime":1,"MsgType":"text"}',
    "json without a name": '{"":{"ToUserName":"g"},"FromUserName":"o","CreateTime":1,"MsgType":"text"}',
}


@pytest.mark.parametrize("text", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_an_authentic_push_that_cannot_be_read_is_malformed(text):
    with pytest.raises(Malformed):
        PLAIN.open(plain_query(), text.encode(), "", NOW)
    if len(text) < 40_000:
        with pytest.raises(Malformed):
            SAFE.open(*sealed(text), "", NOW)


@pytest.mark.parametrize("declared", ["", '<?xml version="1.0" encoding="gbk"?>'])
def test_letters_in_another_encoding_are_malformed(declared):
    with pytest.raises(Malformed):
        PLAIN.open(plain_query(), (declared + CLICK.replace("HELP", "帮")).encode("gbk"), "text/xml", NOW)


@given(st.binary(), st.text(), st.dictionaries(st.sampled_from(sorted(sealed(CLICK)[0])), st.text()))
def test_nothing_a_sender_sends_raises_anything_else(body, content_type, changes):
    for mode, door in DOORS.items():
        base = plain_query() if mode == "plain" else sealed(CLICK)[0]
        with pytest.raises((BadSignature, Malformed)):
            door.open(base | changes, body, content_type, NOW)


def test_texts_are_read_whole():
    push = PLAIN.open(
        plain_query(),
        message(("Content", "<![CDATA[查 <进度> & 更多]]>&amp;!"), ("MsgId", "23456789012345678")).encode(),
        "text/xml; charset=utf-8",
        NOW,
    )
    assert (push.msg_type, push.content, push.msg_id) == ("text", "查 <进度> & 更多&!", "23456789012345678")


def test_an_event_after_a_template_message_carries_its_id_in_capitals():
    push = PLAIN.open(
        plain_query(),
        message(
            ("Event", "TEMPLATESENDJOBFINISH"), ("MsgID", "200163840"), ("Status", "success"), kind="event"
        ).encode(),
        "text/xml",
        NOW,
    )
    assert (push.msg_id, push.fields["Status"]) == ("200163840", "success")


POPUP = "<List><TemplateId>T1</TemplateId></List><List><TemplateId>T2</TemplateId></List>"


def test_nested_texts_are_found_by_their_path_in_both_formats():
    xml = PLAIN.open(
        plain_query(), message(("Event", "e"), ("Popup", POPUP), kind="event").encode(), "text/xml", NOW
    ).fields
    base = {"ToUserName": "gh_x", "FromUserName": "o", "CreateTime": 1, "MsgType": "event", "Event": "e"}
    many = json.dumps(base | {"Popup": {"List": [{"TemplateId": "T1"}, {"TemplateId": "T2"}]}}).encode()
    one = json.dumps(base | {"Popup": {"List": {"TemplateId": "T1"}}}).encode()
    for fields in (xml, PLAIN.open(plain_query(), many, "application/json", NOW).fields):
        assert (fields["Popup.List.TemplateId"], fields["Popup.List.2.TemplateId"]) == ("T1", "T2")
    assert PLAIN.open(plain_query(), one, "application/json", NOW).fields["Popup.List.TemplateId"] == "T1"


def test_json_names_with_blanks_around_them_and_other_values_are_read():
    body = json.dumps(
        {
            "ToUserName": "gh_x",
            " FromUserName": "o",
            "CreateTime": 1795658984,
            "MsgType": "event",
            "Event": "user_authorization_revoke",
            " OpenID": "oCITIZEN",
            "RevokeInfo": 301,
            "a": True,
            "b": False,
            "c": None,
        }
    ).encode()
    push = PLAIN.open(plain_query(), body, "application/json", NOW)
    assert (push.from_user, push.create_time) == ("o", 1795658984)
    assert [push.fields[name] for name in ("OpenID", "RevokeInfo", "a", "b", "c")] == [
        "oCITIZEN",
        "301",
        "true",
        "false",
        "",
    ]


def test_the_content_type_decides_between_the_formats_where_it_names_one():
    body = json.dumps({"ToUserName": "g", "FromUserName": "o", "CreateTime": 1, "MsgType": "text"}).encode()
    assert PLAIN.open(plain_query(), body, "text/plain", NOW).wire == "json"
    assert PLAIN.open(plain_query(), b" " + body, "", NOW).wire == "json"
    with pytest.raises(Malformed):
        PLAIN.open(plain_query(), body, "text/xml", NOW)
    with pytest.raises(Malformed):
        PLAIN.open(plain_query(), CLICK.encode(), "application/json", NOW)


def test_two_deliveries_of_one_push_have_one_key_and_two_events_of_one_second_have_two():
    first = PLAIN.open(plain_query(), CLICK.encode(), "text/xml", NOW)
    again = PLAIN.open(plain_query(nonce="2", signature=signature(TOKEN, STAMP, "2")), CLICK.encode(), "text/xml", NOW)
    other = PLAIN.open(plain_query(), CLICK.replace("HELP_CARD", "OTHER").encode(), "text/xml", NOW)
    assert first.key == again.key
    assert first.key != other.key


# The check of our address


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


# Answering


@pytest.mark.parametrize("mode", ["plain", "compat", "safe"])
@pytest.mark.parametrize("nothing", [None, ""])
def test_nothing_to_say_is_a_bare_success_in_every_mode(mode, nothing):
    assert DOORS[mode].answer(Push("o", "gh_x", 1, "text"), nothing, plain_query(), NOW) == b"success"


@pytest.mark.parametrize("text", ["您好", "a]]>b", "]]>]]>", "<&>", "]]", ">", "a\x00b\x0bc", "😀\ufffe"])
@pytest.mark.parametrize("mode", ["plain", "compat"])
def test_a_text_goes_to_the_sender_whatever_stands_in_it(mode, text):
    body = DOORS[mode].answer(Push("oA", "gh_x", 1, "text"), text, plain_query(), NOW)
    found = {child.tag: child.text for child in ET.fromstring(body)}  # noqa: S314 (our own answer)
    assert found == {
        "ToUserName": "oA",
        "FromUserName": "gh_x",
        "CreateTime": STAMP,
        "MsgType": "text",
        "Content": readable(text),
    }


@pytest.mark.parametrize("wire", ["xml", "json"])
def test_in_safe_mode_the_answer_is_encrypted_signed_and_echoes_the_nonce(wire):
    body = SAFE.answer(Push("oA", "gh_x", 1, "text", wire=wire), "您好", plain_query(), NOW)
    assert "您好".encode() not in body
    envelope = json.loads(body) if wire == "json" else xmltodict.parse(body)["xml"]
    assert str(envelope["TimeStamp"]) == STAMP
    assert envelope["Nonce"] == NONCE
    parts = sorted([TOKEN, STAMP, NONCE, envelope["Encrypt"]])
    assert envelope["MsgSignature"] == hashlib.sha1("".join(parts).encode()).hexdigest()
    inner = PushCipher(APP_ID, KEY).decrypt(envelope["Encrypt"])
    found = json.loads(inner) if wire == "json" else xmltodict.parse(inner)["xml"]
    assert (found["ToUserName"], found["FromUserName"], found["Content"]) == ("oA", "gh_x", "您好")


# Configuration


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
    assert PushDoor(APP_ID, TOKEN, "", "plain").open(plain_query(), CLICK.encode(), "text/xml", NOW)


def test_any_key_of_43_characters_works():
    letters = string.ascii_letters + string.digits
    for _ in range(50):
        key = "".join(random.choices(letters, k=43))
        assert PushCipher(APP_ID, key).decrypt(PushCipher(APP_ID, key).encrypt(b"x")) == b"x"
