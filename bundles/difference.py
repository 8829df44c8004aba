"""The canonical form of a document, its digest, and what changed between two versions of a bundle, in sentences.

Parts are matched by their stable codes, so that a moved or renamed part is told as moved or renamed.
"""

import dataclasses
import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from bundles.definition import Bundle, Condition, TimeLimit
from bundles.rules import Facts, evaluate
from bundles.vocabulary import ASSURANCES, CAPACITIES, CARD_STATES, CHANNELS, DOCUMENT_KINDS, UPLOAD_KINDS

_LABELS: Final[Mapping[str, str]] = {
    "accepted": "接受的种类", "acting": "谁可以办", "advice": "改办什么", "amount": "数量", "answer": "回答",
    "assurance": "登录要求", "at_least_one": "至少填一项的范围", "at_least_one_message": "至少填一项的提示",
    "autocomplete": "自动填写", "background": "背景", "banks": "银行", "before_you_start": "办理前的准备",
    "card_advice": "卡状态不符时的建议", "card_states": "可以办的卡状态", "channels": "办理方式", "choices": "选项",
    "clock_starts": "计时起点", "code": "代号", "conditions": "条件", "contacts": "联系方式", "copies": "份数",
    "delivery": "寄送费用", "documents": "可用证件", "fee": "收费", "fen": "金额（分）", "fields": "表单项",
    "flow": "流程", "form": "形式", "fresh_minutes": "登录后几分钟内有效", "group": "几选一的组", "guide": "办事指南",
    "handler": "处理程序", "hint": "说明", "hours": "办理时间", "introduction": "介绍", "items": "事项",
    "kind": "种类", "label": "名称", "lasts": "持续时间", "legal_basis": "依据", "legal_limit": "法定时限",
    "lifted_by": "由谁解挂", "liftable": "能否解挂", "limits": "办理时限", "loss_kinds": "挂失种类",
    "materials": "材料", "max_bytes": "最大字节数", "height": "高度", "width": "宽度", "min_bytes": "最小字节数",
    "max_length": "最多字数", "min_length": "最少字数", "minutes": "大约用时（分钟）", "name": "名称",
    "necessity": "是否必要", "needs": "要求", "needs_card": "要不要选卡", "node": "进度", "note": "备注",
    "notifications": "通知", "number_prefix": "编号前缀", "options": "处理选项", "organiser": "主办单位",
    "photo": "照片要求", "places": "开通地区", "prefill": "预填", "question": "问题", "questions": "常见问题",
    "region": "地区代码", "required": "是否必填", "result": "办理结果", "review": "要不要人工审核",
    "selection": "可以选几项", "sensitive": "是否遮盖", "served": "服务对象", "short_name": "简称", "source": "来源",
    "steps": "进度条", "summary": "一句话介绍", "synonyms": "搜索词", "text": "文字", "title": "标题", "unit": "单位",
    "upload": "是否上传", "value": "内容", "variant": "几选一的方案", "visible_when": "什么时候显示",
    "when": "适用情形", "whose": "谁的材料", "window": "窗口办理说明", "zone": "区域代码",
}  # fmt: skip
_WORDS: Final[Mapping[str, str]] = {
    **CHANNELS, **CAPACITIES, **CARD_STATES, **DOCUMENT_KINDS, **UPLOAD_KINDS, **ASSURANCES, "submission": "提交",
    "acceptance": "受理", "one": "一项", "many": "多项", "required": "必要", "optional": "可选",
    "if_changed": "有变化才要", "holder": "持卡人", "actor": "办理人", "unit": "单位", "original": "原件",
    "copy": "复印件", "electronic": "电子件",
}  # fmt: skip
_CODED: Final = frozenset(
    {"channels", "acting", "card_states", "documents", "assurance", "clock_starts", "selection", "necessity", "whose"}
    | {"form", "lifted_by", "limits", "hours", "flow", "card_advice"}
)
_NAMED_BY: Final = ("name", "label", "title", "question", "code")


