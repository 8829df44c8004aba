"""WeChat's face verification 2.0 for mini-programs (facts/identity-and-law.md §1.3): getverifyid, the client's
`wx.requestFacialVerify`, queryverifyinfo.

The client's success only says that the flow is over; what counts is our own question. Pictures are never fetched.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from bundles.ports import Refused, Unavailable
from wxserver.adapters.wechat.crypto import cert_hash
from wxserver.adapters.wechat.errors import MISCONFIGURED
from wxserver.ports import (
    Clock,
    Question,
    StartedVerification,
    VerificationRequest,
    VerificationResult,
    WeChatCalls,
    WeChatRefused,
)
from wxserver.ports.documents import Document, Malformed
from wxserver.ports.identity import Group, Way, ended

_log = logging.getLogger(__name__)

_START: Final = "/cityservice/face/identify/getverifyid"
_ASK: Final = "/cityservice/face/identify/queryverifyinfo"
_IDENTITY_CARD: Final = "IDENTITY_CARD"
_PASSED: Final = 10000
_LONGEST_ID: Final = 256

UNFINISHED: Final = frozenset({10005, 10300})
"""`verify_ret` before the end: the flow is under way, or the person has not gone through with it."""
RESULTS: Final[Mapping[int, tuple[Group, str]]] = {
    10003: ("mismatch", "identity-mismatch"),
    10004: ("mismatch", "face-mismatch"),
    10026: ("mismatch", "no-record"),
    **dict.fromkeys((10002, 10010, 10021, 10042), ("again", "liveness")),
    10020: ("again", "timeout"),
    90001: ("again", "device"),
    90109: ("again", "device"),
    **dict.fromkeys(range(90002, 90007), ("cancelled", "user-cancelled")),
    90007: ("again", "network"),
    90012: ("again", "network"),
    **dict.fromkeys(range(90008, 90011), ("again", "permission")),
    **dict.fromkeys((90011, 90013, 90014), ("again", "liveness")),
    90017: ("again", "timeout"),
    90107: ("again", "timeout"),
    90018: ("ours", "vendor-fault"),
    90199: ("ours", "vendor-fault"),
    **dict.fromkeys((10001, 10006, 10040, 90104, 90105, 90106, 90110), ("ours", "misconfigured")),
}
"""`verify_ret` -> what it means and our word for it (facts/wechat.md §6). Every other number is WeChat's affair, and
costs nobody an attempt."""

GONE: Final = frozenset({86002})
MISMATCHES: Final = frozenset({86004})
"""Errcodes of `queryverifyinfo`: the number is unknown or too old; name, number or user are not those of the
verification. The platform publishes no table of them; what is unknown is our fault, and costs nobody an attempt."""


_QUOTA: Final = frozenset({45009, 45011})


class WeChatFaceProvider:
    """The port `IdentityProvider`. `accounts`: mini-programs, by their names in the configuration."""

    def __init__(self, name: str, title: str, calls: WeChatCalls, accounts: frozenset[str], clock: Clock) -> None:
        self._name = name
        self._title = title
        self._calls = calls
        self._accounts = accounts
        self._clock = clock

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
        """The mini-program calls WeChat."""
        return "client"

    @property
    def documents(self) -> frozenset[str]:
        """Second-generation resident identity cards alone."""
        return frozenset({"resident_id"})

    @property
    def asks_consent(self) -> bool:
        """WeChat's sheet tells of the face, but the consent is ours to ask."""
        return False

    def start(self, request: VerificationRequest) -> StartedVerification:
        """Fetch the number that the mini-program hands to WeChat. Raises `Unavailable`, and `Refused` outside of
        mini-programs."""
        if request.account not in self._accounts:
            raise Refused("mini-program-only", f"“{self._title}”只能在小程序里用，请换一种核验方式。")
        document = {
            "out_seq_no": request.reference,
            "cert_info": {
                "cert_type": _IDENTITY_CARD,
                "cert_name": request.name,
                "cert_no": request.document.number,
            },
            "openid": request.openid,
        }
        try:
            told = self._calls.call(request.account, _START, document)
            lives = told.whole("expires_in", least=1) if told.raw("expires_in") is not None else 3600
            number = told.text("verify_id", longest=_LONGEST_ID)
        except WeChatRefused as refusal:
            _log.error("WeChat refused to begin a face verification: %s", refusal.code)
            raise Unavailable("WeChat face verification") from None
        except Malformed as fault:
            _log.error("WeChat's answer to getverifyid is malformed: %s", fault)
            raise Unavailable("WeChat face verification") from None
        return StartedVerification(number, None, self._clock.now() + timedelta(seconds=lives))

    def ask(self, question: Question) -> VerificationResult | None:
        """The result as WeChat knows it, None while there is none. Raises `Unavailable`."""
        document = {
            "verify_id": question.provider_reference,
            "out_seq_no": question.reference,
            "cert_hash": cert_hash(_IDENTITY_CARD, question.name, question.document.number),
            "openid": question.openid,
        }
        try:
            told = self._calls.call(question.account, _ASK, document)
        except WeChatRefused as refusal:
            return self._refused(question, refusal.code)
        return self._told(question, told)

    def _told(self, question: Question, told: Document) -> VerificationResult | None:
        try:
            number = told.whole("verify_ret", least=-(2**31))
        except Malformed as fault:
            _log.error("WeChat's answer to queryverifyinfo is malformed: %s", fault)
            raise Unavailable("WeChat face verification") from None
        if number == _PASSED:
            return ended(question, "passed", None, self._clock.now())
        if number in UNFINISHED:
            return None
        group, word = RESULTS.get(number, ("ours", f"code-{number}"))
        if group == "ours":
            _log.error("WeChat's face verification failed by a fault of the platform or ours: %s", number)
        return ended(question, group, word, self._clock.now())

    def _refused(self, question: Question, code: int) -> VerificationResult:
        if code in GONE:
            return ended(question, "expired", "expired", self._clock.now())
        if code in MISCONFIGURED or code in _QUOTA:
            _log.error("WeChat does not tell of a face verification for now: %s", code)
            raise Unavailable("WeChat face verification")
        if code in MISMATCHES:
            return ended(question, "mismatch", "subject-mismatch", self._clock.now())
        _log.error("WeChat refused to tell of a face verification: %s", code)
        return ended(question, "ours", f"errcode-{code}", self._clock.now())
