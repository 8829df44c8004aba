"""What is held about a person, kind by kind: how much, and how long it stays (PIPL art. 17, 45)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from bundles.masking import mask_name, mask_number
from bundles.vocabulary import DOCUMENT_KINDS
from wxserver.store import consents, guardianships, holding, parting, people
from wxserver.store.database import Unit
from wxserver.usecases.faults import Forbidden
from wxserver.usecases.sessions import SessionView

_MOST_NUMBERS: Final = 20
"""Case numbers that are listed; the others stand under 我的办件."""


@dataclass(frozen=True, slots=True)
class HeldKind:
    """A kind of data. `details`: masked, or numbers of cases, the newest few; `kept`: how long it stays, in words;
    `erasable`: whether the person can have it deleted now."""

    code: str
    title: str
    count: int
    details: tuple[str, ...] = field(repr=False)
    kept: str
    erasable: bool


def as_oneself(session: SessionView) -> None:
    """Go on only where nobody is signed in with an organisation's account, of which others may know the password.

    Raises Forbidden `own-account-needed`.
    """
    if session.unit is not None:
        sentence = "现在是用单位账号登录的。请用自己的账号或人脸登录，再来办这一步。"
        raise Forbidden(sentence, code="own-account-needed")


def held_kinds(unit: Unit, person_id: str, now: datetime) -> tuple[HeldKind, ...]:
    """Everything that is held about a person, the kinds of which there is nothing too."""
    return tuple(_kinds(unit, person_id, now))


def _kinds(unit: Unit, person_id: str, now: datetime) -> Iterator[HeldKind]:
    count = holding.counted(unit, person_id)
    person = people.person(unit, person_id)
    numbers = holding.case_numbers(unit, person_id)
    bound = holding.bindings(unit, person_id)
    who = (mask_name(person.name), DOCUMENT_KINDS.get(person.document.kind, ""), mask_number(person.document.number))
    with_cases = "和办件记录放在一起，法律要求保存多久，就保存多久。"
    why = parting.reasons_to_stay(unit, person_id)
    named = with_cases if "cases" in why else "您是或当过单位经办人，谁替单位办事的登记要留着。"
    stays = bool({"cases", "agent"}.intersection(why))
    yield HeldKind(
        "identity",
        "姓名和证件号码",
        1,
        who,
        named if stays else "到您删除为止。",
        not stays,
    )
    yield HeldKind("bindings", "绑定的微信", len(bound), (), "到您解除绑定为止。", True)
    profiles = sum(each.nickname is not None for each in bound)
    yield HeldKind("profiles", "微信昵称和头像", profiles, (), "到您收回同意为止。", True)
    yield HeldKind("account", "账号和密码", count["accounts"], (), "到您注销账号为止。", True)
    yield HeldKind(
        "sessions", "登录", len(holding.sessions(unit, person_id, now)), (), "最多 30 天，您可以随时退出。", True
    )
    yield HeldKind("drafts", "没有提交的草稿", count["drafts"], (), "30 天，提交或删掉就没有了。", True)
    yield HeldKind(
        "uploads", "材料和照片", count["uploads"], (), "没有用到的，1 天后删掉；交了的，和办件记录一起保存。", True
    )
    newest = tuple(reversed(numbers[-_MOST_NUMBERS:]))
    yield HeldKind("cases", "办件", len(numbers), newest, "法律要求保存多久，就保存多久。", False)
    yield HeldKind("messages", "给您的消息", count["messages"], (), with_cases, False)
    yield HeldKind(
        "cards", "社保卡的卡号和状态", count["cards"], (), "到您删除为止；办过事的卡，和办件一起保存。", True
    )
    yield HeldKind("registry", "从社保卡系统查到的信息", count["registry_answers"], (), "1 小时。", True)
    yield HeldKind("verifications", "核对身份的记录", count["verifications"], (), "结果和时间作为凭证保存。", False)
    wards = tuple(mask_name(each.name) for each in guardianships.of_guardian(unit, person_id) if each.state != "ended")
    yield HeldKind(
        "guardianships",
        "照看孩子的登记",
        len(wards),
        wards,
        "到您结束，或孩子满 18 岁为止；办过事的，和办件一起保存。",
        True,
    )
    agencies = tuple(holding.agencies(unit, person_id))
    yield HeldKind("agencies", "替单位经办的登记", len(agencies), agencies, "由单位和窗口管，要留着。", False)
    users = [each.wechat_user_id for each in bound]
    agreed = len(consents.of(unit, person_id, users))
    yield HeldKind("consents", "您的同意", agreed, (), "您可以随时收回；给过和收回的时间作为凭证保存。", False)
