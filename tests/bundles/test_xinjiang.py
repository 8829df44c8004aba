"""Xinjiang's definition: the conditions of its seven guides, judged for each case, and what they lead to."""

from dataclasses import replace

import pytest

from bundles import facts
from bundles.definition import TimeLimit
from bundles.engine import carry_out, outcome_of_node
from bundles.ports import Production, Standing
from tests.bundles.guides import answer, asking, finds, item_of, materials, ordering, shipped, somebody, told
from tests.bundles.making import TODAY, Registry, card

XJ = "xinjiang"
PHONE = {"phone": "13812345620"}
APPLY = {**PHONE, "address_region": "310101", "address": "南京东路 8 号"}
REPLACE = {"reason": "lost", "account": "same_number", **APPLY}
ASKED = ("phone", "reason")
FORMS: dict[str, tuple[dict[str, object], str]] = {
    "activate": ({}, "sealed"),
    "card-status": ({}, "active"),
    "loss": ({"action": "report"}, "active"),
    "change-information": ({"occupation": "教师"}, "active"),
    "cancel": ({"reason": "settled_abroad", "understood": True}, "active"),
}
AWAY = Standing(insured=("650102",), lives_elsewhere=True)


def known(cards=1, productions=0, standing=AWAY):
    held = tuple(replace(card(), reference=f"c-{number}") for number in range(cards))
    made = tuple(Production(f"p-{number}", "received") for number in range(productions))
    return facts.known(TODAY, cards=held, productions=made, standing=standing, region="650000")


def applying(cards=0, **more):
    pictures = ("identity_document", "photo")
    return told(asking(XJ, "apply", APPLY, pictures=pictures, known=known(cards), **more))


def replacing(form=REPLACE, **more):
    values = {"pictures": ("identity_document",), "known": known(), "state": "formally_lost"}
    return told(asking(XJ, "replace", form, **(values | more)))


def at_the_window(code, form, *shown, **more):
    return told(asking(XJ, code, form, channel="window", shown=shown, **more))


@pytest.mark.rule("XJ-70.1")
def test_apply_is_for_people_who_have_never_had_a_card():
    assert applying() == {}
    again = applying(cards=1)["item"]
    assert again == "办这一项，要是第一次申领；以前已经申领过。以前办过卡的，请办“补换卡”。"


@pytest.mark.rule("XJ-70.2")
@pytest.mark.parametrize(("cards", "taken"), [(2, True), (3, False)])
def test_apply_is_for_people_with_fewer_than_three_valid_cards(cards, taken):
    said = told(asking(XJ, "apply", APPLY, known={"first_application": True, "valid_cards": cards}))
    assert ("item" not in said) == taken
    if not taken:
        assert said["item"].startswith("办这一项，名下有效的社保卡要不超过 2 张；现在有 3 张。先注销不用的卡")


def test_both_unmet_conditions_are_told_at_once_and_also_at_the_window():
    for said in (applying(cards=3), at_the_window("apply", PHONE, known=known(3))):
        assert "第一次申领" in said["item"]
        assert "现在有 3 张" in said["item"]


@pytest.mark.rule("XJ-70.3", "XJ-70.4", "XJ-75.6", "XJ-75.7")
@pytest.mark.parametrize("code", ["apply", "replace"])
def test_a_card_takes_30_working_days_online_and_is_made_at_once_at_the_window(code):
    item = item_of(XJ, code)
    assert item.limits == {"online": TimeLimit("working_days", 30), "window": TimeLimit("instant")}
    assert (item.limits["online"].text, item.limits["window"].text) == ("30 个工作日", "即时办结")
    assert item.clock_starts == "acceptance"
    assert [outcome_of_node(item, node) for node in ("card_made", "sent", "received")] == [
        None,
        "stop_clock",
        "completed",
    ]
    steps = list(carry_out(ordering(XJ, code, PHONE, channel="window"), Registry()))
    assert steps[-1].outcome == "completed"
    assert next(iter(carry_out(ordering(XJ, code, APPLY), Registry()))).outcome is None


