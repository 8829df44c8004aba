"""The sandbox's WeChat: templates, messages, accepted subscriptions, and the reports on what became of a message."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.conftest import Far, StandIn, until
from tests.sandbox.wechat_side import (
    APP,
    DATA,
    MINI,
    NOTICE,
    OF_MINI,
    PROGRESS,
    TEMPLATES,
    api,
    events,
    mini_openid,
)
from wxserver.sandbox.wechat_templates import fits

TEMPLATE, BIZSEND, SUBSCRIBE = (
    f"/cgi-bin/message/{word}" for word in ("template/send", "subscribe/bizsend", "subscribe/send")
)


@pytest.fixture
def config(config: Path) -> Path:
    """Accounts in clear mode, so that tests can read their events, and with templates."""
    text = config.read_text("utf-8").replace('mode = "safe"', 'mode = "plain"')
    config.write_text(text + TEMPLATES, "utf-8")
    return config


def _template(far: Far, person: dict[str, Any], **more: Any) -> Any:
    return api(far, TEMPLATE, {"touser": person["openid"], "template_id": PROGRESS, "data": DATA} | more)


def _notice(far: Far, openid: str, **more: Any) -> Any:
    return api(far, BIZSEND, {"touser": openid, "template_id": NOTICE, "data": DATA} | more)


def _mini(far: Far, openid: str, **more: Any) -> Any:
    return api(far, SUBSCRIBE, {"touser": openid, "template_id": OF_MINI, "data": DATA} | more, MINI)


def _accept(far: Far, person: dict[str, Any], template: str = NOTICE, account: str = "jieyang", **more: Any) -> Any:
    body = {"openid": person["openid"], "account": account, "template_id": template, "accept": True} | more
    answer = far.control("wechat/subscriptions", body)
    assert answer.status == 200, answer.text
    return answer.json


def _messages(far: Far, openid: str) -> list[dict[str, Any]]:
    return far.items(f"messages?openid={openid}")


def _reports(stand_in: StandIn, account: str = "jieyang") -> list[dict[str, str]]:
    told = ("TEMPLATESENDJOBFINISH", "subscribe_msg_sent_event")
    return [event for event in events(stand_in, account) if event["Event"] in told]


def test_each_account_lists_the_templates_it_was_granted_with_their_fields_until_one_is_taken_away(far: Far) -> None:
    private = "/cgi-bin/template/get_all_private_template"
    listed = api(far, private)["template_list"]
    assert [(each["template_id"], "{{thing1.DATA}}" in each["content"]) for each in listed] == [(PROGRESS, True)]
    of_service, of_mini = (api(far, "/wxaapi/newtmpl/gettemplate", app=app)["data"] for app in (APP, MINI))
    assert [each["priTmplId"] for each in of_service + of_mini] == [NOTICE, OF_MINI]
    assert api(far, private, app=MINI)["errcode"] == 48001
    far.control("wechat/templates", {"template_id": PROGRESS, "granted": False}, "PUT")
    assert api(far, private)["template_list"] == []
    assert _template(far, far.person())["errcode"] == 40037
    far.control("wechat/templates", {"template_id": PROGRESS, "granted": True}, "PUT")
    assert _template(far, far.person())["errcode"] == 0


def test_a_template_message_reaches_a_follower_and_is_reported_after_the_answer(far: Far, stand_in: StandIn) -> None:
    person = far.person()
    sent = _template(far, person, url="https://example.com/x", client_msg_id="c1")
    (report,) = until(lambda: _reports(stand_in))
    assert report["FromUserName"] == person["openid"]
    assert (report["MsgID"], report["Status"]) == (str(sent["msgid"]), "success")
    (message,) = _messages(far, person["openid"])
    assert (message["kind"], message["data"]) == ("template", DATA)


@pytest.mark.parametrize(
    ("more", "errcode"),
    [
        ({"touser": "nobody"}, 40003),
        ({"template_id": "T-unknown"}, 40037),
        ({"template_id": NOTICE}, 40037),
        ({"template_id": None}, 40037),
        ({"data": {}}, 47003),
        ({"url": "javascript:alert(1)"}, 40066),
        ({"miniprogram": {"appid": APP, "pagepath": "pages/a"}}, 40013),
        ({"miniprogram": {"appid": MINI, "pagepath": "/a b"}}, 41030),
    ],
)
def test_a_faulty_message_has_wechats_number_and_reaches_nobody(far: Far, more: dict[str, Any], errcode: int) -> None:
    person = far.person()
    assert _template(far, person, **more)["errcode"] == errcode
    assert _messages(far, person["openid"]) == []


def test_a_value_that_does_not_fit_is_named_and_refuses_the_whole_message(far: Far) -> None:
    person = far.person()
    for changed, named in (
        ({"thing1": {"value": "字" * 21}}, "data.thing1.value invalid"),
        ({"phrase2": {"value": ""}}, "data.phrase2.value is emtpy"),
        ({"time3": {"value": "2026-11-23"}}, "data.time3.value invalid"),
        ({"thing9": {"value": "多出来的"}}, "data.thing9.value invalid"),
    ):
        answer = _template(far, person, data=DATA | changed)
        assert answer["errcode"] == 47003
        assert answer["errmsg"].startswith(f"argument invalid! {named} rid: ")
    without = {name: value for name, value in DATA.items() if name != "time3"}
    assert "data.time3.value" in _template(far, person, data=without)["errmsg"]
    assert _messages(far, person["openid"]) == []


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        ("thing1", ["一", "x" * 20], ["x" * 21]),
        ("number2", ["1", "9" * 32, "3.5"], ["9" * 33, "1a", "-"]),
        ("letter3", ["abcXYZ"], ["a1", "a" * 33, "中"]),
        ("symbol4", ["!!", "#￥%"], ["!!!!!!", "a"]),
        ("character_string5", ["JY-2026/1", "x" * 32], ["x" * 33, "编号"]),
        ("time6", ["15:01", "2026年11月23日 15:01", "15:01~16:01"], ["25:01", "明天", "2026年2月30日 10:00"]),
        ("date7", ["2026年11月23日", "2026年11月23日 09:00"], ["23日", "15:01", "2026年13月1日"]),
        ("amount8", ["¥100.50元", "12元", "0"], ["12345678901", "多"]),
        ("phone_number9", ["+86-0663-8768888"], ["0" * 18, "电话"]),
        ("car_number10", ["粤V12345", "粤V8Z888挂"], ["粤V1234567", "v1"]),
        ("name11", ["陈", "陈" * 10, "A" * 20], ["陈" * 11, "A" * 21, "陈1"]),
        ("phrase12", ["已办结", "一二三四五"], ["一二三四五六", "done"]),
        ("const13", ["甲"], ["甲" * 21]),
        ("dance14", [], ["甲"]),
    ],
)
def test_each_type_of_field_takes_what_the_platform_documents(field: str, good: list[str], bad: list[str]) -> None:
    assert [value for value in good if not fits(field, value)] == []
    assert [value for value in bad if fits(field, value)] == []


def test_who_does_not_follow_gets_no_template_message(far: Far) -> None:
    person = far.person()
    far.control("wechat/follows", {"openid": person["openid"], "follows": False}, "PUT")
    assert _template(far, person)["errcode"] == 43004
    far.control("wechat/follows", {"openid": person["openid"], "follows": True}, "PUT")
    assert _template(far, person)["errcode"] == 0


def test_a_client_number_sends_once_in_ten_minutes_for_each_user(far: Far) -> None:
    one, other = far.person(), far.person()
    with ThreadPoolExecutor(8) as pool:
        sent = list(pool.map(lambda _: _template(far, one, client_msg_id="c1")["msgid"], range(8)))
    assert len(set(sent)) == 1
    assert _template(far, other, client_msg_id="c1")["msgid"] != sent[0]
    assert len(_messages(far, one["openid"])) == 1
    far.control("time", {"advance": "PT10M1S"})
    assert _template(far, one, client_msg_id="c1")["msgid"] != sent[0]
    assert len(_messages(far, one["openid"])) == 2


def test_one_accept_is_worth_one_notice_and_the_app_is_told_of_both(far: Far, stand_in: StandIn) -> None:
    person = far.person()
    assert _notice(far, person["openid"])["errcode"] == 43101
    _accept(far, person)
    (popup,) = events(stand_in)
    assert popup["Event"] == "subscribe_msg_popup_event"
    assert popup["SubscribeMsgPopupEvent.List.TemplateId"] == NOTICE
    assert popup["SubscribeMsgPopupEvent.List.SubscribeStatusString"] == "accept"
    assert popup["SubscribeMsgPopupEvent.List.PopupScene"] == "1"
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: _notice(far, person["openid"])["errcode"], range(8)))
    assert sorted(answers) == [0] + [43101] * 7
    (report,) = until(lambda: _reports(stand_in))
    assert report["SubscribeMsgSentEvent.List.TemplateId"] == NOTICE
    assert report["SubscribeMsgSentEvent.List.ErrorCode"] == "0"
    assert report["SubscribeMsgSentEvent.List.ErrorStatus"] == "success"
    (message,) = _messages(far, person["openid"])
    assert message["kind"] == "subscribe"


def test_a_refused_notice_spends_no_accept(far: Far) -> None:
    person = far.person()
    _accept(far, person)
    assert _notice(far, person["openid"], data=DATA | {"phrase2": {"value": "done"}})["errcode"] == 47003
    assert _notice(far, person["openid"], page="no page")["errcode"] == 40066
    assert _notice(far, person["openid"])["errcode"] == 0


def test_an_accept_for_always_holds_until_the_next_refusal(far: Far, stand_in: StandIn) -> None:
    person = far.person()
    _accept(far, person, always=True)
    assert [_notice(far, person["openid"])["errcode"] for _ in range(3)] == [0, 0, 0]
    _accept(far, person, accept=False)
    popups = [event for event in events(stand_in) if event["Event"] == "subscribe_msg_popup_event"]
    assert popups[-1]["SubscribeMsgPopupEvent.List.SubscribeStatusString"] == "reject"
    # The first accept of a standing one stays what it is: one notice.
    assert [_notice(far, person["openid"])["errcode"] for _ in range(2)] == [0, 43101]


def test_accepts_can_be_forgotten_with_and_without_a_word(far: Far, stand_in: StandIn) -> None:
    person = far.person()
    wanted = {"openid": person["openid"], "account": "jieyang"}
    _accept(far, person)
    assert far.control("wechat/subscriptions", wanted, "DELETE").json == {"withdrawn": 1}
    assert _notice(far, person["openid"])["errcode"] == 43101
    assert len(events(stand_in)) == 1
    _accept(far, person)
    far.control("wechat/subscriptions", wanted | {"tell": True}, "DELETE")
    told = events(stand_in)[-1]
    assert told["Event"] == "subscribe_msg_change_event"
    assert told["SubscribeMsgChangeEvent.List.SubscribeStatusString"] == "reject"
    assert far.items("wechat/subscriptions") == []


def test_a_mini_program_has_subscribers_and_pages_of_its_own(far: Far, stand_in: StandIn) -> None:
    person = far.person()
    openid = mini_openid(far, person)["openid"]
    _accept(far, person, OF_MINI, "jieyang_mini")
    (popup,) = events(stand_in, "jieyang_mini")
    assert (popup["FromUserName"], popup["SubscribeMsgPopupEvent.List.PopupScene"]) == (openid, "0")
    assert _mini(far, person["openid"])["errcode"] == 40003
    assert _mini(far, openid, page="/pages/case")["errcode"] == 41030
    assert _mini(far, openid, page="pages/case/case?number=JY1")["errcode"] == 0
    assert _mini(far, openid)["errcode"] == 43101
    (report,) = until(lambda: _reports(stand_in, "jieyang_mini"))
    assert (report["FromUserName"], report["Event"]) == (openid, "subscribe_msg_sent_event")
    assert len(_messages(far, openid)) == 1


def test_an_account_cannot_use_the_channel_of_another_kind(far: Far) -> None:
    body = {"touser": far.person()["openid"], "template_id": OF_MINI, "data": DATA}
    assert api(far, SUBSCRIBE, body)["errcode"] == 48001
    assert api(far, BIZSEND, body, MINI)["errcode"] == 48001


def test_the_next_reports_can_be_a_failure_or_stay_away(far: Far, stand_in: StandIn) -> None:
    person = far.person()
    far.control("wechat/outcomes", {"account": "jieyang", "status": "failed:user block", "times": 1}, "PUT")
    failed = _template(far, person, client_msg_id="c1")
    assert failed["errcode"] == 0
    (report,) = until(lambda: _reports(stand_in))
    assert report["Status"] == "failed:user block"
    assert _messages(far, person["openid"]) == []
    assert _template(far, person, client_msg_id="c1")["msgid"] == failed["msgid"]
    far.control("wechat/outcomes", {"account": "jieyang", "status": None, "times": 1}, "PUT")
    silent, told = _template(far, person), _template(far, person)
    until(lambda: len(_reports(stand_in)) == 2)
    assert _reports(stand_in)[1]["MsgID"] == str(told["msgid"]) != str(silent["msgid"])
    assert len(_messages(far, person["openid"])) == 2


def test_a_failed_notice_is_reported_with_a_code_and_its_accept_is_spent(far: Far, stand_in: StandIn) -> None:
    person = far.person()
    _accept(far, person)
    far.control("wechat/outcomes", {"status": "failed:user block"}, "PUT")
    assert _notice(far, person["openid"])["errcode"] == 0
    (report,) = until(lambda: _reports(stand_in))
    assert report["SubscribeMsgSentEvent.List.ErrorCode"] != "0"
    assert report["SubscribeMsgSentEvent.List.ErrorStatus"] == "failed:user block"
    assert _notice(far, person["openid"])["errcode"] == 43101


def test_the_answer_to_a_notice_may_bear_no_number_and_its_report_does(far: Far, stand_in: StandIn) -> None:
    person = far.person()
    _accept(far, person)
    far.control("wechat/numbers", {"account": "jieyang", "given": False}, "PUT")
    assert _notice(far, person["openid"]) == {"errcode": 0, "errmsg": "ok"}
    (report,) = until(lambda: _reports(stand_in))
    assert report["SubscribeMsgSentEvent.List.MsgID"].isdecimal()
    assert "msgid" in _template(far, person)
    _accept(far, person)
    far.control("wechat/numbers", {"given": True}, "PUT")
    assert "msgid" in _notice(far, person["openid"])


def test_a_report_is_delivered_again_until_the_app_answers(far: Far, stand_in: StandIn) -> None:
    stand_in.respond = lambda _: ("", 500 if len(stand_in.received) == 1 else 200)
    sent = _template(far, far.person())
    until(lambda: len(_reports(stand_in)) == 2)
    assert {report["MsgID"] for report in _reports(stand_in)} == {str(sent["msgid"])}


def test_a_report_that_was_under_way_at_a_restart_comes_after_it(start: Callable[[], Far], stand_in: StandIn) -> None:
    far = start()
    person = far.person()
    far.world.outbox.stop()
    sent = _template(far, person)
    with far.world.database.write() as connection:
        # As if the thread had taken the report up and the process had ended then.
        connection.execute("DELETE FROM chore")
    assert _reports(stand_in) == []
    start()
    (report,) = until(lambda: _reports(stand_in))
    assert report["MsgID"] == str(sent["msgid"])


def test_a_lost_reply_leaves_the_message_and_a_busy_platform_does_not(far: Far) -> None:
    person = far.person()
    far.control("mishaps", {"target": "wechat", "mishap": "error", "times": 1, "at": "send"})
    assert _template(far, person)["errcode"] == -1
    assert _messages(far, person["openid"]) == []
    far.control("mishaps", {"target": "wechat", "mishap": "lost_reply", "times": 1, "at": "send"})
    with pytest.raises(AssertionError):
        _template(far, person, client_msg_id="c1")
    assert len(_messages(far, person["openid"])) == 1
    assert _template(far, person, client_msg_id="c1")["errcode"] == 0
    assert len(_messages(far, person["openid"])) == 1


def test_a_reset_forgets_accepts_and_what_was_turned(far: Far) -> None:
    person = far.person()
    _accept(far, person)
    far.control("wechat/templates", {"template_id": PROGRESS, "granted": False}, "PUT")
    far.control("reset")
    assert far.items("wechat/subscriptions") == []
    assert _template(far, far.person())["errcode"] == 0


@pytest.mark.parametrize(
    ("path", "method", "body"),
    [
        ("subscriptions", "POST", {"openid": "nobody", "template_id": NOTICE}),
        ("subscriptions", "POST", {"openid": "oDemoLinXiulan00000000000001", "template_id": PROGRESS}),
        ("subscriptions", "POST", {"openid": "oDemoLinXiulan00000000000001"}),
        ("subscriptions", "POST", {"account": "none", "template_id": NOTICE}),
        ("follows", "PUT", {"openid": "oDemoLinXiulan00000000000001"}),
        ("templates", "PUT", {"template_id": "T", "granted": True}),
        ("numbers", "PUT", {"given": "no"}),
        ("outcomes", "PUT", {"status": 1}),
        ("outcomes", "PUT", {"status": "success", "times": -1}),
    ],
)
def test_a_faulty_control_is_400_with_a_sentence(far: Far, path: str, method: str, body: dict[str, Any]) -> None:
    answer = far.control(f"wechat/{path}", body, method)
    assert answer.status == 400
    assert answer.json["detail"]
