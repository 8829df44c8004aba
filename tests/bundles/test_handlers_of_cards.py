"""What is done to a card itself: losses of both kinds, cancelling and rolling back, PIN, unlocking."""

from dataclasses import replace
from datetime import date

import pytest

from bundles import handlers
from bundles.definition import Choice, Condition, Field, LossKind, TimeLimit
from bundles.engine import carry_out, check, outcome_of_node
from tests.bundles.making import Registry, card, item, jieyang, order, request

WEEK = LossKind("temporary", liftable=False, lasts=TimeLimit("calendar_period", 7))
FORMAL = LossKind("formal", liftable=True, lifted_by=("self",))
ACTION = Field(
    "action", "choice", "要办的事", required=True, choices=(Choice("report", "挂失"), Choice("lift", "解挂"))
)
KIND = Field(
    "kind", "choice", "挂失种类", required=True, choices=(Choice("temporary", "临时"), Choice("formal", "正式")),
    visible_when=Condition("field", values=("report",), field="action"),
)  # fmt: skip


def losing(*fields, **options):
    return replace(item("loss"), options=options, fields=fields, conditions=())


def offering(*kinds):
    return replace(jieyang(), loss_kinds=kinds)


def faults(what, form, **changes):
    found = check(request("loss", form, item=what, **changes)).faults
    return {fault.path: fault.message for fault in found}


def done(code, form, registry=None, **changes):
    (step,) = carry_out(order(code, form, **changes), registry or Registry())
    return step


def option_faults(name, what):
    handler = handlers.find(name)
    return [option for option, _ in (*handler.check_options(what.options), *handler.check_item(what))]


# Losses


@pytest.mark.rule("KS-4.2", "KS-4.3", "KS-4.4")
def test_a_temporary_loss_says_until_which_day_it_lasts_and_that_it_ends_by_itself():
    registry = Registry()
    step = done("loss", {}, registry, item=losing(kind="temporary"), bundle=offering(WEEK))
    assert registry.effects == {"JY20261126-0001:loss": ("report", "c-1", "temporary")}
    assert step.text == (
        "临时挂失已办好，马上生效。挂失到2026年12月3日为止，过了这一天会自己解除，卡又能用。"
        "在这以前不能拿它去药店、医院刷卡。"
    )
    assert step.result["ends_on"] == "2026-12-03"
    assert step.result["action"] == "report"


@pytest.mark.rule("KS-4.2")
def test_seven_days_are_a_period_and_end_on_a_day_off_too():
    step = done("loss", {}, item=losing(kind="temporary"), bundle=offering(WEEK), today=date(2026, 9, 27))
    assert step.result["ends_on"] == "2026-10-04"


def test_the_registry_s_own_last_day_is_believed_before_ours():
    class Telling(Registry):
        def report_loss(self, key, card_reference, kind):
            return replace(card("temporarily_lost"), loss_ends_on=date(2026, 12, 5))

    step = done("loss", {}, Telling(), item=losing(kind="temporary"), bundle=offering(WEEK))
    assert step.result["ends_on"] == "2026-12-05"


@pytest.mark.parametrize("lasts", [None, TimeLimit("hours", 96)])
def test_a_last_day_that_nobody_knows_is_not_made_up(lasts):
    kinds = offering(replace(WEEK, lasts=lasts))
    step = done("loss", {}, item=losing(kind="temporary"), bundle=kinds)
    assert str(step.text).startswith("临时挂失已办好，马上生效。到期会自己解除")
    assert "ends_on" not in step.result
    assert "ends_on" not in done("loss", {}, item=losing(kind="temporary"), bundle=offering()).result


@pytest.mark.rule("XJ-73.5")
def test_a_formal_loss_says_that_it_never_ends_by_itself():
    step = done("loss", {}, item=losing(kind="formal"), bundle=offering(FORMAL))
    assert step.text == "挂失已办好，马上生效。这张卡现在不能用，不办解除就一直挂失。"
    assert "ends_on" not in step.result
    asked = done("loss", {"action": "report"}, item=losing(ACTION, kind="formal"), bundle=offering(FORMAL))
    assert str(asked.text).endswith("找到后可以在这里解除挂失。")
    for_ever = offering(LossKind("formal", liftable=False))
    lasting = done("loss", {"action": "report"}, item=losing(ACTION, kind="formal"), bundle=for_ever)
    assert "可以在这里解除" not in str(lasting.text)