@pytest.mark.rule("XJ-70.5", "XJ-70.6", "XJ-75.8", "XJ-75.9", "XJ-70b.4")
@pytest.mark.parametrize("code", ["apply", "replace"])
def test_the_card_is_free_by_its_legal_basis_and_online_a_courier_is_paid(code):
    fee = item_of(XJ, code).fee
    assert (fee.fen, fee.legal_basis) == (0, "新财库〔2022〕56号")
    assert fee.text == "做卡不收费。网上办的，寄递费按寄递公司的规定收"
    assert any("新财库〔2022〕56号" in line for line in item_of(XJ, code).guide.legal_basis)
    assert item_of(XJ, code).delivery == ("mail",)


PAPER, SHOT = ("identity_document", "required", "original"), ("identity_document", "required", "electronic")


@pytest.mark.rule("XJ-70.7", "XJ-70.8")
def test_apply_asks_for_an_identity_document_and_a_photo_like_the_resident_id_card_s():
    assert materials(XJ, "apply", "online") == [SHOT, ("photo", "required", "electronic")]
    assert materials(XJ, "apply", "window") == [PAPER, ("photo", "required", "original")]
    assert set(told(asking(XJ, "apply", APPLY, known=known(0)))) == {"uploads.identity", "uploads.photo"}
    for each in item_of(XJ, "apply").materials:
        if each.kind == "photo":
            assert each.photo is not None
            assert (each.photo.width, each.photo.height, each.photo.background) == (358, 441, "white")
            assert "居民身份证照片" in each.note
    bare = at_the_window("apply", PHONE, known=known(0))
    assert set(bare) == {"materials.identity-original", "materials.photo-original"}
    shown = ("identity-original", "photo-original")
    assert at_the_window("apply", PHONE, *shown, known=known(0)) == {}


@pytest.mark.rule("XJ-75.10", "XJ-75.11")
def test_replace_asks_for_a_document_and_takes_a_photo_from_who_wants_another():
    assert materials(XJ, "replace", "online") == [SHOT, ("photo", "optional", "electronic")]
    assert materials(XJ, "replace", "window")[:2] == [PAPER, ("photo", "optional", "original")]
    assert set(replacing(pictures=())) == {"uploads.identity"}
    assert replacing() == replacing(pictures=("identity_document", "photo")) == {}


@pytest.mark.parametrize(("form", "code"), [(APPLY, "apply"), (REPLACE, "replace")])
def test_online_the_form_asks_where_the_card_is_sent_and_at_the_window_it_does_not(form, code):
    posted = told(asking(XJ, code, {}, state="formally_lost", known=known()))
    assert {path for path in posted if path.startswith("form.")} == {f"form.{each}" for each in form}
    at_hand = at_the_window(code, {}, known=known())
    assert {path for path in at_hand if path.startswith("form.")} == {f"form.{each}" for each in form if each in ASKED}


def test_who_wants_a_certain_bank_s_card_may_say_so():
    field = item_of(XJ, "apply").field("bank")
    assert field is not None
    assert (field.required, len(field.choices)) == (False, 6)


@pytest.mark.rule("XJ-71.3", "XJ-72.2", "XJ-73.3", "XJ-74.3", "XJ-76.3")
@pytest.mark.parametrize("code", FORMS)
def test_the_other_items_are_instant_and_free_everywhere(code):
    item = item_of(XJ, code)
    assert item.limits == {"online": TimeLimit("instant"), "window": TimeLimit("instant")}
    assert (item.fee.fen, item.fee.text, item.fee.delivery) == (0, "不收费", ())


