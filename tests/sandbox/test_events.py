"""WeChat's events with all their fields, in XML and JSON, and how often a push is delivered."""

import json
import threading
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Response
from hypothesis import given
from hypothesis import strategies as st

from tests.sandbox.conftest import AES_KEY, Far, Received, StandIn
from tests.sandbox.test_push import APP, HELLO, _encrypted_reply, _sha, _xml
from wxserver.sandbox import people, wechat_crypto, wechat_push

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\r", categories=("L", "N", "P", "S", "Zs")))
BASE = {"ToUserName", "FromUserName", "CreateTime", "MsgType", "Event"}


def _pushed(far: Far, stand_in: StandIn, event: str, **more: Any) -> dict[str, Any]:
    """The fields of the push as the app finds them inside."""
    stand_in.received.clear()
    far.control("push", {"openid": "oX", "event": event} | more)
    body = stand_in.received[0].body
    if more.get("format") == "json":
        clear: dict[str, Any] = json.loads(wechat_crypto.decrypt(AES_KEY, APP, json.loads(body)["Encrypt"]))
        return clear
    return _tree(wechat_crypto.decrypt(AES_KEY, APP, _xml(body)["Encrypt"]))


def _tree(raw: bytes) -> dict[str, Any]:
    def value(element: ElementTree.Element) -> Any:
        return [(child.tag, value(child)) for child in element] or element.text or ""

    return {child.tag: value(child) for child in ElementTree.fromstring(raw)}  # noqa: S314


def _own(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in BASE}


def test_following_by_a_qr_code_bears_its_scene_and_the_ticket_that_scanning_it_again_bears(
    far: Far, stand_in: StandIn
) -> None:
    came = _own(_pushed(far, stand_in, "subscribe", scene="lost-window"))
    again = _own(_pushed(far, stand_in, "SCAN", scene="lost-window"))
    assert (came["EventKey"], again["EventKey"]) == ("qrscene_lost-window", "lost-window")
    assert came["Ticket"] == again["Ticket"] != ""
    assert _own(_pushed(far, stand_in, "subscribe")) == {"EventKey": ""}
    assert _own(_pushed(far, stand_in, "unsubscribe")) == {}


def test_follow_events_change_who_follows(far: Far) -> None:
    openid = far.person()["openid"]

    def follows() -> bool:
        return bool(far.get("/phone/state.json", {"Cookie": f"sandbox_user={openid}"}).json["follows"])

    for event, expected in (("unsubscribe", False), ("SCAN", False), ("subscribe", True)):
        far.control("push", {"openid": openid, "event": event})
        assert follows() is expected
    far.control("push", {"openid": openid, "event": "unsubscribe", "account": "jieyang_mini"})
    assert follows()


@pytest.mark.parametrize(
    ("event", "asked", "fields"),
    [
        ("CLICK", {"key": "HELP"}, {"EventKey": "HELP"}),
        ("VIEW", {"key": "http://127.0.0.1/"}, {"EventKey": "http://127.0.0.1/", "MenuId": "439000001"}),
        ("view_miniprogram", {"key": "pages/a"}, {"EventKey": "pages/a", "MenuId": "439000001"}),
        ("TEMPLATESENDJOBFINISH", {"msg_id": 7}, {"MsgID": "7", "Status": "success"}),
        ("TEMPLATESENDJOBFINISH", {"msg_id": 7, "status": "failed:user block"},
         {"MsgID": "7", "Status": "failed:user block"}),
        ("subscribe_msg_popup_event", {"template_id": "T"}, {"SubscribeMsgPopupEvent": [("List", [
            ("TemplateId", "T"), ("SubscribeStatusString", "accept"), ("PopupScene", "1")])]}),
        ("subscribe_msg_change_event", {"template_id": ["T", "U"]}, {"SubscribeMsgChangeEvent": [
            ("List", [("TemplateId", "T"), ("SubscribeStatusString", "reject")]),
            ("List", [("TemplateId", "U"), ("SubscribeStatusString", "reject")])]}),
        ("subscribe_msg_sent_event", {"template_id": "T", "msg_id": 7}, {"SubscribeMsgSentEvent": [("List", [
            ("TemplateId", "T"), ("MsgID", "7"), ("ErrorCode", "0"), ("ErrorStatus", "success")])]}),
    ],
)  # fmt: skip
def test_an_event_has_the_fields_that_the_platform_documents(
    far: Far, stand_in: StandIn, event: str, asked: dict[str, Any], fields: dict[str, Any]
) -> None:
    assert _own(_pushed(far, stand_in, event, **asked)) == fields


