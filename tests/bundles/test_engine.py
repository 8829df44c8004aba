"""Check all at once; carry out step by step, each once; what production events mean."""

from dataclasses import replace

import pytest

from bundles import handlers
from bundles.application import Step
from bundles.definition import Choice, Condition, Field, Item, Rule
from bundles.engine import carry_out, check, check_form, outcome_of_node
from bundles.ports import Refused, Unavailable
from bundles.vocabulary import CARD_STATES
from tests.bundles.making import LIN, Registry, card, item, order, request

APPLY = {"phone": "13812345620", "bank": "abc", "address": "揭阳市榕城区8号"}


def faults(checked):
    return {fault.path: (fault.code, fault.message) for fault in checked.faults}


@pytest.mark.parametrize(("code", "form"), [("apply", APPLY), ("change-information", {"phone": "138 1234 5620"})])
def test_a_good_application_has_no_fault_and_a_clean_form(code, form):
    checked = check(request(code, form))
    assert checked.faults == ()
    assert checked.form == form | {"phone": "13812345620"}


def test_all_faults_are_told_at_once():
    checked = check(
        request(
            "change-information",
            {"phone": "1381234562", "email": 5, "colour": "red"},
            channel="phone",
            acting_as="proxy",
            card=None,
        )
    )
    assert set(faults(checked)) == {"item", "acting.as", "card_id", "form.phone", "form.email", "form.colour"}
    assert faults(checked)["form.colour"] == ("unknown-field", "这一项没有“colour”要填，请去掉它再提交。")
    assert faults(checked)["item"][1] == "“社保卡信息变更”不能通过电话办理，请改用：网上。"
    assert "目前不能由代办人办理，请由本人来办" in faults(checked)["acting.as"][1]
    assert faults(checked)["card_id"] == ("required", "办“社保卡信息变更”要先选一张社保卡。")


def test_unknown_channels_and_capacities_are_refused_with_a_sentence_too():
    checked = check(request("apply", APPLY, channel="fax", acting_as="neighbour"))
    assert faults(checked)["item"][0] == "channel-not-offered"
    assert "没有看懂由谁来办" in faults(checked)["acting.as"][1]


def test_a_very_long_unknown_key_is_not_repeated_whole():
    checked = check_form(item("apply"), {"phone": "13812345620", "k" * 500: "x"})
    assert len(checked.faults[0].message) < 60


def test_at_least_one_field_must_be_given():
    for form in ({}, {"phone": " ", "email": None}):
        assert faults(check(request("change-information", form))) == {
            "form": ("at-least-one", "手机号码、通讯地址、电子邮箱、职业，请至少填写一项要改的。")
        }
    assert set(faults(check(request("change-information", {"phone": "1"})))) == {"form.phone"}
    plain = replace(item("change-information"), at_least_one_message="")
    assert check_form(plain, {}).faults[0].message == "请至少填写一项：手机号码、通讯地址、电子邮箱、职业。"


@pytest.mark.parametrize("state", [*CARD_STATES, "melted"])
def test_change_information_takes_any_card_but_a_cancelled_one(state):
    found = faults(check(request("change-information", {"occupation": "教师"}, card=card(state))))
    if state in CARD_STATES and state != "cancelled":
        assert found == {}
        return
    code, message = found["card_id"]
    assert code == f"card-{state}"
    assert "不能办“社保卡信息变更”" in message
    if state == "cancelled":
        assert message == "这张卡已经注销，不能办“社保卡信息变更”。需要新卡的，请办“社会保障卡申领”。"


def test_without_any_advice_a_refused_card_is_sent_to_the_outlet():
    bare = replace(item("change-information"), card_advice={}, guide=replace(item("apply").guide, window=""))
    found = faults(check(request("change-information", {"occupation": "教师"}, item=bare, card=card("cancelled"))))
    assert found["card_id"][1].endswith("请到社保卡服务网点问一问。")


def test_apply_wants_no_card_and_a_phone():
    found = faults(check(request("apply", {"bank": "abc"}, card=card())))
    assert found == {
        "card_id": ("card-not-needed", "办“社会保障卡申领”不用选卡，请去掉选的卡再提交。"),
        "form.phone": ("required", "请填写手机号码。"),
    }


def test_a_page_checks_only_its_own_fields():
    assert check_form(item("apply"), {"bank": "hsbc"}, only=["address"]).faults == ()
    checked = check_form(item("apply"), {"bank": "abc", "address": "揭阳市榕城区8号"}, only=["bank"])
    assert (checked.faults, dict(checked.form)) == ((), {"bank": "abc"})
    assert check_form(item("change-information"), {}, only=["phone"]).faults == ()
    assert check_form(item("change-information"), {}, only=["phone", "address", "email", "occupation"]).faults != ()


def with_questions():
    fields = (
        Field("why", "choice", "原因", required=True, choices=(Choice("lost", "丢了"), Choice("damaged", "坏了"))),
        Field("where", "text", "在哪里丢的", required=True, visible_when=Condition("field", ("lost",), field="why")),
        Field("school", "text", "学校", visible_when=Condition("age", maximum=16)),
    )
    rule = Rule(
        "adult", Condition("age", minimum=18), "请由监护人办理。", when=Condition("field", ("lost",), field="why")
    )
    held = Rule("insured", Condition("insured"), "请先参保。")
    again = Rule("phone", Condition("field", ("damaged",), field="why"), "请改选。")
    return replace(item("apply"), fields=fields, conditions=(rule, held, again), at_least_one=())


