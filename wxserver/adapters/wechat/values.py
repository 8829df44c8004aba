"""Values of message templates: made to fit the type of their field, which its name tells (`thing1`, `time4`).

One value that does not fit makes the platform refuse the whole message (47003). Source: facts/wechat.md §5 and the
platform's table of parameter types. A time is written `2026年11月23日 15:01`, a date `2026年11月23日`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from itertools import dropwhile
from types import MappingProxyType

_ZWJ = "\u200d"
_NONE = "无"
_FIELD = re.compile(r"([a-z]+(?:_[a-z]+)*)\d{0,4}", re.ASCII)

_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_ANY_HAN = f"{_HAN}〇\uf900-\ufaff\U00020000-\U0003ffff"
_HAS_HAN = re.compile(f"[{_ANY_HAN}]")
_NUMBER = re.compile(r"([0-9]{1,32})(?:\.([0-9]+))?")
_LETTERS = re.compile(r"[A-Za-z]+")
_VISIBLE_ASCII = re.compile(r"[!-~]+")
_AMOUNT = re.compile(r"([¥$€£]?)([0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,10})(?:\.([0-9]{1,2}))?(元?)")
_PHONE = re.compile(r"(?=(?:[^0-9]*[0-9]){3})[0-9+()*-]{3,17}")
_PLATE = re.compile(f"[{_HAN}A-Z0-9][A-Z0-9]{{1,6}}[{_HAN}A-Z0-9]")
_PHRASE = re.compile(f"[{_HAN}]+")
_CLOCK = r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::[0-9]{2})?"
_DAY = (
    r"(?P<year>[0-9]{4})(?:年|(?P<sign>[-/.]))"
    r"(?P<month>[0-9]{1,2})(?(sign)(?P=sign)|月)(?P<day>[0-9]{1,2})(?(sign)|日)"
)
_TIME = re.compile(_CLOCK)
_DATE = re.compile(rf"{_DAY}(?:(?:(?<=日)|[ T]){_CLOCK})?")


class Unfit(ValueError):
    """This text can't be made to fit its field. Names the field and what it takes, never the text."""

    def __init__(self, field: str, takes: str) -> None:
        super().__init__(f"{field} takes {takes}")
        self.field = field


def fit(field: str, text: str) -> str:
    """The value for this field of a template: what the platform takes and the text says, cut where it may be cut.

    Free text is cut between what is seen as characters and ends in an ellipsis then; a length counts in UTF-16 units,
    which is never less than how the platform may count. What would say something else when cut (a number, a phone, a
    plate, an amount) raises `Unfit`, as does what the type does not allow, and a field of an unknown type. Free text
    that is empty becomes 无.
    """
    kind = _FIELD.fullmatch(field)
    maker = _KINDS.get(kind[1]) if kind else None
    if maker is None:
        raise Unfit(field[:40] if field.isascii() else "a field", "nothing: its type is not known")
    takes, make = maker
    found = make(_clean(text))
    if not found:
        raise Unfit(field, takes)
    return found


def _free(most: int) -> Callable[[str], str]:
    """Any text."""
    return lambda text: _cut(text, most, "…") or _NONE


def _const(text: str) -> str:
    # One of the values that the platform has approved; half of one is none of them.
    return text if _size(text) <= 20 else ""


def _number(text: str) -> str:
    found = _NUMBER.fullmatch(_narrow(text))
    if found is None:
        return ""
    whole, fraction = found[1], (found[2] or "")[: max(0, 31 - len(found[1]))]
    return f"{whole}.{fraction}" if fraction else whole


def _letter(text: str) -> str:
    text = _narrow(text)
    return text[:32] if _LETTERS.fullmatch(text) else ""


def _symbol(text: str) -> str:
    if not all(unicodedata.category(each)[0] in "PS" and each != "_" for each in text):
        return ""
    return _cut(text, 5, "")


def _character_string(text: str) -> str:
    # Blanks are not named among what it takes.
    text = _narrow(text).replace(" ", "-")
    if not text:
        return "-"
    return _cut(text, 32, "...") if _VISIBLE_ASCII.fullmatch(text) else ""


def _span(make: Callable[[str], str]) -> Callable[[str], str]:
    """A moment, or two of them with ~ between."""

    def made(text: str) -> str:
        found = [make(each.strip()) for each in _narrow(text).split("~")]
        return "~".join(found) if len(found) <= 2 and all(found) else ""

    return made


def _date(text: str) -> str:
    found = _DATE.fullmatch(text)
    if found is None:
        return ""
    try:
        day = date(int(found["year"]), int(found["month"]), int(found["day"]))
    except ValueError:
        return ""
    written = f"{day.year:04}年{day.month}月{day.day}日"
    if found["hour"] is None:
        return written
    at = _clock(found)
    return f"{written} {at}" if at else ""


def _time(text: str) -> str:
    alone = _TIME.fullmatch(text)
    if alone is not None:
        return _clock(alone)
    return _date(text)


def _times(text: str) -> str:
    found = _span(_time)(text)
    timed = {":" in each for each in found.split("~")}
    if timed == {False} and found:
        # The type wants a time of day; days alone are said as what they are, from their beginning to their end.
        first, _, last = found.partition("~")
        return f"{first} 00:00~{last or first} 23:59"
    return found if timed == {True} else ""


