"""What WeChat's events of withdrawal do: the WeChat user is forgotten, the administrative record is kept."""

import threading
import time
import traceback

import pytest
from sqlalchemy import select

from tests.town import wait_for
from wxserver.store import people
from wxserver.store.tables.applications import Card, Draft
from wxserver.store.tables.identity import Consent, Person, SignedSession, Verification, WeChatUser
from wxserver.store.tables.records import AuditRecord
from wxserver.usecases.linking import LEARN

DRAFT = {"form": {"phone": "13800005620"}}


@pytest.fixture
def known(town):
    """Somebody with a case, a draft, a session and a binding; (citizen, case number, WeChat user's id, person's id)."""
    citizen = town.citizen("active").sign_in()
    number = citizen.change_phone().json()["number"]
    saved = citizen.api("PUT", "/drafts/social-security-card/apply", DRAFT)
    assert saved.status_code in (200, 201), saved.text
    session = town.desk.sessions.find(citizen.http.cookies["wxserver_session"])
    town.learned(session.wechat_user_id)
    return citizen, number, session.wechat_user_id, session.person_id


def push(town, citizen, event, **more):
    return town.sandbox.control("push", {"openid": citizen.openid, "event": event} | more)


def user(town, wechat_user_id):
    with town.database.read() as unit:
        return unit.session.get(WeChatUser, wechat_user_id)


def audited(town, wechat_user_id):
    with town.database.read() as unit:
        return unit.session.execute(
            select(AuditRecord.action, AuditRecord.reason, AuditRecord.data).where(
                AuditRecord.subject_id == wechat_user_id
            )
        ).all()


@pytest.mark.parametrize("event", ["unsubscribe", "user_authorization_cancellation"])
def test_who_leaves_is_forgotten_and_the_record_is_kept(town, known, event):
    citizen, number, wechat_user_id, person_id = known
    answer = push(town, citizen, event)
    assert answer["status"] == 200
    assert answer["reply"] in ("success", "")
    row = user(town, wechat_user_id)
    assert (row.person_id, row.unionid, row.session_key_sealed) == (None, None, None)
    assert citizen.openid not in row.openid
    assert row.erased_at is not None
    assert citizen.api("GET", "/sessions/current").status_code == 401
    with town.database.read() as unit:
        alive = select(SignedSession.id).where(
            SignedSession.wechat_user_id == wechat_user_id, SignedSession.ended_at.is_(None)
        )
        assert unit.session.scalars(alive).all() == []
        sealed = select(Verification.name_sealed).where(Verification.wechat_user_id == wechat_user_id)
        assert set(unit.session.scalars(sealed)) == {""}
        agreed = select(Consent.withdrawn_at).where(Consent.wechat_user_id == wechat_user_id)
        assert None not in unit.session.scalars(agreed).all()

    def drafts():
        with town.database.read() as unit:
            return unit.session.scalars(select(Draft.id).where(Draft.person_id == person_id)).all()

    wait_for(lambda: not drafts())
    ((action, reason, data),) = audited(town, wechat_user_id)
    assert (action, reason) == ("wechat_user_erased", event)
    assert data["binding"] is True
    assert citizen.openid not in str(data)
    again = citizen.another_browser().sign_in()
    assert again.case(number)["number"] == number


def test_who_withdraws_an_authorisation_is_signed_out_and_unbound_and_keeps_their_openid(town, known):
    citizen, _, wechat_user_id, person_id = known
    push(town, citizen, "user_authorization_revoke", RevokeInfo="205")
    row = user(town, wechat_user_id)
    assert (row.person_id, row.erased_at) == (None, None)
    assert row.openid == citizen.openid
    assert citizen.api("GET", "/sessions/current").status_code == 401
    with town.database.read() as unit:
        assert unit.session.scalars(select(Draft.id).where(Draft.person_id == person_id)).all()
    assert [each.reason for each in audited(town, wechat_user_id)] == ["user_authorization_revoke"]


def test_a_changed_profile_ends_nothing_but_the_old_nickname_and_stands_in_the_log(town, known):
    citizen, _, wechat_user_id, person_id = known
    with town.database.write() as unit:
        people.keep_profile(unit, wechat_user_id, "榕江月", "aGk=")
    push(town, citizen, "user_info_modified")
    row = user(town, wechat_user_id)
    assert (row.person_id, row.nickname_sealed, row.avatar_sealed) == (person_id, None, None)
    assert citizen.api("GET", "/sessions/current").status_code == 200
    assert [each.action for each in audited(town, wechat_user_id)] == ["profile_modified"]


