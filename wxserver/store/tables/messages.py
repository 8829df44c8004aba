"""What citizens are told: notices, how they were sent, the credits to send them, and WeChat's tokens."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Float, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from wxserver.store.tables.base import Base, Code, Key, Word

UNREACHED = text("state = 'inbox' AND read_at IS NULL")
UNNUMBERED = text("message_number IS NULL")


class Notice(Base):
    """One thing that a person is told about a case, or about a child that they say they stand for. It stands in their
    inbox from the first moment on.

    `state`: `waiting` to be sent, `sent` (WeChat took it), `confirmed` (WeChat says it arrived), `inbox` (no message
    goes out; `reason` says why). `origin` tells a second telling of the same thing.
    """

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("case_id", "origin"),
        UniqueConstraint("guardianship_id", "origin"),
        CheckConstraint("(case_id IS NULL) <> (guardianship_id IS NULL)", name="about_one"),
        Index(None, "person_id", "created_at", "id"),
        Index("ix_notice_unreached", "case_id", postgresql_where=UNREACHED, sqlite_where=UNREACHED),
    )

    id: Mapped[Key]
    person_id: Mapped[str] = mapped_column(String(32), ForeignKey("person.id"))
    case_id: Mapped[str | None] = mapped_column(String(32), ForeignKey("case.id"))
    guardianship_id: Mapped[str | None] = mapped_column(String(32), ForeignKey("guardianship.id"))
    origin: Mapped[str] = mapped_column(String(200))
    node: Mapped[Word]
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    created_at: Mapped[datetime]
    state: Mapped[Word]
    channel: Mapped[str | None] = mapped_column(String(32))
    reason: Mapped[str | None] = mapped_column(String(64))
    settled_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]


class Sending(Base):
    """One way tried for a notice: a channel to a WeChat user. Written before the call.

    `state`: `begun`, `doubt` (no answer: it may have gone out), `held` (WeChat's quota is used up), `sent`,
    `confirmed`, `refused`. From `begun_at` on WeChat may have it; `tried_at` is the last try, later than that only
    where one before was in doubt.
    """

    __tablename__ = "sending"
    __table_args__ = (
        UniqueConstraint("notice_id", "wechat_user_id", "channel", "template_id"),
        Index(None, "account", "message_number"),
        Index(
            "ix_sending_unnumbered",
            "wechat_user_id",
            "begun_at",
            postgresql_where=UNNUMBERED,
            sqlite_where=UNNUMBERED,
        ),
    )

    id: Mapped[Key]
    notice_id: Mapped[str] = mapped_column(String(32), ForeignKey("notice.id"))
    wechat_user_id: Mapped[str] = mapped_column(String(32), ForeignKey("wechat_user.id"))
    account: Mapped[Code]
    channel: Mapped[Word]
    template_id: Mapped[str] = mapped_column(String(128))
    state: Mapped[Word]
    code: Mapped[int | None] = mapped_column(Integer)
    message_number: Mapped[str | None] = mapped_column(String(64))
    begun_at: Mapped[datetime]
    tried_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class EarlyReport(Base):
    """What WeChat told of a template message before we knew its number: it arrived, or it did not."""

    __tablename__ = "early_report"
    __table_args__ = (Index(None, "at"),)

    account: Mapped[str] = mapped_column(String(64), primary_key=True)
    message_number: Mapped[str] = mapped_column(String(64), primary_key=True)
    went: Mapped[bool]
    at: Mapped[datetime]


class SubscriptionCredit(Base):
    """One message that a WeChat user has agreed to, or refused, by one tap.

    `state`: `accepted`, `spent` on a sending, `expired` (WeChat knows it no more), `refused`. `origin`: the push that
    told us, hashed, and the entry's number in it.
    """

    __tablename__ = "subscription_credit"
    __table_args__ = (UniqueConstraint("origin"), Index(None, "wechat_user_id", "template_id", "state", "at"))

    id: Mapped[Key]
    wechat_user_id: Mapped[str] = mapped_column(String(32), ForeignKey("wechat_user.id"))
    template_id: Mapped[str] = mapped_column(String(128))
    state: Mapped[Word]
    origin: Mapped[str] = mapped_column(String(80))
    scene: Mapped[str | None] = mapped_column(String(16))
    sending_id: Mapped[str | None] = mapped_column(String(32), ForeignKey("sending.id"))
    at: Mapped[datetime]
    changed_at: Mapped[datetime]


class WeChatToken(Base):
    """An access token or a JS-SDK ticket, sealed, and who is fetching the next one. The lease is real-clock seconds."""

    __tablename__ = "wechat_token"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    value_sealed: Mapped[str | None] = mapped_column(Text)
    expires_at: Mapped[float | None] = mapped_column(Float)
    lease_owner: Mapped[str | None] = mapped_column(String(64))
    lease_until: Mapped[float | None] = mapped_column(Float)
