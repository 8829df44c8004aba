"""Chongqing's items about a card that exists: activate, replace, change, PIN, loss, unlock, status, cancel, archive."""

import pytest

from bundles.definition import TimeLimit
from bundles.vocabulary import CARD_STATES
from tests.bundles.in_chongqing import answer, by_code, carried, chongqing, flow, item, materials, told
from tests.bundles.making import card

INSTANT = TimeLimit("instant")


def seen(code, acting_as="self", channel="window", **facts):
    """All that a clerk could be shown, so that no material is missing."""
    return tuple(materials(code, channel, acting_as, **facts))


def refused_states(code, form, **changes):
    """The card states in which an item is refused, each with what is said."""
    found = {}
    for state in CARD_STATES:
        faults = by_code(told(code, form, state=state, shown=seen(code, form=form), **changes))
        if faults:
            (found[state],) = faults.values()
    return found


@pytest.mark.rule("CQ-7.1")
def test_a_sealed_card_is_what_activation_is_for_and_every_other_state_has_its_advice():
    refused = refused_states("activate", {})
    assert set(refused) == set(CARD_STATES) - {"sealed"}
    assert "已经能用，不用再启用" in refused["active"]
    assert "社保卡解锁" in refused["locked"]
    found = carried("card-status", {}, state="sealed")[0][-1].result["text"]
    assert "请办“社会保障卡启用（激活）”" in found
    assert "网上申领的新卡要启用" in answer("activate", "which-card")


@pytest.mark.rule("CQ-7.2", "CQ-7.6")
def test_activation_is_done_by_the_holder_online_or_at_a_window():
    assert item("activate").limits == {"online": INSTANT, "window": INSTANT}
    assert told("activate", {}, channel="online", state="sealed") == ()
    assert told("activate", {}, state="sealed", shown=("identity",)) == ()
    steps, effects = carried("activate", {}, "online", card=card("sealed"))
    assert (steps[-1].outcome, set(effects)) == ("completed", {"activation"})


@pytest.mark.rule("CQ-7.3", "CQ-7.6")
def test_a_unit_agent_activates_at_a_window_with_their_own_card_or_id():
    asked = materials("activate", "window", "unit_agent")
    assert {code: (each.whose, each.documents) for code, each in asked.items()} == {
        "agent-identity": ("actor", ("resident_id", "social_security_card"))
    }
    assert told("activate", {}, acting_as="unit_agent", state="sealed", shown=("agent-identity",)) == ()
    online = by_code(told("activate", {}, channel="online", acting_as="unit_agent", state="sealed"))
    assert "网上只能启用自己的卡" in online["condition-online-self"]


@pytest.mark.rule("CQ-7.4")
def test_the_guide_says_that_a_card_made_at_the_window_is_active_and_leaves_no_second_record():
    assert "窗口当场做的卡，交到您手上时已经启用，也不用再留证件和照片" in answer("activate", "which-card")


@pytest.mark.rule("CQ-7.5", "CQ-15.1")
def test_activation_at_a_window_keeps_pictures_of_document_and_scene():
    assert set(item("activate").archive["window"]) >= {"identity_document", "scene"}
    assert "窗口核对证件，拍下证件和现场照片" in flow("activate", "window")


@pytest.mark.rule("CQ-8.7")
def test_a_replacement_is_not_had_online():
    (message,) = by_code(told("replace", {}, channel="online")).values()
    assert message == "“社会保障卡补领、换领、换发”不能通过网上办理，请改用：窗口、自助一体机。"
    assert "不能。请到社保卡服务窗口或一体机" in answer("replace", "online")


@pytest.mark.rule("CQ-8.10", "CQ-8.11")
@pytest.mark.parametrize("channel", ["window", "kiosk"])
def test_a_replacement_is_made_activated_and_issued_on_the_spot(channel):
    assert item("replace").limits[channel] == INSTANT
    assert item("replace").fee.text == "工本费在窗口交清或抵扣，多少钱以窗口说的为准"
    steps, effects = carried("replace", {}, channel)
    production = effects["production"]
    assert (production.kind, production.on_the_spot, production.activated) == ("replace", True, True)
    assert (steps[-1].outcome, steps[-1].result["activated"]) == ("completed", True)
    assert set(refused_states("replace", {})) == {"cancelled"}


@pytest.mark.rule("CQ-9.1")
def test_only_phone_and_address_are_changed():
    assert [each.code for each in item("change-information").fields] == ["phone", "address"]
    assert told("change-information", {"phone": "13812345620"}, shown=("identity",)) == ()
    assert "unknown-field" in by_code(told("change-information", {"name": "陈小渝"}, shown=("identity",)))
    assert "at-least-one" in by_code(told("change-information", {}, shown=("identity",)))
    assert "不能。这里只改手机号码和居住地址" in answer("change-information", "name-or-number")
    _, effects = carried("change-information", {"phone": "13812345620"})
    assert effects["profile"][2] == {"phone": "13812345620"}


