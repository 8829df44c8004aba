"""Messages in citizens' inboxes for tests, put straight into the database."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import delete, select, update

from bundles.people import check_digit
from tests.web.pages import signed_in
from tests.web.world import NAME, Citizen, Town
from wxserver.store import notices
from wxserver.store.tables.applications import Case
from wxserver.store.tables.messages import Notice

CHONGQING = "chongqing-social-security-card"


def id_number() -> str:
    """The number of somebody whom no other test has met."""
    day = f"{secrets.randbelow(12) + 1:02d}{secrets.randbelow(28) + 1:02d}"
    body = f"500103{secrets.randbelow(30) + 1960}{day}{secrets.randbelow(1000):03d}"
    return body + check_digit(body)


@dataclass
class Someone:
    """A person, in the mini-program and in a browser."""

    town: Town
    number: str
    mini: Citizen

    def browser(self) -> FlaskClient:
        return signed_in(self.town, f"wx-{uuid.uuid4().hex}", self.number)

    def applied(self) -> str:
        """The number of a new case that a clerk reviews; of its own accord nothing was told about it."""
        form = {"phone": "13800005620", "delivery": "pickup", "pickup_region": "500103"}
        body = {"bundle": CHONGQING, "item": "apply", "form": form, "uploads": self.mini.papers()}
        answer = self.mini.post("cases", body, uuid.uuid4().hex)
        assert answer.status_code == 201, answer.data
        case = str(answer.json["number"])
        with self.town.app.extensions["world"].database.write() as unit:
            of_case = select(Case.id).where(Case.number == case).scalar_subquery()
            unit.connection.execute(delete(Notice).where(Notice.case_id == of_case))
        return case


def someone(town: Town) -> Someone:
    """Somebody new, signed in."""
    number = id_number()
    return Someone(town, number, town.citizen(f"wx-{uuid.uuid4().hex}", NAME, number))


def tell(
    database: Any,
    case: str,
    now: datetime,
    title: str = "社保卡申请已受理",
    *,
    state: str = "sent",
    reason: str | None = None,
    read: bool = False,
) -> str:
    """Tell the applicant of a case something; the id of what was told."""
    with database.write() as unit:
        row = unit.connection.execute(select(Case.id, Case.applicant_id).where(Case.number == case)).one()
        new = notices.add(
            unit,
            person_id=row.applicant_id,
            case_id=row.id,
            origin=uuid.uuid4().hex,
            node="accepted",
            title=title,
            text="您的申请已经受理，正在安排制卡。",
            at=now,
            now=now,
        )
        assert new is not None
        notices.settle(unit, new, state, now, reason=reason)
        if read:
            unit.connection.execute(update(Notice).where(Notice.id == new).values(read_at=now))
    return new


def read_at(database: Any, notice_id: str) -> datetime | None:
    """When somebody read it."""
    with database.read() as unit:
        return unit.connection.execute(select(Notice.read_at).where(Notice.id == notice_id)).scalar_one()
