"""Which identity providers somebody can choose from: those of their account, for their document, and which are down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from wxserver.ports import Clock
from wxserver.ports.identity import IdentityProvider, VerificationCallbacks, Way
from wxserver.store import verifications
from wxserver.store.database import Database, Unit
from wxserver.usecases.sessions import SessionView

DOWN_FOR: Final = timedelta(minutes=10)
"""How long a provider that failed us is offered after the others, unless it has answered since."""
AWAY: Final = "provider-away"


@dataclass(frozen=True, slots=True)
class ProviderView:
    """A provider to choose from. `way`: `page`, or `client` for mini-programs; `documents`: the kinds it can verify;
    `away`: it has failed us a moment ago, so another one may be the better choice."""

    code: str
    title: str
    way: Way
    documents: frozenset[str]
    away: bool


class Verifiers:
    """`ports`: all that are configured; `callbacks`: those that call back; `offered`: account -> codes of the providers
    it offers, the preferred one first."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        ports: Mapping[str, IdentityProvider],
        callbacks: Mapping[str, VerificationCallbacks],
        offered: Mapping[str, tuple[str, ...]],
    ) -> None:
        self.database = database
        self.clock = clock
        self.ports = ports
        self.callbacks = callbacks
        self._offered = offered

    def offered(self, session: SessionView) -> tuple[ProviderView, ...]:
        """The providers of this session's account, in its order; those that are down last."""
        ways: tuple[Way, ...] = ("client", "page") if session.kind == "bearer" else ("page",)
        found = [self.ports[code] for code in self._offered.get(session.account, ())]
        with self.database.read() as unit:
            views = [
                ProviderView(each.name, each.title, each.way, each.documents, self._is_away(unit, each.name))
                for each in found
                if each.way in ways
            ]
        return tuple(sorted(views, key=lambda view: view.away))

    def find(self, session: SessionView, code: str) -> IdentityProvider | None:
        """The provider of this code, if this session's account offers it."""
        return self.ports[code] if any(each.code == code for each in self.offered(session)) else None

    def others(self, session: SessionView, code: str, document: str) -> tuple[ProviderView, ...]:
        """The providers besides this one that can verify such a document."""
        return tuple(each for each in self.offered(session) if each.code != code and document in each.documents)

    def _is_away(self, unit: Unit, code: str) -> bool:
        now = self.clock.now()
        newest = verifications.newest_of(unit, code, now - DOWN_FOR, now)
        return newest is not None and newest[1] == AWAY
