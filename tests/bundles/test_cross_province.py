"""The cross-province service beside its first card: replacement, temporary loss, activation, progress, places."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bundles import facts
from bundles.definition import TimeLimit
from bundles.engine import carry_out, precheck
from bundles.places import banks_at, open_places, open_there
from bundles.ports import Production
from bundles.rules import KINDS
from tests.bundles.guides import answer, asking, item_of, ordering, shipped, somebody, told
from tests.bundles.in_cross_province import APPLY, HOME, JINAN, KS, ZAOZHUANG, ZIBO, applying
from tests.bundles.making import AT, Registry

REPLACE = {"reason": "reissue", **HOME}


def replacing(form=REPLACE, **more):
    return told(asking(KS, "replace", form, **({"state": "formally_lost", "region": JINAN} | more)))


def losing(action, **more):
    return told(asking(KS, "temporary-loss", {"action": action}, **({"region": JINAN} | more)))


@pytest.mark.rule("KS-9.1")
def test_the_bundle_offers_exactly_the_five_items_online():
    codes = ["apply", "activate", "replace", "temporary-loss", "production-progress"]
    assert [each.code for each in shipped(KS).items] == codes
    assert all(each.channels == ("online",) for each in shipped(KS).items)
    assert shipped(KS).number_prefix == "KS"


@pytest.mark.rule("KS-9.2")
@pytest.mark.parametrize("code", ["apply", "replace"])
def test_the_step_bar_of_a_new_card_has_four_steps(code):
    assert [(each.node, each.title) for each in item_of(KS, code).steps] == [
        ("submitted", "提交资料"),
        ("fee_paid", "寄送付费"),
        ("production_accepted", "制卡"),
        ("activated", "启用"),
    ]


@pytest.mark.rule("KS-4.1")
def test_a_temporary_loss_is_for_an_active_card():
    assert losing("report") == {}
    for state, said in (("sealed", "还没有启用"), ("formally_lost", "已经正式挂失"), ("locked", "已经锁定")):
        assert said in losing("report", state=state)["card_id"]
    assert "已经临时挂失的，到期自己恢复，不用再办" in losing("report", state="temporarily_lost")["card_id"]


@pytest.mark.rule("KS-4.2", "KS-4.3")
@pytest.mark.parametrize("day", [date(2026, 11, 26), date(2027, 2, 5)])
def test_it_lasts_seven_days_whatever_days_they_are_and_ends_by_itself(day):
    """The second one ends on a day of the Spring Festival: a period, never rolled."""
    (kind,) = shipped(KS).loss_kinds
    assert (kind.code, kind.lasts) == ("temporary", TimeLimit("calendar_period", 7))
    (period,) = item_of(KS, "temporary-loss").periods
    assert (period.limit, period.starts) == (TimeLimit("calendar_period", 7), "completed")
    order = ordering(KS, "temporary-loss", {"action": "report"}, today=day)
    (step,) = carry_out(order, Registry())
    assert step.result["ends_on"] == (day + timedelta(days=7)).isoformat()
    assert "过了这一天会自己解除" in str(step.text)
    assert "到期自己结束，不用您办" in answer(KS, "temporary-loss", "how-long")


def test_the_holder_may_lift_it_before_it_ends():
    assert losing("lift", state="temporarily_lost") == {}
    assert losing(None) == {"form.action": "请选择要办的事。"}
    assert "没有临时挂失的卡不用解除" in losing("lift")["card_id"]
    (kind,) = shipped(KS).loss_kinds
    assert (kind.liftable, kind.lifted_by) == (True, ("self",))


@pytest.mark.rule("KS-4.4")
def test_meanwhile_the_card_is_no_use_at_pharmacies_and_hospitals():
    text = answer(KS, "temporary-loss", "meanwhile")
    assert all(part in text for part in ("不能", "药店、医院", "社保功能"))
    (step,) = carry_out(ordering(KS, "temporary-loss", {"action": "report"}), Registry())
    assert "不能拿它去药店、医院刷卡" in str(step.text)


@pytest.mark.rule("KS-5.1")
@pytest.mark.parametrize("state", ["sealed", "active", "temporarily_lost", "locked"])
def test_a_replacement_wants_a_formal_loss_first(state):
    assert replacing() == {}
    said = replacing(state=state)["card_id"]
    assert said.startswith("办这一项，卡要先办正式挂失；现在是")
    assert said.endswith("请先打 12333 或到当地的社保卡服务网点办正式挂失，再回来补换。")
    assert "要用新卡的" in replacing(state="cancelled")["card_id"]


@pytest.mark.rule("KS-5.2")
@pytest.mark.parametrize(("age", "taken"), [(17, False), (18, True)])
def test_a_replacement_is_for_people_of_18_and_over(age, taken):
    said = replacing(holder=somebody(age))
    assert (said == {}) == taken
    assert taken or "年龄要满 18 周岁；现在是 17 周岁" in said["item"]


@pytest.mark.rule("KS-5.3")
def test_a_replacement_is_a_reissue_or_an_exchange():
    field = item_of(KS, "replace").field("reason")
    assert field is not None
    assert [(each.code, each.label) for each in field.choices] == [("reissue", "补领"), ("exchange", "换领")]
    assert replacing({**REPLACE, "reason": "exchange"}) == {}
    assert set(replacing(HOME)) == {"form.reason"}


@pytest.mark.rule("KS-5.5")
def test_a_replacement_names_the_old_card_and_the_guide_says_that_it_is_cancelled():
    registry = Registry()
    list(carry_out(ordering(KS, "replace", REPLACE), registry))
    (sent,) = registry.effects.values()
    assert (sent.kind, sent.card) == ("replace", "c-1")
    assert item_of(KS, "replace").guide.result == "新的社会保障卡一张，旧卡同时注销"
    assert "补换时旧卡就注销了" in answer(KS, "replace", "old-card")


@pytest.mark.rule("KS-5.8")
def test_the_guide_tells_that_the_new_card_is_activated_from_the_replacement():
    assert item_of(KS, "replace").guide.flow["online"][-1] == "收到卡，再打开“社会保障卡补换”，点“社会保障卡启用”"
    assert "点“社会保障卡启用”" in answer(KS, "replace", "activate")


@pytest.mark.rule("KS-6.1", "KS-6.2")
def test_a_sealed_card_becomes_active_and_the_case_is_the_record_of_it():
    assert told(asking(KS, "activate", {}, state="sealed", region=JINAN)) == {}
    assert "它已经能用" in told(asking(KS, "activate", {}, region=JINAN))["card_id"]
    registry = Registry()
    registry.state = "sealed"
    (step,) = carry_out(ordering(KS, "activate", {}), registry)
    assert (registry.state, step.result["state"], step.result["activated_on"]) == ("active", "active", "2026-11-26")
    assert "“我的办件”" in answer(KS, "activate", "record")


@pytest.mark.rule("KS-7.1", "KS-7.2")
def test_progress_tells_four_nodes_of_every_card_that_was_applied_for_or_replaced():
    class Two(Registry):
        def productions(self, holder):
            made = replace(Production("p-1", "sent", "apply"), at=AT)
            return (made, Production("p-2", "submitted", "replace"))

        def production(self, reference):
            return next(each for each in self.productions(None) if each.reference == reference)

    assert told(asking(KS, "production-progress", {}, holder=somebody(9, "passport"))) == {}
    (step,) = carry_out(ordering(KS, "production-progress", {}), Two())
    productions = step.result["productions"]
    assert isinstance(productions, list)
    sent, new = productions
    assert [each["node"] for each in sent["nodes"]] == ["production_accepted", "card_made", "sent", "received"]
    assert [each["reached"] for each in sent["nodes"]] == [True, True, True, False]
    assert [each["reached"] for each in new["nodes"]] == [False] * 4
    assert (sent["kind"], new["kind"], new["node"]) == ("apply", "replace", "submitted")
    assert "四步：受理制卡、制好、寄出、领到" in answer(KS, "production-progress", "nodes")


@pytest.mark.rule("KS-8.1")
def test_the_list_says_which_city_has_which_item_and_bank_open():
    bundle = shipped(KS)
    everything = [each.code for each in bundle.items]
    assert [(each.code, each.name) for each in bundle.places] == [
        (JINAN, "济南市"),
        (ZIBO, "淄博市"),
        (ZAOZHUANG, "枣庄市"),
    ]
    assert [each.code for each in open_there(bundle, bundle.places[0])] == everything
    assert "replace" not in [each.code for each in open_there(bundle, bundle.places[1])]
    assert [each.code for each in open_places(bundle, item_of(KS, "replace"))] == [JINAN, ZAOZHUANG]
    assert [each.code for each in banks_at(bundle, ZIBO)] == ["abc", "ccb", "psbc"]


@pytest.mark.rule("KS-8.3")
def test_a_closed_city_item_or_bank_is_refused_before_the_form():
    assert "青岛市" in applying({**APPLY, "place": "370200"})["form.place"]
    closed = applying({**APPLY, "place": ZIBO, "bank": "icbc"})
    assert "淄博市不能选“中国工商银行”" in closed["form.bank"]
    assert "中国农业银行、中国建设银行、中国邮政储蓄银行" in closed["form.bank"]
    (fault,) = precheck(asking(KS, "replace", {}, state="formally_lost", region=ZIBO))
    assert (fault.path, fault.code) == ("card_id", "place-closed")
    assert "淄博市还没有开通“社会保障卡补换”" in fault.message
    assert "那里现在能办：申领、启用、临时挂失、制卡进度" in fault.message


def test_only_kinds_of_condition_that_somebody_answers_are_used():
    assert {kind for each in shipped(KS).items for kind in facts.kinds_of(each)} <= set(KINDS)
    assert facts.questions(item_of(KS, "apply")) == {"cards", "productions"}
    assert all(not facts.questions(each) for each in shipped(KS).items if each.code != "apply")
