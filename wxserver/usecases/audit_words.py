"""The audit log in words: who did what to what, and rows as cells of a table that no spreadsheet takes for formulas."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final

from bundles.working_days import SHANGHAI
from wxserver.store.records import AuditRow

ACTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "refused": "没有权限，被拦下：",
        "case_accepted": "审核通过了",
        "case_completed": "办结了",
        "case_refused": "决定不予办理：",
        "case_unmasked": "查看了完整内容：",
        "case_file_opened": "打开了材料：",
        "bundle_draft_added": "导入了草稿：",
        "bundle_draft_begun": "新开了草稿：",
        "bundle_draft_submitted": "送审了",
        "bundle_draft_returned": "退回了",
        "bundle_draft_discarded": "作废了草稿：",
        "bundle_published": "发布了",
        "bundle_rolled_back": "恢复到以前的版本，发布了",
        "bundle_retired": "停用了",
        "previewed": "预览了",
        "calendar_proposed": "提交了",
        "calendar_activated": "启用了",
        "calendar_discarded": "作废了",
        "staff_added": "新增了",
        "staff_changed": "修改了",
        "staff_reset": "重置了密码和动态码：",
        "staff_disabled": "停用了",
        "staff_enabled": "恢复了",
        "staff_set_up": "设好了自己的密码和动态码",
        "password_changed": "改了自己的密码",
        "signed_in": "登录了",
        "signed_out": "退出了",
        "sign_in_failed": "登录没有成功：",
        "session_revoked": "结束了登录：",
        "audit_exported": "导出了操作记录",
        "work_exhausted": "后台任务试了多次，停下了",
        "message_id_reused": "同一编号来了两种内容，没有采用",
        "wechat_user_erased": "按微信的通知删除了市民的微信信息",
        "profile_modified": "微信告知市民资料有变，存着的昵称和头像已经删掉",
        "menu_pushed": "发布了公众号菜单",
        "account_signed_in": "用账号密码登录了",
        "account_set": "设了自己的账号密码",
        "account_changed": "改了自己的账号密码",
        "account_removed": "注销了自己的账号",
        "account_opened": "开通了市民的账号",
        "account_reset": "重置了市民账号的密码",
        "account_disabled": "停用了市民的账号",
        "account_enabled": "恢复了市民的账号",
        "account_unlocked": "解锁了市民的账号",
        "account_locked": "密码错得太多，账号先锁住",
        "source_stopped": "同一来源密码错得太多，先拦一会儿",
        "organisation_added": "登记了",
        "organisation_disabled": "停用了",
        "organisation_enabled": "恢复了",
        "agent_added": "登记了单位经办人",
        "agent_changed": "修改了单位经办人",
        "agent_ended": "注销了单位经办人",
        "guardianship_claimed": "登记了",
        "guardianship_confirmed": "核对通过了",
        "guardianship_refused": "没有通过：",
        "guardianship_revoked": "撤销了：",
        "guardianship_unmasked": "查看了完整内容：",
        "guardianship_file_opened": "打开了材料：",
        "guardianship_ended": "结束了",
        "consent_withdrawn": "收回了自己的同意",
        "wechat_unbound": "解除了自己微信的绑定",
        "session_ended": "退出了自己的一次登录",
        "other_sessions_ended": "退出了自己别处的登录",
        "person_erased": "删除了自己的信息，办件记录依法保留",
    }
)
"""Action -> what was done, before what it was done to. What is not here is shown as it stands."""

SUBJECTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "case": "办件",
        "bundle": "一件事",
        "bundle_version": "一件事版本",
        "calendar_version": "工作日历",
        "calendar": "工作日历",
        "staff": "人员",
        "staff_session": "登录",
        "act": "权限",
        "route": "页面",
        "preview": "预览",
        "audit_log": "操作记录",
        "outbox": "后台任务",
        "wechat_user": "微信用户",
        "wechat_account": "公众号",
        "inbound_message": "外部消息",
        "stranger": "没有这个账号",
        "account": "市民账号",
        "guess": "登录限制",
        "organisation": "单位",
        "unit_agent": "单位经办人",
        "guardianship": "监护关系",
        "consent": "同意",
        "session": "市民的登录",
        "person": "市民",
    }
)
"""Kind of subject -> what it is called."""

ACTORS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "staff": "工作人员",
        "operator": "命令行",
        "system": "系统",
        "far_side": "外部系统",
        "citizen": "申请人",
        "stranger": "没有登录的人",
    }
)
"""Kind of actor -> what it is called."""

ACT_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "own": "我的登录",
        "bundles.see": "看一件事定义",
        "bundles.edit": "编辑一件事定义",
        "bundles.publish": "发布一件事定义",
        "cases.see": "看办件",
        "cases.decide": "办理办件",
        "cases.unmask": "查看完整信息",
        "calendar.see": "看工作日历",
        "calendar.propose": "修改工作日历",
        "calendar.activate": "启用工作日历",
        "audit.see": "看操作记录",
        "audit.export": "导出操作记录",
        "accounts.manage": "管市民和单位的账号",
        "guardianships.decide": "核对监护关系",
        "staff.manage": "管理人员",
    }
)
"""Act (`rights.ACTS`) -> what it is called."""

HEADINGS: Final = (
    "序号",
    "时间",
    "谁",
    "账号",
    "做了什么",
    "动作代码",
    "对象",
    "对象编号",
    "一件事",
    "理由",
    "详情",
    "校验值",
)
_OPAQUE: Final = frozenset(
    {
        "account",
        "bundle_version",
        "calendar_version",
        "consent",
        "guardianship",
        "guess",
        "inbound_message",
        "outbox",
        "person",
        "session",
        "staff_session",
        "stranger",
        "unit_agent",
        "wechat_user",
    }
)
"""Kinds of subject whose ids say nothing to a reader."""
_FORMULA: Final = "=+-@＝＋－＠\t\r"
_BOM: Final = "\ufeff"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """A row of the log, ready to show. `did`: action and subject in one sentence; `refused`: somebody was stopped."""

    number: int
    at: datetime
    actor_kind: str
    actor: str
    who: str
    action: str
    did: str
    subject_kind: str
    subject: str
    bundle: str
    reason: str
    refused: bool
    hash: str
    data: Mapping[str, object] = field(default_factory=dict)


def entry_of(row: AuditRow, name_of: Callable[[str], str]) -> AuditEntry:
    """A row in words; `name_of` names a bundle by its code."""
    refused = row.action == "refused"
    return AuditEntry(
        number=row.number,
        at=row.at,
        actor_kind=row.actor_kind,
        actor=row.actor_id or "",
        who=_who(row),
        action=row.action,
        did=_refusal(row, name_of) if refused else _did(row, name_of),
        subject_kind=row.subject_kind,
        subject=row.subject_id,
        bundle=row.bundle or "",
        reason="" if refused else row.reason,
        refused=refused,
        hash=row.hash,
        data=row.data,
    )


def csv_lines(rows: Iterable[AuditRow], name_of: Callable[[str], str]) -> Iterator[str]:
    """The rows as CSV, a line at a time: a byte order mark, headings, and cells that are never formulas."""
    yield _BOM + _line(HEADINGS)
    for row in rows:
        entry = entry_of(row, name_of)
        yield _line(
            (
                str(row.number),
                f"{row.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}",
                ACTORS.get(row.actor_kind, row.actor_kind),
                entry.actor,
                entry.did,
                row.action,
                SUBJECTS.get(row.subject_kind, row.subject_kind),
                row.subject_id,
                entry.bundle,
                row.reason,
                json.dumps(row.data, ensure_ascii=False, sort_keys=True),
                row.hash,
            )
        )


def harmless(cell: str) -> str:
    """A cell that a spreadsheet shows and never computes; one that might begin a formula gets a leading '."""
    bare = cell.lstrip(" \n\u00a0\u3000\ufeff")
    return f"'{cell}" if bare[:1] and bare[0] in _FORMULA else cell


