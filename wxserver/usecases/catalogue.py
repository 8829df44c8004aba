"""The bundles on offer: their versions in the database, compiled once each, and what they promise in dates."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from bundles import difference, schema
from bundles.clock import Due
from bundles.definition import Bundle, Item, TimeLimit
from bundles.handlers import failing
from bundles.working_days import legal_date
from wxserver.ports import Clock
from wxserver.store import definitions, records
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


class Catalogue:
    """`rehearsals`: whether definitions with the handler that fails on purpose are taken; never in production."""

    def __init__(self, database: Database, clock: Clock, timing: Timing, *, rehearsals: bool = False) -> None:
        self.rehearsals = rehearsals
        self.database = database
        self.clock = clock
        self.timing = timing
        self._compiled: dict[str, Published] = {}
        self._in_force: tuple[float, Mapping[str, str]] = (float("-inf"), {})

    def bundles(self) -> tuple[Published, ...]:
        """All bundles in force, by code."""
        return tuple(self.pinned(version) for version in self._current().values())

    def bundle(self, code: str) -> Published:
        """The version of a bundle that is in force; raises NotFound."""
        version = self._current().get(code)
        if version is None:
            raise NotFound("没有找到这件事。请从首页选要办的事。", code="unknown-bundle")
        return self.pinned(version)

    def _current(self) -> Mapping[str, str]:
        """Code -> id of the version in force, at most a second old; what this process publishes counts at once."""
        read_at, current = self._in_force
        if time.monotonic() - read_at > LOOK_AGAIN_AFTER:
            read_at = time.monotonic()
            with self.database.read() as unit:
                current = definitions.current(unit, self.clock.now())
            self._in_force = (read_at, current)
        return current

    def pinned(self, version_id: str) -> Published:
        """The version that a case pinned, in force or not."""
        found = self._compiled.get(version_id)
        if found is None:
            with self.database.read() as unit:
                row = definitions.version(unit, version_id)
            found = Published(row.id, row.number, schema.load_bundle(row.document))
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
        """The region that all bundles in force share, or empty (the country) where they do not."""
        regions = {each.bundle.region for each in self.bundles()}
        return regions.pop() if len(regions) == 1 else ""

    def import_document(self, document: Mapping[str, object], *, origin: str, by: str, comment: str) -> int | None:
        """Publish a definition as the next version of its bundle; its number, or None if it is in force already.

        Raises `bundles.schema.DefinitionFaults`; then nothing is written. Files (`origin="file"`) only follow files:
        once staff have edited a bundle, a newer file no longer replaces their work by itself.
        """
        bundle = schema.load_bundle(document)
        if not self.rehearsals and (faults := rehearsing(bundle)):
            raise schema.DefinitionFaults(faults)
        canonical = schema.dump_bundle(bundle)
        digest = difference.digest(canonical)
        now = self.clock.now()
        with self.database.write() as unit:
            newest = definitions.newest(unit, bundle.code)
            if newest is not None and newest.digest == digest:
                return None
            if newest is not None and origin == "file" and not definitions.only_from_files(unit, bundle.code):
                return None
            number = 1 if newest is None else newest.number + 1
            version = definitions.publish(
                unit,
                code=bundle.code,
                number=number,
                schema_version=schema.SCHEMA_VERSION,
                document=canonical,
                digest=digest,
                origin=origin,
                by=by,
                comment=comment,
                now=now,
            )
            records.audit(
                unit,
                actor_kind="operator",
                actor_id=by,
                action="bundle_published",
                subject_kind="bundle_version",
                subject_id=version,
                reason=comment,
                data={"bundle": bundle.code, "number": number, "digest": digest},
                now=now,
            )
        self._in_force = (float("-inf"), {})
        return number


def rehearsing(bundle: Bundle) -> tuple[schema.DefinitionFault, ...]:
    """A fault for every item whose handler is for tests and demonstrations only."""
    sentence = f"“{failing.NAME}”只用来测试和演示，不能正式使用。"
    return tuple(
        schema.DefinitionFault(f"items[{index}].handler", sentence)
        for index, item in enumerate(bundle.items)
        if item.handler == failing.NAME
    )
