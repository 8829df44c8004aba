"""Which members of staff may do what, and where. A refusal is audited.

An act belongs to roles; a member may hold several. Some members reach only certain regions (and what lies in them) or
certain bundles.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from bundles import regions
from wxserver.ports import Clock
from wxserver.store import records
from wxserver.store.database import Database
from wxserver.usecases.faults import Forbidden

ROLES: Final[Mapping[str, str]] = MappingProxyType(
    {"clerk": "办件员", "editor": "编辑", "publisher": "发布员", "supervisor": "督查员", "administrator": "管理员"}
)
"""Role -> what it is called."""

_EVERYBODY: Final = frozenset(ROLES)

ACTS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "own": _EVERYBODY,
        "bundles.see": _EVERYBODY,
        "bundles.edit": frozenset({"editor"}),
        "bundles.publish": frozenset({"publisher"}),
        "cases.see": frozenset({"clerk", "supervisor"}),
        "cases.decide": frozenset({"clerk"}),
        "cases.unmask": frozenset({"clerk", "supervisor"}),
        "calendar.see": _EVERYBODY,
        "calendar.propose": frozenset({"editor"}),
        "calendar.activate": frozenset({"publisher"}),
        "audit.see": frozenset({"supervisor", "administrator"}),
        "audit.export": frozenset({"supervisor"}),
        "accounts.manage": frozenset({"clerk"}),
        "guardianships.decide": frozenset({"clerk"}),
        "staff.manage": frozenset({"administrator"}),
    }
)
"""Act -> the roles that hold it."""


@dataclass(frozen=True, slots=True)
class Member:
    """Who is signed in at the staff desk. Empty `regions` or `bundles`: not limited.

    `stage`: `setup` while there is no password and second factor of their own, else `full`. `idle_at`: when the session
    ends unless something is done before; `ends_at`: when it ends whatever is done.
    """

    id: str
    username: str
    name: str
    roles: tuple[str, ...]
    regions: tuple[str, ...]
    bundles: tuple[str, ...]
    session_id: str
    csrf_token: str
    idle_at: datetime
    stage: str = "full"
    ends_at: datetime | None = None


def holds(member: Member, act: str) -> bool:
    """Whether one of the member's roles has this act, wherever."""
    return not ACTS[act].isdisjoint(member.roles)


def reaches(member: Member, *, bundle: str = "", region: str = "") -> bool:
    """Whether a bundle and a region (GB/T 2260) lie within what the member may touch; empty: nothing is asked."""
    in_bundles = not bundle or not member.bundles or bundle in member.bundles
    wider = any(regions.within(region, each) for each in member.regions) if region else True
    return in_bundles and (wider or not member.regions)


class Rights:
    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.clock = clock

    def may(self, member: Member, act: str, *, bundle: str = "", region: str = "") -> bool:
        """Whether the member may do this, there."""
        return holds(member, act) and reaches(member, bundle=bundle, region=region)

    def demand(
        self,
        member: Member,
        act: str,
        *,
        bundle: str = "",
        region: str = "",
        subject: tuple[str, str] = ("", ""),
    ) -> None:
        """Go on only where `may` says so. `subject`: kind and id of what it was about. Raises Forbidden, audited."""
        if not self.may(member, act, bundle=bundle, region=region):
            self.refuse(member, act, bundle=bundle, region=region, subject=subject)

    def refuse(
        self,
        member: Member,
        act: str,
        *,
        bundle: str = "",
        region: str = "",
        subject: tuple[str, str] = ("", ""),
        detail: str = "您的账号没有这项权限。要办这件事，请找管理员。",
        code: str = "not-yours",
    ) -> None:
        """Audit a refusal, and raise Forbidden."""
        kind, name = subject
        with self.database.write() as unit:
            records.audit(
                unit,
                actor_kind="staff",
                actor_id=member.username,
                action="refused",
                subject_kind=kind or "act",
                subject_id=name or act,
                reason=code,
                data={"act": act, "bundle": bundle, "region": region},
                now=self.clock.now(),
            )
        raise Forbidden(detail, code=code)
