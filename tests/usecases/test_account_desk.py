"""Accounts and organisations at the window: who may, what it does, what is noted, and who acts for whom until when."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import replace
from datetime import date, timedelta
from importlib.resources import files

import pytest
from sqlalchemy import text

from bundles.organisations import check_sign
from bundles.ports import IdentityDocument
from bundles.working_days import legal_date
from tests.town import BUNDLE
from tests.usecases.account_door import BETTER, GOOD, Door, database_of
from tests.usecases.staff_door import Watch
from wxserver.store import accounts, people, records
from wxserver.store.records import AuditSearch
from wxserver.usecases.account_desk import Seen, new_one_time
from wxserver.usecases.audit_words import ACT_WORDS, ACTIONS, SUBJECTS, entry_of
from wxserver.usecases.catalogue import Catalogue
from wxserver.usecases.faults import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from wxserver.usecases.organisation_desk import OrganisationDesk
from wxserver.usecases.publishing import Publishing
from wxserver.usecases.rights import ACTS
from wxserver.usecases.timing import Timing

REASON = "本人到窗口，已核对证件"


@pytest.fixture(scope="module")
def database(kind, request, tmp_path_factory):
    server = request.getfixturevalue("postgres_server") if kind == "postgresql" else None
    with database_of(kind, tmp_path_factory.mktemp("desk"), server) as found:
        yield found


@pytest.fixture
def door(database):
    return Door(database)


@pytest.fixture(scope="module")
def catalogue(database):
    """One bundle, in force since yesterday."""
    clock = Watch()
    clock.later(days=-1)
    found = Catalogue(database, clock, Timing(database, clock))
    document = tomllib.loads((files("bundles") / "definitions" / "jieyang.toml").read_text("utf-8"))
    Publishing(database, clock, found).import_document(document, origin="file", by="setup", comment="")
    return found


@pytest.fixture
def hall(database, catalogue):
    """The door of a city, whose one bundle agents may act for."""
    door = Door(database)
    door.organisations = OrganisationDesk(database, door.clock, door.rights, catalogue)
    return door


def code(door):
    """The code of an organisation that is not there yet."""
    body = f"11445200{int(door.names, 16) % 10**9:09}"
    return body + check_sign(body)


def organisation(door, region="445202"):
    return door.organisations.add(door.member("clerk"), code(door), "揭阳市第一人民医院", region, REASON)


def agent(door, organisation_id, *, scope=(), days=30, seen=None):
    """A person who acts for the organisation: the agent's id, and what stands in their document."""
    seen = seen or door.person("欧阳建国")[1]
    until = legal_date(door.clock.now()) + timedelta(days=days)
    return door.organisations.add_agent(door.member("clerk"), organisation_id, seen, scope, until, REASON), seen


def for_the_unit(door, agent_id, seen):
    """The session of the agent, signed in for the organisation with a password of their own, and the account's name."""
    given = door.desk.open(door.member("clerk"), seen, door.named(f"unit{agent_id[-4:]}"), REASON, agent_id=agent_id)
    came = door.attempt(door.guest(), given.username, given.password, kind="organisation", new=GOOD)
    return came, given.username


def test_a_password_to_hand_over_can_be_read_aloud():
    for _ in range(50):
        assert re.fullmatch(r"[2-8a-z]{4}-[2-8a-z]{4}-[2-8a-z]{4}", new_one_time())
        assert not set(new_one_time()) & set("0o1li9v")


def test_somebody_without_face_gets_an_account_at_the_window(door):
    _, seen = door.person()
    given = door.desk.open(door.member("clerk"), seen, "Lan.Window", REASON)
    assert given.username == "lan.window"
    assert given.runs_out_at == door.clock.now() + timedelta(days=7)
    assert door.attempt(door.guest(), given.username, given.password, new=BETTER)
    (shown,) = door.desk.of(door.member("clerk"), seen)
    assert (shown.username, shown.name, shown.waits, shown.kind) == ("l*********", "林*兰", False, "person")
    assert seen.id_number not in str(shown)
    with pytest.raises(Conflict) as again:
        door.desk.open(door.member("clerk"), seen, "lan.second", REASON)
    assert again.value.code == "account-exists"


