"""What citizens are told: in the inbox at once, and once on the best way that WeChat leaves open."""

import json
from dataclasses import replace

import pytest
from sqlalchemy import select

from tests.town import wait_for
from wxserver.store import people
from wxserver.store.notices import NoticeRow, SendingRow
from wxserver.store.tables.identity import WeChatUser
from wxserver.store.tables.machinery import Outbox
from wxserver.store.tables.messages import Notice, Sending, SubscriptionCredit
from wxserver.store.tables.records import AuditRecord
from wxserver.wiring import DatabaseTokens

PROGRESS = "Wn2Jv0cVtPq5sH8mYr3kTz6bXd9fLg1aEo4iUc7wQnA"
SUBSCRIBED = "Kd7Pz3mRw9xTq2vNc5bYh8sLf1gJe4aUo6iXt0nEmBk"
MINI = "Rf4Gk8hVy1cXw6zMb3nQt9pSd5jLa2eUo7iKx0vTmYw"
ENDED = ("sent", "confirmed", "inbox")


@pytest.fixture
def citizen(town):
    """Somebody who follows the account, signed in."""
    return town.citizen("active").sign_in()


def finished(citizen):
    """A case that is over within the request; its number."""
    answer = citizen.change_phone()
    assert answer.status_code == 201, answer.text
    return answer.json()["number"]


def notice(town, citizen):
    """The only notice of a citizen, as it stands: state, channel, reason."""
    with town.database.read() as unit:
        rows = unit.session.execute(
            select(Notice.id, Notice.state, Notice.channel, Notice.reason, Notice.person_id)
        ).all()
        mine = [row for row in rows if row.person_id == person_id(town, citizen)]
    assert len(mine) == 1, mine
    return mine[0]


def person_id(town, citizen):
    found = town.desk.sessions.find(citizen.http.cookies["wxserver_session"])
    assert found is not None
    return found.person_id


def settled(town, citizen, state=None):
    """The notice once it is settled (in this state)."""

    def done():
        found = notice(town, citizen)
        return found if (found.state == state if state else found.state in ENDED) else None

    return wait_for(done)


def messages(town, citizen, account=None):
    """What WeChat has delivered to this user."""
    found = town.sandbox.items(f"messages?openid={citizen.openid}")
    return [each for each in found if each["kind"] in ("template", "subscribe")]


def credits_of(town, citizen):
    """The ledger of whoever this person is at WeChat: state and template, oldest first."""
    with town.database.read() as unit:
        rows = unit.session.execute(
            select(SubscriptionCredit.state, SubscriptionCredit.template_id)
            .join(WeChatUser, WeChatUser.id == SubscriptionCredit.wechat_user_id)
            .where(WeChatUser.person_id == person_id(town, citizen))
            .order_by(SubscriptionCredit.at)
        )
        return [tuple(row) for row in rows]


def unfollow(town, citizen):
    """The platform knows that they follow no more, and we have not been told."""
    town.sandbox.control("wechat/follows", {"openid": citizen.openid, "follows": False}, "PUT")


def subscribe(town, citizen, template=SUBSCRIBED, account="jieyang", accept=True):
    town.sandbox.control(
        "wechat/subscriptions",
        {"openid": citizen.openid, "account": account, "template_id": template, "accept": accept},
    )


def test_a_follower_gets_one_template_message_without_anything_personal(town, citizen):
    number = finished(citizen)
    assert settled(town, citizen).channel == "template"
    (message,) = messages(town, citizen)
    assert message["template_id"] == PROGRESS
    assert message["url"].endswith(f"/cases/{number}")
    assert message["data"]["character_string3"]["value"] == number
    assert message["data"]["phrase2"]["value"] == "已办结"
    told = json.dumps(message, ensure_ascii=False)
    assert citizen.name not in told
    assert citizen.id_number not in told
    assert "13800005620" not in told


def test_wechats_event_confirms_that_it_arrived(town, citizen):
    finished(citizen)
    assert settled(town, citizen, "confirmed").channel == "template"


@pytest.mark.parametrize("reported", [True, False])
def test_it_goes_out_once_where_wechats_answer_was_lost_with_its_event_and_without(town, citizen, reported):
    if not reported:
        town.sandbox.control("wechat/outcomes", {"account": "jieyang", "status": None, "times": 2}, "PUT")
    town.sandbox.mishap("wechat", "lost_reply", 1, at="send")
    finished(citizen)
    settled(town, citizen)
    town.sandbox.control("wechat/outcomes", {"account": "jieyang", "status": "success", "times": 0}, "PUT")
    assert len(messages(town, citizen)) == 1


