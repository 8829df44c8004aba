"""What each kind of item does at the registry, once, and what it tells the citizen."""

from dataclasses import replace
from typing import Any

import pytest

from bundles import handlers
from bundles.engine import carry_out, check, outcome_of_node
from bundles.ports import Refused
from bundles.vocabulary import CARD_STATES
from tests.bundles.making import LIN, Registry, card, item, order, request


def faults(checked):
    return {fault.path: fault.message for fault in checked.faults}


ALLOWED = {
    "activate": ({}, {"sealed"}),
    "replace": ({"reason": "damaged"}, set(CARD_STATES) - {"cancelled"}),
    "change-information": ({"occupation": "教师"}, set(CARD_STATES) - {"cancelled"}),
    "card-status": ({}, set(CARD_STATES)),
    "loss report": ({"action": "report"}, {"active", "sealed", "temporarily_lost"}),
    "loss lift": ({"action": "lift"}, {"temporarily_lost", "formally_lost"}),
}


@pytest.mark.parametrize("state", CARD_STATES)
@pytest.mark.parametrize("what", ALLOWED)
def test_each_item_takes_the_card_states_of_the_contract_and_says_else_what_to_do(what, state):
    form, allowed = ALLOWED[what]
    found = faults(check(request(what.split()[0], form, card=card(state))))
    assert set(found) == (set() if state in allowed else {"card_id"})
    for message in found.values():
        assert message.startswith(("这张卡", "办这一项，卡的状态要是"))
        assert "请" in message or "不用" in message


@pytest.mark.parametrize("code", ["activate", "loss", "replace", "change-information", "card-status"])
def test_items_about_a_card_want_one_and_are_done_in_person(code):
    found = faults(check(request(code, {"action": "report", "phone": "13812345620"}, card=None, acting_as="guardian")))
    assert "先选一张社保卡" in found["card_id"]
    assert "请由本人来办" in found["acting.as"]


def test_production_progress_wants_no_card():
    assert check(request("production-progress", {})).faults == ()
    assert set(faults(check(request("production-progress", {}, card=card())))) == {"card_id"}


@pytest.mark.rule("KS-6.1", "KS-6.2")
def test_activating_a_card_is_done_at_once_and_its_case_records_the_day():
    registry = Registry()
    (step,) = carry_out(order("activate", {}), registry)
    assert registry.effects == {"JY20261126-0001:activation": ("activate", "c-1")}
    assert (step.outcome, step.result["state"]) == ("completed", "active")
    assert str(step.text).startswith("社保功能已启用（2026年11月26日）")
    assert step.result["activated_on"] == "2026-11-26"


@pytest.mark.rule("JY-2.4")
def test_a_loss_is_reported_formally_and_lifted():
    registry = Registry()
    (step,) = carry_out(order("loss", {"action": "report"}), registry)
    assert registry.effects == {"JY20261126-0001:loss": ("report", "c-1", "formal")}
    assert step.result["state"] == "formally_lost"
    assert step.text == ("挂失已办好，马上生效。这张卡现在不能用，不办解除就一直挂失。找到后可以在这里解除挂失。")
    (lifted,) = carry_out(order("loss", {"action": "lift"}, number="JY20261126-0002"), registry)
    assert registry.effects["JY20261126-0002:loss"] == ("lift", "c-1")
    assert lifted.text == "挂失已解除，这张卡可以用了。"
    assert item("loss").limits["online"].text == "即时办结"
    assert item("loss").materials == ()


def test_a_card_that_is_sealed_after_its_loss_is_lifted_is_told_so():
    class Sealed(Registry):
        def lift_loss(self, key, card_reference):
            return card("sealed")

    (step,) = carry_out(order("loss", {"action": "lift"}), Sealed())
    assert step.text == "挂失已解除，这张卡现在还没有启用（封存）。"


def test_a_loss_needs_to_know_what_to_do():
    assert faults(check(request("loss", {}))) == {"form.action": "请选择要办的事。"}


