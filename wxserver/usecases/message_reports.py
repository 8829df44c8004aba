"""What WeChat tells about the messages that it took: they arrived, or they did not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from wxserver.ports import Clock, Push
from wxserver.store import notices, people, subscriptions
from wxserver.store.database import Unit
from wxserver.store.notices import SendingRow
from wxserver.usecases.notifying import BY_CREDIT, NOT_SUBSCRIBED, NOTIFY, credits_expired
from wxserver.usecases.working import Working

_SECOND: Final = timedelta(seconds=1)  # what WeChat's whole seconds may be short of our clock's
_REPORTED_WITHIN: Final = timedelta(days=1)


class MessageReports:
    def __init__(self, clock: Clock, working: Working) -> None:
        self.clock = clock
        self.working = working

    def arrived(self, unit: Unit, account: str, push: Push, went: bool) -> None:
        """WeChat's event about a template message: it arrived, or it did not. Late and double ones do no harm; one that
        comes before our sending knows its number waits for it."""
        user = people.known_wechat_user(unit, account, push.from_user)
        if user is None or not push.msg_id:
            return
        notices.one_at_a_time(unit, user)
        sending = notices.by_number(unit, account, push.msg_id)
        if sending is None:
            notices.keep_report(unit, account, push.msg_id, went, self.clock.now())
        else:
            self._told(unit, sending, went, number=push.msg_id)

    def reported(self, unit: Unit, account: str, push: Push, number: str, template_id: str, code: int) -> None:
        """WeChat's event about a subscription notice, as `arrived`; `code`: 0 where it went. WeChat need not have told
        us its number before: then it is about a notice without one. Nothing is confirmed that may not have gone out
        while there is one that WeChat took, and where several may have failed, each takes its next way: told twice
        rather than not at all."""
        sending = notices.by_number(unit, account, number) if number else None
        if sending is not None:
            self._told(unit, sending, code == 0, number=number, code=code)
            return
        user = people.known_wechat_user(unit, account, push.from_user)
        if user is None:
            return
        at = datetime.fromtimestamp(push.create_time, UTC) + _SECOND
        known = notices.unnumbered(unit, user, at - _REPORTED_WITHIN, at)
        meant = _meant([each for each in known if template_id in ("", each.template_id)], went=code == 0)
        for each in meant:
            self._told(unit, each, code == 0, number=number if len(meant) == 1 else "", code=code)

    def _told(self, unit: Unit, sending: SendingRow, went: bool, *, number: str, code: int = 0) -> None:
        now = self.clock.now()
        if went:
            since = ("begun", "doubt", "sent", *(("refused",) if _doubted(sending) else ()))
            if notices.end(unit, sending.id, "confirmed", now, since=since, message_number=number or None):
                notices.settle(unit, sending.notice_id, "confirmed", now, channel=sending.channel)
                subscriptions.was_spent(unit, sending.id, now)
                self.working.end(unit, NOTIFY, sending.notice_id)
            return
        since = ("begun", "doubt", "sent")
        if notices.end(unit, sending.id, "refused", now, since=since, code=code or None, message_number=number or None):
            if code == NOT_SUBSCRIBED:
                credits_expired(unit, sending, sending.tried_at, now)
            notices.settle(unit, sending.notice_id, "waiting", now)
            self.working.order_again(unit, NOTIFY, sending.notice_id)


def _meant(known: Sequence[SendingRow], *, went: bool) -> Sequence[SendingRow]:
    """Which of the notices without a number a report without one of ours is about."""
    by_credit = [each for each in known if each.channel in BY_CREDIT]
    taken = [each for each in by_credit if each.state == "sent"]
    if taken:
        return taken[:1] if went else taken
    unsure = [
        each
        for each in by_credit
        if (each.state in ("begun", "doubt") and each.code is None) or (went and _doubted(each))
    ]
    return unsure if len(unsure) == 1 else ()


def _doubted(sending: SendingRow) -> bool:
    """Whether WeChat refused only the second try of a notice whose first may have gone out, and taken the credit."""
    return sending.state == "refused" and sending.code == NOT_SUBSCRIBED and sending.tried_at > sending.begun_at
