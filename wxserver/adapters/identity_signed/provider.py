"""The ports `IdentityProvider` and `VerificationCallbacks` for a provider that signs as the contract says.

A result is believed from a signed callback or from our own question, both read by the same strict rules.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast

from wxserver.adapters.identity_signed.sm3 import V1SM3
from wxserver.ports import Clock, Http, Question, StartedVerification, VerificationRequest, VerificationResult
from wxserver.ports.documents import Document, Malformed
from wxserver.ports.identity import Group, Way
from wxserver.ports.signatures import V1, Webhooks
from wxserver.ports.signed_calls import SignedCalls, segment

VERIFIABLE = frozenset(
    {
        "resident_id",
        "hmt_residence_permit",
        "hk_macao_permit",
        "taiwan_permit",
        "permanent_residence",
        "passport",
        "officer_card",
    }
)
_GROUPS: Mapping[str, Group] = {
    "liveness": "again",
    "poor-image": "again",
    "device": "again",
    "network": "again",
    "vendor-fault": "ours",
    "quota": "ours",
    "not-authorised": "ours",
}
_SCHEMES = {each.tag: each for each in (V1, V1SM3)}
_RESULTS = frozenset({"passed", "failed", "cancelled", "expired"})
_LEVELS = frozenset({"face", "password"})
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
_PAGE = re.compile(r"https?://[A-Za-z0-9.\-\[\]:]+[!-~]*", re.ASCII)


class SignedIdentityProvider:
    """One provider. `name`: its code in URLs and tables; `title`: what citizens read.

    `secrets`: `whsec_…`, at least one; the first signs our calls, all of them are accepted on callbacks while keys are
    rotated. `algorithms`: `v1` (HMAC-SHA256), `v1sm3` (HMAC-SM3), in the same way. `documents`: the kinds it verifies.
    `http` bounds each call in time. Calls raise `Unavailable` or `Refused`.
    """

    def __init__(
        self,
        name: str,
        title: str,
        base_url: str,
        secrets: Sequence[str],
        http: Http,
        clock: Clock,
        *,
        algorithms: Sequence[str] = ("v1",),
        documents: frozenset[str] = VERIFIABLE,
    ) -> None:
        self._documents = documents
        self._name = name
        self._title = title
        schemes = [_SCHEMES[each] for each in algorithms]
        self._webhooks = Webhooks(secrets, schemes)
        self._calls = SignedCalls(f"identity provider {name}", base_url, secrets[0], http, clock, scheme=schemes[0])

    @property
    def name(self) -> str:
        """Its code in URLs and tables."""
        return self._name

    @property
    def title(self) -> str:
        """What citizens read."""
        return self._title

    @property
    def way(self) -> Way:
        """How the person gets there."""
        return "page"

    @property
    def documents(self) -> frozenset[str]:
        """The kinds of identity document it can verify."""
        return self._documents

    @property
    def asks_consent(self) -> bool:
        """Its page asks before it uses the face (JY-5)."""
        return True

    def start(self, request: VerificationRequest) -> StartedVerification:
        """Begin a verification; the person is then sent to its `url`."""
        document = {
            "reference": request.reference,
            "name": request.name,
            "id_type": request.document.kind,
            "id_number": request.document.number,
            "return_url": request.return_url,
            "callback_url": request.callback_url,
            "purpose": request.purpose,
        }
        return self._calls.call("POST", "/verifications", _started, document)

    def ask(self, question: Question) -> VerificationResult | None:
        """The result as the provider knows it, None while there is none."""
        provider_reference = question.provider_reference

        def read(answer: Document) -> VerificationResult | None:
            if answer.text("provider_reference") != provider_reference:
                raise Malformed("provider_reference is not the one asked for")
            return None if answer.raw("result") is None else _result(answer)

        return self._calls.call("GET", f"/verifications/{segment(provider_reference)}", read)

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> str:
        """The message id of an authentic callback, else `BadSignature`."""
        return self._webhooks.verify(headers, body, now)

    def parse_callback(self, body: bytes) -> VerificationResult:
        """Read the body of an authentic callback. Unknown fields are ignored; raises `Malformed` for a wrong type."""
        callback = Document.parse(body)
        if callback.text("type") != "verification.completed":
            raise Malformed("type is not verification.completed")
        callback.instant("timestamp")
        return _result(callback.object("data"))


def _started(answer: Document) -> StartedVerification:
    reference, url = answer.text("provider_reference", longest=128), answer.text("url", longest=2048)
    segment(reference)
    if not _PAGE.fullmatch(url):
        raise Malformed("url is no http address")
    return StartedVerification(reference, url, answer.instant("expires_at"))


def _result(data: Document) -> VerificationResult:
    result = data.text("result")
    if result not in _RESULTS:
        raise Malformed(f"{data.path('result')} is none of the agreed results")
    level = data.text_or_none("level")
    if level is not None and level not in _LEVELS:
        raise Malformed(f"{data.path('level')} is none of the agreed levels")
    digest = data.text_or_none("subject_digest")
    if digest is not None and not _DIGEST.fullmatch(digest):
        raise Malformed(f"{data.path('subject_digest')} is no SHA-256 in lower-case hex")
    verified_at = data.instant_or_none("verified_at")
    if result == "passed" and (level is None or digest is None or verified_at is None):
        raise Malformed("a passed verification lacks its level, its instant or its subject")
    return VerificationResult(
        reference=data.text("reference", longest=128),
        provider_reference=data.text("provider_reference", longest=128),
        result=result,
        group=_group(result, data.text_or_none("fail_code", longest=64)),
        fail_code=data.text_or_none("fail_code", longest=64),
        verified_at=verified_at,
        level=level,
        subject_digest=digest,
    )


def _group(result: str, fail_code: str | None) -> Group:
    if result == "failed":
        return _GROUPS.get(fail_code or "", "mismatch")
    return cast("Group", result)
