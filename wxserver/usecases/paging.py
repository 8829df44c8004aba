"""Where a page of a list goes on: a cursor that is opaque to its reader and names the last row that was shown."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime

from wxserver.usecases.faults import BadRequest

_EARLIEST_YEAR, _LATEST_YEAR = 1970, 9998  # the ends of what a datetime holds can not be moved to another zone


def cursor(at: datetime, row_id: str) -> str:
    """The cursor of a row in a list by time and id."""
    return base64.urlsafe_b64encode(f"{at.isoformat()}|{row_id}".encode()).decode().rstrip("=")


def position(text: str | None) -> tuple[datetime, str] | None:
    """The row that a cursor names; None where a list is read from its beginning. Raises BadRequest for one that is no
    cursor of ours."""
    if text is None:
        return None
    try:
        at, _, row_id = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().partition("|")
        instant = datetime.fromisoformat(at)
    except (ValueError, binascii.Error):
        raise _lost() from None
    known = instant.tzinfo is not None and _EARLIEST_YEAR <= instant.year <= _LATEST_YEAR
    if not known or len(row_id) != 32 or not (row_id.isascii() and row_id.isalnum()):
        raise _lost()
    return instant, row_id


def _lost() -> BadRequest:
    return BadRequest("翻页的位置不对，请从第一页看起。", code="bad-cursor")
