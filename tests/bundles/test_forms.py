"""Answers: cleaned, or refused with a sentence that says how to mend them."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bundles import forms
from bundles.definition import Choice, Field
from tests.bundles.making import item

clean: Any = forms.clean  # a test knows whether there is a fault
PHONE = Field("phone", "phone", "手机号码", max_length=11)
ADDRESS = Field("address", "address", "通讯地址", min_length=5, max_length=20)
EMAIL = Field("email", "email", "电子邮箱")
BANK = Field("bank", "choice", "发卡银行", choices=(Choice("abc", "中国农业银行"), Choice("icbc", "中国工商银行")))
DAY = Field("born_on", "date", "出生日期")
AGREE = Field("agree", "yes_no", "是否同意")
HOME = Field("home", "region", "居住地区")
CITY = Field("city", "region", "所在城市", level="city")
PROVINCE = Field("province", "region", "省份", level="province")
XINJIANG = Field("from", "region", "户口所在地", within="650000", required=True)
URUMQI = Field("district", "region", "所在区县", within="650100")
OPEN = Field("open", "place", "办卡城市", required=True)
CARD_BANK = Field("card_bank", "bank", "发卡银行", required=True)


@pytest.mark.parametrize(
    ("field", "value", "cleaned"),
    [
        (PHONE, "13812345620", "13812345620"),
        (PHONE, " 138-1234 5620\t", "13812345620"),
        (PHONE, "１３８１２３４５６２０", "13812345620"),
        (PHONE, "+86 138 1234 5620", "13812345620"),
        (PHONE, "008613812345620", "13812345620"),
        (PHONE, "（86）138—1234—5620", "13812345620"),
        (ADDRESS, "  揭阳市榕城区8号 ", "揭阳市榕城区8号"),
        (ADDRESS, "e\u0301e\u0301e\u0301e\u0301e\u0301", "ééééé"),
        (ADDRESS, "\U00031350村\U00031350村8号", "\U00031350村\U00031350村8号"),
        (EMAIL, "ａ.b+c@Example.com", "a.b+c@Example.com"),
        (BANK, "abc", "abc"),
        (DAY, "2024-02-29", "2024-02-29"),
        (DAY, "２０２４-02-29", "2024-02-29"),
        (AGREE, True, "yes"),
        (AGREE, False, "no"),
        (AGREE, "no", "no"),
        (HOME, "445202", "445202"),
        (HOME, "４４５２０２", "445202"),
        (HOME, "110101", "110101"),
        (HOME, "441900", "441900"),
        (HOME, "710000", "710000"),
        (CITY, "445200", "445200"),
        (CITY, "110000", "110000"),
        (CITY, "469001", "469001"),
        (PROVINCE, "440000", "440000"),
        (XINJIANG, "659001", "659001"),
        (URUMQI, "650102", "650102"),
        (OPEN, " 440100 ", "440100"),
        (CARD_BANK, "abc", "abc"),
        (PHONE, None, None),
        (PHONE, "", None),
        (PHONE, "  ", None),
    ],
)
def test_a_good_answer_is_cleaned(field, value, cleaned):
    assert clean(field, value) == (cleaned, None)


@pytest.mark.parametrize(
    ("field", "value", "code", "message"),
    [
        (PHONE, "1381234562", "bad-phone", "手机号码应是 11 位数字，现在是 10 位，请看看少了哪一位。"),
        (PHONE, "138123456201", "bad-phone", "手机号码应是 11 位数字，现在是 12 位，请看看多了哪一位。"),
        (PHONE, "1381234562a", "bad-phone", "手机号码只能有数字，请去掉别的字符。"),
        (PHONE, "１３８一二", "bad-phone", "手机号码只能有数字，请去掉别的字符。"),
        (PHONE, "12812345620", "bad-phone", "手机号码应以 13 到 19 开头，现在是 12 开头，请再核对一遍。"),
        (PHONE, 13812345620, "wrong-type", "“手机号码”应当填文字，请重新填写。"),
        (PHONE, ["13812345620"], "wrong-type", "“手机号码”应当填文字，请重新填写。"),
        (ADDRESS, "8号", "too-short", "“通讯地址”至少要 5 个字，现在是 2 个字，请写得再详细些。"),
        (ADDRESS, "长" * 21, "too-long", "“通讯地址”最多 20 个字，现在是 21 个字，请删短一些。"),
        (ADDRESS, "揭阳市\x00榕城区", "forbidden-characters", "“通讯地址”里有看不见的特殊字符，请删掉后重新填写。"),
        (ADDRESS, "揭阳市\n榕城区", "forbidden-characters", "“通讯地址”里有看不见的特殊字符，请删掉后重新填写。"),
        (ADDRESS, "揭阳市\u202e榕城区", "forbidden-characters", "“通讯地址”里有看不见的特殊字符，请删掉后重新填写。"),
        (ADDRESS, "揭阳市\ud800榕城区", "forbidden-characters", "“通讯地址”里有看不见的特殊字符，请删掉后重新填写。"),
        (EMAIL, "a@b", "bad-email", "电子邮箱的写法不对，应像 name@example.com 这样，请检查“@”前后。"),
        (EMAIL, "a..b@example.com", "bad-email", "电子邮箱的写法不对，应像 name@example.com 这样，请检查“@”前后。"),
        (EMAIL, "a" * 100 + "@example.com", "too-long", "“电子邮箱”最多 100 个字，现在是 112 个字，请删短一些。"),
        (BANK, "hsbc", "not-a-choice", "发卡银行请在这几项里选一项：中国农业银行、中国工商银行。"),
        (AGREE, "maybe", "not-a-choice", "是否同意请选“是”或“否”。"),
        (HOME, "445299", "unknown-region", "居住地区没有选对，请再选一次。"),
        (HOME, "揭阳市", "unknown-region", "居住地区没有选对，请再选一次。"),
        (HOME, "440000", "incomplete-region", "居住地区还没有选完：在广东省下面，请再选市。"),
        (HOME, "445200", "incomplete-region", "居住地区还没有选完：在广东省揭阳市下面，请再选区县。"),
        (HOME, "110000", "incomplete-region", "居住地区还没有选完：在北京市下面，请再选区县。"),
        (XINJIANG, "650000", "incomplete-region", "户口所在地还没有选完：在新疆维吾尔自治区下面，请再选市。"),
        (URUMQI, "650000", "incomplete-region", "所在区县还没有选完：在新疆维吾尔自治区下面，请再选市。"),
        (XINJIANG, "445202", "outside-region", "户口所在地要在新疆维吾尔自治区里选，请再选一次。"),
        (XINJIANG, "440000", "outside-region", "户口所在地要在新疆维吾尔自治区里选，请再选一次。"),
        (CITY, "445202", "region-too-deep", "所在城市选到市就可以，请去掉后面选的。"),
        (CITY, "110101", "region-too-deep", "所在城市选到市就可以，请去掉后面选的。"),
        (PROVINCE, "445200", "region-too-deep", "省份选到省就可以，请去掉后面选的。"),
        (DAY, "2024/2/29", "bad-date", "出生日期请写成 2026-01-31 这样的年、月、日。"),
        (DAY, "2023-02-29", "bad-date", "出生日期写的这一天在日历上没有，请核对月份和日子。"),
    ],
)
def test_a_wrong_answer_says_how_to_mend_it(field, value, code, message):
    answer, fault = clean(field, value)
    assert answer is None
    assert (fault.path, fault.code, fault.message) == (f"form.{field.code}", code, message)


def test_a_missing_necessary_answer_is_asked_for():
    assert clean(Field("phone", "phone", "手机号码", required=True), " ")[1].message == "请填写手机号码。"
    assert clean(Field("bank", "choice", "发卡银行", required=True), None)[1].message == "请选择发卡银行。"


@pytest.mark.parametrize("kind", ["photo", "file", "signature"])
def test_a_picture_is_no_text(kind):
    each = Field("scan", kind, "退休证", required=True)
    answer, fault = clean(each, "abc")
    assert (answer, fault.path, fault.code) == (None, "form.scan", "not-a-text")
    assert fault.message == "“退休证”要交图片，不是填文字。请去掉这里的文字，到上传那一步交。"
    assert clean(each, None) == (None, None)


@pytest.mark.parametrize("each", [XINJIANG, OPEN, CARD_BANK])
def test_a_missing_region_place_or_bank_is_to_be_chosen(each):
    assert clean(each, None)[1].message == f"请选择{each.label}。"


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("进贤门大道8号", "广东省揭阳市榕城区进贤门大道8号"),
        ("广东省揭阳市榕城区进贤门大道8号", "广东省揭阳市榕城区进贤门大道8号"),
        ("揭阳市榕城区进贤门大道8号", "广东省揭阳市榕城区进贤门大道8号"),
        ("榕城区进贤门大道8号", "广东省揭阳市榕城区进贤门大道8号"),
    ],
)
def test_an_address_goes_out_after_the_name_of_its_region_said_once(text, whole):
    asks = replace(item("apply"), fields=(HOME, replace(ADDRESS, region_field="home")))
    assert forms.whole_address(asks, {"home": "445202", "address": text}, "address") == whole


def test_an_address_without_a_region_goes_out_as_it_is():
    asks = replace(item("apply"), fields=(HOME, replace(ADDRESS, region_field="home")))
    assert forms.whole_address(asks, {"address": "进贤门大道8号"}, "address") == "进贤门大道8号"
    plain = replace(item("apply"), fields=(HOME, ADDRESS))
    assert forms.whole_address(plain, {"home": "445202", "address": "进贤门大道8号"}, "address") == "进贤门大道8号"
    assert forms.whole_address(asks, {"home": "445202"}, "address") is None
    assert forms.whole_address(asks, {"elsewhere": "x"}, "elsewhere") is None


@example("\u00b8", OPEN)
@given(st.text(), st.sampled_from([PHONE, ADDRESS, EMAIL, BANK, DAY, AGREE, HOME, XINJIANG, OPEN, CARD_BANK]))
def test_whatever_is_typed_is_cleaned_or_refused_and_clean_answers_stay(text, field):
    answer, fault = clean(field, text)
    assert answer is None or fault is None
    if answer is not None:
        answer.encode()
        assert clean(field, answer) == (answer, None)
