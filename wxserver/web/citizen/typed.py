"""What was typed into a form's page, read from the request. A date comes in three boxes: year, month, day; a region in
up to three lists, each of them under what was chosen in the one before."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

from flask import request

from bundles import regions
from bundles.application import Fault
from bundles.definition import Field, Item
from bundles.regions import Region

PREFIX: Final = "form."
_WHOLE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_PARTS: Final = ("year", "month", "day")


_LISTS: Final = 3


@dataclass(frozen=True, slots=True)
class RegionList:
    """One of the lists in which a region is chosen: its number from 1, what is to be chosen in it, and the code that
    is, or an empty text."""

    number: int
    word: str
    options: tuple[Region, ...]
    chosen: str


def typed_form(item: Item) -> dict[str, str]:
    """Field code -> text, as it came, for what is asked on the form's page; a date as `1956-03-12`, or with what is
    missing left empty: `1956--12`; a region as the code of the smallest one chosen."""
    readers = {"date": _date, "region": _region}
    return {each.code: readers.get(each.kind, _whole_text)(each) for each in item.form_fields}


def region_lists(each: Field, code: str) -> tuple[RegionList, ...]:
    """The lists that a region field shows once `code` is chosen: one per step that was taken, and the next one."""
    shown: list[RegionList] = []
    above, path = each.within, [region.code for region in regions.path_to(code)]
    while options := regions.offered(above, each.level):
        chosen = next((option.code for option in options if option.code in path), "")
        shown.append(RegionList(len(shown) + 1, regions.LEVEL_WORDS[options[0].level], options, chosen))
        if not chosen:
            break
        above = chosen
    return tuple(shown)


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


def _whole_text(each: Field) -> str:
    return _text(each.code)


def _text(name: str) -> str:
    return request.form.get(PREFIX + name, "")


def _date(each: Field) -> str:
    """One text from three boxes; a client without boxes may send it whole."""
    year, month, day = (_text(f"{each.code}.{part}").strip() for part in _PARTS)
    if not (year or month or day):
        return _text(each.code)
    return f"{year}-{month.zfill(2) if month else ''}-{day.zfill(2) if day else ''}"


def _region(each: Field) -> str:
    """The smallest region chosen in lists that fit each other; a client without lists may send it whole.

    What was chosen under another region than the one that is chosen now does not count.
    """
    if f"{PREFIX}{each.code}.1" not in request.form:
        return _text(each.code)
    code, above = "", each.within
    for number in range(1, _LISTS + 1):
        chosen = _text(f"{each.code}.{number}")
        if all(option.code != chosen for option in regions.offered(above, each.level)):
            break
        code = above = chosen
    return code
