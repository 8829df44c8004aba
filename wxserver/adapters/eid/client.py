"""The port `IdentityProvider` for Tencent's E证通: GetEidToken, the person's way through its page, GetEidResult.

Requests are the vendor's own models and signed by its own TC3-HMAC-SHA256; they go out over our bounded `Http` and by
our clock, because the vendor's transport waits for every read anew, takes proxies from the environment and logs
bodies. Only the text of a result is asked for, never a picture.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from datetime import UTC, timedelta
from typing import Final
from urllib.parse import urlsplit

from tencentcloud.common.sign import Sign
from tencentcloud.faceid.v20180301 import models

from bundles.people import normalise_name, normalise_number
from bundles.ports import Refused, Unavailable
from wxserver.adapters.eid.codes import BUSY, OF_OURS, OVER, PASSED, PENDING, RESULTS
from wxserver.adapters.eid.sealed import SessionKeys
from wxserver.ports import Clock, Http, Question, StartedVerification, VerificationRequest, VerificationResult
from wxserver.ports.documents import Document, Malformed
from wxserver.ports.identity import Way, ended

_log = logging.getLogger(__name__)

_SERVICE: Final = "faceid"
_VERSION: Final = "2018-03-01"
_LIVES: Final = timedelta(seconds=600)
_LONGEST: Final = 32
_TYPE: Final = "application/json"
_ENTERED_BY_US: Final = "4"
_TEXT_ALONE: Final = "1"
_UNTOLD: Final = frozenset({"", None})
_CHECKS: Final = ("LiveStatus", "Comparestatus")
_RESIDENT: Final = "01"


class ApiError(Exception):
    """The platform's own `Response.Error`: its code."""