@pytest.mark.parametrize(("kind", "state"), [("temporary", "temporarily_lost"), ("formal", "formally_lost")])
def test_the_form_may_ask_for_the_kind_of_loss(kind, state):
    what, registry = losing(ACTION, KIND, kind_field="kind"), Registry()
    form = {"action": "report", "kind": kind}
    assert faults(what, form, bundle=offering(WEEK, FORMAL)) == {}
    assert done("loss", form, registry, item=what, bundle=offering(WEEK, FORMAL)).result["state"] == state
    assert registry.effects == {"JY20261126-0001:loss": ("report", "c-1", kind)}
    assert handlers.find("loss").leaves(what, form, "active") == state


def test_a_kind_of_loss_that_the_bundle_does_not_offer_is_refused_where_it_was_chosen():
    refused = "这里不办临时挂失，只办正式挂失。"
    asking, form = losing(ACTION, KIND, kind_field="kind"), {"action": "report", "kind": "temporary"}
    assert faults(asking, form, bundle=offering(FORMAL)) == {"form.kind": refused}
    assert faults(asking, {"action": "report"}, bundle=offering(FORMAL)) == {"form.kind": "请选择挂失种类。"}
    assert faults(asking, form, bundle=offering()) == {}
    fixed = losing(ACTION, kind="temporary")
    assert faults(fixed, {"action": "report"}, bundle=offering(FORMAL)) == {"form.action": refused}
    assert faults(losing(kind="temporary"), {}, bundle=offering(FORMAL)) == {"item": refused}
    assert faults(losing(kind="temporary"), {}, bundle=offering(WEEK)) == {}


def test_a_loss_that_can_not_be_lifted_is_not_and_says_what_to_do_instead():
    what, form = losing(ACTION, kind="formal"), {"action": "lift"}
    temporary, formal = card("temporarily_lost"), card("formally_lost")
    both = offering(WEEK, LossKind("formal", liftable=False))
    assert faults(what, form, bundle=both, card=temporary) == {
        "form.action": "临时挂失不能解除，到期会自己恢复，请等到那一天以后。"
    }
    assert faults(what, form, bundle=both, card=formal) == {"form.action": "正式挂失不能解除，还要用卡，请补办一张。"}
    assert faults(what, form, bundle=offering(WEEK, FORMAL), card=formal) == {}
    assert faults(what, form, bundle=offering(FORMAL), card=temporary) == {}
    assert faults(what, form, bundle=offering(FORMAL), card=card("active")) == {}
    assert "form.action" not in faults(what, form, bundle=both, card=None)


def test_a_loss_is_lifted_by_those_whom_the_bundle_allows():
    what = replace(losing(ACTION, kind="formal"), acting=("self", "proxy"))
    found = faults(what, {"action": "lift"}, bundle=offering(FORMAL), card=card("formally_lost"), acting_as="proxy")
    assert found == {"acting.as": f"解除正式挂失要由本人来办。{what.guide.window}"}


def test_what_a_loss_leaves_behind():
    loss = handlers.find("loss")
    assert loss.leaves(item("loss"), {}, "active") == "formally_lost"
    assert loss.leaves(item("loss"), {"action": "lift"}, "formally_lost") is None
    assert loss.leaves(losing(KIND, kind_field="kind"), {}, "active") is None


def test_the_options_of_a_loss_fit_its_questions():
    assert option_faults("loss", losing(ACTION, kind="formal")) == []
    assert option_faults("loss", losing(ACTION, KIND, kind_field="kind")) == []
    assert option_faults("loss", losing(replace(KIND, visible_when=None), kind_field="kind")) == []
    assert option_faults("loss", losing(ACTION, KIND, kind="formal", kind_field="kind")) == ["kind_field"]
    assert option_faults("loss", losing(ACTION)) == ["kind"]
    assert list(dict(handlers.find("loss").check_options({"kind_field": 5}))) == ["kind_field"]
    assert option_faults("loss", losing(ACTION, kind_field="kind")) == ["kind_field"]
    odd = replace(KIND, choices=(Choice("lasting", "永久"),))
    assert option_faults("loss", losing(ACTION, odd, kind_field="kind")) == ["kind_field"]
    assert option_faults("loss", losing(replace(KIND, required=False), kind_field="kind")) == ["kind_field"]
    hidden = replace(KIND, visible_when=Condition("field", values=("lift",), field="action"))
    assert option_faults("loss", losing(ACTION, hidden, kind_field="kind")) == ["kind_field"]
    assert option_faults("loss", losing(replace(ACTION, choices=odd.choices), kind="formal")) == ["action"]


# Cancelling, PIN, unlocking, and what only people do

CANCELLING = replace(
    item("activate"), code="cancel", handler="cancellation", card_states=(),
    fields=(Field("action", "choice", "要办的事", choices=(Choice("cancel", "注销"), Choice("roll_back", "撤回"))),),
)  # fmt: skip


