"""What a password must be (after NIST SP 800-63B): long, not what everybody tries first, and nothing that those who
know the person know. No mixture of signs is asked for, and no change after so many months.

Staff and citizens differ in length only. Citizens who want digits alone, because their phone makes those easy, need
more of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from bundles.people import birth_date
from wxserver.store.people import KnownPerson
from wxserver.usecases.common_passwords import is_common as is_common
from wxserver.usecases.common_passwords import is_put_together
from wxserver.usecases.common_passwords import normal as normal

SHORTEST, LONGEST = 12, 128
CITIZENS_SHORTEST, DIGITS_SHORTEST = 10, 12
_REST: Final = 6
"""Characters that must be left once what others know is taken out."""
_COMMON: Final = "这个密码太常见，别人容易猜到。请换一个，可以用几个不相干的词连起来。"


def fault_in(password: str, *, username: str) -> str | None:
    """What is wrong with a new password of staff, in Chinese; None for a good one."""
    plain = normal(password)
    if sentence := _length_fault(plain, SHORTEST):
        return sentence
    folded = plain.casefold()
    if username.casefold() in folded and len(folded) - len(username) < SHORTEST // 2:
        return "密码不能是账号名，也不能只在账号名上加几位。请换一个。"
    return _COMMON if is_common(plain) else None


def citizens_fault_in(password: str, *, username: str, person: KnownPerson) -> str | None:
    """What is wrong with a new password of this person, in Chinese; None for a good one."""
    plain = normal(password)
    if sentence := _length_fault(plain, CITIZENS_SHORTEST):
        return sentence
    if plain.isdigit() and len(plain) < DIGITS_SHORTEST:
        mixed = f"加上字母或汉字，{CITIZENS_SHORTEST} 位就够。"
        return f"只用数字的密码要 {DIGITS_SHORTEST} 位以上，现在是 {len(plain)} 位。{mixed}"
    folded = plain.casefold()
    if _rests_on(folded, [normal(username).casefold()]):
        return "密码不能是账号名，也不能只在账号名上加几位。请换一个。"
    if _rests_on(folded, _known_of(person)):
        return "密码里不要用自己的姓名、生日或证件号码，认识您的人容易猜到。请换一个。"
    return _COMMON if is_common(plain) or is_put_together(plain) else None


def one_time(password: str) -> str:
    """A password that staff read out, in one form: small letters without dashes and blanks."""
    return re.sub(r"[\s\-‐‑‒–—―−﹣－]+", "", normal(password)).casefold()


def _length_fault(plain: str, shortest: int) -> str | None:
    if len(plain) < shortest:
        return f"密码要 {shortest} 位以上，现在是 {len(plain)} 位。可以用几个不相干的词连起来。"
    if len(plain) > LONGEST:
        return f"密码最多 {LONGEST} 位，请缩短一些。"
    return None


def _rests_on(folded: str, known: Iterable[str]) -> bool:
    """Whether little is left of a password without what is known."""
    left = set(range(len(folded)))
    for each in known:
        at = folded.find(each) if each else -1
        while at >= 0:
            left -= set(range(at, at + len(each)))
            at = folded.find(each, at + 1)
    return len(left) < min(_REST, len(folded))


def _known_of(person: KnownPerson) -> list[str]:
    """Name, document number and its ends, and the date of birth as people write it."""
    number = person.document.number.casefold()
    born = birth_date(person.document.kind, person.document.number)
    dates = []
    if born is not None:
        year, month, day = born.year, born.month, born.day
        for joined in ("", ".", "-", "/"):
            dates += [joined.join((f"{year}", f"{month:02}", f"{day:02}")), joined.join(map(str, (year, month, day)))]
        dates += [f"{born:%y%m%d}", f"{born:%d%m%Y}", f"{year}年{month}月{day}日"]
    name = person.name.casefold()
    given = [name[1:]] if len(name) > 2 else []
    return [name, *given, number, number[-8:], number[-6:], number[-4:], *dates]
