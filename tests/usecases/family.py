"""Guardians who are signed in, their children, and a definition with items that guardians may do online."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from bundles import people as documents
from bundles.working_days import SHANGHAI, legal_date
from tests import drawn
from tests.town import BUNDLE, Town
from tests.usecases.offering import document, item, text_field, with_check_digit
from wxserver.ports import IdentityDocument
from wxserver.store import people, uploads
from wxserver.usecases.claims import Claim
from wxserver.usecases.consenting import CHILD_DATA
from wxserver.usecases.sessions import SessionView, UnitView
from wxserver.usecases.submissions import Submission
from wxserver.usecases.ward_views import WardView

CODE = "family"
_COUNTIES = (445203, 445222, 445224, 445281, 445103, 445122)
_SERIALS = count(secrets.randbelow(6000))


def consent(town: Town) -> str:
    """The version of the text about a child's data, published where it is not."""
    known = {each.purpose: each.version for each in town.desk.consenting.current()}
    if CHILD_DATA not in known:
        text = {"purpose": CHILD_DATA, "version": "test", "title": "孩子的信息", "text": "试一试"}
        town.desk.consenting.publish([text])
        return "test"
    return known[CHILD_DATA]


def number_of(born: date) -> str:
    """An identity number of somebody born on this day, another one each time."""
    serial = next(_SERIALS)
    return with_check_digit(f"{_COUNTIES[serial // 1000 % len(_COUNTIES)]}{born:%Y%m%d}{serial % 1000:03d}")


def aged(town: Town, years: int, days: int = 1) -> date:
    """A day of birth of somebody who turned so many years old so many days ago."""
    today = legal_date(town.desk.drafting.clock.now())
    return today.replace(year=today.year - years) - timedelta(days=days)


@dataclass(frozen=True)
class Child:
    name: str
    number: str

    def document(self) -> IdentityDocument:
        return IdentityDocument("resident_id", self.number)


@dataclass(eq=False)
class Guardian:
    """A grown-up behind a WeChat user of their own, without a browser."""

    town: Town
    name: str
    document: IdentityDocument
    person_id: str
    wechat_user_id: str
    unit: UnitView | None = None
    handed: list[str] = field(default_factory=list)

    @property
    def session(self) -> SessionView:
        """A session that has just proven who it is."""
        now = self.town.desk.drafting.clock.now()
        return SessionView(
            "s", "browser", "jieyang", self.wechat_user_id, self.person_id, "face", now, now, "t", unit=self.unit
        )

    def child(
        self, years: int = 8, *, proven: bool = False, name: str = "林小雨", cards: tuple[str, ...] = ()
    ) -> Child:
        """A child that the registry knows; `proven`: it knows the guardian too."""
        found = Child(name, number_of(aged(self.town, years)))
        guardians = [{"id_type": self.document.kind, "id_number": self.document.number}] if proven else []
        self.town.sandbox.person(*cards, name=name, id_number=found.number, guardians=guardians, phone="13912345678")
        return found

    def claim(self, child: Child, **changed: Any) -> WardView:
        said = {
            "name": child.name,
            "id_type": "resident_id",
            "id_number": child.number,
            "relation": "parent",
            "consent": consent(self.town),
        }
        return self.town.desk.guardianships.claim(self.session, Claim(**(said | changed)))

    def upload(self, kind: str) -> str:
        """A picture of theirs, without its content."""
        name = uploads.new_name()
        with self.town.database.write() as unit:
            uploads.add(
                unit,
                name,
                person_id=self.person_id,
                kind=kind,
                key=name,
                raw_sha256="0" * 64,
                sha256="0" * 64,
                size=1,
                width=1,
                height=1,
                now=self.town.desk.drafting.clock.now(),
            )
        return name

    def photo(self) -> str:
        """A picture for a card, with its content."""
        made = self.town.desk.uploading.add(self.session, kind="photo", raw=drawn.good_portrait(), key=uuid.uuid4().hex)
        return made.view.id

    def papers(self, *kinds: str) -> tuple[str, ...]:
        return tuple(self.upload(each) for each in kinds)

    def submit(self, code: str, ward: str | None, key: str | None = None, **body: Any) -> Any:
        acting = {"as": "self"} if ward is None else {"as": "guardian", "ward": ward}
        submission = Submission(**({"bundle": CODE, "item": code, "acting": acting} | body))
        return self.town.desk.applying.submit(self.session, key or uuid.uuid4().hex, submission)

    def apply(self, ward: str | None, key: str | None = None, **body: Any) -> Any:
        """Apply for a card at Jieyang's counter."""
        kinds = (
            ("identity_document", "photo") if ward is None else ("household_register", "guardianship_proof", "photo")
        )
        body = {"bundle": BUNDLE, "form": {"phone": "13800005620"}, "uploads": self.papers(*kinds)} | body
        return self.submit("apply", ward, key, **body)


def guardian(town: Town, name: str = "林大明", years: int = 35) -> Guardian:
    found = IdentityDocument("resident_id", number_of(aged(town, years)))
    now = town.desk.drafting.clock.now()
    with town.database.write() as unit:
        person_id = people.remember(unit, name, found, now)
        user = people.remember_wechat_user(unit, "jieyang", f"o{secrets.token_hex(12)}", None, now)
    return Guardian(town, name, found, person_id, user)


def definition(*more: dict[str, Any]) -> dict[str, Any]:
    """Items that guardians may do: with a card, and without one."""
    both = ["self", "guardian"]
    return document(
        CODE,
        item("plain", text_field("wish"), acting=both),
        item(
            "profile",
            {"code": "phone", "kind": "phone", "label": "手机", "sensitive": True, "prefill": "phone"},
            acting=both,
        ),
        item("with-card", acting=both, needs_card=True, card_states=["active"]),
        item("alone", acting=["self"]),
        item("proxied", acting=["self", "proxy"], guide={"served": "个人", "window": "请到幸福路的窗口办。"}),
        *more,
    )


def at(year: int, month: int, day: int, hour: int = 10) -> datetime:
    return datetime(year, month, day, hour, tzinfo=SHANGHAI)


def born_on(child: Child) -> date:
    found = documents.birth_date("resident_id", child.number)
    assert found is not None
    return found