def test_who_does_not_follow_gets_the_subscription_notice_they_accepted_and_the_credit_is_spent(town, citizen):
    subscribe(town, citizen)
    wait_for(lambda: credits_of(town, citizen))
    unfollow(town, citizen)
    finished(citizen)
    assert settled(town, citizen).channel == "bizsend"
    (message,) = messages(town, citizen)
    assert message["template_id"] == SUBSCRIBED
    assert ("spent", SUBSCRIBED) in credits_of(town, citizen)
    finished(citizen)
    wait_for(lambda: [state for _, state in states(town, citizen)] and all_settled(town, citizen))
    assert len(messages(town, citizen)) == 1
    assert "inbox" in [state for _, state in states(town, citizen)]


def states(town, citizen):
    with town.database.read() as unit:
        rows = unit.session.execute(
            select(Notice.id, Notice.state).where(Notice.person_id == person_id(town, citizen))
        ).all()
    return [tuple(row) for row in rows]


def all_settled(town, citizen):
    return all(state in ENDED for _, state in states(town, citizen))


def test_nothing_is_silently_unsent_where_no_way_is_open_it_stands_in_the_inbox_with_the_reason(town, citizen):
    unfollow(town, citizen)
    finished(citizen)
    found = settled(town, citizen)
    assert (found.state, found.channel) == ("inbox", None)
    assert found.reason in ("not_following", "not_subscribed")
    assert messages(town, citizen) == []


def test_a_credit_that_wechat_knows_nothing_of_is_expired_and_the_next_way_is_taken(town, citizen):
    subscribe(town, citizen)
    wait_for(lambda: credits_of(town, citizen))
    town.sandbox.control("wechat/subscriptions", {"openid": citizen.openid, "account": "jieyang"}, "DELETE")
    unfollow(town, citizen)
    finished(citizen)
    assert settled(town, citizen).state == "inbox"
    assert ("expired", SUBSCRIBED) in credits_of(town, citizen)


def test_a_refused_subscription_stands_in_the_ledger_and_is_never_spent(town, citizen):
    subscribe(town, citizen, accept=False)
    wait_for(lambda: ("refused", SUBSCRIBED) in credits_of(town, citizen))
    unfollow(town, citizen)
    finished(citizen)
    assert settled(town, citizen).state == "inbox"


def test_a_message_that_wechat_says_was_blocked_falls_back_to_the_inbox(town, citizen):
    town.sandbox.control("wechat/outcomes", {"account": "jieyang", "status": "failed:user block", "times": 1}, "PUT")
    finished(citizen)
    assert settled(town, citizen, "inbox").reason == "failed"


def test_a_message_whose_answer_was_lost_falls_back_when_wechat_says_that_it_was_blocked(town, citizen):
    town.sandbox.control("wechat/outcomes", {"account": "jieyang", "status": "failed:user block", "times": 1}, "PUT")
    town.sandbox.mishap("wechat", "lost_reply", 1, at="send")
    finished(citizen)
    assert settled(town, citizen, "inbox").reason == "failed"
    assert messages(town, citizen) == []


@pytest.fixture
def unnumbered(town):
    """WeChat answers a subscription notice without a number."""
    town.sandbox.control("wechat/numbers", {"account": "jieyang", "given": False}, "PUT")
    yield
    town.sandbox.control("wechat/numbers", {"account": "jieyang", "given": True}, "PUT")


@pytest.mark.parametrize(("status", "state"), [("success", "confirmed"), ("failed", "inbox")])
def test_a_notice_without_a_number_is_known_by_its_event(town, citizen, unnumbered, status, state):
    subscribe(town, citizen)
    wait_for(lambda: credits_of(town, citizen))
    unfollow(town, citizen)
    town.sandbox.control("wechat/outcomes", {"account": "jieyang", "status": status, "times": 1}, "PUT")
    finished(citizen)
    settled(town, citizen, state)
    assert [each for each, _ in credits_of(town, citizen)] == ["spent"]


def test_a_template_that_wechat_knows_no_more_is_left_alone_for_a_while_and_the_next_way_is_taken(town, citizen):
    subscribe(town, citizen)
    wait_for(lambda: credits_of(town, citizen))
    town.sandbox.control("wechat/templates", {"template_id": PROGRESS, "granted": False}, "PUT")
    try:
        finished(citizen)
        assert settled(town, citizen).channel == "bizsend"
    finally:
        town.sandbox.control("wechat/templates", {"template_id": PROGRESS, "granted": True}, "PUT")
        town.desk.notifying._resting.clear()


def test_a_used_up_quota_lets_the_message_wait_and_it_goes_out_when_there_is_a_new_one(town, citizen):
    town.sandbox.control("wechat/quotas", {"path": "/cgi-bin/message/template/send", "per_minute": 0}, "PUT")
    try:
        finished(citizen)
        wait_for(lambda: any(work["kind"] == "notify" and work["attempts"] for work in town.desk.working.listed(None)))
        assert notice(town, citizen).state == "waiting"
        assert messages(town, citizen) == []
    finally:
        town.sandbox.control("wechat/quotas", {"path": "/cgi-bin/message/template/send", "per_minute": None}, "PUT")
    with town.database.write() as unit:
        for row in unit.session.scalars(select(Outbox).where(Outbox.kind == "notify", Outbox.ended_at.is_(None))):
            row.next_at = 0.0
        unit.session.flush()
    assert settled(town, citizen).channel == "template"
    assert len(messages(town, citizen)) == 1


