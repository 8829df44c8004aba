"""Who verifies persons, and how the server asks them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from bundles.people import subject_digest
from bundles.ports import IdentityDocument
from wxserver.ports.webhooks import WebhookVerifier

Group = Literal["passed", "again", "mismatch", "ours", "cancelled", "expired"]
"""What a result means for the next try (facts/identity-and-law.md §1).

`again`: nobody's fault, costs no attempt; `mismatch`: not this person, counts and locks in the end; `ours`: a fault of
ours or the vendor's, costs no attempt and alerts us.
"""
Way = Literal["page", "client"]
"""`page`: the person goes to an address; `client`: the mini-program calls WeChat with a number that we fetched."""


@dataclass(frozen=True, slots=True)
class VerificationRequest:
    """Ask a provider to verify a person.

    `reference`: ours, 32 characters of `[A-Za-z0-9_-]`, never used twice; `purpose`: `sign-in` or `case`; `account`
    and `openid`: the WeChat user who asks, `account` by its name in the configuration.
    """

    reference: str
    name: str = field(repr=False)
    document: IdentityDocument = field(repr=False)
    return_url: str
    callback_url: str
    purpose: str
    account: str
    openid: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class StartedVerification:
    """A verification that waits for the person until `expires_at`: at `url`, or, where the way is `client`, in the
    mini-program under `provider_reference` (at most 256 characters), and `url` is None."""

    provider_reference: str
    url: str | None
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Question:
    """Ask how a verification ended: what it was started with."""

    reference: str
    provider_reference: str = field(repr=False)
    name: str = field(repr=False)
    document: IdentityDocument = field(repr=False)
    account: str
    openid: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class VerificationResult:
    """How a verification ended: `passed`, `failed`, `cancelled` or `expired`.

    `group`: what it means for the next try. `fail_code`: stable, at most 64 characters.
    `level`: `face` or `password`. `subject_digest`: who was verified (contract, "Generic signed provider"); level,
    instant and digest are always there when it passed. `reference` is ours.
    """

    reference: str
    provider_reference: str
    result: str
    group: Group
    fail_code: str | None
    verified_at: datetime | None
    level: str | None
    subject_digest: str | None


def ended(question: Question, group: Group, fail_code: str | None, now: datetime) -> VerificationResult:
    """The result of a verification that was asked for by name and number, for providers that answer no more than that:
    passed by face at `now`, or not passed for `fail_code`."""
    passed, document = group == "passed", question.document
    return VerificationResult(
        reference=question.reference,
        provider_reference=question.provider_reference,
        result="failed" if group in ("again", "mismatch", "ours") else group,
        group=group,
        fail_code=fail_code,
        verified_at=now if passed else None,
        level="face" if passed else None,
        subject_digest=subject_digest(document.kind, document.number, question.name) if passed else None,
    )


class IdentityProvider(Protocol):
    """Someone who verifies persons. Its calls raise `Unavailable` or `Refused`."""

    @property
    def name(self) -> str:
        """Its code in URLs and tables."""

    @property
    def title(self) -> str:
        """What citizens read."""

    @property
    def way(self) -> Way:
        """How the person gets there."""

    @property
    def documents(self) -> frozenset[str]:
        """The kinds of identity document it can verify (`vocabulary.DOCUMENT_KINDS`)."""

    @property
    def asks_consent(self) -> bool:
        """Whether its own page asks for the consent to use the face before it does; else we must have asked."""

    def start(self, request: VerificationRequest) -> StartedVerification:
        """Begin. `Refused` where it does not take this person or document, with a sentence for the citizen."""

    def ask(self, question: Question) -> VerificationResult | None:
        """The result as the provider knows it, None while there is none."""


class VerificationCallbacks(WebhookVerifier, Protocol):
    """The side of a provider that calls back."""

    def parse_callback(self, body: bytes) -> VerificationResult:
        """Read the body of an authentic callback; raises `Malformed`, a ValueError."""
