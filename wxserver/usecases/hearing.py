"""What WeChat's events change with us, each in the unit that stores the push, so that it happens once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from wxserver.ports import Clock, Push
from wxserver.store import people, subscriptions
from wxserver.store.database import Unit
from wxserver.usecases.erasing import CANCELLED, MODIFIED, REVOKED, UNSUBSCRIBED, Erasing
from wxserver.usecases.linking import Linking
from wxserver.usecases.message_reports import MessageReports

_ERASURES: Final = frozenset({UNSUBSCRIBED, REVOKED, CANCELLED, MODIFIED})
_TEMPLATE_SENT: Final = "TEMPLATESENDJOBFINISH"
_POPUP: Final = "subscribe_msg_popup_event"
_CHANGED: Final = "subscribe_msg_change_event"
_CODE: Final = re.compile(r"-?[0-9]{1,9}", re.ASCII)
_NOTICE_SENT: Final = "subscribe_msg_sent_event"
_ANSWERS: Final[Mapping[str, str]] = {"accept": "accepted", "reject": "refused"}


class Hearing:
    def __init__(self, clock: Clock, erasing: Erasing, reports: MessageReports, linking: Linking) -> None:
        self.clock = clock
        self.erasing = erasing
        self.reports = reports
        self.linking = linking

    def heard(self, unit: Unit, account: str, push: Push, origin: str) -> None:
        """Take an event in. `origin`: the hash that makes this push one (64 hex digits)."""
        if push.msg_type != "event":
            return
        if push.event in _ERASURES:
            self.erasing.heard(unit, account, push)
        elif push.event == "subscribe":
            self._follows(unit, account, push)
        elif push.event == _TEMPLATE_SENT:
            went = push.fields.get("Status", "").strip() == "success"
            self.reports.arrived(unit, account, push, went)
        elif push.event == _NOTICE_SENT:
            for entry in entries(push.fields):
                number, template = entry.get("MsgID", ""), entry.get("TemplateId", "")
                self.reports.reported(unit, account, push, number, template, _code(entry.get("ErrorCode", "")))
        elif push.event in (_POPUP, _CHANGED):
            self._subscriptions(unit, account, push, origin)

    def _follows(self, unit: Unit, account: str, push: Push) -> None:
        """Somebody whom we know follows again; of a stranger nothing is kept."""
        user = people.known_wechat_user(unit, account, push.from_user)
        if user is not None and people.following(unit, user, True, datetime.fromtimestamp(push.create_time, UTC)):
            self.linking.ask(unit, user)

    def _subscriptions(self, unit: Unit, account: str, push: Push, origin: str) -> None:
        """Write the ledger: a tap gives one credit, or refuses; a change in WeChat's settings takes back what was given
        before it. Of a stranger nothing is kept: the event may be older than their leaving."""
        now, at = self.clock.now(), datetime.fromtimestamp(push.create_time, UTC)
        answered = [
            (entry.get("TemplateId", ""), _ANSWERS.get(entry.get("SubscribeStatusString", "")), entry.get("PopupScene"))
            for entry in entries(push.fields)
        ]
        if not any(template and state for template, state, _ in answered):
            return
        user = people.known_wechat_user(unit, account, push.from_user)
        if user is None:
            return
        for number, (template, state, scene) in enumerate(answered):
            if not template or state is None:
                continue
            if push.event == _CHANGED and state == "refused":
                subscriptions.none_left(unit, user, template[:128], "refused", now, given_until=at)
            subscriptions.note(
                unit,
                wechat_user_id=user,
                template_id=template[:128],
                state=state,
                origin=f"{origin}:{number}",
                scene=scene[:16] if scene else None,
                at=at,
                now=now,
            )


def _code(text: str) -> int:
    """The errcode of an entry: 0 where it says none, -1 where it can't be read."""
    stripped = text.strip()
    if not stripped:
        return 0
    return int(stripped) if _CODE.fullmatch(stripped) else -1


def entries(fields: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """The entries of an event's list, wherever it stands: `SubscribeMsgPopupEvent.List.TemplateId` in XML,
    `List.TemplateId` in JSON, a list of one being an object there."""
    found: dict[str, dict[str, str]] = {}
    for name, text in fields.items():
        where, _, last = name.rpartition(".")
        if where:
            found.setdefault(where, {})[last] = text
    yield from (entry for entry in found.values() if "TemplateId" in entry)
