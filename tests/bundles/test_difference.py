"""Canonical form, digest, and differences in sentences."""

import dataclasses
import re
from dataclasses import replace

import pytest

from bundles import definition
from bundles.definition import Condition, DeliveryFee, Fee, Rule, TimeLimit, frozen
from bundles.difference import canonical_json, changes, difference, digest, label_of
from bundles.schema import dump_bundle, load_toml
from tests.bundles.making import DEFINITIONS, item, jieyang


def with_item(code, **changes):
    bundle = jieyang()
    return replace(
        bundle, items=tuple(replace(each, **changes) if each.code == code else each for each in bundle.items)
    )


def test_equal_documents_have_one_canonical_form_and_digest():
    assert canonical_json({"b": (1, "姓"), "a": item("apply").options}) == (
        '{"a":{"clock_stops_on":["sent","ready_for_pickup"],"completes_on":["received"],"kind":"apply"},"b":[1,"姓"]}'
    )
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1}) != digest({"a": 1, "b": "2"})
    assert len(digest(dump_bundle(jieyang()))) == 64
    assert digest({"x": "\ud800"}) != digest({"x": "?"})


def test_what_is_no_document_has_no_canonical_form():
    with pytest.raises(ValueError, match="JSON compliant"):
        canonical_json({"x": float("nan")})
    with pytest.raises(TypeError, match="not a document: set"):
        canonical_json({"x": {1}})


def test_nothing_changed_nothing_told():
    assert difference(jieyang(), jieyang()) == []


def test_changes_are_told_in_sentences():
    apply = item("apply")
    bank = apply.fields[1]
    changed = with_item(
        "apply",
        limits={"online": TimeLimit("working_days", 20), "window": TimeLimit("instant")},
        review=True,
        assurance="face",
        summary="",
        conditions=(*apply.conditions, Rule("adult", Condition("age", minimum=16), "x")),
        fields=(apply.fields[2], apply.fields[0], replace(bank, choices=bank.choices[1:], label="银行")),
        fee=Fee(fen=1000, text="10 元", delivery=(DeliveryFee("city", "市内", 1000),)),
        options=dict(apply.options) | {"kind": "replace"},
        legal_limit=TimeLimit("working_days", 30),
    )
    what = "事项“社会保障卡申领”的"
    assert difference(jieyang(), changed) == [
        f"{what}一句话介绍由“还没有社保卡，申请做一张新卡”改为“没有”。",
        f"{what}办理时限“网上”由“25 个工作日”改为“20 个工作日”。",
        f"{what}办理时限“窗口”由“没有”改为“即时办结”。",
        f"{what}处理选项“办哪一种”由“申领”改为“补换卡”。",
        f"{what}登录要求由“账号密码登录”改为“人脸核验登录”。",
        f"{what}要不要人工审核由“否”改为“是”。",
        f"{what}法定时限由“没有”改为“30 个工作日”。",
        f"{what}收费的金额（分）由“0”改为“1000”。",
        f"{what}收费的文字由“不收费”改为“10 元”。",
        f"{what}收费的寄送费用里新增了“市内”。",
        f"{what}条件里新增了“年龄要满 16 周岁”。",
        f"{what}表单项“发卡银行”的名称由“发卡银行”改为“银行”。",
        f"{what}表单项“发卡银行”的选项里去掉了“中国工商银行”。",
        f"{what}表单项的顺序变了。",
    ]


def test_conditions_and_lists_are_told_in_words():
    old = with_item("apply", conditions=(Rule("adult", Condition("age", minimum=16), "x"),), acting=("self",))
    new = with_item(
        "apply", conditions=(Rule("adult", Condition("age", minimum=18), "x"),), acting=("self", "guardian")
    )
    assert difference(old, new) == [
        "事项“社会保障卡申领”的谁可以办由“本人”改为“本人、监护人”。",
        "事项“社会保障卡申领”的条件“年龄要满 16 周岁”的要求由“年龄要满 16 周岁”改为“年龄要满 18 周岁”。",
    ]


