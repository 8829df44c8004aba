"""Facts that conditions need from elsewhere: asked for only where an item needs them, and told when absent."""

from dataclasses import replace
from datetime import date

import pytest

from bundles import facts
from bundles.definition import Condition, Field, Rule
from bundles.engine import check
from bundles.ports import Production, Standing
from bundles.rules import Facts, unmet
from tests.bundles.making import AT, TODAY, card, item, request

MADE = Production("p-1", "made", "apply", AT)


def with_conditions(*rules, **changes):
    return replace(item("apply"), conditions=tuple(rules), **changes)


@pytest.mark.parametrize(
    ("condition", "asked"),
    [
        (Condition("age", minimum=16), set()),
        (Condition("card_held"), {"cards"}),
        (Condition("valid_cards", maximum=2), {"cards"}),
        (Condition("first_application"), {"cards", "productions"}),
        (Condition("open_case", expected=False), {"open_case"}),
        (Condition("insured"), {"standing"}),
        (Condition("not", of=(Condition("any", of=(Condition("age", minimum=1), Condition("card_held"))),)), {"cards"}),
    ],
)
def test_an_item_names_what_its_conditions_need(condition, asked):
    needs = with_conditions(Rule("x", condition, "x"))
    when = with_conditions(Rule("x", Condition("age", minimum=1), "x", when=condition))
    shows = with_conditions(fields=(Field("x", "text", "x", visible_when=condition),))
    assert facts.questions(needs) == facts.questions(when) == facts.questions(shows) == asked


def test_what_cards_and_productions_tell():
    expired = replace(card("active"), expires_on=date(2026, 11, 25))
    endless = replace(card("locked"), expires_on=None)
    held = facts.known(TODAY, cards=[card("active"), expired, endless, card("cancelled")], productions=[])
    assert dict(held) == {"card_held": True, "valid_cards": 2, "first_application": False}
    assert dict(facts.known(TODAY, cards=[card("cancelled")])) == {"card_held": False, "valid_cards": 0}
    assert facts.known(TODAY, cards=[], productions=[])["first_application"] is True
    assert facts.known(TODAY, cards=[], productions=[MADE])["first_application"] is False
    assert dict(facts.known(TODAY, productions=[MADE])) == {}
    assert dict(facts.known(TODAY, open_case=False)) == {"open_case": False}


def test_the_card_itself_tells_its_region_and_its_loss():
    rule = Rule("lost", Condition("loss_reported", ("formal",)), "请先办挂失。")
    replaced = replace(item("replace"), conditions=(rule,))
    (fault,) = check(request("replace", {}, item=replaced, card=card("active"))).faults
    assert fault.path == "card_id"
    assert fault.message == "办这一项，卡要先办正式挂失；现在是没有挂失。请先办挂失。"
    assert check(request("replace", {}, item=replaced, card=card("formally_lost"))).faults == ()
    regional = replace(item("replace"), conditions=(Rule("here", Condition("region", ("440100",)), "x"),))
    assert "这张卡是广东省揭阳市发的" in check(request("replace", {}, item=regional)).faults[0].message
    assert dict(facts.of_card(None)) == {}


def test_a_fact_that_was_fetched_decides():
    needs = with_conditions(Rule("few", Condition("valid_cards", maximum=2), "请先注销一张。"))
    form = {"phone": "13812345620"}
    assert check(request("apply", form, item=needs, known={"valid_cards": 2})).faults == ()
    (fault,) = check(request("apply", form, item=needs, known={"valid_cards": 3})).faults
    assert (fault.path, fault.code) == ("item", "condition-few")
    assert fault.message == "办这一项，名下有效的社保卡要不超过 2 张；现在有 3 张。请先注销一张。"


def test_a_fact_that_could_not_be_fetched_keeps_the_application_back_and_blames_nobody():
    needs = with_conditions(Rule("few", Condition("valid_cards", maximum=2), "请先注销一张。"))
    (fault,) = check(request("apply", {"phone": "13812345620"}, item=needs)).faults
    assert fault.code == "condition-unknown"
    assert "这一点暂时没有查到。您填的没有错，请过一会儿再提交" in fault.message
    assert "注销" not in fault.message


def test_a_rule_whose_case_could_not_be_found_out_keeps_back_only_whom_it_might_concern():
    rule = Rule("x", Condition("age", minimum=18), "请由监护人来办。", when=Condition("card_held"))
    assert unmet((rule,), Facts(age=18)) == ()
    (miss,) = unmet((rule,), Facts(age=17))
    assert miss.finding.met is None
    assert miss.message.startswith("办这一项要先查清是不是“名下要有社保卡”的情形；这一点暂时没有查到。您填的没有错")
    assert unmet((rule,), Facts(age=17, known={"card_held": False})) == ()
    by_card = replace(rule, when=Condition("card_state", ("sealed",)))
    assert unmet((by_card,), Facts(age=17)) == ()


def test_what_the_registry_says_of_a_person_is_known_as_far_as_it_goes():
    here = Standing(insured=("445202",), lives_elsewhere=True, batch_state="data_ready")
    assert dict(facts.known(TODAY, standing=here, region="445200")) == {
        "batch_state": "data_ready",
        "insured": True,
        "lives_elsewhere": True,
    }
    assert facts.known(TODAY, standing=here, region="650000")["insured"] is False
    assert dict(facts.known(TODAY, standing=Standing())) == {"batch_state": facts.NO_BATCH}
