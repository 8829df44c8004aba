"""Staff at the door: who gets in, what a wrong guess costs, and what ends a session."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from tests.usecases.staff_door import GOOD, Door
from wxserver.usecases.faults import Invalid, NotFound, TooMany, Unauthenticated
from wxserver.usecases.password_rules import fault_in, is_common
from wxserver.usecases.staff_accounts import Scope


@pytest.fixture
def door(town):
    return Door(town)


def test_a_new_member_sets_a_password_and_a_second_factor_before_anything_else(door):
    username = door.named("wang")
    first = door.accounts.add(None, username, Scope("王", ("editor",)))
    opened = door.staffing.sign_in(username, first, "", agent="tests")
    begun = door.staffing.find(opened.token)
    assert (opened.stage, begun.stage) == ("setup", "setup")
    enrolment = door.staffing.enrolment(begun)
    assert enrolment.address.startswith("otpauth://totp/")

    with pytest.raises(Invalid) as weak:
        door.staffing.set_up(begun, "short", "other", "000000", agent="tests")
    assert [fault.path for fault in weak.value.faults] == ["password", "again", "code"]
    with pytest.raises(Invalid) as same:
        door.staffing.set_up(begun, first, first, "", agent="tests")
    assert [fault.code for fault in same.value.faults] == ["same", "wrong"]

    code = door.codes.code_at(enrolment.secret, door.clock.now())
    full = door.staffing.set_up(begun, GOOD, GOOD, code, agent="tests")
    assert door.staffing.find(full.token).stage == "full"
    assert door.staffing.find(opened.token) is None
    with pytest.raises(NotFound):
        door.staffing.enrolment(door.staffing.find(full.token))
    with pytest.raises(Unauthenticated):
        door.staffing.sign_in(username, first, "", agent="tests")


def test_a_code_counts_once_and_only_around_its_half_minute(door):
    username = door.member("li", "clerk").username
    early = door.codes.code_at(door.secrets[username], door.clock.now() + timedelta(seconds=60))
    assert door.sign_in(username, code=early)
    for code in (early, door.code(username)):
        with pytest.raises(Unauthenticated):
            door.staffing.sign_in(username, GOOD, code, agent="tests")
    door.clock.later(minutes=3)
    late = door.codes.code_at(door.secrets[username], door.clock.now() - timedelta(seconds=60))
    with pytest.raises(Unauthenticated):
        door.staffing.sign_in(username, GOOD, late, agent="tests")
    assert door.staffing.sign_in(username, GOOD, f" {door.code(username)[:3]} {door.code(username)[3:]}", agent="tests")


@pytest.mark.parametrize("known", [True, False])
def test_a_name_waits_longer_after_each_failure_whether_it_exists_or_not(door, known):
    username = door.member("zhao", "clerk").username if known else door.named("nobody")
    told = []
    for _ in range(4):
        with pytest.raises(Unauthenticated) as wrong:
            door.staffing.sign_in(username, "wrong", "123456", agent="tests")
        told.append((wrong.value.detail, wrong.value.code))
    assert len(set(told)) == 1
    waits = []
    for _ in range(7):
        with pytest.raises(TooMany) as locked:
            door.staffing.sign_in(username, "wrong", "123456", agent="tests")
        until = datetime.fromisoformat(str(locked.value.extra["until"]))
        waits.append((until - door.clock.now()).total_seconds() / 60)
        with pytest.raises(TooMany):
            door.staffing.sign_in(username, GOOD, door.code(username) if known else "1", agent="tests")
        door.clock.moment = until
    assert waits == [1, 2, 4, 8, 15, 15, 15]
    if known:
        assert door.sign_in(username)
        with pytest.raises(Unauthenticated):
            door.staffing.sign_in(username, "wrong", "123456", agent="tests")


def test_guesses_made_at_once_are_counted_one_by_one(door):
    username = door.member("rush", "clerk").username
    found = []

    def guess(_):
        try:
            door.staffing.sign_in(username, "wrong", "123456", agent="tests")
        except (Unauthenticated, TooMany) as refused:
            found.append(refused.code)

    with ThreadPoolExecutor(8) as crowd:
        list(crowd.map(guess, range(16)))
    assert (found.count("wrong-credentials"), found.count("sign-in-locked")) == (4, 12)
    assert len(door.audited("sign_in_failed", username)) == 5


def test_a_code_that_many_send_at_once_lets_one_in(door):
    username = door.member("race", "clerk").username
    code = door.code(username)

    def enter(_):
        try:
            return door.staffing.sign_in(username, GOOD, code, agent="tests")
        except (Unauthenticated, TooMany):
            return None

    with ThreadPoolExecutor(8) as crowd:
        assert len([each for each in crowd.map(enter, range(8)) if each]) == 1


def test_failures_are_audited_without_what_was_typed(door):
    username = door.member("qian", "clerk").username
    with pytest.raises(Unauthenticated):
        door.staffing.sign_in(username, "my real password", "654321", agent="tests")
    with pytest.raises(Unauthenticated):
        door.staffing.sign_in("my real password", "x", "654321", agent="tests")
    with door.database.read() as unit:
        rows = unit.connection.execute(text("SELECT * FROM audit_log WHERE action = 'sign_in_failed'")).all()
    assert door.audited("sign_in_failed", username)
    assert "my real password" not in str(rows)
    assert "654321" not in str(rows)


def test_a_session_ends_after_half_an_hour_without_a_request_and_after_twelve_hours_whatever_happens(door):
    username = door.member("sun", "clerk").username
    token = door.sign_in(username).token
    door.clock.later(minutes=29)
    assert door.staffing.find(token)
    door.clock.later(minutes=29)
    assert door.staffing.find(token)
    door.clock.later(minutes=31)
    assert door.staffing.find(token) is None

    token = door.sign_in(username).token
    for _ in range(28):
        door.clock.later(minutes=25)
        assert door.staffing.find(token)
    member = door.staffing.find(token)
    assert member.idle_at == member.ends_at
    door.clock.later(minutes=21)
    assert door.staffing.find(token) is None


def test_going_on_moves_the_end_of_a_session(door):
    member = door.member("zhou", "clerk")
    door.clock.later(minutes=20)
    assert door.staffing.alive(member) == door.clock.now() + timedelta(minutes=30)


def test_sessions_are_seen_and_ended_one_by_one_or_all_others(door):
    member = door.member("wu", "clerk")
    tokens = [door.sign_in(member.username).token for _ in range(3)]
    seen = door.staffing.sessions(member)
    assert len(seen) == 4
    second = door.staffing.find(tokens[1])
    door.staffing.revoke(member, second.session_id)
    assert [door.staffing.find(each) is None for each in tokens] == [False, True, False]
    with pytest.raises(NotFound):
        door.staffing.revoke(member, second.session_id)
    stranger = door.member("zheng", "clerk")
    with pytest.raises(NotFound):
        door.staffing.revoke(stranger, member.session_id)
    assert door.staffing.revoke_others(member) == 2
    assert [each.id for each in door.staffing.sessions(member)] == [member.session_id]


def test_a_browser_that_signs_in_again_leaves_its_old_session_behind(door):
    member = door.member("feng", "clerk")
    old = door.sign_in(member.username).token
    door.clock.later(seconds=30)
    new = door.staffing.sign_in(member.username, GOOD, door.code(member.username), agent="tests", replaces=old).token
    assert door.staffing.find(old) is None
    assert door.staffing.find(new).username == member.username


def test_a_changed_password_ends_all_sessions_and_needs_the_old_one_and_a_code(door):
    member = door.member("chen", "clerk")
    other = door.sign_in(member.username).token
    door.clock.later(seconds=30)
    with pytest.raises(Invalid) as wrong:
        door.staffing.change_password(member, "no", f"{GOOD}!", f"{GOOD}!", door.code(member.username), agent="tests")
    assert [fault.path for fault in wrong.value.faults] == ["current"]
    with pytest.raises(Invalid):
        door.staffing.change_password(member, GOOD, f"{GOOD}!", f"{GOOD}!", "", agent="tests")
    opened = door.staffing.change_password(
        member, GOOD, f"{GOOD}!", f"{GOOD}!", door.code(member.username), agent="tests"
    )
    assert door.staffing.find(other) is None
    assert door.staffing.find(opened.token).username == member.username
    with pytest.raises(Unauthenticated):
        door.sign_in(member.username)
    assert door.sign_in(member.username, f"{GOOD}!")


def test_guessing_ones_own_password_is_counted_like_signing_in(door):
    member = door.member("wei", "clerk")
    for _ in range(4):
        with pytest.raises(Invalid):
            door.staffing.change_password(member, "guess", f"{GOOD}!", f"{GOOD}!", "000000", agent="tests")
    with pytest.raises(TooMany):
        door.staffing.change_password(member, "guess", f"{GOOD}!", f"{GOOD}!", "000000", agent="tests")


def test_accounts_for_trying_out_come_in_at_the_sandbox_only(town):
    sandbox, production = Door(town, rehearsals=True), Door(town, rehearsals=False)
    with town.database.write() as unit:
        unit.connection.execute(text("UPDATE staff SET totp_step = 0 WHERE created_by = '*sandbox*'"))
    assert production.demo.make() == {}
    made = sandbox.demo.make()
    assert sandbox.demo.make() == made
    code = sandbox.demo.code() or ""
    opened = sandbox.staffing.sign_in(made["editor"], sandbox.demo.password(), code, agent="tests")
    member = sandbox.staffing.find(opened.token)
    assert member is not None
    assert member.roles == ("editor",)
    assert sandbox.demo.code() != code
    sandbox.staffing.sign_in(made["editor"], sandbox.demo.password(), sandbox.demo.code() or "", agent="tests")

    assert production.demo.code() is None
    assert production.staffing.find(opened.token) is None
    production.clock.later(minutes=5)
    sandbox.clock.moment = production.clock.moment
    with pytest.raises(Unauthenticated):
        production.staffing.sign_in(made["editor"], sandbox.demo.password(), sandbox.demo.code() or "", agent="tests")


@pytest.mark.parametrize(
    "password",
    ["123456789012", "Password1234", "P@ssw0rd1234", "qwertyuiop12", "1qaz2wsx3edc", "abcabcabcabc", "WoAiNi5201314"],
)
def test_common_passwords_are_refused_in_whatever_disguise(password):
    assert is_common(password)


def test_what_a_password_must_be_is_said_in_words():
    assert "12 位以上" in (fault_in("short", username="huang") or "")
    assert "账号名" in (fault_in("huangxm-2026", username="huangxm") or "")
    assert "最多 128 位" in (fault_in("长" * 129, username="huang") or "")
    assert fault_in(GOOD, username="huang") is None
    assert fault_in("四个不相干的词连在一起好记", username="huang") is None
