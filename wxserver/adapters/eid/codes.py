"""What E证通's codes mean for the next try (facts/identity-and-law.md §1.1; the platform's pages on result codes)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from wxserver.ports.identity import Group

PASSED: Final = 0
PENDING: Final = frozenset({17})
"""The person has not finished."""

RESULTS: Final[Mapping[int, tuple[Group, str]]] = {
    14: ("again", "already-done"),
    15: ("expired", "expired"),
    16: ("again", "too-many-retries"),
    203: ("cancelled", "not-authorised"),
    204: ("cancelled", "not-authorised"),
    301: ("mismatch", "other-number"),
    302: ("again", "document-expired"),
    **dict.fromkeys((1001, *range(1003, 1009)), ("again", "liveness")),
    2005: ("mismatch", "no-record"),
    2006: ("mismatch", "name-and-number"),
    2007: ("mismatch", "no-record"),
    2008: ("mismatch", "no-record"),
    2016: ("mismatch", "face-mismatch"),
}
"""`ErrCode` -> what it means and our word for it. A code that is not here is the platform's affair: it alerts us, and
costs nobody an attempt."""

OVER: Final = frozenset({"InvalidParameterValue.BizTokenExpired", "InvalidParameterValue.BizTokenIllegal"})
"""API errors for a token that is too old, or none of ours."""
BUSY: Final = ("RequestLimitExceeded", "InternalError", "ResourceUnavailable", "FailedOperation.UnKnown")
"""API errors, by their beginning, after which one may ask again."""
OF_OURS: Final = ("AuthFailure", "UnauthorizedOperation", "LimitExceeded", "FailedOperation.CallForwarding")
"""API errors, by their beginning, that say something of our account or call and nothing of the verification: people
must mend it, and what the person did is not lost for that. All others end it, by a fault that is not theirs."""