@pytest.mark.rule("XJ-71.4", "XJ-72.3", "XJ-73.4", "XJ-74.2", "XJ-76.2")
@pytest.mark.parametrize(
    ("code", "many"), [("activate", 2), ("card-status", 1), ("loss", 1), ("change-information", 2), ("cancel", 2)]
)
def test_the_other_items_want_the_document_and_some_the_card(code, many):
    assert materials(XJ, code, "online") == [SHOT] * many
    assert materials(XJ, code, "window") == [PAPER] * many
    form, state = FORMS[code]
    papers = ("identity-original", "card-original")[:many]
    assert at_the_window(code, form, *papers, state=state) == {}
    assert set(at_the_window(code, form, state=state)) == {f"materials.{paper}" for paper in papers}
    assert told(asking(XJ, code, form, state=state)) == {}, "nothing is uploaded for what the sign-in has shown"
    if many == 2:
        assert item_of(XJ, code).materials_for("window", "self")[1].documents == ("social_security_card",)


@pytest.mark.rule("XJ-71.2", "XJ-72.1", "XJ-73.2", "XJ-74.1")
@pytest.mark.parametrize("code", [*FORMS])
@pytest.mark.parametrize("channel", ["online", "window"])
def test_they_are_for_holders_of_a_card_of_the_region(code, channel):
    form, state = FORMS[code]
    papers = tuple(each.code for each in item_of(XJ, code).materials_for(channel, "self"))
    shown = papers if channel == "window" else None
    own = {"channel": channel, "state": state, "shown": shown}
    for region in ("650000", "650102", "乌鲁木齐市"):
        assert told(asking(XJ, code, form, region=region, **own)) == {}
    said = told(asking(XJ, code, form, region="445200", **own))
    assert said == {
        "card_id": "办这一项，卡要是新疆维吾尔自治区发的；这张卡是广东省揭阳市发的。"
        "外地发的卡，请到发卡的地方办，或打 12333 问当地社保部门。"
    }
    assert "要先选一张社保卡" in told(asking(XJ, code, form, card=None, channel=channel, shown=shown))["card_id"]


@pytest.mark.rule("XJ-71.1")
def test_activation_is_of_the_social_security_function_only():
    assert item_of(XJ, "activate").summary == "启用卡的社保功能，银行账户要另外激活"
    assert "银行账户要到卡上印的银行激活" in answer(XJ, "activate", "bank")
    (step,) = carry_out(ordering(XJ, "activate", {}), Registry())
    assert "银行账户要到卡上印的银行另外激活" in str(step.text)
    refused = told(asking(XJ, "activate", {}, state="active"))["card_id"]
    assert "它已经能用，不用再启用" in refused


@pytest.mark.rule("XJ-71.5")
def test_a_minor_s_guardian_reads_what_to_bring_to_the_window():
    item = item_of(XJ, "activate")
    assert [
        (each.kind, each.whose, each.necessity, each.form) for each in item.materials_for("window", "guardian")
    ] == [
        ("proxy_document", "actor", "required", "original"),
        ("household_register", "holder", "required", "original"),
        ("identity_document", "holder", "required", "original"),
        ("guardianship_proof", "holder", "optional", "original"),
    ]
    assert item.materials_for("online", "guardian") == ()
    assert "由卡上印的银行规定" in item.materials_for("window", "guardian")[3].note
    text = answer(XJ, "activate", "minor")
    assert all(word in text for word in ("法定监护人自己", "身份证件", "户口簿", "孩子的身份证", "卡上印的银行"))


@pytest.mark.rule("XJ-71.6")
@pytest.mark.parametrize(("age", "taken"), [(9, False), (17, False), (18, True), (None, True)])
def test_a_minor_who_applies_alone_is_sent_to_the_guardian(age, taken):
    said = told(asking(XJ, "activate", {}, state="sealed", holder=somebody(age)))
    assert said == ({} if taken else {"acting.as": said.get("acting.as")})
    if not taken:
        assert said["acting.as"].startswith("办这一项，要由监护人办理；现在是由本人办理。")
        assert "请法定监护人带齐证件，到社保卡服务网点的窗口办" in said["acting.as"]


