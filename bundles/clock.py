"""A case's legal clock: events with their legal basis in, the due date and its explanation out.

The due date is derived, never edited: recompute it from the events whenever the calendar changes.
The day of an event is not counted (民法典 201); working days are those of 行政许可法 82; a deadline in calendar days
that ends on a day off moves to the next working day (民法典 203). Which days of a pause count is fixed by no
statute: `rule` chooses among the readings of facts, working days, §3; "primary" is the default.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final

from bundles.clock_events import (
    PAUSE_RULES,
    ClockEvent,
    OfficeHours,
    Pause,
    PauseRule,
    events_of,
    parse_limit,
    read_events,
    refusal_of,
)
from bundles.definition import TimeLimit
from bundles.explanation import DayLine, day_lines, sentences
from bundles.working_days import SHANGHAI, Calendar, legal_date

__all__ = [
    "PAUSE_RULES",
    "ClockEvent",
    "DayLine",
    "Due",
    "OfficeHours",
    "Pause",
    "PauseRule",
    "due",
    "events_of",
    "legal_date",
    "parse_limit",
    "refusal_of",
]

_DAY: Final = timedelta(days=1)


class Due:
    """When a case is due and why. Made by `due`; what is not asked for is not computed.

    `due_on` is None while the clock stands still; `left` then says how much of the limit is left.
    """

    __slots__ = (
        "amount",
        "calendar",
        "due_on",
        "ends_at",
        "hours",
        "left",
        "limit",
        "pauses",
        "rule",
        "start",
        "started_on",
    )

    def __init__(
        self,
        limit: TimeLimit,
        start: ClockEvent,
        started_on: date,
        calendar: Calendar,
        rule: str,
        due_on: date | None,
    ) -> None:
        self.limit = limit
        self.start = start
        self.started_on = started_on
        self.calendar = calendar
        self.rule = rule
        self.due_on = due_on
        self.amount = limit.amount
        self.pauses: tuple[Pause, ...] = ()
        self.hours: OfficeHours | None = None
        self.left: int | None = None
        self.ends_at: datetime | None = None

    @property
    def due_at(self) -> datetime | None:
        """The instant from which the case is late: the end of the due day, or of the hours."""
        if self.due_on is None or self.ends_at is not None:
            return self.ends_at
        if self.hours is not None:
            return datetime.combine(self.due_on, self.hours.close, SHANGHAI)
        return datetime.combine(self.due_on + _DAY, time(), SHANGHAI)

    @property
    def provisional(self) -> bool:
        """Whether the date rests on a year whose holidays have not been published."""
        counted = self.limit.unit in ("working_days", "calendar_days")
        return counted and self.due_on is not None and self.calendar.is_provisional(self.due_on)

    @property
    def provisional_reason(self) -> str | None:
        """Why the date is provisional, for citizens: "暂定（2027年放假安排未发布）"."""
        if self.due_on is None or not self.provisional:
            return None
        return f"暂定（{self.due_on.year}年放假安排未发布）"

    @property
    def calendar_version(self) -> str:
        """The version of the calendar that it was computed with."""
        return self.calendar.version

    @property
    def interval(self) -> tuple[date, date] | None:
        """Between which days a provisional date may come to lie, whatever the notice says; None if it is final."""
        if self.due_on is None or not self.provisional:
            return None
        plain = self.calendar.plain
        if self.limit.unit == "calendar_days":
            raw = _walk(self, date.toordinal, date.fromordinal)
            latest = plain.day_of(plain.rank(raw - _DAY) + 1)
            return min(raw if raw.weekday() > 4 else latest, self.due_on), max(latest, self.due_on)
        latest = _walk(self, plain.rank, plain.day_of)
        possible = self.calendar.make_ups_between(self.started_on, latest)
        earliest = plain.day_of(max(plain.rank(latest) - possible, plain.rank(self.started_on) + 1))
        return min(earliest, self.due_on), max(latest, self.due_on)

    @property
    def explained(self) -> tuple[str, ...]:
        """Why it is this date, in sentences for citizens."""
        return sentences(self)

    def exclusions(self) -> list[tuple[date, date | None]]:
        """The runs of days that pauses take out, by the chosen reading, in order and without overlaps."""
        head, tail = PAUSE_RULES[self.rule]
        excluded: list[tuple[date, date | None]] = []
        for pause in self.pauses:
            first, last = pause.first + head * _DAY, pause.last
            last = None if last is None else last - tail * _DAY
            previous = excluded[-1][1] if excluded else None
            if previous is not None:
                first = max(first, previous + _DAY)
            if last is None or last >= first:
                excluded.append((first, last))
        return excluded

    def day_by_day(self) -> tuple[DayLine, ...]:
        """Every day from the start to the due day, counted or not and why, for those who check it."""
        return day_lines(self)


def due(
    limit: TimeLimit,
    events: Sequence[ClockEvent],
    calendar: Calendar,
    rule: str = "primary",
    hours: OfficeHours | None = None,
) -> Due:
    """When a case with this limit and these events is due.

    `events` hold exactly one start; they may come in any order. Raises ValueError where they make no sense and
    `CalendarRangeError` where the calendar does not reach.
    """
    if len(events) == 1 and hours is None and limit.unit == "working_days" and events[0].kind == "start":
        start = events[0]
        day = legal_date(start.at)
        return Due(limit, start, day, calendar, rule, calendar.add(day, limit.amount))
    if rule not in PAUSE_RULES:
        raise ValueError(f"unknown pause rule {rule!r}")
    start, pauses, extension = read_events(events)
    found = Due(limit, start, _received_on(start.at, calendar, hours), calendar, rule, None)
    found.hours = hours
    found.pauses = pauses
    found.amount = limit.amount + extension
    _COMPUTE[limit.unit](found)
    return found


def _received_on(at: datetime, calendar: Calendar, hours: OfficeHours | None) -> date:
    day = legal_date(at)
    if hours is None or not hours.late_counts_next:
        return day
    if at.astimezone(SHANGHAI).time() >= hours.close:
        day += _DAY
    return calendar.next_on_or_after(day)


def _walk(found: Due, rank: Callable[[date], int], day_of: Callable[[int], date]) -> date:
    """The last day of the limit on one scale of days; a pause acts if it begins on or before the running deadline.

    While a pause is open `found.left` is set and the answer is the deadline without it.
    """
    start = found.started_on
    position = rank(start) + found.amount
    for first, last in found.exclusions():
        first = max(first, start + _DAY)
        if last is not None and last < first:
            continue
        if first > day_of(position):
            break
        if last is None:
            found.left = found.amount if found.rule == "restart" else position - rank(first - _DAY)
            break
        if found.rule == "restart":
            start = last
            position = rank(start) + found.amount
        else:
            position += rank(last) - rank(first - _DAY)
    return day_of(position)


def _working_days(found: Due) -> None:
    table = found.calendar.table
    day = _walk(found, table.rank, table.day_of)
    found.due_on = None if found.left is not None else day


def _calendar_days(found: Due) -> None:
    day = _walk(found, date.toordinal, date.fromordinal)
    found.due_on = None if found.left is not None else found.calendar.roll(day)


def _calendar_period(found: Due) -> None:
    day = _walk(found, date.toordinal, date.fromordinal)
    found.due_on = None if found.left is not None else day


def _hours(found: Due) -> None:
    """Elapsed hours from the instant (民法典 201); a pause takes out exactly its seconds, "restart" begins afresh."""
    begin = found.start.at
    span = timedelta(hours=found.amount)
    ends = begin + span
    for pause in found.pauses:
        since = max(pause.since, begin)
        if pause.to is not None and pause.to <= since:
            continue
        if since > ends:
            break
        if pause.to is None:
            left = span if found.rule == "restart" else ends - since
            found.left = -(-left // timedelta(hours=1))
            return
        ends = pause.to + span if found.rule == "restart" else ends + (pause.to - since)
    found.ends_at = ends.astimezone(SHANGHAI)
    found.due_on = found.ends_at.date()


def _instant(found: Due) -> None:
    found.ends_at = found.start.at.astimezone(SHANGHAI)
    found.due_on = found.ends_at.date()


_COMPUTE: Final[dict[str, Callable[[Due], None]]] = {
    "working_days": _working_days,
    "calendar_days": _calendar_days,
    "calendar_period": _calendar_period,
    "hours": _hours,
    "instant": _instant,
}
