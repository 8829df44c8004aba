"""What somebody says when they claim to stand for a minor, and all that is wrong with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Final

from bundles import people as documents
from bundles.acting import OF_AGE, PROOFS, is_minor
from bundles.application import Fault
from bundles.vocabulary import DOCUMENT_KINDS, UPLOAD_KINDS
from wxserver.ports import IdentityDocument
from wxserver.usecases.uploading import UNKNOWN_UPLOAD

RELATIONS: Final[Mapping[str, str]] = MappingProxyType({"parent": "父母", "other": "其他监护人"})
MOST_PROOFS: Final = 6
MOST_OF_A_KIND: Final = 2
"""Files of one kind that a guardian's page takes: two pages of the household register, two sides of a card."""
TAKEN_AS_PROOF: Final = (*PROOFS, "identity_document")


@dataclass(frozen=True, slots=True)
class Claim:
    """What somebody says of a child. `born_on`: needed where the document tells no date of birth; `consent`: version
    of the text about a child's data that was agreed to."""

    name: str = field(repr=False)
    id_type: str
    id_number: str = field(repr=False)
    relation: str
    consent: str | None
    born_on: date | None = field(default=None, repr=False)


def document_of(claim: Claim) -> IdentityDocument:
    """The child's document, its number in one form."""
    return IdentityDocument(claim.id_type, documents.canonical_number(claim.id_type, claim.id_number))


def faults_of_claim(
    claim: Claim,
    document: IdentityDocument,
    born_on: date | None,
    guardian: IdentityDocument,
    consent: str | None,
    today: date,
) -> list[Fault]:
    """All that is wrong with a claim. `consent`: the version of the text in force. Knows nothing of the child."""
    found: list[Fault] = []
    if message := documents.check_name(claim.name):
        found.append(Fault("name", "invalid", message))
    if message := documents.check_document(document.kind, document.number, today):
        path = "id_number" if document.kind in DOCUMENT_KINDS else "id_type"
        found.append(Fault(path, "invalid", message))
    elif documents.to_eighteen(document.number) == documents.to_eighteen(guardian.number):
        found.append(Fault("id_number", "oneself", "这是您自己的证件号码。请填写孩子的证件号码。"))
    elif born_on is None:
        found.append(Fault("born_on", "required", "这种证件上没有出生日期，请填写孩子的出生日期。"))
    elif born_on > today:
        found.append(Fault("born_on", "future", "出生日期还没有到，请对照证件再看一遍。"))
    elif not is_minor(born_on, today):
        sentence = f"这个人已经满 {OF_AGE} 周岁，办事要由本人来，不能登记成您照看的孩子。"
        found.append(Fault("id_number" if claim.born_on is None else "born_on", "of-age", sentence))
    if claim.relation not in RELATIONS:
        found.append(Fault("relation", "invalid", "请选您是孩子的父母，还是其他监护人。"))
    found += faults_of_consent(claim.consent, consent)
    own = documents.birth_date(guardian.kind, guardian.number)
    if own is not None and is_minor(own, today):
        found.append(Fault("relation", "guardian-minor", f"监护人要满 {OF_AGE} 周岁，请由成年的监护人来登记。"))
    return found


def faults_of_proofs(wanted: Sequence[str], kinds: Mapping[str, str]) -> list[Fault]:
    """What is wrong with the papers: `kinds`, by id, of those that are the guardian's own."""
    found = _faults_of_each(wanted, kinds)
    if len(wanted) > MOST_PROOFS:
        found.append(Fault("uploads", "too-many", f"最多 {MOST_PROOFS} 张，请去掉几张。"))
    missing = [UPLOAD_KINDS[kind] for kind in PROOFS if kind not in kinds.values()]
    if missing and not found:
        found.append(Fault("uploads", "required", f"还要上传：{'、'.join(missing)}。"))
    return found


def faults_of_added(wanted: Sequence[str], kinds: Mapping[str, str], kept: Collection[tuple[str, str]]) -> list[Fault]:
    """What is wrong with papers put beside others; all need not be there. `kept`: (kind, digest) of what would stand
    there then. More than fit are told at their kind."""
    found = _faults_of_each(wanted, kinds)
    held = Counter(kind for kind, _ in kept)
    found += [Fault(kind, "too-many", too_many(kind)) for kind in TAKEN_AS_PROOF if held[kind] > MOST_OF_A_KIND]
    return found


def too_many(kind: str) -> str:
    return f"{UPLOAD_KINDS[kind]}最多 {MOST_OF_A_KIND} 份。要换的，请先删除一份，再选新的。"


def _faults_of_each(wanted: Sequence[str], kinds: Mapping[str, str]) -> list[Fault]:
    found = [
        Fault(f"uploads.{index}", "unknown-upload", UNKNOWN_UPLOAD)
        for index, each in enumerate(wanted)
        if each not in kinds
    ]
    found += [
        Fault(f"uploads.{index}", "upload-not-asked", "这里只要户口簿、监护关系证明和身份证件，请去掉这一张。")
        for index, each in enumerate(wanted)
        if each in kinds and kinds[each] not in TAKEN_AS_PROOF
    ]
    return found


def faults_of_consent(given: str | None, in_force: str | None) -> list[Fault]:
    """At most one: nothing was agreed to, or not the version in force."""
    if not given:
        return [Fault("consent", "required", "请先看过说明，勾选同意，再点一次。")]
    if given != in_force:
        return [Fault("consent", "outdated", "说明有更新，请看过新的说明，再勾选同意。")]
    return []
