"""A million document numbers against the official rule and against other people's libraries.

Beside tests/bundles, because every line of those runs under the coverage measurement, which would make this take
minutes. Generated from a fixed seed: a fault found is found again.
"""

from __future__ import annotations

import random
import warnings
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from id_validator import validator
from stdnum.cn import ric
from stdnum.iso7064 import mod_11_2

from bundles.people import age_on, birth_date, check_digit, check_document, normalise_number, to_eighteen

TODAY = date(2026, 11, 26)
PROVINCES = [11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46]
PROVINCES += [50, 51, 52, 53, 54, 61, 62, 63, 64, 65]
FIRST, DAYS = date(1900, 1, 1), (TODAY - date(1900, 1, 1)).days
OF_ISO = "0123456789X"
MANY, SOME, FEW = 1_000_000, 20_000, 80


def official(body: str) -> str:
    """The check digit as the recursive scheme of ISO 7064 has it, which shares nothing with weights and tables."""
    product = 0
    for digit in body:
        product = (product + int(digit)) * 2 % 11
    return OF_ISO[(12 - product) % 11]


def bodies(seed: int, count: int) -> Iterator[str]:
    """The first 17 digits of people of every province and day of birth."""
    chance = random.Random(seed)
    days = [(FIRST + timedelta(n)).strftime("%Y%m%d") for n in range(DAYS + 1)]
    provinces, born = chance.choices(PROVINCES, k=count), chance.choices(days, k=count)
    for province, day, rest in zip(provinces, born, chance.choices(range(10**7), k=count), strict=True):
        yield f"{province}{rest // 1000:04}{day}{rest % 1000:03}"


def test_a_million_numbers_agree_with_the_official_checksum_everywhere():
    wrong = []
    for body in bodies(8, MANY):
        right = official(body)
        if check_digit(body) != right:
            wrong.append(body)
    assert wrong == []


def test_right_numbers_are_taken_and_every_other_last_digit_is_refused():
    for body in bodies(18, SOME):
        right = official(body)
        assert check_document("resident_id", body + right, TODAY) is None, body
        other = OF_ISO[(OF_ISO.index(right) + 1 + int(body[16])) % 11]
        if other != right:
            assert check_document("resident_id", body + other, TODAY) is not None, body


@pytest.mark.parametrize("region", ["440306", "441900", "445302", "500103", "310115", "440113"])
def test_people_born_before_their_county_are_taken_where_a_library_refuses_them(region):
    body = f"{region}19800101123"
    number = body + official(body)
    assert not ric.is_valid(number), "the library has been mended; take this out"
    assert check_document("resident_id", number, TODAY) is None


@pytest.mark.parametrize(("region", "year"), [("810000", 1950), ("830000", 1975), ("820000", 1990)])
def test_residents_from_hong_kong_macao_and_taiwan_are_taken_whatever_their_age(region, year):
    body = f"{region}{year}0303004"
    assert check_document("hmt_residence_permit", body + official(body), TODAY) is None


def test_a_birth_in_the_future_is_refused_though_a_library_takes_it():
    body = "11010520990101123"
    number = body + official(body)
    assert ric.is_valid(number), "the library has been mended; take this out"
    assert "还没有到" in str(check_document("resident_id", number, TODAY))


def test_what_another_validator_takes_is_taken_and_what_it_refuses_is_known_why():
    """80 of them only: that library needs 18 ms for each. It knows counties by year, we do not judge them (the living
    keep numbers of counties that are gone), so only its yes binds us."""
    taken = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for body in bodies(28, FEW):
            number = body + official(body)
            if validator.is_valid(number):
                taken += 1
                assert check_document("resident_id", number, TODAY) is None, number
    assert taken > 1


def test_cards_of_foreign_permanent_residents_begin_with_9_which_the_validator_does_not_know():
    body = "91101519800101123"
    number = body + official(body)
    assert not validator.is_valid(number)
    assert check_document("permanent_residence", number, TODAY) is None
    assert check_document("permanent_residence", "CHN110100000001"[:3] + "110100000001", TODAY) is None


def test_fifteen_digits_become_eighteen_with_the_same_birthday():
    for body in bodies(38, SOME):
        if body[6:8] != "19":
            continue
        short = body[:6] + body[8:17]
        assert check_document("resident_id", short, TODAY) is None
        assert to_eighteen(short) == body + official(body)
        assert birth_date("resident_id", short) == birth_date("resident_id", to_eighteen(short))


def test_however_a_number_is_written_it_is_the_same_number():
    chance = random.Random(48)
    wide = str.maketrans("0123456789", "０１２３４５６７８９")
    for body in bodies(58, 2_000):
        number = body + official(body)
        written = "".join(each + chance.choice(["", "", " ", "-", "　"]) for each in number).lower()
        written = written.translate(wide) if chance.random() < 0.5 else written
        assert normalise_number("resident_id", written) == number
        assert mod_11_2.is_valid(number)


def test_ages_go_by_the_day_after_the_birthday():
    assert age_on(date(2010, 11, 26), TODAY) == 15
    assert age_on(date(2010, 11, 25), TODAY) == 16
