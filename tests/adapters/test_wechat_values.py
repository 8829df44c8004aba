"""Values of message templates: whatever the text, what is sent is what the platform takes, or nothing is sent."""

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wxserver.adapters.wechat.values import Unfit, fit
from wxserver.sandbox.wechat_templates import fits

# What the platform takes, written down from the fact sheet a second time, without a look at the adapter. The platform
# does not say how it counts a character beyond U+FFFF: both ways have to do.
HAN = r"㐀-䶿一-鿿"
DAY = r"\d{4}年(1[0-2]|[1-9])月(3[01]|[12]\d|[1-9])日"
HOUR = r"([01]\d|2[0-3]):[0-5]\d"
PATTERNS = {
    "number": r"\d+(\.\d+)?",
    "letter": r"[a-zA-Z]+",
    "character_string": r"[\x21-\x7e]+",
    "time": rf"({DAY} )?{HOUR}(~({DAY} )?{HOUR})?",
    "date": rf"{DAY}( {HOUR})?(~{DAY}( {HOUR})?)?",
    "amount": r"[¥$€£]?\d{1,10}(\.\d+)?元?",
    "phone_number": r"[\d+()*-]+",
    "car_number": rf"[{HAN}A-Z\d][A-Z\d]+[{HAN}A-Z\d]",
    "phrase": rf"[{HAN}]+",
}
LONGEST = {
    "thing": 20,
    "number": 32,
    "letter": 32,
    "symbol": 5,
    "character_string": 32,
    "phone_number": 17,
    "car_number": 8,
    "phrase": 5,
    "const": 20,
    "keyword": 200,
    "first": 200,
    "remark": 200,
}
KINDS = sorted({*PATTERNS, *LONGEST, "name"})


def units(text):
    return sum(2 if letter > "\uffff" else 1 for letter in text)


def is_han(letter):
    return letter == "〇" or unicodedata.name(letter, "").startswith("CJK ")


def taken(kind, value):
    """Whether the platform takes the value."""
    if not value or value != value.strip() or any(unicodedata.category(each) in ("Cc", "Cs", "Zl") for each in value):
        return False
    longest = LONGEST.get(kind, 60)
    if kind == "name":
        longest = 10 if any(is_han(each) for each in value) else 20
        if any(unicodedata.category(each).startswith("N") and each != "〇" for each in value) or " " in value:
            return False
    if kind == "symbol" and any(each.isalnum() or is_han(each) or each.isspace() for each in value):
        return False
    if kind == "amount" and len(re.sub(r"\D", "", value)) > 10:
        return False
    pattern = PATTERNS.get(kind)
    return units(value) <= longest and (pattern is None or bool(re.fullmatch(pattern, value, re.ASCII)))


LIKELY = st.text(
    alphabet="0123456789.-+:~/ ¥$元年月日粤A8Z挂无·，。()…１２～：ＡＢ\u200d\ufe0f🏽👩⚕🇨🇳é̂\n\t", max_size=40
)
TEXTS = st.one_of(
    st.text(st.characters(), max_size=60),
    LIKELY,
    st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), max_size=30),
    st.text(alphabet=st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=60),
    st.text(alphabet="0123456789", max_size=40),
    st.datetimes().map(lambda at: f"{at:%Y-%m-%d %H:%M}"),
    st.dates().map(str),
    st.decimals(0, 10**11, places=2).map(str),
    st.text(max_size=30).map(lambda text: text * 12),
)


@pytest.mark.parametrize("kind", KINDS)
@given(text=TEXTS)
@example(text="")
@example(text="\u200d")
@example(text="\ud83d")
@example(text="e" + "\u0301" * 300)
@example(text="🏽" * 30)
@example(text="👩\u200d⚕\u200d\n\u200d👩" * 9)
def test_whatever_the_text_a_value_that_is_sent_is_one_that_the_platform_takes(kind, text):
    try:
        value = fit(f"{kind}4", text)
    except Unfit:
        return
    assert taken(kind, value), (kind, value)
    # The sandbox has read the platform's rules for itself.
    assert fits(f"{kind}4", value), (kind, value)
    assert fit(f"{kind}4", value) == value


FAMILY = "👨\u200d👩\u200d👧\u200d👦"
DOCTOR = "👩🏽\u200d⚕\ufe0f"
RAINBOW = "🏳\ufe0f\u200d🌈"
SYLLABLE = "\u1100\u1161\u11a8"
KEYCAP = "1\ufe0f\u20e3"
SEEN = ["社", "a", "7", "，", "e\u0301", "👍", "👍🏽", "❤\ufe0f", "🇨🇳", "𠀀", FAMILY, DOCTOR, RAINBOW, SYLLABLE, KEYCAP]


@given(seen=st.lists(st.sampled_from(SEEN), min_size=1, max_size=30))
@example(seen=[SYLLABLE] * 7)
@example(seen=["🇨🇳"] * 6)
def test_a_text_is_cut_between_what_is_seen_as_characters(seen):
    value = fit("thing1", "".join(seen))
    if units("".join(seen)) <= 20:
        assert value == "".join(seen)
        return
    assert value.endswith("…")
    count = 0
    while units("".join(seen[: count + 1])) <= 19:
        count += 1
    assert value == "".join(seen[:count]) + "…"


