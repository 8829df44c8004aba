"""Versions of bundles as staff see them: in lists, in a thread, and before they are published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from wxserver.usecases.comparing import Comparison
from wxserver.usecases.impact import Impact

STEP_WORDS = {
    "begun": "开始改",
    "comment": "说",
    "submitted": "送审",
    "returned": "退回修改",
    "published": "发布",
    "rolled_back": "恢复",
    "discarded": "作废",
}
"""Kind of a comment -> what was done."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something said of a version, or a step on its way. `who`: a name; `done`: in a word."""

    at: datetime
    when: str
    by: str
    who: str
    kind: str
    done: str
    text: str


@dataclass(frozen=True, slots=True)
class OpenDraft:
    """The version of a bundle that is being worked on. `told`: its state, who and when."""

    number: int
    status: str
    told: str


@dataclass(frozen=True, slots=True)
class BundleLine:
    """A bundle in the list. `number`: of the version in force, None where it is not on offer."""

    code: str
    name: str
    region: str
    number: int | None
    since: datetime | None
    told: str
    items: int
    draft: OpenDraft | None
    may_edit: bool


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A version in the list of its bundle. `state`: draft, review, scheduled, in_force, superseded, retired or
    discarded; `state_text` says it in words, `tone` is for its tag. `steps`: who did what and when, each a sentence."""

    number: int
    state: str
    state_text: str
    tone: str
    steps: tuple[str, ...]
    remarks: tuple[Remark, ...]
    etag: str


@dataclass(frozen=True, slots=True)
class History:
    """The versions of a bundle, the newest first; `next`: the number from below which the list goes on. `numbers`: of
    all versions, also those that are not listed."""

    code: str
    name: str
    region: str
    versions: tuple[VersionLine, ...]
    numbers: tuple[int, ...]
    in_force: int | None
    draft: OpenDraft | None
    may_edit: bool
    may_publish: bool
    next: int | None


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong or should be seen: where, in words, and what. `path` is for programs."""

    path: str
    where: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Review:
    """A version before it is published. `base`: the number of the version in force, None if nothing is. `own_work`:
    whether the member who looks has made or submitted it, and so may not publish it."""

    code: str
    name: str
    number: int
    state: str
    state_text: str
    tone: str
    etag: str
    base: int | None
    comparison: Comparison
    impact: Impact
    faults: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    remarks: tuple[Remark, ...]
    submitted_by: str
    submitted_at: str
    effective_at: datetime | None
    drafts_until: datetime | None
    may_edit: bool
    may_publish: bool
    own_work: bool
    now: datetime


@dataclass(frozen=True, slots=True)
class Sides:
    """Two versions of a bundle beside each other."""

    code: str
    name: str
    old: int
    new: int
    comparison: Comparison
    faults: tuple[Finding, ...]
