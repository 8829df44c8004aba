"""The cross-province service's first card: who is served, what is asked in which order, what the guide tells."""

import pytest

from bundles import case, facts
from bundles.engine import carry_out, check, outcome_of_node, precheck
from tests.bundles.guides import answer, asking, finds, item_of, ordering, shipped, somebody, told
from tests.bundles.in_cross_province import APPLY, HOME, JINAN, KS, NEVER, applying
from tests.bundles.making import TODAY, Registry, card


@pytest.mark.rule("KS-1.1")
def test_apply_is_for_a_first_card_only():
    assert applying() == {}
    again = applying(known=facts.known(TODAY, cards=(card("cancelled"),), productions=()))
    assert again == {"item": "办这一项，要是第一次申领；以前已经申领过。以前办过卡的，请办“补换卡”。"}


@pytest.mark.rule("KS-1.2")
@pytest.mark.parametrize(("age", "taken"), [(15, False), (16, True), (90, True)])
def test_apply_is_for_people_of_16_and_over(age, taken):
    said = applying(holder=somebody(age))
    assert (said == {}) == taken
    if not taken:
        assert said["item"].startswith("办这一项，年龄要满 16 周岁；现在是 15 周岁。不满 16 周岁的，由父母代为申领")


@pytest.mark.rule("KS-1.2")
@pytest.mark.parametrize("code", ["apply", "replace"])
def test_it_is_for_citizens_known_by_their_resident_id_card(code):
    values = {"known": NEVER} if code == "apply" else {"state": "formally_lost", "region": JINAN}
    form = APPLY if code == "apply" else {"reason": "reissue", **HOME}
    for age in (None, 9):
        said = told(asking(KS, code, form, holder=somebody(age, "passport"), **values))
        assert set(said) == {"item"}
        assert said["item"].startswith("办这一项，证件要是居民身份证；现在用的是护照。请用本人的居民身份证登录")
        assert "周岁" not in said["item"]


@pytest.mark.rule("KS-1.3")
def test_the_first_card_is_free():
    fee = item_of(KS, "apply").fee
    assert (fee.fen, fee.text) == (0, "首次申领不收费，只付寄送费")


@pytest.mark.rule("KS-1.4")
def test_the_guide_comes_first_and_says_where_to_see_what_is_open():
    assert item_of(KS, "apply").guide.flow["online"][0] == "看办事指南，查地区和银行有没有开通"
    assert "“哪里能办”" in answer(KS, "apply", "where")
    assert finds(KS, "我的城市能办吗") == ("apply", "where")


@pytest.mark.rule("KS-1.5")
def test_region_and_bank_come_before_everything_else():
    apply = item_of(KS, "apply")
    assert [(each.code, each.kind) for each in apply.fields[:2]] == [("place", "place"), ("bank", "bank")]
    assert apply.place_fields == apply.fields[:2]
    assert apply.guide.flow["online"][1] == "选地区、发卡银行，核对证件信息"
    assert {"form.place", "form.bank"} <= set(applying({}))


@pytest.mark.rule("KS-1.6")
def test_without_the_tick_under_the_agreement_nothing_goes_on():
    assert item_of(KS, "apply").form_fields[0].code == "agreed"
    assert set(applying({**APPLY, "agreed": None})) == {"form.agreed"}
    said = applying({**APPLY, "agreed": False})["form.agreed"]
    assert said.startswith("办这一项，“同意申领协议”要选")
    assert "不同意的，可以到当地的社保卡服务网点办" in said


@pytest.mark.rule("KS-1.7", "KS-5.4")
@pytest.mark.parametrize("code", ["apply", "replace"])
def test_a_new_card_wants_a_fresh_face_verification(code):
    assert (item_of(KS, code).assurance, item_of(KS, code).fresh_minutes) == ("face", 30)
    assert any("刷脸核验" in line for line in item_of(KS, code).guide.flow["online"])


@pytest.mark.rule("KS-1.8")
def test_eligibility_is_checked_before_the_form():
    for holder, known in ((somebody(15), NEVER), (somebody(), facts.known(TODAY, cards=(card(),), productions=()))):
        (fault,) = precheck(asking(KS, "apply", {}, holder=holder, known=known))
        assert fault.path == "item"
    assert precheck(asking(KS, "apply", {}, known=NEVER)) == ()


@pytest.mark.rule("KS-1.9", "KS-1.10", "KS-1.11")
@pytest.mark.parametrize("code", ["occupation", "phone", "address_region", "address"])
def test_the_form_asks_for_occupation_own_phone_and_habitual_address(code):
    field = item_of(KS, "apply").field(code)
    assert field is not None
    assert field.required
    without = {each: value for each, value in APPLY.items() if each != code}
    assert set(applying(without)) == {f"form.{code}"}


