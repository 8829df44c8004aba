"""What citizens ask for: cards, drafts, applications, cases, and everything that happens to a case."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from wxserver.store.tables.base import Base, Code, Digest, Key, Ref, Sealed, Word

OPEN = text("closed_at IS NULL")
OPEN_PROMISE = text("closed_at IS NULL AND limit_unit <> 'instant'")
UNPLACED = text("applied_at IS NULL")


class Card(Base):
    """A card as the registry last described it. Its id is ours and stable; the registry's reference is sealed."""

    __tablename__ = "card"
    __table_args__ = (UniqueConstraint("reference_index"), Index(None, "person_id"))

    id: Mapped[Key]
    person_id: Mapped[str] = mapped_column(String(32), ForeignKey("person.id"))
    reference_sealed: Mapped[Sealed]
    reference_index: Mapped[Digest]
    number_sealed: Mapped[Sealed]
    bank: Mapped[str] = mapped_column(String(64))
    region: Mapped[str] = mapped_column(String(64))
    state: Mapped[Word]
    expires_on: Mapped[date | None]
    seen_at: Mapped[datetime]
    sequence: Mapped[int] = mapped_column(Integer)
    gone_at: Mapped[datetime | None]


class Draft(Base):
    """What a person has typed so far: one per person, bundle and item, with the key it will be submitted under.

    The code of items chosen together is theirs, joined by "+". A guardian's draft names the guardianship.
    """

    __tablename__ = "draft"
    __table_args__ = (
        UniqueConstraint("person_id", "bundle_code", "item_code"),
        Index(None, "expires_at"),
        Index(None, "bundle_version_id"),
    )

    id: Mapped[Key]
    person_id: Mapped[str] = mapped_column(String(32), ForeignKey("person.id"))
    bundle_code: Mapped[Code]
    item_code: Mapped[str] = mapped_column(String(200))
    bundle_version_id: Mapped[str] = mapped_column(String(32), ForeignKey("bundle_version.id"))
    submission_key: Mapped[Ref]
    acting_as: Mapped[Word]
    guardianship_id: Mapped[str | None] = mapped_column(String(32), ForeignKey("guardianship.id"))
    card_id: Mapped[str | None] = mapped_column(String(32), ForeignKey("card.id"))
    form_sealed: Mapped[Sealed]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class Application(Base):
    """One submission: the parent of a case per item, and the place where its idempotency key is claimed."""

    __tablename__ = "application"
    __table_args__ = (UniqueConstraint("person_id", "idempotency_key"),)

    id: Mapped[Key]
    person_id: Mapped[str] = mapped_column(String(32), ForeignKey("person.id"))
    idempotency_key: Mapped[str] = mapped_column(String(200))
    body_digest: Mapped[Digest]
    bundle_code: Mapped[Code]
    bundle_version_id: Mapped[str] = mapped_column(String(32), ForeignKey("bundle_version.id"))
    channel: Mapped[Word]
    submitted_at: Mapped[datetime]


class Case(Base):
    """One item applied for. It pins the definition version; its status and due date are derived from what follows.

    `awaits`: what must happen before a machine may carry it out: `items` (others of the same application), `review`
    (a clerk's acceptance), `staff` (a clerk carries it out); NULL where nothing does. `acting_proof`: why the actor may
    act for somebody else: `staff`, `registry` or `case` (a guardianship's proof), `materials` (only handed in with this
    case), `seen` (at the window), `agent` (a unit agent's account); NULL for oneself.
    """

    __tablename__ = "case"
    __table_args__ = (
        UniqueConstraint("number"),
        Index(None, "application_id"),
        Index(None, "applicant_id", "submitted_at", "id"),
        Index(None, "actor_id", "submitted_at", "id"),
        Index("ix_case_production", "production", unique=True),
        Index(
            "uq_case_open",
            "cardholder_id",
            "bundle_code",
            "item_code",
            "card_key",
            unique=True,
            postgresql_where=OPEN_PROMISE,
            sqlite_where=OPEN_PROMISE,
        ),
        Index("ix_case_due", "due_on", "id", postgresql_where=OPEN_PROMISE, sqlite_where=OPEN_PROMISE),
        Index(None, "bundle_code", "submitted_at"),
        Index("ix_case_open_version", "bundle_version_id", postgresql_where=OPEN, sqlite_where=OPEN),
        Index("ix_case_calendar", "calendar_id", "id", postgresql_where=OPEN_PROMISE, sqlite_where=OPEN_PROMISE),
    )

    id: Mapped[Key]
    number: Mapped[Word]
    application_id: Mapped[str] = mapped_column(String(32), ForeignKey("application.id"))
    bundle_code: Mapped[Code]
    bundle_version_id: Mapped[str] = mapped_column(String(32), ForeignKey("bundle_version.id"))
    item_code: Mapped[Code]
    applicant_id: Mapped[str] = mapped_column(String(32), ForeignKey("person.id"))
    cardholder_id: Mapped[str] = mapped_column(String(32), ForeignKey("person.id"))
    actor_id: Mapped[str] = mapped_column(String(32), ForeignKey("person.id"))
    acting_as: Mapped[Word]
    acting_proof: Mapped[str | None] = mapped_column(String(32))
    guardianship_id: Mapped[str | None] = mapped_column(String(32), ForeignKey("guardianship.id"))
    organisation_id: Mapped[str | None] = mapped_column(String(32), ForeignKey("organisation.id"))
    channel: Mapped[Word]
    region: Mapped[str] = mapped_column(String(12))
    office: Mapped[str | None] = mapped_column(String(64))
    card_id: Mapped[str | None] = mapped_column(String(32), ForeignKey("card.id"))
    card_key: Mapped[Ref]
    form_sealed: Mapped[Sealed]
    status: Mapped[Word]
    awaits: Mapped[str | None] = mapped_column(String(16))
    submitted_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    correcting_since: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    refused_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    limit_unit: Mapped[Word]
    limit_amount: Mapped[int] = mapped_column(Integer)
    due_on: Mapped[date | None]
    due_provisional: Mapped[bool]
    calendar_id: Mapped[str | None] = mapped_column(String(32), ForeignKey("calendar_version.id"))
    production: Mapped[str | None] = mapped_column(String(128))
    result: Mapped[dict[str, object] | None]
    refusal: Mapped[str | None] = mapped_column(Text)


