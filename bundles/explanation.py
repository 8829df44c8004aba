"""Why a case is due when it is: sentences for citizens, and every single day for those who check."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, Literal

from bundles.working_days import SHANGHAI, DayException

if TYPE_CHECKING:
    from bundles.clock import Due

Mark = Literal["起", "", "周末", "休", "班", "停"]

_WEEKDAYS: Final = "一二三四五六日"
_UNITS: Final = {"working_days": "个工作日", "calendar_days": "个自然日", "calendar_period": "天", "hours": "小时"}
_PAUSES: Final = {
    "primary": "{since}起暂停，{to}恢复，从第二天接着算。",
    "half_open": "{since}起暂停，{to}恢复，从当天接着算。",
    "pause_day_counted": "{since}的第二天起暂停，{to}恢复，从第二天接着算。",
    "both_counted": "{since}的第二天起暂停，{to}恢复，从当天接着算。",
    "restart": "{since}起暂停，{to}恢复，从第二天重新计算。",
}


@dataclass(frozen=True, slots=True)
class DayLine:
    """One day of the count: its running number if it counts, else the mark that says why not.

    Marks: 起 the day of the event, 周末 a weekend, 休 a holiday, 停 paused; 班 a weekend day that counts.
    `doc_no` is the notice; `provisional` says that it is not published.
    """

    day: date
    number: int | None
    mark: Mark
    reason: str = ""
    doc_no: str = ""
    provisional: bool = False


def sentences(found: "Due") -> tuple[str, ...]:
    """The explanation for citizens, one sentence or two each."""
    return tuple(_sentences(found))


def day_lines(found: "Due") -> tuple[DayLine, ...]:
    """Every day from the start to the due day; empty where no days are counted or the clock stands still."""
    if found.due_on is None or found.limit.unit in ("instant", "hours"):
        return ()
    return tuple(_lines(found, found.due_on))


def day_text(day: date, near: date) -> str:
    """A date in words, "12月31日"; with its year where that is not the year of `near`."""
    text = f"{day.month}月{day.day}日"
    return text if day.year == near.year else f"{day.year}年{text}"


def weekday_text(day: date) -> str:
    """周一 to 周日."""
    return f"周{_WEEKDAYS[day.weekday()]}"


def _sentences(found: "Due") -> Iterator[str]:
    start, limit, word = found.started_on, found.limit, found.start.word or "受理"
    begun = day_text(start, start)
    if limit.unit == "instant":
        yield f"{begun}{word}，当场办结。"
        return
    length = f"{found.amount} {_UNITS[limit.unit]}"
    end = None if found.due_on is None else f"{day_text(found.due_on, start)}（{weekday_text(found.due_on)}）"
    if limit.unit == "hours":
        clock = "" if found.ends_at is None else f"{end} {found.ends_at:%H:%M}"
        at = found.start.at.astimezone(SHANGHAI)
        yield f"从 {begun} {at:%H:%M} {word}起算 {length}" + (f"，到 {clock} 为止。" if clock else "。")
    else:
        yield f"从 {begun} {word}的次日起算 {length}" + (f"，到 {end}为止。" if end else "。")
    if found.amount != limit.amount:
        yield f"其中 {found.amount - limit.amount} {_UNITS[limit.unit]}是经批准延长的。"
    yield from _pauses(found)
    if found.due_on is None:
        yield f"现在是暂停，还剩 {found.left} {_UNITS[limit.unit]}，恢复后再算出办结日期。"
        return
    if limit.unit == "working_days":
        yield from _calendar(found, found.due_on)
    if limit.unit == "calendar_days":
        yield from _rolled(found)
    for day, closure in sorted(found.calendar.closures.items()):
        if found.started_on < day <= found.due_on:
            yield f"{day_text(day, start)}{closure.reason}，窗口不办公，办结日期不变。"
    if found.interval is not None:
        earliest, latest = (day_text(day, start) for day in found.interval)
        span = f"，最早 {earliest}，最晚 {latest}" if earliest != latest else f"，按规律推算是 {latest}"
        yield f"{found.provisional_reason}{span}。安排公布后会重新计算。"


def _pauses(found: "Due") -> Iterator[str]:
    for pause in found.pauses:
        basis = f"依据：{pause.legal_basis}。" if pause.legal_basis else ""
        since = f"{day_text(pause.first, found.started_on)}{f'因{pause.word}' if pause.word else ''}"
        if pause.last is None:
            yield f"{since}起暂停。{basis}"
        else:
            text = _PAUSES["half_open" if found.limit.unit == "hours" else found.rule]
            yield text.format(since=since, to=day_text(pause.last, found.started_on)) + basis


def _calendar(found: "Due", due_on: date) -> Iterator[str]:
    near = found.started_on
    yield "周末不算。"
    holidays: dict[str, list[date]] = {}
    for each in _exceptions(found, due_on):
        if not each.is_working:
            holidays.setdefault(f"{each.day.year}{each.reason}", []).append(each.day)
    for name, days in holidays.items():
        span = day_text(days[0], near) + (f"至{day_text(days[-1], near)}" if len(days) > 1 else "")
        yield f"其间 {span}{name[4:]}放假，不算。"
    for guessed, ending in ((False, "调休上班，算工作日。"), (True, "可能调休上班，先按工作日算。")):
        worked = [
            each.day
            for each in _exceptions(found, due_on)
            if each.is_working and found.calendar.is_provisional(each.day) is guessed
        ]
        if worked:
            yield "、".join(f"{day_text(day, near)}（{weekday_text(day)}）" for day in worked) + ending


def _rolled(found: "Due") -> Iterator[str]:
    last = found.day_by_day()[-1]
    raw = next((line.day for line in found.day_by_day() if line.number == found.amount), last.day)
    if raw != last.day:
        yield f"最后一天 {day_text(raw, found.started_on)}不上班，顺延到下一个工作日。"


def _exceptions(found: "Due", due_on: date) -> list[DayException]:
    return [each for each in found.calendar.exceptions() if found.started_on < each.day <= due_on]


def _lines(found: "Due", due_on: date) -> Iterator[DayLine]:
    calendar, number = found.calendar, 0
    working = found.limit.unit == "working_days"
    pauses = [(first, last) for first, last in found.exclusions() if last is not None]
    restarts = {last for _, last in pauses} if found.rule == "restart" else set()
    day = found.started_on
    while day <= due_on:
        each = calendar.exception(day)
        reason, doc_no = (each.reason, each.doc_no) if each else ("", "")
        off = working and not calendar.is_working(day)
        mark: Mark = "起" if day == found.started_on else "停" if any(a <= day <= b for a, b in pauses) else ""
        if day in restarts:
            number = 0
        counts = not mark and not off and number < found.amount
        if not mark and working:
            mark = ("班" if each else "") if not off else "休" if each else "周末"
        elif not mark and not counts:
            mark = "休"
        number += counts
        yield DayLine(day, number if counts else None, mark, reason, doc_no, working and calendar.is_provisional(day))
        day += timedelta(days=1)