@given(text=st.text(st.characters(), max_size=80))
def test_free_text_is_never_unfit(text):
    for field in ("thing1", "keyword2", "first", "remark"):
        assert fit(field, text)


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("thing1", "社会保障卡申领", "社会保障卡申领"),
        ("thing1", "社" * 20, "社" * 20),
        ("thing1", "社" * 21, "社" * 19 + "…"),
        ("thing1", " 一\r\n二\u2028三\u202e四\x00 ", "一 二 三四"),
        ("thing1", "", "无"),
        ("thing1", "\n\u200d\ufe0f", "无"),
        ("thing1", "好🧧\u200d", "好🧧"),
        ("keyword1", "长" * 201, "长" * 199 + "…"),
        ("remark", "", "无"),
        ("number2", "００12.50", "0012.50"),
        ("number2", "1." + "3" * 40, "1." + "3" * 30),
        ("letter1", "ABC" * 20, ("ABC" * 20)[:32]),
        ("symbol1", "！？", "！？"),
        ("character_string3", "JY20261123-000017", "JY20261123-000017"),
        ("character_string3", "Ａ 1", "A-1"),
        ("character_string3", "x" * 33, "x" * 29 + "..."),
        ("character_string3", "", "-"),
        ("time4", "2026-11-23 15:01", "2026年11月23日 15:01"),
        ("time4", "2026/1/2T08:05:59", "2026年1月2日 08:05"),
        ("time4", "2026年11月23日15:01", "2026年11月23日 15:01"),
        ("time4", "8:05", "08:05"),
        ("time4", "8:05 ～ 17:30", "08:05~17:30"),
        ("time4", "2026-12-01", "2026年12月1日 00:00~2026年12月1日 23:59"),
        ("time4", "2026-12-01~2026-12-03", "2026年12月1日 00:00~2026年12月3日 23:59"),
        ("date5", "2026-12-01", "2026年12月1日"),
        ("date5", "2026.12.01 9:30", "2026年12月1日 09:30"),
        ("date5", "2026-12-01~2026-12-03", "2026年12月1日~2026年12月3日"),
        ("amount6", "1,234.50", "1234.50元"),
        ("amount6", "￥100", "¥100"),
        ("amount6", "12元", "12元"),
        ("phone_number7", "+86-0766-66888866", "+86-0766-66888866"),
        ("phone_number7", "0766 - 668 888", "0766-668-888"),
        ("car_number8", "粤A·8z888挂", "粤A8Z888挂"),
        ("name9", "买买提·艾合买提", "买买提·艾合买提"),
        ("name9", "Anna Schmidt", "Anna·Schmidt"),
        ("name9", "阿" * 11, "阿" * 9 + "…"),
        ("name9", "x" * 21, "x" * 19 + "…"),
        ("phrase2", "已受理。", "已受理"),
        ("phrase2", "等待补正材料", "等待补正材"),
        ("const1", "快递", "快递"),
    ],
)
def test_a_value_reads_as_its_field_wants_it(field, text, value):
    assert fit(field, text) == value


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("number1", "三"),
        ("number1", "1" * 33),
        ("number1", "-1"),
        ("number1", ""),
        ("letter1", "甲"),
        ("letter1", "a1"),
        ("symbol1", "好"),
        ("symbol1", ""),
        ("symbol1", "_"),
        ("character_string1", "办件1号"),
        ("time1", "2026-11-23 24:00"),
        ("time1", "15:60"),
        ("time1", "2026-12-01~15:01"),
        ("time1", "明天"),
        ("time1", "8:00~9:00~10:00"),
        ("date1", "2026-02-30"),
        ("date1", "2026-11/23"),
        ("date1", "2026年11月23"),
        ("date1", "2026-11-23 25:00"),
        ("date1", "0000-01-01"),
        ("amount1", "免费"),
        ("amount1", "12345678901"),
        ("amount1", "123456789.50"),
        ("amount1", "1.999"),
        ("phone_number1", "1" * 18),
        ("phone_number1", "---"),
        ("car_number1", "粤A8Z88888"),
        ("car_number1", "A"),
        ("name1", "张三2"),
        ("name1", ""),
        ("phrase1", "OK"),
        ("phrase1", "已制卡1"),
        ("phrase1", ""),
        ("const1", "长" * 21),
        ("const1", ""),
        ("site1", "广州"),
        ("Thing1", "a"),
        ("", "a"),
    ],
)
def test_what_cannot_be_made_to_fit_is_unfit(field, text):
    with pytest.raises(Unfit, match="takes"):
        fit(field, text)


def test_an_unfit_text_is_not_repeated_but_its_field_is_named():
    with pytest.raises(Unfit, match="number1 takes digits") as caught:
        fit("number1", "陈桂英")
    assert "陈" not in repr(caught.value) + str(caught.value)
    assert caught.value.__context__ is None