def test_a_bundle_s_own_parts_and_whole_items_are_told():
    bundle = jieyang()
    fewer = replace(bundle, items=bundle.items[1:], name="新名字", selection="many")
    told = difference(bundle, fewer)
    assert "名称由“社会保障卡服务“一件事””改为“新名字”。" in told
    assert "可以选几项由“一项”改为“多项”。" in told
    assert "事项里去掉了“社会保障卡申领”。" in told
    photo = with_item("apply", materials=tuple(replace(each, photo=None) for each in item("apply").materials))
    assert difference(bundle, photo) == ["事项“社会保障卡申领”的材料“电子证件照”的照片要求由“有”改为“没有”。"]


def test_every_attribute_of_every_part_has_a_name():
    parts = [kind for kind in vars(definition).values() if isinstance(kind, type) and dataclasses.is_dataclass(kind)]
    assert len(parts) > 20
    for kind in parts:
        for each in dataclasses.fields(kind):
            if (kind, each.name) != (definition.Combination, "parts"):
                assert re.fullmatch(r"[一-鿿（）]+", label_of(kind.__name__, each.name)), (kind, each.name)


def test_lists_of_lines_are_told_line_by_line():
    apply = item("apply")
    lines = apply.before_you_start
    changed = with_item(
        "apply",
        before_you_start=(lines[1], lines[0], "带好老花镜。"),
        synonyms=(),
        guide=replace(apply.guide, flow=frozen({"online": ("登录",), "window": ("到窗口", "交材料")})),
    )
    told = difference(jieyang(), changed)
    what = "事项“社会保障卡申领”的"
    assert f"{what}办理前的准备里去掉了“{lines[2]}”。" in told
    assert f"{what}办理前的准备里新增了“带好老花镜。”。" in told
    assert f"{what}办理前的准备的顺序变了。" in told
    assert f"{what}搜索词里去掉了“办卡”。" in told
    assert f"{what}办事指南的流程“网上”里去掉了“填写信息”。" in told
    assert f"{what}办事指南的流程“窗口”里新增了“交材料”。" in told


def test_conditions_name_the_questions_as_their_own_version_does():
    why = definition.Field("why", "choice", "原因", choices=(definition.Choice("lost", "丢了"),))
    note = definition.Field("note", "text", "说明", visible_when=Condition("field", field="why", values=("lost",)))
    old = with_item("apply", fields=(why, note))
    new = with_item("apply", fields=(replace(why, label="为什么"), replace(note, visible_when=None)))
    assert difference(old, new)[-1] == (
        "事项“社会保障卡申领”的表单项“说明”的什么时候显示由““原因”要选“丢了””改为“没有”。"
    )
    assert difference(new, old)[-1].endswith("由“没有”改为““原因”要选“丢了””。")


def test_a_change_names_its_item_and_place_and_shows_both_sides_in_words():
    apply = item("apply")
    photo = definition.Material("again", "一寸证件照", "photo", necessity="optional", note="想换照片时交")
    about = definition.Question("how", "怎么办？", "点申请。")
    told = definition.Notification("reviewed", "已寄出", "请留意。")
    why = definition.Field("why", "text", "原因", required=True)
    adult = Rule("adult", Condition("age", minimum=16), "请监护人来办。")
    changed = with_item(
        "apply",
        limits={"online": TimeLimit("working_days", 20)},
        materials=(*apply.materials, photo),
        questions=(*apply.questions, about),
        notifications=(*apply.notifications, told),
        fields=(*apply.fields, why),
        conditions=(adult,),
    )
    found = {each.path[1:]: each for each in changes(jieyang(), changed) if each.kind != "removed"}
    limit = found["apply", "limits", "online"]
    assert (limit.item, limit.label, limit.kind) == ("社会保障卡申领", "办理时限“网上”", "changed")
    assert (limit.old, limit.new) == ("25 个工作日", "20 个工作日")
    added = {path[1]: (each.kind, each.old, each.new) for path, each in found.items() if each.kind == "added"}
    assert added == {
        "materials": ("added", "", "一寸证件照（可选，想换照片时交）"),
        "questions": ("added", "", "怎么办？（点申请。）"),
        "notifications": ("added", "", "已寄出（请留意。）"),
        "fields": ("added", "", "原因（文字，必填）"),
        "conditions": ("added", "", "年龄要满 16 周岁（请监护人来办。）"),
    }


