"""People as the law and their documents describe them: document numbers, names, ages, masks.

Rules of the numbers: GB 11643-1999 and ISO 7064 MOD 11-2 (18 digits); GB 11643-1989 (15 digits, historical);
the formats of travel permits and residence cards. Whether a document is genuine is the identity provider's to say.
Numbers and names are normalised before anything else is done with them.
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

from bundles.masking import mask_address, mask_card_number, mask_name, mask_number, mask_phone
from bundles.vocabulary import DOCUMENT_KINDS

__all__ = [
    "age_on",
    "birth_date",
    "check_digit",
    "check_document",
    "check_name",
    "completed_on",
    "mask_address",
    "mask_card_number",
    "mask_name",
    "mask_number",
    "mask_phone",
    "normalise_name",
    "normalise_number",
    "subject_digest",
    "to_eighteen",
]

_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS: Final = "10X98765432"
_PROVINCES: Final = frozenset(
    [*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66)]
)
_HMT_PREFIXES: Final = frozenset({"810000", "820000", "830000"})
_FILLERS: Final = re.compile(r"[\s\-‐‑‒–—―−﹣－]+")
_DOTS: Final = MappingProxyType({ord(dot): "·" for dot in "•・."})
_SIGNS_IN_NAMES: Final = frozenset("·〇々'’-")


def normalise_number(kind: str, text: str) -> str:
    """A document number in one form: NFKC, blanks and dashes out, letters upper case.

    Of the kinds with a check digit a final multiplication sign is the X that it stands for.
    """
    bare = _FILLERS.sub("", unicodedata.normalize("NFKC", text)).upper()
    return f"{bare[:-1]}X" if kind in _BORN_IN_NUMBER and bare.endswith("×") else bare


def normalise_name(text: str) -> str:
    """A name in one form: NFKC, blanks out, every one of `•・.` as `·` (contract, `subject_digest`)."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).translate(_DOTS)


def subject_digest(kind: str, number: str, name: str) -> str:
    """Hex SHA-256 of `id_type|id_number|name` as the contract writes it, over UTF-8."""
    bare = re.sub(r"\s+", "", unicodedata.normalize("NFKC", number)).upper()
    return hashlib.sha256(f"{kind}|{bare}|{normalise_name(name)}".encode()).hexdigest()


def check_name(text: str) -> str | None:
    """What is wrong with a person's name, in Chinese, or None. Chinese, minority and Latin names are names."""
    name = normalise_name(text)
    if not name:
        return "请填写姓名。"
    if any(unicodedata.category(character).startswith("N") and character != "〇" for character in name):
        return "姓名里不会有数字，请按证件上的姓名填写。"
    if not all(_in_a_name(character) for character in name):
        return "姓名里有不能用的符号，请按证件上的姓名填写，少数民族姓名的间隔点可以用“·”。"
    if "··" in name or (name.strip("·") != name and not name.strip("·").isascii()):
        return "姓名里的间隔点“·”要写在两个字之间，请检查一遍。"
    if len(name) < 2:
        return "姓名至少要有两个字，请按证件上的姓名填写完整。"
    if len(name) > 50:
        return f"姓名最多 50 个字，现在是 {len(name)} 个字，请检查一遍。"
    return None


def _in_a_name(character: str) -> bool:
    # Planes 2 and 3 hold only Han; Python's tables lag behind the newest extensions.
    if character in _SIGNS_IN_NAMES or 0x20000 <= ord(character) <= 0x3FFFD:
        return True
    return unicodedata.category(character)[0] in "LM"


def check_document(kind: str, number: str, today: date) -> str | None:
    """What is wrong with a document number, as a Chinese sentence that says how to mend it, or None.

    Normalises first. `today` is the legal date: nobody is born after it. County codes are not judged, because
    they are merged and split all the time and the living keep the old ones.
    """
    if kind not in DOCUMENT_KINDS:
        return "请选一种证件。"
    bare = normalise_number(kind, number)
    if not bare:
        return f"请填写{DOCUMENT_KINDS[kind]}号码。"
    return _CHECKS[kind](bare, today)


def birth_date(kind: str, number: str) -> date | None:
    """The date of birth that a document number tells, or None where it tells none or a date that does not exist."""
    bare = normalise_number(kind, number)
    if kind not in _BORN_IN_NUMBER:
        return None
    if len(bare) == 15 and bare.isascii() and bare.isdigit():
        return _date("19" + bare[6:12])
    return _date(bare[6:14]) if re.fullmatch(r"[0-9]{17}[0-9X]", bare) else None


def to_eighteen(number: str) -> str:
    """The 18-digit form of a 15-digit resident number ("19" and the check digit added); others unchanged.

    Born in the 1800s cannot be told apart in 15 digits; a clerk decides those.
    """
    bare = normalise_number("resident_id", number)
    if not re.fullmatch(r"[0-9]{15}", bare):
        return bare
    body = f"{bare[:6]}19{bare[6:]}"
    return body + check_digit(body)


def canonical_number(kind: str, number: str) -> str:
    """The one form in which a number is kept and asked for: normalised, a resident's with 18 digits."""
    return to_eighteen(number) if kind in _RESIDENT else normalise_number(kind, number)


def identity_of(kind: str, number: str) -> tuple[str, str]:
    """What tells one human being from another by a document: the resident number is the same in card and household
    register, and the last two of the eleven places of a permit from Hong Kong or Macao only count replacements."""
    bare = canonical_number(kind, number)
    if kind in _RESIDENT:
        return "resident_id", bare
    return kind, bare[:9] if kind == "hk_macao_permit" else bare


def check_digit(body: str) -> str:
    """The MOD 11-2 check digit of 17 digits."""
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, body, strict=True))
    return _CHECK_DIGITS[total % 11]


