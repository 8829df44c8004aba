"""Who saw what of a person, and why: the access ledger in words for the person themself (PIPL art. 44, 45).

A member of staff is named by their office, never by their name or account: the bureau answers for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from wxserver.store import holding
from wxserver.store.database import Unit
from wxserver.store.holding import SeenRow
from wxserver.usecases.catalogue import Catalogue
from wxserver.usecases.paging import cursor, position

MOST: Final = 50

_FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "name": "姓名",
        "document": "证件号码",
        "form": "填写的内容",
        "card": "社保卡号",
        "photo": "照片",
        "pictures": "材料图片",
        "file": "材料",
        "openid": "微信的编号",
        "phone": "手机号码",
        "all": "这里保存的全部信息",
    }
)
_ASKED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "cards": "查您的社保卡",
        "productions": "查您的制卡进度",
        "standing": "查办这件事的条件",
        "guardianship": "核对监护关系",
        "photo": "取您同意用的照片",
        "profile": "取您留的联系方式",
        "sign-in": "核对是您本人，用来登录",
        "case": "核对是您本人，用来办您申请的事",
        "export": "下载自己的信息",
    }
)
"""Reason as the ledger has it -> in words."""
_ACTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "case_unmasked": "核对申请",
        "case_file_opened": "核对材料",
        "guardianship_unmasked": "核对监护关系",
        "guardianship_file_opened": "核对监护关系",
    }
)
_STAFF: Final = "工作人员（办件员）"
_REGISTRY: Final = "社保卡系统"
_WECHAT: Final = "微信"
_SELF: Final = "您自己"
_OTHERS: Final = "外部系统"
_FOR_YOU: Final = "办您申请的事"


@dataclass(frozen=True, slots=True)
class SeenView:
    """Somebody saw data of the person, or it was handed to a far side. `who`, `why` and `what` in words;
    `who_kind`: staff, far_side, citizen; `case_number`: of the case that it was for."""

    at: datetime
    who_kind: str
    who: str
    what: tuple[str, ...]
    why: str
    case_number: str | None


@dataclass(frozen=True, slots=True)
class SeenPage:
    items: tuple[SeenView, ...]
    next: str | None


class SeenBy:
    """`providers`: code of an identity provider -> its name."""

    def __init__(self, catalogue: Catalogue, providers: Mapping[str, str]) -> None:
        self.catalogue = catalogue
        self.providers = providers

    def page(self, unit: Unit, person_id: str, after: str | None, limit: int) -> SeenPage:
        """The ledger about a person, newest first. Raises BadRequest for an `after` that is none."""
        most = max(1, min(limit, MOST))
        rows = holding.seen(unit, person_id, position(after), most + 1)
        return SeenPage(
            tuple(map(self._view, rows[:most])),
            cursor(rows[most - 1].at, rows[most - 1].id) if len(rows) > most else None,
        )

    def _view(self, row: SeenRow) -> SeenView:
        fields = row.data.get("fields")
        named = [str(each) for each in fields] if isinstance(fields, list) else []
        what = tuple(dict.fromkeys(_FIELDS.get(each, "个人信息") for each in named)) or ("个人信息",)
        return SeenView(row.at, row.actor_kind, self._who(row), what, self._why(row), row.case_number)

    def _who(self, row: SeenRow) -> str:
        if row.actor_kind == "staff":
            return _STAFF
        if row.actor_kind == "citizen":
            return _SELF
        kind, _, code = (row.actor_id or "").partition(":")
        if kind == "identity":
            return f"身份核验平台“{self.providers.get(code, code)}”"
        return {"registry": _REGISTRY, "wechat": _WECHAT}.get(kind, _OTHERS)

    def _why(self, row: SeenRow) -> str:
        if row.actor_kind == "staff":
            # Behind the colon stands a note in the clerk's words; the reason before it is from a closed list.
            chosen, colon, _ = row.reason.partition("：")
            return chosen if colon else _ACTS.get(row.action, "办理您的事")
        if row.bundle_version_id is not None and row.item_code is not None:
            try:
                item = self.catalogue.pinned_item(row.bundle_version_id, row.item_code)
            except LookupError:
                return _FOR_YOU
            return f"办“{item.name}”"
        return _ASKED.get(row.reason, _FOR_YOU)
