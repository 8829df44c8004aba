"""A calendar file in the shape of `calendars/cn.toml`: read, judged against the calendar in force, merged into it.

From its first listed day on a file is the whole truth of its scope; before that day what is in force stays. So the
file of a new year's notice holds that year alone, and a correction holds everything from its first day on.
Sentences are Chinese, for the person who imports it. Checks: facts, working days, §2.5.
"""

import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, Literal

from bundles.holiday_rule import STATUTORY_DAYS
from bundles.working_days import Calendar, DayException

SCOPE: Final = re.compile(r"CN|[1-9]\d(?:\d\d){0,2}")
_DOC_NO: Final = re.compile(r"〔\d{4}〕\d+号")
_TOP: Final = {"version", "scope", "published_through", "holidays", "festivals", "days_off"}
_BLOCK: Final = {"reason", "notice", "issuer", "kind", "off", "work"}
_FESTIVALS: Final = ("元旦", "春节", "清明", "劳动", "端午", "中秋", "国庆")
_WEEKDAYS: Final = "一二三四五六日"


class NoticeFaults(ValueError):
    """A file that is no calendar, with all its faults as sentences."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


@dataclass(frozen=True, slots=True)
class Block:
    """One holiday or closure: weekdays off and weekend days worked for it, with the document that says so."""

    reason: str
    doc_no: str
    issuer: str
    kind: Literal["legal", "operational"]
    off: tuple[date, ...]
    work: tuple[date, ...]

    def gaps(self) -> list[date]:
        """Days between its first and last day off that are neither off nor a free weekend."""
        if not self.off:
            return []
        first, last = min(self.off), max(self.off)
        days = (first + timedelta(days=each) for each in range((last - first).days + 1))
        return [day for day in days if day not in self.off and (day.weekday() < 5 or day in self.work)]


@dataclass(frozen=True, slots=True)
class Notice:
    """A file that was read. `published_through` is None where the scope does not publish years (below CN).

    `days_off` overrides the number of statutory days off of a year, where the State Council grants more.
    """

    version: str
    scope: str
    published_through: date | None
    blocks: tuple[Block, ...]
    days_off: Mapping[int, int]

    def days(self) -> tuple[DayException, ...]:
        """Its days, in order."""
        found = [
            DayException(day, is_working, block.reason, block.doc_no, block.kind, self.scope, block.issuer)
            for block in self.blocks
            for days, is_working in ((block.off, False), (block.work, True))
            for day in days
        ]
        return tuple(sorted(found, key=lambda each: each.day))


def read_notice(text: str) -> Notice:
    """The notice that a TOML text holds. Raises `NoticeFaults` where it is not of the shape."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise NoticeFaults([f"这里不是合格的 TOML：{error}"]) from error
    faults = [f"没有“{key}”这一项，请删掉或改对名字。" for key in document if key not in _TOP]
    version, scope = document.get("version"), document.get("scope", "CN")
    if not isinstance(version, str) or not version.strip():
        faults.append("缺少“version”，请给这一版起个名字，例如 cn-2027.1。")
    if not isinstance(scope, str) or not SCOPE.fullmatch(scope):
        faults.append("“scope”要写 CN，或 2、4、6 位的行政区划代码。")
    through = document.get("published_through")
    if through is not None and type(through) is not date:
        faults.append("“published_through”要写日期，例如 2027-12-31。")
    holidays = document.get("holidays")
    if not isinstance(holidays, list) or not holidays or not all(isinstance(each, dict) for each in holidays):
        faults.append("缺少“[[holidays]]”，请一个假期写一段。")
        holidays = []
    blocks = [_block(f"第 {number} 段", each, faults) for number, each in enumerate(holidays, 1)]
    days_off = document.get("days_off", {})
    if not isinstance(days_off, dict) or not all(
        re.fullmatch(r"\d{4}", key) and type(value) is int for key, value in days_off.items()
    ):
        faults.append("“days_off”要写年份和天数，例如 2027 = 14。")
    if faults:
        raise NoticeFaults(faults)
    years = {int(year): count for year, count in days_off.items()}
    return Notice(str(version).strip(), str(scope), through, tuple(blocks), years)


