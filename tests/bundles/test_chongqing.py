"""Chongqing's definition: who may do what where, how long it takes, what becomes of it. Materials: see beside."""

from datetime import date

import pytest

from bundles.clock import due, events_of
from bundles.definition import TimeLimit
from bundles.engine import check_form
from bundles.rules import Facts
from bundles.search import Index
from bundles.vocabulary import BATCH_STATES
from bundles.working_days import load_calendar
from tests.bundles.in_chongqing import (
    ADULT,
    OF_ADULTS,
    PHONE,
    PICKED_UP,
    answer,
    by_code,
    carried,
    chongqing,
    flow,
    item,
    materials,
    somebody,
    told,
)
from tests.bundles.making import TODAY

INSTANT = TimeLimit("instant")
INDEX = Index.build([chongqing()])
BATCHES = ("batch-apply", "batch-replace")


def test_the_bundle_offers_the_twelve_items_of_its_source_each_with_its_channels():
    assert (chongqing().code, chongqing().number_prefix, chongqing().region) == (
        "chongqing-social-security-card",
        "CQ",
        "500000",
    )
    assert {each.code: each.channels for each in chongqing().items} == {
        "apply": ("online", "window", "kiosk"),
        "batch-apply": ("window", "kiosk"),
        "batch-to-individual": ("window",),
        "activate": ("online", "window"),
        "replace": ("window", "kiosk"),
        "batch-replace": ("window",),
        "change-information": ("window",),
        "pin": ("window", "kiosk"),
        "loss": ("online", "window", "kiosk", "phone"),
        "unlock": ("window",),
        "card-status": ("online", "window"),
        "cancel": ("window",),
    }
    assert "12333" in {each.value for each in chongqing().contacts}


def test_what_needs_no_card_to_be_made_elsewhere_is_done_at_once_and_all_of_it_is_signed_in_for_alike():
    slow = {"apply": {"online"}, "batch-apply": {"window", "kiosk"}, "batch-replace": {"window"}}
    for each in chongqing().items:
        later = {channel for channel, limit in each.limits.items() if limit != INSTANT}
        assert later == slow.get(each.code, set()), each.code
        assert (each.clock_starts == "submission") == bool(later)
        assert (each.assurance, each.fresh_minutes, each.fee.fen) == ("password", 30, 0)


@pytest.mark.rule("CQ-1.2", "CQ-1.3")
def test_one_acts_as_guardian_for_a_minor_and_as_proxy_for_an_adult():
    for code, form in (("apply", PHONE), ("replace", {})):
        for age, acting_as, refused in ((17, "proxy", "proxy-adult"), (18, "guardian", "guardian-minor")):
            shown = tuple(materials(code, "window", acting_as))
            faults = by_code(told(code, form, acting_as=acting_as, holder=somebody(age), shown=shown))
            assert set(faults) == {f"condition-{refused}"}
            assert f"现在是 {age} 周岁" in faults[f"condition-{refused}"]
        for age, acting_as in ((17, "guardian"), (18, "proxy")):
            shown = tuple(materials(code, "window", acting_as))
            assert told(code, form, acting_as=acting_as, holder=somebody(age), shown=shown) == ()


@pytest.mark.rule("CQ-1b.1", "CQ-8.4", "CQ-8.10")
def test_at_a_kiosk_one_fills_in_uploads_and_takes_the_slip_to_the_window():
    for code in ("apply", "replace"):
        steps = item(code).guide.flow["kiosk"]
        assert len(steps) == 4
        assert [
            word for word, step in zip(("选", "上传", "凭证", "窗口"), steps, strict=True) if word not in step
        ] == []
    assert "交清或抵扣" in flow("replace", "window")
    assert "交清或抵扣" in flow("replace", "kiosk")
    assert "交清或抵扣" in item("replace").fee.text


@pytest.mark.rule("CQ-1b.2")
def test_an_application_online_is_reviewed_before_the_card_is_made():
    assert item("apply").review
    steps = item("apply").guide.flow["online"]
    assert any("审核" in step and "通过了才开始制卡" in step for step in steps)
    assert [each.code for each in chongqing().items if each.review] == ["apply"]


@pytest.mark.rule("CQ-3.1", "CQ-7.4")
@pytest.mark.parametrize("channel", ["window", "kiosk"])
def test_a_first_card_is_made_on_the_spot_and_handed_over_active(channel):
    assert item("apply").limits[channel] == INSTANT
    steps, effects = carried("apply", PHONE, channel)
    assert steps[-1].outcome == "completed"
    assert steps[-1].result["activated"] is True
    assert (effects["production"].kind, effects["production"].on_the_spot, effects["production"].activated) == (
        "apply",
        True,
        True,
    )
    assert set(effects) == {"production"}, "no activation of its own, and no second record"


