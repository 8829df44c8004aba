"""What happens to a case's clock: events, pauses, a city's choices, and how they are written down."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final, Literal

from bundles.definition import TimeLimit
from bundles.working_days import SHANGHAI, legal_date

PauseRule = Literal["primary", "half_open", "pause_day_counted", "both_counted", "restart"]

PAUSE_RULES: Final[dict[str, tuple[int, int]]] = {
    "primary": (0, 0),
    "half_open": (0, 1),
    "pause_day_counted": (1, 0),
    "both_counted": (1, 1),
    "restart": (0, 0),
}
"""Reading -> how many days at the beginning and at the end of a pause are counted all the same."""

_LIMIT: Final = re.compile(r"(\d{1,4})(wd|d|h)")


@dataclass(frozen=True, slots=True)
class ClockEvent:
    """What happened to a clock, when (aware), and on which legal basis.

    `amount` of an "extend" is in the limit's unit, `approver` the person in charge who approved it (行政许可法 42).
    `word` names the event for citizens ("受理", "提交", "补正").
    """

    kind: Literal["start", "suspend", "resume", "extend", "stop"]
    at: datetime
    legal_basis: str = ""
    amount: int = 0
    word: str = ""
    approver: str = ""


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """A city's own choice about days: until when the last day lasts, and whether later receipt counts as next day's.

    Without it the last day lasts until 24:00 and whatever comes in counts as received that date.
    """

    close: time
    late_counts_next: bool = False


@dataclass(frozen=True, slots=True)
class Pause:
    """A pause from the day of the notice to the day it ends, both in the legal time zone; `to` None: still open."""

    since: datetime
    to: datetime | None
    word: str = ""
    legal_basis: str = ""

    @property
    def first(self) -> date:
        """The day of the notice."""
        return legal_date(self.since)

    @property
    def last(self) -> date | None:
        """The day on which it ended."""
        return None if self.to is None else legal_date(self.to)


def parse_limit(text: str) -> TimeLimit:
    """A limit as the command line writes it: "25wd", "7d" (calendar days as a deadline), "96h". Raises ValueError."""
    found = _LIMIT.fullmatch(text.strip().lower())
    if found is None or int(found.group(1)) == 0:
        raise ValueError(f"not a time limit: {text!r}")
    amount = int(found.group(1))
    if found.group(2) == "wd":
        return TimeLimit("working_days", amount)
    return TimeLimit("calendar_days", amount) if found.group(2) == "d" else TimeLimit("hours", amount)


def events_of(start: date, pauses: Sequence[tuple[date, date]] = (), word: str = "") -> list[ClockEvent]:
    """Clock events from dates alone, each at 00:00 of the legal day; overlapping pauses become one.

    Raises ValueError for a pause that ends before it begins.
    """
    merged: list[tuple[date, date]] = []
    for first, last in sorted(pauses):
        if last < first:
            raise ValueError("a pause ends on or after the day it begins")
        if merged and first < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    events = [ClockEvent("start", _midnight(start), word=word)]
    for first, last in merged:
        events += [ClockEvent("suspend", _midnight(first)), ClockEvent("resume", _midnight(last))]
    return events


def refusal_of(event: ClockEvent, events: Sequence[ClockEvent]) -> str | None:
    """Why an event may not be added to these, as a sentence for staff; None if it may.

    Nothing follows a stop. A limit is extended once, by somebody in charge, with a basis (行政许可法 42).
    """
    kinds = [each.kind for each in events]
    if event.kind == "start":
        return "办理时间已经开始计算，不能再开始一次。" if "start" in kinds else None
    if "start" not in kinds:
        return "办理时间还没有开始计算。"
    if "stop" in kinds:
        return "办理时间已经停止计算，不能再改。"
    if event.kind == "extend":
        if "extend" in kinds:
            return "已经延长过一次，不能再延长。"
        if event.amount < 1:
            return "请写明延长多少。"
        if not event.approver or not event.legal_basis:
            return "延长要写明批准人和依据。"
    return None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)


def read_events(events: Sequence[ClockEvent]) -> tuple[ClockEvent, tuple[Pause, ...], int]:
    """Start, pauses and extension. A second suspend while suspended or resume while running says nothing new."""
    starts = [event for event in events if event.kind == "start"]
    if len(starts) != 1:
        raise ValueError(f"a clock starts once, not {len(starts)} times")
    pauses: list[Pause] = []
    since: ClockEvent | None = None
    extension = 0
    for event in sorted(events, key=lambda each: each.at):
        if event.kind == "suspend" and since is None:
            since = event
        elif event.kind in ("resume", "stop") and since is not None:
            pauses.append(Pause(since.at, event.at, since.word, since.legal_basis))
            since = None
        elif event.kind == "extend":
            if extension:
                raise ValueError("a limit is extended once")
            extension = event.amount
        if event.kind == "stop":
            break
    if since is not None:
        pauses.append(Pause(since.at, None, since.word, since.legal_basis))
    return starts[0], tuple(pauses), extension
