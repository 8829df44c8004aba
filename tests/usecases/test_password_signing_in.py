"""Signing in by password: who comes in, what whoever guesses learns and is allowed, and who is never shut out."""

from __future__ import annotations

import logging
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tests.usecases.account_door import BETTER, GOOD, CountingPasswords, Door, ReadCaptchas, database_of
from wxserver.adapters.credentials import Argon2Passwords
from wxserver.store import accounts, people
from wxserver.usecases.faults import Forbidden, Invalid, TooMany, Unauthenticated
from wxserver.usecases.guessing import NAME_TRIES, network_of
from wxserver.usecases.password_signing_in import Attempt

WRONG = "不是这个密码 随便写的"


@pytest.fixture(scope="module")
def database(kind, request, tmp_path_factory):
    server = request.getfixturevalue("postgres_server") if kind == "postgresql" else None
    with database_of(kind, tmp_path_factory.mktemp("accounts"), server) as found:
        yield found


@pytest.fixture
def door(database):
    return Door(database)


@pytest.fixture
def besieged(database):
    """The door, before somebody who reads every captcha."""
    return Door(database, captchas=ReadCaptchas)


def refusal(door, *args, **more):
    with pytest.raises((Unauthenticated, TooMany)) as refused:
        door.attempt(*args, **more)
    return refused.value


@pytest.mark.rule("JY-6.1", "JY-6.4")
def test_account_and_password_let_in_and_bind_the_person_to_the_wechat_user(door):
    person_id, _, username = door.account()
    guest = door.guest()
    came = door.attempt(guest, username)
    assert (came.session.person_id, came.session.assurance, came.session.proven_by) == (
        person_id,
        "password",
        "password",
    )
    assert door.sessions.find(came.token).id == came.session.id
    with door.database.read() as unit:
        assert people.wechat_user(unit, guest.wechat_user_id).person_id == person_id
    ((kind, actor, _, _, _),) = [each for each in door.audited("account_signed_in") if each[1] == person_id]
    assert (kind, actor) == ("citizen", person_id)


def test_a_token_learned_before_signing_in_is_worth_nothing_after_it(door):
    _, _, username = door.account()
    with door.database.write() as unit:
        user = people.remember_wechat_user(unit, "jieyang", f"fixed-{username}", None, door.clock.now())
        token, session = door.sessions.begin(unit, kind="cookie", account="jieyang", wechat_user_id=user)
    came = door.attempt(session, username)
    assert door.sessions.find(token) is None
    assert came.token != token


@pytest.mark.parametrize("typed", [str.upper, lambda name: f" {name} ", lambda name: name.replace(".", "．")])
def test_names_are_the_same_however_they_are_typed(door, typed):
    _, _, username = door.account()
    assert door.attempt(door.guest(), typed(username))


def test_another_person_takes_the_wechat_user_over_and_the_old_sessions_end(door):
    (first, _, one), (second, _, two) = door.account(), door.account()
    openid = f"shared-{one}"
    old = door.attempt(door.guest(openid), one)
    new = door.attempt(door.guest(openid), two)
    assert door.sessions.find(old.token) is None
    assert door.sessions.find(new.token).person_id == second != first


def test_the_same_person_on_a_second_phone_ends_nothing(door):
    _, _, username = door.account()
    one, two = door.attempt(door.guest(), username), door.attempt(door.guest(), username)
    assert door.sessions.find(one.token)
    assert door.sessions.find(two.token)


def test_whatever_is_wrong_gets_the_same_answer(door):
    _, _seen, username = door.account()
    _, over, gone = door.account()
    door.desk.disable(door.member("clerk"), over, "本人要求停用，已核对")
    answers = {
        (told.code, told.detail, told.extra["left"])
        for told in (
            refusal(door, door.guest(), username, WRONG),
            refusal(door, door.guest(), door.named("nobody")),
            refusal(door, door.guest(), gone),
            refusal(door, door.guest(), door.account()[2], kind="organisation"),
        )
    }
    assert answers == {
        ("bad-credentials", "账号或密码不对，还可以试 9 次。忘了密码，也可以用人脸核验登录。", 9),
    }


