"""The first tables

Revision: 0001. Besides the tables it makes what must only grow refuse to change: the history of cases, the clock's
events and the two ledgers.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = ("case_event", "clock_event", "access_ledger", "audit_log")


def _close(table: str) -> None:
    """Refuse UPDATE and DELETE on a table whose rows are evidence."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'rows of % are only added', TG_TABLE_NAME; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {table}_only_grows BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are only added'); END"
        )


def upgrade() -> None:
    op.create_table(
        "access_ledger",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(length=32), nullable=False),
        sa.Column("actor_id", sa.String(length=64), nullable=True),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("subject_kind", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("data", sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_ledger")),
    )
    with op.batch_alter_table("access_ledger", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_access_ledger_subject_kind_subject_id_at"),
            ["subject_kind", "subject_id", "at"],
            unique=False,
        )

    op.create_table(
        "audit_log",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("bundle", sa.String(length=64), nullable=True),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(length=32), nullable=False),
        sa.Column("actor_id", sa.String(length=64), nullable=True),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("subject_kind", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("data", sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_log")),
        sa.UniqueConstraint("number", name=op.f("uq_audit_log_number")),
    )
    with op.batch_alter_table("audit_log", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_log_subject_id_number"), ["subject_id", "number"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_log_actor_id_number"), ["actor_id", "number"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_log_action_number"), ["action", "number"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_log_bundle_number"), ["bundle", "number"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_log_at"), ["at"], unique=False)

    op.create_table(
        "bundle_version",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("bundle_code", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("schema_version", sa.Integer(), nullable=False),
        sa.Column(
            "document", sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"), nullable=False
        ),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("etag", sa.String(length=32), nullable=False),
        sa.Column("origin", sa.String(length=32), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_by", sa.String(length=64), nullable=True),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("drafts_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("base_id", sa.String(length=32), nullable=True),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("edited_by", sa.String(length=64), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_by", sa.String(length=64), nullable=True),
        sa.Column("editors", sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"), nullable=True),
        sa.ForeignKeyConstraint(["base_id"], ["bundle_version.id"], name=op.f("fk_bundle_version_base_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bundle_version")),
        sa.UniqueConstraint("bundle_code", "number", name=op.f("uq_bundle_version_bundle_code_number")),
    )
    with op.batch_alter_table("bundle_version", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_bundle_version_status_effective_at"), ["status", "effective_at"], unique=False
        )

    op.create_table(
        "calendar_version",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("scope", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("parent_id", sa.String(length=32), nullable=True),
        sa.Column("published_through", sa.Date(), nullable=False),
        sa.Column("source_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("activated_by", sa.String(length=64), nullable=True),
        sa.Column("recomputed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("discarded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("discarded_by", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["parent_id"], ["calendar_version.id"], name=op.f("fk_calendar_version_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_version")),
        sa.UniqueConstraint("scope", "number", name=op.f("uq_calendar_version_scope_number")),
    )
    op.create_table(
        "case_number",
        sa.Column("prefix", sa.String(length=8), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("prefix", "day", name=op.f("pk_case_number")),
    )
    op.create_table(
        "consent_text",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("purpose", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_text")),
        sa.UniqueConstraint("purpose", "version", name=op.f("uq_consent_text_purpose_version")),
    )
    op.create_table(
        "inbound_message",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("message_id", sa.String(length=300), nullable=False),
        sa.Column("body_digest", sa.String(length=64), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_message")),
        sa.UniqueConstraint("source", "message_id", name=op.f("uq_inbound_message_source_message_id")),
    )
    with op.batch_alter_table("inbound_message", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_inbound_message_received_at"), ["received_at"], unique=False)

    op.create_table(
        "outbox",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("next_at", sa.Float(), nullable=False),
        sa.Column("lease_owner", sa.String(length=64), nullable=True),
        sa.Column("lease_until", sa.Float(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_fault", sa.String(length=200), nullable=True),
        sa.Column("ended_at", sa.Float(), nullable=True),
        sa.Column("end_state", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("kind", "subject_id", name=op.f("uq_outbox_kind_subject_id")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(
            "ix_outbox_waiting",
            ["next_at"],
            unique=False,
            postgresql_where=sa.text("ended_at IS NULL"),
            sqlite_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "person",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name_sealed", sa.Text(), nullable=False),
        sa.Column("document_kind", sa.String(length=32), nullable=False),
        sa.Column("document_sealed", sa.Text(), nullable=False),
        sa.Column("document_index", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("document_index", name=op.f("uq_person_document_index")),
    )
    op.create_table(
        "registry_event",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("message_id", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("production", sa.String(length=128), nullable=True),
        sa.Column("card_index", sa.String(length=64), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("data", sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registry_event")),
        sa.UniqueConstraint("message_id", name=op.f("uq_registry_event_message_id")),
    )
    with op.batch_alter_table("registry_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_registry_event_production"), ["production"], unique=False)
        batch_op.create_index(
            "ix_registry_event_unplaced",
            ["received_at"],
            unique=False,
            postgresql_where=sa.text("applied_at IS NULL"),
            sqlite_where=sa.text("applied_at IS NULL"),
        )

    op.create_table(
        "application",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("idempotency_key", sa.String(length=200), nullable=False),
        sa.Column("body_digest", sa.String(length=64), nullable=False),
        sa.Column("bundle_code", sa.String(length=64), nullable=False),
        sa.Column("bundle_version_id", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["bundle_version_id"], ["bundle_version.id"], name=op.f("fk_application_bundle_version_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_application_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application")),
        sa.UniqueConstraint("person_id", "idempotency_key", name=op.f("uq_application_person_id_idempotency_key")),
    )
    op.create_table(
        "calendar_day",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("calendar_id", sa.String(length=32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("is_working", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("doc_no", sa.String(length=100), nullable=False),
        sa.Column("issuer", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["calendar_id"], ["calendar_version.id"], name=op.f("fk_calendar_day_calendar_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_day")),
        sa.UniqueConstraint("calendar_id", "day", name=op.f("uq_calendar_day_calendar_id_day")),
    )
    op.create_table(
        "card",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("reference_sealed", sa.Text(), nullable=False),
        sa.Column("reference_index", sa.String(length=64), nullable=False),
        sa.Column("number_sealed", sa.Text(), nullable=False),
        sa.Column("bank", sa.String(length=64), nullable=False),
        sa.Column("region", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_card_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card")),
        sa.UniqueConstraint("reference_index", name=op.f("uq_card_reference_index")),
    )
    with op.batch_alter_table("card", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_card_person_id"), ["person_id"], unique=False)

    op.create_table(
        "wechat_user",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("openid", sa.String(length=128), nullable=False),
        sa.Column("unionid", sa.String(length=128), nullable=True),
        sa.Column("person_id", sa.String(length=32), nullable=True),
        sa.Column("bound_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_wechat_user_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wechat_user")),
        sa.UniqueConstraint("account", "openid", name=op.f("uq_wechat_user_account_openid")),
    )
    with op.batch_alter_table("wechat_user", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_wechat_user_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_wechat_user_unionid"), ["unionid"], unique=False)

    op.create_table(
        "case",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("application_id", sa.String(length=32), nullable=False),
        sa.Column("bundle_code", sa.String(length=64), nullable=False),
        sa.Column("bundle_version_id", sa.String(length=32), nullable=False),
        sa.Column("item_code", sa.String(length=64), nullable=False),
        sa.Column("applicant_id", sa.String(length=32), nullable=False),
        sa.Column("cardholder_id", sa.String(length=32), nullable=False),
        sa.Column("actor_id", sa.String(length=32), nullable=False),
        sa.Column("acting_as", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("region", sa.String(length=12), nullable=False),
        sa.Column("office", sa.String(length=64), nullable=True),
        sa.Column("card_id", sa.String(length=32), nullable=True),
        sa.Column("card_key", sa.String(length=32), nullable=False),
        sa.Column("form_sealed", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("awaits", sa.String(length=16), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("correcting_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("limit_unit", sa.String(length=32), nullable=False),
        sa.Column("limit_amount", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("due_provisional", sa.Boolean(), nullable=False),
        sa.Column("calendar_id", sa.String(length=32), nullable=True),
        sa.Column("production", sa.String(length=128), nullable=True),
        sa.Column("result", sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"), nullable=True),
        sa.Column("refusal", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["actor_id"], ["person.id"], name=op.f("fk_case_actor_id")),
        sa.ForeignKeyConstraint(["applicant_id"], ["person.id"], name=op.f("fk_case_applicant_id")),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_case_application_id")),
        sa.ForeignKeyConstraint(["bundle_version_id"], ["bundle_version.id"], name=op.f("fk_case_bundle_version_id")),
        sa.ForeignKeyConstraint(["calendar_id"], ["calendar_version.id"], name=op.f("fk_case_calendar_id")),
        sa.ForeignKeyConstraint(["card_id"], ["card.id"], name=op.f("fk_case_card_id")),
        sa.ForeignKeyConstraint(["cardholder_id"], ["person.id"], name=op.f("fk_case_cardholder_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case")),
        sa.UniqueConstraint("number", name=op.f("uq_case_number")),
    )
    with op.batch_alter_table("case", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_case_applicant_id_submitted_at_id"), ["applicant_id", "submitted_at", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_case_application_id"), ["application_id"], unique=False)
        batch_op.create_index(
            "ix_case_calendar",
            ["calendar_id", "id"],
            unique=False,
            postgresql_where=sa.text("closed_at IS NULL AND limit_unit <> 'instant'"),
            sqlite_where=sa.text("closed_at IS NULL AND limit_unit <> 'instant'"),
        )
        batch_op.create_index(
            "ix_case_due",
            ["due_on", "id"],
            unique=False,
            postgresql_where=sa.text("closed_at IS NULL AND limit_unit <> 'instant'"),
            sqlite_where=sa.text("closed_at IS NULL AND limit_unit <> 'instant'"),
        )
        batch_op.create_index("ix_case_production", ["production"], unique=True)
        batch_op.create_index(
            batch_op.f("ix_case_bundle_code_submitted_at"), ["bundle_code", "submitted_at"], unique=False
        )
        batch_op.create_index(
            "ix_case_open_version",
            ["bundle_version_id"],
            unique=False,
            postgresql_where=sa.text("closed_at IS NULL"),
            sqlite_where=sa.text("closed_at IS NULL"),
        )
        batch_op.create_index(
            "uq_case_open",
            ["cardholder_id", "bundle_code", "item_code", "card_key"],
            unique=True,
            postgresql_where=sa.text("closed_at IS NULL AND limit_unit <> 'instant'"),
            sqlite_where=sa.text("closed_at IS NULL AND limit_unit <> 'instant'"),
        )

    op.create_table(
        "registry_answer",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("question", sa.String(length=32), nullable=False),
        sa.Column("answer_sealed", sa.Text(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_registry_answer_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registry_answer")),
        sa.UniqueConstraint("person_id", "question", name=op.f("uq_registry_answer_person_id_question")),
    )
    with op.batch_alter_table("registry_answer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_registry_answer_asked_at"), ["asked_at"], unique=False)

    op.create_table(
        "draft",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("bundle_code", sa.String(length=64), nullable=False),
        sa.Column("item_code", sa.String(length=200), nullable=False),
        sa.Column("bundle_version_id", sa.String(length=32), nullable=False),
        sa.Column("submission_key", sa.String(length=32), nullable=False),
        sa.Column("card_id", sa.String(length=32), nullable=True),
        sa.Column("form_sealed", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["bundle_version_id"], ["bundle_version.id"], name=op.f("fk_draft_bundle_version_id")),
        sa.ForeignKeyConstraint(["card_id"], ["card.id"], name=op.f("fk_draft_card_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_draft_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
        sa.UniqueConstraint(
            "person_id", "bundle_code", "item_code", name=op.f("uq_draft_person_id_bundle_code_item_code")
        ),
    )
    with op.batch_alter_table("draft", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_draft_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_draft_bundle_version_id"), ["bundle_version_id"], unique=False)

    op.create_table(
        "session",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("wechat_user_id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=True),
        sa.Column("assurance", sa.String(length=32), nullable=False),
        sa.Column("assured_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("followed_by", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_session_person_id")),
        sa.ForeignKeyConstraint(["wechat_user_id"], ["wechat_user.id"], name=op.f("fk_session_wechat_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_session_token_hash")),
    )
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_session_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_session_wechat_user_id"), ["wechat_user_id"], unique=False)

    op.create_table(
        "case_event",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("node", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("actor_kind", sa.String(length=32), nullable=False),
        sa.Column("actor_id", sa.String(length=64), nullable=True),
        sa.Column("origin", sa.String(length=200), nullable=False),
        sa.Column("bundle_version_id", sa.String(length=32), nullable=False),
        sa.Column("calendar_id", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["bundle_version_id"], ["bundle_version.id"], name=op.f("fk_case_event_bundle_version_id")
        ),
        sa.ForeignKeyConstraint(["calendar_id"], ["calendar_version.id"], name=op.f("fk_case_event_calendar_id")),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_case_event_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_event")),
        sa.UniqueConstraint("case_id", "origin", name=op.f("uq_case_event_case_id_origin")),
    )
    with op.batch_alter_table("case_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_event_case_id_at"), ["case_id", "at"], unique=False)

    op.create_table(
        "case_step",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("facts", sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_case_step_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_step")),
        sa.UniqueConstraint("case_id", "name", name=op.f("uq_case_step_case_id_name")),
    )
    op.create_table(
        "clock_event",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("legal_basis", sa.String(length=200), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("word", sa.String(length=32), nullable=False),
        sa.Column("approved_by", sa.String(length=64), nullable=True),
        sa.Column("origin", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_clock_event_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_event")),
        sa.UniqueConstraint("case_id", "origin", name=op.f("uq_clock_event_case_id_origin")),
    )
    op.create_table(
        "due_change",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("old_due_on", sa.Date(), nullable=True),
        sa.Column("new_due_on", sa.Date(), nullable=True),
        sa.Column("calendar_id", sa.String(length=32), nullable=True),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["calendar_id"], ["calendar_version.id"], name=op.f("fk_due_change_calendar_id")),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_due_change_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_due_change")),
    )
    with op.batch_alter_table("due_change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_due_change_case_id"), ["case_id"], unique=False)

    op.create_table(
        "oauth_state",
        sa.Column("state_hash", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("browser_hash", sa.String(length=64), nullable=False),
        sa.Column("next_path", sa.String(length=2048), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("session_id", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f("fk_oauth_state_session_id")),
        sa.PrimaryKeyConstraint("state_hash", name=op.f("pk_oauth_state")),
    )
    with op.batch_alter_table("oauth_state", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_oauth_state_created_at"), ["created_at"], unique=False)

    op.create_table(
        "verification",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("provider", sa.String(length=64), nullable=False),
        sa.Column("reference", sa.String(length=32), nullable=False),
        sa.Column("provider_reference", sa.String(length=128), nullable=True),
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("wechat_user_id", sa.String(length=32), nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("name_sealed", sa.Text(), nullable=False),
        sa.Column("document_kind", sa.String(length=32), nullable=False),
        sa.Column("document_sealed", sa.Text(), nullable=False),
        sa.Column("document_index", sa.String(length=64), nullable=False),
        sa.Column("subject_digest", sa.String(length=64), nullable=False),
        sa.Column("state_hash", sa.String(length=64), nullable=False),
        sa.Column("next_path", sa.String(length=2048), nullable=False),
        sa.Column("url_sealed", sa.Text(), nullable=True),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.Column("level", sa.String(length=32), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("redirected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("consumed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("consumed_by", sa.String(length=32), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f("fk_verification_session_id")),
        sa.ForeignKeyConstraint(["wechat_user_id"], ["wechat_user.id"], name=op.f("fk_verification_wechat_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verification")),
        sa.UniqueConstraint("reference", name=op.f("uq_verification_reference")),
    )
    with op.batch_alter_table("verification", schema=None) as batch_op:
        batch_op.create_index(
            "ix_verification_unfinished",
            ["expires_at"],
            unique=False,
            postgresql_where=sa.text("status IN ('created', 'redirected')"),
            sqlite_where=sa.text("status IN ('created', 'redirected')"),
        )
        batch_op.create_index(
            batch_op.f("ix_verification_wechat_user_id_created_at"), ["wechat_user_id", "created_at"], unique=False
        )
        batch_op.create_index("uq_verification_provider_reference", ["provider", "provider_reference"], unique=True)

    op.create_table(
        "consent",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("wechat_user_id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=True),
        sa.Column("purpose", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("verification_id", sa.String(length=32), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_consent_person_id")),
        sa.ForeignKeyConstraint(["verification_id"], ["verification.id"], name=op.f("fk_consent_verification_id")),
        sa.ForeignKeyConstraint(["wechat_user_id"], ["wechat_user.id"], name=op.f("fk_consent_wechat_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_consent_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_consent_wechat_user_id_purpose"), ["wechat_user_id", "purpose"], unique=False
        )

    op.create_table(
        "upload",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("idempotency_key", sa.String(length=200), nullable=False),
        sa.Column("raw_sha256", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("media_type", sa.String(length=32), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_upload_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload")),
        sa.UniqueConstraint("person_id", "idempotency_key", name=op.f("uq_upload_person_id_idempotency_key")),
    )
    with op.batch_alter_table("upload", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_upload_created_at"), ["created_at"], unique=False)

    op.create_table(
        "draft_upload",
        sa.Column("draft_id", sa.String(length=32), nullable=False),
        sa.Column("upload_id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["draft_id"], ["draft.id"], name=op.f("fk_draft_upload_draft_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["upload_id"], ["upload.id"], name=op.f("fk_draft_upload_upload_id")),
        sa.PrimaryKeyConstraint("draft_id", "upload_id", name=op.f("pk_draft_upload")),
    )
    with op.batch_alter_table("draft_upload", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_draft_upload_upload_id"), ["upload_id"], unique=False)

    op.create_table(
        "case_upload",
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("upload_id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_case_upload_case_id")),
        sa.ForeignKeyConstraint(["upload_id"], ["upload.id"], name=op.f("fk_case_upload_upload_id")),
        sa.PrimaryKeyConstraint("case_id", "upload_id", name=op.f("pk_case_upload")),
    )
    with op.batch_alter_table("case_upload", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_upload_upload_id"), ["upload_id"], unique=False)

    op.create_table(
        "staff",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("roles", sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"), nullable=False),
        sa.Column(
            "regions", sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"), nullable=False
        ),
        sa.Column(
            "bundles", sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"), nullable=False
        ),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("totp_sealed", sa.Text(), nullable=True),
        sa.Column("totp_step", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_by", sa.String(length=64), nullable=True),
        sa.UniqueConstraint("username", name=op.f("uq_staff_username")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
    )
    op.create_table(
        "staff_session",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("staff_id", sa.String(length=32), nullable=False),
        sa.Column("stage", sa.String(length=32), nullable=False),
        sa.Column("agent", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_session_staff_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_staff_session_token_hash")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_session")),
    )
    with op.batch_alter_table("staff_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_staff_session_staff_id"), ["staff_id"], unique=False)

    op.create_table(
        "preview",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("version_id", sa.String(length=32), nullable=False),
        sa.Column("staff_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answers_sealed", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["bundle_version.id"], name=op.f("fk_preview_version_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_preview_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_preview")),
    )
    with op.batch_alter_table("preview", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_preview_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "bundle_edit",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("version_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("what", sa.String(length=200), nullable=False),
        sa.Column(
            "document", sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"), nullable=False
        ),
        sa.ForeignKeyConstraint(["version_id"], ["bundle_version.id"], name=op.f("fk_bundle_edit_version_id")),
        sa.UniqueConstraint("version_id", "number", name=op.f("uq_bundle_edit_version_id_number")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bundle_edit")),
    )
    op.create_table(
        "bundle_comment",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("bundle_code", sa.String(length=64), nullable=False),
        sa.Column("version_id", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["bundle_version.id"], name=op.f("fk_bundle_comment_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bundle_comment")),
    )
    with op.batch_alter_table("bundle_comment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bundle_comment_version_id_at"), ["version_id", "at"], unique=False)
        batch_op.create_index(batch_op.f("ix_bundle_comment_bundle_code_at"), ["bundle_code", "at"], unique=False)

    for table in APPEND_ONLY:
        _close(table)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in APPEND_ONLY:
            op.execute(f"DROP TRIGGER {table}_only_grows ON {table}")
            op.execute(f"DROP TRIGGER {table}_no_truncate ON {table}")
        op.execute("DROP FUNCTION refuse_change()")
    for table in ("bundle_comment", "bundle_edit", "preview", "staff_session", "staff"):
        op.drop_table(table)
    with op.batch_alter_table("case_upload", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_upload_upload_id"))

    op.drop_table("case_upload")
    with op.batch_alter_table("draft_upload", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_draft_upload_upload_id"))

    op.drop_table("draft_upload")
    with op.batch_alter_table("upload", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_upload_created_at"))

    op.drop_table("upload")
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_consent_wechat_user_id_purpose"))
        batch_op.drop_index(batch_op.f("ix_consent_person_id"))

    op.drop_table("consent")
    with op.batch_alter_table("verification", schema=None) as batch_op:
        batch_op.drop_index("uq_verification_provider_reference")
        batch_op.drop_index(batch_op.f("ix_verification_wechat_user_id_created_at"))
        batch_op.drop_index(
            "ix_verification_unfinished",
            postgresql_where=sa.text("status IN ('created', 'redirected')"),
            sqlite_where=sa.text("status IN ('created', 'redirected')"),
        )

    op.drop_table("verification")
    with op.batch_alter_table("oauth_state", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_oauth_state_created_at"))

    op.drop_table("oauth_state")
    with op.batch_alter_table("due_change", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_due_change_case_id"))

    op.drop_table("due_change")
    op.drop_table("clock_event")
    op.drop_table("case_step")
    with op.batch_alter_table("case_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_event_case_id_at"))

    op.drop_table("case_event")
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_session_wechat_user_id"))
        batch_op.drop_index(batch_op.f("ix_session_person_id"))

    op.drop_table("session")
    with op.batch_alter_table("registry_answer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_registry_answer_asked_at"))

    op.drop_table("registry_answer")
    with op.batch_alter_table("draft", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_draft_expires_at"))
        batch_op.drop_index(batch_op.f("ix_draft_bundle_version_id"))

    op.drop_table("draft")
    with op.batch_alter_table("case", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_case_open",
            postgresql_where=sa.text("closed_at IS NULL AND limit_unit <> 'instant'"),
            sqlite_where=sa.text("closed_at IS NULL AND limit_unit <> 'instant'"),
        )
        batch_op.drop_index("ix_case_production")
        batch_op.drop_index(batch_op.f("ix_case_bundle_code_submitted_at"))
        batch_op.drop_index(
            "ix_case_open_version",
            postgresql_where=sa.text("closed_at IS NULL"),
            sqlite_where=sa.text("closed_at IS NULL"),
        )
        batch_op.drop_index(
            "ix_case_calendar",
            postgresql_where=sa.text("closed_at IS NULL AND limit_unit <> 'instant'"),
            sqlite_where=sa.text("closed_at IS NULL AND limit_unit <> 'instant'"),
        )
        batch_op.drop_index(
            "ix_case_due",
            postgresql_where=sa.text("closed_at IS NULL AND limit_unit <> 'instant'"),
            sqlite_where=sa.text("closed_at IS NULL AND limit_unit <> 'instant'"),
        )
        batch_op.drop_index(batch_op.f("ix_case_application_id"))
        batch_op.drop_index(batch_op.f("ix_case_applicant_id_submitted_at_id"))

    op.drop_table("case")
    with op.batch_alter_table("wechat_user", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_wechat_user_unionid"))
        batch_op.drop_index(batch_op.f("ix_wechat_user_person_id"))

    op.drop_table("wechat_user")
    with op.batch_alter_table("card", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_card_person_id"))

    op.drop_table("card")
    op.drop_table("calendar_day")
    op.drop_table("application")
    with op.batch_alter_table("registry_event", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_registry_event_unplaced",
            postgresql_where=sa.text("applied_at IS NULL"),
            sqlite_where=sa.text("applied_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_registry_event_production"))

    op.drop_table("registry_event")
    op.drop_table("person")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_outbox_waiting", postgresql_where=sa.text("ended_at IS NULL"), sqlite_where=sa.text("ended_at IS NULL")
        )

    op.drop_table("outbox")
    with op.batch_alter_table("inbound_message", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_inbound_message_received_at"))

    op.drop_table("inbound_message")
    op.drop_table("consent_text")
    op.drop_table("case_number")
    op.drop_table("calendar_version")
    with op.batch_alter_table("bundle_version", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_bundle_version_status_effective_at"))

    op.drop_table("bundle_version")
    with op.batch_alter_table("audit_log", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_log_subject_id_number"))
        batch_op.drop_index(batch_op.f("ix_audit_log_actor_id_number"))
        batch_op.drop_index(batch_op.f("ix_audit_log_action_number"))
        batch_op.drop_index(batch_op.f("ix_audit_log_bundle_number"))
        batch_op.drop_index(batch_op.f("ix_audit_log_at"))

    op.drop_table("audit_log")
    with op.batch_alter_table("access_ledger", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_access_ledger_subject_kind_subject_id_at"))

    op.drop_table("access_ledger")
