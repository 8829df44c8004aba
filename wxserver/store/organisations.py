"""Organisations and the persons who act for them. Nothing of an organisation is personal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from wxserver.store.database import Unit, insert_or_ignore, insert_row, update_row
from wxserver.store.tables.accounts import Organisation, UnitAgent
from wxserver.store.tables.base import new_id


@dataclass(frozen=True, slots=True)
class OrganisationRow:
    id: str
    code: str
    name: str
    region: str
    created_at: datetime
    created_by: str
    disabled_at: datetime | None


@dataclass(frozen=True, slots=True)
class UnitAgentRow:
    """Somebody who acts for an organisation, to the end of the day `ends_on`."""

    id: str
    organisation_id: str
    person_id: str
    scope: Sequence[str]
    ends_on: date
    created_at: datetime
    created_by: str
    ended_at: datetime | None
    ended_by: str | None


_ORGANISATION = select(*(getattr(Organisation, name) for name in OrganisationRow.__dataclass_fields__))
_AGENT = select(*(getattr(UnitAgent, name) for name in UnitAgentRow.__dataclass_fields__))


def by_id(unit: Unit, organisation_id: str) -> OrganisationRow | None:
    row = unit.connection.execute(_ORGANISATION.where(Organisation.id == organisation_id)).one_or_none()
    return None if row is None else OrganisationRow(*row)


def listed(unit: Unit) -> list[OrganisationRow]:
    """Every organisation, by name."""
    found = unit.connection.execute(_ORGANISATION.order_by(Organisation.name, Organisation.id))
    return [OrganisationRow(*row) for row in found]


def add(unit: Unit, *, code: str, name: str, region: str, by: str, now: datetime) -> str | None:
    """Add an organisation; its id. None where there is one with this code."""
    new = new_id()
    values: dict[str, object] = {"code": code, "name": name, "region": region, "created_by": by, "created_at": now}
    return new if insert_or_ignore(unit, Organisation, id=new, disabled_at=None, **values) else None


def change(unit: Unit, organisation_id: str, **values: object) -> None:
    update_row(unit, Organisation, organisation_id, **values)


def agent(unit: Unit, unit_agent_id: str) -> UnitAgentRow | None:
    row = unit.connection.execute(_AGENT.where(UnitAgent.id == unit_agent_id)).one_or_none()
    return None if row is None else UnitAgentRow(*row)


def agents(unit: Unit, organisation_id: str) -> list[UnitAgentRow]:
    """Everybody who acts or acted for an organisation, the newest first."""
    found = unit.connection.execute(
        _AGENT.where(UnitAgent.organisation_id == organisation_id).order_by(UnitAgent.created_at.desc(), UnitAgent.id)
    )
    return [UnitAgentRow(*row) for row in found]


def add_agent(
    unit: Unit,
    *,
    organisation_id: str,
    person_id: str,
    scope: Sequence[str],
    ends_on: date,
    by: str,
    now: datetime,
) -> str:
    """Let a person act for an organisation; the agent's id."""
    new = new_id()
    insert_row(
        unit,
        UnitAgent,
        id=new,
        organisation_id=organisation_id,
        person_id=person_id,
        scope=list(scope),
        ends_on=ends_on,
        created_at=now,
        created_by=by,
        ended_at=None,
        ended_by=None,
    )
    return new


def change_agent(unit: Unit, unit_agent_id: str, **values: object) -> None:
    update_row(unit, UnitAgent, unit_agent_id, **values)
