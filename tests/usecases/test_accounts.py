"""One's own account: set after a face, changed with the password in force or a face, given up; and what it must be."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from sqlalchemy import text

from bundles.ports import IdentityDocument
from tests.usecases.account_door import BETTER, GOOD, Door, database_of
from wxserver.store import accounts, people
from wxserver.store.people import KnownPerson
from wxserver.store.tables import Base
from wxserver.usecases.faults import AssuranceRequired, Forbidden, Invalid, NotFound, TooMany, Unauthenticated
from wxserver.usecases.guessing import NAME_TRIES, clock_time
from wxserver.usecases.password_rules import citizens_fault_in

LAN = KnownPerson("1", "林小兰", IdentityDocument("resident_id", "445202199001010026"))


@pytest.fixture(scope="module")
def database(kind, request, tmp_path_factory):
    server = request.getfixturevalue("postgres_server") if kind == "postgresql" else None
    with database_of(kind, tmp_path_factory.mktemp("accounts"), server) as found:
        yield found


@pytest.fixture
def door(database):
    return Door(database)


def faults(door, session, username, new=GOOD, again=None, **more):
    with pytest.raises(Invalid) as invalid:
        door.accounts.set(session, username, new=new, again=new if again is None else again, **more)
    return [(each.path, each.code) for each in invalid.value.faults]


def test_who_came_by_face_sets_an_account_and_sees_its_name(door):
    person_id, _ = door.person()
    session = door.by_face(person_id)
    assert door.accounts.mine(session) is None
    door.accounts.set(session, "13800005620", new=GOOD, again=GOOD)
    mine = door.accounts.mine(session)
    assert (mine.username, mine.kind, mine.must_change) == ("13800005620", "person", False)
    ((kind, actor, _, _, data),) = [each for each in door.audited("account_set") if each[1] == person_id]
    assert (kind, data) == ("citizen", data)
    assert door.attempt(door.guest(), "138 0000 5620").session.person_id == person_id == actor
    door.accounts.remove(door.by_face(person_id))


def test_nobody_who_is_not_signed_in_has_an_account(door):
    for act in (door.accounts.mine, door.accounts.remove):
        with pytest.raises((Unauthenticated, AssuranceRequired)):
            act(door.guest())
    with pytest.raises(Unauthenticated):
        door.accounts.set(door.guest(), door.named(), new=GOOD, again=GOOD)


def test_the_first_time_needs_a_face_of_the_last_half_hour(door):
    person_id, _ = door.person()
    session = door.by_face(person_id)
    door.clock.later(minutes=31)
    with pytest.raises(AssuranceRequired) as needed:
        door.accounts.set(session, door.named(), new=GOOD, again=GOOD)
    assert needed.value.extra["needs"] == {"assurance": "face", "fresh_minutes": 30}
    assert door.accounts.set(door.by_face(person_id), door.named(), new=GOOD, again=GOOD)


def test_the_password_in_force_is_enough_to_change_it_and_the_other_sessions_end(door):
    _, _, username = door.account()
    here, there = door.attempt(door.guest(), username), door.attempt(door.guest(), username)
    with pytest.raises(AssuranceRequired):
        door.accounts.set(here.session, username, new=BETTER, again=BETTER)
    door.accounts.set(here.session, username, new=BETTER, again=BETTER, current=GOOD)
    assert door.sessions.find(here.token)
    assert door.sessions.find(there.token) is None
    assert door.attempt(door.guest(), username, BETTER)
    with pytest.raises(Unauthenticated):
        door.attempt(door.guest(), username, GOOD)


def test_whoever_has_the_phone_but_not_the_password_can_not_guess_it(door):
    _, _, username = door.account()
    session = door.attempt(door.guest(), username).session
    for _ in range(5):
        assert faults(door, session, username, new=BETTER, current="不是这个 密码呀呀") == [("current", "wrong")]
    with pytest.raises(TooMany):
        door.accounts.set(session, username, new=BETTER, again=BETTER, current=GOOD)
    with pytest.raises(TooMany):
        door.attempt(door.guest(), username, GOOD)


def test_a_face_sets_a_forgotten_password_anew_and_the_name_is_no_longer_locked(door):
    person_id, _, username = door.account()
    for tries in range(NAME_TRIES):
        door.clock.later(minutes=16)
        with pytest.raises(Unauthenticated):
            door.attempt(door.guest(), username, "不是这个 密码呀呀", source=f"198.51.100.{tries}")
    with pytest.raises(TooMany):
        door.attempt(door.guest(), username)
    door.accounts.set(door.by_face(person_id), username, new=BETTER, again=BETTER)
    assert door.attempt(door.guest(), username, BETTER)


def test_a_new_name_bears_nothing_of_what_was_tried_at_it_before(door):
    username = door.named("wanted")
    for tries in range(NAME_TRIES):
        door.clock.later(minutes=16)
        with pytest.raises(Unauthenticated):
            door.attempt(door.guest(), username, source=f"198.51.100.{tries}")
    person_id, _ = door.person()
    door.accounts.set(door.by_face(person_id), username, new=GOOD, again=GOOD)
    assert door.attempt(door.guest(), username).session.person_id == person_id


def test_a_name_can_be_changed_and_the_old_one_is_free_again(door):
    person_id, _, username = door.account()
    renamed = door.named("renamed")
    door.accounts.set(door.by_face(person_id), renamed, new=BETTER, again=BETTER)
    assert door.attempt(door.guest(), renamed, BETTER)
    other, _ = door.person()
    assert door.accounts.set(door.by_face(other), username, new=GOOD, again=GOOD)


def test_a_name_that_is_taken_says_nothing_of_who_has_it(door):
    _, _, taken = door.account()
    for person_id in (door.person()[0], door.account()[0]):
        with pytest.raises(Invalid) as invalid:
            door.accounts.set(door.by_face(person_id), taken.upper(), new=BETTER, again=BETTER)
        (fault,) = invalid.value.faults
        assert (fault.path, fault.code, fault.message) == ("username", "taken", "这个账号名不能用，请换一个。")
    with door.database.read() as unit:
        assert accounts.of_person(unit, person_id) is not None


@pytest.mark.parametrize("name", ["lan", "1234567", "a" * 33, "林小兰!", "lan@", "@example.com", "12345678901", ""])
def test_names_that_can_not_be_are_refused(door, name):
    assert faults(door, door.by_face(door.person()[0]), name) == [("username", "invalid")]


@pytest.mark.parametrize("name", ["榕江小兰", "lan.lin-90", "lan@example.com", "1990兰兰", "ｌａｎｌａｎ"])
def test_names_that_can_be(door, name):
    person_id, _ = door.person()
    assert door.accounts.set(door.by_face(person_id), name, new=GOOD, again=GOOD)
    door.accounts.remove(door.by_face(person_id))


def test_nobody_is_known_by_the_number_of_a_document(door):
    person_id, seen = door.person()
    for number in (seen.id_number, "11010519491231002x", f" {seen.id_number[:6]} {seen.id_number[6:]}"):
        assert faults(door, door.by_face(person_id), number) == [("username", "invalid")]


def test_every_fault_is_told_at_once(door):
    session = door.by_face(door.person()[0])
    assert faults(door, session, "x", new="short", again="other") == [
        ("username", "invalid"),
        ("password", "weak"),
        ("again", "different"),
    ]
    _, _, username = door.account()
    session = door.attempt(door.guest(), username).session
    assert faults(door, session, username, current=GOOD) == [("password", "same")]


def test_who_gives_the_account_up_comes_in_by_it_no_more(door):
    person_id, _, username = door.account()
    came = door.attempt(door.guest(), username)
    door.accounts.remove(door.by_face(person_id))
    assert door.sessions.find(came.token) is None
    with pytest.raises(Unauthenticated):
        door.attempt(door.guest(), username)
    with pytest.raises(NotFound):
        door.accounts.remove(door.by_face(person_id))
    assert [each for each in door.audited("account_removed") if each[1] == person_id]


def test_giving_up_needs_a_sign_in_of_the_last_half_hour(door):
    _, _, username = door.account()
    session = door.attempt(door.guest(), username).session
    door.clock.later(minutes=31)
    with pytest.raises(AssuranceRequired):
        door.accounts.remove(session)


def test_an_account_that_was_stopped_at_the_window_is_not_brought_back_by_its_owner(door):
    person_id, seen, username = door.account()
    door.desk.disable(door.member("clerk"), seen, "怀疑被他人使用")
    with pytest.raises(Forbidden) as stopped:
        door.accounts.set(door.by_face(person_id), username, new=BETTER, again=BETTER)
    assert stopped.value.code == "account-disabled"
    assert door.accounts.mine(door.by_face(person_id)).disabled


def test_no_table_holds_an_account_name_or_a_password_in_clear(door):
    _, seen, username = door.account()
    door.attempt(door.guest(), username)
    with pytest.raises(Unauthenticated):
        door.attempt(door.guest(), username, "不是这个 密码呀呀", source="203.0.113.77")
    with door.database.read() as unit:
        for table in Base.metadata.tables:
            for row in unit.connection.execute(text(f'SELECT * FROM "{table}"')):
                shown = json.dumps([str(value) for value in row], ensure_ascii=False)
                for secret in (username, GOOD, seen.id_number, "203.0.113.77"):
                    assert secret not in shown, table


@pytest.mark.parametrize(
    "password",
    [
        "九个字的密码还不够",
        "382917465",
        "3829174650",
        "1234567890",
        "wang123456",
        "woaini19900203",
        "zhangwei1988",
        "13800138000a",
        "qwertyuiop",
        "a1b2c3d4e5",
        "147258369147",
        "P@ssw0rd1234",
        "5201314woaini",
        "aaaaaaaaaaab",
        "1990-01-01lan",
        "lan19900101",
        "19900101010026",
        "林小兰445202199001010026",
        "445202199001010026",
        "小兰0026林小兰123",
        "lanlan.lin1",
        "长" * 129,
    ],
)
def test_passwords_that_others_guess_are_refused(password):
    assert citizens_fault_in(password, username="lanlan.lin", person=LAN)


def test_a_password_is_not_the_name_of_the_account_with_a_little_more():
    for password in ("kingfisher-river", "Kingfisher-River88", "88kingfisher-river"):
        assert "账号名" in (citizens_fault_in(password, username="kingfisher-river", person=LAN) or "")
    assert citizens_fault_in("kingfisher-river 七棵老榕树", username="kingfisher-river", person=LAN) is None


@pytest.mark.parametrize(
    "password",
    [
        GOOD,
        BETTER,
        "correct horse",
        "382917465028",
        "q7#Rtz-mond",
        "爱吃鱼的十七只小白鹭",
        "林小兰和七棵老榕树的故事",
        "xiaohui 爱吃鱼 88",
    ],
)
def test_passwords_need_no_mixture_of_signs(password):
    assert citizens_fault_in(password, username="lanlan.lin", person=LAN) is None


def bound_to(door, session):
    with door.database.read() as unit:
        return people.wechat_user(unit, session.wechat_user_id).person_id


def test_a_new_password_unbinds_the_wechats_that_came_by_the_old_one_alone(door):
    person_id, _, username = door.account()
    mine, thief, face = door.guest(), door.guest(), door.by_face(person_id)
    here = door.attempt(mine, username).session
    door.attempt(thief, username)
    door.accounts.set(here, username, new=BETTER, again=BETTER, current=GOOD)
    assert [bound_to(door, each) for each in (mine, thief, face)] == [person_id, None, person_id]


def test_what_was_stopped_at_the_window_is_not_given_up_to_be_set_anew(door):
    person_id, seen, _ = door.account()
    door.desk.disable(door.member("clerk"), seen, "怀疑被他人使用")
    with pytest.raises(Forbidden) as stopped:
        door.accounts.remove(door.by_face(person_id))
    assert stopped.value.code == "account-disabled"


def test_until_when_an_account_is_locked_is_told_as_seen_from_now(door):
    _, _, username = door.account()
    for _ in range(NAME_TRIES):
        with pytest.raises(Unauthenticated):
            door.attempt(door.guest(), username, "wrong password", source="")
        door.clock.later(hours=1)
    with pytest.raises(TooMany) as first:
        door.attempt(door.guest(), username, source="")
    until = datetime.fromisoformat(str(first.value.extra["until"]))
    for hours in (23, 2):
        door.clock.later(seconds=(until - door.clock.now()).total_seconds() - hours * 3600)
        with pytest.raises(TooMany) as locked:
            door.attempt(door.guest(), username, source="")
        assert f"，{clock_time(until, door.clock.now())} 以后再试" in locked.value.detail
