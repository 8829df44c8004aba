"""The door that citizens come through by password, with a clock that stands still and hashes that cost nothing."""

from __future__ import annotations

import itertools
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import create_engine, text

from bundles.people import check_digit
from bundles.ports import IdentityDocument
from tests.database import fresh_postgres, sqlite_url
from tests.usecases.staff_door import Watch
from wxserver.adapters.captchas import DrawnCaptchas
from wxserver.adapters.credentials import Argon2Passwords
from wxserver.adapters.vault import KeyRing, SealingVault
from wxserver.store import guesses, people
from wxserver.store.database import Database, prepare
from wxserver.store.tables import Base
from wxserver.usecases.account_desk import AccountDesk, Seen
from wxserver.usecases.accounts import Accounts
from wxserver.usecases.captchas import Captchas
from wxserver.usecases.guessing import Guessing
from wxserver.usecases.organisation_desk import OrganisationDesk
from wxserver.usecases.password_signing_in import Attempt, PasswordSignIn
from wxserver.usecases.rights import Member, Rights
from wxserver.usecases.sessions import Sessions

GOOD = "榕江边上 七棵老榕树"
BETTER = "九月初三 十一只白鹭"
_serial = itertools.count(secrets.randbelow(900) * 1000)


@contextmanager
def database_of(kind: str, directory: Path, server: str | None) -> Iterator[Database]:
    """An empty database with all tables."""
    if kind == "sqlite":
        yield from _opened(sqlite_url(directory))
        return
    assert server is not None
    with fresh_postgres(server) as url:
        yield from _opened(url)


def _opened(url: str) -> Iterator[Database]:
    more = {"connect_args": {"timeout": 10, "check_same_thread": False}} if url.startswith("sqlite") else {}
    engine = create_engine(url, hide_parameters=True, pool_size=20, **more)
    prepare(engine)
    Base.metadata.create_all(engine)
    ring = KeyRing("k1", {"k1": secrets.token_bytes(32)}, secrets.token_bytes(32), secrets.token_bytes(32))
    yield Database(engine, SealingVault(ring))
    engine.dispose()


class CountingPasswords(Argon2Passwords):
    """Counts the passwords that were looked at."""

    def __init__(self, *, memory_kib: int = 8, passes: int = 1) -> None:
        super().__init__(memory_kib=memory_kib, passes=passes)
        self.looked_at = 0
        self._lock = threading.Lock()

    def matches(self, hashed: str | None, password: str) -> bool:
        with self._lock:
            self.looked_at += 1
        return super().matches(hashed, password)


class ReadCaptchas(Captchas):
    """As for somebody who reads every captcha at once: nothing but the counting is left to stop them."""

    def demand(self, session, captcha_id, answer):
        pass


class Door:
    def __init__(self, database: Database, *, captchas: type[Captchas] = Captchas, passwords=None, **limits: int):
        self.database, self.clock = database, Watch()
        self.sessions = Sessions(database, self.clock, b"k" * 32)
        self.passwords = passwords or CountingPasswords()
        self.captchas = captchas(database, self.clock, DrawnCaptchas())
        self.guessing = Guessing(database, self.clock, **limits)
        self.rights = Rights(database, self.clock)
        self.signing_in = PasswordSignIn(
            database, self.clock, self.sessions, self.passwords, self.captchas, self.guessing
        )
        self.accounts = Accounts(database, self.clock, self.passwords, self.guessing)
        self.desk = AccountDesk(database, self.clock, self.rights, self.passwords, self.guessing)
        self.organisations: OrganisationDesk
        self.names = secrets.token_hex(4)

    def person(self, name="林小兰"):
        """Somebody we know: their id, and what stands in their document."""
        serial = next(_serial)
        body = f"445202{1950 + serial // 1000 % 50}0{1 + serial // 100 % 9}1{serial // 10 % 10}{serial % 10:03}"
        number = body + check_digit(body)
        with self.database.write() as unit:
            document = IdentityDocument("resident_id", number)
            return people.remember(unit, name, document, self.clock.now()), Seen("resident_id", number, name)

    def guest(self, openid=None):
        """The session of a WeChat user of whom nothing is known."""
        with self.database.write() as unit:
            user = people.remember_wechat_user(unit, "jieyang", openid or secrets.token_hex(8), None, self.clock.now())
            return self.sessions.begin(unit, kind="cookie", account="jieyang", wechat_user_id=user)[1]

    def by_face(self, person_id, session=None):
        """The session of somebody who has just shown their face."""
        session = session or self.guest()
        with self.database.write() as unit:
            people.bind(unit, session.wechat_user_id, person_id, self.clock.now(), by="face")
            self.guessing.clear_person(unit, person_id)
            return self.sessions.rise(unit, session, person_id=person_id, assurance="face", proven_by="signed")[1]

    def named(self, name="lan"):
        return f"{name}.{self.names}"

    def account(self, name="lan", password=GOOD):
        """A person with an account: their id, their document, the account's name."""
        person_id, seen = self.person()
        username = self.named(f"{name}{next(_serial)}")
        self.accounts.set(self.by_face(person_id), username, new=password, again=password)
        return person_id, seen, username

    def captcha(self, session):
        """A captcha drawn for the session, and its answer."""
        view = self.captchas.draw(session)
        return view.id, self.answer(session, view.id)

    def answer(self, session, captcha_id):
        with self.database.read() as unit:
            return guesses.answer_of(unit, captcha_id, session.wechat_user_id, self.clock.now())

    def attempt(self, session, username, password=GOOD, *, kind="person", source="192.0.2.1", new=None):
        """Sign in with the right captcha."""
        shown, answer = self.captcha(session) if type(self.captchas) is Captchas else ("read", "2345")
        return self.signing_in.sign_in(session, Attempt(kind, username, password, shown, answer, new), source)

    def member(self, *roles, regions=()):
        now = datetime.now(UTC)
        return Member("m", f"clerk.{self.names}", "蒋", roles, tuple(regions), (), "s", "c", now + timedelta(hours=1))

    def audited(self, action):
        with self.database.read() as unit:
            rows = unit.connection.execute(
                text("SELECT actor_kind, actor_id, subject_id, reason, data FROM audit_log WHERE action = :a"),
                {"a": action},
            )
            return [tuple(row) for row in rows]