def test_who_was_never_met_has_no_account_and_is_not_noted_down_by_looking(door):
    _, seen = door.person()
    stranger = replace(seen, id_number="11010519491231002X", name="陈桂英")
    assert door.desk.of(door.member("clerk"), stranger) == ()
    for act in (door.desk.reset, door.desk.disable, door.desk.enable, door.desk.unlock):
        with pytest.raises(NotFound):
            act(door.member("clerk"), stranger, REASON)
    with door.database.read() as unit:
        document = IdentityDocument("resident_id", stranger.id_number)
        assert accounts.person_with(unit, document) is None


@pytest.mark.parametrize("way", ["reset", "disable"])
def test_resetting_and_disabling_end_the_sessions_and_the_password(door, way):
    _, seen, username = door.account()
    came = door.attempt(door.guest(), username)
    getattr(door.desk, way)(door.member("clerk"), seen, REASON)
    assert door.sessions.find(came.token) is None
    with pytest.raises(Unauthenticated):
        door.attempt(door.guest(), username)


def test_a_disabled_account_comes_back_with_its_password(door):
    _, seen, username = door.account()
    door.desk.disable(door.member("clerk"), seen, REASON)
    assert door.desk.of(door.member("clerk"), seen)[0].disabled_at
    door.desk.enable(door.member("clerk"), seen, REASON)
    assert door.attempt(door.guest(), username)


@pytest.mark.parametrize("way", ["unlock", "reset"])
def test_a_locked_name_is_unlocked_at_the_window(door, way):
    _, seen, username = door.account()
    for tries in range(10):
        door.clock.later(minutes=16)
        with pytest.raises(Unauthenticated):
            door.attempt(door.guest(), username, "不是这个 密码呀呀", source=f"198.51.100.{tries}")
    assert door.desk.of(door.member("clerk"), seen)[0].locked_until
    given = getattr(door.desk, way)(door.member("clerk"), seen, REASON)
    assert door.desk.of(door.member("clerk"), seen)[0].locked_until is None
    password, new = (GOOD, None) if given is None else (given.password, BETTER)
    assert door.attempt(door.guest(), username, password, new=new)


def test_the_document_must_be_the_persons_and_bear_their_name(door):
    _, seen, _ = door.account()
    for wrong, path in (
        (replace(seen, id_number=seen.id_number[:-1] + "?"), "id_number"),
        (replace(seen, name="林1"), "name"),
        (replace(seen, id_type="library_card"), "id_number"),
    ):
        with pytest.raises(Invalid) as invalid:
            door.desk.reset(door.member("clerk"), wrong, REASON)
        assert path in [each.path for each in invalid.value.faults]
    with pytest.raises(Conflict) as differs:
        door.desk.reset(door.member("clerk"), replace(seen, name="林大兰"), REASON)
    assert differs.value.code == "name-differs"


@pytest.mark.parametrize(
    "reason", ["", "好", "字" * 101, "给林小兰重置密码", "电话 13800005620 的那位", "证件 {number}"]
)
def test_a_reason_is_given_and_holds_nothing_personal(door, reason):
    _, seen, _ = door.account()
    with pytest.raises(Invalid) as invalid:
        door.desk.reset(door.member("clerk"), seen, reason.format(number=seen.id_number))
    assert [each.path for each in invalid.value.faults] == ["reason"]


def test_what_a_clerk_does_is_noted_with_the_reason_and_nothing_personal(door):
    _, seen = door.person("欧阳兰英")
    clerk = door.member("clerk")
    door.desk.open(clerk, seen, door.named("noted"), REASON)
    for act in (door.desk.reset, door.desk.disable, door.desk.enable):
        act(clerk, seen, REASON)
    for action in ("account_opened", "account_reset", "account_disabled", "account_enabled"):
        ((kind, by, subject, reason, data),) = [each for each in door.audited(action) if each[1] == clerk.username]
        assert (kind, reason) == ("staff", REASON)
        assert seen.id_number not in str((by, subject, data))
        assert seen.name not in str((by, subject, data))


