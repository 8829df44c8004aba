"""Whose cases somebody sees, and is told about: their own, those they filed for a ward, those they filed for their
organisation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import islice

from bundles.masking import mask_name
from bundles.vocabulary import CAPACITIES
from wxserver.store import cases, guardianships, people
from wxserver.store.cases import CaseRow
from wxserver.store.database import Unit
from wxserver.usecases.case_views import ActingView
from wxserver.usecases.sessions import SessionView, signed_in
from wxserver.usecases.wards import PROOF_TEXTS, filed_under, sees


@dataclass(frozen=True, slots=True)
class Reach:
    """`wards`: (guardianship, minor, since when) whose cases they see; `organisation_id`: for which they signed in."""

    person_id: str
    organisation_id: str | None
    wards: tuple[tuple[str, str, datetime], ...]

    def holds(self, case: CaseRow) -> bool:
        """Whether this case is to be seen."""
        if case.guardianship_id is not None and any(
            each == case.guardianship_id and case.submitted_at >= since for each, _, since in self.wards
        ):
            return True
        ours = case.organisation_id is None or case.organisation_id == self.organisation_id
        return case.applicant_id == self.person_id and ours

    def newest(self, unit: Unit, after: tuple[datetime, str] | None, most: int) -> list[CaseRow]:
        """Cases newest first, from behind `after` (submitted_at, id). Costs the same on every page: the newest few of
        each, of which the newest."""
        found = [cases.of_person(unit, self.person_id, after, most, self.organisation_id)]
        found += [cases.of_ward(unit, minor_id, each, since, after, most) for each, minor_id, since in self.wards]
        return _newest(found, most)

    def still_open(self, unit: Unit, most: int) -> list[CaseRow]:
        """Cases that are not over, newest first."""
        found = [cases.still_open(unit, self.person_id, most, self.organisation_id)]
        found += [cases.open_of_ward(unit, minor_id, each, since, most) for each, minor_id, since in self.wards]
        return _newest(found, most)


def reach_of(unit: Unit, session: SessionView) -> Reach:
    """Raises Unauthenticated where only the WeChat user is known."""
    person_id = signed_in(session)
    organisation_id = None if session.unit is None else session.unit.organisation_id
    return Reach(person_id, organisation_id, tuple(filed_under(unit, person_id)))


def told_of(unit: Unit, case: CaseRow) -> str:
    """The person who is told how a case goes on: its applicant, or the guardian who filed it and still sees it."""
    row = None if case.guardianship_id is None else guardianships.by_id(unit, case.guardianship_id)
    return case.applicant_id if row is None or not sees(row, case.submitted_at) else row.guardian_id


def acting_views(unit: Unit, rows: Sequence[CaseRow]) -> dict[str, ActingView]:
    """By case: who acted for whom, masked; only of cases that somebody filed for somebody else."""
    return dict(_acting_views(unit, [each for each in rows if each.acting_as != "self"]))


def _acting_views(unit: Unit, rows: Sequence[CaseRow]) -> Iterator[tuple[str, ActingView]]:
    for row in rows:
        ward = None if row.guardianship_id is None else guardianships.by_id(unit, row.guardianship_id)
        holder = people.person(unit, row.applicant_id).name if ward is None else ward.name
        yield (
            row.id,
            ActingView(
                row.acting_as,
                CAPACITIES.get(row.acting_as, row.acting_as),
                mask_name(people.person(unit, row.actor_id).name),
                mask_name(holder),
                PROOF_TEXTS.get(row.acting_proof or "", ""),
                row.guardianship_id,
            ),
        )


def _newest(found: Sequence[list[CaseRow]], most: int) -> list[CaseRow]:
    if len(found) == 1:
        return found[0]
    return list(islice(merge(*found, key=lambda row: (row.submitted_at, row.id), reverse=True), most))
