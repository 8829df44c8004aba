"""Cards made on the spot, the wire's bank and address, and how far a production has come in four nodes."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bundles import handlers, regions
from bundles.definition import Bank, Choice, Field, Stage, TimeLimit
from bundles.engine import carry_out
from bundles.ports import Production, Refused, Unavailable
from tests.bundles.making import AT, Registry, item, jieyang, order

SPOT = replace(
    item("replace"),
    channels=("window", "kiosk"),
    limits={"window": TimeLimit("instant"), "kiosk": TimeLimit("instant")},
    options={"kind": "replace", "on_the_spot": ("window", "kiosk"), "activated": True},
)
MIXED = replace(
    SPOT,
    channels=("online", "window"),
    limits={"online": TimeLimit("working_days", 5), "window": TimeLimit("instant")},
    options={"kind": "apply", "clock_stops_on": ("sent",), "completes_on": ("received",), "on_the_spot": ("window",)},
)
FOUR = ("production_accepted", "card_made", "sent", "received")


def option_faults(what, **options):
    what, handler = replace(what, options={**what.options, **options}), handlers.find(what.handler)
    return [name for name, _ in (*handler.check_options(what.options), *handler.check_item(what))]


def without(what, *names):
    return replace(what, options={name: value for name, value in what.options.items() if name not in names})


# On the spot


def test_a_card_made_on_the_spot_is_ordered_handed_over_and_done():
    registry = Registry()
    first, second = carry_out(order("replace", {}, item=SPOT, channel="window"), registry)
    sent = registry.effects["JY20261126-0001:production"]
    assert (sent.on_the_spot, sent.activated, sent.kind) == (True, True, "replace")
    assert (first.name, first.outcome, dict(first.facts)) == ("production", None, {"production": "p-1"})
    assert (second.name, second.outcome, second.node) == ("handing-over", "completed", "completed")
    assert second.text == "新卡已经做好，当场交到您手里。社保功能已经启用，马上可以用。旧卡已经注销，不能再用。"
    assert dict(second.result) == {"node": "made", "activated": True, "text": second.text}


def test_a_card_made_on_the_spot_may_still_have_to_be_activated():
    registry = Registry()
    registry.node = "received"
    _, second = carry_out(order("apply", {}, item=MIXED, channel="window", card=None), registry)
    assert second.text == "新卡已经做好，当场交到您手里。社保功能还没有启用，用卡前请先启用。"
    assert registry.effects["JY20261126-0001:production"].activated is False


def test_the_same_item_online_is_made_over_days():
    registry = Registry()
    activated = replace(MIXED, options={**MIXED.options, "activated": True})
    (step,) = carry_out(order("apply", {}, item=activated, card=None), registry)
    assert (step.name, step.outcome) == ("production", None)
    sent = registry.effects["JY20261126-0001:production"]
    assert (sent.on_the_spot, sent.activated) == (False, False)


def test_where_the_equipment_fails_the_card_is_asked_for_again_later():
    registry = Registry()
    registry.node = "accepted"
    steps = carry_out(order("replace", {}, item=SPOT, channel="kiosk"), registry)
    done = {"production": next(steps).facts}
    with pytest.raises(Unavailable):
        next(steps)
    registry.node = "made"
    (again,) = carry_out(order("replace", {}, item=SPOT, channel="kiosk", done=done), registry)
    assert again.outcome == "completed"
    assert len(registry.effects) == 1


def test_a_production_that_was_stopped_is_no_card():
    registry = Registry()
    registry.node = "cancelled"
    *_, last = carry_out(order("replace", {}, item=SPOT, channel="kiosk"), registry)
    assert (last.outcome, last.facts["code"]) == ("refused", "production-cancelled")


def test_the_options_of_a_production_fit_its_channels():
    assert option_faults(SPOT) == option_faults(MIXED) == option_faults(item("apply")) == []
    assert option_faults(without(item("apply"), "clock_stops_on", "completes_on")) == [
        *("clock_stops_on", "completes_on") * 2
    ]
    assert option_faults(without(MIXED, "clock_stops_on", "completes_on")) == ["clock_stops_on", "completes_on"]
    assert option_faults(MIXED, clock_stops_on=("eaten",), completes_on=5) == ["clock_stops_on", "completes_on"]
    assert option_faults(MIXED, completes_on=()) == ["completes_on"]
    assert option_faults(MIXED, completes_on=(1,)) == ["completes_on"]
    assert option_faults(MIXED, on_the_spot=("online", "window")) == ["on_the_spot"]
    assert option_faults(SPOT, on_the_spot=("window", "kiosk", "phone")) == ["on_the_spot"]
    slow = replace(SPOT, limits={channel: TimeLimit("hours", 24) for channel in SPOT.channels})
    assert option_faults(slow) == ["on_the_spot"]
    assert option_faults(item("apply"), activated=True) == ["activated"]
    assert option_faults(SPOT, kind="lend", activated="yes", x=1) == ["x", "kind", "activated"]
    assert [name for name, _ in handlers.find("production").check_options({**MIXED.options, "on_the_spot": 5})] == [
        "on_the_spot"
    ]


# What goes along


def sent_for(form, *fields, **changes):
    registry = Registry()
    next(
        iter(
            carry_out(order("apply", form, item=replace(item("apply"), fields=fields), card=None, **changes), registry)
        )
    )
    return registry.effects["JY20261126-0001:production"]


def test_the_bank_is_told_by_its_name_whichever_way_it_was_chosen():
    choice = Field("bank", "choice", "银行", choices=(Choice("abc", "中国农业银行"),))
    assert sent_for({"bank": "abc"}, choice).bank == "中国农业银行"
    banks = replace(jieyang(), banks=(Bank("icbc", "中国工商银行"),))
    assert sent_for({"bank": "icbc"}, Field("bank", "bank", "银行"), bundle=banks).bank == "中国工商银行"
    assert sent_for({"issuer": "icbc"}, Field("issuer", "bank", "银行"), bundle=banks).bank == "中国工商银行"
    assert sent_for({"bank": "none"}, Field("bank", "bank", "银行"), bundle=banks).bank is None
    assert sent_for({}).bank is None


def test_the_region_is_the_one_chosen_and_stands_before_the_address():
    region, place = Field("region", "region", "地区"), Field("city", "place", "城市")
    address = Field("address", "address", "地址", region_field="region")
    form = {"region": "445202", "address": "进贤门大道 1 号"}
    sent = sent_for(form, region, address)
    assert (sent.region, sent.address) == ("445202", regions.full_name("445202") + "进贤门大道 1 号")
    assert sent.address.startswith("广东省揭阳市")
    assert sent_for(form, region, replace(address, region_field="")).address == "进贤门大道 1 号"
    assert sent_for({"address": "进贤门大道 1 号"}, region, address).address == "进贤门大道 1 号"
    assert sent_for({"city": "445200"}, place).region == "445200"
    assert sent_for({}, place).region is None
    assert sent_for({}, address).address is None


def test_only_what_the_registry_holds_is_changed_there_the_address_in_full():
    fields = (
        Field("region", "region", "地区"),
        Field("address", "address", "地址", region_field="region"),
        Field("reason", "text", "原因"),
    )
    what, registry = replace(item("change-information"), fields=fields), Registry()
    form = {"region": "445202", "address": "进贤门大道 1 号", "reason": "搬家"}
    (step,) = carry_out(order("change-information", form, item=what), registry)
    _, _, changes = registry.effects["JY20261126-0001:profile"]
    assert changes == {"address": regions.full_name("445202") + "进贤门大道 1 号"}
    assert step.text == "已更新：地址。"


# How far it has come


class Telling(Registry):
    """Knows these productions of everybody; asked about one of them it gives `full`, or refuses."""

    def __init__(self, productions, full=None):
        super().__init__()
        self.known, self.full = productions, full

    def productions(self, holder):
        return self.known

    def production(self, reference):
        if self.full is None:
            raise Refused("no-such-production", "没有找到。")
        return self.full


def told(*productions, nodes=FOUR, full=None, **changes):
    what = replace(item("production-progress"), options={"nodes": nodes}, **changes)
    (step,) = carry_out(order("production-progress", {}, item=what, card=None), Telling(productions, full))
    found: Any = step.result["productions"]
    return found


def at(hours):
    return AT + timedelta(hours=hours)


def iso(hours):
    return at(hours).isoformat()


@pytest.mark.rule("KS-7.1")
def test_progress_in_four_nodes_says_which_have_been_reached_and_when():
    history = (("submitted", at(0)), ("accepted", at(1)), ("made", at(2)), ("sent", at(3)))
    (one,) = told(Production("p-1", "sent", "apply", at(3), history=history))
    assert (one["node"], one["text"], one["at"]) == ("sent", "卡已寄出，请留意收件电话。", iso(3))
    assert one["nodes"] == [
        {"node": "production_accepted", "title": "已接单", "reached": True, "at": iso(1)},
        {"node": "card_made", "title": "卡已制好", "reached": True, "at": iso(2)},
        {"node": "sent", "title": "卡已寄出", "reached": True, "at": iso(3)},
        {"node": "received", "title": "卡已领到", "reached": False, "at": None},
    ]


def test_titles_are_the_definition_s_and_other_nodes_are_not_told():
    steps = (Stage("sent", "寄送"),)
    history = (("accepted", at(1)), ("made", at(2)), ("ready_for_pickup", at(3)))
    (one,) = told(Production("p-1", "ready_for_pickup", "apply", at(3), history=history), steps=steps)
    assert (one["node"], one["at"]) == ("card_made", iso(2))
    assert [(each["title"], each["reached"]) for each in one["nodes"]] == [
        ("已接单", True),
        ("卡已制好", True),
        ("寄送", False),
        ("卡已领到", False),
    ]


def test_a_list_without_histories_is_asked_about_one_by_one():
    (one,) = told(Production("p-1", "made"), full=Production("p-1", "made", history=(("made", at(2)),)))
    assert (one["node"], one["at"]) == ("card_made", iso(2))
    (one,) = told(Production("p-1", "received", at=at(5)))
    assert [(each["reached"], each["at"]) for each in one["nodes"]] == [
        (True, None),
        (True, None),
        (False, None),
        (True, iso(5)),
    ]
    (one,) = told(Production("p-1", "submitted", at=at(0)))
    assert (one["node"], one["text"], one["at"]) == ("submitted", "已收到制卡申请，正在安排。", iso(0))


def test_a_correction_that_is_waited_for_is_told_all_the_same():
    history = (("accepted", at(1)), ("correction_requested", at(2)))
    (one,) = told(Production("p-1", "correction_requested", at=at(2), history=history))
    assert (one["node"], one["at"]) == ("correction_requested", iso(2))
    assert "改好后接着办" in one["text"]


def test_the_nodes_that_are_told_are_a_production_s():
    assert option_faults(item("production-progress"), nodes=FOUR) == []
    for wrong in (("completed",), (), 5):
        assert option_faults(item("production-progress"), nodes=wrong) == ["nodes"]
