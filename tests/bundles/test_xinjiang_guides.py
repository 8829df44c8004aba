"""What Xinjiang's guides tell: hours, places, ways, materials' sources, and the fourteen questions."""

import re

import pytest

from bundles.definition import Reminder
from tests.bundles.guides import answer, finds, item_of, shipped

XJ = "xinjiang"
ITEMS = ("apply", "activate", "card-status", "loss", "change-information", "replace", "cancel")

QUESTIONS = [
    ("XJ-Q.1", "二代卡没到期要换三代卡吗", "apply", "second-generation"),
    ("XJ-Q.2", "申领收费吗", "apply", "fee"),
    ("XJ-Q.3", "照片能换吗", "apply", "photo"),
    ("XJ-Q.4", "给孩子激活带什么", "activate", "minor"),
    ("XJ-Q.5", "查到卡是封存", "card-status", "sealed"),
    ("XJ-Q.6", "挂失很久会自动解挂吗", "loss", "how-long"),
    ("XJ-Q.7", "挂失了电子社保卡能用吗", "loss", "electronic-card"),
    ("XJ-Q.8", "身份证号码变了", "change-information", "name-or-number"),
    ("XJ-Q.9", "在别的地州能补换吗", "replace", "across-places"),
    ("XJ-Q.10", "换成另一家银行", "replace", "other-bank"),
    ("XJ-Q.11", "换卡后养老金账号", "replace", "pension"),
    ("XJ-Q.12", "惠民惠农补贴", "replace", "subsidies"),
    ("XJ-Q.13", "社保卡到期了还能用吗", "replace", "expiry"),
    ("XJ-Q.14", "注销后又找到了", "cancel", "found-again"),
]


@pytest.mark.parametrize(
    ("words", "code", "question"), [pytest.param(*rest, marks=pytest.mark.rule(rule)) for rule, *rest in QUESTIONS]
)
def test_each_of_the_fourteen_questions_is_answered_with_its_item_and_found(words, code, question):
    assert len(answer(XJ, code, question)) > 10
    assert finds(XJ, words) == (code, question)


FACTS = [
    ("XJ-70b.1", "apply", "second-generation", ("第二代卡没到期、没丢，就接着用",)),
    ("XJ-70b.2", "apply", "second-generation", ("不会统一换",)),
    ("XJ-70b.3", "apply", "second-generation", ("新办卡", "到期、丢失以后补换", "就是第三代卡")),
    ("XJ-70b.4", "apply", "fee", ("做卡不收钱，补卡、换卡也不收钱", "新财库〔2022〕56号", "寄递费按寄递公司的规定收")),
    ("XJ-70c.1", "apply", "photo", ("新疆人社公共服务平台", "“新疆智慧人社”APP", "微信小程序")),
    ("XJ-70c.2", "apply", "photo", ("社保卡服务网点", "社保卡管理机构")),
    ("XJ-73b.1", "loss", "electronic-card", ("有些功能会受限",)),
    (
        "XJ-73b.2",
        "loss",
        "electronic-card",
        ("补好新卡以前", "“我的”“设置”“应用授权”", "“社会保障卡异常允许使用服务”"),
    ),
    ("XJ-75.12", "replace", "across-places", ("现住地", "卡上印的那家银行", "功能不变")),
    ("XJ-75.13", "replace", "other-bank", ("先到旧卡银行", "注销旧卡的金融功能", "再到新选的银行的社保卡服务网点补换")),
    ("XJ-75b.1", "replace", "expiry", ("社保功能照样能用",)),
    ("XJ-75b.2", "replace", "expiry", ("有些银行功能会受影响",)),
    ("XJ-75b.3", "replace", "expiry", ("到期前 60 天内来换",)),
    ("XJ-75c.1", "replace", "pension", ("在网点换的，网点人员替您改好",)),
    ("XJ-75c.2", "replace", "pension", ("先到卡上印的银行激活金融功能，再在“新疆智慧人社”APP",)),
    ("XJ-75d.1", "replace", "subsidies", ("不用登记", "自己传到财政部门")),
]


@pytest.mark.parametrize(
    ("code", "question", "parts"), [pytest.param(*rest, marks=pytest.mark.rule(rule)) for rule, *rest in FACTS]
)
def test_an_answer_tells_every_fact_of_its_rule(code, question, parts):
    text = answer(XJ, code, question)
    assert [part for part in parts if part not in text] == []


def test_the_seven_items_stand_in_the_order_of_the_guides():
    assert tuple(each.code for each in shipped(XJ).items) == ITEMS
    assert (shipped(XJ).number_prefix, shipped(XJ).region, shipped(XJ).selection) == ("XJ", "650000", "one")
    for each in shipped(XJ).items:
        assert (each.assurance, each.fresh_minutes, each.channels) == ("password", 30, ("online", "window"))


