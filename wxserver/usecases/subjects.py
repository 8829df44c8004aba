"""Whom a verification is to be about, by whom, and with what consent: all that is wrong at once, before anything is
sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bundles import people as documents
from bundles.engine import Fault
from bundles.ports import IdentityDocument
from bundles.vocabulary import DOCUMENT_KINDS
from bundles.working_days import legal_date
from wxserver.ports import IdentityProvider
from wxserver.store import people
from wxserver.store.database import Database, Unit
from wxserver.usecases.consenting import FACE, IDENTITY, Consenting
from wxserver.usecases.faults import FarSideAway, Invalid
from wxserver.usecases.sessions import SessionView, signed_in
from wxserver.usecases.submissions import Submission
from wxserver.usecases.verifiers import AWAY, Verifiers

PURPOSES: Final = ("sign-in", "case")
VERIFIABLE: Final = (
    "resident_id",
    "hmt_residence_permit",
    "hk_macao_permit",
    "taiwan_permit",
    "permanent_residence",
    "passport",
    "officer_card",
)
"""Documents that prove who somebody is; a household register or a card does not."""
_FORM: Final = ("name", "id_type", "id_number", "consent", "face_consent", "provider")
"""The fields of the form as they stand on the page, so that what is wrong is read in that order."""


@dataclass(frozen=True, slots=True)
class StartVerification:
    """What a person hands in. Name and document may be absent for a WeChat user bound to a person already.

    `consent`, `face_consent`: versions of the texts that were ticked. `content` and `key`: the application that a
    verification for a case is made for, and the key under which it will be submitted; without them it is for signing
    in again. `face_only`: a password is not enough for what it is made for, so nobody is told to use one.
    """

    provider: str
    name: str | None
    id_type: str | None
    id_number: str | None
    consent: str | None
    purpose: str = "sign-in"
    next_path: str = "/"
    leaving: bool = False
    face_consent: str | None = None
    content: Submission | None = None
    key: str | None = None
    face_only: bool = False

    def __repr__(self) -> str:
        return f"StartVerification({self.provider})"


class Subjects:
    def __init__(self, database: Database, consenting: Consenting, verifiers: Verifiers) -> None:
        self.database = database
        self.consenting = consenting
        self.verifiers = verifiers

    def of(
        self, session: SessionView, asked: StartVerification, now: datetime
    ) -> tuple[IdentityProvider, str, IdentityDocument]:
        """The provider, and whom it is to verify. Raises Invalid with all faults, in the order of the form."""
        faults: list[Fault] = []
        provider = self.verifiers.find(session, asked.provider)
        if provider is None:
            faults.append(Fault("provider", "unknown", "没有这种核验方式，请换一种。"))
        if asked.purpose not in PURPOSES or (asked.content is not None and asked.purpose != "case"):
            faults.append(Fault("purpose", "unknown", "核验的用途不对，请重新登录。"))
        if asked.content is not None and not asked.key:
            faults.append(Fault("key", "required", "请写明这份申请要用的提交编号。"))
        with self.database.read() as unit:
            user = people.wechat_user(unit, session.wechat_user_id)
            whose = signed_in(session) if asked.content is not None else user.person_id
            bound = people.person(unit, whose) if whose else None
            if bound is not None and (asked.content is not None or (asked.name is None and asked.id_number is None)):
                name, document, typed = bound.name, bound.document, None
            else:
                name, document, more = _typed(asked, now)
                faults += more
                typed = document
            consent_faults = self._consent_faults(unit, session, provider, asked, typed)
        if (
            provider is not None
            and document.kind not in provider.documents
            and not any(each.path == "id_type" for each in faults)
        ):
            faults.append(self._cannot(session, provider, document, asked.face_only))
        faults += consent_faults
        if faults or provider is None:
            raise Invalid.of(sorted(faults, key=lambda each: _FORM.index(each.path) if each.path in _FORM else -1))
        return provider, name, document

    def _consent_faults(
        self,
        unit: Unit,
        session: SessionView,
        provider: IdentityProvider | None,
        asked: StartVerification,
        typed: IdentityDocument | None,
    ) -> list[Fault]:
        """What is still to be ticked, and what was ticked in words that are no longer the current ones. `typed`: the
        document of who need not be the one whom this WeChat stands for."""
        current = self.consenting.versions(unit)
        needed = (IDENTITY,) if provider is None else self.needed(unit, session, provider, typed)
        found = []
        for path, purpose, version, act in (
            ("consent", IDENTITY, asked.consent, "我同意用人脸核对本人身份"),
            ("face_consent", FACE, asked.face_consent, "我同意采集和比对我的人脸"),
        ):
            if not version and purpose in needed:
                found.append(Fault(path, "required", f"请先勾选“{act}”，再开始核验。"))
            elif version and version != current.get(purpose):
                found.append(Fault(path, "outdated", "说明有更新，请看过新的说明，再勾选同意。"))
        return found

    def needed(
        self, unit: Unit, session: SessionView, provider: IdentityProvider, typed: IdentityDocument | None = None
    ) -> tuple[str, ...]:
        """What the person whose WeChat it is, or who has `typed` this document there, must still agree to before this
        provider is asked. Nobody agrees for anybody else."""
        purposes = asked_before(provider)
        if typed is not None:
            return self.consenting.needed_of(unit, session.wechat_user_id, typed, purposes)
        return self.consenting.needed(unit, session.wechat_user_id, session.person_id, purposes)

    def _cannot(
        self, session: SessionView, provider: IdentityProvider, document: IdentityDocument, face_only: bool
    ) -> Fault:
        """A provider can't verify such a document: who can, or how it goes without."""
        kind = DOCUMENT_KINDS.get(document.kind, "这种证件")
        others = self.verifiers.others(session, provider.name, document.kind)
        if others:
            names = "或".join(f"“{each.title}”" for each in others)
            return Fault("provider", "document-not-served", f"“{provider.title}”核不了{kind}，请改用{names}。")
        window = "办。" if face_only else "，窗口当场给您开账号，以后用账号密码登录。"
        sentence = f"{kind}在网上还核不了人脸。请带证件原件到窗口{window}"
        return Fault("id_type", "document-not-served", sentence)

    def away(
        self, session: SessionView, provider: IdentityProvider, document: IdentityDocument, *, face_only: bool = False
    ) -> FarSideAway:
        """What somebody is told whose provider does not answer: whom else to choose."""
        others = self.verifiers.others(session, provider.name, document.kind)
        by_password = "" if face_only else "，可以用账号密码登录"
        instead = f"，可以改用“{others[0].title}”" if others else by_password
        sentence = f"“{provider.title}”暂时没有回音{instead}。也可以过一会儿再试，或带证件到窗口办。您填的都还在。"
        return FarSideAway(sentence, faults=[Fault("provider", AWAY, sentence)])


def asked_before(provider: IdentityProvider) -> tuple[str, ...]:
    """The purposes to which a person must have agreed before this provider is asked."""
    return (IDENTITY,) if provider.asks_consent else (IDENTITY, FACE)


def _typed(asked: StartVerification, now: datetime) -> tuple[str, IdentityDocument, list[Fault]]:
    """Name and document as they were typed, normalised, and what is wrong with them."""
    faults: list[Fault] = []
    kind = asked.id_type or "resident_id"
    if fault := documents.check_name(asked.name or ""):
        faults.append(Fault("name", "invalid", fault))
    if kind not in VERIFIABLE:
        faults.append(Fault("id_type", "unknown", "请选一种证件。"))
    elif fault := documents.check_document(kind, asked.id_number or "", legal_date(now)):
        faults.append(Fault("id_number", "invalid", fault))
    number = documents.canonical_number(kind, asked.id_number or "")
    return documents.normalise_name(asked.name or ""), IdentityDocument(kind, number), faults