@pytest.mark.rule("CQ-9.2", "CQ-9.3")
def test_information_is_changed_in_person_at_a_window():
    for channel in ("online", "kiosk", "phone"):
        faults = by_code(told("change-information", {"phone": "13812345620"}, channel=channel))
        assert "请改用：窗口" in faults["channel-not-offered"]
    assert set(refused_states("change-information", {"phone": "13812345620"})) == {"cancelled"}
    assert "本人带社保卡或身份证到窗口" in flow("change-information", "window")
    faults = by_code(told("change-information", {"phone": "13812345620"}, acting_as="proxy", shown=()))
    assert "请由本人来办" in faults["capacity-not-allowed"]


@pytest.mark.rule("CQ-10.1", "CQ-10.2")
@pytest.mark.parametrize("channel", ["window", "kiosk"])
def test_a_pin_is_changed_by_the_holder_and_reset_by_a_proxy_too(channel):
    for who in ("proxy", "guardian"):
        shown = seen("pin", who, channel)
        faults = told("pin", {"action": "change"}, channel=channel, acting_as=who, shown=shown)
        (message,) = by_code(faults).values()
        assert message.startswith("办这一项，要由本人办理；现在是由")
        assert "本人来不了的，可以代办“重置”" in message
        assert told("pin", {"action": "reset"}, channel=channel, acting_as=who, shown=shown) == ()
    for action in ("change", "reset"):
        assert told("pin", {"action": action}, channel=channel, shown=("identity",)) == ()
        _, effects = carried("pin", {"action": action}, channel)
        assert effects["pin"][2] == action


@pytest.mark.rule("CQ-10.5")
def test_a_pin_is_set_at_window_or_kiosk_only_and_on_a_card_in_use():
    for channel in ("online", "phone"):
        faults = by_code(told("pin", {"action": "change"}, channel=channel))
        assert "请改用：窗口、自助一体机" in faults["channel-not-offered"]
    assert "一体机" in flow("pin", "kiosk")
    refused = refused_states("pin", {"action": "reset"})
    assert set(refused) == set(CARD_STATES) - {"active"}
    assert "社保卡解锁" in refused["locked"]


@pytest.mark.rule("CQ-11.4", "CQ-11.5", "CQ-11.6")
@pytest.mark.parametrize("channel", ["online", "window", "kiosk"])
@pytest.mark.parametrize(("action", "state"), [("report", "active"), ("lift", "formally_lost")])
def test_losses_are_reported_and_lifted_at_counters_by_proxies_too_and_online_by_the_holder(channel, action, state):
    form = {"action": action}
    for who in ("self", "proxy", "guardian"):
        shown = None if channel == "online" else seen("loss", who, channel, form=form)
        faults = told("loss", form, channel=channel, acting_as=who, state=state, shown=shown)
        if channel == "online" and who != "self":
            (fault,) = faults
            assert (fault.path, fault.code) == ("acting.as", "condition-online-holder")
            assert "网上和电话只能本人办。代办的，请带双方的身份证或社保卡" in fault.message
        else:
            assert faults == (), who
    steps, effects = carried("loss", form, channel, card=card(state))
    assert steps[-1].outcome == "completed"
    assert effects["loss"][0] == action
    assert item("loss").limits[channel] == INSTANT
    assert {"online": "登录", "window": "窗口", "kiosk": "一体机"}[channel] in flow("loss", channel)


@pytest.mark.rule("CQ-11.7", "CQ-11.8")
def test_by_phone_a_loss_is_reported_by_the_holder_and_not_lifted():
    report, lift = {"action": "report"}, {"action": "lift"}
    assert told("loss", report, channel="phone") == ()
    (fault,) = told("loss", lift, channel="phone", state="formally_lost")
    assert (fault.path, fault.code) == ("form.action", "condition-phone-report")
    assert "打电话只能挂失" in fault.message
    assert "“要办的事”要选“挂失”；现在选的是“解除挂失”" in fault.message
    for who in ("proxy", "guardian"):
        assert set(by_code(told("loss", report, channel="phone", acting_as=who))) == {"condition-online-holder"}
    assert "12333" in flow("loss", "phone")


@pytest.mark.rule("CQ-11.4")
def test_a_loss_never_ends_by_itself_and_fits_the_state_of_the_card():
    (kind,) = chongqing().loss_kinds
    assert (kind.code, kind.liftable, kind.lasts) == ("formal", True, None)
    assert set(kind.lifted_by) == {"self", "guardian", "proxy"}
    reporting = refused_states("loss", {"action": "report"})
    assert set(reporting) == {"formally_lost", "locked", "cancelled"}
    assert "找到卡了选“解除挂失”" in reporting["formally_lost"]
    lifting = refused_states("loss", {"action": "lift"})
    assert set(lifting) == {"sealed", "active", "locked", "cancelled"}