@pytest.mark.rule("CQ-3.2", "CQ-6.4")
def test_a_card_of_the_counter_is_late_only_where_equipment_or_network_fails():
    for code, channels in (("apply", ("window", "kiosk")), ("batch-to-individual", ("window",))):
        (period,) = item(code).periods
        assert (period.limit, period.starts, period.channels) == (TimeLimit("hours", 24), "submitted", channels)
        assert "设备或网络" in period.label
        assert "只有设备或网络出了问题才会晚" in period.note
    assert item("batch-to-individual").limits == {"window": INSTANT}
    assert "当场拿卡" in flow("batch-to-individual", "window")


@pytest.mark.rule("CQ-3.3")
def test_a_card_applied_for_online_is_made_within_5_working_days_of_the_submission():
    apply = item("apply")
    assert (apply.limits["online"], apply.clock_starts) == (TimeLimit("working_days", 5), "submission")
    assert due(apply.limits["online"], events_of(TODAY), load_calendar()).due_on == date(2026, 12, 3)
    assert apply.options["clock_stops_on"] == ("card_made", "sent", "ready_for_pickup")
    assert apply.options["completes_on"] == ("received",)
    steps, effects = carried("apply", PICKED_UP, "online")
    assert [step.outcome for step in steps] == [None]
    assert (effects["production"].on_the_spot, effects["production"].activated) == (False, False)


@pytest.mark.rule("CQ-3.4")
def test_an_applicant_online_chooses_mail_with_an_address_or_the_district_to_pick_the_card_up_in():
    apply = item("apply")
    assert apply.delivery == ("mail", "pickup")

    def asked(**form):
        faults = check_form(apply, PHONE | form, facts=Facts(channel="online")).faults
        return [fault.path.removeprefix("form.") for fault in faults]

    assert asked() == ["delivery"]
    assert asked(delivery="mail") == ["mail_region", "address"]
    assert asked(delivery="mail", mail_region="110101", address="某某街 8 号") == []
    assert asked(delivery="pickup") == ["pickup_region"]
    assert asked(delivery="pickup", pickup_region="500103") == []
    assert asked(delivery="pickup", pickup_region="440103") == ["pickup_region"], "another province has no such outlet"
    assert check_form(apply, PHONE, facts=Facts(channel="window")).faults == ()
    _, effects = carried(
        "apply", PHONE | {"delivery": "mail", "mail_region": "500103", "address": "某某街 8 号"}, "online"
    )
    assert effects["production"].address == "重庆市渝中区某某街 8 号"


@pytest.mark.rule("CQ-3.5")
def test_who_picks_a_card_up_waits_until_it_is_ready_and_brings_the_originals_of_what_was_uploaded():
    text = answer("apply", "pickup")
    for words in ("重庆人社 App", "可以领卡", "上传过", "原件", "您选的网点"):
        assert words in text
    (ready,) = (each for each in item("apply").notifications if each.node == "ready_for_pickup")
    assert "上传过的证件，都要原件" in ready.text


@pytest.mark.rule("CQ-4.1", "CQ-4.2", "CQ-4.5")
@pytest.mark.parametrize("channel", ["window", "kiosk"])
def test_an_employers_agent_brings_their_id_or_card_and_a_letter_to_window_or_kiosk(channel):
    asked = materials("batch-apply", channel, "unit_agent", age=ADULT)
    agent, letter = asked["agent-identity"], asked["letter"]
    assert (agent.whose, agent.documents, agent.form) == ("actor", ("resident_id", "social_security_card"), "original")
    assert (letter.whose, letter.kind, letter.necessity) == ("unit", "introduction_letter", "required")
    assert "收好机器打印的凭证，领卡要用" in flow("batch-apply", "kiosk")
    assert item("batch-apply").acting == ("unit_agent",)


@pytest.mark.rule("CQ-4.3", "CQ-4.4", "CQ-8b.2")
@pytest.mark.parametrize(("code", "photo"), [("batch-apply", "required"), ("batch-replace", "if_changed")])
def test_a_batch_holds_a_sheet_and_each_persons_scans(code, photo):
    adult = materials(code, "window", "unit_agent", age=18)
    assert (adult["sheet"].kind, adult["sheet"].whose, adult["sheet"].form) == ("batch_sheet", "unit", "electronic")
    assert "模板到窗口领" in adult["sheet"].note
    assert (adult["photos"].necessity, adult["photos"].form) == (photo, "electronic")
    assert "正面和反面" in adult["id-scans"].note
    assert "register-scans" not in adult
    minor = materials(code, "window", "unit_agent", age=17)
    assert "本人页和增减页" in minor["register-scans"].note
    assert "id-scans" not in minor
    assert "未成年人可以不交" in adult["photos"].note
    if photo == "required":
        assert "photos" not in minor


@pytest.mark.rule("CQ-4.6", "CQ-8b.4")
@pytest.mark.parametrize("code", BATCHES)
def test_a_batch_takes_10_working_days_from_submission(code):
    assert set(item(code).limits.values()) == {TimeLimit("working_days", 10)}
    assert item(code).clock_starts == "submission"


