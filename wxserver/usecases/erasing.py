"""Forgetting a WeChat user when WeChat says so (facts/wechat.md §1.8; PIPL art. 47).

What was applied for stays: the administrative record of a case is kept by law. What belongs to the WeChat user goes:
sessions, the binding to a person, the profile, subscriptions, whom verifications were about; and, where nobody else
stands for the person any more and they have no account either, what they had begun and not submitted.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Final

from wxserver.ports import Clock, Push
from wxserver.store import (
    accounts,
    consents,
    drafts,
    holding,
    parting,
    people,
    records,
    sessions,
    subscriptions,
    verifications,
)
from wxserver.store.database import Database, Unit
from wxserver.store.outbox import Work
from wxserver.usecases.notifying import NOTIFY
from wxserver.usecases.working import Doer, Working

CLEAN_UP: Final = "forget_person"
UNSUBSCRIBED: Final = "unsubscribe"
REVOKED: Final = "user_authorization_revoke"
CANCELLED: Final = "user_authorization_cancellation"
MODIFIED: Final = "user_info_modified"
_WHOLE: Final = frozenset({UNSUBSCRIBED, CANCELLED})
_PATIENCE: Final = 7 * 24 * 3600.0

logger = logging.getLogger(__name__)


class Erasing:
    """`app_ids`: account -> its AppID; an event that names another one is about somebody else's account."""

    def __init__(self, database: Database, clock: Clock, working: Working, app_ids: dict[str, str]) -> None:
        self.database = database
        self.clock = clock
        self.working = working
        self.app_ids = app_ids
        working.learn(CLEAN_UP, Doer(self.clean_up, _PATIENCE))

    def heard(self, unit: Unit, account: str, push: Push) -> None:
        """Do at once, in the unit that stores the push, what an event of WeChat demands. What may take long is ordered
        as work."""
        openid = push.from_user if push.event == UNSUBSCRIBED else push.fields.get("OpenID", "")
        named = push.fields.get("AppID", "")
        if named and named != self.app_ids.get(account):
            logger.error("an erasure for another AppID was sent to us", extra={"account": account})
            return
        user = people.known_wechat_user(unit, account, openid) if openid else None
        if user is None:
            return
        told_at = datetime.fromtimestamp(push.create_time, UTC)
        if push.event == UNSUBSCRIBED and not people.following(unit, user, False, told_at):
            return
        if push.event == MODIFIED:
            people.keep_profile(unit, user, None, None)
            done: dict[str, object] = {}
        else:
            done = self._forget(unit, user, whole=push.event in _WHOLE)
        records.audit(
            unit,
            actor_kind="far_side",
            actor_id=f"wechat:{account}",
            action="profile_modified" if push.event == MODIFIED else "wechat_user_erased",
            subject_kind="wechat_user",
            subject_id=user,
            reason=push.event,
            data={"revoked": push.fields.get("RevokeInfo", "")[:200], **done},
            now=self.clock.now(),
        )

    def _forget(self, unit: Unit, user: str, *, whole: bool) -> dict[str, object]:
        now = self.clock.now()
        done: dict[str, object] = {
            "sessions": sessions.end_all(unit, user, now),
            "verifications": verifications.forget_subjects(unit, user, now),
            "subscriptions": subscriptions.forget(unit, user),
            "consents": consents.withdraw_of_user(unit, user, now),
        }
        person_id = people.unbind(unit, user)
        if whole:
            people.erase(unit, user, now)
            if person_id is not None:
                self.working.order_again(unit, CLEAN_UP, person_id)
        else:
            holding.unbound_by_hand(unit, user)
        return done | {"binding": person_id is not None, "openid": whole}

    def clean_up(self, work: Work) -> None:
        """Delete what a person had begun and not submitted, and who they are if there is no reason to know it, unless
        another WeChat user still stands for them or they have an account with a password, be it an organisation's."""
        person_id, now = work.subject_id, self.clock.now()
        with self.database.write() as unit:
            self.working.hold(unit, CLEAN_UP, person_id)
            if not people.reachable(unit, person_id) and not accounts.all_of(unit, person_id):
                drafts.drop_all(unit, person_id)
                wards = parting.drop_guardianships(unit, person_id, now)
                for each in wards.notices:
                    self.working.end(unit, NOTIFY, each)
                parting.drop_uploads(unit, person_id)
                parting.drop_registry(unit, person_id)
                consents.withdraw(unit, person_id, (), now, but_about=wards.kept)
                parting.forget(unit, person_id)
            self.working.end(unit, CLEAN_UP, person_id)