@pytest.mark.rule("CQ-12.1")
def test_a_locked_card_is_unlocked_at_a_window():
    assert item("unlock").channels == ("window",)
    for who in ("self", "proxy", "guardian"):
        assert told("unlock", {}, acting_as=who, state="locked", shown=seen("unlock", who)) == ()
    assert set(refused_states("unlock", {})) == set(CARD_STATES) - {"locked"}
    assert "请改用：窗口" in by_code(told("unlock", {}, channel="kiosk", state="locked"))["channel-not-offered"]
    steps, effects = carried("unlock", {}, card=card("locked"))
    assert (steps[-1].outcome, set(effects)) == ("completed", {"unlock"})


@pytest.mark.rule("CQ-13.3")
def test_the_status_is_told_to_anybody_at_a_window_and_to_the_holder_online():
    for who in ("self", "proxy", "guardian"):
        assert told("card-status", {}, acting_as=who, shown=seen("card-status", who)) == ()
    assert told("card-status", {}, channel="online") == ()
    for who in ("proxy", "guardian"):
        (message,) = by_code(told("card-status", {}, channel="online", acting_as=who)).values()
        assert "要由本人办理" in message
        assert "网上只能查自己的卡" in message
    steps, effects = carried("card-status", {}, "online")
    assert (steps[-1].result["state"], effects) == ("active", {})


@pytest.mark.rule("CQ-14.1", "CQ-14.2")
def test_a_card_is_cancelled_and_a_cancelled_one_brought_back():
    for action, states in (("cancel", set(CARD_STATES) - {"cancelled"}), ("roll_back", {"cancelled"})):
        form = {"action": action}
        assert set(refused_states("cancel", form)) == set(CARD_STATES) - states
        steps, effects = carried("cancel", form, card=card("cancelled" if action == "roll_back" else "active"))
        assert steps[-1].outcome == "completed"
        assert effects["cancellation"][0] == ("restore" if action == "roll_back" else "cancel")
    assert "请选“注销回退”" in refused_states("cancel", {"action": "cancel"})["cancelled"]
    assert "只有注销了的卡才能恢复" in refused_states("cancel", {"action": "roll_back"})["active"]


@pytest.mark.rule("CQ-14.3")
def test_a_card_is_cancelled_at_a_window_by_the_holder_or_a_proxy():
    for who in ("self", "proxy", "guardian"):
        for action, state in (("cancel", "active"), ("roll_back", "cancelled")):
            assert told("cancel", {"action": action}, acting_as=who, state=state, shown=seen("cancel", who)) == ()
    for channel in ("online", "kiosk", "phone"):
        faults = by_code(told("cancel", {"action": "cancel"}, channel=channel))
        assert "请改用：窗口" in faults["channel-not-offered"]


KEPT = ("apply", "batch-apply", "activate", "replace", "batch-replace", "pin", "loss", "unlock", "cancel")
NOT_KEPT = ("batch-to-individual", "change-information", "card-status")


@pytest.mark.rule("CQ-15.1", "CQ-15.2", "CQ-15.3")
def test_pictures_of_document_and_scene_are_kept_where_the_source_says_so():
    assert {*KEPT, *NOT_KEPT} == {each.code for each in chongqing().items}
    for code in KEPT:
        assert set(item(code).archive) == {"window"}
        assert {"identity_document", "proxy_document", "scene"} <= set(item(code).archive["window"]), code
        assert "拍下证件和现场照片" in flow(code, "window")
    for code in NOT_KEPT:
        assert item(code).archive == {}
        assert "现场照片" not in flow(code, "window")


@pytest.mark.rule("CQ-15.3")
def test_apply_and_replace_are_signed_on_a_pad_or_on_a_printed_form():
    signed = [each.code for each in chongqing().items if "signature" in each.archive.get("window", ())]
    assert signed == ["apply", "batch-apply", "replace", "batch-replace"]
    for code in signed:
        assert "在签字板上签名；没有签字板的，在打印的表上签名" in flow(code, "window")


@pytest.mark.rule("CQ-15.4")
def test_originals_are_handed_back_and_a_window_without_equipment_keeps_paper():
    for code in ("apply", "replace", "activate", "pin", "loss", "unlock", "cancel"):
        assert "证件当场还您" in flow(code, "window")
    text = answer("apply", "originals")
    assert "原件当场还您" in text
    assert "窗口没有电子设备的，会留下纸质材料存档" in text