@pytest.mark.rule("KS-1.10", "KS-1.11")
def test_the_phone_is_one_s_own_and_the_address_where_one_lives():
    labels = {each.code: (each.label, each.hint) for each in item_of(KS, "apply").fields}
    assert labels["phone"] == ("本人实名办理的手机号码", "要用您自己的身份证办的号码")
    assert labels["address_region"][0] == "常住地的地区"
    assert labels["address"][0] == "常住地的详细地址"
    held = {**APPLY, "phone": "@registry", "occupation": "@registry"}
    profile = {"phone": "13912345620", "occupation": "医生"}
    checked = check(asking(KS, "apply", held, known=NEVER, profile=profile))
    assert (checked.faults, checked.form["phone"], checked.form["occupation"]) == ((), "13912345620", "医生")


@pytest.mark.rule("KS-1.12")
def test_an_application_once_confirmed_orders_the_card_at_the_chosen_place_and_bank():
    registry = Registry()
    form = check(asking(KS, "apply", APPLY, known=NEVER)).form
    (step,) = carry_out(ordering(KS, "apply", form), registry)
    (sent,) = registry.effects.values()
    assert (sent.kind, sent.region, sent.bank) == ("apply", JINAN, "中国建设银行")
    assert sent.address == "上海市黄浦区南京东路 8 号"
    assert step.outcome is None
    assert "核对后提交" in item_of(KS, "apply").guide.flow["online"]


@pytest.mark.rule("KS-1.13")
def test_the_guide_tells_what_follows_the_submission():
    flow = item_of(KS, "apply").guide.flow["online"]
    assert flow.index("填收件地址、付寄送费，或者先看申领信息") == flow.index("核对后提交") + 1


@pytest.mark.rule("KS-1.15")
def test_only_banks_with_outlets_all_over_the_country_are_offered():
    names = ["中国工商银行", "中国农业银行", "中国银行", "中国建设银行", "交通银行", "中国邮政储蓄银行"]
    assert [each.name for each in shipped(KS).banks] == names
    assert "在全国都有网点的银行" in answer(KS, "apply", "banks")
    assert "form.bank" in applying({**APPLY, "bank": "hubei-bank"})


@pytest.mark.rule("KS-1.16")
def test_the_guide_tells_of_the_entry_for_one_s_minor_child():
    assert "父母有单独的入口，只给自己未成年的孩子用" in answer(KS, "apply", "child")
    assert finds(KS, "能替孩子申领吗") == ("apply", "child")


@pytest.mark.rule("KS-2.1", "KS-5.6")
@pytest.mark.parametrize("code", ["apply", "replace"])
def test_the_guide_tells_the_price_of_delivery_by_distance(code):
    item = item_of(KS, code)
    prices = [(each.zone, each.label, each.fen) for each in item.fee.delivery]
    assert prices == [("city", "同城", 1000), ("province", "省内", 1200), ("outside", "省外", 1600)]
    assert item.delivery == ("mail",)
    assert "按寄出地到收件地的远近收：同城 10 元，省内 12 元，省外 16 元" in answer(KS, code, "fee")


@pytest.mark.rule("KS-2.2")
@pytest.mark.parametrize("code", ["apply", "replace"])
def test_the_guide_tells_until_when_an_application_can_be_withdrawn(code):
    assert answer(KS, code, "withdrawal").startswith("付寄送费以前可以撤回，付了就不能撤回了。")


@pytest.mark.rule("KS-3.1")
@pytest.mark.parametrize("code", ["apply", "replace"])
def test_the_stations_of_a_new_card_stand_in_their_order(code):
    stations = ["submitted", "fee_paid", "production_accepted", "card_made", "sent", "received", "activated"]
    assert [node for node in case.NODES if node in stations] == stations
    item = item_of(KS, code)
    assert all(case.node_text(node, item) for node in stations)
    assert [outcome_of_node(item, node) for node in stations] == [None] * 4 + ["stop_clock", "completed", None]
    assert {each.node for each in item.notifications} >= {*stations[1:6], "correction_requested"}
    words = ["提交", "付费", "开始制卡", "制好", "寄出", "收到", "启用"]
    assert all(word in answer(KS, "apply", "progress") for word in words)


@pytest.mark.rule("KS-3.3")
def test_the_guide_tells_how_information_is_corrected():
    text = answer(KS, "apply", "correction")
    for part in ("重新打开“申领”", "给自己还是给孩子", "申请日期、地区、银行和进度", "重新受理制卡"):
        assert part in text
