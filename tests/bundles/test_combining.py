"""Items chosen together: one set of questions and materials, each item checked as things stand when its turn comes."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundles.application import Fault, Handed
from bundles.definition import (
    Bundle,
    Choice,
    Combination,
    Condition,
    Field,
    Guide,
    Item,
    Material,
    Period,
    Place,
    Rule,
    TimeLimit,
    frozen,
    parts_of,
)
from bundles.definition.combining import combined, predecessors
from bundles.engine import HELD, card_fault, check, check_form, precheck
from bundles.rules import Facts
from tests.bundles.making import card, jieyang, request

INSTANT = frozen({"online": TimeLimit("instant")})
DAYS = frozen({"online": TimeLimit("working_days", 25)})


def thing(code: str, **more) -> Item:
    values: dict[str, Any] = {
        "name": f"办{code}",
        "short_name": code,
        "summary": "x",
        "handler": "profile",
        "limits": INSTANT,
        "guide": Guide("所有人", result="办好"),
    }
    return Item(code=code, **(values | more))


LOSS = thing(
    "loss", handler="loss", options=frozen({"kind": "formal"}), needs_card=True, card_states=("active", "sealed")
)
REPLACE = thing(
    "replace",
    handler="production",
    options=frozen({"kind": "replace"}),
    limits=DAYS,
    needs_card=True,
    after=("loss",),
    conditions=(Rule("loss-first", Condition("loss_reported", ("formal",)), "请把“loss”也勾上。"),),
)
LOST = replace(jieyang(), selection="many", items=(LOSS, REPLACE))


def both_of(items: Sequence[Item], codes: Sequence[str]) -> Item:
    found = combined(items, codes)
    assert found is not None
    return found


def of(bundle: Bundle, codes: str) -> Item:
    found = bundle.item(codes)
    assert found is not None
    return found


def asking(codes: str, bundle=LOST, **changes):
    values: dict[str, Any] = {"bundle": bundle, "item": of(bundle, codes), "uploads": (), "card": card()}
    return replace(request("loss", {}), **(values | changes))


def test_codes_joined_by_plus_are_items_only_where_several_may_be_chosen():
    assert isinstance(LOST.item("replace+loss"), Combination)
    assert replace(LOST, selection="one").item("replace+loss") is None
    assert LOST.item("replace+hat") is None
    assert LOST.item("loss+loss") is LOSS


def test_what_others_come_after_comes_first_and_the_code_tells_the_order():
    found = of(LOST, "replace+loss")
    assert found.code == "loss+replace"
    assert parts_of(found) == (LOSS, REPLACE)
    assert parts_of(LOSS) == (LOSS,)
    assert predecessors(REPLACE, (LOSS, REPLACE)) == (LOSS,)
    assert predecessors(LOSS, (LOSS, REPLACE)) == ()


@given(st.data())
def test_every_item_stands_behind_all_that_come_before_it_whatever_the_order_of_the_document(data):
    codes = [f"i{number}" for number in range(data.draw(st.integers(2, 7)))]
    items = [
        thing(code, after=tuple(data.draw(st.lists(st.sampled_from(codes[:index]), unique=True)) if index else ()))
        for index, code in enumerate(codes)
    ]
    shuffled = data.draw(st.permutations(items))
    chosen = data.draw(st.lists(st.sampled_from(codes), min_size=1, unique=True))
    order = [part.code for part in parts_of(both_of(shuffled, chosen))]
    assert sorted(order) == sorted(chosen)
    known = {each.code: each for each in items}
    for code in order:
        for before in predecessors(known[code], [known[each] for each in chosen]):
            assert order.index(before.code) < order.index(code)


def test_a_circle_ends_all_the_same():
    one, two = thing("one", after=("two",)), thing("two", after=("one",))
    assert [part.code for part in parts_of(both_of((one, two), ["two", "one"]))] == ["one", "two"]


def test_a_question_asked_by_two_is_asked_once_and_as_strictly_as_the_stricter_asks():
    hidden = Condition("channel", ("window",))
    phone = Field("phone", "phone", "手机号码", max_length=11, visible_when=hidden)
    one = thing("one", fields=(phone, Field("hat", "text", "帽子")))
    two = thing("two", fields=(replace(phone, required=True, visible_when=None),))
    fields = both_of((one, two), ["one", "two"]).fields
    assert [(each.code, each.required, each.visible_when) for each in fields] == [
        ("phone", True, None),
        ("hat", False, None),
    ]
    alike = both_of((one, replace(two, fields=(replace(phone, label="电话"),))), ["one", "two"]).fields
    assert alike[0].visible_when == hidden


def test_a_material_that_two_want_is_handed_in_once():
    paper = Material("identity", "证件", "identity_document", necessity="optional", upload=True)
    one = thing("one", materials=(paper, Material("form", "表", "other")))
    two = thing(
        "two",
        materials=(
            replace(paper, code="id-card", necessity="required", most=2, acting=("self", "proxy")),
            Material("form", "表", "other"),
        ),
    )
    materials = both_of((one, two), ["one", "two"]).materials
    assert [(each.code, each.necessity, each.most, each.acting) for each in materials] == [
        ("identity", "required", 2, ("self", "proxy")),
        ("form", "required", 1, ("self",)),
    ]


def test_the_whole_is_as_slow_as_its_slowest_and_as_sure_as_its_surest():
    one = thing("one", assurance="wechat", fresh_minutes=60, minutes=2, periods=(_period(),))
    two = thing(
        "two", limits=DAYS, assurance="face", fresh_minutes=5, minutes=3, periods=(_period(),), channels=("online",)
    )
    both = both_of((one, two), ["one", "two"])
    assert both.limits["online"].amount == 25
    assert (both.assurance, both.fresh_minutes, both.minutes, len(both.periods)) == ("face", 5, 5, 1)
    assert both.guide.served == "所有人"
    assert "one、two" in both.guide.flow["online"][1]


def _period():
    return Period("p", "等", TimeLimit("hours", 24), "submitted")


def test_each_item_is_checked_as_things_will_stand_when_its_turn_comes():
    assert check(asking("loss+replace")).faults == ()
    (alone,) = check(asking("replace")).faults
    assert alone == Fault(
        "card_id", "condition-loss-first", "办这一项，卡要先办正式挂失；现在是没有挂失。请把“loss”也勾上。"
    )
    assert precheck(asking("loss+replace")) == ()
    assert precheck(asking("replace")) == (alone,)


def test_a_card_that_the_first_can_not_take_is_refused_for_it_and_not_twice():
    (fault, *more) = check(asking("loss+replace", card=card("cancelled"))).faults
    assert (fault.path, fault.code, more) == ("card_id", "card-cancelled", [])
    assert isinstance(refused := card_fault(of(LOST, "loss+replace"), "cancelled"), Fault)
    assert refused.code == "card-cancelled"
    assert card_fault(of(LOST, "loss+replace"), "active") is None
    assert card_fault(thing("any", needs_card=True), "cancelled") is None


def test_answers_and_pictures_go_where_they_are_asked_and_strangers_are_told_once():
    one = thing("one", fields=(Field("hat", "text", "帽子", required=True),))
    photo = Material("photo", "照片", "photo", necessity="required", upload=True)
    two = thing("two", materials=(photo,), fields=(Field("coat", "text", "大衣"),))
    bundle = replace(jieyang(), selection="many", items=(one, two))
    fine = asking("one+two", bundle, card=None, form={"hat": "红", "coat": "蓝"}, uploads=(Handed("1", "photo"),))
    assert check(fine).faults == ()
    assert dict(check(fine).form) == {"hat": "红", "coat": "蓝"}
    faults = check(replace(fine, form={"shoe": "x"}, uploads=(Handed("2", "scene"),))).faults
    assert [fault.path for fault in faults] == ["form.shoe", "form.hat", "uploads.photo", "uploads"]


def test_a_clerk_who_has_seen_the_originals_needs_no_pictures():
    paper = Material("identity", "证件", "identity_document", channels=("online", "window"), upload=True)
    wish = Material("photo", "照片", "photo", necessity="optional", channels=("window",))
    minor = Material(
        "register", "户口簿", "household_register", channels=("window",), when=Condition("age", maximum=16)
    )
    item = thing(
        "one",
        materials=(paper, wish, minor),
        channels=("online", "window"),
        limits=frozen({"online": TimeLimit("instant"), "window": TimeLimit("instant")}),
    )
    bundle = replace(jieyang(), selection="many", items=(item, thing("two")))
    at_window = asking("one", bundle, card=None, channel="window", shown=("identity",))
    assert check(at_window).faults == ()
    assert [fault.path for fault in check(replace(at_window, shown=())).faults] == ["materials.identity"]
    assert [fault.path for fault in check(replace(at_window, shown=("identity", "hat"))).faults] == ["materials"]
    both = asking("one+two", bundle, card=None, shown=("identity",))
    assert check(both).faults == ()


@pytest.mark.parametrize(
    ("profile", "code"), [({"phone": "13800005620"}, None), ({"phone": "110"}, "nothing-held"), ({}, "nothing-held")]
)
def test_an_answer_may_stand_for_what_the_registry_holds(profile, code):
    item = thing("one", fields=(Field("phone", "phone", "手机号码", required=True, prefill="phone", max_length=11),))
    checked = check(request("loss", {"phone": HELD}, item=item, card=None, profile=profile, uploads=()))
    assert [fault.code for fault in checked.faults] == ([code] if code else [])
    assert dict(checked.form) == ({} if code else profile)


def test_while_nobody_has_asked_the_registry_the_answer_stays_what_it_is():
    item = thing("one", fields=(Field("phone", "phone", "手机号码", required=True, prefill="phone"),))
    assert dict(check_form(item, {"phone": HELD}).form) == {"phone": HELD}
    assert check_form(item, {"phone": HELD}, facts=Facts(profile=frozen())).faults[0].code == "nothing-held"


def test_a_field_without_prefill_takes_the_same_words_for_an_ordinary_answer():
    item = thing("one", fields=(Field("note", "text", "备注"),))
    assert dict(check_form(item, {"note": HELD}).form) == {"note": HELD}


def test_fields_that_are_answered_with_a_picture_have_no_answer_and_are_asked_like_a_material():
    fields = (
        Field("sign", "signature", "签名", required=True),
        Field("proof", "file", "证明", visible_when=Condition("field", ("yes",), field="early")),
        Field("early", "yes_no", "提前"),
    )
    item = thing("one", fields=fields[::-1])
    asked = request("loss", {"early": "yes"}, item=item, card=None, uploads=(Handed("1", "signature"),))
    assert check(asked).faults == ()
    assert [fault.path for fault in check(replace(asked, uploads=())).faults] == ["uploads.sign"]
    wrong = check(replace(asked, form={"sign": "x"})).faults
    assert [fault.path for fault in wrong] == ["form.sign"]
    unasked = check(replace(asked, form={"early": "no"}, uploads=(*asked.uploads, Handed("2", "other")))).faults
    assert [fault.path for fault in unasked] == ["uploads"]


def test_a_place_that_has_not_opened_the_item_is_refused_before_any_form():
    places = (Place("370100", "济南市", ("one",), ("icbc",)), Place("370300", "淄博市", (), ()))
    place = Field("place", "place", "地区", required=True)
    bundle = replace(jieyang(), items=(thing("one", needs_card=True, fields=(place,)),), places=places)
    here = replace(card(), region="山东省济南市")
    there = replace(card(), region="山东省淄博市")
    asked = request("loss", {"place": "370100"}, bundle=bundle, item=bundle.items[0], card=here)
    assert check(asked).faults == ()
    assert [fault.path for fault in precheck(replace(asked, card=there))] == ["card_id"]
    assert [fault.path for fault in check(replace(asked, form={"place": "370300"})).faults] == ["form.place"]


def test_before_the_form_only_what_is_certain_refuses():
    rules = (
        Rule("old", Condition("age", minimum=60), "请到了 60 岁再来。"),
        Rule("insured", Condition("insured"), "请先参保。"),
        Rule("yes", Condition("field", ("yes",), field="agree"), "请先同意。"),
        Rule("card", Condition("card_state", ("active",)), "请先解挂。"),
    )
    item = thing(
        "one",
        needs_card=True,
        conditions=rules,
        fields=(Field("agree", "choice", "同意", choices=(Choice("yes", "是"),)),),
        acting=("self",),
    )
    asked = request("loss", {}, item=item, card=None)
    assert [fault.code for fault in precheck(asked)] == ["condition-old"]
    lost = precheck(replace(asked, card=card("formally_lost"), known={"insured": False}, channel="phone"))
    assert [fault.code for fault in lost] == ["channel-not-offered", "condition-card"]
    assert precheck(replace(asked, acting_as="proxy"))[0].path == "acting.as"