@pytest.mark.rule("XJ-76.5", "XJ-76.6", "XJ-76.7")
def test_a_card_is_cancelled_for_the_whole_country_and_does_not_come_back_when_found():
    registry = Registry()
    step = done("activate", {}, registry, item=replace(CANCELLING, fields=()))
    assert registry.effects == {"JY20261126-0001:cancellation": ("cancel", "c-1")}
    assert (step.outcome, step.result["state"], step.result["action"]) == ("completed", "cancelled", "cancel")
    assert step.text == "这张卡已经注销，全国都不能再用，找回来也不能用。以后还要用卡，请重新办一张。"


@pytest.mark.rule("CQ-14.2")
def test_a_cancellation_is_rolled_back():
    registry = Registry()
    step = done("activate", {"action": "roll_back"}, registry, item=CANCELLING)
    assert registry.effects == {"JY20261126-0001:cancellation": ("restore", "c-1")}
    assert step.text == "注销已撤回，这张卡可以用了。"

    class Sealed(Registry):
        def restore_card(self, key, card_reference):
            return card("sealed")

    assert done("activate", {"action": "roll_back"}, Sealed(), item=CANCELLING).text == (
        "注销已撤回，这张卡现在还没有启用（封存）。"
    )
    cancelling = handlers.find("cancellation")
    assert cancelling.leaves(CANCELLING, {"action": "cancel"}, "active") == "cancelled"
    assert cancelling.leaves(CANCELLING, {}, None) == "cancelled"
    assert cancelling.leaves(CANCELLING, {"action": "roll_back"}, "cancelled") is None
    assert (
        option_faults("cancellation", CANCELLING) == option_faults("cancellation", replace(CANCELLING, fields=())) == []
    )
    assert option_faults("cancellation", replace(CANCELLING, fields=(ACTION,))) == ["action"]


@pytest.mark.parametrize(("action", "begins"), [("change", "密码已改好"), ("reset", "密码已重置")])
def test_a_pin_is_changed_or_reset_and_never_seen(action, begins):
    choices = (Choice("change", "修改"), Choice("reset", "重置"))
    what = replace(
        CANCELLING, handler="pin", fields=(Field("action", "choice", "要办的事", required=True, choices=choices),)
    )
    registry = Registry()
    step = done("activate", {"action": action}, registry, item=what)
    assert registry.effects == {"JY20261126-0001:pin": ("pin", "c-1", action)}
    assert str(step.text).startswith(begins)
    assert dict(step.result) == {"action": action, "text": step.text}
    assert handlers.find("pin").leaves(what, {}, "active") is None
    assert option_faults("pin", what) == []
    assert option_faults("pin", replace(what, fields=())) == ["action"]
    assert option_faults("pin", replace(what, fields=(Field("action", "text", "要办的事"),))) == ["action"]


def test_a_locked_card_is_unlocked():
    registry, what = Registry(), replace(CANCELLING, handler="unlock")
    step = done("activate", {}, registry, item=what, card=card("locked"))
    assert registry.effects == {"JY20261126-0001:unlock": ("unlock", "c-1")}
    assert (step.text, step.result["state"]) == ("锁定已解除，这张卡可以用了。", "active")
    assert handlers.find("unlock").leaves(what, {}, "locked") == handlers.find("activation").leaves(what, {}, "sealed")

    class Lost(Registry):
        def unlock(self, key, card_reference):
            return card("formally_lost")

    assert done("activate", {}, Lost(), item=what).text == "锁定已解除，这张卡现在已经正式挂失。"


def test_what_staff_carry_out_has_no_effect_at_the_registry():
    registry, what = Registry(), replace(item("apply"), handler="office", options={})
    assert check(request("apply", {"phone": "13812345620"}, item=what)).faults == ()
    assert list(carry_out(order("apply", {}, item=what), registry)) == []
    assert registry.effects == {}
    assert outcome_of_node(what, "received") is None


def test_what_is_only_described_can_not_be_filed_and_says_where_to_go():
    what = replace(item("apply"), handler="guide-only", options={})
    (fault,) = check(request("apply", {"phone": "13812345620"}, item=what)).faults
    assert (fault.path, fault.code) == ("item", "guide-only")
    assert fault.message == f"“{what.name}”还不能在这里提交。{what.guide.window}"
    bare = replace(what, guide=replace(what.guide, window=""))
    (fault,) = check(request("apply", {"phone": "13812345620"}, item=bare)).faults
    assert "社保卡服务网点" in fault.message
    assert list(carry_out(order("apply", {}, item=what), Registry())) == []
    assert option_faults("guide-only", replace(what, options={"x": 1})) == ["x"]
