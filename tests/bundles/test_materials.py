"""Which pictures are asked for, and what is wrong with those handed in."""

from dataclasses import replace

import pytest

from bundles.application import Handed
from bundles.definition import Condition, Material, PhotoRule
from bundles.engine import carry_out, check
from bundles.materials import asked, card_photo, faults_of_uploads
from bundles.rules import Facts
from bundles.vocabulary import UPLOAD_KINDS
from tests.bundles.making import Registry, item, order, request

APPLY = {"phone": "13812345620"}
APPLYING = item("apply")


def told(*kinds, item=APPLYING, acting_as="self", facts=None):
    """The faults of an application with pictures of these kinds, as (path, code)."""
    uploads = [Handed(f"u-{index}", kind) for index, kind in enumerate(kinds)]
    return [
        (each.path, each.code)
        for each in faults_of_uploads(item, "online", acting_as, uploads, facts or Facts(acting_as=acting_as))
    ]


def test_pictures_of_every_material_asked_for_leave_no_fault():
    assert told("identity_document", "photo") == []
    assert told("photo", "identity_document", "identity_document") == []


def test_more_pictures_than_a_material_takes_are_too_many():
    (fault,) = faults_of_uploads(
        item("apply"),
        "online",
        "self",
        [Handed("a", "identity_document"), *[Handed(c, "photo") for c in "bc"]],
        Facts(),
    )
    assert (fault.path, fault.code) == ("uploads.photo", "too-many")
    assert fault.message == "“电子证件照”最多 1 张，现在有 2 张，请删掉多的再提交。"


@pytest.mark.parametrize("kind", [kind for kind in UPLOAD_KINDS if kind not in ("photo", "identity_document")])
def test_pictures_that_nobody_asked_for_are_named(kind):
    checked = check(request("apply", APPLY, uploads=[*request("apply", APPLY).uploads, Handed("u-3", kind)]))
    (fault,) = checked.faults
    assert (fault.path, fault.code) == ("uploads", "upload-not-asked")
    assert UPLOAD_KINDS[kind] in fault.message


def test_an_item_that_asks_for_no_picture_takes_none():
    assert told("photo", item=item("activate")) == [("uploads", "upload-not-asked")]
    assert told("nonsense", item=item("activate")) == [("uploads", "upload-not-asked")]


def family(necessity="required", when=None):
    """`apply` where the guardian's papers are uploaded too."""
    apply = item("apply")
    return replace(
        apply,
        acting=("self", "guardian"),
        materials=tuple(
            replace(each, upload=True, necessity=necessity if each.variant == "guardian" else each.necessity, when=when)
            if each.variant == "guardian"
            else each
            for each in apply.materials
        ),
    )


def test_of_alternatives_one_suffices():
    assert told("identity_document", "photo", item=family(), acting_as="guardian") == []
    assert told("household_register", "guardianship_proof", "photo", item=family(), acting_as="guardian") == []


def test_the_alternative_that_was_begun_is_asked_for():
    assert told("household_register", "photo", item=family(), acting_as="guardian") == [
        ("uploads.guardianship", "required")
    ]
    assert told("photo", item=family(), acting_as="guardian") == [("uploads.identity", "required")]


def test_an_alternative_without_anything_required_asks_for_nothing():
    assert told("photo", item=family("optional"), acting_as="guardian") == []


def test_a_material_counts_where_its_condition_holds_or_cannot_be_told():
    young = family(when=Condition("age", maximum=16))
    for age, kinds in ((8, 4), (None, 4), (17, 2)):
        assert len(asked(young, "online", "guardian", Facts(age=age))) == kinds
    papers = ("household_register", "guardianship_proof", "photo")
    assert told(*papers, item=young, acting_as="guardian", facts=Facts(age=8)) == []
    assert set(told(*papers, item=young, acting_as="guardian", facts=Facts(age=17))) == {
        ("uploads.identity", "required"),
        ("uploads", "upload-not-asked"),
    }


def test_the_photo_for_the_card_goes_to_the_registry():
    assert card_photo(item("activate")) is None
    assert (
        card_photo(replace(item("apply"), materials=(Material("photo", "照片", "photo", photo=PhotoRule(1, 1)),)))
        is None
    )
    found = card_photo(item("replace"))
    assert found is not None
    assert found.code == "photo"
    registry = Registry()
    assert list(carry_out(order("apply", APPLY, card=None, photo=b"jpeg"), registry))
    assert registry.effects["JY20261126-0001:production"].photo == b"jpeg"
    assert b"jpeg".decode() not in repr(registry.effects)


def test_a_pdf_does_not_do_where_only_pictures_are_taken():
    uploads = [Handed("a", "identity_document", is_pdf=True), Handed("b", "photo")]
    (fault,) = faults_of_uploads(APPLYING, "online", "self", uploads, Facts(acting_as="self"))
    assert (fault.path, fault.code) == ("uploads.identity", "picture-only")
    taken = replace(
        APPLYING,
        materials=tuple(replace(each, accepted=("picture", "pdf")) for each in APPLYING.materials),
    )
    assert list(faults_of_uploads(taken, "online", "self", uploads, Facts(acting_as="self"))) == []