@pytest.mark.rule("XJ-77.1", "XJ-77.2", "XJ-77.3")
@pytest.mark.parametrize("code", ITEMS)
def test_every_guide_serves_persons_online_at_any_hour_and_at_the_window_in_office_hours(code):
    item = item_of(XJ, code)
    assert item.guide.served == "个人"
    assert dict(item.hours) == {"online": "全天可办", "window": "周一至周五正常办公时间，法定节假日除外"}


def values(kind):
    return [(each.label, each.value) for each in shipped(XJ).contacts if each.kind == kind]


@pytest.mark.rule("XJ-77.4", "XJ-77.5")
def test_outlets_and_the_hall_are_told_in_every_guide():
    assert values("outlet") == [("社保卡服务网点", "全区各社会保障卡服务网点")]
    assert values("hall") == [("益民大厦", "乌鲁木齐市水磨沟区苇湖梁街道，三楼 A 区 41 号")]
    for each in shipped(XJ).items:
        assert "社保卡服务网点" in each.guide.window
        assert "益民大厦三楼 A 区 41 号" in each.guide.window
        assert each.contacts == (), "the bundle's contacts are those of all its items"


@pytest.mark.rule("XJ-77.6")
def test_the_ways_online_are_a_portal_two_apps_and_a_mini_program():
    assert values("portal") == [
        ("新疆政务服务网", "https://zwfw.xinjiang.gov.cn/"),
        ("手机 APP", "新服办"),
        ("手机 APP", "新疆智慧人社"),
        ("微信小程序", "新疆智慧人社"),
    ]


@pytest.mark.rule("XJ-77.7", "XJ-77.8")
def test_enquiries_and_supervision_have_their_numbers():
    assert values("enquiry") == [("咨询电话", "0991-12333"), ("咨询电话", "0991-2339871")]
    assert values("supervision") == [("监督投诉电话", "0991-12333")]


@pytest.mark.rule("XJ-77.9")
@pytest.mark.parametrize("code", ITEMS)
def test_every_material_is_one_original_from_the_applicant(code):
    own = [each for each in item_of(XJ, code).materials if "self" in each.acting]
    assert own
    for each in own:
        assert (each.copies, each.source) == (1, "申请人自备")
        assert each.form == ("original" if each.channels == ("window",) else "electronic")
    theirs = [each for each in item_of(XJ, code).materials if "self" not in each.acting]
    assert {(each.form, each.copies, each.source) for each in theirs} <= {("original", 1, "监护人自备")}


@pytest.mark.rule("XJ-78.1", "XJ-78.2")
@pytest.mark.parametrize("code", ITEMS)
def test_the_window_s_way_has_four_steps_and_activation_ends_with_the_card_in_hand(code):
    flow = item_of(XJ, code).guide.flow["window"]
    assert [re.split("：", line)[0] for line in flow] == ["申请", "受理", "审核", "办结"]
    assert "材料" in flow[0]
    assert "材料齐不齐、条件符不符合" in flow[1]
    assert "政策" in flow[2]
    assert "告诉您结果" in flow[3]
    assert ("交给您" in flow[3]) == (code == "activate")


@pytest.mark.rule("XJ-78.3")
@pytest.mark.parametrize("code", ITEMS)
def test_the_way_online_is_search_item_do_it_also_on_the_portal(code):
    item = item_of(XJ, code)
    first, second, *_ = item.guide.flow["online"]
    assert first == "登录，搜“社会保障卡”"
    assert second == f"选“{item.name}”，开始在线办理"
    text = answer(XJ, code, "portal")
    stations = ("https://zwfw.xinjiang.gov.cn/", "搜“社会保障卡”", f"“{item.name}”", "在线办理")
    found = [text.index(each) for each in stations]
    assert found == sorted(found)


@pytest.mark.rule("XJ-75b.4")
def test_a_reminder_60_days_before_expiry_leads_to_the_replacement():
    (reminder,) = shipped(XJ).reminders
    assert reminder == Reminder("card-expiry", "card_expiry", 60, "replace", reminder.text)
    assert "请在到期前补换" in reminder.text


@pytest.mark.parametrize("code", ITEMS)
def test_the_step_bar_follows_a_card_to_its_holder_and_ends_at_once_elsewhere(code):
    made = ["submitted", "accepted", "production_accepted", "card_made", "sent", "received"]
    nodes = [each.node for each in item_of(XJ, code).steps]
    assert nodes == (made if code in ("apply", "replace") else ["submitted", "completed"])
