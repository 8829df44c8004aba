"""When things happen: whether moments make sense, and how staff read them."""

from __future__ import annotations

from datetime import datetime

from bundles.engine import Fault
from bundles.explanation import day_text
from bundles.working_days import SHANGHAI, legal_date
from wxserver.usecases.faults import Invalid

LONGEST_NAME = 64


def checked_moments(by: str, at: datetime | None, drafts_until: datetime | None, now: datetime) -> datetime:
    """The moment from which a version holds, if name and moments make sense; raises Invalid."""
    effective_at = at or now
    faults = []
    if not by.strip() or len(by) > LONGEST_NAME:
        faults.append(Fault("by", "invalid", f"请写明是谁发布的，最多 {LONGEST_NAME} 个字。"))
    if effective_at < now:
        faults.append(Fault("at", "past", "生效时间不能早于现在。"))
    if drafts_until is not None and drafts_until < effective_at:
        faults.append(Fault("drafts_until", "too-early", "草稿的截止时间不能早于新版本生效的时间。"))
    if faults:
        raise Invalid.of(faults)
    return effective_at


def moment_text(at: datetime, now: datetime) -> str:
    """A moment in words, "10:02" today and "11月24日 10:02" else."""
    clock, day, today = at.astimezone(SHANGHAI).strftime("%H:%M"), legal_date(at), legal_date(now)
    return clock if day == today else f"{day_text(day, today)} {clock}"
