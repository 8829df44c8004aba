"""What a password of staff must be: long, not one that everybody tries first, and not the account's own name."""

from __future__ import annotations

import unicodedata
from functools import cache
from itertools import product
from typing import Final

SHORTEST, LONGEST = 12, 128

_WORDS: Final = (
    "admin administrator root user guest test demo password passwd pass passw0rd secret welcome hello login master "
    "changeme letmein iloveyou woaini woaiwo wodemima mima guanliyuan renshe renshiju zhengwu zhengfu shebao shebaoka "
    "jieyang guangdong beijing shanghai china zhongguo chongqing xinjiang wechat weixin tencent alibaba taobao baidu "
    "qwerty qwertyuiop asdfgh asdfghjkl zxcvbn zxcvbnm qazwsx qazwsxedc 1qaz2wsx 1q2w3e4r 1q2w3e4r5t zaq12wsx "
    "abc abcd abcdef abcdefgh abc123 a123456 aa123456 q123456 dragon monkey football baseball superman batman "
    "sunshine princess shadow michael jordan computer internet database server system oracle windows linux"
)
_ENDS: Final = (
    "1 12 123 1234 12345 123456 1234567 12345678 123456789 1234567890 123123 112233 111111 000000 666666 888888 "
    "888 666 520 521 1314 5201314 2020 2021 2022 2023 2024 2025 2026 2027 2028 ! @ # !! @123 @1234 @123456 #123 123! "
    "1234! 123456! @2024 @2025 @2026 @2027 2026!"
)
_ROWS: Final = (
    "01234567890123456789",
    "qwertyuiopqwertyuiop",
    "asdfghjklasdfghjkl",
    "zxcvbnmzxcvbnm",
    "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "qazwsxedcrfvtgbyhnujm",
    "1q2w3e4r5t6y7u8i9o0p",
)
_DISGUISES: Final = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "$": "s", "@": "a"})


def normal(password: str) -> str:
    """The password as it is hashed: what looks the same, and is typed on another keyboard, is the same (NFKC)."""
    return unicodedata.normalize("NFKC", password)


def fault_in(password: str, *, username: str) -> str | None:
    """What is wrong with a new password, in Chinese; None for a good one."""
    plain = normal(password)
    if len(plain) < SHORTEST:
        return f"密码要 {SHORTEST} 位以上，现在是 {len(plain)} 位。可以用几个不相干的词连起来。"
    if len(plain) > LONGEST:
        return f"密码最多 {LONGEST} 位，请缩短一些。"
    folded = plain.casefold()
    if username.casefold() in folded and len(folded) - len(username) < SHORTEST // 2:
        return "密码不能是账号名，也不能只在账号名上加几位。请换一个。"
    if is_common(plain):
        return "这个密码太常见，别人容易猜到。请换一个，可以用几个不相干的词连起来。"
    return None


def is_common(password: str) -> bool:
    """Whether this is among what people try first: common words with common ends, runs on the keyboard, repetitions.

    Capitals, and digits that stand for letters, hide nothing.
    """
    folded = normal(password).casefold()
    return (
        folded in _common()
        or folded.translate(_DISGUISES) in _disguised()
        or _repeats(folded)
        or any(folded in row or folded[::-1] in row for row in _ROWS)
    )


def _repeats(text: str) -> bool:
    """Whether a text is one piece of up to six characters over and over, the last time perhaps not to its end."""
    return any((text[:length] * len(text)).startswith(text) for length in range(1, min(6, len(text) // 2) + 1))


@cache
def _common() -> frozenset[str]:
    """Several thousand: each word, twice the word, with an end, and an end before it; and two ends together."""
    words, ends = _WORDS.split(), _ENDS.split()
    made = {*words, *(word * 2 for word in words)}
    for word, end in product(words, ends):
        made |= {word + end, end + word, word * 2 + end}
    made |= {one + other for one, other in product(ends, ends)}
    made |= {one + other for one, other in product(words, words)}
    return frozenset(made)


@cache
def _disguised() -> frozenset[str]:
    return frozenset(each.translate(_DISGUISES) for each in _common())
