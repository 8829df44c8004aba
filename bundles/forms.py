"""Answers: cleaned, or refused with a sentence that says how to mend them.

Cleaning: NFC for text (NFKC where only ASCII counts, so that full-width digits and letters fold), outer blanks off,
blanks and dashes out of phone numbers. Control characters, lone surrogates and invisible direction marks are refused.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

from bundles import regions
from bundles.application import Fault
from bundles.definition import PICTURE_KINDS, Field, Item
from bundles.places import Offer, fault_of_bank, fault_of_place

_PHONE_FILLERS: Final = re.compile(r"[\s\-‐‑‒–—―−﹣－()（）]+")
_COUNTRY_CODE: Final = re.compile(r"^(?:\+86|0086|86)(?=1\d{10}$)")
_EMAIL: Final = re.compile(r"[A-Za-z0-9._%+\-]+@(?:[A-Za-z0-9](?:[A-Za-z0-9\-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}")
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_REFUSED_CATEGORIES: Final = frozenset({"Cc", "Cs", "Co", "Zl", "Zp"})
_DIRECTION_MARKS: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")

_PICKED: Final = ("choice", "yes_no", "region", "place", "bank")

Cleaner = Callable[[Field, str], "str | Fault"]


def clean(each: Field, value: object, offer: Offer | None = None) -> tuple[str | None, Fault | None]:
    """The cleaned answer to a field (None if there is none), and the fault if there is one; never both.

    `offer` tells what places and banks are held against; without it their codes are taken as they come. A field that
    is answered with a picture has no answer here: whether the picture is there, `materials` says.
    """
    if value is None or value == "":
        return None, _missing(each)
    if each.kind == "yes_no" and isinstance(value, bool):
        return ("yes" if value else "no"), None
    if not isinstance(value, str):
        return None, _fault(each, "wrong-type", f"“{each.label}”应当填文字，请重新填写。")
    text = unicodedata.normalize("NFC", value).strip()
    if not text:
        return None, _missing(each)
    if has_forbidden_characters(text):
        return None, _fault(each, "forbidden-characters", f"“{each.label}”里有看不见的特殊字符，请删掉后重新填写。")
    cleaned = _CLEANERS[each.kind](each, text)
    if offer is not None and isinstance(cleaned, str) and each.kind in _OFFERED:
        cleaned = _OFFERED[each.kind](f"form.{each.code}", cleaned, offer) or cleaned
    return (None, cleaned) if isinstance(cleaned, Fault) else (cleaned, None)


def whole_address(item: Item, form: Mapping[str, str], code: str) -> str | None:
    """The answer to an address field as it goes to the registry: after the full name of the region that the form
    chooses for it, which is not said twice. None where there is no such answer."""
    each, text = item.field(code), form.get(code)
    if each is None or text is None:
        return None
    names = [region.name for region in regions.path_to(form.get(each.region_field, ""))]
    said = ["".join(names[start:]) for start in range(len(names))]
    return "".join(names) + text.removeprefix(next((name for name in said if text.startswith(name)), ""))


def has_forbidden_characters(text: str) -> bool:
    """Whether a text holds control characters, line breaks, lone surrogates, private ones or direction marks."""
    return not text.isprintable() and any(
        unicodedata.category(character) in _REFUSED_CATEGORIES or character in _DIRECTION_MARKS for character in text
    )


def clean_phone(text: str) -> str:
    """A phone number's bare digits: NFKC, without blanks, dashes, brackets and China's country code."""
    bare = _PHONE_FILLERS.sub("", unicodedata.normalize("NFKC", text))
    return _COUNTRY_CODE.sub("", bare)


def phone_fault(digits: str, label: str = "手机号码") -> str | None:
    """What is wrong with a mainland mobile number after `clean_phone`, or None."""
    if not (digits.isascii() and digits.isdigit()):
        return f"{label}只能有数字，请去掉别的字符。"
    if len(digits) < 11:
        return f"{label}应是 11 位数字，现在是 {len(digits)} 位，请看看少了哪一位。"
    if len(digits) > 11:
        return f"{label}应是 11 位数字，现在是 {len(digits)} 位，请看看多了哪一位。"
    if not re.match(r"1[3-9]", digits):
        return f"{label}应以 13 到 19 开头，现在是 {digits[:2]} 开头，请再核对一遍。"
    return None


def _fault(each: Field, code: str, message: str) -> Fault:
    return Fault(f"form.{each.code}", code, message)


def _missing(each: Field) -> Fault | None:
    if not each.required or each.kind in PICTURE_KINDS:
        return None
    verb = "选择" if each.kind in _PICKED else "填写"
    return _fault(each, "required", f"请{verb}{each.label}。")


def _text(each: Field, text: str) -> str | Fault:
    if len(text) > each.max_length:
        message = f"“{each.label}”最多 {each.max_length} 个字，现在是 {len(text)} 个字，请删短一些。"
        return _fault(each, "too-long", message)
    if len(text) < each.min_length:
        message = f"“{each.label}”至少要 {each.min_length} 个字，现在是 {len(text)} 个字，请写得再详细些。"
        return _fault(each, "too-short", message)
    return text


def _phone(each: Field, text: str) -> str | Fault:
    digits = clean_phone(text)
    message = phone_fault(digits, each.label)
    return digits if message is None else _fault(each, "bad-phone", message)


def _email(each: Field, text: str) -> str | Fault:
    folded = unicodedata.normalize("NFKC", text).replace(" ", "")
    if len(folded) > min(each.max_length, 254):
        return _text(each, folded)
    if not _EMAIL.fullmatch(folded) or ".." in folded:
        message = f"{each.label}的写法不对，应像 name@example.com 这样，请检查“@”前后。"
        return _fault(each, "bad-email", message)
    return folded


def _choice(each: Field, text: str) -> str | Fault:
    if any(choice.code == text for choice in each.choices):
        return text
    labels = "、".join(choice.label for choice in each.choices)
    return _fault(each, "not-a-choice", f"{each.label}请在这几项里选一项：{labels}。")


def _yes_no(each: Field, text: str) -> str | Fault:
    return text if text in ("yes", "no") else _fault(each, "not-a-choice", f"{each.label}请选“是”或“否”。")


def _date(each: Field, text: str) -> str | Fault:
    folded = unicodedata.normalize("NFKC", text)
    if not _DATE.fullmatch(folded):
        return _fault(each, "bad-date", f"{each.label}请写成 2026-01-31 这样的年、月、日。")
    try:
        return date.fromisoformat(folded).isoformat()
    except ValueError:
        return _fault(each, "bad-date", f"{each.label}写的这一天在日历上没有，请核对月份和日子。")


def _region(each: Field, text: str) -> str | Fault:
    code = unicodedata.normalize("NFKC", text)
    path = regions.path_to(code)
    if not path:
        return _fault(each, "unknown-region", f"{each.label}没有选对，请再选一次。")
    inside = regions.within(code, each.within)
    missing = regions.offered(code, each.level)
    if missing and (inside or regions.within(each.within, code)):
        word = regions.LEVEL_WORDS[missing[0].level]
        sentence = f"{each.label}还没有选完：在{regions.full_name(code)}下面，请再选{word}。"
        return _fault(each, "incomplete-region", sentence)
    if not inside:
        where = regions.full_name(each.within)
        return _fault(each, "outside-region", f"{each.label}要在{where}里选，请再选一次。")
    if path[-1] not in regions.offered(path[-2].code if len(path) > 1 else "", each.level):
        word = regions.LEVEL_WORDS[each.level]
        return _fault(each, "region-too-deep", f"{each.label}选到{word}就可以，请去掉后面选的。")
    return code


def _code(each: Field, text: str) -> str | Fault:
    # Some signs fold to a blank with a mark above or below it.
    return _text(each, unicodedata.normalize("NFKC", text).strip())


def _picture(each: Field, _: str) -> Fault:
    return _fault(each, "not-a-text", f"“{each.label}”要交图片，不是填文字。请去掉这里的文字，到上传那一步交。")


_OFFERED: Final[Mapping[str, Callable[[str, str, Offer], Fault | None]]] = MappingProxyType(
    {"place": fault_of_place, "bank": fault_of_bank}
)

_CLEANERS: Final[Mapping[str, Cleaner]] = MappingProxyType(
    {
        "text": _text,
        "address": _text,
        "phone": _phone,
        "email": _email,
        "choice": _choice,
        "yes_no": _yes_no,
        "date": _date,
        "region": _region,
        "place": _code,
        "bank": _code,
        **dict.fromkeys(PICTURE_KINDS, _picture),
    }
)
