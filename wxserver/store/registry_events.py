"""What the card registry told us, kept until the case or card it speaks of is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import CursorResult, insert, select, update

from wxserver.store.database import Unit
from wxserver.store.tables.applications import Case, RegistryEvent
from wxserver.store.tables.base import new_id


@dataclass(frozen=True, slots=True)
class EventRow:
    id: str
    kind: str
    production: str | None
    card_index: str | None
    at: datetime
    sequence: int
    data: dict[str, object]


_COLUMNS = tuple(getattr(RegistryEvent, name) for name in EventRow.__dataclass_fields__)


def keep(
    unit: Unit,
    *,
    message_id: str,
    kind: str,
    production: str | None,
    card_index: str | None,
    at: datetime,
    sequence: int,
    data: Mapping[str, object],
    now: datetime,
) -> EventRow:
    new = new_id()
    unit.session.execute(
        insert(RegistryEvent).values(
            id=new,
            message_id=message_id,
            kind=kind,
            production=production,
            card_index=card_index,
            at=at,
            sequence=sequence,
            data=dict(data),
            received_at=now,
        )
    )
    return EventRow(new, kind, production, card_index, at, sequence, dict(data))


def waiting(unit: Unit, production: str) -> list[EventRow]:
    """Events about this production that came before we knew whose it is."""
    rows = unit.session.execute(
        select(*_COLUMNS)
        .where(RegistryEvent.production == production, RegistryEvent.applied_at.is_(None))
        .order_by(RegistryEvent.sequence)
    )
    return [EventRow(*row) for row in rows]


def stranded_productions(unit: Unit, most: int) -> list[tuple[str, str]]:
    """(case id, production) with waiting events though the case is known: event and answer crossed each other."""
    rows = unit.connection.execute(
        select(Case.id, Case.production)
        .join(RegistryEvent, Case.production == RegistryEvent.production)
        .where(RegistryEvent.applied_at.is_(None))
        .distinct()
        .limit(most)
    )
    return [(case_id, str(production)) for case_id, production in rows]


def applied(unit: Unit, event_id: str, outcome: str, now: datetime) -> bool:
    """Mark an event; False if it was applied before."""
    result = unit.session.execute(
        update(RegistryEvent)
        .where(RegistryEvent.id == event_id, RegistryEvent.applied_at.is_(None))
        .values(applied_at=now, outcome=outcome)
    )
    return cast("CursorResult[object]", result).rowcount == 1
