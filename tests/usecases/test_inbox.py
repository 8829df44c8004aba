"""The inbox on both databases: every message once and in order, read by its own person, until then seen by staff."""

import uuid
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from tests.town import wait_for
from tests.usecases.staff_door import Door
from tests.web.letters import read_at, tell
from wxserver.store import case_queue, inbox
from wxserver.store.case_queue import Reach
from wxserver.store.tables.messages import Notice, Sending
from wxserver.usecases.faults import NotFound, Unauthenticated


@pytest.fixture
def citizen(town):
    return town.citizen("active").sign_in()


def session_of(town, citizen):
    found = town.desk.sessions.find(citizen.http.cookies["wxserver_session"])
    assert found is not None
    return found


def now(town):
    return town.desk.inbox.clock.now()


def applied(town, citizen):
    """The number of a case that stays open, when everything told of its own accord has been settled and forgotten."""
    number = citizen.apply().json()["number"]
    wait_for(lambda: citizen.case(number)["status"] == "accepted")
    forget(town, session_of(town, citizen).person_id)
    return number


def forget(town, person_id):
    with town.database.read() as unit:
        ids = unit.session.query(Notice.id).where(Notice.person_id == person_id).all()

    def settled():
        with town.database.read() as unit:
            return (
                not unit.session.query(Notice.id).where(Notice.person_id == person_id, Notice.state == "waiting").all()
            )

    wait_for(settled)
    with town.database.write() as unit:
        unit.connection.execute(delete(Sending).where(Sending.notice_id.in_([each.id for each in ids])))
        unit.connection.execute(delete(Notice).where(Notice.person_id == person_id))


def unreached(town):
    """The numbers on the staff's list, and that it is counted right, as soon as no worker adds to it meanwhile."""

    def listed():
        with town.database.read() as unit:
            found = case_queue.page(unit, Reach(), waiting=False, unreached=True, after=None, most=1000)
            counted = case_queue.counts(unit, Reach(), today=now(town).date(), next_day=now(town).date()).unreached
        return ({row.number for _, row in found},) if counted == len(found) else None

    return wait_for(listed)[0]


def test_every_message_is_on_one_page_in_the_order_in_which_it_came(town, citizen):
    number, session, start = applied(town, citizen), session_of(town, citizen), now(town)

    @settings(max_examples=12, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.integers(0, 4), max_size=9), st.integers(1, 4))
    def pages(seconds, limit):
        with town.database.write() as unit:
            unit.connection.execute(delete(Notice).where(Notice.person_id == session.person_id))
        told = [(each, tell(town.database, number, start + timedelta(seconds=each))) for each in seconds]

        seen, after, first = [], None, True
        while first or after:
            page = town.desk.inbox.list(session, after, limit)
            assert len(page.items) <= limit
            seen += [each.id for each in page.items]
            after, first = page.next, False

        assert seen == [told_id for _, told_id in sorted(told, reverse=True)]

    pages()


def test_what_is_shown_is_read_and_counted_no_more(town, citizen):
    number, session = applied(town, citizen), session_of(town, citizen)
    told = [tell(town.database, number, now(town)) for _ in range(3)]
    assert town.desk.inbox.unread(session) == 3

    page = town.desk.inbox.list(session, limit=2)
    town.desk.inbox.shown(session, page)

    assert town.desk.inbox.unread(session) == 1
    assert {each for each in told if read_at(town.database, each)} == {each.id for each in page.items}
    town.desk.inbox.case_shown(session, number)
    assert town.desk.inbox.unread(session) == 0


def test_nobody_reads_for_somebody_else(town, citizen):
    number, session = applied(town, citizen), session_of(town, citizen)
    told = tell(town.database, number, now(town))
    page = town.desk.inbox.list(session)
    stranger = session_of(town, town.citizen("active").sign_in())

    with pytest.raises(NotFound):
        town.desk.inbox.read(stranger, told)
    town.desk.inbox.shown(stranger, page)
    town.desk.inbox.case_shown(stranger, number)

    assert read_at(town.database, told) is None


def test_the_time_of_the_first_reading_stays(town, citizen):
    number, session = applied(town, citizen), session_of(town, citizen)
    told = tell(town.database, number, now(town))
    town.desk.inbox.read(session, told)
    first = read_at(town.database, told)

    town.sandbox.control("time", {"advance": "PT1H"})
    town.desk.inbox.read(session, told)

    assert read_at(town.database, told) == first


def test_a_session_without_a_person_has_no_inbox(town):
    guest = session_of(town, town.citizen().open())

    for ask in (town.desk.inbox.list, town.desk.inbox.unread):
        with pytest.raises(Unauthenticated):
            ask(guest)
    with pytest.raises(Unauthenticated):
        town.desk.inbox.read(guest, uuid.uuid4().hex)


def test_a_case_is_listed_once_however_many_messages_of_it_are_unread(town, citizen):
    number, start = applied(town, citizen), now(town)
    assert number not in unreached(town)
    for seconds, reason in ((0, "not_following"), (5, "gave_up")):
        tell(town.database, number, start + timedelta(seconds=seconds), state="inbox", reason=reason)

    assert number in unreached(town)
    door = Door(town)
    clerk = door.member("clerk", "clerk")
    (line,) = [
        each
        for each in town.desk.staff_cases.list(clerk, unreached=True, waiting=False, limit=50).items
        if each.number == number
    ]
    assert line.unreached is not None
    assert (line.unreached.since, line.unreached.why) == (start, "多次发送没有成功")


def test_who_follows_no_account_of_ours_is_on_the_staffs_list_until_they_open_their_messages(town, citizen):
    town.sandbox.control("wechat/follows", {"openid": citizen.openid, "follows": False}, "PUT")

    number = citizen.apply().json()["number"]

    wait_for(lambda: number in unreached(town))
    with town.database.read() as unit:
        ids = [
            row.id
            for _, row in case_queue.page(unit, Reach(), waiting=False, after=None, most=1000)
            if row.number == number
        ]
        assert {each.case_id for each in inbox.unreached(unit, ids)} == set(ids)
    assert citizen.get("/messages").status_code == 200
    assert number not in unreached(town)
