"""Messages whose end WeChat tells late, early, without a number or not at all: none is lost, none sent for nothing."""

import itertools
import secrets
import threading
from datetime import timedelta
from typing import cast

import pytest
from sqlalchemy import select, text

from tests.usecases.account_door import database_of
from tests.usecases.private_side import PrivateDoor
from wxserver.ports import MessageRefused, Push, Unavailable
from wxserver.store import guardianships, notices, people, subscriptions
from wxserver.store.tables.messages import Notice, Sending, SubscriptionCredit
from wxserver.usecases.addresses import Addresses
from wxserver.usecases.catalogue import Catalogue
from wxserver.usecases.hearing import Hearing
from wxserver.usecases.linking import Linking
from wxserver.usecases.message_reports import MessageReports
from wxserver.usecases.notice_words import Template
from wxserver.usecases.notifying import NOTIFY, Notifying

BY_TEMPLATE = Template("jieyang", "progress", "template", "T1", {"thing1": "title"}, (), "")
BY_CREDIT = Template("jieyang", "notice", "bizsend", "B1", {"thing1": "title"}, (), "")


def new_number():
    """A number such as WeChat gives its messages."""
    return str(10**12 + secrets.randbelow(10**12))


class Answers:
    """WeChat's answers to the messages of a test, in their order: a number, or what is raised. Without any it gives
    numbers."""

    def __init__(self):
        self.next = []
        self.sent = []

    def send(self, message):
        self.sent.append(message)
        answer = self.next.pop(0) if self.next else new_number()
        answer = answer(message) if callable(answer) else answer
        if isinstance(answer, Exception):
            raise answer
        return answer


class Post(PrivateDoor):
    """One citizen to whom messages go by these templates."""

    def __init__(self, database, *templates):
        super().__init__(database)
        with database.write() as unit:
            unit.connection.execute(text("DELETE FROM outbox"))
        self.wechat = Answers()
        self.notifying = Notifying(
            database,
            self.clock,
            self.wechat,
            cast("Catalogue", None),
            self.working,
            templates,
            addresses=Addresses("https://s", ["jieyang"]),
            service="人社",
        )
        linking = Linking(database, self.clock, cast("object", None), self.working, frozenset())  # type: ignore[arg-type]
        self.hearing = Hearing(self.clock, self.erasing, MessageReports(self.clock, self.working), linking)
        self.session = self.somebody()
        self.user = self.session.wechat_user_id

    def tell(self):
        """Something is to be told: the notice's id."""
        ward, _, _ = self.child(self.session)
        with self.database.write() as unit:
            before, row = self._ids(unit), guardianships.by_id(unit, ward)
            assert row is not None
            self.notifying.guardian_told(unit, row, "confirmed", self.clock.now())
            (new,) = self._ids(unit) - before
        return new

    def _ids(self, unit):
        return set(unit.connection.scalars(select(Notice.id).where(Notice.person_id == self.session.person_id)))

    def tap(self):
        """The citizen agrees to one subscription notice."""
        with self.database.write() as unit:
            subscriptions.note(
                unit,
                wechat_user_id=self.user,
                template_id="B1",
                state="accepted",
                origin=secrets.token_hex(8),
                scene=None,
                at=self.clock.now(),
                now=self.clock.now(),
            )

    def work(self, *answers):
        """The worker comes by."""
        self.wechat.next += answers
        with self.database.write() as unit:
            unit.connection.execute(text("UPDATE outbox SET next_at = 0 WHERE ended_at IS NULL"))
        self.working.work([NOTIFY])

    def event(self, event, msg_id="", **fields):
        with self.database.write() as unit:
            openid = people.wechat_user(unit, self.user).openid
            at = int(self.clock.now().timestamp())
            push = Push(openid, "gh", at, "event", event=event, msg_id=msg_id, fields=fields)
            self.hearing.heard(unit, "jieyang", push, secrets.token_hex(32))

    def reported(self, code="0"):
        """WeChat's event on a subscription notice; the number that it bears."""
        number = new_number()
        told = {"TemplateId": "B1", "MsgID": number, "ErrorCode": code}
        self.event("subscribe_msg_sent_event", **{f"List.{name}": value for name, value in told.items()})
        return number

    def finished(self, number, status="success"):
        """WeChat's event on a template message."""
        self.event("TEMPLATESENDJOBFINISH", number, Status=status)

    def stands(self, notice):
        with self.database.read() as unit:
            row = unit.connection.execute(select(Notice.state, Notice.reason).where(Notice.id == notice)).one()
        return tuple(row)

    def way(self, notice):
        with self.database.read() as unit:
            return unit.connection.execute(select(Sending).where(Sending.notice_id == notice)).one()

    def ledger(self):
        asked = select(SubscriptionCredit.state).where(SubscriptionCredit.wechat_user_id == self.user)
        with self.database.read() as unit:
            return list(unit.connection.scalars(asked.order_by(SubscriptionCredit.at)))


