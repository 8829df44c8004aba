"""Telling citizens how their cases go on: into their inbox at once, and by WeChat on the best way that is open.

The order of ways: a template message to a follower, a subscription notice of the official account, one of a
mini-program, the inbox alone (facts/wechat.md §5). A way is written down before it is tried. One without an answer is
tried again under the same key, unless WeChat's own event says meanwhile that it arrived.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bundles.case import STATUS_TEXTS
from bundles.definition import Item
from bundles.working_days import SHANGHAI
from wxserver.ports import Clock, MessageRefused, Outgoing, Unavailable, WeChatMessages
from wxserver.store import cases, notices, people, subscriptions
from wxserver.store.cases import CaseRow
from wxserver.store.database import Database, Unit
from wxserver.store.notices import NoticeRow, SendingRow
from wxserver.store.outbox import Work
from wxserver.usecases.catalogue import Catalogue
from wxserver.usecases.working import Doer, NotYet, Working

NOTIFY: Final = "notify"
GIVE_UP_AFTER: Final = 3 * 24 * 3600.0
CHANNELS: Final = ("template", "bizsend", "miniprogram")
_BY_CREDIT: Final = CHANNELS[1:]
_EVENT_COMES_WITHIN: Final = timedelta(seconds=30)
"""How long to wait for WeChat's word on a subscription notice in doubt: no key of it makes a second one harmless."""
_TEMPLATE_RESTS: Final = 600.0
"""Seconds for which a template that WeChat does not know is left alone."""
NOT_SUBSCRIBED: Final = 43101
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
_REASONS: Final[Mapping[int, str]] = {
    0: "bad_data",
    40003: "erased",
    40037: "bad_template",
    41030: "bad_template",
    43004: "not_following",
    43101: "not_subscribed",
    43116: "bad_template",
    47003: "bad_data",
}
"""WeChat's errcode -> why a way is closed; 0: we refused a value ourselves."""


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


@dataclass(frozen=True, slots=True)
class Way:
    template: Template
    wechat_user_id: str
    openid: str

    def __repr__(self) -> str:
        return f"Way({self.template.channel}, {self.wechat_user_id})"


