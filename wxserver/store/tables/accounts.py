"""Account and password of citizens and organisations (JY-6), and what slows down those who guess."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from wxserver.store.tables.base import Base, Digest, Key, Sealed, Word


class Organisation(Base):
    """A legal person, known by its unified social credit code (GB 32100); nothing of it is personal."""

    __tablename__ = "organisation"
    __table_args__ = (UniqueConstraint("code"),)

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(18))
    name: Mapped[str] = mapped_column(String(200))
    region: Mapped[str] = mapped_column(String(12))
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(64))
    disabled_at: Mapped[datetime | None]


class UnitAgent(Base):
    """Somebody who acts for an organisation: for `scope` (codes of bundles, or `bundle/item`; none: everything that
    allows it), and to the end of the day `ends_on`."""

    __tablename__ = "unit_agent"
    __table_args__ = (Index(None, "organisation_id"), Index(None, "person_id"))

    id: Mapped[Key]
    organisation_id: Mapped[str] = mapped_column(String(32), ForeignKey("organisation.id"))
    person_id: Mapped[str] = mapped_column(String(32), ForeignKey("person.id"))
    scope: Mapped[list[str]]
    ends_on: Mapped[date]
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(64))
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None] = mapped_column(String(64))


class Credential(Base):
    """An account name and its password. `kind`: `person` or `organisation`; the latter belongs to a unit agent, and
    `person_id` is the agent. `must_change`: the password was given out by staff and serves once, until `runs_out_at`.
    """

    __tablename__ = "credential"
    __table_args__ = (
        UniqueConstraint("name_index"),
        Index("uq_credential_person", "person_id", "kind", "unit_agent_key", unique=True),
    )

    id: Mapped[Key]
    kind: Mapped[Word]
    person_id: Mapped[str] = mapped_column(String(32), ForeignKey("person.id"))
    unit_agent_id: Mapped[str | None] = mapped_column(String(32), ForeignKey("unit_agent.id"))
    unit_agent_key: Mapped[str] = mapped_column(String(32))
    name_sealed: Mapped[Sealed]
    name_index: Mapped[Digest]
    password_hash: Mapped[str] = mapped_column(String(200))
    must_change: Mapped[bool]
    runs_out_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str | None] = mapped_column(String(64))
    changed_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class Captcha(Base):
    """A riddle that was drawn for one WeChat user, and serves once."""

    __tablename__ = "captcha"
    __table_args__ = (Index(None, "expires_at"),)

    id: Mapped[Key]
    answer_sealed: Mapped[Sealed]
    wechat_user_id: Mapped[str] = mapped_column(String(32), ForeignKey("wechat_user.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Guess(Base):
    """Sign-ins by password that failed, counted by whom they were aimed at or came from: `key` is a keyed hash of an
    account name, a source or a WeChat user. `until`: not before then."""

    __tablename__ = "guess"
    __table_args__ = (Index(None, "last_at"),)

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int] = mapped_column(Integer)
    last_at: Mapped[datetime]
    until: Mapped[datetime | None]


class Guardianship(Base):
    """Somebody stands for a minor. `state`: `claimed` (typed in, proves nothing), `confirmed`, `refused`, `ended`.

    `name_sealed`: the minor's name as the guardian wrote it; `born_on`: told by the document, or written down where it
    tells none. `proof`: `staff`, `registry` or `case`; `decided_by`: the member of staff, or nobody. `relation`: what
    the guardian says they are (`parent`, `other`).
    """

    __tablename__ = "guardianship"
    __table_args__ = (
        UniqueConstraint("guardian_id", "minor_id"),
        Index(None, "minor_id"),
        Index(None, "state", "created_at", "id"),
    )

    id: Mapped[Key]
    guardian_id: Mapped[str] = mapped_column(String(32), ForeignKey("person.id"))
    minor_id: Mapped[str] = mapped_column(String(32), ForeignKey("person.id"))
    name_sealed: Mapped[Sealed]
    born_on: Mapped[date]
    relation: Mapped[Word]
    state: Mapped[Word]
    proof: Mapped[str | None] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(64))
    ended_at: Mapped[datetime | None]


class GuardianshipUpload(Base):
    """A picture that proves a guardianship; it stays as long as the guardianship does."""

    __tablename__ = "guardianship_upload"
    __table_args__ = (Index(None, "upload_id"),)

    guardianship_id: Mapped[str] = mapped_column(String(32), ForeignKey("guardianship.id"), primary_key=True)
    upload_id: Mapped[str] = mapped_column(String(32), ForeignKey("upload.id"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer)
