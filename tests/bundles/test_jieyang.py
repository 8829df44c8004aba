"""Jieyang's definition: what its source guide says, and no more."""

import pytest

from bundles import case
from bundles.definition import TimeLimit
from bundles.vocabulary import CARD_STATES
from tests.bundles.making import item, jieyang


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
def test_replacement_takes_25_working_days_and_asks_for_no_material():
    assert item("replace").limits == {"online": TimeLimit("working_days", 25)}
    assert item("replace").materials == ()


@pytest.mark.rule("JY-2.2")
def test_apply_takes_25_working_days():
    assert item("apply").limits == {"online": TimeLimit("working_days", 25)}
    assert item("apply").limits["online"].text == "25 个工作日"


@pytest.mark.rule("JY-2.6")
def test_change_information_is_instant_and_asks_for_no_material():
    assert item("change-information").limits == {"online": TimeLimit("instant")}
    assert item("change-information").limits["online"].text == "即时办结"
    assert item("change-information").materials == ()


def test_apply_describes_its_materials_and_asks_for_no_upload_yet():
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
    assert not any(each.upload for each in item("apply").materials)
    assert item("apply").materials_for("window", "self") == ()


def test_every_item_needs_a_password_or_better_signed_in_within_30_minutes_and_is_free():
    assert jieyang().selection == "one"
    assert (jieyang().code, jieyang().number_prefix, jieyang().region) == ("social-security-card", "JY", "445200")
    for each in jieyang().items:
        assert (each.assurance, each.fresh_minutes, each.fee.fen) == ("password", 30, 0)
        assert each.clock_starts == "acceptance"


def test_no_condition_that_the_source_does_not_have():
    assert [each.code for each in jieyang().items if each.conditions] == ["loss"]
    assert [kind.code for kind in jieyang().loss_kinds] == ["formal"]
    assert jieyang().loss_kinds[0].lasts is None


def test_the_card_columns_are_the_contract_s():
    assert not item("apply").needs_card
    assert item("change-information").needs_card
    assert set(item("change-information").card_states) == set(CARD_STATES) - {"cancelled"}
    assert item("change-information").at_least_one == ("phone", "address", "email", "occupation")
    assert [each.code for each in item("apply").fields if each.required] == ["phone"]


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
