"""People: document numbers with all edge cases of the facts, names, ages by law, masks, the subject digest."""

import hashlib
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from id_validator import validator

from bundles import masking, people

TODAY = date(2026, 11, 26)


def number(area, born, sequence="002"):
    body = f"{area}{born}{sequence}"
    return body + people.check_digit(body)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        pytest.param("resident_id", "11010519491231002X", id="the standard's own example"),
        ("resident_id", "11010519491231002x"),
        ("resident_id", "11010519491231002×"),
        pytest.param("resident_id", "１１０１０５１９４９１２３１００２Ｘ", id="full width"),
        ("resident_id", "110105 19491231 002X"),
        ("resident_id", "610104620927690"),
        *(
            ("resident_id", number(area, "19800101"))
            for area in ("440306", "441900", "440113", "500103", "310115", "445302")
        ),
        pytest.param("household_register", number("445200", "20150301"), id="a child's register number"),
        ("resident_id", number("445200", TODAY.strftime("%Y%m%d"))),
        ("resident_id", number("445200", "19040229")),
        *(("hmt_residence_permit", number(area, "20100101")) for area in ("810000", "820000", "830000")),
        ("permanent_residence", number("911111", "19850203")),
        ("permanent_residence", "AAA123456789012"),
        ("permanent_residence", "aaa123456789012"),
        ("passport", "E12345678"),
        ("passport", "PA1234567890"),
        ("hk_macao_permit", "H12345678"),
        ("hk_macao_permit", "M1234567800"),
        ("taiwan_permit", "12345678"),
        ("taiwan_permit", "T12345678901"),
        ("officer_card", "军字第1234567号"),
        ("officer_card", "南字第 12345678 号"),
        ("social_security_card", "X00000019"),
    ],
)
def test_a_valid_document_number_is_taken(kind, text):
    assert people.check_document(kind, text, TODAY) is None


@pytest.mark.parametrize(
    ("kind", "text", "says"),
    [
        ("resident_id", "", "请填写居民身份证号码"),
        ("resident_id", "11010519491231002", "现在是 17 位，请看看少了哪一位"),
        ("resident_id", "11010519491231002XX", "只有数字"),
        ("resident_id", "1101051949123100211", "多了哪一位"),
        ("resident_id", "110105194912310021", "最后一位和前面对不上"),
        ("resident_id", "1101051949123100二X", "只有数字"),
        ("resident_id", number("445200", "19910230"), "第 7 到 14 位）不对"),
        ("resident_id", number("445200", "18991231"), "第 7 到 14 位）不对"),
        ("resident_id", number("445200", "20261127"), "还没有到"),
        ("resident_id", number("165200", "19910203"), "不是省份代码"),
        ("resident_id", "165200910203001", "不是省份代码"),
        ("resident_id", "445200910230001", "第 7 到 12 位）不对"),
        ("resident_id", number("810000", "20100101"), "改成“港澳台居民居住证”"),
        ("resident_id", number("911111", "19850203"), "改成“外国人永久居留身份证”"),
        ("hmt_residence_permit", number("445200", "20100101"), "810000、820000 或 830000"),
        ("hmt_residence_permit", "8100002010", "现在是 10 位"),
        ("permanent_residence", number("445200", "19850203"), "应以 9 开头"),
        ("permanent_residence", "AAA12345", "3 个字母加 12 位数字"),
        ("permanent_residence", "9111", "现在是 4 位"),
        ("passport", "E1", "5 到 17 位"),
        ("hk_macao_permit", "H123456789", "H 或 M 开头"),
        ("taiwan_permit", "1234567", "8 位数字"),
        ("officer_card", "军", "4 到 20 位"),
        ("social_security_card", "00000019", "1 个字母加 8 位数字"),
        ("library_card", "1", "请选一种证件"),
    ],
)
def test_a_wrong_document_number_says_what_is_wrong(kind, text, says):
    assert says in str(people.check_document(kind, text, TODAY))


@given(
    st.sampled_from(["440306", "445200", "110105", "650102"]),
    st.dates(date(1900, 1, 1), date(2025, 1, 1)),
    st.integers(0, 999),
)
def test_any_number_with_its_check_digit_is_taken_and_tells_the_birth_date(area, born, sequence):
    text = number(area, born.strftime("%Y%m%d"), f"{sequence:03}")
    assert people.check_document("resident_id", text, TODAY) is None
    assert people.birth_date("resident_id", text) == born
    wrong = text[:16] + str((int(text[16]) + 1) % 10) + text[17]
    assert people.check_document("resident_id", wrong, TODAY) is not None


def test_agrees_with_an_independent_validator():
    for sequence in (1, 499, 998):
        text = number("440306", "19800101", f"{sequence:03}")
        assert validator.is_valid(text)
        assert not validator.is_valid(text[:17] + ("1" if text[17] != "1" else "2"))