def test_a_cancellation_comes_from_the_platform_and_names_the_citizen_inside(far: Far, stand_in: StandIn) -> None:
    person = far.person()
    told = _pushed(far, stand_in, "user_authorization_cancellation", openid=person["openid"])
    assert told["FromUserName"] != person["openid"]
    assert stand_in.received[0].args["openid"] == told["FromUserName"]
    union = told.pop("UnionID")
    assert union.startswith("u")
    assert _own(told) == {
        "OpenID": person["openid"], "AppID": APP, "RevokeInfo": "205", "PluginID": "", "OpenPID": "",
    }  # fmt: skip
    assert _pushed(far, stand_in, "user_authorization_revoke", revoke_info="201")["RevokeInfo"] == "201"
    assert "RevokeInfo" not in _pushed(far, stand_in, "user_info_modified")


def test_json_has_its_list_at_the_top_as_an_object_where_it_is_one_and_an_array_where_it_is_many(
    far: Far, stand_in: StandIn
) -> None:
    one = _pushed(far, stand_in, "subscribe_msg_popup_event", template_id="T", format="json")
    assert _own(one) == {"List": {"TemplateId": "T", "SubscribeStatusString": "accept", "PopupScene": 1}}
    many = _pushed(far, stand_in, "subscribe_msg_popup_event", template_id=["T", "U"], format="json")
    assert [entry["TemplateId"] for entry in many["List"]] == ["T", "U"]
    assert stand_in.received[0].headers["content-type"] == "application/json"
    assert set(stand_in.received[0].json) == {"ToUserName", "Encrypt"}


def test_json_of_a_deletion_has_names_with_a_blank_in_front(far: Far, stand_in: StandIn) -> None:
    told = _pushed(far, stand_in, "user_authorization_revoke", format="json")
    assert set(_own(told)) == {" OpenID", " UnionID", " AppID", " RevokeInfo", " PluginID", " OpenPID"}
    assert told[" OpenID"] == "oX"


def test_a_push_to_the_mini_program_bears_the_persons_openid_there(far: Far, stand_in: StandIn) -> None:
    person = far.person()
    far.control("push", {"openid": person["openid"], "text": "x", "account": "jieyang_mini"})
    (one,) = stand_in.at("/wechat/jieyang_mini/push")
    theirs = people.openid_for(person["openid"], "miniprogram", "wx5f9c79f933ccc393")
    assert (_xml(one.body)["FromUserName"], one.args["openid"]) == (theirs, theirs)
    state = far.get("/phone/state.json", {"Cookie": f"sandbox_user={person['openid']}"}).json
    assert state["chat"] == []


def _json_reply(one: Received, *, token: str = "pamtest") -> str:
    nonce = one.args["nonce"]
    encrypted = wechat_crypto.encrypt(AES_KEY, APP, json.dumps({"MsgType": "text", "Content": "您好"}).encode())
    signed = _sha(token, "1", nonce, encrypted)
    return json.dumps({"Encrypt": encrypted, "MsgSignature": signed, "TimeStamp": 1, "Nonce": nonce})


def test_encrypted_json_replies_are_decrypted_and_their_signatures_checked(far: Far, stand_in: StandIn) -> None:
    stand_in.respond = lambda one: (_json_reply(one), 200)
    told = far.control("push", {"openid": "oX", "text": "x", "format": "json"}).json
    assert told["reply"] == {"MsgType": "text", "Content": "您好"}
    stand_in.respond = lambda one: (_json_reply(one, token="x"), 200)
    assert "MsgSignature" in far.control("push", {"openid": "oX", "text": "x", "format": "json"}).json["fault"]
    stand_in.respond = lambda _: ("{", 200)
    assert "cannot be read" in far.control("push", {"openid": "oX", "text": "x", "format": "json"}).json["fault"]


