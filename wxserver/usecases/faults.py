"""How use cases say no: one exception, with a sentence for the citizen and a stable code for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bundles.engine import Fault


class Problem(Exception):
    """Something can't be done. `detail` is Chinese and says what to do; `code` is stable English.

    `status` is the HTTP status it amounts to, `faults` names the places to mend, `extra` is data for programs.
    """

    status = 400
    code = "problem"

    def __init__(
        self,
        detail: str,
        *,
        code: str | None = None,
        faults: Sequence[Fault] = (),
        extra: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(code or self.code)
        self.detail = detail
        self.code = code or self.code
        self.faults = tuple(faults)
        self.extra = dict(extra or {})


class BadRequest(Problem):
    status, code = 400, "bad-request"


class Unauthenticated(Problem):
    status, code = 401, "unauthenticated"


class Forbidden(Problem):
    status, code = 403, "forbidden"


class AssuranceRequired(Problem):
    status, code = 403, "assurance-required"


class NotFound(Problem):
    status, code = 404, "not-found"


class Conflict(Problem):
    status, code = 409, "conflict"


class Invalid(Problem):
    status, code = 422, "invalid"

    @classmethod
    def of(cls, faults: Sequence[Fault]) -> Invalid:
        """All faults at once, with a summary that counts them."""
        detail = faults[0].message if len(faults) == 1 else f"有 {len(faults)} 处要改，改好后再提交。"
        return cls(detail, faults=faults)


class TooMany(Problem):
    status, code = 429, "too-many-requests"


class Busy(Problem):
    """We ourselves have too much to do at this moment."""

    status, code = 503, "busy"


class FarSideAway(Problem):
    status, code = 503, "far-side-away"