LOST = Unavailable("no answer")


@pytest.fixture(scope="module")
def database(kind, request, tmp_path_factory):
    server = request.getfixturevalue("postgres_server") if kind == "postgresql" else None
    with database_of(kind, tmp_path_factory.mktemp("post"), server) as found:
        yield found


@pytest.fixture
def by_template(database):
    return Post(database, BY_TEMPLATE)


@pytest.fixture
def by_credit(database):
    post = Post(database, BY_CREDIT)
    post.tap()
    return post


def test_a_notice_that_wechat_took_without_telling_its_number_is_found_when_it_fails(by_credit):
    told = by_credit.tell()
    by_credit.work("")
    assert by_credit.stands(told) == ("sent", None)
    by_credit.clock.later(seconds=3)
    by_credit.reported(code="43101")
    by_credit.work()
    assert by_credit.stands(told) == ("inbox", "not_subscribed")
    assert by_credit.ledger() == ["expired"]


def test_a_report_without_our_number_confirms_nothing_that_may_not_have_gone_out(by_credit):
    by_credit.tap()
    first, second = by_credit.tell(), by_credit.tell()
    by_credit.work("", LOST)
    taken, doubtful = sorted((first, second), key=lambda each: by_credit.way(each).state, reverse=True)
    assert [by_credit.way(each).state for each in (taken, doubtful)] == ["sent", "doubt"]
    by_credit.clock.later(seconds=3)
    by_credit.reported()
    assert by_credit.stands(taken)[0] == "confirmed"
    assert by_credit.stands(doubtful)[0] == "waiting"
    number = by_credit.reported()
    assert by_credit.stands(doubtful)[0] == "confirmed"
    assert by_credit.way(doubtful).message_number == number


def test_where_a_failure_may_be_about_several_each_takes_its_next_way(by_credit):
    by_credit.tap()
    first, second = by_credit.tell(), by_credit.tell()
    by_credit.work("", "")
    by_credit.reported(code="20001")
    by_credit.work()
    assert [by_credit.stands(each) for each in (first, second)] == [("inbox", "denied")] * 2


def test_a_report_of_another_day_is_about_none_of_ours(by_credit):
    told = by_credit.tell()
    by_credit.work("")
    by_credit.clock.later(hours=25)
    by_credit.reported(code="43101")
    assert by_credit.stands(told) == ("sent", None)


def test_a_notice_in_doubt_goes_out_at_most_once_in_thirty_seconds(by_credit):
    told = by_credit.tell()
    by_credit.work(LOST)
    start = by_credit.clock.now()
    tried = []
    for _ in range(40):
        by_credit.clock.later(seconds=4)
        by_credit.work(LOST)
        by_credit.wechat.next.clear()
        tried.append(by_credit.way(told).tried_at)
    apart = sorted({start, *tried})
    assert len(by_credit.wechat.sent) == len(apart) > 4
    assert all(after - before >= timedelta(seconds=30) for before, after in itertools.pairwise(apart))
    assert by_credit.way(told).begun_at == start


