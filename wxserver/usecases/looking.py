"""What a look at something masked needs: a reason that can be kept, and the content of what was handed in."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Final

from bundles.application import Fault
from wxserver.ports import FileLost, FileStore
from wxserver.store import uploads
from wxserver.store.database import Database
from wxserver.usecases.faults import Invalid
from wxserver.usecases.staff_case_views import REASONS, tells_personal

SHORTEST: Final = 5
LONGEST: Final = 100
"""Characters of a reason."""

logger = logging.getLogger(__name__)


def reason_for(why: str, note: str, secrets: Iterable[str]) -> str:
    """The reason as it is kept. `why`: one of `REASONS`; `note`: in the member's words, without any of the `secrets`.
    Raises Invalid (`why`, `note`)."""
    words, faults = " ".join(note.split()), []
    if why not in REASONS:
        faults.append(Fault("why", "required", "请先选一个查看的原因。"))
    if not SHORTEST <= len(words) <= LONGEST or not words.isprintable():
        message = f"请写明为什么要看，{SHORTEST} 到 {LONGEST} 个字。"
        faults.append(Fault("note", "required" if not words else "length", message))
    elif tells_personal(words, secrets):
        message = "原因会写进操作记录，请去掉姓名、证件号码、电话和地址，只写为什么要看。"
        faults.append(Fault("note", "personal", message))
    if faults:
        raise Invalid.of(faults)
    return f"{REASONS[why]}：{words}"


def content_of(database: Database, files: FileStore, upload_id: str) -> bytes | None:
    """A file in clear; None where it is lost, which is logged."""
    try:
        sealed = files.read(upload_id)
    except FileLost:
        logger.error("an upload has lost its file", extra={"upload": upload_id})
        return None
    with database.read() as unit:
        return uploads.unseal(unit, upload_id, sealed)
