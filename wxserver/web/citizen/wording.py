"""How dates, limits and answers read on the citizen's pages. Pure functions, registered as template filters.

Dates are Chinese and never break across lines. Instants (aware, any zone) are shown in the legal zone, +08:00.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from markupsafe import Markup, escape

from bundles.working_days import SHANGHAI

_WEEKDAYS: Final = "一二三四五六日"
_WHOLE: Final = re.compile(
    r"“[^“”]{1,8}”"
    r"|(?:\d{4}年)?\d{1,2}月\d{1,2}日"
    r"|\d{1,2}:\d{2}[–-]\d{1,2}:\d{2}"
    r"|（?[A-Z]{2,6}\d{8}-\d{4,}）?"
    r"|\d+ (?:个工作日|个自然日|分钟|周岁|小时|天|秒)"
)
_CLAUSE: Final = re.compile(r"(?<=[，；])")
_SENTENCE: Final = re.compile(r"(?<=。)(?=[^”）])")

TAGS: Final[Mapping[str, str]] = {
    "submitted": "blue",
    "accepted": "blue",
    "correcting": "amber",
    "completed": "green",
    "refused": "red",
    "withdrawn": "neutral",
}
"""The hue of a case's status; the word itself always stands in it."""

ACTORS: Final[Mapping[str, str]] = {
    "citizen": "您在微信办理",
    "system": "系统自动处理",
    "registry": "社保卡系统",
    "staff": "工作人员",
}
"""Who did what stands in a timeline."""


def day(value: date) -> str:
    """12月31日"""
    return f"{value.month}月{value.day}日"


def weekday(value: date) -> str:
    """周四"""
    return f"周{_WEEKDAYS[value.weekday()]}"


def due_day(value: date, seen: date | None = None) -> str:
    """12月31日; with its year where that is not the year of `seen`, the day from which one looks."""
    return day(value) if seen is None or seen.year == value.year else f"{value.year}年{day(value)}"


def legal_date(value: datetime) -> date:
    """The date of an instant in the legal zone."""
    return value.astimezone(SHANGHAI).date()


def moment(value: datetime) -> str:
    """11月24日 15:20, in the legal zone."""
    local = value.astimezone(SHANGHAI)
    return f"{day(local.date())} {local:%H:%M}"


def hour(value: datetime) -> str:
    """15:20, in the legal zone."""
    return f"{value.astimezone(SHANGHAI):%H:%M}"


def together(text: object) -> Markup:
    """A text that may not break."""
    return Markup('<span class="nowrap">{}</span>').format(text)


def pieces_together(text: str) -> Markup:
    """A text in which dates, spans of time, numbers of cases, short quoted words and counts with their measure word
    stay whole."""
    parts: list[Markup] = []
    end = 0
    for found in _WHOLE.finditer(text):
        parts += [escape(text[end : found.start()]), together(found.group())]
        end = found.end()
    return Markup("").join([*parts, escape(text[end:])])


def by_sentence(text: str) -> Markup:
    """A text with each sentence on a line of its own; a line that is too long breaks after a comma, if it can."""
    clause = Markup('<span class="clause">{}</span>')
    return Markup("<br>").join(
        Markup("").join(clause.format(pieces_together(each)) for each in _CLAUSE.split(sentence) if each)
        for sentence in _SENTENCE.split(text)
    )
