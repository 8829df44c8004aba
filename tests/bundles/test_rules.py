"""Conditions: each says what it needs and what it found; undecided is not met."""

import pytest

from bundles.definition import Choice, Condition, Field, Rule
from bundles.rules import KINDS, Facts, evaluate, path_of, unmet, visible

WHY = Field("why", "choice", "原因", choices=(Choice("lost", "丢了"), Choice("damaged", "坏了")))
FACTS = Facts(
    form={"why": "lost"},
    fields={"why": WHY},
    document_kind="passport",
    age=16,
    channel="online",
    acting_as="self",
    card_state="sealed",
    known={"valid_cards": 2, "insured": True, "lives_elsewhere": False, "region": "445200", "loss_reported": "formal"},
)


@pytest.mark.parametrize(
    ("condition", "met", "needs", "found"),
    [
        (Condition("age", maximum=16), True, "年龄要不超过 16 周岁", "现在是 16 周岁"),
        (Condition("age", minimum=18), False, "年龄要满 18 周岁", "现在是 16 周岁"),
        (Condition("age", minimum=10, maximum=15), False, "年龄要在 10 到 15 周岁之间", "现在是 16 周岁"),
        (Condition("valid_cards", maximum=2), True, "名下有效的社保卡要不超过 2 张", "现在有 2 张"),
        (Condition("document", ("resident_id", "passport")), True, "证件要是居民身份证或护照", "现在用的是护照"),
        (Condition("channel", ("window",)), False, "要通过窗口办理", "现在是通过网上办理"),
        (Condition("acting", ("guardian",)), False, "要由监护人办理", "现在是由本人办理"),
        (Condition("card_state", ("active",)), False, "卡的状态要是正常", "这张卡还没有启用（封存）"),
        (Condition("region", ("445200",)), True, "卡要是广东省揭阳市发的", "这张卡是广东省揭阳市发的"),
        (Condition("loss_reported", ("formal",)), True, "卡要先办正式挂失", "现在是正式挂失"),
        (Condition("insured"), True, "要在本地参保", "现在在本地参保"),
        (Condition("insured", expected=False), False, "要没有在本地参保", "现在在本地参保"),
        (Condition("lives_elsewhere"), False, "要长期住在外地", "登记的是住在本地"),
        (Condition("first_application"), None, "要是第一次申领", "这一点暂时没有查到"),
        (Condition("batch_state", ("made",)), None, "单位批量申请要是卡已制好", "这一点暂时没有查到"),
        (Condition("field", ("damaged",), field="why"), False, "“原因”要选“坏了”", "现在选的是“丢了”"),
        (Condition("field", field="why"), True, "“原因”要填写", "现在选的是“丢了”"),
        (Condition("field", field="other"), False, "“other”要填写", "现在还没有填"),
        (
            Condition("all", of=(Condition("insured"), Condition("age", minimum=18))),
            False,
            "要在本地参保，并且年龄要满 18 周岁",
            "现在是 16 周岁",
        ),
        (
            Condition("any", of=(Condition("insured"), Condition("age", minimum=18))),
            True,
            "要在本地参保，或者年龄要满 18 周岁",
            "现在是 16 周岁",
        ),
        (
            Condition("all", of=(Condition("insured"), Condition("first_application"))),
            None,
            "要在本地参保，并且要是第一次申领",
            "这一点暂时没有查到",
        ),
        (Condition("all", of=(Condition("insured"),)), True, "要在本地参保", "现在在本地参保"),
        (Condition("not", of=(Condition("insured"),)), False, "不能是“要在本地参保”的情形", "现在在本地参保"),
        (
            Condition("not", of=(Condition("open_case"),)),
            None,
            "不能是“要有一件在办的申请”的情形",
            "这一点暂时没有查到",
        ),
    ],
)
def test_a_condition_explains_itself(condition, met, needs, found):
    finding = evaluate(condition, FACTS)
    assert (finding.met, finding.needs, finding.found) == (met, needs, found)


def test_nothing_known_decides_nothing():
    for kind in set(KINDS) - {"all", "any", "not", "field"}:
        assert evaluate(Condition(kind, ("x",), minimum=1), Facts()).met is None


def test_an_unmet_condition_is_reported_where_it_can_be_mended():
    assert path_of(Condition("field", field="why")) == "form.why"
    assert path_of(Condition("not", of=(Condition("card_state"),))) == "card_id"
    assert path_of(Condition("acting")) == "acting.as"
    assert path_of(Condition("age")) == "item"


def test_all_unmet_rules_are_told_and_only_where_they_apply():
    rules = (
        Rule("met", Condition("insured"), "x"),
        Rule("adult", Condition("age", minimum=18), "请由监护人办理。"),
        Rule("guardian", Condition("age", maximum=1), "x", when=Condition("acting", ("guardian",))),
        Rule("first", Condition("first_application"), "请到窗口问一问。"),
    )
    found = unmet(rules, FACTS)
    assert [each.rule.code for each in found] == ["adult", "first"]
    assert found[0].message == "办这一项，年龄要满 18 周岁；现在是 16 周岁。请由监护人办理。"


def test_a_field_shows_unless_its_condition_is_known_not_to_hold():
    assert visible(WHY, FACTS)
    for kind, shows in (("insured", True), ("lives_elsewhere", False), ("open_case", True)):
        assert visible(Field("x", "text", "x", visible_when=Condition(kind)), FACTS) is shows