def test_a_replacement_is_a_production_that_names_the_old_card():
    registry = Registry()
    form = {"reason": "damaged", "phone": "13812345620"}
    (step,) = carry_out(order("replace", form), registry)
    sent = registry.effects["JY20261126-0001:production"]
    assert (sent.kind, sent.card, sent.bank, sent.phone) == ("replace", "c-1", None, "13812345620")
    assert step.outcome is None
    assert outcome_of_node(item("replace"), "received") == "completed"
    assert check(request("replace", {})).faults == ()


@pytest.mark.rule("JY-2.8")
@pytest.mark.parametrize("state", CARD_STATES)
def test_the_card_s_state_is_the_registry_s_of_this_moment(state):
    registry = Registry()
    registry.state = state
    (step,) = carry_out(order("card-status", {}, card=card("active")), registry)
    assert registry.effects == {}
    assert step.result["state"] == state
    assert step.result["state_text"] == CARD_STATES[state]
    assert step.result["number"] == "X0*****19"
    assert step.result["expires_on"] == "2030-01-01"
    assert item("card-status").limits["online"].text == "即时办结"
    assert item("card-status").materials == ()


def test_a_sealed_card_s_status_offers_activation_and_missing_parts_are_left_out():
    class Bare(Registry):
        def card(self, reference):
            return replace(card("sealed"), expires_on=None)

    (step,) = carry_out(order("card-status", {}), Bare())
    assert step.text == "这张卡还没有启用（封存）。要用社保功能，请办“社会保障卡启用”。"
    assert step.result["expires_on"] is None
    plain = replace(item("card-status"), options={})
    assert next(iter(carry_out(order("card-status", {}, item=plain), Bare()))).text == "这张卡还没有启用（封存）。"


@pytest.mark.rule("JY-2.7")
def test_progress_tells_all_of_a_person_s_productions_also_those_from_elsewhere():
    (step,) = carry_out(order("production-progress", {}, card=None), Registry())
    assert step.text == "查到 2 张卡的制卡进度。"
    found: Any = step.result["productions"]
    first, second = found
    assert first == {
        "kind": "apply",
        "node": "card_made",
        "text": "卡已制好。",
        "at": "2026-11-26T02:00:00+00:00",
        "bank": "中国农业银行",
        "region": "445200",
    }
    assert (second["node"], second["text"], second["at"]) == ("elsewhere", "已收到制卡申请，正在安排。", None)
    assert item("production-progress").limits["online"].text == "即时办结"
    assert item("production-progress").materials == ()


def test_no_production_is_told_too():
    class Nothing(Registry):
        def productions(self, holder):
            assert holder == LIN.document
            return ()

    (step,) = carry_out(order("production-progress", {}, card=None), Nothing())
    assert (step.text, step.result["productions"]) == ("没有查到在制作的社保卡。", [])


@pytest.mark.parametrize("code", ["activate", "loss", "replace"])
def test_a_refusal_of_the_registry_is_the_outcome(code):
    refused = Registry(Refused("card-locked", "这张卡已经锁定，请到网点解锁。"))
    (step,) = carry_out(order(code, {"action": "report"}), refused)
    assert (step.outcome, step.text) == ("refused", "这张卡已经锁定，请到网点解锁。")


def test_options_are_judged_by_the_handler_they_are_for():
    assert [name for name, _ in handlers.find("loss").check_options({"kind": "lasting", "x": 1})] == ["x", "kind"]
    assert list(handlers.find("loss").check_options({"kind": "temporary"})) == []
    assert [name for name, _ in handlers.find("card-status").check_options({"advice": {"melted": "x"}})] == ["advice"]
    assert [name for name, _ in handlers.find("card-status").check_options({"advice": 5})] == ["advice"]
    for name in ("activation", "production-progress", "profile"):
        assert [option for option, _ in handlers.find(name).check_options({"x": 1})] == ["x"]
