"""One person behind their WeChat users in several accounts: found by unionid, and never again where they left."""

import secrets
from datetime import timedelta
from typing import Any, cast

import pytest
from sqlalchemy import select, text

from tests.usecases.account_door import database_of
from tests.usecases.private_side import PrivateDoor
from wxserver.ports import Follower, Push, WeChatIdentity
from wxserver.store import guardianships, people
from wxserver.store.tables.identity import WeChatUser
from wxserver.usecases.addresses import Addresses
from wxserver.usecases.catalogue import Catalogue
from wxserver.usecases.erasing import CLEAN_UP
from wxserver.usecases.linking import LEARN, Linking
from wxserver.usecases.notifying import NOTIFY, Notifying
from wxserver.usecases.signing_in import SigningIn


class WeChat:
    """Knows the unionid of one user, tells it to a mini-program and to who asks for a follower, not at OAuth."""

    def __init__(self):
        self.unionid = secrets.token_hex(8)
        self.openid = secrets.token_hex(8)
        self.follows = True
        self.asked = []

    def authorize_url(self, account, redirect_uri, state, *, profile=False):
        return f"https://w.example/?state={state}"

    def exchange(self, account, code):
        return WeChatIdentity(f"{account}-{self.openid}")

    def mini_program(self, account, code):
        return WeChatIdentity(f"{account}-{self.openid}", self.unionid, session_key="k")

    def follower(self, account, openid):
        self.asked.append((account, openid))
        return Follower(self.follows, self.unionid if self.follows else None)


class Accounts(PrivateDoor):
    """An official account and a mini-program of one platform, and one user of both."""

    def __init__(self, database):
        super().__init__(database)
        with database.write() as unit:
            unit.connection.execute(text("DELETE FROM outbox"))
        self.wechat = cast("Any", WeChat())
        self.linking = Linking(database, self.clock, self.wechat, self.working, frozenset({"jieyang"}))
        self.by_wechat = SigningIn(
            database,
            self.clock,
            self.wechat,
            self.sessions,
            public_url="https://s",
            service_accounts=["jieyang"],
            mini_programs=["mini"],
        )
        self.by_wechat.met = self.linking.met

    def opens(self):
        """A page of the official account: the WeChat user's id."""
        begun = self.by_wechat.begin("jieyang", "/", None)
        landed = self.by_wechat.finish("jieyang", "c", begun.url.partition("=")[2], begun.browser_key, None)
        assert landed.token is not None
        found = self.sessions.find(landed.token)
        assert found is not None
        return found.wechat_user_id

    def launches(self):
        """The mini-program: its session."""
        return self.by_wechat.mini_program("mini", "c").session

    def proves(self, session):
        person_id, _ = self.person()
        return self.by_face(person_id, session)

    def asks(self):
        """The worker comes by; how often WeChat has been asked."""
        with self.database.write() as unit:
            unit.connection.execute(text("UPDATE outbox SET next_at = 0 WHERE ended_at IS NULL"))
        self.working.work([LEARN])
        return len(self.wechat.asked)

    def revokes(self, account, user):
        with self.database.write() as unit:
            fields = {"OpenID": people.wechat_user(unit, user).openid}
            at = int(self.clock.now().timestamp())
            push = Push("platform", "gh", at, "event", event="user_authorization_revoke", fields=fields)
            self.erasing.heard(unit, account, push)

    def behind(self, user):
        """Who stands behind a WeChat user, and by what."""
        with self.database.read() as unit:
            asked = select(WeChatUser.person_id, WeChatUser.bound_by).where(WeChatUser.id == user)
            return tuple(unit.connection.execute(asked).one())


@pytest.fixture(scope="module")
def database(kind, request, tmp_path_factory):
    server = request.getfixturevalue("postgres_server") if kind == "postgresql" else None
    with database_of(kind, tmp_path_factory.mktemp("linking"), server) as found:
        yield found


@pytest.fixture
def door(database):
    return Accounts(database)


def test_who_proved_themselves_in_the_mini_program_is_known_in_the_official_account(door):
    person_id = door.proves(door.launches()).person_id
    user = door.opens()
    assert door.behind(user) == (None, None)
    assert door.asks() == 1
    assert door.behind(user) == (person_id, "unionid")


def test_wechat_is_asked_once_about_a_newcomer_and_not_at_every_sign_in(door):
    door.opens()
    assert door.asks() == 1
    for _ in range(3):
        door.opens()
    assert door.asks() == 1


@pytest.mark.parametrize(("follows", "calls"), [(True, 1), (False, 2)])
def test_who_proves_themselves_is_asked_about_again_only_where_something_is_not_known(door, follows, calls):
    door.wechat.follows = follows
    user = door.opens()
    door.asks()
    with door.database.write() as unit:
        door.linking.proven(unit, user)
    assert door.asks() == calls


def test_who_withdrew_an_authorisation_is_bound_again_by_no_unionid(door):
    mini = door.proves(door.launches())
    user = door.opens()
    door.asks()
    door.revokes("mini", mini.wechat_user_id)
    assert door.launches().person_id is None
    assert door.behind(mini.wechat_user_id) == (None, "unbound")
    assert door.behind(user) == (mini.person_id, "unionid"), "the other account was not withdrawn from"


def test_who_withdrew_while_wechat_was_still_to_be_asked_is_not_bound_by_its_answer(door):
    door.proves(door.launches())
    user = door.opens()
    door.revokes("jieyang", user)
    door.asks()
    assert door.behind(user) == (None, "unbound")


def test_who_withdrew_and_shows_their_face_is_bound_again(door):
    mini = door.proves(door.launches())
    door.revokes("mini", mini.wechat_user_id)
    again = door.launches()
    person_id = door.by_face(mini.person_id, again).person_id
    assert door.behind(again.wechat_user_id) == (person_id, "face")


def test_a_message_that_waits_for_a_guardian_who_leaves_is_no_work_any_more(door):
    notifying = Notifying(
        door.database,
        door.clock,
        cast("Any", None),
        cast("Catalogue", None),
        door.working,
        (),
        addresses=Addresses("https://s", ["jieyang"]),
        service="人社",
    )
    guardian = door.somebody()
    ward, _, _ = door.child(guardian)
    with door.database.write() as unit:
        row = guardianships.by_id(unit, ward)
        assert row is not None
        notifying.guardian_told(unit, row, "confirmed", door.clock.now())
        at = int((door.clock.now() + timedelta(seconds=1)).timestamp())
        openid = people.wechat_user(unit, guardian.wechat_user_id).openid
        door.erasing.heard(unit, "jieyang", Push(openid, "gh", at, "event", event="unsubscribe"))
    door.working.work([CLEAN_UP])
    with door.database.read() as unit:
        left = unit.connection.execute(text("SELECT kind FROM outbox WHERE ended_at IS NULL")).all()
    assert left == []
    door.working.work([NOTIFY])
