"""A bundle's draft as it is shown to whoever works on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bundles.engine import Fault
from bundles.toml_lines import Path
from wxserver.store import bundle_drafts
from wxserver.store.bundle_drafts import DraftVersionRow, EditRow
from wxserver.store.database import Unit
from wxserver.usecases.faults import Invalid, NotFound
from wxserver.usecases.storable import clean

LONGEST_COMMENT: Final = 2000


@dataclass(frozen=True, slots=True)
class DraftDocument:
    """A draft as it stands. `faults`: all there are, with their paths. `base`: the number of the version in force with
    which it is compared, and `in_force` that version's document (None where nothing is in force). `undo`: what the next
    undo takes back."""

    bundle: str
    number: int
    version_id: str
    status: str
    document: Mapping[str, object]
    etag: str
    faults: tuple[tuple[Path, str], ...]
    edited_at: datetime | None
    edited_by: str | None
    base: int | None
    in_force: Mapping[str, object] | None
    undoable: int
    undo: EditRow | None
    submitted_by: str | None


def found_version(unit: Unit, code: str, number: int, *, lock: bool = False) -> DraftVersionRow:
    """A version by its number; with `lock` nobody else changes it before the unit ends. Raises NotFound."""
    row = bundle_drafts.numbered(unit, code, number, lock=lock)
    if row is None:
        raise NotFound(f"“{code}”没有第 {number} 版。", code="unknown-version")
    return row


def said(comment: str) -> str:
    """What somebody wrote of a version, ready to be kept. Raises Invalid where it is too long."""
    if len(comment) > LONGEST_COMMENT:
        raise Invalid.of([Fault("comment", "too-long", f"意见最多 {LONGEST_COMMENT} 个字。")])
    return clean(comment.strip())
