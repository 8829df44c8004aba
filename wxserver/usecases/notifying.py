"""Telling citizens how their cases go on, and what was decided about the children they stand for: into their inbox at
once, and by WeChat on the best way that is open.

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

from bundles.definition import Item
from bundles.working_days import SHANGHAI
from wxserver.ports import Clock, MessageRefused, Unavailable, WeChatMessages
from wxserver.store import cases, notices, people, subscriptions
from wxserver.store.cases import CaseRow
from wxserver.store.database import Database, Unit
from wxserver.store.guardianships import GuardianshipRow
from wxserver.store.notices import NoticeRow, SendingRow
from wxserver.store.outbox import Work
from wxserver.usecases.addresses import Addresses
from wxserver.usecases.catalogue import Catalogue
from wxserver.usecases.notice_words import OF_A_WARD, NoticeWords, Template
from wxserver.usecases.seeing import told_of
from wxserver.usecases.working import Doer, NotYet, Working

NOTIFY: Final = "notify"
GIVE_UP_AFTER: Final = 3 * 24 * 3600.0
CHANNELS: Final = ("template", "bizsend", "miniprogram")
BY_CREDIT: Final = CHANNELS[1:]
_EVENT_COMES_WITHIN: Final = timedelta(seconds=30)
"""How long to wait for WeChat's word on a subscription notice in doubt: no key of it makes a second one harmless."""
_ACCOUNT_RESTS: Final = 600.0
"""Seconds after which an account that WeChat took nothing from is asked again."""
_DAYS_QUOTA, _MINUTES_QUOTA = 45009, 45011
_TEMPLATE_RESTS: Final = 600.0
"""Seconds for which a template that WeChat does not know is left alone."""
NOT_SUBSCRIBED: Final = 43101
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
        addresses: Addresses,
        service: str,
    ) -> None:
        self.database = database
        self.clock = clock
        self.messages = messages
        self.words = NoticeWords(catalogue, addresses=addresses, service=service)
        self.working = working
        self.templates = tuple(sorted(templates, key=lambda each: CHANNELS.index(each.channel)))
        self._resting: dict[tuple[str, str], float] = {}
        working.learn(NOTIFY, Doer(self.send, GIVE_UP_AFTER, self._given_up))

    def told(self, unit: Unit, case: CaseRow, item: Item, node: str, at: datetime, origin: str) -> None:
        """A node was added to a case's timeline: tell its citizen, if the definition has words for it."""
        words = next((each for each in item.notifications if each.node == node), None)
        if words is None:
            return
        new = notices.add(
            unit,
            person_id=told_of(unit, case),
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

    def guardian_told(self, unit: Unit, ward: GuardianshipRow, decided: str, at: datetime) -> None:
        """Staff decided about a claim to stand for a child: `confirmed`, `refused` or `revoked`."""
        title, text, _ = OF_A_WARD[decided]
        new = notices.add(
            unit,
            person_id=ward.guardian_id,
            guardianship_id=ward.id,
            origin=f"{decided} {at.isoformat()}",
            node=f"guardianship_{decided}",
            title=title,
            text=text,
            at=at,
            now=at,
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
                case = None if notice.case_id is None else cases.by_id(unit, notice.case_id)
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
            elif template.channel in BY_CREDIT and sending is None and (user.id, template.template_id) not in credits_:
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

    def _try(self, notice: NoticeRow, case: CaseRow | None, way: Way) -> bool:
        """Send it on this way; False where another has to be tried."""
        now, template = self.clock.now(), way.template
        by_credit = template.channel in BY_CREDIT
        with self.database.write() as unit:
            sending, may = notices.begin(
                unit,
                notice_id=notice.id,
                wechat_user_id=way.wechat_user_id,
                account=template.account,
                channel=template.channel,
                template_id=template.template_id,
                now=now,
                pause=_EVENT_COMES_WITHIN if by_credit else timedelta(0),
            )
            spent = may and by_credit
            if spent and not subscriptions.spend(unit, way.wechat_user_id, template.template_id, sending.id, now):
                notices.end(unit, sending.id, "refused", now, code=NOT_SUBSCRIBED)
                return False
        if not may and sending.state in ("begun", "doubt"):
            wait = sending.tried_at + _EVENT_COMES_WITHIN - now
            raise NotYet(wait.total_seconds(), "WeChat's event may still come")
        if not may:
            return False
        try:
            number = self.messages.send(self.words.message(notice, case, template, way.openid, sending.id))
        except Unavailable:
            with self.database.write() as unit:
                notices.end(unit, sending.id, "doubt", self.clock.now(), since=("begun",))
            raise
        except MessageRefused as refusal:
            self._refused(way, sending, refusal)
            return False
        return self._taken(notice, way, sending, number)

    def _taken(self, notice: NoticeRow, way: Way, sending: SendingRow, number: str) -> bool:
        """WeChat took it, and may have told before its answer came what became of it; False where it failed."""
        with self.database.write() as unit:
            notices.one_at_a_time(unit, way.wechat_user_id)
            went = notices.kept_report(unit, sending.account, number) if number else None
            state = {None: "sent", True: "confirmed", False: "refused"}[went]
            if not notices.end(unit, sending.id, state, self.clock.now(), message_number=number or None):
                return False
            if went is False:
                return False
            notices.settle(unit, notice.id, state, self.clock.now(), channel=sending.channel)
            self.working.end(unit, NOTIFY, notice.id)
        return True

    def _refused(self, way: Way, sending: SendingRow, refusal: MessageRefused) -> None:
        """What follows from a definite no (facts/wechat.md §5)."""
        now, template, consequence = self.clock.now(), way.template, refusal.consequence
        with self.database.write() as unit:
            state = "held" if consequence in ("quota", "account") else "refused"
            notices.end(unit, sending.id, state, now, code=refusal.code)
            if consequence == "not_following":
                people.found_following(unit, way.wechat_user_id, False)
            if template.channel in BY_CREDIT:
                if consequence == "not_subscribed":
                    credits_expired(unit, sending, sending.tried_at, now)
                else:
                    subscriptions.give_back(unit, sending.id, now)
        if consequence == "bad_template":
            self._resting[(template.account, template.template_id)] = time.monotonic() + _TEMPLATE_RESTS

    def _left_to_inbox(self, notice: NoticeRow, tried: Sequence[SendingRow], reason: str) -> None:
        """No way is left: it stands in the inbox, where it has stood all the time. Where WeChat's quota or a fault of
        the configuration is in the way, it is tried again later; of the latter staff are told meanwhile."""
        held = [each for each in tried if each.state == "held"]
        if held:
            with self.database.write() as unit:
                for each in held:
                    notices.end(unit, each.id, "begun", self.clock.now(), since=("held",), code=each.code)
                if any(_why(each) == "account" for each in held):
                    notices.settle(unit, notice.id, "inbox", self.clock.now(), reason="account")
            raise NotYet(min(self._rest(each.code) for each in held), "WeChat takes no messages for now")
        with self.database.write() as unit:
            notices.settle(unit, notice.id, "inbox", self.clock.now(), reason=reason)
            self.working.end(unit, NOTIFY, notice.id)

    def _rest(self, code: int | None) -> float:
        """Seconds until a way that is held may be open again."""
        if code == _MINUTES_QUOTA:
            return 60.0
        return self._until_tomorrow() if code == _DAYS_QUOTA else _ACCOUNT_RESTS

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


def credits_expired(unit: Unit, sending: SendingRow, given_until: datetime, now: datetime) -> None:
    """WeChat knows of no credit for this sending, nor of another that was given until then."""
    subscriptions.none_left(
        unit,
        sending.wechat_user_id,
        sending.template_id,
        "expired",
        now,
        sending_id=sending.id,
        given_until=given_until,
    )


def _why(sending: SendingRow) -> str:
    """Why a way did not lead anywhere, as staff are told."""
    if sending.code is None:
        return "failed"
    if sending.state == "held":
        return "quota" if sending.code in (_DAYS_QUOTA, _MINUTES_QUOTA) else "account"
    return _REASONS.get(sending.code, "denied")
