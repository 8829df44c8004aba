"""Jieyang's definition: what its source guide says, and no more."""

from datetime import date, timedelta

import pytest

from bundles import case, facts, schema
from bundles.application import Handed, Holder
from bundles.definition import PhotoRule, TimeLimit
from bundles.engine import check
from bundles.handlers import failing
from bundles.ports import IdentityDocument
from bundles.rules import Facts, evaluate
from bundles.vocabulary import CARD_STATES, DOCUMENT_KINDS
from tests.bundles.making import DEFINITIONS, TODAY, item, jieyang, request


@pytest.mark.rule("JY-1.1")
def test_the_bundle_offers_exactly_the_seven_items():
    assert [each.code for each in jieyang().items] == [
        "apply",
        "activate",
        "loss",
        "replace",
        "change-information",
        "production-progress",
        "card-status",
    ]


@pytest.mark.rule("JY-2.3")
def test_activation_is_instant_and_asks_for_no_material():
    assert item("activate").limits == {"online": TimeLimit("instant")}
    assert item("activate").materials == ()


@pytest.mark.rule("JY-2.5")
def test_replacement_takes_25_working_days_and_demands_no_material():
    """Who wants another picture on the new card may hand it in; nobody has to."""
    assert item("replace").limits == {"online": TimeLimit("working_days", 25)}
    (photo,) = item("replace").materials
    assert (photo.kind, photo.necessity, photo.upload) == ("photo", "if_changed", True)
    assert check(request("replace", {})).faults == ()
    assert check(request("replace", {}, uploads=(Handed("u-1", "photo"),))).faults == ()


@pytest.mark.rule("JY-2.2")
def test_apply_takes_25_working_days():
    assert item("apply").limits == {"online": TimeLimit("working_days", 25)}
    assert item("apply").limits["online"].text == "25 个工作日"


@pytest.mark.rule("JY-2.6")
def test_change_information_is_instant_and_asks_for_no_material():
    assert item("change-information").limits == {"online": TimeLimit("instant")}
    assert item("change-information").limits["online"].text == "即时办结"
    assert item("change-information").materials == ()


@pytest.mark.rule("JY-2.1")
def test_apply_asks_for_an_identity_document_and_one_photo_on_white():
    own = item("apply").materials_for("online", "self")
    assert [each.kind for each in own] == ["identity_document", "photo"]
    guardian = item("apply").materials_for("online", "guardian")
    assert [each.kind for each in guardian] == [
        "identity_document",
        "household_register",
        "guardianship_proof",
        "photo",
    ]
    assert own[0].documents == (
        "resident_id",
        "passport",
        "hk_macao_permit",
        "taiwan_permit",
        "permanent_residence",
        "social_security_card",
    )
    assert item("apply").uploads_for("online", "self") == own
    assert (own[0].necessity, own[0].most, own[1].necessity, own[1].most) == ("required", 2, "required", 1)
    assert own[1].photo == PhotoRule(358, 441, background="white")
    checked = check(request("apply", {"phone": "13812345620"}, uploads=()))
    assert {(fault.path, fault.code, fault.message) for fault in checked.faults} == {
        ("uploads.identity", "required", "请先上传有效身份证件。"),
        ("uploads.photo", "required", "请先上传电子证件照。"),
    }
    assert item("apply").materials_for("window", "self") == ()


def test_every_item_needs_a_password_or_better_signed_in_within_30_minutes_and_is_free():
    assert jieyang().selection == "one"
    assert (jieyang().code, jieyang().number_prefix, jieyang().region) == ("social-security-card", "JY", "445200")
    for each in jieyang().items:
        assert (each.assurance, each.fresh_minutes, each.fee.fen) == ("password", 30, 0)
        assert each.clock_starts == "acceptance"


