"""A small definition of its own that tests publish in many versions, and people to fill it in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bundles.ports import IdentityDocument
from tests.town import Town
from wxserver.store import people
from wxserver.store.database import Unit
from wxserver.usecases.sessions import SessionView

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def text_field(code: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "kind": "text", "label": f"问题 {code}"} | more


def item(code: str, *fields: dict[str, Any], days: int = 5, **more: Any) -> dict[str, Any]:
    return {
        "code": code,
        "name": f"第 {code} 项",
        "short_name": code,
        "summary": "试一试",
        "handler": "office",
        "limits": {"online": {"unit": "working_days", "amount": days}},
        "guide": {"served": "个人"},
        "fields": list(fields),
    } | more


def document(code: str, *items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "schema_version": 1,
        "code": code,
        "name": f"{code} 这件事",
        "short_name": code,
        "number_prefix": "TT",
        "region": "445200",
        "organiser": "某局",
        "introduction": "试一试。",
        "items": list(items),
    } | more


def resident_id(sequence: int) -> str:
    """A number of somebody born on 1 January 1990."""
    return with_check_digit(f"44520019900101{sequence:03d}")


def with_check_digit(body: str) -> str:
    """Seventeen digits of an identity number, and the one that follows from them."""
    return body + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True)) % 11]


@dataclass(frozen=True, eq=False)
class Somebody:
    """A person that the server knows, without a browser."""

    town: Town
    person_id: str

    @property
    def session(self) -> SessionView:
        """A session that has just proven who it is."""
        now = self.town.desk.drafting.clock.now()
        return SessionView("s", "browser", "a", "w", self.person_id, "face", now, now, "t")


def somebody(town: Town, unit: Unit, sequence: int) -> Somebody:
    number = IdentityDocument("resident_id", resident_id(sequence))
    return Somebody(town, people.remember(unit, "林小兰", number, town.desk.drafting.clock.now()))
