"""Captchas: for one WeChat user, once, for five minutes, and not without end."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import text

from tests.usecases.account_door import Door, database_of
from wxserver.adapters.files import FolderFiles
from wxserver.store import guesses
from wxserver.usecases.captchas import LIFETIME, MOST
from wxserver.usecases.faults import Invalid, NotFound, TooMany
from wxserver.usecases.tidying import Tidying


@pytest.fixture(scope="module")
def database(kind, request, tmp_path_factory):
    server = request.getfixturevalue("postgres_server") if kind == "postgresql" else None
    with database_of(kind, tmp_path_factory.mktemp("captchas"), server) as found:
        yield found


@pytest.fixture
def door(database):
    return Door(database)


def take(door, session, captcha_id, answer):
    with door.database.write() as unit:
        return door.captchas.take(unit, session, captcha_id, answer)


def test_the_same_digits_are_shown_and_said(door):
    session = door.guest()
    view = door.captchas.both(session)
    assert view.image.startswith(b"\x89PNG")
    assert view.audio.startswith(b"RIFF")
    assert door.captchas.audio(session, view.id).startswith(b"RIFF")
    assert len(door.answer(session, view.id)) == 4


@pytest.mark.parametrize("typed", ["{}", " {} ", "{0[0]} {0[1]}-{0[2]} {0[3]}", "full-width"])
def test_the_right_answer_is_taken_however_it_is_typed(door, typed):
    session = door.guest()
    captcha_id, answer = door.captcha(session)
    wide = "".join(chr(ord(digit) - ord("0") + ord("０")) for digit in answer)
    assert take(door, session, captcha_id, wide if typed == "full-width" else typed.format(answer))


@pytest.mark.parametrize("first", [True, False])
def test_any_answer_uses_a_captcha_up(door, first):
    session = door.guest()
    captcha_id, answer = door.captcha(session)
    assert take(door, session, captcha_id, answer if first else "1111") is first
    assert not take(door, session, captcha_id, answer)
    with pytest.raises(NotFound):
        door.captchas.audio(session, captcha_id)


def test_many_answers_at_once_use_it_once(door):
    session = door.guest()
    together = Barrier(8)
    with ThreadPoolExecutor(8) as threads:
        for _ in range(6):
            captcha_id, answer = door.captcha(session)

            def answered(_, shown=captcha_id, answer=answer):
                together.wait()
                return take(door, session, shown, answer)

            assert list(threads.map(answered, range(8))).count(True) == 1


def test_another_users_captcha_is_none(door):
    mine, theirs = door.guest(), door.guest()
    captcha_id, answer = door.captcha(mine)
    assert not take(door, theirs, captcha_id, answer)
    with pytest.raises(NotFound):
        door.captchas.audio(theirs, captcha_id)
    assert take(door, mine, captcha_id, answer)


def test_after_five_minutes_it_serves_no_more(door):
    session = door.guest()
    captcha_id, answer = door.captcha(session)
    door.clock.later(minutes=5)
    assert not take(door, session, captcha_id, answer)


@pytest.mark.parametrize("answer", ["", "99999999", "\ud800", "一二三四"])
def test_nonsense_is_no_answer(door, answer):
    session = door.guest()
    captcha_id, _ = door.captcha(session)
    with pytest.raises(Invalid) as refused:
        door.captchas.demand(session, captcha_id, answer)
    assert refused.value.code == "bad-captcha"


def test_its_picture_can_be_shown_again_to_its_user_while_it_waits_and_uses_up_nothing(door):
    session, other = door.guest(), door.guest()
    captcha_id, answer = door.captcha(session)
    for _ in range(MOST + 1):
        assert door.captchas.again(session, captcha_id).startswith(b"\x89PNG")
    assert door.captchas.again(other, captcha_id) is None
    assert door.captchas.again(session, "no such captcha") is None
    assert take(door, session, captcha_id, answer)
    assert door.captchas.again(session, captcha_id) is None


def test_thirty_are_drawn_in_ten_minutes_and_no_more(door):
    session, other = door.guest(), door.guest()
    with door.database.write() as unit:
        now = door.clock.now()
        for _ in range(MOST - 1):
            guesses.add_captcha(
                unit, answer="2222", wechat_user_id=session.wechat_user_id, now=now, expires_at=now + LIFETIME
            )
    door.clock.later(minutes=6)
    door.captchas.draw(session)
    with pytest.raises(TooMany) as refused:
        door.captchas.draw(session)
    assert refused.value.code == "too-many-captchas"
    door.captchas.draw(other)
    door.clock.later(minutes=4)
    door.captchas.draw(session)


def test_the_answer_is_sealed_and_none_shows_in_what_is_passed_around(door):
    session = door.guest()
    view = door.captchas.both(session)
    answer = door.answer(session, view.id)
    assert "PNG" not in repr(view)
    assert "RIFF" not in repr(view)
    with door.database.read() as unit:
        (sealed,) = unit.connection.execute(
            text("SELECT answer_sealed FROM captcha WHERE id = :id"), {"id": view.id}
        ).one()
    assert answer not in sealed.rpartition(".")[0]
    assert sealed.startswith("v1.")


def test_captchas_and_counts_are_thrown_away_when_their_time_is_over_and_not_before(door, tmp_path):
    session, tidying = door.guest(), Tidying(door.database, door.clock, FolderFiles(tmp_path))
    captcha_id, _ = door.captcha(session)
    door.guessing.charge(name=f"n{door.names}", source="192.0.2.9", wechat_user_id=session.wechat_user_id)

    def left():
        with door.database.read() as unit:
            captchas = unit.connection.execute(text("SELECT id FROM captcha WHERE id = :id"), {"id": captcha_id})
            key = unit.vault.index("guess", f"name|n{door.names}")
            return len(captchas.all()), len(guesses.counts(unit, [key]))

    door.clock.later(hours=24)
    tidying.tidy()
    assert left() == (1, 1)
    door.clock.later(minutes=6)
    tidying.tidy()
    assert left() == (0, 1)
    door.clock.later(hours=24)
    tidying.tidy()
    assert left() == (0, 0)