def test_fifteen_digits_become_eighteen():
    assert people.to_eighteen("610104620927690") == "610104196209276908"
    assert people.to_eighteen("11010519491231002x") == "11010519491231002X"
    assert people.birth_date("resident_id", "610104620927690") == date(1962, 9, 27)


def test_a_birth_date_that_is_not_told_is_none():
    assert people.birth_date("passport", "E12345678") is None
    assert people.birth_date("permanent_residence", "AAA123456789012") is None
    assert people.birth_date("resident_id", "445200199102300015") is None
    assert people.birth_date("resident_id", "4452") is None


def test_a_year_of_life_is_complete_on_the_day_after_the_birthday():
    born = date(2010, 11, 26)
    assert people.completed_on(born, 16) == date(2026, 11, 27)
    assert people.age_on(born, date(2026, 11, 26)) == 15
    assert people.age_on(born, date(2026, 11, 27)) == 16
    assert people.age_on(born, born) == people.age_on(born, date(2011, 11, 26)) == 0
    leap = date(2008, 2, 29)
    assert people.completed_on(leap, 18) == date(2026, 3, 1)
    assert people.completed_on(leap, 16) == date(2024, 3, 1)
    assert (people.age_on(leap, date(2026, 2, 28)), people.age_on(leap, date(2026, 3, 1))) == (17, 18)


@given(st.dates(date(1920, 1, 1), date(2020, 1, 1)), st.integers(1, 90))
def test_the_two_ways_to_tell_an_age_agree(born, years):
    day = people.completed_on(born, years)
    assert people.age_on(born, day) == years
    assert people.age_on(born, day - timedelta(days=1)) == years - 1


@pytest.mark.parametrize(
    "name",
    [
        "林兰",
        "欧阳娜娜",
        "买买提·吐尔逊",
        "买买提•吐尔逊",
        "买买提・吐尔逊",
        "买买提.吐尔逊",
        "𠮷田",
        "\U00031350山",
        "林〇",
        "O'Brien",
        "Martin Luther King Jr.",
        "ئابدۇللا",
    ],
)
def test_names_of_all_kinds_are_names(name):
    assert people.check_name(name) is None


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "请填写姓名"),
        (" \t", "请填写姓名"),
        ("林", "至少要有两个字"),
        ("林3", "不会有数字"),
        ("林③", "不会有数字"),
        ("林\x00兰", "不能用的符号"),
        ("林<兰>", "不能用的符号"),
        ("·林兰", "间隔点"),
        ("林··兰", "间隔点"),
        ("林" * 51, "现在是 51 个字"),
    ],
)
def test_what_is_no_name_says_why(name, says):
    assert says in str(people.check_name(name))


def test_the_dots_of_a_name_are_one_dot():
    assert {people.normalise_name(f"买买提 {dot} 吐尔逊") for dot in "•・.·．"} == {"买买提·吐尔逊"}


def test_the_subject_digest_is_the_contract_s():
    expected = hashlib.sha256("resident_id|11010519491231002X|买买提·吐尔逊".encode()).hexdigest()
    for text, name in (("11010519491231002X", "买买提·吐尔逊"), (" １１010519491231002x", "买买提 • 吐尔逊")):
        assert people.subject_digest("resident_id", text, name) == expected
    assert people.subject_digest("passport", "E-1", "林兰") == hashlib.sha256("passport|E-1|林兰".encode()).hexdigest()


@pytest.mark.parametrize(
    ("mask", "plain", "masked"),
    [
        (people.mask_name, "林小兰", "林*兰"),
        (people.mask_name, "林兰", "林*"),
        (people.mask_name, "买买提·吐尔逊", "买*****逊"),
        (people.mask_name, "林", "*"),
        (people.mask_name, "", ""),
        (people.mask_number, "445200199001010026", "4452**********0026"),
        (people.mask_number, "610104620927690", "6101*******7690"),
        (people.mask_number, "H12345678", "H1*****78"),
        (people.mask_phone, "13812345620", "138****5620"),
        (people.mask_phone, "12333", "*****"),
        (people.mask_card_number, "X00000019", "X0*****19"),
        (people.mask_address, "广东省揭阳市榕城区进贤门大道8号", "广东省揭阳市榕城区****"),
        (people.mask_address, "揭阳市普宁市流沙大道", "揭阳市普宁市****"),
        (people.mask_address, "北京市朝阳区幸福小区3栋", "北京市朝阳区****"),
        (people.mask_address, "广西壮族自治区南宁市青秀区民族大道1号", "广西壮族自治区南宁市青秀区****"),
        (people.mask_address, "幸福小区3栋", "****"),
        (people.mask_address, "", ""),
        (masking.mask_email, "lin@example.com", "l***@example.com"),
        (masking.mask_text, "教师", "教*"),
        (masking.mask_text, "", ""),
    ],
)
def test_masks(mask, plain, masked):
    assert mask(plain) == masked