def test_an_event_for_another_appid_changes_nothing(town, known):
    citizen, _, wechat_user_id, person_id = known
    push(town, citizen, "user_authorization_cancellation", AppID="wx0000000000000000")
    assert user(town, wechat_user_id).person_id == person_id


def test_leaving_that_arrives_after_coming_back_is_old_news(town, known):
    citizen, _, wechat_user_id, person_id = known
    now = int(time.time())
    push(town, citizen, "subscribe", CreateTime=now)
    # The follower is asked for at WeChat, which knows of the leaving as soon as it tells of it.
    wait_for(lambda: not [each for each in town.desk.working.listed(None) if each["kind"] == LEARN])
    push(town, citizen, "unsubscribe", CreateTime=now - 100)
    assert user(town, wechat_user_id).person_id == person_id
    assert user(town, wechat_user_id).follows is True


def test_drafts_stay_while_another_wechat_user_stands_for_the_person(town, known):
    citizen, _, _wechat_user_id, person_id = known
    second = town.citizen(name=citizen.name, id_number=citizen.id_number).sign_in()
    push(town, citizen, "unsubscribe")
    wait_for(lambda: not [each for each in town.desk.working.listed(None) if each["kind"] == "forget_person"])
    with town.database.read() as unit:
        assert unit.session.scalars(select(Draft.id).where(Draft.person_id == person_id)).all()
    assert second.api("GET", "/sessions/current").status_code == 200


@pytest.mark.parametrize("event", ["unsubscribe", "user_info_modified"])
def test_the_same_event_delivered_three_times_is_audited_once(town, known, event):
    citizen, _, wechat_user_id, _ = known
    push(town, citizen, event, deliveries=3)
    assert len(audited(town, wechat_user_id)) == 1


def test_who_only_looked_around_is_forgotten_altogether_and_comes_back_as_somebody_new(town):
    citizen = town.citizen("active").sign_in()
    assert citizen.cards()
    session = town.desk.sessions.find(citizen.http.cookies["wxserver_session"])
    push(town, citizen, "unsubscribe")

    def kept():
        with town.database.read() as unit:
            person = unit.session.get(Person, session.person_id)
            cards = unit.session.scalars(select(Card.id).where(Card.person_id == session.person_id)).all()
            return bool(person.name_sealed or person.document_sealed or cards)

    wait_for(lambda: not kept())
    again = citizen.another_browser().sign_in()
    assert again.cards()
    assert town.desk.sessions.find(again.http.cookies["wxserver_session"]).person_id != session.person_id


def test_two_who_leave_in_the_same_second_are_both_forgotten(town, known):
    citizen, _, first, _ = known
    second = town.citizen("active").sign_in()
    other = town.desk.sessions.find(second.http.cookies["wxserver_session"]).wechat_user_id
    town.learned(other)
    now = int(time.time())
    for each in (citizen, second):
        assert push(town, each, "user_authorization_cancellation", CreateTime=now)["status"] == 200
    assert user(town, first).erased_at is not None
    assert user(town, other).erased_at is not None
    assert second.api("GET", "/sessions/current").status_code == 401


def test_a_tap_that_is_told_of_after_somebody_left_brings_nothing_of_them_back(town, known):
    citizen = known[0]
    now = int(time.time())
    push(town, citizen, "unsubscribe", CreateTime=now)
    tap = {"TemplateId": "T", "SubscribeStatusString": "accept", "PopupScene": "1"}
    push(town, citizen, "subscribe_msg_popup_event", CreateTime=now - 3, SubscribeMsgPopupEvent={"List": tap})
    with town.database.read() as unit:
        assert unit.session.scalars(select(WeChatUser.id).where(WeChatUser.openid == citizen.openid)).all() == []


def test_who_leaves_last_is_forgotten_even_while_the_leaving_before_is_worked_off(town, known, monkeypatch):
    citizen, _, _, person_id = known
    second = town.citizen(name=citizen.name, id_number=citizen.id_number).sign_in()
    inside, go_on = threading.Event(), threading.Event()
    reachable = people.reachable

    def slow(unit, person):
        found = reachable(unit, person)
        if person == person_id and found and any(each.name == "clean_up" for each in traceback.extract_stack()):
            inside.set()
            go_on.wait(1.5)
        return found

    monkeypatch.setattr(people, "reachable", slow)
    push(town, citizen, "unsubscribe")
    assert inside.wait(10)
    push(town, second, "unsubscribe")
    go_on.set()

    def drafts():
        with town.database.read() as unit:
            return unit.session.scalars(select(Draft.id).where(Draft.person_id == person_id)).all()

    wait_for(lambda: not drafts())