def _line(cells: Iterable[str]) -> str:
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow([harmless(each) for each in cells])
    return written.getvalue()


def _who(row: AuditRow) -> str:
    kind = ACTORS.get(row.actor_kind, row.actor_kind)
    if row.actor_id is None:
        return kind
    return row.actor_id if row.actor_kind == "staff" else f"{kind} {row.actor_id}"


def _did(row: AuditRow, name_of: Callable[[str], str]) -> str:
    words = ACTIONS.get(row.action, f"{row.action}：")
    about = _about(row, name_of)
    return f"{words}{about}" if about else words.removesuffix("：")


def _refusal(row: AuditRow, name_of: Callable[[str], str]) -> str:
    act = str(row.data.get("act", ""))
    wanted = ACT_WORDS.get(act, act)
    about = "" if row.subject_kind in ("act", "route") else _about(row, name_of)
    return "，".join(each for each in (f"没有“{wanted}”的权限，被拦下", about) if each)


def _about(row: AuditRow, name_of: Callable[[str], str]) -> str:
    """What it was about, in words: a case by its number, a version by bundle and number."""
    kind, number = SUBJECTS.get(row.subject_kind, row.subject_kind), row.data.get("number")
    if row.bundle and row.subject_kind in ("bundle", "bundle_version"):
        name = name_of(row.bundle)
        quoted = f" {name}" if "“" in name else f"“{name}”"
        return quoted + (f" v{number}" if isinstance(number, int) else "")
    if row.subject_kind == "calendar_version":
        scope = row.data.get("scope", "")
        return f"{kind} {scope}" + (f" 第 {number} 版" if isinstance(number, int) else "")
    if row.subject_kind in _OPAQUE or not row.subject_id:
        return ""
    if row.subject_kind == "staff" and row.subject_id == row.actor_id:
        return ""
    return f"{kind} {row.subject_id}"
