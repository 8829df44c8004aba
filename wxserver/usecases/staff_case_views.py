"""Cases as staff see them: masked, with how much time is left, in words. What a time is like is also told as a tone."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Final

from bundles.definition import Bundle, Field
from bundles.explanation import day_text, weekday_text
from bundles.working_days import Calendar
from wxserver.store.case_queue import BANDS, Place
from wxserver.usecases.case_views import CaseView, masked
from wxserver.usecases.faults import BadRequest

AWAITED: Final[Mapping[str, str]] = MappingProxyType(
    {"review": "待审核", "staff": "待办理", "items": "等前面一项", "": ""}
)
"""What a case awaits, as staff read it."""

REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "check": "核对申请内容和材料",
        "contact": "联系申请人",
        "inquiry": "申请人来电或来窗口询问",
        "complaint": "处理投诉或督查",
        "assistance": "依法协助查询",
    }
)
"""Why somebody may look at what is masked: code -> words."""

WHY_UNREACHED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "no_channel": "没有可用的微信通知",
        "not_following": "没有关注公众号",
        "not_subscribed": "没有订阅通知",
        "gave_up": "多次发送没有成功",
        "bad_template": "模板有问题，请找管理员",
        "bad_data": "模板有问题，请找管理员",
        "denied": "模板有问题，请找管理员",
        "account": "公众号设置有问题，请找管理员",
        "erased": "微信信息已删除",
        "failed": "微信说没有送到",
    }
)
"""Why no message went out to a citizen (`notice.reason`): code -> words."""

TEXT_KINDS: Final = ("phone", "address", "email")
_CASE_NUMBER: Final = re.compile(r"[A-Z]{2,6}\d{8}-\d{4,9}")
_LONG_NUMBER: Final = re.compile(r"\d{11}")
_SHORTEST_SECRET: Final = 5


@dataclass(frozen=True, slots=True)
class TimeLeft:
    """How much time is left, in words; `under` says which day. `tone`: red, amber, blue, green or neutral."""

    words: str
    tone: str
    under: str = ""


@dataclass(frozen=True, slots=True)
class Unreached:
    """The citizen of an open case has not heard of it: no message went out, and they have not looked. `since`: when
    they should first have been told; `reason`: code of why not, the last time; `why`: the same in words."""

    since: datetime
    reason: str
    why: str


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A line of the list. `applicant` is masked; `awaits` says what a clerk is to do, empty where nothing;
    `unreached`: None where the citizen has been told, or the case is closed."""

    number: str
    bundle: str
    bundle_name: str
    item_name: str
    applicant: str = field(repr=False)
    status: str
    status_text: str
    awaits: str
    awaits_text: str
    submitted_at: datetime
    due_on: date | None
    time_left: TimeLeft
    unreached: Unreached | None = None


@dataclass(frozen=True, slots=True)
class CaseList:
    """Lines, the most urgent first; `next` leads on. Counts are of everything within reach."""

    items: tuple[CaseLine, ...]
    next: str | None
    every: int
    waiting: int
    overdue: int
    today: int
    next_day: int
    paused: int
    unreached: int


@dataclass(frozen=True, slots=True)
class Told:
    """A line of the history; `who` in words."""

    at: datetime
    node: str
    text: str
    who: str


@dataclass(frozen=True, slots=True)
class Paper:
    """A file that was handed in, by what it is; its content is behind a reason."""

    id: str
    name: str
    media_type: str
    size: int
    pages: int


@dataclass(frozen=True, slots=True)
class CaseSheet:
    """A case as a clerk sees it. `view` is what its citizen sees, masked alike; `acts` are what this member may do
    now: accept, complete, refuse, unmask."""

    view: CaseView
    line: CaseLine
    document: str = field(repr=False)
    actor: str = field(repr=False)
    acting_text: str
    channel_text: str
    region_text: str
    answers: tuple[tuple[str, str], ...] = field(repr=False)
    history: tuple[Told, ...]
    papers: tuple[Paper, ...]
    acts: frozenset[str]


@dataclass(frozen=True, slots=True)
class Shown:
    """A case in clear, for one look. `pictures`: what it is, media type, content."""

    number: str
    name: str = field(repr=False)
    document: str = field(repr=False)
    actor: str = field(repr=False)
    card: str = field(repr=False)
    answers: tuple[tuple[str, str], ...] = field(repr=False)
    pictures: tuple[tuple[str, str, bytes], ...] = field(repr=False)


def time_left(due_on: date | None, unit: str, today: date, calendar: Calendar | None) -> TimeLeft:
    """What is to be said of a due date today; the date must be there."""
    if due_on is None:
        return TimeLeft("还没有开始计时", "neutral")
    day = f"{day_text(due_on, today)}（{weekday_text(due_on)}）"
    working = unit == "working_days" and calendar is not None
    if due_on < today:
        late = -calendar.count(today, due_on) if working and calendar else (today - due_on).days
        words = f"超期 {late} {_measure(working)}" if late > 0 else "已超期"
        return TimeLeft(words, "red", f"应于 {day}")
    if due_on == today:
        return TimeLeft("今天到期", "red", day)
    left = calendar.count(today, due_on) if working and calendar else (due_on - today).days
    if (due_on - today).days == 1:
        return TimeLeft("明天到期", "amber", day)
    tone = "amber" if left <= 1 else "neutral"
    return TimeLeft(f"还剩 {left} {_measure(working)}", tone, day)


def hidden(bundle: Bundle, asked: Field, value: str) -> str:
    """An answer as staff see it before they give a reason: as its citizen does, contacts masked in any case."""
    return masked(bundle, replace(asked, sensitive=asked.sensitive or asked.kind in TEXT_KINDS), value)


def in_clear(bundle: Bundle, asked: Field, value: str) -> str:
    """An answer in clear, choices and places by their names."""
    return masked(bundle, replace(asked, sensitive=False), value)


def tells_personal(text: str, secrets: Iterable[str]) -> bool:
    """Whether a text that staff wrote holds one of the person's own words, or a long number that no case bears."""
    bare = re.sub(r"[\s\-]", "", _CASE_NUMBER.sub("", text))
    known = (re.sub(r"[\s\-]", "", each) for each in secrets)
    return bool(_LONG_NUMBER.search(bare)) or any(each and each in bare for each in known)


def secrets_of(names: Iterable[str], numbers: Iterable[str], answers: Iterable[str]) -> tuple[str, ...]:
    """What must not stand in a text that is kept: names, numbers, and answers long enough to be told apart."""
    long = (each for each in (*numbers, *answers) if len(each) >= _SHORTEST_SECRET)
    return (*(each for each in names if len(each) > 1), *long)


def is_case_number(text: str) -> bool:
    """Whether a text has the form of a case number."""
    return _CASE_NUMBER.fullmatch(text) is not None


def cursor_of(place: Place) -> str:
    """A place in the list as an opaque word."""
    text = f"{place.band}|{place.due_on.isoformat() if place.due_on else ''}|{place.id}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def place_of(cursor: str | None) -> Place | None:
    """The place that such a word means. Raises BadRequest."""
    if not cursor:
        return None
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        band, due, row_id = text.split("|")
        due_on = date.fromisoformat(due) if due else None
    except (ValueError, binascii.Error):
        raise _lost() from None
    if band not in BANDS or (band == "dated") != (due_on is not None) or len(row_id) != 32 or not row_id.isalnum():
        raise _lost()
    return Place(band, due_on, row_id)


def _lost() -> BadRequest:
    return BadRequest("翻页的位置不对，请从第一页看起。", code="bad-cursor")


def _measure(working: bool) -> str:
    return "个工作日" if working else "天"