def test_a_field_shows_by_another_answer_and_by_facts():
    asked = with_questions()
    assert [f.path for f in check_form(asked, {"why": "lost"}).faults] == ["form.where"]
    hidden = check_form(asked, {"why": "damaged", "where": "路上"})
    assert (hidden.faults, dict(hidden.form)) == ((), {"why": "damaged"})
    adult = check(request("apply", {"why": "damaged", "school": "一中"}, item=asked, known={"insured": True}))
    assert (adult.faults, dict(adult.form)) == ((), {"why": "damaged"})


def test_unmet_conditions_are_faults_on_their_path_with_need_finding_and_advice():
    young = replace(LIN, birth_date=None)
    checked = check(request("apply", {"why": "lost", "where": "路上"}, item=with_questions(), holder=young))
    assert faults(checked)["item"] == (
        "condition-unknown",
        "办这一项，要在本地参保；这一点暂时没有查到。您填的没有错，请过一会儿再提交，或到社保卡服务网点办理。",
    )
    assert faults(checked)["form.why"][0] == "condition-phone"
    assert faults(checked)["form.why"][1] == "办这一项，“原因”要选“坏了”；现在选的是“丢了”。请改选。"
    assert [f.code for f in checked.faults].count("condition-unknown") == 2
    missing = check(request("apply", {}, item=with_questions(), known={"insured": True}))
    assert faults(missing) == {"form.why": ("required", "请选择原因。")}


def test_change_information_updates_the_registry_once_and_says_what():
    registry = Registry()
    form = {"phone": "13812345620", "occupation": "教师"}
    (step,) = carry_out(order("change-information", form), registry)
    assert (step.name, step.key, step.node, step.outcome) == (
        "profile",
        "JY20261126-0001:profile",
        "completed",
        "completed",
    )
    assert step.result["updated"] == ["手机号码", "职业"]
    assert step.text == "已更新：手机号码、职业。"
    assert registry.effects == {"JY20261126-0001:profile": (LIN.document, "c-1", form)}
    nothing = next(iter(carry_out(order("change-information", {}), Registry())))
    assert nothing.text == "信息和原来一样，没有要更新的。"


def test_apply_orders_a_card_and_waits_for_the_registry_s_events():
    registry = Registry()
    (step,) = carry_out(order("apply", APPLY, card=None), registry)
    assert (step.node, step.text, step.outcome, dict(step.facts)) == (None, None, None, {"production": "p-1"})
    sent = registry.effects["JY20261126-0001:production"]
    assert (sent.kind, sent.reference, sent.bank, sent.phone, sent.card) == (
        "apply",
        "JY20261126-0001",
        "中国农业银行",
        "13812345620",
        None,
    )
    bare = Registry()
    unasked = replace(item("apply"), fields=())
    list(carry_out(order("apply", {}, item=unasked), bare))
    assert (bare.effects["JY20261126-0001:production"].bank, bare.effects["JY20261126-0001:production"].card) == (
        None,
        "c-1",
    )


def test_a_step_already_done_is_not_repeated():
    registry = Registry()
    assert list(carry_out(order("apply", APPLY, done={"production": {"production": "p-1"}}), registry)) == []
    assert registry.effects == {}


def test_a_registry_that_is_away_passes_through_and_the_next_try_uses_the_same_key():
    registry = Registry(Unavailable())
    with pytest.raises(Unavailable):
        list(carry_out(order("apply", APPLY), registry))
    (step,) = carry_out(order("apply", APPLY), registry)
    assert list(registry.effects) == [step.key]


def test_a_refusal_ends_the_order_with_its_reason():
    refusal = Refused("no-such-card", "没有查到这张卡。")
    (step,) = carry_out(order("change-information", {"phone": "13812345620"}), Registry(refusal))
    assert (step.outcome, step.node, step.text) == ("refused", "refused", "没有查到这张卡。")
    assert step.result == {"code": "no-such-card", "reason": "没有查到这张卡。"}
    assert str(refusal) == "no-such-card"


def test_an_order_without_the_card_it_needs_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="has a card"):
        list(carry_out(order("change-information", {}, card=None), Registry()))


def test_what_a_production_s_node_means_is_the_definition_s_to_say():
    apply = item("apply")
    assert [outcome_of_node(apply, node) for node in ("card_made", "sent", "ready_for_pickup", "received")] == [
        None,
        "stop_clock",
        "stop_clock",
        "completed",
    ]
    assert outcome_of_node(item("change-information"), "received") is None
    assert outcome_of_node(replace(apply, options={"completes_on": "received"}), "received") is None


def test_an_eighth_kind_of_item_is_one_handler_and_data(monkeypatch):
    monkeypatch.setattr(handlers, "_HANDLERS", {name: handlers.find(name) for name in handlers.names()})
    taken = []

    @handlers.handler("two-steps")
    class TwoSteps(handlers.Plain):
        def plan(self, order):
            def first(registry, key, done):
                taken.append(key)
                return Step("first", key, facts={"seen": 1})

            def second(registry, key, done):
                taken.append((key, done["first"]["seen"]))
                return Step("second", key, outcome="completed")

            yield "first", first
            yield "second", second
            yield "never", first

    eighth = Item("eighth", "第八项", "八", "试一试", "two-steps", limits={}, guide=item("apply").guide)
    assert check(request("apply", {}, item=eighth, uploads=())).faults == ()
    steps = carry_out(order("apply", {}, item=eighth), Registry())
    assert next(steps).name == "first"
    assert taken == ["JY20261126-0001:first"]
    assert [step.name for step in steps] == ["second"]
    resumed = carry_out(order("apply", {}, item=eighth, done={"first": {"seen": 2}}), Registry())
    assert [step.name for step in resumed] == ["second"]
    assert taken[1:] == [("JY20261126-0001:second", 1), ("JY20261126-0001:second", 2)]
    assert handlers.unknown_options({"x": 1}, ()) == [("x", "没有选项“x”，这个处理程序没有选项。")]