@pytest.fixture
def with_mini_program(town, citizen):
    """The citizen has come by the mini-program, too, and agreed there to one notice."""
    code = citizen.http.get(
        f"{town.sandbox.url}/wx/login?appid=wx5f9c79f933ccc393&as={citizen.openid}", timeout=30
    ).json()["code"]
    opened = citizen.another_browser().api("POST", "/sessions", {"account": "jieyang_mini", "code": code})
    assert opened.status_code == 201, opened.text
    subscribe(town, citizen, MINI, "jieyang_mini")
    wait_for(lambda: ("accepted", MINI) in credits_of(town, citizen))
    wait_for(lambda: linked(town, citizen))


def test_the_mini_program_of_the_same_person_is_the_last_way_before_the_inbox(town, citizen, with_mini_program):
    unfollow(town, citizen)
    finished(citizen)
    assert settled(town, citizen).channel == "miniprogram"


def linked(town, citizen):
    with town.database.read() as unit:
        return {each.account for each in people.reachable(unit, person_id(town, citizen))} == {
            "jieyang",
            "jieyang_mini",
        }


def test_given_up_it_stays_in_the_inbox_and_staff_are_alerted(town, citizen):
    town.sandbox.mishap("wechat", "error", 1000, at="send")
    finished(citizen)
    with town.database.write() as unit:
        mine = notice(town, citizen).id
        for row in unit.session.scalars(select(Outbox).where(Outbox.subject_id == mine)):
            row.created_at -= 4 * 24 * 3600.0
            row.next_at = 0.0
        unit.session.flush()
    assert settled(town, citizen, "inbox").reason == "gave_up"
    with town.database.read() as unit:
        kinds = unit.session.scalars(select(AuditRecord.data).where(AuditRecord.action == "work_exhausted")).all()
        assert any(each["kind"] == "notify" for each in kinds)
        tried = unit.session.scalars(select(Sending.state).where(Sending.notice_id == mine)).all()
    assert tried == ["doubt"]


def test_a_way_that_may_have_gone_out_is_settled_before_a_better_one_is_tried(town):
    now = town.desk.notifying.clock.now()
    notice = NoticeRow("n", "p", "c", None, "completed", "t", "t", now, "waiting")
    user = people.Reachable("u", "jieyang", "o", True)
    doubtful = SendingRow("s", "n", "u", "jieyang", "bizsend", SUBSCRIBED, "doubt", None, None, now, now)
    way, _ = town.desk.notifying._way(notice, [doubtful], [user], set())
    assert way.template.channel == "bizsend"
    way, _ = town.desk.notifying._way(notice, [replace(doubtful, state="refused", code=43101)], [user], set())
    assert way.template.channel == "template"


@pytest.fixture
def frozen(town):
    """The official account's AppSecret is frozen, and the token that we had is used up."""
    town.sandbox.control("wechat/secret", {"account": "jieyang", "frozen": True}, "PUT")
    tokens, in_hand = DatabaseTokens(town.database), town.desk.notifying.messages._calls._access
    kept = tokens.read("jieyang:access")
    if kept is not None:
        tokens.forget("jieyang:access", kept.value)
    in_hand._kept.pop("jieyang", None)
    yield
    town.sandbox.control("wechat/secret", {"account": "jieyang", "frozen": False}, "PUT")
    in_hand._resting.clear()


def test_an_account_that_is_out_of_order_keeps_nobody_from_the_way_of_another(town, citizen, with_mini_program, frozen):
    finished(citizen)
    assert settled(town, citizen).channel == "miniprogram"


def test_while_the_only_account_is_out_of_order_staff_know_and_the_message_goes_out_afterwards(town, citizen, frozen):
    finished(citizen)
    assert settled(town, citizen, "inbox").reason == "account"
    assert sent_ways(town, citizen) == [("template", "begun", None)]
    town.sandbox.control("wechat/secret", {"account": "jieyang", "frozen": False}, "PUT")
    with town.database.write() as unit:
        for row in unit.session.scalars(select(Outbox).where(Outbox.subject_id == notice(town, citizen).id)):
            assert row.ended_at is None
            row.next_at = 0.0
        unit.session.flush()
    wait_for(lambda: notice(town, citizen).state in ("sent", "confirmed"))
    assert len(messages(town, citizen)) == 1


def sent_ways(town, citizen):
    """(channel, state, WeChat's number) of every way that was tried for this citizen, oldest first."""
    with town.database.read() as unit:
        rows = unit.session.execute(
            select(Sending.channel, Sending.state, Sending.message_number)
            .join(Notice, Notice.id == Sending.notice_id)
            .where(Notice.person_id == person_id(town, citizen))
            .order_by(Sending.begun_at)
        )
        return [tuple(row) for row in rows]
