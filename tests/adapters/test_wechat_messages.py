"""Messages over WeChat's server API: what goes over the wire, and what follows from each way of saying no."""

import logging
from urllib.parse import urlsplit

import pytest

from tests.adapters.scripted import json_answer, plain_answer
from tests.adapters.test_wechat_accounts import PlainCalls
from wxserver.adapters.wechat.messages import WeChatMessenger
from wxserver.ports import MessageRefused, Outgoing, Unavailable

OPENID = "oAbCdEfGhIjKlMnOpQrStUvWxYz1"
VALUES = {"thing1": "社会保障卡补领换领", "phrase2": "已受理", "time3": "2026-11-23 15:01"}
DATA = {
    "thing1": {"value": "社会保障卡补领换领"},
    "phrase2": {"value": "已受理"},
    "time3": {"value": "2026年11月23日 15:01"},
}


@pytest.fixture
def messenger(side, http):
    return WeChatMessenger(PlainCalls(side.url, http))


def outgoing(channel="template", **more):
    given = {
        "channel": channel,
        "account": "jieyang",
        "openid": OPENID,
        "template_id": "Wn2Jv0cVtPq5sH8m",
        "values": VALUES,
        "url": "https://rs.example.cn/cases/JY1",
        "page": "pages/case/case?number=JY1",
        "key": "f" * 32,
    }
    return Outgoing(**(given | more))


def sent(side):
    return urlsplit(side.last.path).path, side.last.document


def test_a_template_message_leads_to_its_url_and_carries_the_key_that_tells_a_second_one(messenger, side):
    side.says(json_answer({"errcode": 0, "errmsg": "ok", "msgid": 3000000000000000017}))
    assert messenger.send(outgoing()) == "3000000000000000017"
    assert sent(side) == (
        "/cgi-bin/message/template/send",
        {
            "touser": OPENID,
            "template_id": "Wn2Jv0cVtPq5sH8m",
            "url": "https://rs.example.cn/cases/JY1",
            "client_msg_id": "f" * 32,
            "data": DATA,
        },
    )


def test_a_subscription_notice_of_a_service_account_leads_to_its_url(messenger, side):
    side.says(json_answer({"errcode": 0, "errmsg": "ok"}))
    assert messenger.send(outgoing("bizsend")) == ""
    assert sent(side) == (
        "/cgi-bin/message/subscribe/bizsend",
        {
            "touser": OPENID,
            "template_id": "Wn2Jv0cVtPq5sH8m",
            "page": "https://rs.example.cn/cases/JY1",
            "data": DATA,
        },
    )


def test_a_mini_programs_message_leads_to_its_page(messenger, side):
    side.says(json_answer({"errcode": 0, "errmsg": "ok", "msgid": "17"}))
    assert messenger.send(outgoing("miniprogram")) == "17"
    assert sent(side) == (
        "/cgi-bin/message/subscribe/send",
        {
            "touser": OPENID,
            "template_id": "Wn2Jv0cVtPq5sH8m",
            "page": "pages/case/case?number=JY1",
            "miniprogram_state": "formal",
            "lang": "zh_CN",
            "data": DATA,
        },
    )


def test_what_a_message_has_not_is_left_out(messenger, side):
    side.says(json_answer({"errcode": 0}))
    for channel in ("template", "bizsend", "miniprogram"):
        messenger.send(outgoing(channel, url="", page="", key=""))
        assert not {"url", "page", "client_msg_id"} & set(side.last.document)


def test_values_are_cut_before_they_are_sent(messenger, side):
    side.says(json_answer({"errcode": 0}))
    messenger.send(outgoing(values={"thing1": "社" * 30, "phrase2": "等待补正材料"}))
    assert side.last.document["data"] == {"thing1": {"value": "社" * 19 + "…"}, "phrase2": {"value": "等待补正材"}}


@pytest.mark.parametrize("values", [{"number1": "陈桂英"}, {"thing1": "好", "place2": "陈桂英"}, {"phrase1": "陈1"}])
def test_a_value_that_cannot_fit_is_refused_before_anything_is_sent(messenger, side, values, caplog):
    with pytest.raises(MessageRefused) as caught:
        messenger.send(outgoing(values=values))
    assert (caught.value.code, caught.value.consequence) == (0, "bad_data")
    assert side.received == []
    assert "陈" not in str(caught.value) + caplog.text
    assert caught.value.message.startswith(list(values)[-1])


