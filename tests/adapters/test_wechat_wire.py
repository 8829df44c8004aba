"""Authentic pushes in XML and JSON: what is read, and what is malformed."""

import json
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.adapters.pushes import CLICK, DOORS, NOW, PLAIN, SAFE, STAMP, TOKEN, message, plain_query, sealed
from wxserver.adapters.wechat import wire
from wxserver.adapters.wechat.crypto import signature
from wxserver.ports import BadSignature, Malformed

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
    "json nested deep": '{"ToUserName":"g","FromUserName":"o","CreateTime":1,"MsgType":"text","a":'
    + '{"a":' * 32
    + "1"
    + "}" * 33,
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
        query, body = sealed(text)
        with pytest.raises(Malformed):
            SAFE.open(query, body, "", NOW)


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


_NAMES = st.sampled_from(["ToUserName", "Content", "Content", "a"])
_PIECES = [*"a0]>&< \t\r\n\v\x00\x7f\x85中😀\ufffe\u2028", "]]>", "<![CDATA[", "<b/>"]
_TEXTS = st.lists(st.sampled_from(_PIECES), max_size=6).map("".join)
_VALUES = st.one_of(_TEXTS, _TEXTS.map("<![CDATA[{}]]>".format))
_FIELDS = st.one_of(
    st.builds("<{0}>{1}</{0}>".format, _NAMES, _VALUES), st.sampled_from([" ", "\n", "\f", "x", "<c/>"])
)


@settings(max_examples=2000)
@given(st.lists(_FIELDS, max_size=5).map("".join), st.sampled_from(["", " ", "\v", "\ufeff", "<?xml version='1.0'?>"]))
@example("<a>1</a><a>2</a>", "")
@example("<a><![CDATA[]]></a><Content></Content>", "\n")
def test_what_is_read_the_short_way_is_what_expat_reads(fields, before):
    body = f"{before}<xml>{fields}</xml>".encode()
    short = wire._usual(body)
    if short:
        assert wire._Tree().read(body) == short


def test_what_wechat_usually_sends_is_read_the_short_way():
    assert wire._usual(b"<xml><A><![CDATA[\xe7\xa4\xbe <b>]]></A>\n<B>12</B></xml>") == {"A": "社 <b>", "B": "12"}


@pytest.mark.parametrize("unit", ["<a>1</a>", "<a><![CDATA[", "<a>", "<![CDATA[a]]>", " "])
def test_no_body_takes_long_to_be_found_unusual(unit):
    body = ("<xml>" + unit * (wire.MAX_BODY // len(unit) - 2)).encode()
    began = time.perf_counter()
    wire._usual(body)
    assert time.perf_counter() - began < 0.05
