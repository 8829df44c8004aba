"""Consents: asked separately, versioned, recorded, listed, and taken back (PIPL art. 14-16, 29-31;
facts/identity-and-law.md §3).

Taking one back undoes nothing that was done while it held (art. 15), and nobody loses the service for it (art. 16): the
account with its password and the window stay open.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final

from bundles.engine import Fault
from bundles.masking import mask_name
from bundles.ports import IdentityDocument
from wxserver.ports import Clock
from wxserver.store import consents, guardianships, people, records
from wxserver.store.consents import ConsentRow
from wxserver.store.database import Database, Unit
from wxserver.store.tables.identity import ConsentText as Row
from wxserver.usecases.faults import Conflict, Invalid, NotFound
from wxserver.usecases.sessions import SessionView

IDENTITY: Final = "identity_verification"
FACE: Final = "face"
PROFILE: Final = "wechat_profile"
CHILD_DATA: Final = "child_data"
REUSE: Final = "reuse_materials"

EFFECTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        IDENTITY: "下次核对身份时，会先再问您。以前核对的结果不变，已经办的事不受影响。",
        FACE: "下次用人脸登录时，会先再问您。不用人脸，也可以用账号密码登录，或带证件到窗口办。",
        PROFILE: "您的微信昵称和头像马上删掉，不影响办事。",
        CHILD_DATA: "您在这里不再替这个孩子办事，登记的监护关系会结束。已经办的事不受影响。以后要办，可以重新登记，"
        "或带户口簿到窗口。",
        REUSE: "下次要用以前的材料时，会先再问您。已经用过的那一次不变。",
    }
)
"""Purpose -> what taking it back does, told beforehand."""
_NO_EFFECT: Final = "收回以后不再这样使用您的信息。已经办的事不受影响。"


@dataclass(frozen=True, slots=True)
class ConsentText:
    purpose: str
    version: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class GivenConsent:
    """Something that a person agreed to. `about`: the child whose data it is about, masked; `effect`: what taking it
    back does, in words."""

    id: str
    purpose: str
    title: str
    version: str
    given_at: datetime
    withdrawn_at: datetime | None
    about: str | None = field(repr=False)
    effect: str


class Consenting:
    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.clock = clock

    def current(self) -> tuple[ConsentText, ...]:
        """The text in force for each purpose."""
        with self.database.read() as unit:
            return tuple(_view(row) for row in consents.current(unit))

    def text(self, purpose: str) -> ConsentText:
        """The text in force for one purpose."""
        for each in self.current():
            if each.purpose == purpose:
                return each
        raise NotFound("没有这份说明。", code="unknown-consent")

    def versions(self, unit: Unit) -> Mapping[str, str]:
        """Purpose -> the version in force."""
        return {row.purpose: row.version for row in consents.current(unit)}

    def in_force(self, unit: Unit, wechat_user_id: str, person_id: str | None, purpose: str) -> bool:
        """Whether this WeChat user, or the person, agreed to the text in force, and still does."""
        return not self.needed(unit, wechat_user_id, person_id, (purpose,))

    def needed(
        self, unit: Unit, wechat_user_id: str, person_id: str | None, purposes: tuple[str, ...]
    ) -> tuple[str, ...]:
        """Those of the purposes whose text in force nobody has agreed to, or not any more."""
        held = consents.standing(unit, wechat_user_id, person_id)
        versions = self.versions(unit)
        return tuple(each for each in purposes if (each, versions.get(each)) not in held)

    def needed_of(
        self, unit: Unit, wechat_user_id: str, document: IdentityDocument, purposes: tuple[str, ...]
    ) -> tuple[str, ...]:
        """As `needed`, for the person with this document, who uses this WeChat."""
        held = consents.standing_of(unit, wechat_user_id, document)
        versions = self.versions(unit)
        return tuple(each for each in purposes if (each, versions.get(each)) not in held)

    def record(
        self,
        unit: Unit,
        *,
        wechat_user_id: str,
        person_id: str | None,
        purpose: str,
        version: str,
        verification_id: str | None = None,
        about_id: str | None = None,
    ) -> str:
        """Keep the proof that somebody agreed; its id. `about_id`: the minor whose data it is about."""
        return consents.give(
            unit,
            wechat_user_id=wechat_user_id,
            person_id=person_id,
            purpose=purpose,
            version=version,
            verification_id=verification_id,
            about_id=about_id,
            now=self.clock.now(),
        )

    def belong_to(self, unit: Unit, verification_id: str, person_id: str) -> None:
        """What was agreed to for a verification was agreed to by this person."""
        consents.belong_to(unit, verification_id, person_id)

    def give(self, session: SessionView, purpose: str, version: str) -> None:
        """Agree to a text about one's own data; agreeing again to what one agrees to already adds nothing.

        Raises NotFound `unknown-consent`, Invalid (`outdated`, fault at `version`) unless the version is the one in
        force, Invalid (`about-a-child`, at `purpose`) for what is agreed to child by child.
        """
        with self.database.write() as unit:
            in_force = self.versions(unit).get(purpose)
            if in_force is None:
                raise NotFound("没有这份说明。", code="unknown-consent")
            if purpose == CHILD_DATA:
                sentence = "孩子的信息，请在登记孩子的时候勾选同意。"
                raise _invalid(Fault("purpose", "about-a-child", sentence))
            if version != in_force:
                sentence = "说明有更新，请看过新的说明，再勾选同意。" if version else "请先看过说明，勾选同意，再继续。"
                raise _invalid(Fault("version", "outdated", sentence))
            if not self.in_force(unit, session.wechat_user_id, session.person_id, purpose):
                self.record(
                    unit,
                    wechat_user_id=session.wechat_user_id,
                    person_id=session.person_id,
                    purpose=purpose,
                    version=version,
                )

    def given(self, session: SessionView) -> tuple[GivenConsent, ...]:
        """What this person agreed to, through whichever WeChat user, newest first; also what they took back. Where
        nobody has signed in: what was agreed to from this WeChat before anybody was known."""
        with self.database.read() as unit:
            rows = consents.of(unit, session.person_id, _users(unit, session))
            return tuple(_given(unit, each, session.person_id) for each in rows)

    def withdraw(self, session: SessionView, consent_id: str) -> GivenConsent:
        """Take back a consent, and with it every other one to the same purpose (and child) that stands; their rows stay
        as proof. What follows at once is in `EFFECTS`. Nothing happens to one that was taken back before.

        Raises NotFound for anybody else's, as if it did not exist; Conflict `case-open`, with the number, where a case
        of the child is still open.
        """
        now = self.clock.now()
        with self.database.write() as unit:
            users = _users(unit, session)
            row = consents.one_of(unit, consent_id, session.person_id, users)
            if row is None:
                raise NotFound("没有找到这份同意。请到“个人中心”里看。", code="unknown-consent")
            if row.withdrawn_at is None:
                if row.purpose == CHILD_DATA and row.about_id is not None and row.person_id is not None:
                    self._part_from(unit, row.person_id, row.about_id, now)
                consents.withdraw(unit, session.person_id, users, now, purpose=row.purpose, about_id=row.about_id)
                if row.purpose == PROFILE:
                    for each in {*users, row.wechat_user_id}:
                        people.keep_profile(unit, each, None, None)
                self._audit(unit, session, "consent_withdrawn", row, now)
            found = consents.one_of(unit, consent_id, session.person_id, users)
            return _given(unit, found or row, session.person_id)

    def publish(self, texts: Iterable[Mapping[str, str]]) -> int:
        """Add the texts that are new; how many were. A known version keeps its words: changing them is refused."""
        added = 0
        with self.database.write() as unit:
            for each in texts:
                known = consents.text(unit, each["purpose"], each["version"])
                if known is not None and known.text != each["text"]:
                    raise ValueError(
                        f"consent {each['purpose']} {each['version']} was published with other words: "
                        "give the new text a new version"
                    )
                if known is None:
                    consents.add_text(unit, now=self.clock.now(), **each)
                    added += 1
        return added

    def _part_from(self, unit: Unit, guardian_id: str, minor_id: str, now: datetime) -> None:
        """End the guardianship of a child whose data may no longer be used."""
        between = guardianships.between(unit, guardian_id, minor_id)
        found = None if between is None else guardianships.by_id(unit, between.id, lock=True)
        if found is None or found.state == "ended":
            return
        number = guardianships.open_number(unit, found.id)
        if number is not None:
            raise Conflict(
                f"您替这个孩子办的还有一件没有办完，编号 {number}。办完以后再来收回。",
                code="case-open",
                extra={"number": number},
            )
        guardianships.end(unit, found.id, now)
        records.audit(
            unit,
            actor_kind="citizen",
            actor_id=guardian_id,
            action="guardianship_ended",
            subject_kind="guardianship",
            subject_id=found.id,
            reason="consent withdrawn",
            data={},
            now=now,
        )

    def _audit(self, unit: Unit, session: SessionView, action: str, row: ConsentRow, now: datetime) -> None:
        records.audit(
            unit,
            actor_kind="citizen",
            actor_id=session.person_id,
            action=action,
            subject_kind="consent",
            subject_id=row.id,
            reason="",
            data={"purpose": row.purpose, "version": row.version},
            now=now,
        )


def _users(unit: Unit, session: SessionView) -> list[str]:
    """The WeChat users through whom somebody may have agreed: this session's and, signed in, all of the person's."""
    if session.person_id is None:
        return [session.wechat_user_id]
    theirs = [each.id for each in people.reachable(unit, session.person_id)]
    here = people.wechat_user(unit, session.wechat_user_id)
    return theirs if here.person_id not in (None, session.person_id) else [*{*theirs, here.id}]


def _invalid(fault: Fault) -> Invalid:
    return Invalid(fault.message, code=fault.code, faults=[fault])


def _given(unit: Unit, row: ConsentRow, person_id: str | None) -> GivenConsent:
    about = None
    if row.about_id is not None and person_id is not None:
        between = guardianships.between(unit, person_id, row.about_id)
        about = mask_name(between.name) if between is not None else "孩子"
    effect = EFFECTS.get(row.purpose, _NO_EFFECT)
    return GivenConsent(
        row.id, row.purpose, row.title or row.purpose, row.version, row.given_at, row.withdrawn_at, about, effect
    )


def _view(row: Row) -> ConsentText:
    return ConsentText(row.purpose, row.version, row.title, row.text)
