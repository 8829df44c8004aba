"""Which documents name one human being."""

import pytest

from bundles import people

WHOLE = people.to_eighteen("445203620927691")
OLD = "445203620927691"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (("resident_id", WHOLE), ("resident_id", OLD), True),
        (("resident_id", WHOLE), ("household_register", OLD), True),
        (("hk_macao_permit", "H1234567801"), ("hk_macao_permit", "h12345678 02"), True),
        (("hk_macao_permit", "H1234567801"), ("hk_macao_permit", "H12345678"), True),
        (("hk_macao_permit", "H1234567801"), ("hk_macao_permit", "M1234567801"), False),
        (("passport", "E12345678"), ("taiwan_permit", "12345678"), False),
        (("passport", "E12345678"), ("passport", "e12345678"), True),
    ],
)
def test_one_human_being_is_one_whichever_document_they_show(one, other, same):
    assert (people.identity_of(*one) == people.identity_of(*other)) is same


def test_a_residents_number_is_kept_with_eighteen_digits_and_others_as_they_are():
    assert people.canonical_number("household_register", OLD) == WHOLE
    assert people.canonical_number("passport", " e12345678 ") == "E12345678"