def test_a_notice_held_for_a_day_waits_for_its_event_like_any_other_when_its_answer_is_lost(by_credit):
    told = by_credit.tell()
    by_credit.work(MessageRefused(45009, "quota"))
    by_credit.clock.later(hours=20)
    by_credit.work(LOST)
    by_credit.clock.later(seconds=3)
    by_credit.work()
    assert len(by_credit.wechat.sent) == 2
    by_credit.reported()
    assert by_credit.stands(told) == ("confirmed", None)


def test_the_event_on_a_notice_tried_anew_after_a_hold_may_come_before_the_answer(by_credit):
    told = by_credit.tell()
    by_credit.work(MessageRefused(45009, "quota"))
    by_credit.clock.later(hours=20)

    def before(_):
        by_credit.reported()
        return LOST

    by_credit.work(before)
    by_credit.work()
    assert by_credit.stands(told) == ("confirmed", None)
    assert len(by_credit.wechat.sent) == 2


def test_a_second_try_refused_for_the_first_ones_sake_is_confirmed_by_the_late_event(by_credit):
    told = by_credit.tell()
    by_credit.work(LOST)
    by_credit.clock.later(seconds=31)
    by_credit.work(MessageRefused(43101, "not_subscribed"))
    assert by_credit.stands(told) == ("inbox", "not_subscribed")
    assert by_credit.ledger() == ["expired"]
    by_credit.reported()
    assert by_credit.stands(told) == ("confirmed", None)
    assert by_credit.ledger() == ["spent"]


def test_a_refusal_at_the_first_try_is_confirmed_by_nothing(by_credit):
    told = by_credit.tell()
    by_credit.work(MessageRefused(43101, "not_subscribed"))
    by_credit.reported()
    assert by_credit.stands(told) == ("inbox", "not_subscribed")


def test_a_credit_given_while_wechat_was_asked_outlives_its_no(by_credit):
    by_credit.tell()

    def meanwhile(_):
        by_credit.clock.later(seconds=2)
        by_credit.tap()
        return MessageRefused(43101, "not_subscribed")

    by_credit.work(meanwhile)
    assert by_credit.ledger() == ["expired", "accepted"]


@pytest.mark.parametrize(
    ("status", "end"), [("failed:user block", ("inbox", "failed")), ("success", ("confirmed", None))]
)
def test_what_wechat_told_of_a_message_while_its_answer_was_lost_counts_when_its_number_is_known(
    by_template, status, end
):
    told, number = by_template.tell(), new_number()

    def lost(_):
        by_template.finished(number, status)
        return LOST

    by_template.work(lost)
    assert by_template.stands(told)[0] == "waiting"
    by_template.work(number)
    assert by_template.stands(told) == end
    assert len({message.key for message in by_template.wechat.sent}) == 1


def test_the_report_and_the_answer_at_the_same_moment_never_miss_each_other(by_template):
    for _ in range(30):
        told, number = by_template.tell(), new_number()
        helpers: list[threading.Thread] = []

        def at_once(_, number=number, helpers=helpers):
            helpers.append(threading.Thread(target=by_template.finished, args=(number, "failed:user block")))
            helpers[0].start()
            return number

        by_template.work(at_once)
        helpers[0].join()
        by_template.work()
        assert by_template.stands(told) == ("inbox", "failed")


def test_a_report_on_no_message_of_ours_is_forgotten_after_a_week(by_template):
    number = new_number()
    by_template.finished(number)
    with by_template.database.write() as unit:
        now = by_template.clock.now()
        assert notices.kept_report(unit, "jieyang", number) is True
        notices.forget_reports(unit, now)
        assert notices.kept_report(unit, "jieyang", number) is True
        notices.forget_reports(unit, now + timedelta(seconds=1))
        assert notices.kept_report(unit, "jieyang", number) is None
