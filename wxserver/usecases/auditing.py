"""The audit log: searched, exported, and proven unbroken. Nobody sees more of it than their bundles and regions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from bundles.engine import Fault
from wxserver.ports import Clock
from wxserver.store import records
from wxserver.store.database import Database
from wxserver.store.records import FIRST, AuditRow, AuditSearch
from wxserver.usecases.audit_words import AuditEntry, csv_lines, entry_of
from wxserver.usecases.catalogue import Catalogue
from wxserver.usecases.faults import BadRequest, Invalid
from wxserver.usecases.rights import Member, Rights, reaches

__all__ = ["AuditSearch", "Auditing", "Chain"]

MOST: Final = 100
_AT_ONCE: Final = 500
"""Rows in memory at a time where all are read."""
_WORD: Final = re.compile(r"[\w.:/+@-]{1,64}")
_PERSONAL: Final = re.compile(r"(?<!\d)(\d{17}[\dXx]|1[3-9]\d{9})(?!\d)")


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Rows, the newest first. `next`: the number to go on below, or None."""

    items: tuple[AuditEntry, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class Chain:
    """What verifying found. `broken`: the number of the first row that does not fit, with the reason; `head`, the last
    hash that fits, and `count`, how many rows do, are what one keeps elsewhere."""

    count: int
    head: str
    broken: int | None = None
    why: str = ""
    kept_found: bool = True

    @property
    def whole(self) -> bool:
        return self.broken is None and self.kept_found


class Auditing:
    def __init__(self, database: Database, clock: Clock, rights: Rights, catalogue: Catalogue) -> None:
        self.database = database
        self.clock = clock
        self.rights = rights
        self.catalogue = catalogue

    def search(self, member: Member, wanted: AuditSearch, *, after: str | None = None, limit: int = 50) -> AuditPage:
        """What was done, the newest first, within the member's reach. Raises Forbidden, Invalid, BadRequest."""
        self.rights.demand(member, "audit.see", subject=("audit_log", ""))
        check(wanted)
        most, before = max(1, min(limit, MOST)), _position(after)
        with self.database.read() as unit:
            rows = records.audited(unit, self._within(member, wanted), before=before, most=most + 1)
        names = self._names()
        items = tuple(entry_of(row, lambda code: names.get(code, code)) for row in rows[:most])
        return AuditPage(items, str(rows[most - 1].number) if len(rows) > most else None)

    def check(self, wanted: AuditSearch) -> None:
        """Whether one may search like this. Raises Invalid (`actor`, `action`, `subject`, `bundle`, `until`)."""
        check(wanted)

    def export(self, member: Member, wanted: AuditSearch) -> Iterator[str]:
        """The rows that `search` would find, as lines of CSV; that it was asked for is in the log before the first.

        Raises Forbidden, Invalid.
        """
        self.rights.demand(member, "audit.export", subject=("audit_log", ""))
        check(wanted)
        return self._export(self._within(member, wanted), "staff", member.username)

    def export_all(self, by: str, wanted: AuditSearch) -> Iterator[str]:
        """As `export`, of the whole log, for an operator at the command line. Raises Invalid."""
        check(wanted)
        return self._export(wanted, "operator", by)

    def verify(self, kept: str = "") -> Chain:
        """Go through the whole chain, whatever its length in constant memory.

        `kept`: a hash that was the head once; a log that was cut or written anew no longer holds it.
        """
        previous, count, found = FIRST, 0, not kept or kept == FIRST
        for row in self._chain():
            why = _flaw(row, count + 1, previous)
            if why:
                return Chain(count, previous, row.number, why, found)
            previous, count = row.hash, row.number
            found = found or row.hash == kept
        return Chain(count, previous, kept_found=found)

    def _chain(self) -> Iterator[AuditRow]:
        after = 0
        while True:
            with self.database.read() as unit:
                rows = records.audit_chain(unit, after=after, most=_AT_ONCE)
            yield from rows
            if len(rows) < _AT_ONCE:
                return
            after = rows[-1].number

    def _export(self, wanted: AuditSearch, kind: str, by: str) -> Iterator[str]:
        asked = {
            "actor": wanted.actor,
            "action": wanted.action,
            "subject": wanted.subject,
            "of_bundle": wanted.bundle,
            "since": wanted.since.isoformat() if wanted.since else "",
            "until": wanted.until.isoformat() if wanted.until else "",
        }
        with self.database.write() as unit:
            records.audit(
                unit,
                actor_kind=kind,
                actor_id=by,
                action="audit_exported",
                subject_kind="audit_log",
                subject_id="",
                reason="",
                data={name: value for name, value in asked.items() if value},
                now=self.clock.now(),
            )
        names = self._names()
        return csv_lines(self._found(wanted), lambda code: names.get(code, code))

    def _found(self, wanted: AuditSearch) -> Iterator[AuditRow]:
        before: int | None = None
        while True:
            with self.database.read() as unit:
                rows = records.audited(unit, wanted, before=before, most=_AT_ONCE)
            yield from rows
            if len(rows) < _AT_ONCE:
                return
            before = rows[-1].number

    def _within(self, member: Member, wanted: AuditSearch) -> AuditSearch:
        """What is wanted, cut to the bundles that the member reaches, and to what they did themselves."""
        if not member.bundles and not member.regions:
            return wanted
        known = {each.bundle.code: each.bundle.region for each in self.catalogue.offered()}
        within = tuple(code for code, region in known.items() if reaches(member, bundle=code, region=region))
        return replace(wanted, bundles=within, own=member.username)

    def _names(self) -> dict[str, str]:
        return {each.bundle.code: each.bundle.name for each in self.catalogue.offered()}


def _flaw(row: AuditRow, number: int, previous: str) -> str:
    """What is wrong with a row of the chain at this place; empty if nothing is."""
    if row.number != number:
        return "missing"
    if row.previous_hash != previous:
        return "does not follow the row before it"
    if row.hash != records.chained(previous, row) or row.bundle != records.bundle_in(row.data):
        return "changed"
    return ""


def check(wanted: AuditSearch) -> None:
    """Raises Invalid where a search holds what no row holds, or what may be a person's number."""
    faults = [
        Fault(name, "unreadable", "这里填账号、编号或代码，只用字母、数字和 . : / + @ - _，最多 64 个字。")
        for name in ("actor", "action", "subject", "bundle")
        if (value := getattr(wanted, name)) and not _WORD.fullmatch(value)
    ]
    faults += [
        Fault(name, "personal", "操作记录里没有身份证件号码和手机号码，请改用办件编号查。")
        for name in ("actor", "subject")
        if _PERSONAL.search(getattr(wanted, name))
    ]
    if wanted.since and wanted.until and wanted.since >= wanted.until:
        faults.append(Fault("until", "before-since", "结束日期要在开始日期之后，请改其中一个。"))
    if faults:
        raise Invalid.of(faults)


def _position(after: str | None) -> int | None:
    if not after:
        return None
    if not after.isascii() or not after.isdigit() or len(after) > 9:
        raise BadRequest("翻页的位置不对，请从第一页看起。", code="bad-cursor")
    return int(after)