def faults_of(notice: Notice, base: Calendar) -> list[str]:
    """All that speaks against putting this notice into force after `base`; empty if nothing does."""
    return [*_days(notice, base), *_documents(notice), *(_years(notice, base) if notice.scope == "CN" else ())]


def merged(own: Iterable[DayException], notice: Notice) -> tuple[DayException, ...]:
    """A scope's own days with the notice in force: those before its first listed day, and then the notice's."""
    days = notice.days()
    return (*(each for each in own if each.day < days[0].day), *days)


def changes(old: Calendar, new: Calendar) -> list[str]:
    """What changes from one calendar to the next, day by day, one sentence each; rule-made days are called 推算."""
    found = []
    listed = {each.day for each in (*old.exceptions(), *new.exceptions())}
    for day in sorted(each for each in listed if each <= new.published_through or not old.is_provisional(each)):
        was, now = _works(old, day), _works(new, day)
        if was is not now:
            each = new.exception(day) or old.exception(day)
            why = f"（{each.reason}{f'，{each.doc_no}' if each.doc_no else ''}）" if each else ""
            before = "推算" if old.is_provisional(day) else "原来"
            found.append(f"{day}（周{_WEEKDAYS[day.weekday()]}）{before}{_WORDS[was]}，现在{_WORDS[now]}{why}。")
    closed, opened = new.closures.keys() - old.closures.keys(), old.closures.keys() - new.closures.keys()
    found += [f"{day} {new.closures[day].reason}，窗口不办公，不影响期限。" for day in sorted(closed)]
    found += [f"{day} {old.closures[day].reason}，不再停办。" for day in sorted(opened)]
    if new.published_through > old.published_through:
        found.append(f"放假安排公布到 {new.published_through}，原来到 {old.published_through}。")
    return found


def compare(notice: Notice, second: str) -> list[str]:
    """Where a second source disagrees: another file of this shape, or holiday-cn's JSON of one year."""
    ours = {each.day: each.is_working for each in notice.days() if each.kind == "legal"}
    try:
        theirs = _holiday_cn(second) if second.lstrip().startswith("{") else _second_file(second)
    except (ValueError, KeyError, TypeError):
        return ["第二份来源看不懂，要同样写法的文件，或 holiday-cn 的 JSON。"]
    if not theirs:
        return ["第二份来源里一天也没有。"]
    first, last = max(min(ours), min(theirs)), max(*ours, *theirs)
    days = sorted(day for day in {*ours, *theirs} if first <= day <= last and ours.get(day) is not theirs.get(day))
    return [f"两份来源不一样：{day}，这份{_SAID[ours.get(day)]}，第二份{_SAID[theirs.get(day)]}。" for day in days]


def reason_of_change(old: Calendar, new: Calendar) -> str:
    """Why dates move from one calendar to the next, for citizens: "2027年放假安排已公布（国办发明电〔2026〕8号）"."""
    fresh = [each for each in new.exceptions() if each.doc_no and old.exception(each.day) != each]
    documents = "、".join(dict.fromkeys(each.doc_no for each in fresh))
    years = range(old.published_through.year + 1, new.published_through.year + 1)
    what = f"{'、'.join(str(year) for year in years)}年放假安排已公布" if years else "工作日历有更正"
    return f"{what}（{documents}）" if documents else what


_WORDS: Final = {True: "上班", False: "休息"}
_SAID: Final = {True: "写上班", False: "写休息", None: "没有写"}


def _second_file(text: str) -> dict[date, bool]:
    return {each.day: each.is_working for each in read_notice(text).days() if each.kind == "legal"}


def _holiday_cn(text: str) -> dict[date, bool]:
    days = {date.fromisoformat(each["date"]): not each["isOffDay"] for each in json.loads(text)["days"]}
    return {day: works for day, works in days.items() if works is not (day.weekday() < 5)}


def _works(calendar: Calendar, day: date) -> bool:
    each = calendar.exception(day)
    return day.weekday() < 5 if each is None else each.is_working


