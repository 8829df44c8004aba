"""The port `Pace` over the counters that the web's own limits use: in memory, or in Redis for several processes."""

from __future__ import annotations

import logging

from limits import parse
from limits.errors import StorageError
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter

_log = logging.getLogger(__name__)


class MinutePace:
    """`storage`: `memory://` or the address of a Redis; `most`: words a minute."""

    def __init__(self, storage: str, most: int) -> None:
        self._limiter = FixedWindowRateLimiter(storage_from_string(storage, wrap_exceptions=True))
        self._most = parse(f"{most} per minute")

    def allows(self, who: str) -> bool:
        """Count; where the counters can't be reached, everybody may speak: an answer is worth more than a limit."""
        try:
            return self._limiter.hit(self._most, "talk", who)
        except StorageError:
            _log.warning("the counters of the talk can't be reached")
            return True
