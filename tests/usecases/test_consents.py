"""Consents: asked once, in the words in force, listed, and taken back for good."""

import secrets

import pytest
from sqlalchemy import select

from bundles.ports import IdentityDocument
from tests.usecases.account_door import database_of
from tests.usecases.private_side import PrivateDoor
from wxserver.store import people, verifications
from wxserver.store.tables.identity import Consent
from wxserver.usecases.consenting import EFFECTS
from wxserver.usecases.faults import Conflict, Invalid, NotFound

PURPOSES = ("identity_verification", "face")


@pytest.fixture(scope="module")
def database(kind, request, tmp_path_factory):
    server = request.getfixturevalue("postgres_server") if kind == "postgresql" else None
    with database_of(kind, tmp_path_factory.mktemp("consents"), server) as found:
        yield found


@pytest.fixture
def door(database):
    return PrivateDoor(database)


def needed(door, session):
    with door.database.read() as unit:
        return door.consenting.needed(unit, session.wechat_user_id, session.person_id, PURPOSES)


def test_each_purpose_is_agreed_to_by_itself_and_asked_for_once(door):
    who = door.somebody()
    assert needed(door, who) == PURPOSES
    door.consenting.give(who, "face", "1")
    assert needed(door, who) == ("identity_verification",)
    door.consenting.give(who, "face", "1")
    assert [each.purpose for each in door.consenting.given(who)] == ["face"]


def test_what_was_agreed_to_in_one_wechat_holds_for_the_person_in_another(door):
    who = door.somebody()
    door.consenting.give(who, "face", "1")
    assert door.agreed(door.by_face(who.person_id, door.visitor("mini")), "face")


def test_what_another_person_agreed_to_in_the_same_wechat_holds_for_nobody_else(door):
    first = door.somebody()
    door.consenting.give(first, "face", "1")
    second = door.by_face(door.person("陈桂英")[0], first)
    assert second.wechat_user_id == first.wechat_user_id
    assert not door.agreed(second, "face")
    assert door.consenting.given(second) == ()
    assert not door.agreed(door.somebody(), "face")


def test_before_anybody_is_known_it_holds_for_that_wechat_alone(door):
    guest, other = door.visitor(), door.visitor()
    door.consenting.give(guest, "face", "1")
    assert door.agreed(guest, "face")
    assert not door.agreed(other, "face")
    (mine,) = door.consenting.given(guest)
    with pytest.raises(NotFound):
        door.consenting.withdraw(other, mine.id)
    door.consenting.withdraw(guest, mine.id)
    assert not door.agreed(guest, "face")


def test_new_words_are_asked_for_again_and_old_ones_can_not_be_agreed_to(door):
    who = door.somebody()
    door.consenting.give(who, "reuse_materials", "1")
    door.clock.later(days=1)
    text = {"purpose": "reuse_materials", "version": "2", "title": "说明", "text": "二"}
    door.consenting.publish([text])
    assert not door.agreed(who, "reuse_materials")
    with pytest.raises(Invalid) as raised:
        door.consenting.give(who, "reuse_materials", "1")
    assert (raised.value.code, raised.value.faults[0].path) == ("outdated", "version")
    with pytest.raises(NotFound):
        door.consenting.give(who, "advertising", "1")


def test_a_childs_data_is_agreed_to_child_by_child(door):
    with pytest.raises(Invalid) as raised:
        door.consenting.give(door.somebody(), "child_data", "1")
    assert raised.value.code == "about-a-child"


def test_what_is_taken_back_stays_as_proof_and_is_asked_for_again(door):
    who = door.somebody()
    first = door.record(who, "face")
    second = door.record(who, "face")
    other = door.record(who, "identity_verification")
    door.clock.later(minutes=1)
    withdrawn = door.consenting.withdraw(who, first)
    assert withdrawn.withdrawn_at == door.clock.now()
    assert not door.agreed(who, "face")
    assert door.agreed(who, "identity_verification")
    rows = {row.id: row.withdrawn_at for row in door.consent_rows(who)}
    assert rows == {first: door.clock.now(), second: door.clock.now(), other: None}
    door.clock.later(minutes=1)
    assert door.consenting.withdraw(who, first).withdrawn_at == withdrawn.withdrawn_at
    audits = [each for each in door.audited("consent_withdrawn") if each[1] == who.person_id]
    assert len(audits) == 1
    assert door.is_live(who)
    assert who.assurance == "face"