@pytest.mark.parametrize("known", [True, False])
def test_waits_grow_from_the_fifth_wrong_password_and_the_tenth_locks_the_name(door, known):
    username = door.account()[2] if known else door.named(f"nobody{door.clock.now().timestamp()}")
    waits = []
    for tries in range(1, NAME_TRIES + 1):
        told = refusal(door, door.guest(), username, WRONG, source=f"192.0.2.{tries}")
        assert told.extra["left"] == NAME_TRIES - tries
        told = refusal(door, door.guest(), username, WRONG, source="198.51.100.1") if tries > 4 else told
        assert told.code == ("too-many-attempts" if tries > 4 else "bad-credentials")
        waits.append(told.extra.get("retry_after", 0))
        door.clock.later(seconds=waits[-1] if tries < NAME_TRIES else 0)
    assert waits == [0, 0, 0, 0, 60, 120, 240, 480, 900, 86400]
    told = refusal(door, door.guest(), username, WRONG, source="198.51.100.1")
    assert "锁住" in told.detail
    assert "人脸" in told.detail
    assert "窗口" in told.detail


def test_a_locked_name_is_tried_again_after_a_day_and_not_a_minute_earlier(besieged):
    person_id, _, username = besieged.account()
    lock(besieged, username)
    besieged.clock.later(hours=23, minutes=59)
    assert refusal(besieged, besieged.guest(), username).code == "too-many-attempts"
    besieged.clock.later(minutes=1)
    assert refusal(besieged, besieged.guest(), username, WRONG).extra["left"] == NAME_TRIES - 1
    assert besieged.attempt(besieged.guest(), username).session.person_id == person_id


def lock(door, username):
    for tries in range(NAME_TRIES):
        door.clock.later(minutes=15)
        refusal(door, door.guest(), username, WRONG, source=f"203.0.113.{tries}")


def test_who_comes_by_face_is_let_in_while_the_name_is_locked_and_unlocks_it(besieged):
    person_id, _, username = besieged.account()
    lock(besieged, username)
    assert refusal(besieged, besieged.guest(), username).code == "too-many-attempts"
    besieged.by_face(person_id)
    assert besieged.attempt(besieged.guest(), username).session.person_id == person_id


def test_a_right_password_gives_the_name_all_its_tries_back(door):
    _, _, username = door.account()
    for _ in range(3):
        refusal(door, door.guest(), username, WRONG)
    door.attempt(door.guest(), username)
    assert refusal(door, door.guest(), username, WRONG).extra["left"] == NAME_TRIES - 1


def test_a_right_password_of_ones_own_wipes_out_nothing_that_was_tried_at_others(besieged):
    _, _, own = besieged.account()
    user = besieged.guest()
    for tries in range(10):
        refusal(besieged, user, besieged.named(f"other{tries}"), WRONG)
        user = besieged.attempt(user, own).session
    assert refusal(besieged, user, besieged.named("eleventh"), WRONG).extra["until"] is not None
    assert refusal(besieged, user, own).code == "too-many-attempts"


def test_one_household_has_thirty_tries_in_an_hour_and_then_waits(besieged):
    names = (f"n{number}.{besieged.names}" for number in range(100))

    def tried(source):
        return refusal(besieged, besieged.guest(), next(names), WRONG, source=source)

    for _ in range(30):
        assert tried("2001:db8::1").extra["until"] is None
    assert tried("2001:db8::2").extra["until"] is not None
    told = tried("2001:db8::ffff:1")
    assert (told.status, told.extra["retry_after"]) == (429, 60)
    assert "2001" not in told.detail
    assert tried("2001:db8:0:1::1").status == 401
    besieged.clock.later(hours=1, minutes=2)
    for _ in range(30):
        assert tried("2001:db8::3").extra["until"] is None


@pytest.mark.parametrize(
    ("source", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("unknown", "unknown"),
    ],
)
def test_a_source_is_an_address_or_the_network_of_one_household(source, network):
    assert network_of(source) == network