def _block(where: str, document: dict[str, Any], faults: list[str]) -> Block:
    faults += [f"{where}：没有“{key}”这一项，请删掉或改对名字。" for key in document if key not in _BLOCK]
    texts = {key: document.get(key, "") for key in ("reason", "notice", "issuer")}
    for key, value in texts.items():
        if not isinstance(value, str) or len(value) > 100:
            faults.append(f"{where}：“{key}”要写文字，最多 100 个字。")
    if not texts["reason"]:
        faults.append(f"{where}：缺少“reason”，请写是什么假期。")
    kind = document.get("kind", "legal")
    if kind not in ("legal", "operational"):
        faults.append(f"{where}：“kind”要写 legal（改变工作日）或 operational（窗口停办，不改变期限）。")
    days = {key: document.get(key, []) for key in ("off", "work")}
    for key, value in days.items():
        if not isinstance(value, list) or not all(type(day) is date for day in value):
            faults.append(f"{where}：“{key}”要写一列日期。")
            days[key] = []
    if not days["off"] and not days["work"]:
        faults.append(f"{where}：没有写是哪几天。")
    return Block(
        str(texts["reason"]).strip(),
        str(texts["notice"]).strip(),
        str(texts["issuer"]).strip(),
        kind,
        tuple(days["off"]),
        tuple(days["work"]),
    )


def _days(notice: Notice, base: Calendar) -> Iterator[str]:
    for day, times in Counter(each.day for each in notice.days()).items():
        if times > 1:
            yield f"{day} 写了 {times} 次，请只留一次。"
    for block in notice.blocks:
        if block.kind == "operational":
            if block.work:
                yield f"{block.reason}：窗口停办的，只写“off”。"
            continue
        known = {each.day: each.is_working for each in base.exceptions()}
        for day in block.off:
            if day.weekday() > 4 and known.get(day) is not True:
                yield f"{block.reason}：{day} 本来就是周末，不用写在“off”里。"
        for day in block.work:
            if day.weekday() < 5 and known.get(day) is not False:
                yield f"{block.reason}：{day} 是周{_WEEKDAYS[day.weekday()]}，调休上班的只能是周六或周日。"
        if gaps := block.gaps():
            yield f"{block.reason}：假期中间断开了，{'、'.join(map(str, gaps))} 没有放假。"


def _documents(notice: Notice) -> Iterator[str]:
    for block in notice.blocks:
        if not block.doc_no:
            yield f"{block.reason}：缺少“notice”，请写文件的文号。"
        elif notice.scope == "CN" and not _DOC_NO.search(block.doc_no):
            yield f"{block.reason}：文号“{block.doc_no}”不像国务院办公厅的文号，例如 国办发明电〔2025〕7号。"
        if notice.scope != "CN" and not block.issuer:
            yield f"{block.reason}：缺少“issuer”，请写发文机关。"


def _years(notice: Notice, base: Calendar) -> Iterator[str]:
    through, days = notice.published_through, notice.days()
    if through is None:
        yield "缺少“published_through”，请写放假安排公布到哪一天。"
        return
    if through < base.published_through:
        yield f"现在的日历已经公布到 {base.published_through}，不能退回到 {through}。"
    yield from (f"{each.day} 在 {through} 以后，放假安排还没有公布到那天。" for each in days if each.day > through)
    own = [each for each in base.exceptions() if each.kind == "legal" and not base.is_provisional(each.day)]
    listed = [(_year_of(each), each) for each in merged(own, notice) if each.kind == "legal"]
    touched = {year for year, each in listed if each.day >= days[0].day}
    touched |= set(range(base.published_through.year + 1, through.year + 1))
    for year in sorted(each for each in touched if each >= 2025 and date(each, 12, 31) <= through):
        of_year = [each for other, each in listed if other == year]
        count = sum(-1 if each.is_working else 1 for each in of_year)
        expected = notice.days_off.get(year, STATUTORY_DAYS)
        if count != expected:
            yield f"{year} 年放假的工作日减去调休上班的天数是 {count}，应当是 {expected}。"
        named = "".join(each.reason for each in of_year)
        if missing := [each for each in _FESTIVALS if each not in named]:
            yield f"{year} 年缺少：{'、'.join(missing)}。"


def _year_of(each: DayException) -> int:
    """The year whose notice a day belongs to: New Year may reach back into December."""
    return each.day.year + (each.day.month == 12 and "元旦" in each.reason)
