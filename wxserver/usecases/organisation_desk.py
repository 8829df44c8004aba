"""Organisations and their agents at the window: who may act for whom, for what and until when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from bundles import regions as places
from bundles.application import Fault
from bundles.masking import mask_name, mask_number
from bundles.organisations import check_code, normalise_code
from bundles.working_days import legal_date
from wxserver.ports import Clock
from wxserver.store import accounts, organisations, people
from wxserver.store.database import Database, Unit
from wxserver.store.organisations import OrganisationRow, UnitAgentRow
from wxserver.usecases.account_desk import MANAGE, Seen, audit, met, reason_faults
from wxserver.usecases.catalogue import Catalogue
from wxserver.usecases.faults import Conflict, Invalid, NotFound
from wxserver.usecases.rights import Member, Rights
from wxserver.usecases.staff_accounts import offered_regions

LONGEST_NAME: Final = 200
MOST_YEARS: Final = 2
"""An agent is named for at most so long, and then anew."""


@dataclass(frozen=True, slots=True)
class AgentView:
    """Somebody who acts for an organisation, masked. `over`: their time has passed, or was ended."""

    id: str
    name: str
    id_type: str
    id_number: str
    scope: tuple[str, ...]
    ends_on: date
    created_at: datetime
    over: bool
    has_account: bool


@dataclass(frozen=True, slots=True)
class OrganisationView:
    """An organisation; `agents` only where one is looked at by itself."""

    id: str
    code: str
    name: str
    region: str
    region_name: str
    created_at: datetime
    disabled_at: datetime | None
    agents: tuple[AgentView, ...] = ()


class OrganisationDesk:
    def __init__(self, database: Database, clock: Clock, rights: Rights, catalogue: Catalogue) -> None:
        self.database = database
        self.clock = clock
        self.rights = rights
        self.catalogue = catalogue

    def listed(self, member: Member) -> tuple[OrganisationView, ...]:
        """The organisations that the member reaches, by name."""
        self.rights.demand(member, MANAGE)
        with self.database.read() as unit:
            rows = organisations.listed(unit)
        return tuple(_view(row) for row in rows if self.rights.may(member, MANAGE, region=row.region))

    def regions(self, member: Member) -> dict[str, str]:
        """Where an organisation can be, as far as the member reaches: code -> full name."""
        self.rights.demand(member, MANAGE)
        return offered_regions(self.catalogue, member)

    def one(self, member: Member, organisation_id: str) -> OrganisationView:
        """An organisation with its agents, the newest first. Raises NotFound, Forbidden."""
        row = self._reached(member, organisation_id)
        with self.database.read() as unit:
            agents = organisations.agents(unit, row.id)
            return _view(row, tuple(self._agent_view(unit, each) for each in agents))

    def add(self, member: Member, code: str, name: str, region: str, reason: str) -> str:
        """Take an organisation in; its id. Raises Forbidden, Conflict (`organisation-exists`), and Invalid with every
        fault (`code`, `name`, `region`, `reason`)."""
        self.rights.demand(member, MANAGE, region=region)
        tidy, faults = " ".join(name.split()), []
        if sentence := check_code(code):
            faults.append(Fault("code", "invalid", sentence))
        if not 2 <= len(tidy) <= LONGEST_NAME:
            faults.append(Fault("name", "invalid", f"请照证照填单位名称，2 到 {LONGEST_NAME} 个字。"))
        if places.find(region) is None:
            faults.append(Fault("region", "unknown", "请选单位所在的地区。"))
        faults += reason_faults(reason)
        if faults:
            raise Invalid.of(faults)
        now = self.clock.now()
        with self.database.write() as unit:
            new = organisations.add(
                unit, code=normalise_code(code), name=tidy, region=region, by=member.username, now=now
            )
            if new is None:
                raise Conflict("这个统一社会信用代码的单位已经有了，请从单位列表进入。", code="organisation-exists")
            audit(unit, member, "organisation_added", ("organisation", normalise_code(code)), reason, now)
        return new

    def disable(self, member: Member, organisation_id: str, reason: str) -> None:
        """Let nobody act for an organisation any more; sessions of its agents are worth nothing at once."""
        self._switch(member, organisation_id, reason, "organisation_disabled", self.clock.now())

    def enable(self, member: Member, organisation_id: str, reason: str) -> None:
        """Let the organisation's agents act again."""
        self._switch(member, organisation_id, reason, "organisation_enabled", None)

    def add_agent(
        self, member: Member, organisation_id: str, seen: Seen, scope: Sequence[str], ends_on: date, reason: str
    ) -> str:
        """Let a person act for an organisation; the agent's id. `scope`: codes of bundles, or `bundle/item`; none:
        everything that allows it. `ends_on`: the last day, at most two years from now.

        Raises Forbidden, NotFound, Conflict (`agent-exists`, `name-differs`) and Invalid (`scope`, `ends_on` and as
        `AccountDesk.open`).
        """
        row, now = self._reached(member, organisation_id), self.clock.now()
        faults = [*self._faults(scope, ends_on, now), *reason_faults(reason, seen)]
        with self.database.write() as unit:
            person_id = met(unit, seen, now, faults)
            for each in organisations.agents(unit, row.id):
                if each.person_id == person_id and not _is_over(each, now):
                    raise Conflict("这位已经是这家单位的经办人，请直接修改。", code="agent-exists")
            new = organisations.add_agent(
                unit,
                organisation_id=row.id,
                person_id=person_id,
                scope=sorted(set(scope)),
                ends_on=ends_on,
                by=member.username,
                now=now,
            )
            audit(unit, member, "agent_added", ("unit_agent", new), reason, now, {"organisation": row.code})
        return new

    def change_agent(self, member: Member, agent_id: str, scope: Sequence[str], ends_on: date, reason: str) -> None:
        """Change for what an agent acts, and to which day. Raises as `add_agent`."""
        agent, now = self._agent(member, agent_id), self.clock.now()
        if faults := [*self._faults(scope, ends_on, now), *reason_faults(reason)]:
            raise Invalid.of(faults)
        with self.database.write() as unit:
            organisations.change_agent(unit, agent.id, scope=sorted(set(scope)), ends_on=ends_on)
            if _is_over(agent, now):
                _end_sessions(unit, agent, now)
            audit(unit, member, "agent_changed", ("unit_agent", agent.id), reason, now)

    def end_agent(self, member: Member, agent_id: str, reason: str) -> None:
        """An agent acts no more: their account for the organisation lets nobody in, and its sessions end."""
        agent, now = self._agent(member, agent_id), self.clock.now()
        if faults := reason_faults(reason):
            raise Invalid.of(faults)
        with self.database.write() as unit:
            organisations.change_agent(unit, agent.id, ended_at=now, ended_by=member.username)
            account = accounts.of_person(unit, agent.person_id, unit_agent_id=agent.id)
            if account is not None:
                accounts.remove(unit, account.id, now)
            audit(unit, member, "agent_ended", ("unit_agent", agent.id), reason, now)

    def _reached(self, member: Member, organisation_id: str) -> OrganisationRow:
        self.rights.demand(member, MANAGE)
        with self.database.read() as unit:
            row = organisations.by_id(unit, organisation_id)
        if row is None:
            raise NotFound("没有这家单位。请从单位列表进入。", code="unknown-organisation")
        self.rights.demand(member, MANAGE, region=row.region, subject=("organisation", row.code))
        return row

    def _agent(self, member: Member, agent_id: str) -> UnitAgentRow:
        """An agent who still acts."""
        self.rights.demand(member, MANAGE)
        with self.database.read() as unit:
            agent = organisations.agent(unit, agent_id)
        if agent is None or agent.ended_at is not None:
            raise NotFound("没有这位经办人，或者已经不再经办。", code="unknown-agent")
        self._reached(member, agent.organisation_id)
        return agent

    def _switch(
        self, member: Member, organisation_id: str, reason: str, action: str, disabled_at: datetime | None
    ) -> None:
        row = self._reached(member, organisation_id)
        if faults := reason_faults(reason):
            raise Invalid.of(faults)
        if (row.disabled_at is None) == (disabled_at is None):
            return
        with self.database.write() as unit:
            organisations.change(unit, row.id, disabled_at=disabled_at)
            if disabled_at is not None:
                for each in organisations.agents(unit, row.id):
                    _end_sessions(unit, each, disabled_at)
            audit(unit, member, action, ("organisation", row.code), reason, self.clock.now())

    def _faults(self, scope: Sequence[str], ends_on: date, now: datetime) -> list[Fault]:
        faults = []
        known = {
            code
            for each in self.catalogue.bundles()
            for code in (each.bundle.code, *(f"{each.bundle.code}/{item.code}" for item in each.bundle.items))
        }
        if unknown := [each for each in scope if each not in known]:
            faults.append(Fault("scope", "unknown", f"没有“{unknown[0][:80]}”这件事，请从列出的里选。"))
        today = legal_date(now)
        last = date(today.year + MOST_YEARS, today.month, min(today.day, 28))
        if not today <= ends_on <= last:
            sentence = f"经办到哪一天为止，请选今天到 {last.year} 年 {last.month} 月 {last.day} 日之间的一天。"
            faults.append(Fault("ends_on", "invalid", sentence))
        return faults

    def _agent_view(self, unit: Unit, row: UnitAgentRow) -> AgentView:
        person = people.person(unit, row.person_id)
        return AgentView(
            id=row.id,
            name=mask_name(person.name),
            id_type=person.document.kind,
            id_number=mask_number(person.document.number),
            scope=tuple(row.scope),
            ends_on=row.ends_on,
            created_at=row.created_at,
            over=_is_over(row, self.clock.now()),
            has_account=accounts.of_person(unit, row.person_id, unit_agent_id=row.id) is not None,
        )


def _end_sessions(unit: Unit, agent: UnitAgentRow, now: datetime) -> None:
    """Nothing that was opened before comes back by itself when they may act again."""
    account = accounts.of_person(unit, agent.person_id, unit_agent_id=agent.id)
    if account is not None:
        accounts.end_sessions(unit, account.id, now)


def _is_over(row: UnitAgentRow, now: datetime) -> bool:
    return row.ended_at is not None or row.ends_on < legal_date(now)


def _view(row: OrganisationRow, agents: tuple[AgentView, ...] = ()) -> OrganisationView:
    return OrganisationView(
        row.id, row.code, row.name, row.region, places.full_name(row.region), row.created_at, row.disabled_at, agents
    )
