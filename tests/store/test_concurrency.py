"""Units under concurrency: writers queue instead of failing, and leases are given to one."""

import itertools
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import func, select

from wxserver.store import outbox, records
from wxserver.store.tables.applications import CaseNumber
from wxserver.store.tables.machinery import Outbox
from wxserver.store.tables.records import AuditRecord


def test_twenty_writers_that_read_first_all_succeed(town):
    from datetime import date

    from wxserver.store import cases

    prefix = uuid.uuid4().hex[:6]

    def number(_):
        with town.database.write() as unit:
            unit.session.scalar(select(func.count()).select_from(CaseNumber))
            return cases.next_number(unit, prefix, date(2026, 11, 26))

    with ThreadPoolExecutor(20) as threads:
        numbers = list(threads.map(number, range(40)))
    assert sorted(numbers) == [f"{prefix}20261126-{serial:04d}" for serial in range(1, 41)]


def test_work_is_leased_to_one_worker_until_its_lease_runs_out(town):
    kind = uuid.uuid4().hex[:8]
    far = time.time() + 10**6
    with town.database.write() as unit:
        for serial in range(50):
            outbox.add(unit, kind, f"s{serial}", now=far)

    def claim(worker):
        with town.database.write() as unit:
            found = outbox.claim(unit, {kind}, owner=f"w{worker}", now=far, lease_until=far + 30, most=7)
            return [work.subject_id for work in found if work.kind == kind]

    with ThreadPoolExecutor(10) as threads:
        claimed = [subject for found in threads.map(claim, range(10)) for subject in found]
    assert len(claimed) == len(set(claimed)) == 50
    with town.database.write() as unit:
        assert outbox.claim(unit, {kind}, owner="late", now=far + 29, lease_until=far + 60, most=100) == []
        again = outbox.claim(unit, {kind}, owner="late", now=far + 31, lease_until=far + 60, most=100)
        assert len([work for work in again if work.kind == kind]) == 50
        for work in again:
            outbox.end(unit, work.kind, work.subject_id, "done", far)


def test_ended_work_stays_ended_until_somebody_asks_for_another_round(town):
    kind = uuid.uuid4().hex[:8]
    far = time.time() + 10**6
    with town.database.write() as unit:
        work = outbox.add(unit, kind, "s", now=far, owner="w", lease_until=far + 30)
        outbox.end(unit, kind, "s", "exhausted", far)
        assert not outbox.put_back(unit, work, owner="w", next_at=far, fault="late")
        assert outbox.again(unit, work.id, far)
        assert not outbox.again(unit, work.id, far)
        outbox.end(unit, kind, "s", "done", far)
        state = unit.session.scalar(select(Outbox.end_state).where(Outbox.id == work.id))
    assert state == "done"


def test_the_audit_log_is_a_chain_however_many_write_at_once(town):
    def write(serial):
        with town.database.write() as unit:
            records.audit(
                unit,
                actor_kind="test",
                actor_id=None,
                action="tried",
                subject_kind="test",
                subject_id=str(serial),
                reason="",
                data={},
                now=town.desk.sessions.clock.now(),
            )

    with ThreadPoolExecutor(10) as threads:
        list(threads.map(write, range(20)))
    with town.database.read() as unit:
        rows = unit.session.execute(
            select(AuditRecord.number, AuditRecord.previous_hash, AuditRecord.hash).order_by(AuditRecord.number)
        ).all()
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    assert all(later.previous_hash == earlier.hash for earlier, later in itertools.pairwise(rows))