@pytest.mark.rule("XJ-72.4")
def test_a_sealed_card_s_status_offers_activation():
    registry = Registry()
    registry.state = "sealed"
    (step,) = carry_out(ordering(XJ, "card-status", {}), registry)
    assert step.text == "这张卡还没有启用（封存）。这是说社保功能还没有启用。请办“启用”，马上就能用。"
    assert item_of(XJ, "activate").short_name == "启用"


@pytest.mark.rule("XJ-73.1")
def test_a_loss_is_reported_and_lifted():
    registry = Registry()
    reported = next(iter(carry_out(ordering(XJ, "loss", {"action": "report"}), registry)))
    assert reported.result["state"] == "formally_lost"
    assert told(asking(XJ, "loss", {"action": "lift"}, state="formally_lost")) == {}
    lifted = next(iter(carry_out(ordering(XJ, "loss", {"action": "lift"}, number="XJ-2"), registry)))
    assert lifted.result["state"] == "active"
    twice = told(asking(XJ, "loss", {"action": "report"}, state="formally_lost"))["card_id"]
    assert "这张卡已经正式挂失。已经挂失的不用再办" in twice
    assert "只有挂失了的卡才要解除" in told(asking(XJ, "loss", {"action": "lift"}))["card_id"]
    assert told(asking(XJ, "loss", {})) == {"form.action": "请选择要办的事。"}


@pytest.mark.rule("XJ-73.5")
def test_a_loss_stays_until_it_is_lifted():
    (kind,) = shipped(XJ).loss_kinds
    assert (kind.code, kind.liftable, kind.lifted_by, kind.lasts) == ("formal", True, ("self",), None)
    assert item_of(XJ, "loss").periods == ()
    reported = next(iter(carry_out(ordering(XJ, "loss", {"action": "report"}), Registry())))
    assert "ends_on" not in reported.result
    assert answer(XJ, "loss", "how-long").startswith("不会。")


@pytest.mark.rule("XJ-75.1", "XJ-75.3")
@pytest.mark.parametrize(
    ("standing", "said"),
    [
        (AWAY, ()),
        (replace(AWAY, lives_elsewhere=False), ("要长期住在外地；登记的是住在本地。",)),
        (replace(AWAY, insured=("310101",)), ("要在本地参保；没有查到在本地的参保记录。",)),
        (Standing((), lives_elsewhere=False), ("登记的是住在本地", "没有查到在本地的参保记录")),
        (None, ("要长期住在外地；这一点暂时没有查到", "要在本地参保；这一点暂时没有查到")),
    ],
)
def test_online_a_card_is_replaced_for_who_lives_elsewhere_and_is_insured_here(standing, said):
    message = replacing(known=known(standing=standing)).get("item", "")
    assert bool(message) == bool(said)
    assert all(part in message for part in said)
    if said:
        assert "请到社保卡服务网点的窗口办，当场拿卡" in message or "请过一会儿再提交" in message


@pytest.mark.rule("XJ-75.4", "XJ-75.5")
def test_the_record_of_an_earlier_application_is_needed_online_and_is_all_that_the_window_needs():
    never = known(cards=0)
    at_home = {"reason": "lost", **PHONE}
    for message in (replacing(known=never), at_the_window("replace", at_home, "identity-original", known=never)):
        assert message["item"] == "办这一项，要以前申领过；没有查到以前的申领记录。还没有办过卡的，请办“申领”。"
    elsewhere = replacing(region="445200")["card_id"]
    assert "卡要是新疆维吾尔自治区发的；这张卡是广东省揭阳市发的" in elsewhere
    nobody = Standing((), lives_elsewhere=False)
    assert at_the_window("replace", at_home, "identity-original", known=known(standing=nobody)) == {}
    assert replacing(known=known(cards=0, productions=1)) == {}