class CaseEvent(Base):
    """A line in a case's history; only ever added. `origin` names what caused it, so that it is told once."""

    __tablename__ = "case_event"
    __table_args__ = (UniqueConstraint("case_id", "origin"), Index(None, "case_id", "at"))

    id: Mapped[Key]
    case_id: Mapped[str] = mapped_column(String(32), ForeignKey("case.id"))
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    node: Mapped[Word]
    text: Mapped[str] = mapped_column(Text)
    actor_kind: Mapped[Word]
    actor_id: Mapped[str | None] = mapped_column(String(64))
    origin: Mapped[str] = mapped_column(String(200))
    bundle_version_id: Mapped[str] = mapped_column(String(32), ForeignKey("bundle_version.id"))
    calendar_id: Mapped[str | None] = mapped_column(String(32), ForeignKey("calendar_version.id"))


class ClockEvent(Base):
    """A lawful change of a case's clock. The due date is always derived from these, never edited."""

    __tablename__ = "clock_event"
    __table_args__ = (UniqueConstraint("case_id", "origin"),)

    id: Mapped[Key]
    case_id: Mapped[str] = mapped_column(String(32), ForeignKey("case.id"))
    kind: Mapped[Word]
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    legal_basis: Mapped[str] = mapped_column(String(200))
    amount: Mapped[int] = mapped_column(Integer)
    word: Mapped[str] = mapped_column(String(32))
    approved_by: Mapped[str | None] = mapped_column(String(64))
    origin: Mapped[str] = mapped_column(String(200))


class DueChange(Base):
    """A due date that moved, or became final: from, to, under which calendar, and why: a code and words."""

    __tablename__ = "due_change"
    __table_args__ = (Index(None, "case_id"),)

    id: Mapped[Key]
    case_id: Mapped[str] = mapped_column(String(32), ForeignKey("case.id"))
    at: Mapped[datetime]
    old_due_on: Mapped[date | None]
    new_due_on: Mapped[date | None]
    calendar_id: Mapped[str | None] = mapped_column(String(32), ForeignKey("calendar_version.id"))
    reason: Mapped[Word]
    why: Mapped[str] = mapped_column(Text)


class CaseStep(Base):
    """A step of the handler whose effect is known to have happened, with the key it happened under."""

    __tablename__ = "case_step"
    __table_args__ = (UniqueConstraint("case_id", "name"),)

    id: Mapped[Key]
    case_id: Mapped[str] = mapped_column(String(32), ForeignKey("case.id"))
    name: Mapped[Word]
    key: Mapped[Code]
    facts: Mapped[dict[str, object]]
    done_at: Mapped[datetime]


class RegistryEvent(Base):
    """What the card registry told us; applied when the case or card it speaks of is known."""

    __tablename__ = "registry_event"
    __table_args__ = (
        UniqueConstraint("message_id"),
        Index(None, "production"),
        Index("ix_registry_event_unplaced", "received_at", postgresql_where=UNPLACED, sqlite_where=UNPLACED),
    )

    id: Mapped[Key]
    message_id: Mapped[str] = mapped_column(String(200))
    kind: Mapped[Code]
    production: Mapped[str | None] = mapped_column(String(128))
    card_index: Mapped[str | None] = mapped_column(String(64))
    at: Mapped[datetime]
    sequence: Mapped[int] = mapped_column(Integer)
    data: Mapped[dict[str, object]]
    received_at: Mapped[datetime]
    applied_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(32))


class RegistryAnswer(Base):
    """What the registry has just said about a person, so that one application asks each question once.

    `answer_sealed` is NULL where it was away.
    """

    __tablename__ = "registry_answer"
    __table_args__ = (UniqueConstraint("person_id", "question"), Index(None, "asked_at"))

    id: Mapped[Key]
    person_id: Mapped[str] = mapped_column(String(32), ForeignKey("person.id"))
    question: Mapped[Word]
    answer_sealed: Mapped[str | None] = mapped_column(Text)
    asked_at: Mapped[datetime]


class CaseNumber(Base):
    """The last serial given out, per prefix and Shanghai day."""

    __tablename__ = "case_number"

    prefix: Mapped[str] = mapped_column(String(8), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    last: Mapped[int] = mapped_column(Integer)