@pytest.mark.parametrize(("mode", "fault"), [("compat", None), ("plain", "the reply is encrypted, in plain mode")])
def test_an_encrypted_reply_is_welcome_in_compat_mode_and_a_fault_in_plain_mode(
    config: Path, start: Callable[[], Far], stand_in: StandIn, mode: str, fault: str | None
) -> None:
    config.write_text(config.read_text(encoding="utf-8").replace('"safe"', f'"{mode}"'), encoding="utf-8")
    stand_in.respond = lambda one: (_encrypted_reply(HELLO, nonce=one.args["nonce"]), 200)
    assert start().control("push", {"openid": "oX", "text": "x"}).json.get("fault") == fault


def test_the_platform_delivers_three_times_in_all_and_then_says_sorry_in_the_chat(far: Far, stand_in: StandIn) -> None:
    openid = far.person()["openid"]
    stand_in.respond = lambda _: Response(status=500)
    told = far.control("push", {"openid": openid, "text": "x", "as_platform": True}).json
    assert [one["status"] for one in told["deliveries"]] == [500, 500, 500]
    assert len({one.body for one in stand_in.received}) == 1
    chat = far.get("/phone/state.json", {"Cookie": f"sandbox_user={openid}"}).json["chat"]
    assert [one["text"] for one in chat] == ["x", wechat_push.SORRY]


def test_the_platform_stops_as_soon_as_it_is_answered_well_and_only_that_answer_is_shown(
    far: Far, stand_in: StandIn
) -> None:
    openid = far.person()["openid"]

    def respond(one: Received) -> tuple[str, int]:
        good = len(stand_in.received) > 1
        return (_encrypted_reply(HELLO, nonce=one.args["nonce"]), 200) if good else ("<not xml", 200)

    stand_in.respond = respond
    told = far.control("push", {"openid": openid, "event": "CLICK", "key": "K", "as_platform": True}).json
    assert len(told["deliveries"]) == 2
    assert (told["reply"]["Content"], "fault" in told) == ("您好", False)
    chat = far.get("/phone/state.json", {"Cookie": f"sandbox_user={openid}"}).json["chat"]
    assert [one["text"] for one in chat] == ["您好"]
    stand_in.received.clear()
    stand_in.respond = lambda _: ("success", 200)
    far.control("mishaps", {"target": "wechat", "mishap": "duplicate"})
    far.control("push", {"openid": openid, "text": "x", "as_platform": True})
    assert len(stand_in.received) == 2


def test_overlapping_deliveries_are_under_way_at_the_same_time(far: Far, stand_in: StandIn) -> None:
    together = threading.Barrier(4)

    def respond(_: Received) -> tuple[str, int]:
        together.wait(5)
        return "success", 200

    stand_in.respond = respond
    begun = time.monotonic()
    told = far.control("push", {"openid": "oX", "text": "x", "deliveries": 4, "overlap": True}).json
    assert [one["status"] for one in told["deliveries"]] == [200] * 4
    assert time.monotonic() - begun < 5
    assert len({one.body for one in stand_in.received}) == 1


@pytest.mark.parametrize(
    "more",
    [
        {"format": "yaml"},
        {"overlap": "yes"},
        {"as_platform": 1},
        {"as_platform": True, "overlap": True},
        {"deliveries": 201},
    ],
)
def test_a_wish_that_makes_no_sense_is_refused_and_nothing_is_pushed(
    far: Far, stand_in: StandIn, more: dict[str, Any]
) -> None:
    assert far.control("push", {"openid": "oX", "text": "x"} | more).status == 400
    assert stand_in.received == []


@given(st.dictionaries(st.sampled_from(["Content", "EventKey", "Title"]), TEXTS))
def test_whatever_is_written_as_xml_or_json_is_read_back_as_it_was(fields: dict[str, str]) -> None:
    assert {name: text or "" for name, text in _tree(wechat_push.xml(fields).encode()).items()} == fields
    assert json.loads(wechat_push.written(fields, "json")) == fields
