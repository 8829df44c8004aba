"""What tests of one's own data stand on: people over an empty database, with a clock that stands still."""

from __future__ import annotations

import secrets
from datetime import date
from types import SimpleNamespace
from typing import cast

from sqlalchemy import insert, select, text

from tests.usecases.account_door import Door
from wxserver.ports import FileStore
from wxserver.store import drafts, guardianships, people
from wxserver.store.tables.applications import Application, Case
from wxserver.store.tables.base import new_id
from wxserver.store.tables.definitions import BundleVersion
from wxserver.store.tables.identity import Consent
from wxserver.store.vault import seal_json
from wxserver.usecases.catalogue import Catalogue
from wxserver.usecases.consenting import Consenting
from wxserver.usecases.erasing import Erasing
from wxserver.usecases.holding import Holding
from wxserver.usecases.working import Working

ACCOUNTS = {"jieyang": "揭阳人社", "mini": "揭阳人社小程序"}
TEXTS = ("identity_verification", "face", "wechat_profile", "child_data", "reuse_materials")


class Shelf:
    """Files by name, in memory."""

    def __init__(self):
        self.kept = {}

    def delete(self, name):
        self.kept.pop(name, None)


class OneItem:
    """A catalogue whose only item asks nothing, so that answers stand under their codes."""

    def pinned_item(self, version_id, item_code):
        return SimpleNamespace(name="社保卡申领", fields=())

    def pinned(self, version_id):
        return SimpleNamespace(bundle=SimpleNamespace(item=lambda code: self.pinned_item(version_id, code)))


class PrivateDoor(Door):
    """The use cases of one's own data."""

    def __init__(self, database):
        super().__init__(database)
        self.consenting = Consenting(database, self.clock)
        self.working = Working(database, self.clock, lease_seconds=30)
        self.erasing = Erasing(database, self.clock, self.working, {"jieyang": "wx1"})
        self.files = Shelf()
        self.holding = Holding(
            database,
            self.clock,
            cast("Catalogue", OneItem()),
            cast("FileStore", self.files),
            self.working,
            accounts=ACCOUNTS,
            providers={"signed": "粤信签"},
        )
        self.consenting.publish(
            [{"purpose": each, "version": "1", "title": f"{each} 说明", "text": "一"} for each in TEXTS]
        )

    def visitor(self, account="jieyang", unionid=None):
        """The session of a WeChat user of whom nothing is known."""
        with self.database.write() as unit:
            user = people.remember_wechat_user(unit, account, secrets.token_hex(8), unionid, self.clock.now())
            return self.sessions.begin(
                unit, kind="cookie", account=account, wechat_user_id=user, device="iPhone · 微信"
            )[1]

    def somebody(self, name="林小兰", **visitor):
        """A person who has just shown their face: their session."""
        person_id, _ = self.person(name)
        return self.by_face(person_id, self.visitor(**visitor))

    def is_live(self, session):
        with self.database.read() as unit:
            asked = text("SELECT ended_at FROM session WHERE id = :s")
            return unit.connection.execute(asked, {"s": session.id}).scalar_one() is None

    def record(self, session, purpose, **more):
        with self.database.write() as unit:
            return self.consenting.record(
                unit,
                wechat_user_id=session.wechat_user_id,
                person_id=session.person_id,
                purpose=purpose,
                version="1",
                **more,
            )

    def agreed(self, session, purpose):
        with self.database.read() as unit:
            return self.consenting.in_force(unit, session.wechat_user_id, session.person_id, purpose)

    def keep_profile(self, session, nickname="榕江月"):
        with self.database.write() as unit:
            people.keep_profile(unit, session.wechat_user_id, nickname, "aGk=")

    def profile(self, session):
        with self.database.read() as unit:
            return people.profile(unit, session.wechat_user_id)

    def child(self, session, name="林小雨"):
        """A child whom the person says they stand for, with the consent: (guardianship, minor, consent)."""
        minor, _ = self.person(name)
        with self.database.write() as unit:
            ward = guardianships.claim(
                unit,
                guardian_id=session.person_id,
                minor_id=minor,
                name=name,
                born_on=date(2018, 5, 8),
                relation="parent",
                now=self.clock.now(),
            )
        return ward, minor, self.record(session, "child_data", about_id=minor)

    def ward_state(self, ward):
        with self.database.read() as unit:
            row = guardianships.by_id(unit, ward)
            return None if row is None else row.state

    def case(self, session, *, ward=None, minor=None, closed=False, phone="13800005620"):
        """A case that the person filed, for themself or for somebody else (`minor`): its number."""
        now, new, application = self.clock.now(), new_id(), new_id()
        number = f"JY{secrets.token_hex(8)}"
        with self.database.write() as unit:
            version = self._version(unit)
            unit.connection.execute(
                insert(Application).values(
                    id=application,
                    person_id=session.person_id,
                    idempotency_key=new,
                    body_digest="0" * 64,
                    bundle_code="b",
                    bundle_version_id=version,
                    channel="online",
                    submitted_at=now,
                )
            )
            holder = minor or session.person_id
            unit.connection.execute(
                insert(Case).values(
                    id=new,
                    number=number,
                    application_id=application,
                    bundle_code="b",
                    bundle_version_id=version,
                    item_code="apply",
                    applicant_id=holder,
                    cardholder_id=holder,
                    actor_id=session.person_id,
                    acting_as="guardian" if minor else "self",
                    guardianship_id=ward,
                    channel="online",
                    region="445202",
                    card_key=new,
                    form_sealed=seal_json(unit.vault, "case.form_sealed", new, {"phone": phone}),
                    status="completed" if closed else "accepted",
                    submitted_at=now,
                    closed_at=now if closed else None,
                    limit_unit="working_days",
                    limit_amount=25,
                    due_provisional=False,
                )
            )
        return number

    def draft(self, session, **form):
        with self.database.write() as unit:
            drafts.save(
                unit,
                session.person_id,
                "b",
                secrets.token_hex(4),
                bundle_version_id=self._version(unit),
                submission_key=secrets.token_hex(16),
                card_id=None,
                form=form or {"phone": "13800005620"},
                now=self.clock.now(),
                expires_at=self.clock.now().replace(year=2099),
            )

    def consent_rows(self, session):
        with self.database.read() as unit:
            where = Consent.person_id == session.person_id
            return list(unit.connection.execute(select(Consent.id, Consent.purpose, Consent.withdrawn_at).where(where)))

    def _version(self, unit):
        found = unit.connection.scalar(select(BundleVersion.id).limit(1))
        if found is not None:
            return found
        new = new_id()
        values = {
            "id": new,
            "bundle_code": "b",
            "number": 1,
            "status": "published",
            "schema_version": 1,
            "document": {},
            "digest": "0" * 64,
            "etag": "0",
            "origin": "tests",
            "comment": "",
            "created_at": self.clock.now(),
            "created_by": "tests",
        }
        unit.connection.execute(insert(BundleVersion).values(**values))
        return new