def test_no_condition_that_the_source_does_not_have():
    assert {each.code: [rule.code for rule in each.conditions] for each in jieyang().items if each.conditions} == {
        "apply": ["document", "register"],
        "loss": ["report-state", "lift-state"],
    }
    assert all(facts.questions(each) == frozenset() for each in jieyang().items)
    assert [kind.code for kind in jieyang().loss_kinds] == ["formal"]
    assert jieyang().loss_kinds[0].lasts is None


def test_the_card_columns_are_the_contract_s():
    assert not item("apply").needs_card
    assert item("change-information").needs_card
    assert set(item("change-information").card_states) == set(CARD_STATES) - {"cancelled"}
    assert item("change-information").at_least_one == ("phone", "address", "email", "occupation")
    assert [each.code for each in item("apply").fields if each.required] == ["phone"]


ACCEPTED = (
    "resident_id",
    "passport",
    "hk_macao_permit",
    "taiwan_permit",
    "permanent_residence",
    "social_security_card",
)


def applying(kind, age=None, acting_as="self"):
    """The faults of an application on the day somebody with this document has reached an age."""
    born = None if age is None else date(TODAY.year - age, TODAY.month, TODAY.day) - timedelta(days=1)
    holder = Holder(IdentityDocument(kind, "1"), "林小兰", born)
    form = {"phone": "13812345620"}
    return {f.path: f for f in check(request("apply", form, holder=holder, acting_as=acting_as)).faults}


@pytest.mark.parametrize("kind", ACCEPTED)
def test_apply_accepts_the_documents_of_its_source_at_any_age(kind):
    assert applying(kind) == {}
    assert applying(kind, 10) == applying(kind, 90) == {}
    assert kind in item("apply").materials[0].documents


@pytest.mark.parametrize("kind", ["officer_card", "hmt_residence_permit"])
def test_apply_says_what_to_do_with_another_document(kind):
    (fault,) = applying(kind, 30).values()
    assert (fault.path, fault.code) == ("item", "condition-document")
    assert f"现在用的是{DOCUMENT_KINDS[kind]}" in fault.message
    assert "请换一种证件重新登录" in fault.message


@pytest.mark.rule("JY-3.2", "JY-3.3")
@pytest.mark.parametrize(("age", "taken"), [(0, True), (15, True), (16, True), (17, False), (40, False)])
def test_a_household_register_is_for_guardians_of_people_up_to_16(age, taken):
    faults = applying("household_register", age, "guardian")
    assert ("item" not in faults) == taken
    assert ("acting.as" in faults) == (age >= 18)
    alone = applying("household_register", age)["item"]
    assert "请由监护人来办" in alone.message


def test_up_to_16_both_ways_stand_in_the_guide_and_above_16_the_register_does_not():
    for age, shown in ((15, True), (16, True), (17, False)):
        materials = [
            each.code
            for each in item("apply").materials_for("online", "guardian")
            if each.when is None or evaluate(each.when, Facts(age=age, document_kind="resident_id")).met
        ]
        assert ("household-register" in materials) is shown
        assert ("guardianship" in materials) is shown
        assert "identity" in materials


def test_each_item_tells_of_every_end_and_every_turn_that_asks_for_something():
    for each in jieyang().items:
        told = {notification.node for notification in each.notifications}
        assert told >= {"completed", "refused"}, each.code
        if each.handler == "production":
            assert told >= {"accepted", "correction_requested", "card_made", "sent", "ready_for_pickup"}
        for notification in each.notifications:
            assert len(notification.title) <= 20, notification
            assert len(notification.text) <= 60, notification


def test_no_shipped_definition_offers_the_handler_that_fails_on_purpose():
    for path in DEFINITIONS.glob("*.toml"):
        for each in schema.load_toml(path.read_text("utf-8")).items:
            assert each.handler != failing.NAME, path.name


def test_each_item_has_its_texts():
    for each in jieyang().items:
        assert each.before_you_start
        assert each.questions
        assert each.synonyms
        assert each.guide.window
        assert each.steps[0].node == "submitted"
        assert {stage.node for stage in each.steps} <= set(case.NODES)
    assert jieyang().item("fly") is None
    assert item("apply").field("wings") is None
