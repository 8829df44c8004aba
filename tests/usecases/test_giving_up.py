"""Work is given up after seven days, loudly, and can be given another round that is as long."""

import time

import pytest
from sqlalchemy import select, update

from wxserver.store import outbox
from wxserver.store.tables.applications import Case
from wxserver.store.tables.machinery import Outbox
from wxserver.store.tables.records import AuditRecord

DAYS = 8 * 24 * 3600.0


@pytest.fixture
def aged(town):
    """A case whose work began eight days ago and has been waiting for the registry since; (citizen, case, work)."""
    citizen = town.citizen("active").sign_in()
    card = citizen.cards()[0]["id"]
    town.sandbox.mishap("registry", "error", 1000, only_effects=True)
    number = citizen.submit("change-information", card_id=card, form={"phone": "13800005620"}).json()["number"]
    with town.database.write() as unit:
        subject = unit.session.scalar(select(Case.id).where(Case.number == number))
        work = unit.session.execute(select(Outbox.id, Outbox.created_at).where(Outbox.subject_id == subject)).one()
        unit.session.execute(
            update(Outbox).where(Outbox.id == work.id).values(created_at=work.created_at - DAYS, next_at=0.0)
        )
    return citizen, number, work.id


def state(town, work):
    with town.database.read() as unit:
        return unit.session.execute(select(Outbox.end_state, Outbox.attempts).where(Outbox.id == work)).one()


def until(town, work, what):
    end = time.monotonic() + 15
    while not what(state(town, work)):
        assert time.monotonic() < end, state(town, work)
        time.sleep(0.05)


def test_work_that_is_given_up_is_listed_alerted_and_gets_another_whole_round(town, aged):
    citizen, number, work = aged
    until(town, work, lambda row: row.end_state == "exhausted")
    assert work in [each["id"] for each in town.desk.working.listed("exhausted")]
    assert town.desk.casework.reconciliation()["stuck"] >= 1
    with town.database.read() as unit:
        alerted = unit.session.scalars(select(AuditRecord.subject_id).where(AuditRecord.action == "work_exhausted"))
        assert work in alerted.all()
    assert citizen.case(number)["status"] == "submitted"
    assert town.desk.working.again(work)
    until(town, work, lambda row: row.end_state is None and row.attempts >= 2)
    town.sandbox.control("mishaps", method="DELETE")
    until(town, work, lambda row: row.end_state == "done")
    assert citizen.case(number)["status"] == "completed"
    assert len(town.effects(citizen)) == 1
    with town.database.write() as unit:
        assert not outbox.again(unit, work, time.time())
