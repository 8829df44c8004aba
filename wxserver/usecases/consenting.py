"""Consent texts: asked separately, versioned, recorded (PIPL art. 14, 29; facts/identity-and-law.md §3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from wxserver.ports import Clock
from wxserver.store import verifications
from wxserver.store.database import Database
from wxserver.store.tables.identity import ConsentText as Row
from wxserver.usecases.faults import NotFound

IDENTITY = "identity_verification"


@dataclass(frozen=True, slots=True)
class ConsentText:
    purpose: str
    version: str
    title: str
    text: str


class Consenting:
    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.clock = clock

    def current(self) -> tuple[ConsentText, ...]:
        """The text in force for each purpose."""
        with self.database.read() as unit:
            return tuple(_view(row) for row in verifications.consents_current(unit))

    def text(self, purpose: str) -> ConsentText:
        """The text in force for one purpose."""
        for each in self.current():
            if each.purpose == purpose:
                return each
        raise NotFound("没有这份说明。", code="unknown-consent")

    def publish(self, texts: Iterable[Mapping[str, str]]) -> int:
        """Add the texts that are new; how many were. A known version keeps its words: changing them is refused."""
        added = 0
        with self.database.write() as unit:
            for each in texts:
                known = verifications.consent_text(unit, each["purpose"], each["version"])
                if known is not None and known.text != each["text"]:
                    raise ValueError(
                        f"consent {each['purpose']} {each['version']} was published with other words: "
                        "give the new text a new version"
                    )
                if known is None:
                    verifications.add_consent_text(unit, now=self.clock.now(), **each)
                    added += 1
        return added


def _view(row: Row) -> ConsentText:
    return ConsentText(row.purpose, row.version, row.title, row.text)
