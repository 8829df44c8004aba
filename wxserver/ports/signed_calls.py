"""Our calls to far sides that sign like we do: what is sent, and what the answer means (contract, "Callbacks").

Three outcomes: the document of a 2xx, `Refused` for a refusal meant for the citizen, `Unavailable` for all else.
"""

from __future__ import annotations

import json
import logging
import re
import uuid
from collections.abc import Callable, Mapping
from typing import TypeVar
from urllib.parse import quote, urlsplit

from bundles.ports import Refused, Unavailable
from wxserver.ports import Clock, Http, HttpAnswer
from wxserver.ports.documents import Document, Malformed
from wxserver.ports.signatures import V1, Scheme, decode_secret, payload_of_call, signed_headers

_log = logging.getLogger(__name__)

_T = TypeVar("_T")

# Address and path stay byte for byte what is signed: nothing in them that a client would quote anew.
_BASE_URL = re.compile(r"https?://[A-Za-z0-9.\-\[\]:]+(/[A-Za-z0-9._~\-]+)*/?", re.ASCII)
_REFERENCE = re.compile(r"(?=.*[^.])[A-Za-z0-9._~:@\-]{1,128}", re.ASCII)
_CODE = re.compile(r"[A-Za-z0-9._\-]{1,64}", re.ASCII)

# 4xx that judge our call (its signature, shape, pace), not what the citizen asks for.
_ABOUT_THE_CALL = frozenset({401, 403, 405, 406, 407, 411, 413, 414, 415, 421, 426, 431})
_ASK_AGAIN = frozenset({408, 425, 429})
# The key is still at work, is missing, or was used for something else: none says a word about the citizen.
_IN_FLIGHT_CODES = frozenset({"in-flight", "idempotency-in-flight", "request-in-flight"})
_KEY_FAULT_CODES = frozenset({"idempotency-mismatch", "idempotency-key-missing"})


def segment(reference: str) -> str:
    """A far side's reference as one segment of a path; raises `Malformed` where it could lead anywhere else."""
    if not _REFERENCE.fullmatch(reference):
        raise Malformed("a reference does not fit into a path")
    return quote(reference, safe="-._~")


class SignedCalls:
    """One far side, called over `Http` and signed with `secret` (`whsec_…`).

    `far_side`: its name in our logs. `base_url`: http(s), with or without a path, no query.
    Raises ValueError for an address, `BadSecret` for a secret, that can't be used.
    """

    def __init__(
        self, far_side: str, base_url: str, secret: str, http: Http, clock: Clock, *, scheme: Scheme = V1
    ) -> None:
        if not _BASE_URL.fullmatch(base_url):
            raise ValueError(f"{far_side}: {base_url} is no plain http address")
        decode_secret(secret)
        self._far_side = far_side
        self._base_url = base_url.rstrip("/")
        self._base_path = urlsplit(self._base_url).path
        self._secret = secret
        self._scheme = scheme
        self._http = http
        self._clock = clock

    def call(
        self,
        method: str,
        path: str,
        read: Callable[[Document], _T],
        document: Mapping[str, object] | None = None,
        *,
        key: str | None = None,
    ) -> _T:
        """Make one call and give back what `read` makes of the answer.

        `path`: from the base, quoted, beginning with `/`. `document`: sent as JSON. `key`: the Idempotency-Key of an
        effect. Raises `Unavailable` or `Refused`; a `Malformed` out of `read` becomes `Unavailable`.
        """
        body = b"" if document is None else json.dumps(document).encode("ascii")
        headers = signed_headers(
            self._secret,
            f"msg_{uuid.uuid4().hex}",
            int(self._clock.now().timestamp()),
            payload_of_call(method, self._base_path + path, body),
            self._scheme,
        )
        headers["Accept"] = "application/json, application/problem+json"
        if document is not None:
            headers["Content-Type"] = "application/json; charset=utf-8"
        if key is not None:
            headers["Idempotency-Key"] = key
        answer = self._http.send(method, self._base_url + path, headers, body)
        if 400 <= answer.status < 500:
            raise self._no(answer)
        if not 200 <= answer.status < 300:
            raise self._unavailable("answered %s", answer.status)
        try:
            return read(Document.parse(answer.body))
        except Malformed as fault:
            raise self._unavailable("answered %s with something else than agreed: %s", answer.status, fault) from None

    def _no(self, answer: HttpAnswer) -> Refused | Unavailable:
        if answer.status in _ASK_AGAIN:
            return self._unavailable("asks to come back later (%s)", answer.status)
        if answer.status in _ABOUT_THE_CALL:
            return self._alert("does not take our calls (%s): check the secret, the clock and the address", answer)
        try:
            problem = Document.parse(answer.body)
            code, reason = problem.text("code", longest=64), problem.text("detail", longest=1000)
        except Malformed:
            code = reason = ""
        if answer.content_type != "application/problem+json" or not _CODE.fullmatch(code) or not reason.strip():
            return self._alert("answered %s without a reason for the citizen", answer)
        if code in _IN_FLIGHT_CODES:
            return self._unavailable("is still at work on this key (%s)", answer.status)
        if code in _KEY_FAULT_CODES:
            return self._alert("misses our key or knows it with another content (%s)", answer)
        return Refused(code, reason)

    def _unavailable(self, event: str, *values: object) -> Unavailable:
        _log.warning("%s " + event, self._far_side, *values)
        return Unavailable(f"{self._far_side} " + event % values)

    def _alert(self, event: str, answer: HttpAnswer) -> Unavailable:
        """Something that people must mend, and no retry will."""
        _log.error("%s " + event, self._far_side, answer.status)
        return Unavailable(f"{self._far_side} " + event % answer.status)
