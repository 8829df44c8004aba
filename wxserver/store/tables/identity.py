"""Who it is: persons, WeChat users, sessions, verifications, consents."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from wxserver.store.tables.base import Base, Code, Digest, Key, Ref, Sealed, Word


class Person(Base):
    """A natural person, known by one identity document. Cases belong to the person, never to the openid."""

    __tablename__ = "person"
    __table_args__ = (UniqueConstraint("document_index"),)

    id: Mapped[Key]
    name_sealed: Mapped[Sealed]
    document_kind: Mapped[Word]
    document_sealed: Mapped[Sealed]
    document_index: Mapped[Digest]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class WeChatUser(Base):
    """An openid under one account of ours, and the person who last proved to be behind it (`bound_by`: `face`,
    `password`, or `unionid` where another account of the same user proved it).

    `follows`: as WeChat last told us, at `follow_changed_at`; None: it never did. Nickname and avatar are kept only
    where the person agreed. Erased, the row keeps its id alone.
    """

    __tablename__ = "wechat_user"
    __table_args__ = (UniqueConstraint("account", "openid"), Index(None, "person_id"), Index(None, "unionid"))

    id: Mapped[Key]
    account: Mapped[Code]
    openid: Mapped[str] = mapped_column(String(128))
    unionid: Mapped[str | None] = mapped_column(String(128))
    person_id: Mapped[str | None] = mapped_column(String(32), ForeignKey("person.id"))
    bound_at: Mapped[datetime | None]
    bound_by: Mapped[str | None] = mapped_column(String(16))
    nickname_sealed: Mapped[str | None] = mapped_column(Text)
    avatar_sealed: Mapped[str | None] = mapped_column(Text)
    follows: Mapped[bool | None]
    follow_changed_at: Mapped[datetime | None]
    session_key_sealed: Mapped[str | None] = mapped_column(Text)
    erased_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class SignedSession(Base):
    """A session. Only the hash of its token is kept; a rise of assurance makes a new row and ends the old one.

    `device`: what the browser says it is, in a few words. `proven_by`: the provider's code, or `password`. Whoever
    signed in with an organisation's account acts as its `unit_agent_id`.
    """

    __tablename__ = "session"
    __table_args__ = (UniqueConstraint("token_hash"), Index(None, "wechat_user_id"), Index(None, "person_id"))

    id: Mapped[Key]
    token_hash: Mapped[Digest]
    kind: Mapped[Word]
    account: Mapped[Code]
    wechat_user_id: Mapped[str] = mapped_column(String(32), ForeignKey("wechat_user.id"))
    person_id: Mapped[str | None] = mapped_column(String(32), ForeignKey("person.id"))
    assurance: Mapped[Word]
    assured_at: Mapped[datetime | None]
    proven_by: Mapped[str | None] = mapped_column(String(64))
    credential_id: Mapped[str | None] = mapped_column(String(32), ForeignKey("credential.id"))
    unit_agent_id: Mapped[str | None] = mapped_column(String(32), ForeignKey("unit_agent.id"))
    device: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    followed_by: Mapped[str | None] = mapped_column(String(32))


class OAuthState(Base):
    """One round to WeChat and back: the one-time state, bound to the browser that began it."""

    __tablename__ = "oauth_state"
    __table_args__ = (Index(None, "created_at"),)

    state_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account: Mapped[Code]
    browser_hash: Mapped[Digest]
    next_path: Mapped[str] = mapped_column(String(2048))
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    session_id: Mapped[str | None] = mapped_column(String(32), ForeignKey("session.id"))


class Verification(Base):
    """One question to an identity provider. Its final states are final; `passed` is consumed once.

    `ticket_sealed`: what the provider knows it by; `provider_reference`: the same, or a digest of what is too long.
    `outcome`: what a result means for the next try (`ports.identity.Group`). `content_digest`: of the application for
    which a verification was made; it serves for that alone.
    """

    __tablename__ = "verification"
    __table_args__ = (
        UniqueConstraint("reference"),
        Index(None, "wechat_user_id", "created_at"),
        Index(None, "provider", "created_at"),
        Index("uq_verification_provider_reference", "provider", "provider_reference", unique=True),
    )

    id: Mapped[Key]
    provider: Mapped[Code]
    reference: Mapped[Ref]
    provider_reference: Mapped[str | None] = mapped_column(String(128))
    ticket_sealed: Mapped[str | None] = mapped_column(Text)
    session_id: Mapped[str] = mapped_column(String(32), ForeignKey("session.id"))
    wechat_user_id: Mapped[str] = mapped_column(String(32), ForeignKey("wechat_user.id"))
    purpose: Mapped[Word]
    name_sealed: Mapped[Sealed]
    document_kind: Mapped[Word]
    document_sealed: Mapped[Sealed]
    document_index: Mapped[Digest]
    subject_digest: Mapped[Digest]
    state_hash: Mapped[Digest]
    next_path: Mapped[str] = mapped_column(String(2048))
    url_sealed: Mapped[str | None] = mapped_column(Text)
    status: Mapped[Word]
    reason: Mapped[str | None] = mapped_column(String(64))
    outcome: Mapped[str | None] = mapped_column(String(16))
    level: Mapped[str | None] = mapped_column(String(32))
    content_digest: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime]
    redirected_at: Mapped[datetime | None]
    asked_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    consumed_at: Mapped[datetime | None]
    consumed_by: Mapped[str | None] = mapped_column(String(32))
    expires_at: Mapped[datetime]


class ConsentText(Base):
    """A consent text as it was shown; a version never changes."""

    __tablename__ = "consent_text"
    __table_args__ = (UniqueConstraint("purpose", "version"),)

    id: Mapped[Key]
    purpose: Mapped[Code]
    version: Mapped[Code]
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    published_at: Mapped[datetime]


class Consent(Base):
    """Who agreed to which version of which text, when, and in which verification (PIPL art. 14, 29, 30).

    `about_id`: the minor whose data it is about, where it is not the person's own (art. 31).
    """

    __tablename__ = "consent"
    __table_args__ = (Index(None, "wechat_user_id", "purpose"), Index(None, "person_id"))

    id: Mapped[Key]
    wechat_user_id: Mapped[str] = mapped_column(String(32), ForeignKey("wechat_user.id"))
    person_id: Mapped[str | None] = mapped_column(String(32), ForeignKey("person.id"))
    purpose: Mapped[Code]
    version: Mapped[Code]
    verification_id: Mapped[str | None] = mapped_column(String(32), ForeignKey("verification.id"))
    about_id: Mapped[str | None] = mapped_column(String(32), ForeignKey("person.id"))
    given_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


UNFINISHED = text("status IN ('created', 'redirected')")
Index("ix_verification_unfinished", Verification.expires_at, postgresql_where=UNFINISHED, sqlite_where=UNFINISHED)
