"""What people try first: common words of ours and of everywhere, dates, numbers that sound like something, and runs on
the keyboard, put together as they are. Shipped with the product; nobody is asked over the network."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from itertools import product
from typing import Final

_WORDS: Final = (
    "admin administrator root user guest test demo password passwd pass passw0rd secret welcome hello login master "
    "changeme letmein iloveyou woaini woaiwo wodemima mima guanliyuan renshe renshiju zhengwu zhengfu shebao shebaoka "
    "jieyang guangdong beijing shanghai china zhongguo chongqing xinjiang wechat weixin tencent alibaba taobao baidu "
    "qwerty qwertyuiop asdfgh asdfghjkl zxcvbn zxcvbnm qazwsx qazwsxedc 1qaz2wsx 1q2w3e4r 1q2w3e4r5t zaq12wsx "
    "abc abcd abcdef abcdefgh abc123 a123456 aa123456 q123456 dragon monkey football baseball superman batman "
    "sunshine princess shadow michael jordan computer internet database server system oracle windows linux"
)
_HOMELY: Final = (
    "woaijia woaiwojia baobao baobei laopo laogong mama baba erzi nver zuguo xingfu pingan jiankang facai kuaile "
    "shunli woshishei nihao haha xiaoxiao asd zxc qwe qaz wsx qq wx aini caonima tiankong yangguang meili caihong "
    "wang li zhang liu chen yang huang zhao wu zhou xu sun ma zhu hu guo he lin gao luo zheng liang xie song tang "
    "wei min jing qiang lei jun yong yan jie juan tao ming chao xiu ying xia ping gang gui hua hong fang fen mei lan "
    "xiao da a aa aaa q w z x c d s m l y"
)
"""What stands in front of a date or a number only: too short, or too much a part of other words, to judge by alone."""
_ENDS: Final = (
    "1 12 123 1234 12345 123456 1234567 12345678 123456789 1234567890 123123 112233 111111 000000 666666 888888 "
    "888 666 520 521 1314 5201314 2020 2021 2022 2023 2024 2025 2026 2027 2028 ! @ # !! @123 @1234 @123456 #123 123! "
    "1234! 123456! @2024 @2025 @2026 @2027 2026!"
)
_NUMBERS: Final = (
    "0123456789 1234567890 0987654321 9876543210 1357924680 2468013579 147258369 147852369 258369147 369258147 "
    "789456123 741852963 963852741 123654789 159357 159753 321654987 110120119 119110120 12301230 10086 10010 12333 "
    "12345 5201314 1314520 7758521 7758258 520520 521521 584520 20080808 19491001 112358 31415926 314159265 "
    "100200300 123321 1234321 12344321 123454321 11223344 1122334455 112233445566 123789 456789 654321 87654321 "
    "987654321 121212 131313 101010 147147 258258 369369 1472583690 123698745 0 00 007 147 258 369 159 357 456 789"
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
    "a1b2c3d4e5f6g7h8i9j0",
    "1a2b3c4d5e6f7g8h9i0j",
)
_DISGUISES: Final = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "$": "s", "@": "a"})
_DATE: Final = r"(?:19|20)\d\d(?:(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))?"
_MOBILE: Final = r"(?:86)?1[3-9]\d{9}"
_FEWEST_SIGNS: Final = 4
_MOST_PIECES: Final = 4


def normal(password: str) -> str:
    """The password as it is hashed: what looks the same, and is typed on another keyboard, is the same (NFKC)."""
    return unicodedata.normalize("NFKC", password)


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


def is_put_together(password: str) -> bool:
    """Whether this is nothing but a few pieces that everybody tries: a word, a name, a date, a mobile number, a number
    that sounds like something; with dots, blanks or signs between. Or the same three signs all along."""
    bare = re.sub(r"[\s._\-!@#$%&*+~,。！]+", "", normal(password).casefold())
    return len(set(bare)) < _FEWEST_SIGNS or _pieces().fullmatch(bare) is not None


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


@cache
def _pieces() -> re.Pattern[str]:
    known = {each.strip("!@#") for each in (*_WORDS.split(), *_HOMELY.split(), *_ENDS.split(), *_NUMBERS.split())}
    whole = "|".join(re.escape(each) for each in sorted(known - {""}, key=len, reverse=True))
    piece = rf"{_DATE}|{_MOBILE}|(\d)\1{{2,}}|{whole}"
    return re.compile(rf"(?:{piece}){{1,{_MOST_PIECES}}}")
