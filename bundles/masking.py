"""Masks: what of a person's data shows by default (facts, identity and law, §4.3; shapes as the pages draw them)."""

import re
from typing import Final

_UP_TO_DISTRICT: Final = re.compile(
    r"(?:[^省市区县]{2,8}?(?:省|自治区))?"
    r"(?:[^省市区县]{1,10}?(?:市|自治州|地区|盟))?"
    r"(?:[^省市区县]{1,10}?(?:自治县|自治旗|(?<![小社园校厂景院])区|县|旗|市))?"
)


def mask_name(name: str) -> str:
    """林*兰, first and last kept; two characters 林*; a single one is hidden."""
    if len(name) < 2:
        return "*" * len(name)
    return f"{name[0]}*" if len(name) == 2 else _keep(name, 1, 1)


def mask_number(number: str) -> str:
    """4452**********0026: four and four of a long document number, two and two of a short one."""
    return _keep(number, 4, 4) if len(number) >= 15 else mask_card_number(number)


def mask_phone(phone: str) -> str:
    """138****5620: the first three and the last four."""
    return _keep(phone, 3, 4)


def mask_card_number(number: str) -> str:
    """X0*****19: the first two and the last two."""
    return _keep(number, 2, 2)


def mask_address(address: str) -> str:
    """广东省揭阳市榕城区****: what names province, city and district; the rest is hidden."""
    found = _UP_TO_DISTRICT.match(address)
    kept = found.group() if found else ""
    return f"{kept}****" if address else ""


def mask_email(address: str) -> str:
    """The first character and the host: `l***@example.com`."""
    name, at, host = address.partition("@")
    return f"{name[:1]}***{at}{host}" if at else mask_text(address)


def mask_text(text: str) -> str:
    """The first character only."""
    return text[:1] + "*" * (len(text) - 1)


def _keep(text: str, head: int, tail: int) -> str:
    """Head and tail with stars between; a text too short for that is hidden whole."""
    hidden = len(text) - head - tail
    return text[:head] + "*" * hidden + text[-tail:] if hidden > 0 else "*" * len(text)