def test_items_that_come_go_or_move_are_told_with_their_limits_and_names():
    bundle = jieyang()
    first, second, *others = bundle.items
    (gone,) = changes(bundle, replace(bundle, items=bundle.items[1:]))
    assert (gone.item, gone.kind, gone.name, gone.old) == (
        "",
        "removed",
        "社会保障卡申领",
        "社会保障卡申领（网上 25 个工作日）",
    )
    (moved,) = changes(bundle, replace(bundle, items=(second, first, *others)))
    assert moved.kind == "moved"
    assert moved.old.startswith(f"{first.name}、{second.name}")
    assert moved.new.startswith(f"{second.name}、{first.name}")


def test_what_is_referred_to_by_code_is_told_by_name():
    apply, bundle = item("apply"), jieyang()
    changed = with_item("apply", then=("activate",), handler="office", at_least_one=(apply.fields[0].code,))
    assert difference(bundle, changed) == [
        "事项“社会保障卡申领”的处理程序由“制卡”改为“工作人员办”。",
        f"事项“社会保障卡申领”的至少填一项的范围里新增了“{apply.fields[0].label}”。",
        f"事项“社会保障卡申领”的办好以后可以办的事项里新增了“{item('activate').name}”。",
    ]
    told = difference(bundle, replace(bundle, region="445202", loss_kinds=bundle.loss_kinds[1:]))
    assert told[0] == "地区代码由“广东省揭阳市”改为“广东省揭阳市榕城区”。"
    assert "挂失种类里去掉了“正式挂失”。" in told
    lines = apply.before_you_start
    (moved,) = changes(bundle, with_item("apply", before_you_start=(lines[1], lines[0], *lines[2:])))
    assert (moved.kind, moved.old) == ("moved", "、".join(lines))


def test_options_contacts_and_words_are_told_without_a_trace_of_programs():
    bundle = jieyang()
    line = bundle.contacts[0]
    two = replace(bundle, contacts=(line, replace(line, value="88")))
    assert difference(bundle, two) == [f"联系方式里新增了“{line.label}”。"]
    assert difference(two, replace(two, contacts=(line, replace(line, value="99")))) == [
        f"联系方式“{line.label}”的内容由“88”改为“99”。"
    ]
    options = dict(item("apply").options)
    changed = with_item(
        "apply",
        options=options | {"advice": frozen({"sealed": "请启用。", "on": (True, 2)}), "completes_on": ("sent",)},
        archive=frozen({"window": ("photo", "scene")}),
        delivery=("mail",),
        legal_limit=TimeLimit("working_days", 30),
    )
    assert difference(bundle, changed) == [
        "事项“社会保障卡申领”的处理选项“到哪一步算办结”里去掉了“领到卡”。",
        "事项“社会保障卡申领”的处理选项“到哪一步算办结”里新增了“寄出”。",
        "事项“社会保障卡申领”的处理选项“按卡状态给的建议”由“没有”改为“封存：请启用。；on：是、2”。",
        "事项“社会保障卡申领”的法定时限由“没有”改为“30 个工作日”。",
        "事项“社会保障卡申领”的怎么领卡由“没有”改为“邮寄”。",
        "事项“社会保障卡申领”的要存档的材料“窗口”由“没有”改为“证件照、现场照片”。",
    ]


@pytest.mark.parametrize("path", sorted(DEFINITIONS.glob("*.toml")), ids=lambda path: path.stem)
def test_between_any_two_bundles_everything_is_told_in_words(path):
    other = load_toml(path.read_text("utf-8"))
    for sentence in difference(jieyang(), other):
        assert sentence.endswith("。")
        assert not re.search(r"[{}\[\]]|mappingproxy|None|True|False", sentence), sentence
