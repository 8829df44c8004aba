"""Versions of bundles: brought in, published now or later, cut off, rolled back, retired. Each change is audited.

Numbers only rise; what was published is never edited. A rollback publishes the old document as a new version, so that
history keeps who did what and why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bundles import difference, schema
from bundles.definition import Bundle
from bundles.handlers import failing
from wxserver.ports import Clock
from wxserver.store import definitions, records
from wxserver.store.database import Database, Unit
from wxserver.store.definitions import VersionRow
from wxserver.usecases.catalogue import Catalogue, in_force
from wxserver.usecases.faults import Conflict, NotFound
from wxserver.usecases.links import Link, links_of
from wxserver.usecases.moments import checked_moments

ATTEMPTS = 20
"""How often a number is drawn again that somebody else has taken at the same moment."""


@dataclass(frozen=True, slots=True)
class Change:
    """A version as a change has left it. `effective_at` None: a draft. `warnings` say what now points to nothing."""

    bundle: str
    number: int
    effective_at: datetime | None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VersionView:
    """A version in a list. `state`: draft, scheduled, in force, superseded or retired."""

    number: int
    state: str
    comment: str
    created_at: datetime
    created_by: str
    effective_at: datetime | None
    published_by: str | None
    drafts_until: datetime | None
    retired_at: datetime | None


class Publishing:
    """`rehearsals`: whether definitions with the handler that fails on purpose are taken; never in production.

    `links`: what outside of definitions points to bundles and items.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        catalogue: Catalogue,
        *,
        rehearsals: bool = False,
        links: Callable[[], Iterable[Link]] = tuple,
    ) -> None:
        self.database = database
        self.clock = clock
        self.catalogue = catalogue
        self.rehearsals = rehearsals
        self.links = links

    def import_document(
        self,
        document: Mapping[str, object],
        *,
        origin: str,
        by: str,
        comment: str,
        draft: bool = False,
        at: datetime | None = None,
        drafts_until: datetime | None = None,
    ) -> Change | None:
        """Bring a definition in as the next version of its bundle and, unless it is to stay a draft, publish it.

        None, and nothing written, if it is in force already. Raises `bundles.schema.DefinitionFaults`. Files
        (`origin="file"`) only follow files: once staff have edited a bundle, a newer file no longer replaces their
        work by itself, and one that was retired does not come back by itself.
        """
        bundle = schema.load_bundle(document)
        if not self.rehearsals and (faults := rehearsing(bundle)):
            raise schema.DefinitionFaults(faults)
        canonical = schema.dump_bundle(bundle)
        digest = difference.digest(canonical)

        def wanted(unit: Unit, rows: list[VersionRow]) -> bool:
            if origin == "file":
                return not rows or (rows[-1].digest != digest and definitions.only_from_files(unit, bundle.code))
            same = rows[-1:] if draft else [] if at else _current(rows, self.clock.now())
            return all(row.digest != digest or (draft and row.status != "draft") for row in same)

        return self._add(bundle, canonical, wanted, origin, by, comment, draft, at, drafts_until)

    def publish(
        self, code: str, number: int, *, by: str, at: datetime | None = None, drafts_until: datetime | None = None
    ) -> Change:
        """Publish a draft, or give a version that is not in force yet another moment.

        Raises NotFound, Conflict (it has been in force, was retired, or is worked on by staff, who publish it by two
        people), Invalid (moments, name), `DefinitionFaults` where the draft no longer is a good definition.
        """
        now = self.clock.now()
        effective_at = checked_moments(by, at, drafts_until, now)
        with self.database.write() as unit:
            row = _numbered(definitions.of_bundle(unit, code, lock=True), code, number)
            waits = row.status == "published" and row.effective_at is not None and row.effective_at > now
            if row.status in ("draft", "review") and row.origin == "staff":
                raise Conflict("这一版是在工作台里改的，请在工作台送审，由另一个人发布。", code="staff-draft")
            if row.status != "draft" and not waits:
                raise Conflict(
                    "这个版本已经用过了，不能再发布。要用回它的内容，请用 rollback。", code="already-published"
                )
            bundle = schema.load_bundle(definitions.document(unit, row.id))
            definitions.publish(unit, row.id, effective_at=effective_at, drafts_until=drafts_until, by=by, now=now)
            self._audit(unit, "bundle_published", by, row.comment, row.id, code, number, effective_at, drafts_until)
        self.catalogue.look_again()
        return Change(code, number, effective_at, self._dangling(bundle))

    def rollback(
        self,
        code: str,
        to: int,
        *,
        by: str,
        comment: str = "",
        actor: str = "operator",
        then: Callable[[Unit, str], None] | None = None,
    ) -> Change:
        """Publish the document of an earlier version once more, as a new version that holds at once.

        `actor`: what kind of person `by` is. `then` is done with the new version's id in the same unit.
        Raises NotFound, Conflict (what is in force is the same already), `DefinitionFaults`.
        """
        with self.database.read() as unit:
            row = _numbered(definitions.of_bundle(unit, code), code, to)
            bundle = schema.load_bundle(definitions.document(unit, row.id))
        canonical = schema.dump_bundle(bundle)
        digest = difference.digest(canonical)

        def wanted(_unit: Unit, rows: list[VersionRow]) -> bool:
            return all(each.digest != digest for each in _current(rows, self.clock.now()))

        why = f"rollback to {to}: {comment}" if comment else f"rollback to {to}"
        made = self._add(bundle, canonical, wanted, "rollback", by, why, False, None, None, actor, then)
        if made is None:
            raise Conflict("现在用的就是这个版本的内容，不用再改。", code="already-in-force")
        return made

    def retire(
        self, code: str, *, by: str, number: int | None = None, comment: str = "", actor: str = "operator"
    ) -> tuple[int, ...]:
        """Let one version, or all that were published, hold no longer; their numbers. Cases keep theirs for ever.

        Without a version in force the bundle is on offer no more. Raises NotFound.
        """
        now = self.clock.now()
        checked_moments(by, None, None, now)
        with self.database.write() as unit:
            rows = definitions.of_bundle(unit, code, lock=True)
            found = rows if number is None else [_numbered(rows, code, number)]
            found = [row for row in found if row.status == "published"]
            if not found:
                raise NotFound(f"“{code}”没有可以停用的版本。", code="unknown-version")
            definitions.retire(unit, [row.id for row in found], now)
            for row in found:
                self._audit(unit, "bundle_retired", by, comment, row.id, code, row.number, None, None, actor)
        self.catalogue.look_again()
        return tuple(row.number for row in found)

    def versions(self, code: str) -> tuple[VersionView, ...]:
        """All versions of a bundle by number; raises NotFound where there is none."""
        with self.database.read() as unit:
            rows = definitions.of_bundle(unit, code)
        if not rows:
            raise NotFound(f"没有代号为“{code}”的事。", code="unknown-bundle")
        now = self.clock.now()
        current = {row.id for row in _current(rows, now)}
        return tuple(
            VersionView(
                row.number,
                _state(row, row.id in current, now),
                row.comment,
                row.created_at,
                row.created_by,
                row.effective_at,
                row.published_by,
                row.drafts_until,
                row.retired_at,
            )
            for row in rows
        )

    def bundle(self, code: str, number: int | None = None) -> Bundle:
        """The definition of a version, whatever its state; without a number the one in force.

        Raises NotFound; `DefinitionFaults` where a draft can't be read yet.
        """
        if number is None:
            return self.catalogue.bundle(code).bundle
        with self.database.read() as unit:
            row = _numbered(definitions.of_bundle(unit, code), code, number)
            document = None if row.effective_at else definitions.document(unit, row.id)
        return self.catalogue.pinned(row.id).bundle if document is None else schema.load_stored(document)

    def _add(
        self,
        bundle: Bundle,
        canonical: Mapping[str, object],
        wanted: Callable[[Unit, list[VersionRow]], bool],
        origin: str,
        by: str,
        comment: str,
        draft: bool,
        at: datetime | None,
        drafts_until: datetime | None,
        actor: str = "operator",
        then: Callable[[Unit, str], None] | None = None,
    ) -> Change | None:
        now = self.clock.now()
        effective_at = None if draft else checked_moments(by, at, drafts_until, now)
        if draft:
            checked_moments(by, None, None, now)
        for _ in range(ATTEMPTS):
            with self.database.write() as unit:
                rows = definitions.of_bundle(unit, bundle.code)
                if not wanted(unit, rows):
                    return None
                number = rows[-1].number + 1 if rows else 1
                version = definitions.add(
                    unit,
                    code=bundle.code,
                    number=number,
                    schema_version=schema.SCHEMA_VERSION,
                    document=canonical,
                    digest=difference.digest(canonical),
                    origin=origin,
                    by=by,
                    comment=comment,
                    now=now,
                )
                if version is None:
                    continue
                if effective_at is not None:
                    definitions.publish(
                        unit, version, effective_at=effective_at, drafts_until=drafts_until, by=by, now=now
                    )
                action = "bundle_draft_added" if draft else "bundle_published"
                self._audit(unit, action, by, comment, version, bundle.code, number, effective_at, drafts_until, actor)
                if then is not None:
                    then(unit, version)
            self.catalogue.look_again()
            return Change(bundle.code, number, effective_at, () if draft else self._dangling(bundle))
        raise Conflict("别人正在同时改这件事，请过一会儿再试。", code="busy")

    def _audit(
        self,
        unit: Unit,
        action: str,
        by: str,
        comment: str,
        version: str,
        code: str,
        number: int,
        effective_at: datetime | None,
        drafts_until: datetime | None,
        actor: str = "operator",
    ) -> None:
        records.audit(
            unit,
            actor_kind=actor,
            actor_id=by,
            action=action,
            subject_kind="bundle_version",
            subject_id=version,
            reason=comment,
            data={
                "bundle": code,
                "number": number,
                "effective_at": effective_at.isoformat() if effective_at else None,
                "drafts_until": drafts_until.isoformat() if drafts_until else None,
            },
            now=self.clock.now(),
        )

    def _dangling(self, bundle: Bundle) -> tuple[str, ...]:
        """What points to an item of this bundle that the bundle no longer has."""
        others = [each.bundle for each in self.catalogue.bundles() if each.bundle.code != bundle.code]
        known = {item.code for item in bundle.items}
        return tuple(
            f"{link.source} points to the item “{link.item}” of {bundle.code}, which this version does not have"
            for link in (*self.links(), *links_of(others))
            if link.bundle == bundle.code and link.item and link.item not in known
        )


def rehearsing(bundle: Bundle) -> tuple[schema.DefinitionFault, ...]:
    """A fault for every item whose handler is for tests and demonstrations only."""
    sentence = f"“{failing.NAME}”只用来测试和演示，不能正式使用。"
    return tuple(
        schema.DefinitionFault(f"items[{index}].handler", sentence)
        for index, item in enumerate(bundle.items)
        if item.handler == failing.NAME
    )


def _current(rows: list[VersionRow], now: datetime) -> list[VersionRow]:
    """The version of a bundle that is in force, as a list of one or none."""
    published = sorted(
        (row for row in rows if row.effective_at is not None), key=lambda row: (row.effective_at, row.number)
    )
    current = in_force(published, now).current.values()
    return [row for row in rows if row.id in current]


def _numbered(rows: list[VersionRow], code: str, number: int) -> VersionRow:
    found = next((row for row in rows if row.number == number), None)
    if found is None:
        raise NotFound(f"“{code}”没有版本 {number}。", code="unknown-version")
    return found


def _state(row: VersionRow, current: bool, now: datetime) -> str:
    if row.status != "published":
        return row.status
    if current:
        return "in force"
    return "scheduled" if row.effective_at is not None and row.effective_at > now else "superseded"
