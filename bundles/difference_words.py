"""What the parts of a definition and the words in it are called where a change is told."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from bundles.vocabulary import (
    ASSURANCES,
    CAPACITIES,
    CARD_STATES,
    CHANNELS,
    DOCUMENT_KINDS,
    UPLOAD_KINDS,
)

LABELS: Final[Mapping[str, str]] = MappingProxyType({
    "accepted": "接受的文件", "acting": "谁可以办", "advice": "改办什么", "after": "要先办的事项", "amount": "数量",
    "then": "办好以后可以办的事项",
    "answer": "回答", "archive": "要存档的材料", "assurance": "登录要求", "at_least_one": "至少填一项的范围",
    "at_least_one_message": "至少填一项的提示", "autocomplete": "自动填写", "background": "背景", "banks": "银行",
    "before_you_start": "办理前的准备", "card_advice": "卡状态不符时的建议", "card_states": "可以办的卡状态",
    "channels": "办理方式", "choices": "选项", "clock_starts": "计时起点", "code": "代号", "conditions": "条件",
    "contacts": "联系方式", "copies": "份数", "days_before": "提前几天", "delivery": "寄送费用",
    "documents": "可用证件", "expected": "是或否", "fee": "收费", "fen": "金额（分）", "field": "表单项",
    "fields": "表单项", "flow": "流程", "form": "形式", "fresh_minutes": "登录后几分钟内有效", "group": "几选一的组",
    "guide": "办事指南", "handler": "处理程序", "height": "高度", "held": "可以从哪里取得",
    "held_days": "以前的材料几天内可用", "hint": "说明", "hours": "办理时间", "introduction": "介绍", "item": "事项",
    "items": "事项", "kind": "种类", "label": "名称", "lasts": "持续时间", "legal_basis": "依据",
    "legal_limit": "法定时限", "level": "选到哪一级", "liftable": "能否解挂", "lifted_by": "由谁解挂",
    "limit": "时长", "limits": "办理时限", "loss_kinds": "挂失种类", "materials": "材料", "max_bytes": "最大字节数",
    "max_length": "最多字数", "maximum": "最大", "min_bytes": "最小字节数", "min_length": "最少字数",
    "minimum": "最小", "minutes": "大约用时（分钟）", "most": "最多几张", "name": "名称", "necessity": "是否必要",
    "needs": "要求", "needs_card": "要不要选卡", "node": "进度", "note": "备注", "notifications": "通知",
    "number_prefix": "编号前缀", "of": "依据的日子", "options": "处理选项", "organiser": "主办单位",
    "periods": "时间说明", "photo": "照片要求", "places": "开通地区", "prefill": "预填", "question": "问题",
    "questions": "常见问题", "region": "地区代码", "region_field": "前面接哪一项的地区", "reminders": "提醒",
    "required": "是否必填", "result": "办理结果", "review": "要不要人工审核", "selection": "可以选几项",
    "sensitive": "是否遮盖", "served": "服务对象", "short_name": "简称", "source": "来源", "starts": "从哪一步算起",
    "steps": "进度条", "summary": "一句话介绍", "synonyms": "搜索词", "text": "文字", "title": "标题", "unit": "单位",
    "upload": "是否上传", "value": "内容", "values": "可以是", "variant": "几选一的方案",
    "visible_when": "什么时候显示", "when": "适用情形", "whose": "谁的材料", "width": "宽度",
    "window": "窗口办理说明", "within": "在哪个地区里选", "zone": "区域代码",
})  # fmt: skip
"""Attribute of a part -> its name."""

OWN_LABELS: Final[Mapping[tuple[str, str], str]] = MappingProxyType({("Item", "delivery"): "怎么领卡"})
"""Part and attribute -> its name, where the same word means something else elsewhere."""

WORDS: Final[Mapping[str, str]] = MappingProxyType({
    **CHANNELS, **CAPACITIES, **CARD_STATES, **DOCUMENT_KINDS, **UPLOAD_KINDS, **ASSURANCES,
    "submission": "提交", "acceptance": "受理", "one": "一项", "many": "多项", "required": "必要", "optional": "可选",
    "if_changed": "有变化才要", "holder": "持卡人", "actor": "办理人", "unit": "单位", "original": "原件",
    "copy": "复印件", "electronic": "电子件", "mail": "邮寄", "pickup": "自取", "picture": "图片", "pdf": "PDF",
    "earlier_case": "以前办件交过的", "registry": "卡管系统", "province": "省", "city": "市", "county": "县",
    "text": "文字", "address": "地址", "email": "邮箱", "choice": "单选", "yes_no": "是或否", "date": "日期",
    "region": "选地区", "place": "选开通地区", "bank": "选银行", "file": "文件", "occupation": "职业",
    "enquiry": "咨询电话", "supervision": "监督电话", "outlet": "网点", "hall": "大厅", "portal": "网站",
    "card_expiry": "卡到期的日子", "white": "白色", "temporary": "临时挂失", "formal": "正式挂失",
    "submitted": "提交", "fee_paid": "付寄送费", "accepted": "受理", "reviewed": "审核通过",
    "production_accepted": "开始制卡", "correction_requested": "要求修改", "correction_received": "收到修改",
    "card_made": "卡已制好", "sent": "寄出", "ready_for_pickup": "可以领卡", "received": "领到卡",
    "activated": "启用", "completed": "办结", "refused": "没有办成", "withdrawn": "撤回",
})  # fmt: skip
"""Word of a closed list -> what people say."""

OPTION_LABELS: Final[Mapping[str, str]] = MappingProxyType({
    "kind": "办哪一种", "kind_field": "由哪个表单项决定办哪一种", "nodes": "要等的进度", "advice": "按卡状态给的建议",
    "clock_stops_on": "到哪一步停止计时", "completes_on": "到哪一步算办结", "activated": "当场启用",
    "on_the_spot": "当场制卡的办理方式", "fails": "演习怎样失败", "after": "演习第几步失败",
})  # fmt: skip
"""Option of a handler -> its name."""

OPTION_WORDS: Final[Mapping[str, str]] = MappingProxyType({
    **WORDS, "apply": "申领", "replace": "补换卡", "activation": "启用卡", "cancellation": "注销卡",
    "card-status": "查卡的状态", "fails-on-purpose": "演习用，故意失败", "guide-only": "只有指南",
    "loss": "挂失与解挂", "office": "工作人员办", "pin": "密码", "production": "制卡",
    "production-progress": "查制卡进度", "profile": "改个人信息", "unlock": "解锁",
})  # fmt: skip
"""Handler, or word of its options -> what people say."""

CODED: Final = frozenset(
    {"accepted", "acting", "archive", "assurance", "background", "card_advice", "card_states", "channels"}
    | {"clock_starts", "delivery", "documents", "flow", "form", "held", "hours", "kind", "level", "lifted_by"}
    | {"limits", "necessity", "node", "of", "prefill", "selection", "starts", "whose"}
)
"""Attributes that hold words of closed lists, or have them as keys."""
