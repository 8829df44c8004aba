"""WeChat's API is away for an hour: pushes are answered as ever, and what was to be told goes out later, once."""

import time

import pytest
from sqlalchemy import select, update

from tests import town as towns
from tests.town import wait_for
from wxserver.store.tables.applications import Case
from wxserver.store.tables.machinery import Outbox
from wxserver.store.tables.messages import Notice

HOUR = 3600.0


def work(town, number):
    """The work on the notice of a case: (id, attempts), while it waits."""
    with town.database.read() as unit:
        return unit.session.execute(
            select(Outbox.id, Outbox.attempts, Outbox.end_state)
            .join(Notice, Notice.id == Outbox.subject_id)
            .where(Outbox.kind == "notify", Notice.case_id == case_id(unit, number))
        ).one()


def case_id(unit, number):
    return unit.session.scalar(select(Case.id).where(Case.number == number))


@pytest.fixture
def town(small_town):
    yield from towns.behaved(small_town)


@pytest.mark.parametrize("mishap", ["error", "timeout", "lost_reply"])
def test_an_hour_without_wechat_delays_messages_and_nothing_else(town, mishap):
    citizen = town.citizen("active").sign_in()
    wait_for(lambda: not [each for each in town.desk.working.listed(None) if each["kind"] != "carry_out"])
    town.sandbox.mishap("wechat", mishap, 1 if mishap == "lost_reply" else 100_000, at="send")
    number = citizen.change_phone().json()["number"]
    assert citizen.case(number)["status"] == "completed"
    if mishap != "lost_reply":
        wait_for(lambda: work(town, number).attempts >= 2)
        with town.database.write() as unit:
            unit.session.execute(
                update(Outbox).where(Outbox.id == work(town, number).id).values(created_at=time.time() - HOUR)
            )
    began = time.monotonic()
    answer = town.sandbox.control("push", {"openid": citizen.openid, "text": "社保卡丢了"})
    assert "挂失" in answer["reply"]["Content"]
    assert time.monotonic() - began < 2
    if mishap != "lost_reply":
        assert messages(town, citizen) == []
        town.sandbox.control("mishaps", method="DELETE")
        town.sandbox.control("time", {"advance": "PT1H"})
        with town.database.write() as unit:
            unit.session.execute(update(Outbox).where(Outbox.id == work(town, number).id).values(next_at=0.0))
    wait_for(lambda: work(town, number).end_state == "done")
    assert len(messages(town, citizen)) == 1
    time.sleep(1.0)
    assert len(messages(town, citizen)) == 1


def messages(town, citizen):
    return town.sandbox.items(f"messages?openid={citizen.openid}")