class EidProvider:
    """`base_url`: the platform's address without a path. `key`: opens names and numbers that come back sealed."""

    def __init__(
        self,
        name: str,
        title: str,
        *,
        secret_id: str,
        secret_key: str,
        merchant_id: str,
        base_url: str,
        http: Http,
        clock: Clock,
        key: SessionKeys | None = None,
    ) -> None:
        self._name = name
        self._title = title
        self._secret_id = secret_id
        self._secret_key = secret_key
        self._merchant_id = merchant_id
        self._base_url = base_url
        self._host = urlsplit(base_url).netloc
        self._http = http
        self._clock = clock
        self._key = key

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
        """The person goes to its page."""
        return "page"

    @property
    def documents(self) -> frozenset[str]:
        """Resident identity cards, and residence permits of people from Hong Kong, Macao and Taiwan."""
        return frozenset({"resident_id", "hmt_residence_permit"})

    @property
    def asks_consent(self) -> bool:
        """The consent to use the face is ours to ask."""
        return False

    def start(self, request: VerificationRequest) -> StartedVerification:
        """Fetch a token; the person goes to its page. Raises `Unavailable`, and `Refused` for a name that is too long
        for the platform."""
        if len(request.name) > _LONGEST:
            sentence = f"姓名超过 {_LONGEST} 个字，“{self._title}”核不了。请换一种核验，或带证件到窗口办。"
            raise Refused("name-too-long", sentence)
        asked = models.GetEidTokenRequest()
        asked.MerchantId = self._merchant_id
        asked.IdCard = request.document.number
        asked.Name = request.name
        asked.Extra = request.reference
        asked.RedirectUrl = request.return_url
        asked.Config = models.GetEidTokenConfig()
        asked.Config.InputType = _ENTERED_BY_US
        if request.document.kind == "hmt_residence_permit":
            asked.Config.IsSupportHMTResidentPermitOCR = True
        now = self._clock.now()
        try:
            told = self._call("GetEidToken", asked)
            token, url = told.text("EidToken", longest=256), told.text("Url", longest=2048)
            if not url.startswith(("https://", "http://")):
                raise Malformed("Url is no http address")
        except ApiError as error:
            _log.error("E证通 refused to begin a verification: %s", error)
            raise Unavailable("E证通") from None
        except Malformed as fault:
            _log.error("E证通's answer to GetEidToken is malformed: %s", fault)
            raise Unavailable("E证通") from None
        return StartedVerification(token, url, now + _LIVES)

    def ask(self, question: Question) -> VerificationResult | None:
        """The result as the platform knows it, None while there is none. Raises `Unavailable`."""
        asked = models.GetEidResultRequest()
        asked.EidToken = question.provider_reference
        asked.InfoType = _TEXT_ALONE
        try:
            told = self._call("GetEidResult", asked)
            return self._judged(question, told)
        except ApiError as error:
            if str(error) in OVER:
                return ended(question, "expired", "expired", self._clock.now())
            if str(error).startswith(BUSY):
                raise Unavailable("E证通") from None
            _log.error("E证通 refused to tell of a verification: %s", error)
            if str(error).startswith(OF_OURS):
                raise Unavailable("E证通") from None
            return ended(question, "ours", "vendor-fault", self._clock.now())
        except Malformed as fault:
            _log.error("E证通's answer to GetEidResult is malformed: %s", fault)
            raise Unavailable("E证通") from None

    def _judged(self, question: Question, told: Document) -> VerificationResult | None:
        text = told.object("Text")
        code = text.whole("ErrCode", least=-(2**31))
        if code in PENDING:
            return None
        if code != PASSED:
            group, word = RESULTS.get(code, ("ours", f"code-{code}"))
            if group == "ours":
                _log.error("E证通 ended a verification with a code that we do not know: %s", code)
            return ended(question, group, word, self._clock.now())
        if text.text_or_none("Extra", longest=1024) != question.reference or not self._is_the_one(question, told, text):
            _log.error("E证通's result is about another verification or another person")
            return ended(question, "ours", "subject-mismatch", self._clock.now())
        if any(text.raw(each) not in (None, PASSED) for each in _CHECKS):
            _log.error("E证通 says passed, and that the face or the comparison did not")
            return ended(question, "ours", "contradiction", self._clock.now())
        return ended(question, "passed", None, self._clock.now())

    def _is_the_one(self, question: Question, told: Document, text: Document) -> bool:
        """Whether everybody whom the answer names is the person asked about. Where it names nobody, the platform
        vouches for the name and number that we handed in; with a key we have applied for them, and they must come."""
        number = text.text_or_none("IdCard", longest=64)
        name = text.text_or_none("Name", longest=64)
        same = number in _UNTOLD or _number(question, number or "") == question.document.number
        same = same and (name in _UNTOLD or normalise_name(name or "") == normalise_name(question.name))
        if self._key is None:
            return same
        sealed = told.object("EidInfo")
        name, kind, number = self._key.open(sealed.text("DesKey", longest=4096), sealed.text("UserInfo", longest=4096))
        return (
            same
            and (kind == _RESIDENT or question.document.kind != "resident_id")
            and _number(question, number) == question.document.number
            and normalise_name(name) == normalise_name(question.name)
        )

    def _call(self, action: str, asked: models.GetEidTokenRequest | models.GetEidResultRequest) -> Document:
        """The `Response` of one call. Raises `ApiError`, `Malformed`, `Unavailable`."""
        body = json.dumps(asked._serialize(), ensure_ascii=True).encode("ascii")
        answer = self._http.send("POST", f"{self._base_url}/", self._headers(action, body), body)
        if answer.status != 200:
            _log.warning("E证通 answered %s with HTTP %s", action, answer.status)
            raise Unavailable("E证通")
        told = Document.parse(answer.body).object("Response")
        if told.raw("Error") is not None:
            raise ApiError(_plain(told.object("Error").text("Code", longest=128)))
        return told

    def _headers(self, action: str, body: bytes) -> Mapping[str, str]:
        """TC3-HMAC-SHA256 over type, host and body."""
        now = self._clock.now().astimezone(UTC)
        timestamp, day = str(int(now.timestamp())), now.strftime("%Y-%m-%d")
        scope = f"{day}/{_SERVICE}/tc3_request"
        signed = f"content-type:{_TYPE}\nhost:{self._host}\n"
        canonical = f"POST\n/\n\n{signed}\ncontent-type;host\n{hashlib.sha256(body).hexdigest()}"
        hashed = hashlib.sha256(canonical.encode("ascii")).hexdigest()
        signature = Sign.sign_tc3(self._secret_key, day, _SERVICE, f"TC3-HMAC-SHA256\n{timestamp}\n{scope}\n{hashed}")
        return {
            "Content-Type": _TYPE,
            "Host": self._host,
            "X-TC-Action": action,
            "X-TC-Version": _VERSION,
            "X-TC-Timestamp": timestamp,
            "Authorization": (
                f"TC3-HMAC-SHA256 Credential={self._secret_id}/{scope}, SignedHeaders=content-type;host,"
                f" Signature={signature}"
            ),
        }


def _number(question: Question, number: str) -> str:
    return normalise_number(question.document.kind, number)


def _plain(code: str) -> str:
    """An error's code, fit for a log."""
    return "".join(each for each in code if each.isascii() and (each.isalnum() or each == "."))[:100]