class Notifying:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        messages: WeChatMessages,
        catalogue: Catalogue,
        working: Working,
        templates: Sequence[Template],
        *,
        public_url: str,
        service: str,
    ) -> None:
        self.database = database
        self.clock = clock
        self.messages = messages
        self.catalogue = catalogue
        self.working = working
        self.templates = tuple(sorted(templates, key=lambda each: CHANNELS.index(each.channel)))
        self.public_url = public_url
        self.service = service
        self._resting: dict[tuple[str, str], float] = {}
        working.learn(NOTIFY, Doer(self.send, GIVE_UP_AFTER, self._given_up))

    def told(self, unit: Unit, case: CaseRow, item: Item, node: str, at: datetime, origin: str) -> None:
        """A node was added to a case's timeline: tell the applicant, if the definition has words for it."""
        words = next((each for each in item.notifications if each.node == node), None)
        if words is None:
            return
        new = notices.add(
            unit,
            person_id=case.applicant_id,
            case_id=case.id,
            origin=origin,
            node=node,
            title=words.title,
            text=words.text,
            at=at,
            now=self.clock.now(),
        )
        if new is not None:
            self.working.order(unit, NOTIFY, new)

    def send(self, work: Work) -> None:
        """Try the ways of a notice, one after another, until WeChat takes it. Raises `Unavailable` or `NotYet`."""
        while True:
            with self.database.read() as unit:
                notice = notices.one(unit, work.subject_id)
                tried = notices.sendings(unit, notice.id)
                users = people.reachable(unit, notice.person_id)
                credits_ = subscriptions.available(unit, [each.id for each in users])
                case = cases.by_id(unit, notice.case_id)
            if any(each.state in ("sent", "confirmed") for each in tried):
                self._done(notice, tried)
                return
            way, reason = self._way(notice, tried, users, credits_)
            if way is None:
                self._left_to_inbox(notice, tried, reason)
                return
            if self._try(notice, case, way):
                return

    def _way(
        self,
        notice: NoticeRow,
        tried: Sequence[SendingRow],
        users: Sequence[people.Reachable],
        credits_: set[tuple[str, str]],
    ) -> tuple[Way | None, str]:
        """The best way that has not failed, before it one that may have gone out already; or None, and why there is no
        other."""
        before = {(each.channel, each.wechat_user_id, each.template_id): each for each in tried}
        reason, now, ways = "no_channel", time.monotonic(), list(self._ways(notice, users))
        for template, user in ways:
            sending = before.get((template.channel, user.id, template.template_id))
            if sending is not None and sending.state in ("begun", "doubt"):
                return Way(template, user.id, user.openid), ""
        for template, user in ways:
            sending = before.get((template.channel, user.id, template.template_id))
            if sending is not None and sending.state in ("refused", "held"):
                reason = _why(sending)
            elif self._resting.get((template.account, template.template_id), 0.0) > now:
                reason = "bad_template"
            elif template.channel == "template" and user.follows is False:
                reason = "not_following"
            elif template.channel in _BY_CREDIT and sending is None and (user.id, template.template_id) not in credits_:
                reason = reason if reason != "no_channel" else "not_subscribed"
            else:
                return Way(template, user.id, user.openid), ""
        return None, reason

    def _ways(
        self, notice: NoticeRow, users: Sequence[people.Reachable]
    ) -> Iterator[tuple[Template, people.Reachable]]:
        for template in self.templates:
            if template.nodes and notice.node not in template.nodes:
                continue
            for user in users:
                if user.account == template.account:
                    yield template, user

    def _try(self, notice: NoticeRow, case: CaseRow, way: Way) -> bool:
        """Send it on this way; False where another has to be tried."""
        now, template = self.clock.now(), way.template
        with self.database.write() as unit:
            sending = notices.begin(
                unit,
                notice_id=notice.id,
                wechat_user_id=way.wechat_user_id,
                account=template.account,
                channel=template.channel,
                template_id=template.template_id,
                now=now,
            )
            by_credit = template.channel in _BY_CREDIT
            if by_credit and not subscriptions.spend(unit, way.wechat_user_id, template.template_id, sending.id, now):
                notices.end(unit, sending.id, "refused", now, code=NOT_SUBSCRIBED)
                return False
        waited = now - sending.begun_at
        if by_credit and timedelta(0) < waited < _EVENT_COMES_WITHIN:
            raise NotYet((_EVENT_COMES_WITHIN - waited).total_seconds(), "WeChat's event may still come")
        try:
            number = self.messages.send(self._message(notice, case, way, sending))
        except Unavailable:
            with self.database.write() as unit:
                notices.end(unit, sending.id, "doubt", self.clock.now(), since=("begun",))
            raise
        except MessageRefused as refusal:
            self._refused(way, sending, refusal)
            return False
        with self.database.write() as unit:
            if not notices.end(unit, sending.id, "sent", self.clock.now(), message_number=number or None):
                return False
            notices.settle(unit, notice.id, "sent", self.clock.now(), channel=template.channel)
            self.working.end(unit, NOTIFY, notice.id)
        return True

    def _message(self, notice: NoticeRow, case: CaseRow, way: Way, sending: SendingRow) -> Outgoing:
        published = self.catalogue.pinned(case.bundle_version_id)
        item = self.catalogue.pinned_item(case.bundle_version_id, case.item_code)
        at = notice.at.astimezone(SHANGHAI)
        values = {
            "title": notice.title,
            "text": notice.text,
            "item": item.name,
            "bundle": published.bundle.name,
            "status": STATUS_TEXTS.get(notice.node) or _NODES.get(notice.node, "有进展"),
            "number": case.number,
            "at": f"{at:%Y-%m-%d %H:%M}",
            "due": f"{case.due_on or at.date():%Y-%m-%d}",
            "service": self.service,
        }
        template = way.template
        return Outgoing(
            channel=template.channel,
            account=template.account,
            openid=way.openid,
            template_id=template.template_id,
            values={name: values[source] for name, source in template.fields.items()},
            url=f"{self.public_url}/cases/{case.number}",
            page=template.page.replace("{number}", case.number),
            key=sending.id,
        )

    def _refused(self, way: Way, sending: SendingRow, refusal: MessageRefused) -> None:
        """What follows from a definite no (facts/wechat.md §5)."""
        now, template, consequence = self.clock.now(), way.template, refusal.consequence
        with self.database.write() as unit:
            state = "held" if consequence == "quota" else "refused"
            notices.end(unit, sending.id, state, now, code=refusal.code)
            if consequence == "not_following":
                people.found_following(unit, way.wechat_user_id, False)
            if template.channel in _BY_CREDIT:
                if consequence == "not_subscribed":
                    subscriptions.none_left(
                        unit, way.wechat_user_id, template.template_id, "expired", now, sending_id=sending.id
                    )
                else:
                    subscriptions.give_back(unit, sending.id, now)
        if consequence == "bad_template":
            self._resting[(template.account, template.template_id)] = time.monotonic() + _TEMPLATE_RESTS

    def _left_to_inbox(self, notice: NoticeRow, tried: Sequence[SendingRow], reason: str) -> None:
        """No way is left: it stands in the inbox, where it has stood all the time. Where only WeChat's quota is in the
        way, it is tried again when that is new."""
        if any(each.state == "held" for each in tried):
            with self.database.write() as unit:
                for each in tried:
                    if each.state == "held":
                        notices.end(unit, each.id, "begun", self.clock.now(), since=("held",), code=each.code)
            per_minute = all(each.code == 45011 for each in tried if each.state == "held")
            raise NotYet(60.0 if per_minute else self._until_tomorrow(), "WeChat's quota is used up")
        with self.database.write() as unit:
            notices.settle(unit, notice.id, "inbox", self.clock.now(), reason=reason)
            self.working.end(unit, NOTIFY, notice.id)

    def _until_tomorrow(self) -> float:
        now = self.clock.now().astimezone(SHANGHAI)
        tomorrow = (now + timedelta(days=1)).replace(hour=0, minute=1, second=0, microsecond=0)
        return (tomorrow - now).total_seconds()

    def _done(self, notice: NoticeRow, tried: Sequence[SendingRow]) -> None:
        went = next(each for each in tried if each.state in ("sent", "confirmed"))
        with self.database.write() as unit:
            notices.settle(unit, notice.id, went.state, self.clock.now(), channel=went.channel)
            self.working.end(unit, NOTIFY, notice.id)

    def _given_up(self, unit: Unit, work: Work, _fault: str) -> None:
        notices.settle(unit, work.subject_id, "inbox", self.clock.now(), reason="gave_up")

    # What WeChat tells about messages

    def arrived(self, unit: Unit, account: str, openid: str, channels: Sequence[str], number: str, went: bool) -> None:
        """WeChat's event about a message of ours: it arrived, or it did not. Late and double ones do no harm."""
        now = self.clock.now()
        sending = notices.by_number(unit, account, number)
        if sending is None:
            user = people.known_wechat_user(unit, account, openid)
            doubtful = [] if user is None else notices.in_doubt(unit, user, channels)
            if not doubtful:
                return
            sending = doubtful[0]
        since = ("begun", "doubt", "sent")
        state = "confirmed" if went else "refused"
        if not notices.end(unit, sending.id, state, now, since=since, message_number=number):
            return
        if went:
            notices.settle(unit, sending.notice_id, "confirmed", now, channel=sending.channel)
            self.working.end(unit, NOTIFY, sending.notice_id)
            return
        notices.settle(unit, sending.notice_id, "waiting", now)
        self.working.order_again(unit, NOTIFY, sending.notice_id)


def _why(sending: SendingRow) -> str:
    """Why a way did not lead anywhere, as staff are told."""
    if sending.code is None:
        return "failed"
    return _REASONS.get(sending.code, "denied")