def test_nobody_takes_back_what_is_somebody_elses(door):
    who, stranger = door.somebody(), door.somebody("陈桂英")
    theirs = door.record(who, "face")
    for each in (theirs, "nothing"):
        with pytest.raises(NotFound) as raised:
            door.consenting.withdraw(stranger, each)
        assert raised.value.code == "unknown-consent"
    assert door.agreed(who, "face")
    assert door.consenting.given(stranger) == ()


def test_nickname_and_avatar_are_deleted_the_moment_their_consent_is_taken_back(door):
    who, other = door.somebody(), door.somebody("陈桂英")
    door.keep_profile(who)
    door.keep_profile(other)
    door.consenting.withdraw(who, door.record(who, "wechat_profile"))
    assert door.profile(who) == (None, None)
    assert door.profile(other)[0] == "榕江月"


def test_taking_back_a_childs_data_ends_the_guardianship_of_that_child_alone(door):
    mother = door.somebody()
    ward, _, consent = door.child(mother)
    sister, _, _ = door.child(mother, "林小雪")
    shown = {each.id: each for each in door.consenting.given(mother)}
    assert shown[consent].about == "林*雨"
    assert "林小雨" not in repr(shown)
    door.consenting.withdraw(mother, consent)
    assert (door.ward_state(ward), door.ward_state(sister)) == ("ended", "claimed")
    assert [row.withdrawn_at is None for row in door.consent_rows(mother)].count(True) == 1


def test_while_a_case_of_the_child_is_open_its_consent_stays_and_the_reason_is_told(door):
    mother = door.somebody()
    ward, minor, consent = door.child(mother)
    number = door.case(mother, ward=ward, minor=minor)
    with pytest.raises(Conflict) as raised:
        door.consenting.withdraw(mother, consent)
    assert raised.value.code == "case-open"
    assert number in raised.value.detail
    assert door.ward_state(ward) == "claimed"
    assert [row.withdrawn_at for row in door.consent_rows(mother)] == [None]


def test_every_text_says_beforehand_what_taking_it_back_does(door):
    assert set(EFFECTS) == {each.purpose for each in door.consenting.current()}
    who = door.somebody()
    door.record(who, "face")
    assert "账号密码" in door.consenting.given(who)[0].effect


def test_what_somebody_ticked_for_another_document_in_this_wechat_is_not_the_persons(door):
    son = door.somebody()
    mother = IdentityDocument("resident_id", door.person("陈桂英")[1].id_number)
    with door.database.read() as unit:
        own = people.person(unit, son.person_id).document
    for document, expected in ((mother, PURPOSES), (own, ("face",))):
        with door.database.write() as unit:
            tried = verifications.add(
                unit,
                provider="signed",
                reference=secrets.token_hex(8),
                session_id=son.id,
                wechat_user_id=son.wechat_user_id,
                purpose="sign-in",
                name="陈桂英",
                document=document,
                subject_digest="0" * 64,
                state_hash="0" * 64,
                next_path="/",
                content_digest=None,
                now=door.clock.now(),
                expires_at=door.clock.now(),
            )
            door.consenting.record(
                unit,
                wechat_user_id=son.wechat_user_id,
                person_id=None,
                purpose="identity_verification",
                version="1",
                verification_id=tried,
            )
        assert needed(door, son) == expected
    (mine,) = door.consenting.given(son)
    door.consenting.withdraw(son, mine.id)
    assert needed(door, son) == PURPOSES
    with door.database.read() as unit:
        standing = select(Consent.id).where(
            Consent.wechat_user_id == son.wechat_user_id, Consent.withdrawn_at.is_(None)
        )
        assert len(unit.connection.scalars(standing).all()) == 1, "the mother's stays hers"
