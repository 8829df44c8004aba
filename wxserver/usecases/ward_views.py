"""A child, as its guardian sees it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from bundles.acting import PROOFS
from bundles.masking import mask_name, mask_number
from wxserver.store import guardianships, people
from wxserver.store.database import Unit
from wxserver.store.guardianships import LIVING, GuardianshipRow
from wxserver.usecases.claims import RELATIONS
from wxserver.usecases.uploading import UploadView, view_of
from wxserver.usecases.wards import PROOF_TEXTS, STATE_TEXTS, agreed, next_step, stage_text, state_on


@dataclass(frozen=True, slots=True)
class WardView:
    """A child as its guardian sees it: what they typed, masked, and how far the proof has come.

    `needs_proof`: papers must be handed in before anybody can confirm it, `missing` kinds of them; `consent_due`: they
    have not agreed to the text in force on a child's data; `stage_text`: the state as the guardian's own page tells it;
    `next_step` says what to do, empty where nothing; `case_number`: the open case that its papers came with instead.
    """

    id: str
    name: str
    id_type: str
    id_number: str
    born_on: date = field(repr=False)
    relation: str
    relation_text: str
    state: str
    state_text: str
    stage_text: str
    proof: str | None
    proof_text: str
    reason: str | None
    created_at: datetime
    decided_at: datetime | None
    needs_proof: bool
    consent_due: bool
    missing: tuple[str, ...]
    next_step: str
    case_number: str | None
    proofs: tuple[UploadView, ...]


def ward_view(unit: Unit, row: GuardianshipRow, today: date) -> WardView:
    """A guardianship as it stands on a day."""
    state, document = state_on(row, today), people.person(unit, row.minor_id).document
    proofs = tuple(view_of(each) for each in guardianships.proofs(unit, row.id))
    kinds = {each.kind for each in proofs}
    missing = tuple(each for each in PROOFS if each not in kinds) if state == "claimed" else ()
    number = guardianships.open_number(unit, row.id) if missing else None
    if number is not None:
        missing = ()
    proof = row.proof if state == "confirmed" else None
    return WardView(
        id=row.id,
        name=mask_name(row.name),
        id_type=document.kind,
        id_number=mask_number(document.number),
        born_on=row.born_on,
        relation=row.relation,
        relation_text=RELATIONS.get(row.relation, RELATIONS["other"]),
        state=state,
        state_text=STATE_TEXTS[state],
        stage_text=stage_text(state, missing),
        proof=proof,
        proof_text=PROOF_TEXTS.get(proof or "", ""),
        reason=row.reason if state == "refused" else None,
        created_at=row.created_at,
        decided_at=row.decided_at,
        needs_proof=bool(missing),
        consent_due=state in LIVING and not agreed(unit, row),
        missing=missing,
        next_step=next_step(state, missing, with_case=number is not None),
        case_number=number,
        proofs=proofs,
    )
