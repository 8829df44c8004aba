"""Cases as they are shown to their person: what a page or an answer of the API is made from. Answers are masked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from bundles import regions
from bundles.checking import HELD
from bundles.definition import PLACE_KINDS, Bundle, Field, Stage
from bundles.masking import mask_address, mask_email, mask_phone, mask_text
from wxserver.usecases.cards import CardView
from wxserver.usecases.uploading import UploadView

WAITING = "社保卡系统暂时没有回音。您的申请已经收好，我们会接着办，不用重复提交。"
AWAITED = {
    "items": "等前面一项办好，就接着办这一项，不用您再操作。",
    "review": "工作人员正在审核。审核通过后开始办理。",
    "staff": "工作人员正在办理。办好了会告诉您。",
}
"""What a case that awaits something says of it."""


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """`actor`: the kind of who did it: citizen, system, registry, staff."""

    at: datetime
    node: str
    text: str
    actor: str = "system"


@dataclass(frozen=True, slots=True)
class PauseView:
    """A clock that stands still: since when, how much of the limit is left, in words, and the date that would follow
    if the citizen mended it today."""

    since: date
    left: str
    due_if_mended: date | None
    provisional: bool


@dataclass(frozen=True, slots=True)
class SiblingView:
    """Another case of the same application."""

    number: str
    item_name: str
    status: str
    status_text: str


@dataclass(frozen=True, slots=True)
class ActingView:
    """Who filed a case for somebody else: capacity, as code and in words; both names masked; why they may, in words.
    `ward`: the guardianship, where there is one."""

    capacity: str
    text: str
    person: str
    holder: str
    proof: str
    ward: str | None


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case, ready to show. `timeline` is oldest first; `stages` are the stations of its pinned definition;
    `answers` are (label, masked value); `uploads` (material, picture), `together`, the other cases of its application,
    and `nexts`, what is offered once it is done (code, name, summary), where the case was asked for by itself.
    `acting`: None where the person filed it for themself."""

    number: str
    application_id: str
    bundle: str
    bundle_name: str
    bundle_version: int
    item: str
    item_name: str
    status: str
    status_text: str
    submitted_at: datetime
    accepted_at: datetime | None
    due_on: date | None
    due_provisional: bool
    due_explained: tuple[str, ...]
    completed_at: datetime | None
    result: Mapping[str, object] | None
    refusal: str | None
    timeline: tuple[TimelineEntry, ...]
    actions: tuple[str, ...]
    correction: None
    limit_text: str
    waiting_text: str | None
    stages: tuple[Stage, ...]
    answers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    card: CardView | None = None
    pause: PauseView | None = None
    uploads: tuple[tuple[str, UploadView], ...] = ()
    together: tuple[SiblingView, ...] = ()
    nexts: tuple[tuple[str, str, str], ...] = ()
    acting: ActingView | None = None


@dataclass(frozen=True, slots=True)
class Page:
    items: tuple[CaseView, ...]
    next: str | None


def masked(bundle: Bundle, field: Field, value: str) -> str:
    """An answer as its owner sees it again: choices and places by their names, sensitive ones masked."""
    if value == HELD and field.prefill:
        return "用社保卡系统里留的"
    if field.kind == "choice":
        return next((choice.label for choice in field.choices if choice.code == value), value)
    if field.kind == "region":
        return regions.full_name(value) or value
    if field.kind in PLACE_KINDS:
        named = bundle.places if field.kind == "place" else bundle.banks
        return next((each.name for each in named if each.code == value), value)
    if field.kind == "yes_no":
        return "是" if value in ("yes", "true", "1") else "否"
    if field.kind == "date" and len(parts := value.split("-")) == 3:
        return "{}年{}月{}日".format(*(part.lstrip("0") for part in parts))
    if not field.sensitive:
        return value
    if field.kind == "phone":
        return mask_phone(value)
    if field.kind == "address":
        return mask_address(value)
    return mask_email(value) if field.kind == "email" else mask_text(value)
