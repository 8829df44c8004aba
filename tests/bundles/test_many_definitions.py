"""Two bundles that are data only, several items in one application: a lost card, and retirement."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache

import pytest

from bundles import schema
from bundles.application import Handed, Holder
from bundles.definition import Bundle, Combination, Item, TimeLimit
from bundles.engine import carry_out, check
from bundles.materials import asked
from bundles.ports import IdentityDocument
from bundles.rules import Facts
from bundles.search import Index
from bundles.vocabulary import CARD_STATES
from tests.bundles.making import DEFINITIONS, TODAY, Registry, card, order, request

REACHED = {"phone": "13812345620", "address": "揭阳市榕城区某某路 8 号"}
PENSION = {
    "retire_on": "2026-11-30",
    "why": "age",
    "last_unit": "灵活就业",
    "live_in": "445202",
    "phone": "13812345620",
    "true_answers": "yes",
}
EVERYTHING = PENSION | {
    "paid_years": "short",
    "pay_rest": "monthly",
    "loan": "no",
    "account_bank": "工商银行榕城支行",
    "account": "6222000000000000",
    "address": "揭阳市榕城区某某路 8 号",
}
SIGNED = ("identity_document", "signature")


@cache
def bundle(name: str) -> Bundle:
    return schema.load_toml((DEFINITIONS / f"{name}.toml").read_text("utf-8"))


def item(name: str, code: str) -> Item:
    found = bundle(name).item(code)
    assert found is not None, code
    return found


def somebody(age: int) -> Holder:
    return Holder(IdentityDocument("resident_id", "1"), "林小兰", date(TODAY.year - age, 1, 1))


def told(name: str, codes: str, form: Mapping[str, object], *, pictures=(), state="active", age=61):
    """The faults of an application for these items, path by path."""
    chosen = item(name, codes)
    made = request(
        "activate",
        form,
        bundle=bundle(name),
        item=chosen,
        card=card(state) if chosen.needs_card else None,
        holder=somebody(age),
        uploads=tuple(Handed(f"u-{number}", kind) for number, kind in enumerate(pictures)),
    )
    return {fault.path: fault.message for fault in check(made).faults}


def together(name: str, codes: str) -> Combination:
    chosen = item(name, codes)
    assert isinstance(chosen, Combination)
    return chosen


def parts(name: str, codes: str) -> list[str]:
    return [each.code for each in together(name, codes).parts]


@pytest.mark.parametrize("name", ["lost_card", "retirement"])
def test_several_items_may_be_chosen_and_all_their_codes_make_a_short_one(name):
    assert bundle(name).selection == "many"
    joined = "+".join(each.code for each in bundle(name).items)
    assert len(joined) < 150
    assert isinstance(bundle(name).item(joined), Combination)
    assert {each.channels for each in bundle(name).items} == {("online",)}


def test_loss_and_replacement_are_chosen_in_any_order_and_carried_out_in_one():
    assert parts("lost_card", "replace+loss") == parts("lost_card", "loss+replace") == ["loss", "replace"]
    both = item("lost_card", "loss+replace")
    assert {each.code: each.limits["online"] for each in bundle("lost_card").items} == {
        "loss": TimeLimit("instant"),
        "replace": TimeLimit("working_days", 25),
    }
    assert both.limits["online"] == TimeLimit("working_days", 25)


def test_what_both_ask_for_is_asked_once():
    both = item("lost_card", "loss+replace")
    assert [(each.code, each.required) for each in both.fields] == [("phone", True), ("address", True)]
    materials = [(each.code, each.necessity) for each in both.materials]
    assert materials == [("identity", "required"), ("photo", "if_changed")]
    assert told("lost_card", "loss+replace", REACHED, pictures=["identity_document"]) == {}
    assert told("lost_card", "loss+replace", {}) == {
        "form.phone": "请填写手机号码。",
        "form.address": "请填写收件地址。",
        "uploads.identity": "请先上传本人的身份证件。",
    }


def test_a_loss_alone_needs_nothing_but_the_card():
    assert told("lost_card", "loss", {}) == {}
    for state in set(CARD_STATES) - {"sealed", "active", "temporarily_lost"}:
        assert set(told("lost_card", "loss", {}, state=state)) == {"card_id"}
    assert "只勾“补卡”就行" in told("lost_card", "loss", {}, state="formally_lost")["card_id"]


@pytest.mark.parametrize("state", ["active", "sealed", "temporarily_lost"])
def test_a_replacement_alone_asks_for_the_loss_to_be_ticked_too(state):
    message = told("lost_card", "replace", REACHED, pictures=["identity_document"], state=state)["card_id"]
    assert "卡要先办正式挂失" in message
    assert "请把“挂失”也勾上" in message
    assert told("lost_card", "loss+replace", REACHED, pictures=["identity_document"], state=state) == {}


def test_a_replacement_alone_is_had_for_a_card_that_was_reported_before():
    assert told("lost_card", "replace", REACHED, pictures=["identity_document"], state="formally_lost") == {}
    both = told("lost_card", "loss+replace", REACHED, pictures=["identity_document"], state="formally_lost")
    assert set(both) == {"card_id"}
    for state in ("locked", "cancelled"):
        alone = told("lost_card", "replace", REACHED, pictures=["identity_document"], state=state)
        assert "网点" in alone["card_id"]


def test_the_loss_is_reported_formally_and_the_new_card_ordered_for_the_address_given():
    registry = Registry()
    for part in together("lost_card", "loss+replace").parts:
        form = {each.code: REACHED[each.code] for each in part.fields}
        made = order("activate", form, bundle=bundle("lost_card"), item=part, number=f"DS-{part.code}")
        assert list(carry_out(made, registry))
    assert list(registry.effects) == ["DS-loss:loss", "DS-replace:production"]
    assert registry.effects["DS-loss:loss"][2] == "formal"
    production = registry.effects["DS-replace:production"]
    assert (production.kind, production.address, production.on_the_spot) == ("replace", REACHED["address"], False)


def test_retirement_is_five_items_of_which_three_are_done_by_a_bureau():
    assert {each.code: (each.handler, each.limits["online"].text) for each in bundle("retirement").items} == {
        "pension": ("office", "15 个工作日"),
        "medical": ("office", "10 个工作日"),
        "fund": ("office", "3 个工作日"),
        "activate": ("activation", "即时办结"),
        "info": ("profile", "即时办结"),
    }
    assert parts("retirement", "fund+medical+pension") == ["pension", "medical", "fund"]
    assert [item("retirement", code).after for code in ("medical", "fund")] == [("pension",), ("pension",)]


def test_retirement_asks_in_many_kinds_and_everything_at_once_is_one_form():
    kinds = {field.kind for each in bundle("retirement").items for field in each.fields}
    assert kinds >= {"date", "region", "choice", "yes_no", "text", "phone", "address", "email", "file", "signature"}
    everything = item("retirement", "pension+medical+fund+activate+info")
    codes = [each.code for each in everything.fields]
    assert len(codes) == len(set(codes))
    assert codes.count("phone") == codes.count("retire_on") == codes.count("pledge") == 1
    assert told("retirement", everything.code, EVERYTHING, pictures=SIGNED, state="sealed") == {}
    assert set(told("retirement", everything.code, {}, state="sealed")) >= {
        "form.retire_on",
        "form.why",
        "form.last_unit",
        "form.live_in",
        "form.phone",
        "form.true_answers",
        "form.paid_years",
        "form.loan",
        "form.account_bank",
        "form.account",
        "uploads.identity",
        "uploads.pledge",
    }


@pytest.mark.parametrize(
    ("why", "age", "refused"),
    [
        ("age", 49, "pension"),
        ("age", 50, ""),
        ("hard_work", 44, "early"),
        ("hard_work", 45, ""),
        ("health", 44, "early"),
        ("health", 45, ""),
    ],
)
def test_a_pension_has_its_age(why, age, refused):
    pictures = SIGNED if why == "age" else (*SIGNED, "other")
    faults = told("retirement", "pension", PENSION | {"why": why}, pictures=pictures, age=age)
    assert bool(faults) == bool(refused)
    for message in faults.values():
        assert f"现在是 {age} 周岁" in message
        assert "12333" in message


def test_who_retires_early_hands_in_a_proof_that_may_be_a_pdf():
    pension = item("retirement", "pension")

    def proofs(why):
        facts = Facts(form=PENSION | {"why": why}, fields={each.code: each for each in pension.fields})
        return [each for each in asked(pension, "online", "self", facts) if each.code == "proof"]

    assert proofs("age") == []
    for why in ("hard_work", "health"):
        (proof,) = proofs(why)
        assert (proof.necessity, proof.accepted) == ("required", ("picture", "pdf"))
        faults = told("retirement", "pension", PENSION | {"why": why}, pictures=SIGNED)
        assert set(faults) == {"uploads.proof"}
        assert told("retirement", "pension", PENSION | {"why": why}, pictures=(*SIGNED, "other")) == {}


def test_answers_that_are_not_said_to_be_true_go_no_further():
    faults = told("retirement", "pension", PENSION | {"true_answers": "no"}, pictures=SIGNED)
    assert "确认都是真的，再选“是”" in faults["form.true_answers"]


def test_how_missing_years_are_paid_is_asked_only_where_years_are_missing():
    medical = {"retire_on": "2026-11-30", "phone": "13812345620"}
    for years, missing in (("enough", set()), ("unknown", set()), ("short", {"form.pay_rest"})):
        faults = told("retirement", "medical", medical | {"paid_years": years}, pictures=["identity_document"])
        assert set(faults) == missing
    for code, form, pictures in (
        ("medical", medical | {"paid_years": "enough"}, ["identity_document"]),
        ("fund", {code: EVERYTHING[code] for code in ("loan", "account_bank", "account", "phone")}, SIGNED),
    ):
        assert told("retirement", code, form, pictures=pictures, age=45) == {}
        assert "现在是 44 周岁" in told("retirement", code, form, pictures=pictures, age=44)["item"]


def test_who_still_owes_a_loan_is_told_what_can_be_done_now():
    form = {"loan": "yes", "account_bank": "工商银行榕城支行", "account": "6222000000000000", "phone": "13812345620"}
    message = told("retirement", "fund", form, pictures=SIGNED)["form.loan"]
    assert "先还清公积金贷款" in message
    assert "把“公积金”去掉就行" in message


def test_the_card_for_the_pension_is_activated_and_the_data_updated():
    for state in set(CARD_STATES) - {"sealed"}:
        assert set(told("retirement", "activate", {}, state=state)) == {"card_id"}
    registry = Registry()
    for code, form in (("activate", {}), ("info", {"phone": "13812345620"})):
        made = order("activate", form, bundle=bundle("retirement"), item=item("retirement", code), number=code)
        assert [step.outcome for step in carry_out(made, registry)] == ["completed"]
    assert registry.effects["info:profile"][2] == {"phone": "13812345620"}
    office = order("activate", {}, bundle=bundle("retirement"), item=item("retirement", "pension"))
    assert list(carry_out(office, registry)) == []


def test_an_identity_document_handed_in_lately_may_be_used_again():
    for name, days in (("lost_card", 180), ("retirement", 90)):
        found = [each for entry in bundle(name).items for each in entry.materials if each.code == "identity"]
        assert {(each.held, each.held_days) for each in found} == {(("earlier_case",), days)}


@pytest.mark.parametrize(
    ("name", "words", "code"),
    [
        ("lost_card", "社保卡丢了", "loss"),
        ("lost_card", "丢了补办", "replace"),
        ("retirement", "办退休", "pension"),
        ("retirement", "退休看病", "medical"),
        ("retirement", "取公积金", "fund"),
        ("retirement", "激活社保卡", "activate"),
        ("retirement", "换手机号", "info"),
    ],
)
def test_everyday_words_lead_to_the_item_first(name, words, code):
    assert Index.build([bundle(name)]).find(words)[0].item.code == code


@pytest.mark.parametrize("name", ["lost_card", "retirement"])
def test_each_item_tells_its_ends_and_each_text_fits_a_message(name):
    for each in bundle(name).items:
        assert {told_of.node for told_of in each.notifications} >= {"completed", "refused"}
        for told_of in each.notifications:
            assert len(told_of.title) <= 20
            assert len(told_of.text) <= 60
        assert each.guide.window
        assert each.before_you_start
        assert each.questions


def test_a_definition_alone_makes_a_combination_of_any_of_its_items():
    chosen = together("retirement", "pension+info")
    smaller = replace(bundle("retirement"), items=chosen.parts)
    assert smaller.item("info+pension") == chosen
