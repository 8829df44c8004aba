"""Accounts of citizens and of unit agents at the window: opened, reset, stopped and unlocked by a clerk who has the
person and their document before them. Passwords given out are read aloud, serve once, and run out after a week.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from bundles.application import Fault
from bundles.masking import mask_name, mask_number, mask_text
from bundles.people import canonical_number, check_document, check_name, normalise_name
from bundles.ports import IdentityDocument
from bundles.working_days import legal_date
from wxserver.ports import Clock
from wxserver.ports.credentials import Passwords
from wxserver.store import accounts, guardianships, holding, organisations, people, records
from wxserver.store.accounts import CredentialRow
from wxserver.store.database import Database, Unit
from wxserver.usecases.account_names import name_fault, normal_name
from wxserver.usecases.faults import Conflict, Invalid, NotFound
from wxserver.usecases.guessing import Guessing
from wxserver.usecases.password_rules import one_time
from wxserver.usecases.rights import Member, Rights
from wxserver.usecases.staff_case_views import tells_personal

MANAGE: Final = "accounts.manage"
SERVES: Final = timedelta(days=7)
"""How long a password that was given out can be used."""
SHORTEST_REASON, LONGEST_REASON = 4, 100
_READABLE: Final = "2345678abcdefghjkmnpqrstuwxyz"
"""Nothing that is mistaken for something else when it is read out or written down."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Who stands at the window, as their document says."""

    id_type: str
    id_number: str = field(repr=False)
    name: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class OneTime:
    """A password to hand over now, in groups to read aloud; it is shown once."""

    username: str = field(repr=False)
    password: str = field(repr=False)
    runs_out_at: datetime


@dataclass(frozen=True, slots=True)
class DeskAccount:
    """An account as a clerk sees it, masked. `locked_until`: too many wrong passwords; `agent_id`: of an
    organisation's, by whom the person acts for `organisation`."""

    id: str
    kind: str
    username: str
    name: str
    id_type: str
    id_number: str
    waits: bool
    created_at: datetime
    changed_at: datetime
    disabled_at: datetime | None
    locked_until: datetime | None
    agent_id: str | None = None
    organisation: str = ""


