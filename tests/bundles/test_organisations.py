"""Unified social credit codes, as GB 32100-2015 builds them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundles.organisations import check_code, check_sign, normalise_code

SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CODE = "91110000600037341L"


@pytest.mark.parametrize("code", [CODE, "9144030071526726XG"])
def test_published_codes_are_right(code):
    assert check_code(code) is None


@pytest.mark.parametrize(
    "typed", ["91110000 600037341l", "９１１１００００６０００３７３４１Ｌ", " 91110000-600037341-L "]
)
def test_a_code_is_the_same_however_it_is_typed(typed):
    assert normalise_code(typed) == CODE
    assert check_code(typed) is None


@given(place=st.integers(0, 17), sign=st.sampled_from(SIGNS))
def test_one_wrong_sign_is_found(place, sign):
    wrong = CODE[:place] + sign + CODE[place + 1 :]
    assert (check_code(wrong) is None) == (wrong == CODE)


@given(place=st.integers(8, 15))
def test_two_signs_that_changed_places_are_found(place):
    swapped = CODE[:place] + CODE[place + 1] + CODE[place] + CODE[place + 2 :]
    assert (check_code(swapped) is None) == (swapped == CODE)


@given(body=st.text("0123456789", min_size=8, max_size=8), rest=st.text(SIGNS, min_size=9, max_size=9))
def test_every_body_has_one_check_digit(body, rest):
    right = [sign for sign in SIGNS if check_code(body + rest + sign) is None]
    assert right == [check_sign(body + rest)]


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        ("", "请填写"),
        ("9111000060003734", "少了"),
        ("91110000600037341L1", "多了"),
        ("9111000O600037341L", "“O”"),
        ("911A0000600037341L", "第 3 到 8 位"),
        ("91110000600037341M", "最后一位"),
        ("统一社会信用代码", "“统”"),
    ],
)
def test_what_is_wrong_is_said_in_words(code, hint):
    assert hint in (check_code(code) or "")
