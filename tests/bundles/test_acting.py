"""Who may act for whom: by channel, age, mandate; and what papers must prove while nobody has confirmed it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bundles import acting
from bundles.application import Actor, Handed, Holder, Mandate
from bundles.engine import check, precheck
from bundles.ports import IdentityDocument
from bundles.rules import Facts
from tests.bundles.guides import asking, item_of, told
from tests.bundles.in_cross_province import APPLY, KS, NEVER
from tests.bundles.making import TODAY, item, jieyang, request

PHONE = {"phone": "13812345620"}
OWN, REGISTER = ("identity_document", "photo"), ("household_register", "guardianship_proof", "photo")


def aged(years, days=1):
    """The day of birth of somebody who turned so many years old so many days ago."""
    return date(TODAY.year - years, TODAY.month, TODAY.day) - timedelta(days=days)


def applying(years, kinds, *, document="resident_id", acting_as="guardian", days=1, **more):
    holder = Holder(IdentityDocument(document, "1"), "林小雨", None if years is None else aged(years, days))
    handed = tuple(Handed(f"u-{kind}", kind) for kind in kinds)
    asked = request("apply", PHONE, holder=holder, acting_as=acting_as, uploads=handed, **more)
    return {each.path: each.code for each in check(asked).faults}


@pytest.mark.rule("JY-3.2", "JY-3.3")
@pytest.mark.parametrize(
    ("years", "days", "register", "own"),
    [(0, 1, True, True), (15, 1, True, True), (16, 1, True, True), (17, 0, True, True), (17, 1, False, True)],
)
@pytest.mark.parametrize("document", ["resident_id", "household_register"])
def test_for_a_child_of_16_or_less_the_register_with_proof_or_its_own_card(years, days, register, own, document):
    faults = applying(years, REGISTER, document=document, days=days)
    assert (faults == {}) == register
    assert (applying(years, OWN, days=days) == {}) == own
    if register:
        assert applying(years, ("household_register", "photo"), days=days) == {"uploads.guardianship": "required"}
        assert applying(years, ("guardianship_proof", "photo"), days=days) == {"uploads.household-register": "required"}
    assert "uploads" in applying(years, REGISTER, document=document, days=days, acting_as="self")


@pytest.mark.rule("JY-3.2")
@pytest.mark.parametrize("document", ["passport", "hk_macao_permit", "taiwan_permit", "permanent_residence"])
def test_the_register_is_for_citizens_who_live_in_mainland_china(document):
    assert set(applying(8, REGISTER, document=document)) == {"uploads", "uploads.identity"}
    assert applying(8, OWN, document=document) == {}


@pytest.mark.rule("JY-3.1", "JY-3.4", "JY-3.5", "JY-3.6", "JY-3.7", "JY-3.8")
@pytest.mark.parametrize(
    "document",
    ["resident_id", "passport", "hk_macao_permit", "taiwan_permit", "permanent_residence", "social_security_card"],
)
def test_every_accepted_document_does_for_oneself_and_for_a_child(document):
    assert applying(30, OWN, document=document, acting_as="self") == {}
    assert applying(None, OWN, document=document) == applying(8, OWN, document=document) == {}


@pytest.mark.parametrize(("years", "days", "minor"), [(17, 300, True), (18, 0, True), (18, 1, False)])
def test_one_is_a_minor_until_the_day_after_the_eighteenth_birthday(years, days, minor):
    assert acting.is_minor(aged(years, days), TODAY) is minor
    refused = {} if minor else {"acting.as": "holder-of-age"}
    assert applying(years, OWN, days=days) == refused


def fault(code="apply", channel="online", capacity="guardian", **more):
    found = acting.fault(item(code), "social-security-card", channel, capacity, today=TODAY, **more)
    return None if found is None else found.code


def test_a_guardian_is_of_age_and_somebody_else():
    assert fault(born_on=aged(8), actor=Actor(aged(30))) is None
    assert fault(born_on=aged(8), actor=Actor(None)) is None
    assert fault(born_on=aged(8), actor=Actor(aged(17, 1))) == "guardian-minor"
    assert fault(born_on=aged(8), actor=Actor(aged(18, 0))) == "guardian-minor"
    assert fault(born_on=aged(8), actor=Actor(aged(30), is_holder=True)) == "guardian-of-oneself"
    assert fault(born_on=None) is None


def test_an_item_that_does_not_name_a_capacity_does_not_take_it():
    assert fault("activate") == "capacity-not-allowed"
    assert fault(capacity="king") == "capacity-not-allowed"
    asked = request("activate", {}, acting_as="guardian")
    assert [each.code for each in precheck(asked)] == ["capacity-not-allowed", "card-active"]


def test_a_proxy_online_is_sent_to_the_window_of_the_item():
    proxied = replace(item("apply"), acting=("self", "proxy"))
    found = acting.fault(proxied, "b", "online", "proxy", today=TODAY)
    assert found is not None
    assert found.message == f"成年人代办目前不能在网上办，请带双方证件原件到窗口。{proxied.guide.window}"
    assert acting.fault(proxied, "b", "window", "proxy", today=TODAY) is None


def test_where_the_definition_refuses_it_speaks_itself():
    apply = item_of("chongqing", "apply")
    assert acting.fault(apply, "b", "online", "proxy", today=TODAY) is None
    assert "guardian" in acting.offered_online(apply)
    assert "proxy" not in acting.offered_online(apply)
    assert acting.offered_online(item_of("chongqing", "batch-apply")) == ()
    assert acting.offered_online(item_of("chongqing", "card-status")) == ("self",)
    assert acting.offered_online(item("apply")) == ("self", "guardian")


@pytest.mark.parametrize(
    ("mandate", "refused"),
    [
        (None, "not-an-agent"),
        (Mandate((), TODAY), None),
        (Mandate((), TODAY - timedelta(days=1)), "beyond-mandate"),
        (Mandate(("social-security-card",), TODAY), None),
        (Mandate(("social-security-card/apply",), TODAY), None),
        (Mandate(("social-security-card/loss", "elsewhere"), TODAY), "beyond-mandate"),
        (Mandate(("apply",), TODAY), "beyond-mandate"),
    ],
)
def test_an_agent_keeps_to_scope_and_time_online(mandate, refused):
    batch = replace(item("apply"), acting=("unit_agent",))
    found = acting.fault(batch, "social-security-card", "online", "unit_agent", today=TODAY, mandate=mandate)
    assert (None if found is None else found.code) == refused
    assert acting.fault(batch, "social-security-card", "window", "unit_agent", today=TODAY) is None


def test_who_is_not_confirmed_hands_in_both_proofs_where_the_item_asks_for_them():
    assert applying(8, REGISTER, unproven=True) == {}
    assert applying(8, OWN, unproven=True) == {
        "uploads.household-register": "required",
        "uploads.guardianship": "required",
    }
    assert applying(8, (*OWN, "household_register", "guardianship_proof"), unproven=True) == {}
    assert applying(17, OWN, unproven=True) == {"acting.ward": "guardianship-unproven"}
    assert applying(8, OWN, document="passport", unproven=True) == {"acting.ward": "guardianship-unproven"}


def test_who_is_not_confirmed_is_told_so_before_anything_is_filled_in():
    for years, document, told_first in ((8, "resident_id", []), (17, "resident_id", ["guardianship-unproven"])):
        holder = Holder(IdentityDocument(document, "1"), "林小雨", aged(years))
        asked = request("apply", {}, holder=holder, acting_as="guardian", unproven=True)
        assert [each.code for each in precheck(asked)] == told_first


def test_who_is_not_confirmed_gets_nothing_that_rests_on_what_the_registry_knows():
    child = Holder(IdentityDocument("resident_id", "1"), "林小雨", aged(8))
    unknown = replace(asking(KS, "apply", APPLY, holder=child, acting_as="guardian", known={}), unproven=True)
    assert "acting.ward" in {each.path for each in check(unknown).faults}

    apply, known = item("apply"), Facts(age=8, document_kind="resident_id")
    resting = replace(apply, conditions=(*apply.conditions, *item_of(KS, "apply").conditions))
    assert acting.unprovable(apply, "online", known) is None
    for other in (resting, replace(apply, needs_card=True)):
        found = acting.unprovable(other, "online", known)
        assert found is not None
        assert found.code == "guardianship-unproven"


@pytest.mark.rule("KS-1.16")
@pytest.mark.parametrize(("years", "taken"), [(0, True), (15, True), (17, True), (18, False), (40, False)])
def test_across_provinces_one_s_minor_child_has_an_entry_of_its_own(years, taken):
    child = Holder(IdentityDocument("resident_id", "1"), "林小雨", aged(years))
    said = told(asking(KS, "apply", APPLY, holder=child, acting_as="guardian", known=NEVER))
    assert (said == {}) == taken
    if not taken:
        assert "请由本人来办" in said["acting.as"]
    assert acting.offered_online(item_of(KS, "apply")) == ("self", "guardian")


def test_across_provinces_a_child_without_a_chinese_document_is_sent_to_the_counter():
    child = Holder(IdentityDocument("passport", "1"), "安娜", aged(8))
    said = told(asking(KS, "apply", APPLY, holder=child, acting_as="guardian", known=NEVER))
    assert "请用孩子的身份证或户口簿登记" in said["item"]


def test_what_stands_for_nobody_is_the_same_for_all_items():
    assert {each.code for each in jieyang().items if "guardian" in each.acting} == {"apply"}