@pytest.mark.parametrize(
    ("code", "consequence"),
    [
        (43004, "not_following"),
        (43101, "not_subscribed"),
        (40003, "unknown_user"),
        (40037, "bad_template"),
        (43116, "bad_template"),
        (41030, "bad_template"),
        (47003, "bad_data"),
        (45009, "quota"),
        (45011, "quota"),
        (48001, "denied"),
        (43107, "denied"),
    ],
)
@pytest.mark.parametrize("channel", ["template", "bizsend", "miniprogram"])
def test_each_errcode_has_its_consequence(messenger, side, channel, code, consequence):
    side.says(json_answer({"errcode": code, "errmsg": "no rid: 1-2-3"}))
    with pytest.raises(MessageRefused) as caught:
        messenger.send(outgoing(channel))
    assert (caught.value.code, caught.value.consequence) == (code, consequence)


def test_the_field_that_wechat_names_is_told_and_nothing_else_of_its_words(messenger, side):
    side.says(json_answer({"errcode": 47003, "errmsg": f"argument invalid! data.time3.value is empty {OPENID} rid: 1"}))
    with pytest.raises(MessageRefused) as caught:
        messenger.send(outgoing())
    assert caught.value.message == "time3"
    assert str(caught.value) == "47003 bad_data time3"


@pytest.mark.parametrize("number", [None, True, 1.5, [], {}, "9" * 65, "\ud800", "\x00"])
def test_a_message_whose_number_cannot_be_read_has_gone_out_all_the_same(messenger, side, number):
    side.says(json_answer({"errcode": 0, "msgid": number}))
    assert messenger.send(outgoing()) == ""


@pytest.mark.parametrize("answer", [plain_answer(b"busy", 502), plain_answer(b"<html>"), json_answer({"errcode": -1})])
def test_no_definite_answer_is_unavailable(messenger, side, answer):
    side.says(answer)
    with pytest.raises(Unavailable):
        messenger.send(outgoing())


@pytest.mark.parametrize("code", [40164, 40125, 40243, 50002])
def test_a_configuration_at_fault_is_no_fault_of_the_message(messenger, side, code):
    side.says(json_answer({"errcode": code, "errmsg": "invalid ip 192.0.2.1"}))
    with pytest.raises(MessageRefused) as caught:
        messenger.send(outgoing())
    assert (caught.value.code, caught.value.consequence) == (code, "account")


def test_a_channel_that_is_none_is_no_channel(messenger, side):
    with pytest.raises(KeyError):
        messenger.send(outgoing("sms"))
    assert side.received == []


@pytest.mark.parametrize(("code", "level"), [(43004, "INFO"), (43101, "INFO"), (40037, "ERROR"), (47003, "ERROR")])
def test_what_it_takes_to_mend_a_refusal_is_logged_but_no_openid_and_no_value(messenger, side, caplog, code, level):
    caplog.set_level(logging.DEBUG)
    side.says(json_answer({"errcode": code, "errmsg": f"hint {OPENID} {VALUES['thing1']}"}))
    with pytest.raises(MessageRefused) as caught:
        messenger.send(outgoing())
    said = [each for each in caplog.records if each.name.endswith("wechat.messages")]
    assert [each.levelname for each in said] == [level]
    assert f"{code} {caught.value.consequence} template=Wn2Jv0cVtPq5sH8m account=jieyang" in caplog.text
    for personal in (OPENID, VALUES["thing1"]):
        assert personal not in caplog.text + str(caught.value) + repr(caught.value)


def test_a_message_that_went_out_leaves_no_openid_and_no_value_in_the_log(messenger, side, caplog):
    caplog.set_level(logging.DEBUG)
    side.says(json_answer({"errcode": 0}))
    messenger.send(outgoing())
    assert OPENID not in caplog.text
    assert VALUES["thing1"] not in caplog.text