@pytest.mark.parametrize("role", ["editor", "publisher", "supervisor", "administrator"])
def test_only_clerks_manage_accounts_and_others_are_audited(hall, role):
    member, (_, seen, _) = hall.member(role), hall.account()
    unit_id = organisation(hall)
    agent_id, _ = agent(hall, unit_id)
    day = date(2027, 1, 4)
    tries = (
        lambda: hall.desk.of(member, seen),
        lambda: hall.desk.open(member, seen, "x", REASON),
        lambda: hall.desk.reset(member, seen, REASON),
        lambda: hall.desk.disable(member, seen, REASON),
        lambda: hall.desk.enable(member, seen, REASON),
        lambda: hall.desk.unlock(member, seen, REASON),
        lambda: hall.organisations.listed(member),
        lambda: hall.organisations.regions(member),
        lambda: hall.organisations.one(member, unit_id),
        lambda: hall.organisations.add(member, code(hall), "单位", "445202", REASON),
        lambda: hall.organisations.disable(member, unit_id, REASON),
        lambda: hall.organisations.enable(member, unit_id, REASON),
        lambda: hall.organisations.add_agent(member, unit_id, seen, (), day, REASON),
        lambda: hall.organisations.change_agent(member, agent_id, (), day, REASON),
        lambda: hall.organisations.end_agent(member, agent_id, REASON),
    )
    for each in tries:
        with pytest.raises(Forbidden):
            each()
    assert len([each for each in hall.audited("refused") if each[1] == member.username]) == len(tries)


def test_every_act_and_what_is_noted_of_it_has_words():
    assert set(ACTS) == set(ACT_WORDS)
    assert {"account", "organisation", "unit_agent", "guess"} <= set(SUBJECTS)
    done = ["signed_in", "set", "changed", "removed", "opened", "reset", "disabled", "enabled", "unlocked", "locked"]
    assert {f"account_{each}" for each in done} <= set(ACTIONS)
    others = {"source_stopped", "agent_added", "agent_changed", "agent_ended"}
    assert others | {f"organisation_{each}" for each in ("added", "disabled", "enabled")} <= set(ACTIONS)


@pytest.mark.rule("JY-6.2")
def test_an_organisation_acts_through_a_named_agent_with_a_scope_and_an_end(hall):
    unit_id = organisation(hall)
    agent_id, seen = agent(hall, unit_id, scope=[BUNDLE])
    came, username = for_the_unit(hall, agent_id, seen)
    acting = came.session.unit
    assert (acting.organisation, acting.scope, acting.agent_id) == ("揭阳市第一人民医院", (BUNDLE,), agent_id)
    assert hall.accounts.mine(came.session).kind == "organisation"
    with pytest.raises(Unauthenticated):
        hall.attempt(hall.guest(), username, GOOD, kind="person")
    (shown,) = hall.organisations.one(hall.member("clerk"), unit_id).agents
    assert (shown.name, shown.has_account, shown.over) == ("欧**国", True, False)


def test_an_agents_own_account_and_the_units_stand_beside_each_other(hall):
    unit_id = organisation(hall)
    agent_id, seen = agent(hall, unit_id)
    for_the_unit(hall, agent_id, seen)
    hall.desk.open(hall.member("clerk"), seen, hall.named("own"), REASON)
    found = hall.desk.of(hall.member("clerk"), seen)
    assert sorted((each.kind, each.organisation) for each in found) == [
        ("organisation", "揭阳市第一人民医院"),
        ("person", ""),
    ]


