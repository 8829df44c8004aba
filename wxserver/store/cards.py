"""Cards as the registry last described them, under ids of ours that stay."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, bindparam, select

from bundles.ports import RegistryCard
from wxserver.store.database import Unit, insert_row, update_row
from wxserver.store.tables.applications import Card
from wxserver.store.tables.base import new_id


@dataclass(frozen=True, slots=True)
class KnownCard:
    id: str
    person_id: str
    card: RegistryCard
    seen_at: datetime

    def __repr__(self) -> str:
        return f"KnownCard({self.id})"


_OF_PERSON = (
    select(*Card.__table__.c).where(Card.person_id == bindparam("of"), Card.gone_at.is_(None)).order_by(Card.id)
)
_ONE = select(*Card.__table__.c).where(
    Card.id == bindparam("card"), Card.person_id == bindparam("of"), Card.gone_at.is_(None)
)


def of_person(unit: Unit, person_id: str) -> list[KnownCard]:
    return [_known(unit, row) for row in unit.connection.execute(_OF_PERSON, {"of": person_id})]


def one(unit: Unit, person_id: str, card_id: str) -> KnownCard | None:
    """This person's card; None for anybody else's."""
    row = unit.connection.execute(_ONE, {"of": person_id, "card": card_id}).one_or_none()
    return None if row is None else _known(unit, row)


def _known(unit: Unit, row: Row[Any]) -> KnownCard:
    return KnownCard(
        row.id,
        row.person_id,
        RegistryCard(
            reference=unit.vault.open("card.reference_sealed", row.id, row.reference_sealed),
            number=unit.vault.open("card.number_sealed", row.id, row.number_sealed),
            bank=row.bank,
            region=row.region,
            state=row.state,
            expires_on=row.expires_on,
        ),
        row.seen_at,
    )


def index(unit: Unit, reference: str) -> str:
    return unit.vault.index("card", reference)


def refresh(unit: Unit, person_id: str, cards: Iterable[RegistryCard], now: datetime) -> list[KnownCard]:
    """Take over the registry's list of a person's cards: new ones added, changed ones updated, absent ones marked."""
    found_rows = unit.connection.execute(
        select(Card.id, Card.reference_index, Card.gone_at).where(Card.person_id == person_id)
    )
    rows = {row.reference_index: row for row in found_rows}
    listed = set()
    for card in cards:
        found = index(unit, card.reference)
        listed.add(found)
        values: dict[str, date | datetime | str | None] = {
            "bank": card.bank,
            "region": card.region,
            "state": card.state,
            "expires_on": card.expires_on,
            "seen_at": now,
            "gone_at": None,
        }
        row = rows.get(found)
        if row is not None:
            update_row(unit, Card, row.id, **values)
            continue
        new = new_id()
        insert_row(
            unit,
            Card,
            id=new,
            person_id=person_id,
            reference_sealed=unit.vault.seal("card.reference_sealed", new, card.reference),
            reference_index=found,
            number_sealed=unit.vault.seal("card.number_sealed", new, card.number),
            sequence=0,
            **values,
        )
    for found, row in rows.items():
        if found not in listed and row.gone_at is None:
            update_row(unit, Card, row.id, gone_at=now)
    return of_person(unit, person_id)


def state_changed(unit: Unit, reference_index: str, state: str, sequence: int) -> bool:
    """Apply a state the registry told us of, unless a later one is known already; True if the card is ours."""
    row = unit.connection.execute(
        select(Card.id, Card.sequence).where(Card.reference_index == reference_index)
    ).one_or_none()
    if row is None:
        return False
    if sequence > row.sequence:
        update_row(unit, Card, row.id, state=state, sequence=sequence)
    return True