class Lines(logging.Handler):
    """What was logged, without the cost of keeping every record."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.lines = []

    def emit(self, record):
        self.lines.append((record.levelname, record.getMessage()))


@pytest.fixture
def siege(tmp_path):
    """The door before somebody who reads every captcha; all they can do is shut out in one kind of database."""
    lines, logger = Lines(), logging.getLogger("wxserver.usecases.guessing")
    logger.addHandler(lines)
    with database_of("sqlite", tmp_path, None) as database:
        yield Door(database, captchas=ReadCaptchas), lines.lines
    logger.removeHandler(lines)


def told_at_the_door(door, guest, username, password, source):
    try:
        door.attempt(guest, username, password, source=source)
    except (Unauthenticated, TooMany) as refused:
        return refused.status
    return 200


def test_ten_thousand_tries_over_a_hundred_sources_at_one_account_are_bounded(siege):
    door, lines = siege
    person_id, _, username = door.account()
    users = [door.guest() for _ in range(100)]
    for tries in range(10_000):
        where = f"10.0.0.{tries % 100}"
        assert told_at_the_door(door, users[tries % 100], username, f"{WRONG}{tries}", where) != 200
        if tries % 100 == 99:
            door.clock.later(minutes=14.4)
        if tries == 5_000:
            assert door.by_face(person_id).person_id == person_id
    # A day of it: ten tries, and ten more because the person came by face in between.
    assert door.passwords.looked_at <= 2 * NAME_TRIES
    assert len([line for _, line in lines if "was not looked at" in line]) >= 10_000 - 2 * NAME_TRIES
    assert not any(username in line or "10.0.0." in line for _, line in lines)
    assert [each[0] for each in door.audited("account_locked")] == ["system", "system"]
    assert door.by_face(person_id).person_id == person_id
    assert door.attempt(door.guest(), username, source="10.0.0.200").session.person_id == person_id


def test_one_try_each_at_ten_thousand_accounts_is_bounded_and_told_once(siege):
    door, lines = siege
    person_id, _, username = door.account()
    users = [door.guest() for _ in range(20)]
    for tries in range(10_000):
        where = f"10.1.0.{tries % 10}"
        assert told_at_the_door(door, users[tries % 20], f"a{tries}.{door.names}", WRONG, where) != 200
    assert door.passwords.looked_at <= 20 * 11
    assert [(level, "at large" in line) for level, line in lines if level != "WARNING"] == [("ERROR", True)]
    assert len(door.audited("source_stopped")) <= 10
    assert door.by_face(person_id).person_id == person_id
    assert door.attempt(door.guest(), username, source="10.9.9.9").session.person_id == person_id


def test_sixteen_at_once_get_no_more_tries_than_one_after_another(database):
    door = Door(database, captchas=ReadCaptchas)
    _, _, username = door.account()
    users, before = [door.guest() for _ in range(16)], door.passwords.looked_at

    def guess(number):
        return refusal(door, users[number % 16], username, f"{WRONG}{number}", source=f"10.2.0.{number % 16}").status

    with ThreadPoolExecutor(16) as threads:
        told = list(threads.map(guess, range(160)))
    assert door.passwords.looked_at - before == 5 == told.count(401)


@pytest.mark.parametrize("known", [True, False])
def test_sixteen_at_once_at_many_names_count_every_one(database, known):
    door = Door(database, captchas=ReadCaptchas, per_user=10_000, per_source=20)
    names = [door.account()[2] if known else f"n{number}.{door.names}" for number in range(30)]
    users, before = [door.guest() for _ in range(16)], door.passwords.looked_at
    source = f"10.3.{int(known)}.1"
    with ThreadPoolExecutor(16) as threads:
        told = list(
            threads.map(lambda n: refusal(door, users[n % 16], names[n % 30], WRONG, source=source).status, range(90))
        )
    assert door.passwords.looked_at - before == 21 == told.count(401)


def test_no_such_account_takes_as_long_as_a_wrong_password(tmp_path):
    with database_of("sqlite", tmp_path, None) as database:
        # A fifth of what a hash really costs, so that anything else that differs would weigh more.
        passwords = Argon2Passwords(memory_kib=16384, passes=2)
        door = Door(database, captchas=ReadCaptchas, passwords=passwords, per_source=1000, per_user=1000)
        took: dict[bool, list[float]] = {True: [], False: []}
        names = [door.account()[2] for _ in range(4)]
        guest = door.guest()
        for tries in range(20):
            for known in (True, False) if tries % 2 else (False, True):
                username = names[tries % 4] if known else f"nobody{tries % 4}.{door.names}"
                # What this thread itself takes: the tests beside it make every clock on the wall go wrong.
                begun = time.thread_time()
                refusal(door, guest, username, WRONG)
                took[known].append(time.thread_time() - begun)
            door.clock.later(minutes=4)
    ratio = statistics.median(took[True]) / statistics.median(took[False])
    assert 0.85 < ratio < 1.15


def test_a_wrong_captcha_is_no_failure_of_the_account(door):
    _, _, username = door.account()
    before = door.passwords.looked_at
    for _ in range(6):
        guest = door.guest()
        view = door.captchas.draw(guest)
        with pytest.raises(Invalid) as refused:
            door.signing_in.sign_in(guest, Attempt("person", username, GOOD, view.id, "1111"), "192.0.2.1")
        assert (refused.value.code, [each.path for each in refused.value.faults]) == ("bad-captcha", ["captcha"])
    assert door.passwords.looked_at == before
    assert refusal(door, door.guest(), username, WRONG).extra["left"] == NAME_TRIES - 1


@pytest.mark.parametrize("blank", ["", " 　"])
@pytest.mark.parametrize("path", ["username", "password", "captcha", "new_password"])
def test_a_field_left_empty_costs_neither_a_try_nor_the_captcha(door, path, blank):
    _, _, username = door.account()
    guest = door.guest()
    captcha_id, answer = door.captcha(guest)
    whole = Attempt("person", username, GOOD, captcha_id, answer)
    for _ in range(NAME_TRIES + 1):
        with pytest.raises(Invalid) as refused:
            door.signing_in.sign_in(guest, replace(whole, **{path: blank}), "192.0.2.1")
        assert [each.path for each in refused.value.faults] == [path]
    assert door.signing_in.sign_in(guest, whole, "192.0.2.1")
    assert refusal(door, door.guest(), username, WRONG).extra["left"] == NAME_TRIES - 1


def test_all_that_was_left_empty_is_said_at_once(door):
    with pytest.raises(Invalid) as refused:
        door.signing_in.sign_in(door.guest(), Attempt("person", "", "", "", ""), "192.0.2.1")
    assert [each.path for each in refused.value.faults] == ["username", "password", "captcha"]


def test_a_captcha_does_not_serve_a_second_try(door):
    _, _, username = door.account()
    guest = door.guest()
    captcha = door.captcha(guest)
    with pytest.raises(Unauthenticated):
        door.signing_in.sign_in(guest, Attempt("person", username, WRONG, *captcha), "192.0.2.1")
    with pytest.raises(Invalid):
        door.signing_in.sign_in(guest, Attempt("person", username, GOOD, *captcha), "192.0.2.1")


def test_a_password_given_out_at_the_window_serves_once_and_is_changed(door):
    person_id, seen = door.person()
    given = door.desk.open(door.member("clerk"), seen, door.named("given"), "本人到窗口首次开通")
    typed = given.password.upper().replace("-", " ")
    with pytest.raises(Forbidden) as refused:
        door.attempt(door.guest(), given.username, typed)
    assert refused.value.code == "password-change-required"
    for new, path in (("12345678", "new_password"), (given.password, "new_password")):
        with pytest.raises(Invalid) as invalid:
            door.attempt(door.guest(), given.username, typed, new=new)
        assert [each.path for each in invalid.value.faults] == [path]
    came = door.attempt(door.guest(), given.username, typed, new=BETTER)
    assert came.session.person_id == person_id
    assert refusal(door, door.guest(), given.username, given.password).code == "bad-credentials"
    assert door.attempt(door.guest(), given.username, BETTER)


def test_a_password_given_out_runs_out_after_a_week(door):
    _, seen = door.person()
    given = door.desk.open(door.member("clerk"), seen, door.named("late"), "本人到窗口首次开通")
    door.clock.later(days=7)
    assert refusal(door, door.guest(), given.username, given.password, new=BETTER).code == "bad-credentials"


def test_a_password_hashed_at_a_lower_cost_is_hashed_anew(door):
    _, _, username = door.account()
    door.signing_in.passwords = CountingPasswords(memory_kib=16)
    door.attempt(door.guest(), username)
    with door.database.read() as unit:
        row = accounts.by_name(unit, username)
    assert row is not None
    assert not door.signing_in.passwords.is_dated(row.password_hash)
    assert door.attempt(door.guest(), username)


def test_nothing_personal_shows_in_what_is_passed_around(door):
    _, seen, username = door.account()
    attempt = Attempt("person", username, GOOD, "id", "2345", BETTER)
    shown = repr((attempt, replace(attempt, kind="organisation"), seen, door.attempt(door.guest(), username)))
    for secret in (username, GOOD, BETTER, seen.id_number, seen.name):
        assert secret not in shown