def completed_on(birth: date, years: int) -> date:
    """The first day on which someone counts as `years` years old (周岁): the day after that birthday.

    Basis: ages go by calendar years, months and days, and the day of the event is not counted (民法典 200, 201;
    the same rule in so many words in 法释〔2006〕1号 art. 2: 从周岁生日的第二天起算). Someone born on 29 February
    has the birthday of other years on 28 February, the last day of that month (民法典 202).
    """
    return date.fromordinal(_anniversary(birth, birth.year + years).toordinal() + 1)


def age_on(birth: date, day: date) -> int:
    """Age in completed years (周岁) on a day; on the birthday itself still the year before. Never below 0.

    "16 or less" (JY-3) is `age_on(...) <= 16`: it holds until and including the 17th birthday. "16 and over"
    (KS-1) is `age_on(...) >= 16`: it begins the day after the 16th birthday.
    """
    years = day.year - birth.year
    return max(0, years if day > _anniversary(birth, day.year) else years - 1)


def _anniversary(birth: date, year: int) -> date:
    try:
        return birth.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def _date(digits: str) -> date | None:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None


def _eighteen(name: str, bare: str, today: date) -> str | None:
    """What all 18-digit numbers have in common: characters, length, birth date, check digit."""
    if not re.fullmatch(r"[0-9]*X?", bare):
        return f"{name}号码只有数字，最后一位可能是 X，请去掉别的字符。"
    if len(bare) != 18:
        hint = "少了" if len(bare) < 18 else "多了"
        return f"{name}号码应是 18 位，现在是 {len(bare)} 位，请看看{hint}哪一位。"
    born = _date(bare[6:14])
    if born is None or born.year < 1900:
        return f"{name}号码里的出生日期（第 7 到 14 位）不对，请对照证件再看一遍。"
    if born > today:
        return f"{name}号码里的出生日期（第 7 到 14 位）还没有到，请对照证件再看一遍。"
    if bare[17] != check_digit(bare[:17]):
        return f"{name}号码的最后一位和前面对不上，请对照证件逐位再看一遍。"
    return None


def _resident_id(bare: str, today: date) -> str | None:
    name = DOCUMENT_KINDS["resident_id"]
    if re.fullmatch(r"[0-9]{15}", bare):
        if int(bare[:2]) not in _PROVINCES:
            return f"{name}号码的前两位不是省份代码，请对照证件再看一遍。"
        if _date("19" + bare[6:12]) is None:
            return f"{name}号码里的出生日期（第 7 到 12 位）不对，请对照证件再看一遍。"
        return None
    if bare[:6] in _HMT_PREFIXES:
        return "这是港澳台居民居住证的号码，请把证件种类改成“港澳台居民居住证”。"
    if bare[:1] == "9" and len(bare) == 18:
        return "这是外国人永久居留身份证的号码，请把证件种类改成“外国人永久居留身份证”。"
    fault = _eighteen(name, bare, today)
    if fault is None and int(bare[:2]) not in _PROVINCES:
        return f"{name}号码的前两位不是省份代码，请对照证件再看一遍。"
    return fault


def _hmt_residence_permit(bare: str, today: date) -> str | None:
    name = DOCUMENT_KINDS["hmt_residence_permit"]
    if len(bare) == 18 and bare[:6] not in _HMT_PREFIXES:
        return f"{name}号码应以 810000、820000 或 830000 开头，请对照证件再看一遍。"
    return _eighteen(name, bare, today)


def _permanent_residence(bare: str, today: date) -> str | None:
    name = DOCUMENT_KINDS["permanent_residence"]
    if bare[:1].isalpha():
        if re.fullmatch(r"[A-Z]{3}[0-9]{12}", bare):
            return None
        return f"旧版{name}号码应是 3 个字母加 12 位数字，请对照证件再看一遍。"
    if len(bare) == 18 and bare[0] != "9":
        return f"新版{name}号码应以 9 开头，请对照证件再看一遍。"
    return _eighteen(name, bare, today)


def _pattern(kind: str, pattern: str, described: str) -> "Check":
    compiled = re.compile(pattern)

    def check(bare: str, _today: date) -> str | None:
        if compiled.fullmatch(bare):
            return None
        return f"{DOCUMENT_KINDS[kind]}号码{described}，请对照证件再看一遍。"

    return check


Check = Callable[[str, date], str | None]
_CHECKS: Final[Mapping[str, Check]] = MappingProxyType(
    {
        "resident_id": _resident_id,
        "household_register": _resident_id,
        "hmt_residence_permit": _hmt_residence_permit,
        "permanent_residence": _permanent_residence,
        "passport": _pattern("passport", r"[A-Z0-9]{5,17}", "应是 5 到 17 位字母和数字"),
        "hk_macao_permit": _pattern(
            "hk_macao_permit", r"[HM][0-9]{8}(?:[0-9]{2})?", "应是 H 或 M 开头，后面 8 位或 10 位数字"
        ),
        "taiwan_permit": _pattern(
            "taiwan_permit", r"[0-9]{8}|[A-Z0-9]{10,12}", "应是 8 位数字，一次有效的是 10 到 12 位字母和数字"
        ),
        "officer_card": _pattern("officer_card", r"[A-Z0-9\u4e00-\u9fff]{4,20}", "应是 4 到 20 位汉字、字母和数字"),
        "social_security_card": _pattern("social_security_card", r"[A-Z][0-9]{8}", "应是 1 个字母加 8 位数字"),
    }
)
_RESIDENT: Final = frozenset({"resident_id", "household_register"})
_BORN_IN_NUMBER: Final = frozenset({"resident_id", "household_register", "hmt_residence_permit", "permanent_residence"})
