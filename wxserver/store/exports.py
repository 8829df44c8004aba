"""What a person takes with them: rows of their own, opened."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from wxserver.store import drafts, registry_answers
from wxserver.store.database import Unit
from wxserver.store.tables.applications import Case, Draft, RegistryAnswer
from wxserver.store.tables.messages import Notice
from wxserver.store.tables.uploads import Upload
from wxserver.store.vault import open_json


@dataclass(frozen=True, slots=True)
class TypedRow:
    """A draft, with what was typed."""

    bundle_code: str
    item_code: str
    bundle_version_id: str
    form: dict[str, object] = field(repr=False)
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class HandedRow:
    """An upload, without its content."""

    kind: str
    media_type: str
    size: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class AnsweredRow:
    """What the registry told. `answer`: None where it was away."""

    question: str
    answer: dict[str, object] | None = field(repr=False)
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class ToldRow:
    """A message to the person, about a case or about a child."""

    case_number: str | None
    title: str
    text: str
    at: datetime


def typed(unit: Unit, person_id: str) -> list[TypedRow]:
    """The person's drafts."""
    rows = unit.connection.execute(
        select(
            Draft.bundle_code, Draft.item_code, Draft.bundle_version_id, Draft.updated_at, Draft.id, Draft.form_sealed
        )
        .where(Draft.person_id == person_id)
        .order_by(Draft.updated_at)
    )
    return [
        TypedRow(
            row.bundle_code,
            row.item_code,
            row.bundle_version_id,
            open_json(unit.vault, drafts.PLACE, row.id, row.form_sealed),
            row.updated_at,
        )
        for row in rows
    ]


def handed(unit: Unit, person_id: str) -> list[HandedRow]:
    """The person's uploads."""
    rows = unit.connection.execute(
        select(Upload.kind, Upload.media_type, Upload.size, Upload.created_at)
        .where(Upload.person_id == person_id)
        .order_by(Upload.created_at, Upload.id)
    )
    return [HandedRow(*row) for row in rows]


def answered(unit: Unit, person_id: str) -> list[AnsweredRow]:
    """What the registry has told about the person of late."""
    rows = unit.connection.execute(
        select(RegistryAnswer.id, RegistryAnswer.question, RegistryAnswer.answer_sealed, RegistryAnswer.asked_at).where(
            RegistryAnswer.person_id == person_id
        )
    )
    return [
        AnsweredRow(
            row.question,
            None
            if row.answer_sealed is None
            else open_json(unit.vault, registry_answers.PLACE, row.id, row.answer_sealed),
            row.asked_at,
        )
        for row in rows
    ]


def told(unit: Unit, person_id: str) -> list[ToldRow]:
    """The person's messages, oldest first."""
    rows = unit.connection.execute(
        select(Case.number, Notice.title, Notice.text, Notice.at)
        .outerjoin(Case, Case.id == Notice.case_id)
        .where(Notice.person_id == person_id)
        .order_by(Notice.created_at, Notice.id)
    )
    return [ToldRow(*row) for row in rows]
