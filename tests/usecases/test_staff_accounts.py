"""Who manages accounts of staff, and how far: what holds at once, what nobody does to themselves, whose reach ends."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from sqlalchemy import text

from tests.usecases.staff_door import Door
from wxserver.usecases.faults import Conflict, Forbidden, Invalid, Unauthenticated
from wxserver.usecases.staff_accounts import Scope


@pytest.fixture
def door(town):
    return Door(town)


def test_what_an_administrator_changes_holds_at_once(door):
    boss, member = door.member("boss", "administrator"), door.member("jiang", "clerk")
    token = door.sign_in(member.username).token
    door.accounts.change(boss, member.username, Scope("蒋", ("editor",), ("445202",)))
    changed = door.staffing.find(token)
    assert (changed.name, changed.roles, changed.regions) == ("蒋", ("editor",), ("445202",))
    ((actor, _, data),) = door.audited("staff_changed", member.username)
    assert actor == boss.username
    assert "clerk" in str(data)


@pytest.mark.parametrize("way", ["disable", "reset", "revoke"])
def test_disabling_resetting_and_revoking_end_sessions(door, way):
    boss, member = door.member("boss", "administrator"), door.member("shen", "clerk")
    getattr(door.accounts, way)(boss, member.username)
    with door.database.read():
        assert door.staffing.sessions(member) == []
    if way != "revoke":
        with pytest.raises(Unauthenticated):
            door.sign_in(member.username)


def test_a_disabled_account_comes_back_with_its_password(door):
    boss, member = door.member("boss", "administrator"), door.member("han", "clerk")
    door.accounts.disable(boss, member.username)
    door.accounts.enable(boss, member.username)
    assert door.sign_in(member.username)


def test_nobody_changes_what_they_themselves_may_do(door):
    boss = door.member("boss", "administrator")
    door.member("other", "administrator")
    for scope in (
        Scope("b", ("administrator", "publisher")),
        Scope("b", ("clerk",)),
        Scope("b", ("administrator",), ("445202",)),
    ):
        with pytest.raises(Conflict) as own:
            door.accounts.change(boss, boss.username, scope)
        assert own.value.code == "own-account"
    for act in (door.accounts.disable, door.accounts.reset, door.accounts.enable):
        with pytest.raises(Conflict):
            act(boss, boss.username)
    door.accounts.change(boss, boss.username, Scope("新名字", ("administrator",)))


@contextmanager
def only_these_administrators(door):
    """Two administrators, and nobody else in use meanwhile."""
    with door.database.write() as unit:
        before = [row.id for row in unit.connection.execute(text("SELECT id FROM staff WHERE disabled_at IS NULL"))]
        now = {"now": door.clock.now().isoformat()}
        unit.connection.execute(text("UPDATE staff SET disabled_at = :now WHERE disabled_at IS NULL"), now)
    try:
        yield door.member("boss", "administrator"), door.member("second", "administrator")
    finally:
        with door.database.write() as unit:
            for each in before:
                unit.connection.execute(text("UPDATE staff SET disabled_at = NULL WHERE id = :id"), {"id": each})


def test_the_last_administrator_stays(door):
    with only_these_administrators(door) as (boss, second):
        door.accounts.change(boss, second.username, Scope("b", ("clerk",)))
        with pytest.raises(Conflict) as last:
            door.accounts.disable(None, boss.username)
        assert last.value.code == "last-administrator"
        with pytest.raises(Conflict):
            door.accounts.change(None, boss.username, Scope("b", ("clerk",)))
        door.accounts.change(boss, second.username, Scope("b", ("administrator",)))
        door.accounts.disable(None, boss.username)


def test_two_administrators_who_disable_each_other_leave_one(door):
    with only_these_administrators(door) as (one, two), ThreadPoolExecutor(2) as both:

        def disable(pair):
            try:
                door.accounts.disable(*pair)
            except Conflict as kept:
                return kept.code
            return "done"

        done = list(both.map(disable, [(one, two.username), (two, one.username)]))
    assert sorted(done) == ["done", "last-administrator"]


@pytest.mark.parametrize("role", ["clerk", "editor", "publisher", "supervisor"])
def test_only_administrators_manage_accounts_and_others_are_audited(door, role):
    member, target = door.member("m", role), door.member("t", "clerk")
    scope = Scope("x", ("administrator",))
    tries = (
        lambda: door.accounts.listed(member),
        lambda: door.accounts.account(member, target.username),
        lambda: door.accounts.add(member, door.named("x"), scope),
        lambda: door.accounts.change(member, member.username, scope),
        lambda: door.accounts.reset(member, target.username),
        lambda: door.accounts.disable(member, target.username),
        lambda: door.accounts.enable(member, target.username),
        lambda: door.accounts.revoke(member, target.username),
    )
    for each in tries:
        with pytest.raises(Forbidden):
            each()
    with door.database.read() as unit:
        (count,) = unit.connection.execute(
            text("SELECT count(*) FROM audit_log WHERE action = 'refused' AND actor_id = :m"), {"m": member.username}
        ).one()
    assert count == len(tries)


def test_an_administrator_of_a_city_manages_nobody_beyond_it(door):
    local = door.member("local", "administrator", regions=["445200"])
    inside = door.member("inside", "clerk", regions=["445202"])
    outside = door.member("outside", "clerk", regions=["500000"])
    everywhere = door.member("everywhere", "clerk")
    listed = {each.username for each in door.accounts.listed(local)}
    assert inside.username in listed
    assert not {outside.username, everywhere.username} & listed
    for target in (outside, everywhere):
        with pytest.raises(Forbidden):
            door.accounts.reset(local, target.username)
        with pytest.raises(Forbidden):
            door.accounts.account(local, target.username)
    with pytest.raises(Forbidden):
        door.accounts.change(local, inside.username, Scope("i", ("clerk",), ()))
    with pytest.raises(Forbidden):
        door.accounts.add(local, door.named("new"), Scope("n", ("administrator",), ()))
    door.accounts.add(local, door.named("fine"), Scope("n", ("clerk",), ("445281",)))


def test_everything_wrong_with_a_new_account_is_told_at_once(door):
    with pytest.raises(Invalid) as invalid:
        door.accounts.add(None, "9 Lives", Scope(" ", ("king",), ("999999",), ("no-such-bundle",)))
    assert [fault.path for fault in invalid.value.faults] == ["username", "name", "roles", "regions", "bundles"]
    taken = door.member("taken", "clerk").username
    with pytest.raises(Invalid) as again:
        door.accounts.add(None, taken.upper(), Scope("x", ("clerk",)))
    assert [fault.code for fault in again.value.faults] == ["taken"]
