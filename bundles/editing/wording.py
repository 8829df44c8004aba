"""What stands at a place of a document, in words, and hints for whoever fills it in."""

from collections.abc import Mapping
from typing import Any, Final

from bundles.definition import Choice, Condition, Field, TimeLimit
from bundles.difference_words import LABELS, OPTION_WORDS, OWN_LABELS, WORDS
from bundles.editing.paths import get
from bundles.rules import KINDS, Facts, evaluate

HINTS: Final[Mapping[tuple[str, str], str]] = {
    ("Bundle", "introduction"): "市民在首页看到的一句话。",
    ("Bundle", "region"): "6 位行政区划代码，比如揭阳是 445200。",
    ("Bundle", "number_prefix"): "办件编号开头的 2 到 6 个大写字母。已经发出的编号不会变。",
    ("Item", "summary"): "一句话说清这一项办什么。",
    ("Item", "minutes"): "市民从开始填到提交，大约要几分钟。",
    ("Item", "synonyms"): "一行一个。市民用这些说法也能搜到，比如“卡丢了”。",
    ("Item", "before_you_start"): "一行一条。",
    ("Item", "legal_limit"): "法律规定的最长时限。承诺的时限不能比它长。",
    ("Item", "fresh_minutes"): "登录超过这么多分钟，要再核对一次身份。",
    ("Item", "at_least_one"): "勾选的这些里，至少要填一项。",
    ("Field", "max_length"): "按字数算。",
    ("Field", "visible_when"): "不写就一直显示。",
    ("Field", "sensitive"): "勾上以后，显示时遮住中间几位。",
    ("Field", "within"): "6 位行政区划代码，不写就是全国。",
    ("Material", "upload"): "勾上以后，网上办理时要上传；不勾只在办事指南里说明。",
    ("Material", "group"): "几样里交一样就行的，组名写成一样。",
    ("Material", "when"): "不写就都要交。",
    ("Rule", "advice"): "不符合的人会看到这句话，请写清改办什么、到哪里办。",
    ("Rule", "when"): "不写就对所有人适用。",
    ("Notification", "text"): "不要写姓名、号码。",
}
_NAMES: Final[Mapping[str, str]] = {
    "age": "年龄", "valid_cards": "名下有效的社保卡", "document": "证件种类", "channel": "办理方式", "acting": "办理人",
    "card_state": "卡的状态", "region": "发卡地区", "batch_state": "单位批量申请的进度", "loss_reported": "已办的挂失",
    "card_held": "有没有社保卡", "first_application": "是不是第一次申领", "insured": "是否在本地参保",
    "lives_elsewhere": "是否长期住在外地", "open_case": "有没有在办的申请", "field": "前面填的一项",
    "all": "下面几条都要满足", "any": "下面几条满足一条就行", "not": "不能是下面的情形",
}  # fmt: skip
CONDITIONS: Final[Mapping[str, str]] = {kind: _NAMES[kind] for kind in KINDS}
"""Kind of condition -> what it asks about."""


_OWN: Final[Mapping[tuple[str, str], str]] = {
    ("Item", "needs_card"): "要先选一张社保卡",
    ("Item", "review"): "受理前要人工审核",
    ("Item", "assurance"): "至少要怎样登录",
    ("Field", "required"): "必须填",
    ("Field", "sensitive"): "显示时遮住一部分",
    ("Field", "kind"): "怎么填",
    ("Material", "upload"): "网上办理时要上传",
    ("LossKind", "liftable"): "可以解挂",
    ("Rule", "needs"): "要满足",
    ("Rule", "advice"): "不满足的人改办什么",
}
"""Attributes whose names for a difference read stiffly in a form."""


def label(owner: str, name: str) -> str:
    """What an attribute is called in a form."""
    return _OWN.get((owner, name)) or OWN_LABELS.get((owner, name)) or LABELS[name]


def said(value: object, item: object = None) -> str:
    """A value of a document in words; empty where there is nothing."""
    if value is None or value in ("", [], {}, ()):
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Mapping):
        return _of_table(value, item)
    if isinstance(value, list | tuple):
        return "、".join(said(each, item) for each in value)
    return OPTION_WORDS.get(value, value) if isinstance(value, str) else str(value)


def _of_table(value: Mapping[str, Any], item: object) -> str:
    if "unit" in value and set(value) <= {"unit", "amount"}:
        try:
            return TimeLimit(value["unit"], int(value.get("amount", 0))).text
        except (TypeError, ValueError):
            return str(value.get("amount", ""))
    if value.get("kind") in KINDS and set(value) <= set(Condition.__dataclass_fields__):
        return in_words(value, item)
    return "；".join(f"{WORDS.get(key, LABELS.get(key, key))}：{said(each, item)}" for key, each in value.items())


def in_words(value: Mapping[str, Any], item: object) -> str:
    """A condition as a sentence; what is missing in it is left open."""
    try:
        return evaluate(_condition(value), Facts(fields=_fields(item))).needs
    except (KeyError, TypeError, ValueError, IndexError, AttributeError):
        return CONDITIONS.get(str(value.get("kind")), "没有写完的条件")


def _condition(value: Mapping[str, Any]) -> Condition:
    return Condition(
        kind=str(value["kind"]),
        values=tuple(str(each) for each in value.get("values", ())),
        minimum=value.get("minimum"),
        maximum=value.get("maximum"),
        expected=bool(value.get("expected", True)),
        field=str(value.get("field", "")),
        of=tuple(_condition(each) for each in value.get("of", ())),
    )


def _fields(item: object) -> dict[str, Field]:
    found = get(item, ("fields",), None)
    made = {}
    for each in found if isinstance(found, list | tuple) else ():
        choices = get(each, ("choices",), ())
        made[str(get(each, ("code",), ""))] = Field(
            str(get(each, ("code",), "")),
            get(each, ("kind",), "text"),
            str(get(each, ("label",), "")),
            choices=tuple(
                Choice(str(get(one, ("code",), "")), str(get(one, ("label",), "")))
                for one in (choices if isinstance(choices, list | tuple) else ())
            ),
        )
    return made
