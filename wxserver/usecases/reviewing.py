"""Looking at versions: which there are, who did what, what changes, whom it concerns. Reads only; who may see what is
asked of `rights` each time. `releasing` puts versions into force."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final

from bundles import linting, regions, schema
from bundles.difference_words import LABELS
from bundles.partial import as_far_as_it_goes
from bundles.schema import dump_bundle
from bundles.toml_lines import Path
from wxserver.ports import Clock
from wxserver.store import bundle_drafts, definitions, reviews
from wxserver.store.bundle_drafts import CommentRow
from wxserver.store.database import Database, Unit
from wxserver.store.reviews import StoryRow
from wxserver.usecases.catalogue import Catalogue, Published
from wxserver.usecases.comparing import Comparing
from wxserver.usecases.draft_documents import found_version
from wxserver.usecases.editing import Editing
from wxserver.usecases.faults import Conflict, NotFound
from wxserver.usecases.impact import Impacts
from wxserver.usecases.moments import moment_text
from wxserver.usecases.releasing import Releasing
from wxserver.usecases.replaying import MOST, Replay, Replaying
from wxserver.usecases.review_views import (
    STEP_WORDS,
    BundleLine,
    Finding,
    History,
    OpenDraft,
    Remark,
    Review,
    Sides,
    VersionLine,
)
from wxserver.usecases.rights import Member, Rights, reaches

PAGE: Final = 30
"""Versions on a page of their list."""
_STATES: Final[Mapping[str, tuple[str, str]]] = {
    "draft": ("草稿", "amber"),
    "review": ("等待复核", "blue"),
    "scheduled": ("已发布，还没到生效时间", "blue"),
    "in_force": ("现在用的", "green"),
    "superseded": ("以前用过", ""),
    "retired": ("已停用", ""),
    "discarded": ("已作废", ""),
}


class Reviewing:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        catalogue: Catalogue,
        rights: Rights,
        *,
        editing: Editing,
        releasing: Releasing,
        comparing: Comparing,
        impacts: Impacts,
        replaying: Replaying,
    ) -> None:
        self.database = database
        self.clock = clock
        self.catalogue = catalogue
        self.rights = rights
        self.editing = editing
        self.releasing = releasing
        self.comparing = comparing
        self.impacts = impacts
        self.replaying = replaying

    def bundles(self, member: Member) -> tuple[BundleLine, ...]:
        """The bundles that the member reaches, those on offer first."""
        self.rights.demand(member, "bundles.see")
        now = self.clock.now()
        current = {each.bundle.code: each for each in self.catalogue.bundles()}
        with self.database.read() as unit:
            opened = {row.bundle_code: row for row in reviews.open_versions(unit)}
            named = reviews.names(unit, {_by(row) for row in opened.values()})
            codes = [*current, *(code for code in reviews.codes(unit) if code not in current)]
            lines = [self._line(unit, member, code, current.get(code), opened.get(code), named, now) for code in codes]
        return tuple(each for each in lines if each is not None)

    def history(self, member: Member, code: str, before: int | None = None) -> History:
        """The versions of a bundle, each with who did what. Raises NotFound, Forbidden."""
        newest = self.releasing.demand(member, "bundles.see", code, None)
        now = self.clock.now()
        with self.database.read() as unit:
            rows = reviews.stories(unit, code, before, PAGE + 1)
            numbers = tuple(reviews.numbers(unit, code))
            name, region = _titled(definitions.document(unit, newest.id))
            threads = reviews.threads(unit, [row.id for row in rows[:PAGE]])
            people = {row.by for thread in threads.values() for row in thread}
            for row in rows:
                people |= {each for each in (row.created_by, _by(row), row.published_by) if each}
            named = reviews.names(unit, people)
            opened = bundle_drafts.open_of(unit, code)
            draft = None if opened is None else reviews.story(unit, code, opened.number)
        current = self._current(code)
        holding = current.id if current else None
        return History(
            code,
            current.bundle.name if current else name,
            region,
            tuple(self._version(row, holding, threads.get(row.id, ()), named, now) for row in rows[:PAGE]),
            numbers,
            current.version if current else None,
            None if draft is None else _open(draft, named, now),
            self.rights.may(member, "bundles.edit", bundle=code, region=region),
            self.rights.may(member, "bundles.publish", bundle=code, region=region),
            rows[PAGE - 1].number if len(rows) > PAGE else None,
        )

    def compared(self, member: Member, code: str, old: int, new: int) -> Sides:
        """What changes between any two versions. Raises NotFound, Forbidden."""
        self.releasing.demand(member, "bundles.see", code, new)
        with self.database.read() as unit:
            rows = [found_version(unit, code, number) for number in (old, new)]
            before, after = (definitions.document(unit, row.id) for row in rows)
        faults = self.editing.faults(after) if rows[1].status in bundle_drafts.OPEN else ()
        found = self.comparing.compared(before, after, self.clock.now())
        return Sides(code, _titled(after)[0], old, new, found, tuple(_findings(after, faults)))

    def review(self, member: Member, code: str, number: int) -> Review:
        """A version before it is published: differences, impact, checks, and what was said. Raises NotFound,
        Forbidden; Conflict where it has been in force already."""
        row = self.releasing.demand(member, "bundles.see", code, number)
        now = self.clock.now()
        with self.database.read() as unit:
            story = self._waiting(unit, code, number, now)
            document = definitions.document(unit, row.id)
            thread = reviews.threads(unit, [row.id]).get(row.id, [])
            named = reviews.names(unit, {each.by for each in thread} | {story.submitted_by or "", _by(story)})
        current = self._current(code)
        in_force = None if current is None else dump_bundle(current.bundle)
        bundle, _ = as_far_as_it_goes(document)
        state, words, tone = self._state(story, None, now)
        name, region = _titled(document)
        makers = {row.created_by, row.edited_by, row.submitted_by, *(row.editors or ())}
        return Review(
            code,
            name,
            number,
            state,
            words,
            tone,
            row.etag,
            current.version if current else None,
            self.comparing.compared(in_force, document, story.effective_at or now),
            self.impacts.of(code, in_force, document),
            tuple(_findings(document, self.editing.faults(document))),
            tuple(_findings(document, linting.warnings_of(bundle) if bundle else ())),
            tuple(_remark(each, named, now) for each in thread),
            named.get(row.submitted_by or "", row.submitted_by or ""),
            "" if row.submitted_at is None else moment_text(row.submitted_at, now),
            story.effective_at,
            story.drafts_until,
            self.rights.may(member, "bundles.edit", bundle=code, region=region),
            self.rights.may(member, "bundles.publish", bundle=code, region=region),
            member.username in makers,
            now,
        )

    def replay(self, member: Member, code: str, number: int, most: int = MOST) -> Replay:
        """Past applications checked against a version. For those who edit or publish; noted in the access ledger.

        Raises NotFound, Forbidden.
        """
        act = "bundles.edit" if "editor" in member.roles else "bundles.publish"
        row = self.releasing.demand(member, act, code, number)
        with self.database.read() as unit:
            document = definitions.document(unit, row.id)
        return self.replaying.replay(member, code, row.id, document, most)

    # What is shown

    def _current(self, code: str) -> Published | None:
        return next((each for each in self.catalogue.bundles() if each.bundle.code == code), None)

    def _waiting(self, unit: Unit, code: str, number: int, now: datetime) -> StoryRow:
        story = reviews.story(unit, code, number)
        if story is None:
            raise NotFound(f"“{code}”没有第 {number} 版。", code="unknown-version")
        scheduled = story.status == "published" and story.effective_at is not None and story.effective_at > now
        if story.status not in bundle_drafts.OPEN and not scheduled:
            raise Conflict(f"第 {number} 版已经不在复核中了。要看它的变化，请到版本页。", code="not-in-review")
        return story

    def _line(
        self,
        unit: Unit,
        member: Member,
        code: str,
        current: Published | None,
        opened: StoryRow | None,
        named: Mapping[str, str],
        now: datetime,
    ) -> BundleLine | None:
        if current is not None:
            name, region, items = current.bundle.name, current.bundle.region, len(current.bundle.items)
        else:
            newest = opened or reviews.stories(unit, code, None, 1)[0]
            document = definitions.document(unit, newest.id)
            name, region = _titled(document)
            found = document.get("items")
            items = len(found) if isinstance(found, list) else 0
        if not reaches(member, bundle=code, region=region):
            return None
        told = f"现在用第 {current.version} 版" if current else "现在没有在用的版本"
        return BundleLine(
            code,
            name,
            regions.full_name(region) or region,
            current.version if current else None,
            None,
            told,
            items,
            None if opened is None else _open(opened, named, now),
            self.rights.may(member, "bundles.edit", bundle=code, region=region),
        )

    def _version(
        self, row: StoryRow, holding: str | None, thread: Iterable[CommentRow], named: Mapping[str, str], now: datetime
    ) -> VersionLine:
        state, words, tone = self._state(row, holding, now)
        if state == "scheduled" and row.effective_at is not None:
            words = f"{moment_text(row.effective_at, now)} 生效"
        return VersionLine(
            row.number,
            state,
            words,
            tone,
            tuple(_steps(row, named, now)),
            tuple(_remark(each, named, now) for each in thread),
            row.etag,
        )

    def _state(self, row: StoryRow, holding: str | None, now: datetime) -> tuple[str, str, str]:
        state = row.status
        if state == "published":
            waits = row.effective_at is not None and row.effective_at > now
            state = "scheduled" if waits else "in_force" if row.id == holding else "superseded"
        return (state, *_STATES[state])


def place_of(document: Mapping[str, object], path: Path) -> str:
    """Where in a document something is, in words: 社会保障卡申领 · 表单项“手机号码”."""
    told: list[str] = []
    at: object = document
    for step in path:
        if isinstance(step, int):
            at = at[step] if isinstance(at, list) and step < len(at) else None
            name = (
                next((at[key] for key in ("name", "label", "title", "question") if at.get(key)), "")
                if isinstance(at, Mapping)
                else ""
            )
            named = f"“{name}”" if isinstance(name, str) and name else f"第 {step + 1} 个"
            told[-1:] = [f"{told[-1] if told else ''}{named}"]
        else:
            at = at.get(step) if isinstance(at, Mapping) else None
            told.append(LABELS.get(step, ""))
    return " · ".join(each for each in told if each)


def _findings(document: Mapping[str, object], found: Iterable[tuple[Path, str]]) -> Iterator[Finding]:
    for path, sentence in found:
        yield Finding(schema.path_text(path), place_of(document, path), sentence)


def _titled(document: Mapping[str, object]) -> tuple[str, str]:
    """Name and region of what may be an unfinished draft."""
    name, region = document.get("name"), document.get("region")
    return (name if isinstance(name, str) and name.strip() else "还没有名字的事"), str(region or "")


def _by(row: StoryRow) -> str:
    return row.submitted_by or row.edited_by or row.created_by


def _open(row: StoryRow, named: Mapping[str, str], now: datetime) -> OpenDraft:
    if row.status == "review":
        who, at, done = row.submitted_by, row.submitted_at, "送审"
    else:
        who, at, done = row.edited_by or row.created_by, row.edited_at or row.created_at, "改过"
    when = moment_text(at or row.created_at, now)
    return OpenDraft(row.number, row.status, f"{_STATES[row.status][0]} · {named.get(who or '', who)} {when} {done}")


def _steps(row: StoryRow, named: Mapping[str, str], now: datetime) -> Iterator[str]:
    def who(username: str | None) -> str:
        return named.get(username or "", username or "")

    yield f"{moment_text(row.created_at, now)} {who(row.created_by)} 建立"
    if row.edited_at and row.edited_by:
        yield f"{moment_text(row.edited_at, now)} {who(row.edited_by)} 最后改过"
    if row.submitted_at:
        yield f"{moment_text(row.submitted_at, now)} {who(row.submitted_by)} 送审"
    if row.published_at and row.effective_at:
        from_when = "" if row.effective_at <= row.published_at else f"，{moment_text(row.effective_at, now)} 起生效"
        yield f"{moment_text(row.published_at, now)} {who(row.published_by)} 发布{from_when}"
    if row.drafts_until:
        yield f"没有提交的草稿在 {moment_text(row.drafts_until, now)} 转到当时的版本"
    if row.retired_at:
        yield f"{moment_text(row.retired_at, now)} 停用"


def _remark(row: CommentRow, named: Mapping[str, str], now: datetime) -> Remark:
    done = STEP_WORDS.get(row.kind, "说")
    return Remark(row.at, moment_text(row.at, now), row.by, named.get(row.by, row.by), row.kind, done, row.text)
