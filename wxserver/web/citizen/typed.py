"""What was typed into a form's page, read from the request. A date comes in three boxes: year, month, day."""

import re
from collections.abc import Iterable, Mapping
from itertools import zip_longest
from typing import Final

from flask import request

from bundles.application import Fault
from bundles.definition import Field, Item

PREFIX: Final = "form."
_WHOLE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_PARTS: Final = ("year", "month", "day")


def typed_form(item: Item) -> dict[str, str]:
    """Field code -> text, as it came; a date as `1956-03-12`, or with what is missing left empty: `1956--12`."""
    return {each.code: _date(each) if each.kind == "date" else _text(each.code) for each in item.fields}


def date_parts(text: str) -> Mapping[str, str]:
    """The three boxes of a date as `typed_form` composes it."""
    return dict(zip_longest(_PARTS, text.split("-")[:3], fillvalue=""))


def said_in_boxes(item: Item, typed: Mapping[str, str], faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """The faults, with those of an incomplete date put as the three boxes need it."""
    dates = {PREFIX + each.code: each for each in item.fields if each.kind == "date"}
    return tuple(
        Fault(fault.path, fault.code, f"{dates[fault.path].label}的年、月、日都要填数字，例如 1956 年 3 月 12 日。")
        if fault.code == "bad-date" and not _WHOLE.fullmatch(typed.get(dates[fault.path].code, ""))
        else fault
        for fault in faults
    )


def _text(name: str) -> str:
    return request.form.get(PREFIX + name, "")


def _date(each: Field) -> str:
    """One text from three boxes; a client without boxes may send it whole."""
    year, month, day = (_text(f"{each.code}.{part}").strip() for part in _PARTS)
    if not (year or month or day):
        return _text(each.code)
    return f"{year}-{month.zfill(2) if month else ''}-{day.zfill(2) if day else ''}"
