"""What the registry has just said about a person, kept for as long as an application takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import bindparam, delete, select

from wxserver.store.database import Unit, insert_or_ignore, update_row
from wxserver.store.tables.applications import RegistryAnswer
from wxserver.store.tables.base import new_id
from wxserver.store.vault import open_json, seal_json

PLACE = "registry_answer.answer_sealed"

_FIND = select(RegistryAnswer.id, RegistryAnswer.answer_sealed, RegistryAnswer.asked_at).where(
    RegistryAnswer.person_id == bindparam("of"), RegistryAnswer.question == bindparam("asking")
)
_FORGET = delete(RegistryAnswer).where(RegistryAnswer.person_id == bindparam("of"))


@dataclass(frozen=True, slots=True)
class Answered:
    """`answer` is None where the registry was away."""

    answer: dict[str, object] | None = field(repr=False)
    asked_at: datetime


def find(unit: Unit, person_id: str, question: str) -> Answered | None:
    """The last answer to this question, however old."""
    row = unit.connection.execute(_FIND, {"of": person_id, "asking": question}).one_or_none()
    if row is None:
        return None
    sealed = row.answer_sealed
    return Answered(None if sealed is None else open_json(unit.vault, PLACE, row.id, sealed), row.asked_at)


def keep(unit: Unit, person_id: str, question: str, answer: dict[str, object] | None, now: datetime) -> None:
    """Write down what was answered, in place of what was answered before."""
    new = new_id()
    if insert_or_ignore(
        unit,
        RegistryAnswer,
        id=new,
        person_id=person_id,
        question=question,
        answer_sealed=None if answer is None else seal_json(unit.vault, PLACE, new, answer),
        asked_at=now,
    ):
        return
    row = unit.connection.execute(_FIND, {"of": person_id, "asking": question}).one()
    sealed = None if answer is None else seal_json(unit.vault, PLACE, row.id, answer)
    update_row(unit, RegistryAnswer, row.id, answer_sealed=sealed, asked_at=now)


def forget(unit: Unit, person_id: str) -> None:
    """Ask anew next time: something about the person has changed."""
    unit.connection.execute(_FORGET, {"of": person_id})


def forget_old(unit: Unit, before: datetime) -> int:
    """Delete the answers given before this instant; how many."""
    return unit.connection.execute(delete(RegistryAnswer).where(RegistryAnswer.asked_at < before)).rowcount
