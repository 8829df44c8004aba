"""个人中心: where a person is bound and signed in, and what is held about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from wxserver.ports import Clock, FileStore
from wxserver.store import holding, people, records, sessions, subscriptions
from wxserver.store.database import Database, Unit
from wxserver.store.holding import BindingRow, HeldSessionRow
from wxserver.usecases.catalogue import Catalogue
from wxserver.usecases.exporting import Export, Exporting
from wxserver.usecases.faults import NotFound
from wxserver.usecases.held_data import HeldKind, held_kinds
from wxserver.usecases.parting import Erased, Parting
from wxserver.usecases.seen_by import SeenBy, SeenPage
from wxserver.usecases.sessions import SessionView, signed_in
from wxserver.usecases.working import Working

_BOUND_BY: Final = {
    "face": "人脸核验",
    "password": "账号密码",
    "unionid": "同一个微信已在别处绑定",
}
_OPENED: Final = "只打开过，没有登录"


@dataclass(frozen=True, slots=True)
class BindingView:
    """A WeChat user behind whom the person stands. `account`: the official account or mini-program by name; `by`: how
    it was proven, in words; `here`: it is the one that asks."""

    id: str
    account: str
    bound_at: datetime | None
    by: str
    here: bool
    nickname: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class HeldSession:
    """A live session. `how`: how it was proven, in words; `assurance`: wechat, password, face; `current`: the one that
    asks."""

    id: str
    account: str
    device: str
    assurance: str
    how: str
    began_at: datetime
    seen_at: datetime
    current: bool


class Holding:
    """`accounts`: code of an account of ours -> its name; `providers`: code of an identity provider -> its name."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        catalogue: Catalogue,
        files: FileStore,
        working: Working,
        *,
        accounts: Mapping[str, str],
        providers: Mapping[str, str],
    ) -> None:
        self.database = database
        self.clock = clock
        self.accounts = accounts
        self.providers = providers
        self.seen_by = SeenBy(catalogue, providers)
        self.exporting = Exporting(database, clock, catalogue, self.seen_by, accounts=accounts, providers=providers)
        self.parting = Parting(database, clock, files, working)

    def bindings(self, session: SessionView) -> tuple[BindingView, ...]:
        """The WeChat users behind whom the person stands, bound last first. Raises Unauthenticated."""
        person_id = signed_in(session)
        with self.database.read() as unit:
            return tuple(self._binding(each, session) for each in holding.bindings(unit, person_id))

    def unbind(self, session: SessionView, wechat_user_id: str) -> bool:
        """From now on the person does not stand behind this WeChat user: its sessions end, its profile and its session
        key are gone, and no other account binds it again before somebody proves it. True where it was the one that
        asks, who is signed out by that.

        Raises Unauthenticated; NotFound for anybody else's, as if it did not exist.
        """
        person_id, now = signed_in(session), self.clock.now()
        with self.database.write() as unit:
            if all(each.wechat_user_id != wechat_user_id for each in holding.bindings(unit, person_id)):
                raise NotFound("没有找到这个绑定。请到“个人中心”里看。", code="unknown-binding")
            sessions.end_all(unit, wechat_user_id, now)
            subscriptions.forget(unit, wechat_user_id)
            people.unbind(unit, wechat_user_id)
            holding.unbound_by_hand(unit, wechat_user_id)
            self._audit(unit, person_id, "wechat_unbound", "wechat_user", wechat_user_id, now)
        return wechat_user_id == session.wechat_user_id

    def sessions(self, session: SessionView) -> tuple[HeldSession, ...]:
        """The person's live sessions over all their WeChat users, the one seen last first. Raises Unauthenticated."""
        person_id = signed_in(session)
        with self.database.read() as unit:
            rows = holding.sessions(unit, person_id, self.clock.now())
        return tuple(self._session(each, session) for each in rows)

    def end_session(self, session: SessionView, session_id: str) -> bool:
        """End one of the person's sessions; nothing happens where it has ended. True where it was the one that asks.

        Raises Unauthenticated; NotFound for anybody else's, as if it did not exist.
        """
        person_id, now = signed_in(session), self.clock.now()
        with self.database.write() as unit:
            ended = holding.end_session(unit, person_id, session_id, now)
            if ended is None:
                raise NotFound("没有找到这次登录。请到“个人中心”里看。", code="unknown-session")
            if ended:
                self._audit(unit, person_id, "session_ended", "session", session_id, now)
        return session_id == session.id

    def end_others(self, session: SessionView) -> int:
        """End every session of the person but the one that asks; how many. Raises Unauthenticated."""
        person_id, now = signed_in(session), self.clock.now()
        with self.database.write() as unit:
            ended = holding.end_sessions(unit, person_id, now, but=session.id)
            if ended:
                self._audit(unit, person_id, "other_sessions_ended", "person", person_id, now)
        return ended

    def data(self, session: SessionView) -> tuple[HeldKind, ...]:
        """What is held about the person, kind by kind, masked. Raises Unauthenticated."""
        person_id = signed_in(session)
        with self.database.read() as unit:
            return held_kinds(unit, person_id, self.clock.now())

    def seen(self, session: SessionView, after: str | None = None, limit: int = 20) -> SeenPage:
        """Who saw data of the person and of their cases, and to whom it was handed, newest first. `after` is the `next`
        of the page before. Raises Unauthenticated, BadRequest."""
        person_id = signed_in(session)
        with self.database.read() as unit:
            return self.seen_by.page(unit, person_id, after, limit)

    def export(self, session: SessionView) -> Export:
        """Everything that is the person's own, in clear. Raises AssuranceRequired, TooMany `too-many-exports`."""
        return self.exporting.export(session)

    def foresee(self, session: SessionView) -> Erased:
        """What `erase` would delete now, and what would stay. Raises Unauthenticated, Forbidden."""
        return self.parting.foresee(session)

    def erase(self, session: SessionView) -> Erased:
        """Delete what is held about the person, as far as the law lets us. Raises AssuranceRequired."""
        return self.parting.erase(session)

    def _binding(self, row: BindingRow, session: SessionView) -> BindingView:
        return BindingView(
            row.wechat_user_id,
            self.accounts.get(row.account, row.account),
            row.bound_at,
            _BOUND_BY.get(row.bound_by or "", "以前的登录"),
            row.wechat_user_id == session.wechat_user_id,
            row.nickname,
        )

    def _session(self, row: HeldSessionRow, session: SessionView) -> HeldSession:
        return HeldSession(
            row.id,
            self.accounts.get(row.account, row.account),
            row.device or "其他",
            row.assurance,
            self._how(row),
            row.began_at,
            row.seen_at,
            row.id == session.id,
        )

    def _how(self, row: HeldSessionRow) -> str:
        if row.person_id is None or row.proven_by is None:
            return _OPENED
        if row.proven_by == "password":
            return _BOUND_BY["password"]
        return f"人脸核验（{self.providers.get(row.proven_by, row.proven_by)}）"

    def _audit(
        self, unit: Unit, person_id: str, action: str, subject_kind: str, subject_id: str, now: datetime
    ) -> None:
        records.audit(
            unit,
            actor_kind="citizen",
            actor_id=person_id,
            action=action,
            subject_kind=subject_kind,
            subject_id=subject_id,
            reason="",
            data={},
            now=now,
        )
