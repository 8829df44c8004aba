"""The bundles on offer: their versions in the database, compiled once each, and what they promise in dates."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from types import MappingProxyType

from bundles import schema
from bundles.clock import Due
from bundles.definition import Bundle, Item, TimeLimit
from bundles.working_days import legal_date
from wxserver.ports import Clock
from wxserver.store import definitions
from wxserver.store.database import Database
from wxserver.usecases.faults import NotFound
from wxserver.usecases.timing import Timing

LOOK_AGAIN_AFTER = 1.0
"""Seconds for which a process believes what it last read about which versions are in force."""


@dataclass(frozen=True, slots=True)
class Published:
    """A bundle version in force. `id` is the row that cases pin, `version` the number people see."""

    id: str
    version: int
    bundle: Bundle


@dataclass(frozen=True, slots=True)
class Promise:
    """A time limit in words, and the date it would mean if the application were accepted now (None: instant).

    `today` is the legal date of now, so that a date in another year is shown with its year.
    """

    text: str
    due: Due | None
    today: date


@dataclass(frozen=True, slots=True)
class InForce:
    """What holds at a moment: bundle code -> version, and version -> the one by which its drafts are read, where that
    is another (None: the bundle is on offer no more)."""

    current: Mapping[str, str]
    moved: Mapping[str, str | None]


class Catalogue:
    """Reads; what changes versions stands in `publishing`. `first`: codes of the bundles that are shown first."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        timing: Timing,
        *,
        first: Sequence[str] = (),
    ) -> None:
        self.first = tuple(first)
        self.database = database
        self.clock = clock
        self.timing = timing
        self._compiled: dict[str, Published] = {}
        self._history: tuple[tuple[object, ...], list[definitions.VersionRow]] = ((), [])
        self._in_force: tuple[float, InForce] = (float("-inf"), InForce({}, {}))

    def bundles(self) -> tuple[Published, ...]:
        """All bundles in force: those that are shown first in their order, then the others by code."""
        current = self._now().current
        order = [
            *(code for code in self.first if code in current),
            *(code for code in current if code not in self.first),
        ]
        return tuple(self.pinned(current[code]) for code in order)

    def offered(self) -> tuple[Published, ...]:
        """`bundles`, or none while no database is set up."""
        with self.database.read() as unit:
            ready = definitions.ready(unit)
        return self.bundles() if ready else ()

    def bundle(self, code: str) -> Published:
        """The version of a bundle that is in force; raises NotFound."""
        version = self._now().current.get(code)
        if version is None:
            raise NotFound("没有找到这件事。请从首页选要办的事。", code="unknown-bundle")
        return self.pinned(version)

    def for_draft(self, version_id: str) -> Published:
        """The version by which a draft that was begun under this one is read now: this one, unless it was retired or
        the moment has come that a later version set for all drafts. Raises NotFound where none is in force instead."""
        version = self._now().moved.get(version_id, version_id)
        if version is None:
            raise NotFound("这件事现在不能在这里办了。请从首页选要办的事。", code="unknown-bundle")
        return self.pinned(version)

    def look_again(self) -> None:
        """Believe nothing that was read before: this process has changed versions itself."""
        self._in_force = (float("-inf"), InForce({}, {}))

    def _now(self) -> InForce:
        """What is in force, at most a second old; what this process publishes counts at once."""
        read_at, found = self._in_force
        if time.monotonic() - read_at > LOOK_AGAIN_AFTER:
            read_at = time.monotonic()
            with self.database.read() as unit:
                stamp = definitions.stamp(unit)
                if stamp != self._history[0]:
                    self._history = (stamp, definitions.history(unit))
            found = in_force(self._history[1], self.clock.now())
            self._in_force = (read_at, found)
        return found

    def pinned(self, version_id: str) -> Published:
        """The version that a case pinned, in force or not."""
        found = self._compiled.get(version_id)
        if found is None:
            with self.database.read() as unit:
                row = definitions.version(unit, version_id)
            found = Published(row.id, row.number, schema.load_stored(row.document))
            self._compiled[version_id] = found
        return found

    def pinned_item(self, version_id: str, item_code: str) -> Item:
        """The item that a case was opened for, as its pinned version has it."""
        item = self.pinned(version_id).bundle.item(item_code)
        if item is None:
            raise LookupError(f"version {version_id} has no item {item_code}")
        return item

    def promise(self, bundle: Bundle, item: Item, channel: str = "online") -> Promise:
        """What an item promises if it is accepted now; through the first channel it has where it lacks this one."""
        limit = item.limits.get(channel if channel in item.channels else item.channels[0], TimeLimit("instant"))
        now = self.clock.now()
        due = None if limit.unit == "instant" else self.timing.if_accepted(limit, now, bundle.region)
        return Promise(limit.text, due, legal_date(now))

    def region(self) -> str:
        """The region of the bundle that is shown first, or empty (the country) where there is none."""
        found = self.bundles()
        return found[0].bundle.region if found else ""


def in_force(history: Iterable[definitions.VersionRow], now: datetime) -> InForce:
    """What holds at `now`: of each bundle the published version that took effect last, numbers deciding ties.

    `history` as the store gives it: by bundle, in the order in which versions take effect.
    """
    current: dict[str, str] = {}
    moved: dict[str, str | None] = {}
    for code, rows in groupby(history, key=lambda row: row.bundle_code):
        known = list(rows)
        effective = [row for row in known if row.status == "published" and _past(row.effective_at, now)]
        newest = effective[-1].id if effective else None
        if newest is not None:
            current[code] = newest
        moved |= {row.id: newest for row in known if row.status == "retired"}
        cut_off = False
        for row in reversed(effective):
            if cut_off:
                moved[row.id] = newest
            cut_off = cut_off or _past(row.drafts_until, now)
    return InForce(MappingProxyType(current), MappingProxyType(moved))


def _past(moment: datetime | None, now: datetime) -> bool:
    return moment is not None and moment <= now