def canonical_json(document: object) -> str:
    """A document as JSON that is the same for equal documents: keys sorted, no blanks, no escapes but JSON's own.

    Raises ValueError for NaN and infinities, TypeError for what JSON does not know.
    """
    return json.dumps(
        document, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, default=_plain
    )


def digest(document: object) -> str:
    """Hex SHA-256 of the canonical JSON. Lone surrogates, which a JSON body may hold, do not break it."""
    return hashlib.sha256(canonical_json(document).encode("utf-8", "surrogatepass")).hexdigest()


def difference(a: Bundle, b: Bundle) -> list[str]:
    """What changes from version `a` to version `b`, one Chinese sentence each; empty if nothing does."""
    return list(_compare("", a, b))


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"not a document: {type(value).__name__}")


def _compare(where: str, a: Any, b: Any) -> Iterator[str]:
    for each in dataclasses.fields(a):
        yield from _changed(where, each.name, getattr(a, each.name), getattr(b, each.name))


def _changed(where: str, name: str, old: object, new: object) -> Iterator[str]:
    label = _LABELS.get(name, name)
    if old == new:
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in dict.fromkeys([*old, *new]):
            shown = _WORDS.get(key, key) if name in _CODED else key
            yield from _value(f"{where}{label}“{shown}”", name, old.get(key), new.get(key))
    elif isinstance(old, tuple) and isinstance(new, tuple) and _identified(old + new):
        yield from _parts(where, label, old, new)
    elif _is_part(old) and type(old) is type(new):
        yield from _compare(f"{where}{label}的", old, new)
    else:
        yield from _value(f"{where}{label}", name, old, new)


def _value(what: str, name: str, old: object, new: object) -> Iterator[str]:
    if old != new:
        yield f"{what}由{_text(name, old)}改为{_text(name, new)}。"


def _parts(where: str, label: str, old: tuple[Any, ...], new: tuple[Any, ...]) -> Iterator[str]:
    before, after = _by_identity(old), _by_identity(new)
    for key, part in before.items():
        if key not in after:
            yield f"{where}{label}里去掉了“{_name(part)}”。"
    for key, part in after.items():
        if key not in before:
            yield f"{where}{label}里新增了“{_name(part)}”。"
        else:
            yield from _compare(f"{where}{label}“{_name(before[key])}”的", before[key], part)
    kept = [key for key in before if key in after]
    if kept != [key for key in after if key in before]:
        yield f"{where}{label}的顺序变了。"


def _identity(part: object) -> str:
    return str(next(getattr(part, each) for each in ("code", "node", "zone", "label") if hasattr(part, each)))


def _identified(parts: tuple[object, ...]) -> bool:
    return all(_is_part(part) for part in parts)


def _by_identity(parts: tuple[object, ...]) -> dict[str, Any]:
    return {_identity(part): part for part in parts}


def _is_part(value: object) -> bool:
    return dataclasses.is_dataclass(value) and not isinstance(value, TimeLimit | Condition)


def _name(part: object) -> str:
    return str(next((getattr(part, each) for each in _NAMED_BY if hasattr(part, each)), "有"))


def _text(name: str, value: object) -> str:
    if value is None or value == "" or value == ():
        return "“没有”"
    if isinstance(value, bool):
        return "“是”" if value else "“否”"
    if isinstance(value, TimeLimit):
        return f"“{value.text}”"
    if isinstance(value, Condition):
        return f"“{evaluate(value, Facts()).needs}”"
    if isinstance(value, tuple):
        return f"“{'、'.join(_inner(name, each) for each in value)}”"
    return f"“{_inner(name, value)}”"


def _inner(name: str, value: object) -> str:
    if isinstance(value, str) and name in _CODED:
        return _WORDS.get(value, value)
    return _name(value) if _is_part(value) else str(value)
