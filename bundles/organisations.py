"""Unified social credit codes of organisations (GB 32100-2015)."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

LENGTH: Final = 18
_SIGNS: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""Letters that are mistaken for digits or for each other (I, O, S, V, Z) stand in no code."""
_BLANKS: Final = re.compile(r"[\s\-‐‑‒–—―−﹣－]+")


def normalise_code(text: str) -> str:
    """A code in one form: NFKC, without blanks and dashes, letters upper case."""
    return _BLANKS.sub("", unicodedata.normalize("NFKC", text)).upper()


def check_code(text: str) -> str | None:
    """What is wrong with a unified social credit code, as a Chinese sentence that says how to mend it, or None.

    Looks at length, signs and the check digit; whether the organisation exists is for its register to say.
    """
    code = normalise_code(text)
    if not code:
        return "请填写统一社会信用代码。"
    if strange := [sign for sign in code if sign not in _SIGNS]:
        return f"统一社会信用代码里不会有“{strange[0]}”，只有数字和除 I、O、S、V、Z 以外的字母，请对照证照再看一遍。"
    if len(code) != LENGTH:
        hint = "少了" if len(code) < LENGTH else "多了"
        return f"统一社会信用代码应是 {LENGTH} 位，现在是 {len(code)} 位，请看看{hint}哪一位。"
    if not code[2:8].isdigit():
        return "统一社会信用代码的第 3 到 8 位是登记机关所在地，应是数字，请对照证照再看一遍。"
    if code[-1] != check_sign(code[:-1]):
        return "统一社会信用代码的最后一位和前面对不上，请对照证照逐位再看一遍。"
    return None


def check_sign(body: str) -> str:
    """The check digit of the first 17 signs: weights are powers of 3, modulo 31."""
    total = sum(_SIGNS.index(sign) * pow(3, place, 31) for place, sign in enumerate(body))
    return _SIGNS[-total % 31]