@pytest.mark.rule("XJ-75.2")
@pytest.mark.parametrize("region", ["310101", "653101"])
def test_away_from_home_may_be_inside_or_outside_the_region(region):
    assert replacing(REPLACE | {"address_region": region}) == {}
    assert any("疆内、疆外都算" in line for line in item_of(XJ, "replace").guide.conditions)


@pytest.mark.rule("XJ-74.4", "XJ-74.5", "XJ-74.6")
def test_a_changed_name_or_number_means_a_replacement_at_the_bank_s_outlet():
    text = answer(XJ, "change-information", "name-or-number")
    assert all(part in text for part in ("要换卡", "旧卡上印的那家银行", "身份证件、旧卡和信息变更的证明"))
    assert "旧卡由银行收走销毁" in text
    assert not {"name", "id_number"} & {each.code for each in item_of(XJ, "change-information").fields}
    changed = REPLACE | {"reason": "information_changed"}
    online = replacing(changed)["item"]
    assert online.startswith("办这一项，要通过窗口办理；现在是通过网上办理。请带身份证件、旧卡和信息变更的证明")
    there = {"reason": "information_changed", **PHONE}
    said = at_the_window("replace", there, "identity-original", known=known())
    assert set(said) == {"materials.old-card", "materials.change-proof"}
    assert at_the_window("replace", there, "identity-original", "old-card", "change-proof", known=known()) == {}


@pytest.mark.rule("XJ-75c.3")
def test_the_online_form_asks_whether_the_account_s_number_is_to_stay():
    field = item_of(XJ, "replace").field("account")
    assert field is not None
    assert [each.code for each in field.choices] == ["same_number", "new_number"]
    assert field.choices[0].hint == "养老金账号不用改"
    missing = {code: value for code, value in REPLACE.items() if code != "account"}
    assert set(replacing(missing)) == {"form.account"}
    assert at_the_window("replace", {"reason": "lost", **PHONE}, "identity-original", known=known()) == {}
    assert "选“沿用原来的账号”就什么都不用改" in answer(XJ, "replace", "pension")


@pytest.mark.rule("XJ-76.1")
def test_cancelling_is_for_who_leaves_the_system_and_says_why():
    assert item_of(XJ, "cancel").guide.conditions[0] == "因为出国（境）定居等原因，不再办人社业务。"
    assert set(told(asking(XJ, "cancel", {}))) == {"form.reason", "form.understood"}
    assert set(told(asking(XJ, "cancel", {"reason": "other", "understood": True}))) == {"form.explanation"}
    assert told(asking(XJ, "cancel", {"reason": "other", "explanation": "入外籍", "understood": True})) == {}
    unsure = told(asking(XJ, "cancel", {"reason": "settled_abroad", "understood": False}))
    assert "想清楚再注销" in unsure["form.understood"]


@pytest.mark.rule("XJ-76.4", "XJ-76.5")
def test_a_card_is_cancelled_or_formally_lost_in_one_step_at_once_and_as_a_whole():
    for code, form, state in (("cancel", {}, "cancelled"), ("loss", {"action": "report"}, "formally_lost")):
        registry = Registry()
        (step,) = carry_out(ordering(XJ, code, form), registry)
        assert (step.outcome, step.result["state"], registry.state) == ("completed", state, state)
        assert len(registry.effects) == 1
    text = answer(XJ, "cancel", "found-again")
    assert "正式挂失或注销以后，全国的平台马上知道，所有功能一起停" in text


@pytest.mark.rule("XJ-76.6", "XJ-76.7")
def test_a_cancelled_card_is_only_good_for_a_replacement():
    for code, (form, _) in FORMS.items():
        if code != "card-status":
            assert "请办“补换卡”" in told(asking(XJ, code, form, state="cancelled"))["card_id"]
    assert item_of(XJ, "replace").short_name == "补换卡"
    assert replacing(state="cancelled") == {}
    assert answer(XJ, "cancel", "found-again").endswith("还要用卡的，请办“补换卡”。")
    assert finds(XJ, "注销的卡又找到了") == ("cancel", "found-again")
