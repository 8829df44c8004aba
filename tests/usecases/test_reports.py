"""What WeChat reports on messages and taps: whose it is, and what it changes, however late, double or foreign."""

import time

import pytest
from sqlalchemy import func, select

from tests.town import wait_for
from tests.usecases.test_notifying import MINI, SUBSCRIBED, credits_of, finished, sent_ways, subscribe
from wxserver.store import people
from wxserver.store.tables.machinery import InboundMessage


@pytest.fixture
def citizen(town):
    """Somebody who follows the account, signed in."""
    return town.citizen("active").sign_in()


def test_a_report_on_somebody_elses_template_message_says_nothing_of_ours(town, citizen):
    town.sandbox.mishap("wechat", "error", 1000, at="send")
    finished(citizen)
    wait_for(lambda: sent_ways(town, citizen) == [("template", "doubt", None)])
    report = {"openid": citizen.openid, "event": "TEMPLATESENDJOBFINISH", "MsgID": 999000111, "Status": "success"}
    assert town.sandbox.control("push", report)["status"] == 200
    assert sent_ways(town, citizen) == [("template", "doubt", None)]


def reported(town, citizen, number, template=SUBSCRIBED, code="0", at=None):
    """WeChat's report on a subscription notice."""
    told = {"TemplateId": template, "MsgID": str(number), "ErrorCode": code, "ErrorStatus": "x"}
    event = {"event": "subscribe_msg_sent_event", "SubscribeMsgSentEvent": {"List": told}}
    return town.sandbox.control("push", {"openid": citizen.openid, "CreateTime": int(at or time.time())} | event)


def test_a_report_on_a_notice_is_taken_for_the_one_in_doubt_only_where_it_can_be_no_other(town, citizen):
    subscribe(town, citizen)
    wait_for(lambda: credits_of(town, citizen))
    mine = town.desk.sessions.find(citizen.http.cookies["wxserver_session"]).wechat_user_id
    town.learned(mine)
    with town.database.write() as unit:
        people.found_following(unit, mine, False)
    town.sandbox.mishap("wechat", "error", 1000, at="bizsend")
    finished(citizen)
    doubtful = [("bizsend", "doubt", None)]
    wait_for(lambda: sent_ways(town, citizen) == doubtful)
    reported(town, citizen, 1, template=MINI)
    reported(town, citizen, 2, at=time.time() - 120)
    assert sent_ways(town, citizen) == doubtful, "another template, or a report from before"
    reported(town, citizen, 3)
    assert sent_ways(town, citizen) == [("bizsend", "confirmed", "3")]


def test_two_reports_of_one_second_are_two(own_town):
    def stored():
        with own_town.database.read() as unit:
            return unit.session.scalar(select(func.count()).select_from(InboundMessage))

    citizen, before, now = own_town.citizen("active"), stored(), time.time()
    reported(own_town, citizen, 1, at=now)
    reported(own_town, citizen, 2, code="20001", at=now)
    reported(own_town, citizen, 2, code="20001", at=now)
    assert stored() == before + 2


def test_what_was_accepted_after_a_withdrawal_stays_however_late_the_withdrawal_comes(town, citizen):
    now = int(time.time())

    def tapped(event, status, at, **more):
        told = {"TemplateId": SUBSCRIBED, "SubscribeStatusString": status, **more}
        name = "".join(part.capitalize() for part in event.split("_"))
        town.sandbox.control("push", {"openid": citizen.openid, "event": event, "CreateTime": at, name: {"List": told}})

    tapped("subscribe_msg_popup_event", "accept", now - 60, PopupScene="1")
    tapped("subscribe_msg_popup_event", "accept", now, PopupScene="1")
    tapped("subscribe_msg_change_event", "reject", now - 20)
    assert sorted(state for state, _ in credits_of(town, citizen)) == ["accepted", "refused", "refused"]
