"""Names of accounts: what citizens choose to be known by when they sign in."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from bundles.people import check_document, normalise_number
from bundles.working_days import legal_date
from wxserver.ports import Clock
from wxserver.store.people import KnownPerson

_LONGEST_ADDRESS: Final = 64
_NAME: Final = re.compile(r"[0-9a-z\u3400-\u9fff〇._\-·]{4,32}")
_MOBILE: Final = re.compile(r"1[3-9][0-9]{9}")
_ADDRESS: Final = re.compile(r"[0-9a-z._%+\-]+@[0-9a-z\-]+(?:\.[0-9a-z\-]+)+")
_NUMBERS_OF_PEOPLE: Final = ("resident_id", "hmt_residence_permit", "permanent_residence")


def normal_name(text: str) -> str:
    """An account name in one form: NFKC, without blanks, small letters. Any text has one."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold()[:128]


def name_fault(text: str, *, person: KnownPerson | None, clock: Clock) -> str | None:
    """What is wrong with a name for this person's account, in Chinese; None for a good one.

    4 to 32 letters, digits, Chinese characters and `. _ - ·`, not digits alone; or a mobile number; or an e-mail
    address. Never the number of a document: whoever sees the name would know it. Without a person, who is not known
    yet, only numbers that look like one are found.
    """
    name = normal_name(text)
    if not name:
        return "请填账号名。"
    own = person is not None and normalise_number(person.document.kind, name) == person.document.number
    if own or _is_document(name, clock):
        return "账号名不能用证件号码，别人看到就知道了。请换一个，比如手机号码。"
    if _MOBILE.fullmatch(name) or (len(name) <= _LONGEST_ADDRESS and _ADDRESS.fullmatch(name)):
        return None
    if name.isdigit():
        return "账号名不能只有数字，手机号码除外。请加上字母或汉字。"
    if _NAME.fullmatch(name) is None:
        return "账号名用 4 到 32 个字母、数字或汉字，也可以用手机号码或电子邮箱。"
    return None


def _is_document(name: str, clock: Clock) -> bool:
    today = legal_date(clock.now())
    return len(name) in (15, 18) and any(check_document(kind, name, today) is None for kind in _NUMBERS_OF_PEOPLE)
