"""Erasing oneself: everything that no law makes us keep goes at once, and what stays is named with its ground
(PIPL art. 47).

All rows go in one transaction. Files follow it; a file that outlives a crash has no row any more, and the sweep finds
it. What a request in flight still writes afterwards is thrown away by the work that is ordered here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from wxserver.ports import Clock, FileStore
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
from wxserver.usecases.erasing import CLEAN_UP
from wxserver.usecases.held_data import as_oneself
from wxserver.usecases.notifying import NOTIFY
from wxserver.usecases.sessions import SessionView, require, signed_in
from wxserver.usecases.working import Working

FRESH_MINUTES: Final = 30
_LAW: Final = "法律要求保存办事记录"
_PROOF: Final = "收回；什么时候同意、什么时候收回，留作凭证。"


@dataclass(frozen=True, slots=True)
class Gone:
    """A kind of data that was deleted, and how many of it. `note`: what of it is kept all the same, in words."""

    code: str
    title: str
    count: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Stays:
    """A kind of data that was not deleted: how many, which (numbers of cases that go on), and on which ground."""

    code: str
    title: str
    count: int
    details: tuple[str, ...]
    ground: str


@dataclass(frozen=True, slots=True)
class Erased:
    """What came of it. Whoever asked is signed out everywhere. `notes`: what they should know, in words."""

    gone: tuple[Gone, ...]
    stays: tuple[Stays, ...]
    notes: tuple[str, ...]


class _TakenBack(Exception):
    """Nothing was deleted; this is what would have been."""

    def __init__(self, foreseen: Erased) -> None:
        super().__init__()
        self.foreseen = foreseen


class Parting:
    def __init__(self, database: Database, clock: Clock, files: FileStore, working: Working) -> None:
        self.database = database
        self.clock = clock
        self.files = files
        self.working = working

    def erase(self, session: SessionView) -> Erased:
        """Delete what is held about who is signed in, as far as the law lets us. Doing it again deletes nothing more.

        Raises AssuranceRequired where signing in is more than 30 minutes ago, Forbidden for an organisation's account.
        """
        now = self.clock.now()
        person_id = require(session, assurance="password", fresh_minutes=FRESH_MINUTES, now=now)
        as_oneself(session)
        with self.database.write() as unit:
            holding.lock(unit, person_id)
            names, erased = self._rows(unit, person_id, now)
            self.working.order_again(unit, CLEAN_UP, person_id)
            records.audit(
                unit,
                actor_kind="citizen",
                actor_id=person_id,
                action="person_erased",
                subject_kind="person",
                subject_id=person_id,
                reason="",
                data={
                    "gone": {each.code: each.count for each in erased.gone},
                    "stays": {each.code: each.count for each in erased.stays},
                },
                now=now,
            )
        for each in names:
            self.files.delete(each)
        return erased

    def foresee(self, session: SessionView) -> Erased:
        """What `erase` would delete now and what would stay, found out by doing it and taking it back, so that nothing
        else is announced than what is done. Raises Unauthenticated, and Forbidden as `erase`."""
        person_id = signed_in(session)
        as_oneself(session)
        try:
            with self.database.write() as unit:
                holding.lock(unit, person_id)
                raise _TakenBack(self._rows(unit, person_id, self.clock.now())[1])
        except _TakenBack as taken_back:
            return taken_back.foreseen

    def _rows(self, unit: Unit, person_id: str, now: datetime) -> tuple[list[str], Erased]:
        users = [each.id for each in people.reachable(unit, person_id)]
        verified = parting.forget_verified(unit, person_id, now)
        for each in users:
            verifications.forget_subjects(unit, each, now)
            subscriptions.forget(unit, each)
        live = len(holding.sessions(unit, person_id, now))
        holding.end_sessions(unit, person_id, now)
        profiles = 0
        for each in users:
            profiles += people.profile(unit, each)[0] is not None
            sessions.end_all(unit, each, now)
            people.unbind(unit, each)
            holding.unbound_by_hand(unit, each)
        account = accounts.of_person(unit, person_id)
        if account is not None and account.disabled_at is not None:
            account = None
        if account is not None:
            accounts.remove(unit, account.id, now)
        typed = drafts.drop_all(unit, person_id)
        wards = parting.drop_guardianships(unit, person_id, now)
        for each in wards.notices:
            self.working.end(unit, NOTIFY, each)
        names = parting.drop_uploads(unit, person_id)
        told = parting.drop_registry(unit, person_id)
        agreed = consents.withdraw(unit, person_id, users, now, but_about=wards.kept)
        standing = sum(each.withdrawn_at is None for each in consents.of(unit, person_id, users))
        known = parting.is_known(unit, person_id)
        forgotten = parting.forget(unit, person_id)
        gone = (
            Gone("sessions", "登录", live),
            Gone("bindings", "绑定的微信", len(users)),
            Gone("profiles", "微信昵称和头像", profiles),
            Gone("account", "账号和密码", 0 if account is None else 1),
            Gone("drafts", "没有提交的草稿", typed),
            Gone("uploads", "没有提交的材料和照片", len(names)),
            Gone("registry", "从社保卡系统查到的卡和信息", told),
            Gone("verifications", "核对身份时填的姓名和号码", verified, "核对的结果和时间留着。"),
            Gone("consents", "您的同意", agreed, _PROOF if standing else f"全部{_PROOF}"),
            Gone("guardianships", "照看孩子的登记", wards.gone),
            Gone("identity", "姓名和证件号码", int(known and forgotten)),
        )
        stays = tuple(_stays(unit, person_id, wards, standing, forgotten=forgotten))
        notes = tuple(_notes(stays, bound=bool(users)))
        return names, Erased(tuple(each for each in gone if each.count), stays, notes)


def _stays(unit: Unit, person_id: str, wards: parting.Wards, standing: int, *, forgotten: bool) -> Iterator[Stays]:
    """What is still there, counted once everything else is gone. `standing`: how many consents hold on."""
    if not forgotten:
        yield Stays("identity", "姓名和证件号码", 1, (), _ground(unit, person_id))
    left = holding.counted(unit, person_id)
    if cases := len(holding.case_numbers(unit, person_id)):
        open_ones = tuple(parting.open_numbers(unit, person_id))
        yield Stays("cases", "办件记录和交过的材料", cases, open_ones, f"{_LAW}。")
    elif left["uploads"]:
        yield Stays("uploads", "交过的材料和照片", left["uploads"], (), f"{_LAW}。")
    if left["messages"]:
        yield Stays("messages", "给您的消息", left["messages"], (), "和办件记录放在一起。")
    if left["cards"]:
        yield Stays("cards", "社保卡的卡号和状态", left["cards"], (), "办事用到的卡，和办件记录放在一起。")
    if left["accounts"]:
        yield Stays("account", "单位的账号，或者停用的账号", left["accounts"], (), "由窗口管。")
    if agencies := holding.agencies(unit, person_id):
        yield Stays("agencies", "替单位经办的登记", len(agencies), tuple(agencies), "由单位和窗口管，要留着。")
    if wards.kept:
        ground = "替孩子办的还没有办完。办完以后，您可以再登录来结束。"
        yield Stays("guardianships", "照看孩子的登记", len(wards.kept), (), ground)
    if wards.ended:
        ground = "登记到此结束，和办件记录放在一起。"
        yield Stays("guardianships_ended", "照看过孩子的登记", wards.ended, (), ground)
    if standing:
        yield Stays("consents", "替孩子办事的同意", standing, (), "替孩子办的还没有办完，先不收回。")


def _ground(unit: Unit, person_id: str) -> str:
    """Why name and document of a person stay, in a sentence."""
    grounds = {
        "cases": _LAW,
        "guardianship": "还有监护关系的登记要用",
        "agent": "您是或当过单位经办人，谁替单位办事的登记要留着",
        "account": "您还有账号由窗口管",
    }
    found = "；".join(grounds[each] for each in parting.reasons_to_stay(unit, person_id))
    return f"{found or _LAW}。"


def _notes(stays: tuple[Stays, ...], *, bound: bool) -> Iterator[str]:
    open_ones = [number for each in stays if each.code == "cases" for number in each.details]
    if open_ones:
        listed = "、".join(open_ones)
        yield f"还在办的有 {len(open_ones)} 件（{listed}），会接着办完。微信里收不到进度了，请记下编号，打 12333 问。"
    yield "谁看过您的信息、身份什么时候核对过、您同意过什么又什么时候收回，这些记录作为凭证留着。"
    if bound:
        yield "公众号还关注着。不想再收到公众号的消息，请在微信里取消关注。"
