"""What a message to a citizen says: their case or their child's claim put into the fields of a template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bundles.case import STATUS_TEXTS
from bundles.working_days import SHANGHAI
from wxserver.ports import Outgoing
from wxserver.store.cases import CaseRow
from wxserver.store.notices import NoticeRow
from wxserver.usecases.addresses import Addresses
from wxserver.usecases.catalogue import Catalogue

_NODES: Final[Mapping[str, str]] = {
    "production_accepted": "已安排制卡",
    "correction_requested": "要修改",
    "correction_received": "已改好",
    "card_made": "已制卡",
    "sent": "已寄出",
    "ready_for_pickup": "可领取",
    "received": "已领取",
    "activated": "已启用",
    "reviewed": "已审核",
    "fee_paid": "已缴费",
}
"""What a message says of a node that is no status: five characters at most, for fields of the type `phrase`."""
_WARDS: Final = "替孩子办事的登记"
OF_A_WARD: Final[Mapping[str, tuple[str, str, str]]] = {
    "confirmed": ("孩子的登记核对好了", "已经核对通过，可以替孩子办事了。", "已核对"),
    "refused": ("孩子的登记没有通过", "请点开看原因，准备好材料，再登记一次。", "没有通过"),
    "revoked": ("孩子的登记已经撤销", "请点开看原因。有疑问，请到窗口问。", "已撤销"),
}
"""What was decided about a claim -> title, words, and the status in five characters at most."""


@dataclass(frozen=True, slots=True)
class Template:
    """A template of one account. `fields`: its field names -> what we put there; `nodes`: for which (none: all)."""

    account: str
    code: str
    channel: str
    template_id: str
    fields: Mapping[str, str]
    nodes: tuple[str, ...]
    page: str


class NoticeWords:
    def __init__(self, catalogue: Catalogue, *, addresses: Addresses, service: str) -> None:
        self.catalogue = catalogue
        self.addresses = addresses
        self.service = service

    def message(self, notice: NoticeRow, case: CaseRow | None, template: Template, openid: str, key: str) -> Outgoing:
        """The message by this template. `key`: makes a second sending harmless, where the channel knows one."""
        at = notice.at.astimezone(SHANGHAI)
        values = {
            "title": notice.title,
            "text": notice.text,
            "at": f"{at:%Y-%m-%d %H:%M}",
            "service": self.service,
        } | (self._of_case(notice, case, at) if case is not None else self._of_ward(notice, at))
        number = None if case is None else case.number
        path = f"/me/children/{notice.guardianship_id}" if number is None else f"/cases/{number}"
        return Outgoing(
            channel=template.channel,
            account=template.account,
            openid=openid,
            template_id=template.template_id,
            values={name: values[source] for name, source in template.fields.items()},
            url=self.addresses.of(template.account, path),
            page="" if number is None else template.page.replace("{number}", number),
            key=key,
        )

    def _of_case(self, notice: NoticeRow, case: CaseRow, at: datetime) -> dict[str, str]:
        published = self.catalogue.pinned(case.bundle_version_id)
        return {
            "item": self.catalogue.pinned_item(case.bundle_version_id, case.item_code).name,
            "bundle": published.bundle.name,
            "status": STATUS_TEXTS.get(notice.node) or _NODES.get(notice.node, "有进展"),
            "number": case.number,
            "due": f"{case.due_on or at.date():%Y-%m-%d}",
        }

    def _of_ward(self, notice: NoticeRow, at: datetime) -> dict[str, str]:
        """What a message says where cases have names and numbers. The number of a claim tells nothing."""
        *_, status = OF_A_WARD[notice.node.removeprefix("guardianship_")]
        return {"item": _WARDS, "bundle": _WARDS, "status": status, "number": f"{at:%Y%m%d}", "due": f"{at:%Y-%m-%d}"}