class AccountDesk:
    def __init__(
        self, database: Database, clock: Clock, rights: Rights, passwords: Passwords, guessing: Guessing
    ) -> None:
        self.database = database
        self.clock = clock
        self.rights = rights
        self.passwords = passwords
        self.guessing = guessing

    def of(self, member: Member, seen: Seen) -> tuple[DeskAccount, ...]:
        """The accounts of who stands at the window: their own, and those as an agent of organisations that the member
        reaches. Raises Forbidden, Invalid for a document that can't be, and Conflict (`name-differs`)."""
        self.rights.demand(member, MANAGE)
        with self.database.read() as unit:
            person_id = known(unit, seen, self.clock.now())
            rows = [] if person_id is None else accounts.all_of(unit, person_id)
            found = [(row, *self._for_whom(unit, row)) for row in rows]
            return tuple(
                self._view(unit, row, organisation)
                for row, organisation, region in found
                if self.rights.may(member, MANAGE, region=region)
            )

    def open(self, member: Member, seen: Seen, username: str, reason: str, *, agent_id: str | None = None) -> OneTime:
        """Open an account; the password for signing in once. `agent_id`: an organisation's, for this agent of it.

        Raises Forbidden, Invalid with every fault (`id_type`, `id_number`, `name`, `username`, `reason`) and Conflict
        (`account-exists`, `name-differs`).
        """
        self._demand(member, agent_id)
        password, now = new_one_time(), self.clock.now()
        hashed, until = self.passwords.hash(one_time(password)), now + SERVES
        faults = reason_faults(reason, seen)
        if sentence := name_fault(username, person=None, clock=self.clock):
            faults.insert(0, Fault("username", "invalid", sentence))
        with self.database.write() as unit:
            person_id = met(unit, seen, now, faults)
            self._demand_agent(unit, agent_id, person_id)
            person, name = people.person(unit, person_id), normal_name(username)
            if sentence := name_fault(username, person=person, clock=self.clock):
                raise Invalid.of([Fault("username", "invalid", sentence)])
            if accounts.of_person(unit, person_id, unit_agent_id=agent_id) is not None:
                raise Conflict("这个人已经有账号了。忘记密码，请用“重置密码”。", code="account-exists")
            new = accounts.add(
                unit,
                name=name,
                password_hash=hashed,
                person_id=person_id,
                unit_agent_id=agent_id,
                must_change=True,
                runs_out_at=until,
                by=member.username,
                now=now,
            )
            if new is None:
                raise Invalid.of([Fault("username", "taken", "这个账号名不能用，请换一个。")])
            self._audit(unit, member, "account_opened", new, reason)
        return OneTime(name, password, until)

    def reset(self, member: Member, seen: Seen, reason: str, *, agent_id: str | None = None) -> OneTime:
        """A new password for signing in once; the old one is worth nothing, its sessions end, WeChat users bound by it
        alone are unbound, and the name is no longer locked. Raises as `open`, NotFound, and Conflict
        `account-disabled`."""
        self._demand(member, agent_id)
        password, now = new_one_time(), self.clock.now()
        hashed, until = self.passwords.hash(one_time(password)), now + SERVES
        with self.database.write() as unit:
            row = self._account(unit, seen, reason, agent_id)
            self._demand_agent(unit, agent_id, row.person_id)
            if row.disabled_at is not None:
                raise Conflict("这个账号停用了。请先点“重新启用”，再重置密码。", code="account-disabled")
            accounts.change(unit, row.id, password_hash=hashed, must_change=True, runs_out_at=until, changed_at=now)
            accounts.end_sessions(unit, row.id, now)
            holding.unbind_of_account(unit, row.id)
            self.guessing.clear(unit, row)
            name = accounts.name_of(unit, row)
            self._audit(unit, member, "account_reset", row.id, reason)
        return OneTime(name, password, until)

    def disable(self, member: Member, seen: Seen, reason: str, *, agent_id: str | None = None) -> None:
        """Let nobody in with this account any more; its sessions end. Raises as `reset`."""
        self._demand(member, agent_id)
        now = self.clock.now()
        with self.database.write() as unit:
            row = self._account(unit, seen, reason, agent_id)
            if row.disabled_at is None:
                accounts.change(unit, row.id, disabled_at=now)
                accounts.end_sessions(unit, row.id, now)
                holding.unbind_of_account(unit, row.id)
                self._audit(unit, member, "account_disabled", row.id, reason)

    def enable(self, member: Member, seen: Seen, reason: str, *, agent_id: str | None = None) -> None:
        """Let the account in again. Raises as `reset`."""
        self._demand(member, agent_id)
        with self.database.write() as unit:
            row = self._account(unit, seen, reason, agent_id)
            if row.disabled_at is not None:
                accounts.change(unit, row.id, disabled_at=None)
                self._audit(unit, member, "account_enabled", row.id, reason)

    def unlock(self, member: Member, seen: Seen, reason: str, *, agent_id: str | None = None) -> None:
        """Let an account that too many wrong passwords have locked be tried again at once. Raises as `reset`."""
        self._demand(member, agent_id)
        with self.database.write() as unit:
            row = self._account(unit, seen, reason, agent_id)
            if self.guessing.clear(unit, row):
                self._audit(unit, member, "account_unlocked", row.id, reason)

    def _demand(self, member: Member, agent_id: str | None) -> None:
        """Go on only where the member may, and reaches the agent's organisation."""
        region = ""
        if agent_id is not None:
            with self.database.read() as unit:
                agent = organisations.agent(unit, agent_id)
                found = None if agent is None else organisations.by_id(unit, agent.organisation_id)
            region = "" if found is None else found.region
        self.rights.demand(member, MANAGE, region=region)

    def _demand_agent(self, unit: Unit, agent_id: str | None, person_id: str) -> None:
        """Go on only where this person is the agent, and still acts."""
        agent = None if agent_id is None else organisations.agent(unit, agent_id)
        today = legal_date(self.clock.now())
        if agent_id is not None and (
            agent is None or agent.person_id != person_id or agent.ended_at is not None or agent.ends_on < today
        ):
            raise NotFound("这位不是这家单位现在的经办人。请先登记经办人。", code="unknown-agent")

    def _account(self, unit: Unit, seen: Seen, reason: str, agent_id: str | None) -> CredentialRow:
        person_id = known(unit, seen, self.clock.now(), reason_faults(reason, seen))
        row = None if person_id is None else accounts.of_person(unit, person_id, unit_agent_id=agent_id, lock=True)
        if row is None:
            raise NotFound("这个人还没有账号。可以现在开一个。", code="no-account")
        return row

    def _for_whom(self, unit: Unit, row: CredentialRow) -> tuple[str, str]:
        """Name and region of the organisation that an account is for; empty for a person's own."""
        agent = None if row.unit_agent_id is None else organisations.agent(unit, row.unit_agent_id)
        found = None if agent is None else organisations.by_id(unit, agent.organisation_id)
        return ("", "") if found is None else (found.name, found.region)

    def _view(self, unit: Unit, row: CredentialRow, organisation: str) -> DeskAccount:
        person = people.person(unit, row.person_id)
        return DeskAccount(
            id=row.id,
            kind=row.kind,
            username=mask_text(accounts.name_of(unit, row)),
            name=mask_name(person.name),
            id_type=person.document.kind,
            id_number=mask_number(person.document.number),
            waits=row.must_change,
            created_at=row.created_at,
            changed_at=row.changed_at,
            disabled_at=row.disabled_at,
            locked_until=self.guessing.locked_until(unit, row),
            agent_id=row.unit_agent_id,
            organisation=organisation,
        )

    def _audit(self, unit: Unit, member: Member, action: str, credential_id: str, reason: str) -> None:
        audit(unit, member, action, ("account", credential_id), reason, self.clock.now())


