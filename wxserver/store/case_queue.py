"""Open cases as the staff desk lists them: those with a date first, by date; then those without; the paused last.

Every band is read by an index that holds open cases only, so that a page costs the same however many are closed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, tuple_

from bundles.ports import IdentityDocument
from wxserver.store.cases import CaseRow
from wxserver.store.database import Unit
from wxserver.store.inbox import is_unreached
from wxserver.store.people import KnownPerson
from wxserver.store.tables.applications import OPEN, OPEN_PROMISE, Case, CaseEvent
from wxserver.store.tables.identity import Person

BANDS = ("dated", "undated", "instant", "paused")
AWAITING = ("review", "staff")

_COLUMNS = tuple(getattr(Case, name) for name in CaseRow.__dataclass_fields__)
_SORTED_ID = Case.id.concat("")
_BUNDLE = Case.bundle_code.concat("")
"""Id and bundle so written that no index is walked for them: the one of ids, or of a bundle's cases, holds everything
that was ever closed, while those of open cases are small."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Whose cases: of these bundles, in these regions (GB/T 2260, whatever lies in them); empty: not limited."""

    bundles: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Behind which case a page begins: its band, its date in that band, its id."""

    band: str
    due_on: date | None
    id: str


@dataclass(frozen=True, slots=True)
class Counts:
    """How many open cases there are; `waiting` for a clerk, `overdue`, due `today` and on `next_day`, `paused`,
    `unreached`."""

    every: int
    waiting: int
    overdue: int
    today: int
    next_day: int
    paused: int
    unreached: int


@dataclass(frozen=True, slots=True)
class ToldRow:
    """A line of a case's history with who it was."""

    at: datetime
    node: str
    text: str
    actor_kind: str
    actor_id: str | None


def page(
    unit: Unit, reach: Reach, *, waiting: bool, after: Place | None, most: int, unreached: bool = False
) -> list[tuple[str, CaseRow]]:
    """Open cases within reach, with their band. `waiting`: only those that wait for a clerk; `unreached`: only those
    whose citizen has not been reached."""
    found: list[tuple[str, CaseRow]] = []
    for band in BANDS[BANDS.index(after.band) if after else 0 :]:
        wanted = _band(band).where(*_within(reach))
        if waiting:
            wanted = wanted.where(Case.awaits.in_(AWAITING))
        if unreached:
            wanted = wanted.where(is_unreached())
        if after is not None and after.band == band:
            wanted = wanted.where(_behind(after))
        rows = unit.connection.execute(wanted.limit(most - len(found)))
        found += [(band, CaseRow(*row)) for row in rows]
        if len(found) >= most:
            break
    return found


def counts(unit: Unit, reach: Reach, *, today: date, next_day: date) -> Counts:
    """How many open cases stand how, within reach."""

    def number(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

    row = unit.connection.execute(
        select(
            func.count(),
            number(Case.awaits.in_(AWAITING)),
            number(Case.due_on < today),
            number(Case.due_on == today),
            number(Case.due_on == next_day),
            number(and_(Case.due_on.is_(None), Case.correcting_since.is_not(None))),
            number(is_unreached()),
        ).where(OPEN, *_within(reach))
    ).one()
    return Counts(*(int(each) for each in row))


def events(unit: Unit, case_id: str) -> list[ToldRow]:
    """A case's history with who it was, oldest first."""
    rows = unit.connection.execute(
        select(CaseEvent.at, CaseEvent.node, CaseEvent.text, CaseEvent.actor_kind, CaseEvent.actor_id)
        .where(CaseEvent.case_id == case_id)
        .order_by(CaseEvent.at, CaseEvent.recorded_at, CaseEvent.id)
    )
    return [ToldRow(*row) for row in rows]


def found(unit: Unit, number: str) -> CaseRow | None:
    """The case with this number, open or closed, whosever it is."""
    row = unit.connection.execute(select(*_COLUMNS).where(Case.number == number)).one_or_none()
    return None if row is None else CaseRow(*row)


def actor(unit: Unit, case_id: str) -> str:
    """The id of the person who acted in a case."""
    return unit.connection.execute(select(Case.actor_id).where(Case.id == case_id)).scalar_one()


def applicants(unit: Unit, ids: Collection[str]) -> dict[str, KnownPerson]:
    """Persons in clear, by id."""
    rows = unit.connection.execute(
        select(Person.id, Person.name_sealed, Person.document_kind, Person.document_sealed).where(
            Person.id.in_(sorted(ids))
        )
    )
    return {
        row.id: KnownPerson(
            row.id,
            unit.vault.open("person.name_sealed", row.id, row.name_sealed),
            IdentityDocument(row.document_kind, unit.vault.open("person.document_sealed", row.id, row.document_sealed)),
        )
        for row in rows
    }


def _band(band: str) -> Select[Any]:
    every = select(*_COLUMNS)
    if band == "instant":
        return every.where(OPEN, Case.limit_unit == "instant").order_by(_SORTED_ID)
    promised = every.where(OPEN_PROMISE)
    if band == "dated":
        return promised.where(Case.due_on.is_not(None)).order_by(Case.due_on, Case.id)
    stands = Case.correcting_since.is_not(None) if band == "paused" else Case.correcting_since.is_(None)
    return promised.where(Case.due_on.is_(None), stands).order_by(Case.id)


def _behind(after: Place) -> ColumnElement[bool]:
    if after.band == "dated":
        return tuple_(Case.due_on, Case.id) > tuple_(after.due_on, after.id)
    return (_SORTED_ID if after.band == "instant" else Case.id) > after.id


def _within(reach: Reach) -> Sequence[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if reach.bundles:
        conditions.append(_BUNDLE.in_(reach.bundles))
    if reach.regions:
        prefixes = [each[:2] if each.endswith("0000") else each.removesuffix("00") for each in reach.regions]
        conditions.append(or_(Case.region == "", *(Case.region.startswith(each, autoescape=True) for each in prefixes)))
    return conditions