@pytest.mark.parametrize("end", ["day", "ended", "organisation", "account"])
def test_when_agent_organisation_or_account_is_over_nobody_acts(hall, end):
    unit_id = organisation(hall)
    agent_id, seen = agent(hall, unit_id, days=3)
    came, username = for_the_unit(hall, agent_id, seen)
    clerk = hall.member("clerk")
    if end == "day":
        hall.clock.later(days=3)
        assert hall.sessions.find(came.token)
        hall.clock.later(days=1)
    elif end == "ended":
        hall.organisations.end_agent(clerk, agent_id, REASON)
    elif end == "organisation":
        hall.organisations.disable(clerk, unit_id, REASON)
    else:
        hall.desk.disable(clerk, seen, REASON, agent_id=agent_id)
    assert hall.sessions.find(came.token) is None
    with pytest.raises(Unauthenticated):
        hall.attempt(hall.guest(), username, GOOD, kind="organisation")


def test_an_agent_changes_the_password_but_neither_name_nor_gives_the_account_up(hall):
    agent_id, seen = agent(hall, organisation(hall))
    came, username = for_the_unit(hall, agent_id, seen)
    with pytest.raises(Invalid) as fixed:
        hall.accounts.set(came.session, "another.name", new=BETTER, again=BETTER, current=GOOD)
    assert [each.code for each in fixed.value.faults] == ["fixed"]
    with pytest.raises(Forbidden):
        hall.accounts.remove(came.session)
    hall.accounts.set(came.session, username, new=BETTER, again=BETTER, current=GOOD)
    assert hall.attempt(hall.guest(), username, BETTER, kind="organisation")


def test_only_the_agents_own_document_opens_the_units_account(hall):
    agent_id, _ = agent(hall, organisation(hall))
    _, other = hall.person()
    with pytest.raises(NotFound) as unknown:
        hall.desk.open(hall.member("clerk"), other, hall.named("other"), REASON, agent_id=agent_id)
    assert unknown.value.code == "unknown-agent"


def test_a_clerk_of_one_county_reaches_the_organisations_of_it(hall):
    here, away = organisation(hall, "445202"), None
    local = hall.member("clerk", regions=["445202"])
    hall.names = f"{int(hall.names, 16) ^ 1:08x}"
    away = organisation(hall, "445281")
    listed = {each.id for each in hall.organisations.listed(local)}
    assert here in listed
    assert away not in listed
    with pytest.raises(Forbidden):
        hall.organisations.one(local, away)
    with pytest.raises(Forbidden):
        hall.organisations.add(local, code(hall), "单位", "445281", REASON)
    agent_id, seen = agent(hall, away)
    with pytest.raises(Forbidden):
        hall.desk.open(local, seen, hall.named("away"), REASON, agent_id=agent_id)
    with pytest.raises(Forbidden):
        hall.organisations.end_agent(local, agent_id, REASON)


def test_everything_wrong_with_an_organisation_or_an_agent_is_told_at_once(hall):
    clerk = hall.member("clerk")
    with pytest.raises(Invalid) as invalid:
        hall.organisations.add(clerk, "91110000600037341M", "x", "999999", "")
    assert [each.path for each in invalid.value.faults] == ["code", "name", "region", "reason"]
    unit_id = organisation(hall)
    with pytest.raises(Conflict):
        organisation(hall)
    today = legal_date(hall.clock.now())
    seen = Seen("resident_id", "1", "x")
    for day in (today - timedelta(days=1), today + timedelta(days=740)):
        with pytest.raises(Invalid) as invalid:
            hall.organisations.add_agent(clerk, unit_id, seen, ["no-such-bundle"], day, "")
        assert sorted(each.path for each in invalid.value.faults) == ["ends_on", "id_number", "name", "reason", "scope"]
    agent_id, seen = agent(hall, unit_id)
    with pytest.raises(Conflict):
        agent(hall, unit_id, seen=seen)
    hall.organisations.change_agent(clerk, agent_id, [f"{BUNDLE}/apply"], today, REASON)
    (shown,) = hall.organisations.one(clerk, unit_id).agents
    assert (shown.scope, shown.ends_on) == ((f"{BUNDLE}/apply",), today)