def new_one_time() -> str:
    """Twelve signs in three groups, as they are read aloud; 58 bits."""
    return "-".join("".join(secrets.choice(_READABLE) for _ in range(4)) for _ in range(3))


def met(unit: Unit, seen: Seen, now: datetime, faults: Sequence[Fault] = ()) -> str:
    """The id of the person whose document was seen, added if unknown. `faults`: others, told with those of the
    document.

    Raises Invalid (`name`, `id_number` and `faults`) and Conflict (`name-differs`).
    """
    name = normalise_name(seen.name)
    person_id, is_known_so = people.met(unit, name, _document(seen, now, faults), now)
    if not is_known_so:
        # A name that only a guardian has typed in vouches for nothing.
        if not guardianships.only_claimed(unit, person_id):
            raise _other_name()
        guardianships.rename(unit, person_id, name, now)
    return person_id


def known(unit: Unit, seen: Seen, now: datetime, faults: Sequence[Fault] = ()) -> str | None:
    """As `met`, but None where we have never met the person."""
    person_id = accounts.person_with(unit, _document(seen, now, faults))
    if person_id is not None and people.person(unit, person_id).name != normalise_name(seen.name):
        raise _other_name()
    return person_id


def _document(seen: Seen, now: datetime, faults: Sequence[Fault]) -> IdentityDocument:
    found = [*faults]
    if sentence := check_document(seen.id_type, seen.id_number, legal_date(now)):
        found.insert(0, Fault("id_number", "invalid", sentence))
    if sentence := check_name(seen.name):
        found.insert(0, Fault("name", "invalid", sentence))
    if found:
        raise Invalid.of(found)
    return IdentityDocument(seen.id_type, canonical_number(seen.id_type, seen.id_number))


def _other_name() -> Conflict:
    return Conflict(
        "系统里登记的姓名和您填的不一样。请对照证件再看一遍；证件上改过名的，请本人先用人脸核验登录一次。",
        code="name-differs",
    )


def reason_faults(reason: str, seen: Seen | None = None) -> list[Fault]:
    """What is wrong with the reason that a clerk writes down: it stays in the log, so nothing personal may be in it."""
    words = reason.strip()
    if not SHORTEST_REASON <= len(words) <= LONGEST_REASON:
        sentence = f"请写明原因，{SHORTEST_REASON} 到 {LONGEST_REASON} 个字，例如“本人忘记密码，已核对身份证”。"
        return [Fault("reason", "invalid", sentence)]
    if tells_personal(words, [] if seen is None else [seen.name.strip(), seen.id_number.strip()]):
        return [Fault("reason", "personal", "原因会留在操作记录里，请不要写姓名和号码。")]
    return []


def audit(
    unit: Unit,
    member: Member,
    action: str,
    subject: tuple[str, str],
    reason: str,
    now: datetime,
    data: Mapping[str, object] | None = None,
) -> None:
    """Note what a clerk did to an account, an organisation or an agent, with the reason they gave. `subject`: its kind
    and id; an organisation's is its code."""
    records.audit(
        unit,
        actor_kind="staff",
        actor_id=member.username,
        action=action,
        subject_kind=subject[0],
        subject_id=subject[1],
        reason=reason.strip(),
        data=data or {},
        now=now,
    )