def _clock(found: re.Match[str]) -> str:
    hour, minute = int(found["hour"]), int(found["minute"])
    return f"{hour:02}:{minute:02}" if hour < 24 and minute < 60 else ""


def _amount(text: str) -> str:
    found = _AMOUNT.fullmatch(_narrow(text).replace(" ", ""))
    if found is None:
        return ""
    sign, whole, fraction, unit = found[1], found[2].replace(",", ""), found[3] or "", found[4]
    if len(whole) + len(fraction) > 10:
        return ""
    return f"{sign}{whole}{'.' if fraction else ''}{fraction}{unit if sign or unit else '元'}"


def _phone_number(text: str) -> str:
    text = re.sub(" *- *| +", "-", _narrow(text))
    return text if _PHONE.fullmatch(text) else ""


def _car_number(text: str) -> str:
    text = re.sub("[ ·.-]", "", _narrow(text)).upper()
    return text if _PLATE.fullmatch(text) else ""


def _name(text: str) -> str:
    text = text.replace(" ", "·")
    if not all(_HAS_HAN.match(each) or unicodedata.category(each)[0] in "LMPS" for each in text):
        return ""
    return _cut(text, 10 if _HAS_HAN.search(text) else 20, "…")


def _phrase(text: str) -> str:
    text = "".join(each for each in text if unicodedata.category(each)[0] not in "PZ")
    return text[:5] if _PHRASE.fullmatch(text) else ""


_MOMENTS = "a time as 2026-11-23 15:01 or 2026年11月23日 15:01"
_KINDS: Mapping[str, tuple[str, Callable[[str], str]]] = MappingProxyType(
    {
        "thing": ("any text", _free(20)),
        "number": ("digits, 32 at most, a decimal point among them", _number),
        "letter": ("letters A to Z", _letter),
        "symbol": ("punctuation and signs", _symbol),
        "character_string": ("letters, digits and signs of ASCII", _character_string),
        "time": (_MOMENTS, _times),
        "date": ("a day as 2026-11-23 or 2026年11月23日", _span(_date)),
        "amount": ("an amount of 10 digits at most", _amount),
        "phone_number": ("a phone number of 17 characters at most", _phone_number),
        "car_number": ("a number plate of 8 characters at most", _car_number),
        "name": ("a name, without digits", _name),
        "phrase": ("Chinese characters", _phrase),
        "const": ("one of the values granted, 20 characters at most", _const),
        # The fields of the templates before 2023.
        "first": ("any text", _free(200)),
        "keyword": ("any text", _free(200)),
        "remark": ("any text", _free(200)),
    }
)


def _clean(text: str) -> str:
    """Without control and format characters and lone surrogates; every run of blanks and line breaks is one blank.

    Of the joiners those between two pictures stay, which make one of them.
    """
    kept: list[str] = []
    for each in text:
        category = unicodedata.category(each)
        if each.isspace():
            kept.append(" ")
        elif each == _ZWJ or category not in ("Cc", "Cf", "Cs", "Cn", "Co"):
            kept.append(each)
    joined = (each for at, each in enumerate(kept) if each != _ZWJ or _joins(kept, at))
    seen = dropwhile(lambda each: each == " " or _attaches(each), joined)
    return " ".join("".join(seen).split())


def _joins(text: list[str], at: int) -> bool:
    """Whether the joiner at this place stands between two pictures."""
    if not 0 < at < len(text) - 1:
        return False
    before, after = text[at - 1], text[at + 1]
    pictured = before == "\ufe0f" or unicodedata.category(before) in ("So", "Sk")
    return pictured and unicodedata.category(after) in ("So", "Sm")


def _narrow(text: str) -> str:
    """Full-width letters, digits and signs as those of ASCII."""
    return unicodedata.normalize("NFKC", text)


def _size(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _cut(text: str, most: int, mark: str) -> str:
    """The text, or as many whole characters of it as leave room for the mark."""
    if _size(text) <= most:
        return text
    kept, room = "", most - len(mark)
    for cluster in _clusters(text):
        room -= _size(cluster)
        if room < 0:
            break
        kept += cluster
    return kept.rstrip() + mark


def _attaches(letter: str) -> bool:
    """Whether it is seen as part of the character before it: marks, skin tones, vowels and finals of Hangul."""
    return (
        unicodedata.category(letter)[0] == "M"
        or "\U0001f3fb" <= letter <= "\U0001f3ff"
        or "\u1160" <= letter <= "\u11ff"
        or letter == _ZWJ
    )


def _clusters(text: str) -> Iterator[str]:
    """What is seen as one character each, as far as messages need it (after Unicode's UAX 29)."""
    cluster = ""
    for letter in text:
        flag = "\U0001f1e6" <= letter <= "\U0001f1ff" and len(cluster) == 1 and "\U0001f1e6" <= cluster <= "\U0001f1ff"
        if cluster and not (_attaches(letter) or cluster.endswith(_ZWJ) or flag):
            yield cluster
            cluster = ""
        cluster += letter
    if cluster:
        yield cluster