@pytest.mark.rule("CQ-4.7", "CQ-4.8", "CQ-8b.5")
@pytest.mark.parametrize("code", BATCHES)
def test_a_batch_is_picked_up_by_the_agent_where_it_was_handed_in(code):
    assert item(code).delivery == ("pickup",)
    for channel in item(code).channels:
        assert "看到可以领卡后，经办人到提交的网点领卡" in flow(code, channel)
    assert "经办人带自己的身份证原件或社保卡" in answer(code, "pickup")
    letter = materials(code, "window", "unit_agent")["new-agent-letter"]
    assert (letter.whose, letter.necessity) == ("unit", "if_changed")
    assert "换了经办人才要，盖单位公章" in letter.note


@pytest.mark.rule("CQ-5.1", "CQ-8b.5")
@pytest.mark.parametrize("code", BATCHES)
def test_a_card_of_a_batch_activates_by_itself_96_hours_after_it_was_picked_up(code):
    (period,) = item(code).periods
    assert (period.code, period.limit, period.starts) == ("self-activation", TimeLimit("hours", 96), "received")
    assert "96 小时" in answer(code, "activate")


@pytest.mark.rule("CQ-8b.1", "CQ-8b.3")
def test_a_batch_of_replacements_goes_to_a_window_and_the_agent_settles_the_fee():
    asked = materials("batch-replace", "window", "unit_agent", age=ADULT)
    assert item("batch-replace").channels == ("window",)
    assert asked["agent-identity"].documents == ("resident_id", "social_security_card")
    assert asked["sheet"].name == "补换卡明细表"
    assert "letter" not in asked
    assert "经办人交清或抵扣" in item("batch-replace").fee.text
    assert "经办人交清或抵扣" in flow("batch-replace", "window")


@pytest.mark.parametrize("code", ["batch-apply", "batch-to-individual", "batch-replace"])
def test_what_can_only_be_described_yet_says_where_to_go(code):
    who = item(code).acting[0]
    faults = by_code(told(code, {}, acting_as=who, shown=tuple(materials(code, "window", who, age=ADULT))))
    assert item(code).guide.window in faults["guide-only"]


def leaving_the_batch(**changes):
    values = {"known": {"batch_state": "data_ready"}, "shown": ("identity",)} | changes
    return by_code(told("batch-to-individual", {}, **values))


@pytest.mark.rule("CQ-6.1")
def test_a_card_leaves_its_batch_only_while_its_data_exist_and_it_is_not_being_made():
    assert set(leaving_the_batch()) == {"guide-only"}
    for state in ("producing", "made"):
        message = leaving_the_batch(known={"batch_state": state})["condition-batch"]
        assert f"已产生制卡数据；现在是{BATCH_STATES[state]}" in message
        assert "已经在做的，请等单位通知领卡" in message
    assert "没有查到" in leaving_the_batch(known={})["condition-unknown"]


@pytest.mark.rule("CQ-6.2", "CQ-6.3")
def test_a_card_leaves_its_batch_only_in_person_at_a_window_with_a_document():
    assert "不能通过网上办理，请改用：窗口" in leaving_the_batch(channel="online")["channel-not-offered"]
    assert "channel-not-offered" in leaving_the_batch(channel="kiosk")
    for who in ("proxy", "guardian", "unit_agent"):
        assert "请由本人来办" in leaving_the_batch(acting_as=who)["capacity-not-allowed"]
    for kind in OF_ADULTS:
        assert set(leaving_the_batch(holder=somebody(ADULT, kind))) == {"guide-only"}
    assert "condition-document" in leaving_the_batch(holder=somebody(ADULT, "permanent_residence"))
    (identity,) = item("batch-to-individual").materials
    assert (identity.documents, identity.form) == (OF_ADULTS, "original")
    assert "required" in leaving_the_batch(shown=())


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("怎么办社保卡", "apply"),
        ("小孩办卡", "apply"),
        ("公司给员工办卡", "batch-apply"),
        ("单位办的卡等不及", "batch-to-individual"),
        ("新卡不能用", "activate"),
        ("激活", "activate"),
        ("卡坏了", "replace"),
        ("补卡要多少钱", "replace"),
        ("单位换卡", "batch-replace"),
        ("换手机号", "change-information"),
        ("搬家了", "change-information"),
        ("密码忘了", "pin"),
        ("改密码", "pin"),
        ("社保卡丢了", "loss"),
        ("卡找到了", "loss"),
        ("卡被锁了", "unlock"),
        ("卡能不能用", "card-status"),
        ("不要卡了", "cancel"),
        ("注销", "cancel"),
    ],
)
def test_everyday_words_lead_to_the_item_first(words, code):
    assert INDEX.find(words)[0].item.code == code