def test_the_log_reads_as_sentences_and_names_nobody(hall):
    unit_id = organisation(hall)
    agent_id, seen = agent(hall, unit_id)
    with hall.database.read() as unit:
        rows = [
            row
            for subject in (code(hall), agent_id)
            for row in records.audited(unit, AuditSearch(subject=subject), before=None, most=5)
        ]
        whole = json.dumps([str(row) for row in unit.connection.execute(text("SELECT * FROM audit_log"))])
    assert [entry_of(row, str).did for row in rows] == [f"登记了单位 {code(hall)}", "登记了单位经办人"]
    assert seen.name not in whole
    assert seen.id_number not in whole


@pytest.mark.parametrize("way", ["reset", "disable"])
def test_a_wechat_that_came_by_the_password_alone_is_unbound_with_the_same_one_elsewhere(door, way):
    person_id, seen, username = door.account()
    face, by_password = door.by_face(person_id), door.guest()
    with door.database.write() as unit:
        people.learned(unit, by_password.wechat_user_id, f"u{door.names}")
        same = people.remember_wechat_user(unit, "mini", door.names, f"u{door.names}", door.clock.now())
    door.attempt(by_password, username)

    def bound():
        with door.database.read() as unit:
            users = (face.wechat_user_id, by_password.wechat_user_id, same)
            return [people.wechat_user(unit, each).person_id for each in users]

    assert bound() == [person_id] * 3
    getattr(door.desk, way)(door.member("clerk"), seen, REASON)
    assert bound() == [person_id, None, None]


def test_no_password_is_handed_over_that_lets_nobody_in(hall):
    _, seen, _ = hall.account()
    clerk = hall.member("clerk")
    hall.desk.disable(clerk, seen, REASON)
    with pytest.raises(Conflict) as stopped:
        hall.desk.reset(clerk, seen, REASON)
    assert stopped.value.code == "account-disabled"
    agent_id, seen = agent(hall, organisation(hall), days=3)
    for_the_unit(hall, agent_id, seen)
    hall.clock.later(days=4)
    with pytest.raises(NotFound) as over:
        hall.desk.reset(clerk, seen, REASON, agent_id=agent_id)
    assert over.value.code == "unknown-agent"


@pytest.mark.parametrize("way", ["organisation", "agent"])
def test_nothing_that_was_opened_before_comes_back_by_itself(hall, way):
    unit_id = organisation(hall)
    agent_id, seen = agent(hall, unit_id, days=3)
    came, username = for_the_unit(hall, agent_id, seen)
    clerk = hall.member("clerk")
    if way == "organisation":
        hall.organisations.disable(clerk, unit_id, REASON)
        hall.organisations.enable(clerk, unit_id, REASON)
    else:
        hall.clock.later(days=4)
        until = legal_date(hall.clock.now()) + timedelta(days=9)
        hall.organisations.change_agent(clerk, agent_id, (), until, REASON)
    assert hall.sessions.find(came.token) is None
    assert hall.attempt(hall.guest(), username, GOOD, kind="organisation")


def test_an_agent_who_forgot_the_password_is_sent_to_the_window_and_not_round_in_a_circle(hall):
    agent_id, seen = agent(hall, organisation(hall))
    came, username = for_the_unit(hall, agent_id, seen)
    for current, fault in (("", "required"), ("not the password", "wrong")):
        with pytest.raises(Invalid) as raised:
            hall.accounts.set(came.session, username, new=BETTER, again=BETTER, current=current)
        (found,) = raised.value.faults
        assert (found.path, found.code) == ("current", fault)
        assert "到窗口重设" in found.message
        assert "人脸" not in found.message


def test_the_account_of_an_agent_who_has_ended_is_gone_and_its_name_free(hall):
    agent_id, seen = agent(hall, organisation(hall))
    _, username = for_the_unit(hall, agent_id, seen)
    hall.organisations.end_agent(hall.member("clerk"), agent_id, REASON)
    assert hall.desk.of(hall.member("clerk"), seen) == ()
    assert hall.desk.open(hall.member("clerk"), seen, username, REASON).username == username
