"""Accounts with passwords, guardianships, captchas; what a session, a case and a consent rest on; early reports

Revision: 0003, after 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

REFERENCES = (
    ("case", "guardianship_id", "guardianship"),
    ("case", "organisation_id", "organisation"),
    ("draft", "guardianship_id", "guardianship"),
    ("consent", "about_id", "person"),
    ("session", "credential_id", "credential"),
    ("session", "unit_agent_id", "unit_agent"),
)
"""Table, new column, and the table it points into."""


def upgrade() -> None:
    op.create_table(
        "guess",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_guess")),
    )
    with op.batch_alter_table("guess", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_guess_last_at"), ["last_at"], unique=False)

    op.create_table(
        "organisation",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=18), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("region", sa.String(length=12), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("code", name=op.f("uq_organisation_code")),
    )
    op.create_table(
        "guardianship",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("guardian_id", sa.String(length=32), nullable=False),
        sa.Column("minor_id", sa.String(length=32), nullable=False),
        sa.Column("name_sealed", sa.Text(), nullable=False),
        sa.Column("born_on", sa.Date(), nullable=False),
        sa.Column("relation", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("proof", sa.String(length=16), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["guardian_id"], ["person.id"], name=op.f("fk_guardianship_guardian_id")),
        sa.ForeignKeyConstraint(["minor_id"], ["person.id"], name=op.f("fk_guardianship_minor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guardianship")),
        sa.UniqueConstraint("guardian_id", "minor_id", name=op.f("uq_guardianship_guardian_id_minor_id")),
    )
    with op.batch_alter_table("guardianship", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_guardianship_minor_id"), ["minor_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_guardianship_state_created_at_id"), ["state", "created_at", "id"], unique=False
        )

    op.create_table(
        "unit_agent",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("organisation_id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column(
            "scope", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_unit_agent_organisation_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_unit_agent_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_agent")),
    )
    with op.batch_alter_table("unit_agent", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_unit_agent_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_unit_agent_person_id"), ["person_id"], unique=False)

    op.create_table(
        "captcha",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("answer_sealed", sa.Text(), nullable=False),
        sa.Column("wechat_user_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["wechat_user_id"], ["wechat_user.id"], name=op.f("fk_captcha_wechat_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_captcha")),
    )
    with op.batch_alter_table("captcha", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_captcha_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "credential",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("unit_agent_id", sa.String(length=32), nullable=True),
        sa.Column("unit_agent_key", sa.String(length=32), nullable=False),
        sa.Column("name_sealed", sa.Text(), nullable=False),
        sa.Column("name_index", sa.String(length=64), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("runs_out_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_credential_person_id")),
        sa.ForeignKeyConstraint(["unit_agent_id"], ["unit_agent.id"], name=op.f("fk_credential_unit_agent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credential")),
        sa.UniqueConstraint("name_index", name=op.f("uq_credential_name_index")),
    )
    with op.batch_alter_table("credential", schema=None) as batch_op:
        batch_op.create_index("uq_credential_person", ["person_id", "kind", "unit_agent_key"], unique=True)

    op.create_table(
        "guardianship_upload",
        sa.Column("guardianship_id", sa.String(length=32), nullable=False),
        sa.Column("upload_id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["guardianship_id"], ["guardianship.id"], name=op.f("fk_guardianship_upload_guardianship_id")
        ),
        sa.ForeignKeyConstraint(["upload_id"], ["upload.id"], name=op.f("fk_guardianship_upload_upload_id")),
        sa.PrimaryKeyConstraint("guardianship_id", "upload_id", name=op.f("pk_guardianship_upload")),
    )
    with op.batch_alter_table("guardianship_upload", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_guardianship_upload_upload_id"), ["upload_id"], unique=False)

    # SQLite's batch mode would rebuild these tables, and dropping one under foreign keys empties what refers to it.
    for table, column, target in REFERENCES:
        op.execute(
            f'ALTER TABLE "{table}" ADD COLUMN {column} VARCHAR(32)'
            f" CONSTRAINT fk_{table}_{column} REFERENCES {target} (id)"
        )
    op.add_column("case", sa.Column("acting_proof", sa.String(length=32), nullable=True))
    op.create_index("ix_case_actor_id_submitted_at_id", "case", ["actor_id", "submitted_at", "id"])
    op.add_column("draft", sa.Column("acting_as", sa.String(length=32), nullable=False, server_default="self"))
    op.add_column("session", sa.Column("proven_by", sa.String(length=64), nullable=True))
    op.add_column("session", sa.Column("device", sa.String(length=80), nullable=False, server_default=""))
    op.add_column("verification", sa.Column("outcome", sa.String(length=16), nullable=True))
    op.add_column("verification", sa.Column("content_digest", sa.String(length=64), nullable=True))
    op.add_column("verification", sa.Column("ticket_sealed", sa.Text(), nullable=True))
    op.create_index("ix_verification_provider_created_at", "verification", ["provider", "created_at"])
    op.add_column("wechat_user", sa.Column("bound_by", sa.String(length=16), nullable=True))
    op.add_column("wechat_user", sa.Column("nickname_sealed", sa.Text(), nullable=True))
    op.add_column("wechat_user", sa.Column("avatar_sealed", sa.Text(), nullable=True))
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.add_column(sa.Column("guardianship_id", sa.String(length=32), nullable=True))
        batch_op.alter_column("case_id", existing_type=sa.String(length=32), nullable=True)
        batch_op.create_foreign_key(
            batch_op.f("fk_notice_guardianship_id"), "guardianship", ["guardianship_id"], ["id"]
        )
        batch_op.create_unique_constraint(batch_op.f("uq_notice_guardianship_id_origin"), ["guardianship_id", "origin"])
        batch_op.create_check_constraint(
            batch_op.f("ck_notice_about_one"), "(case_id IS NULL) <> (guardianship_id IS NULL)"
        )
    op.create_table(
        "early_report",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("message_number", sa.String(length=64), nullable=False),
        sa.Column("went", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account", "message_number", name=op.f("pk_early_report")),
    )
    op.create_index("ix_early_report_at", "early_report", ["at"])
    op.add_column("sending", sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE sending SET tried_at = begun_at")
    with op.batch_alter_table("sending", schema=None) as batch_op:
        batch_op.alter_column("tried_at", existing_type=sa.DateTime(timezone=True), nullable=False)
        batch_op.drop_index("ix_sending_in_doubt")
        batch_op.create_index(
            "ix_sending_unnumbered",
            ["wechat_user_id", "begun_at"],
            unique=False,
            postgresql_where=sa.text("message_number IS NULL"),
            sqlite_where=sa.text("message_number IS NULL"),
        )


def downgrade() -> None:
    with op.batch_alter_table("sending", schema=None) as batch_op:
        batch_op.drop_index("ix_sending_unnumbered")
        batch_op.create_index(
            "ix_sending_in_doubt",
            ["wechat_user_id"],
            unique=False,
            postgresql_where=sa.text("state IN ('begun', 'doubt')"),
            sqlite_where=sa.text("state IN ('begun', 'doubt')"),
        )
        batch_op.drop_column("tried_at")
    op.drop_index("ix_early_report_at", "early_report")
    op.drop_table("early_report")
    op.execute("DELETE FROM sending WHERE notice_id IN (SELECT id FROM notice WHERE case_id IS NULL)")
    op.execute("DELETE FROM notice WHERE case_id IS NULL")
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_notice_about_one"), type_="check")
        batch_op.drop_constraint(batch_op.f("uq_notice_guardianship_id_origin"), type_="unique")
        batch_op.drop_constraint(batch_op.f("fk_notice_guardianship_id"), type_="foreignkey")
        batch_op.alter_column("case_id", existing_type=sa.String(length=32), nullable=False)
        batch_op.drop_column("guardianship_id")
    op.drop_index("ix_verification_provider_created_at", "verification")
    op.drop_index("ix_case_actor_id_submitted_at_id", "case")
    for table, column in (
        ("wechat_user", "avatar_sealed"),
        ("wechat_user", "nickname_sealed"),
        ("wechat_user", "bound_by"),
        ("verification", "ticket_sealed"),
        ("verification", "content_digest"),
        ("verification", "outcome"),
        ("session", "device"),
        ("session", "proven_by"),
        ("draft", "acting_as"),
        ("case", "acting_proof"),
        *((table, column) for table, column, _ in reversed(REFERENCES)),
    ):
        op.drop_column(table, column)
    with op.batch_alter_table("guardianship_upload", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_guardianship_upload_upload_id"))

    op.drop_table("guardianship_upload")
    with op.batch_alter_table("credential", schema=None) as batch_op:
        batch_op.drop_index("uq_credential_person")

    op.drop_table("credential")
    with op.batch_alter_table("captcha", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_captcha_expires_at"))

    op.drop_table("captcha")
    with op.batch_alter_table("unit_agent", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_unit_agent_person_id"))
        batch_op.drop_index(batch_op.f("ix_unit_agent_organisation_id"))

    op.drop_table("unit_agent")
    with op.batch_alter_table("guardianship", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_guardianship_state_created_at_id"))
        batch_op.drop_index(batch_op.f("ix_guardianship_minor_id"))

    op.drop_table("guardianship")
    op.drop_table("organisation")
    with op.batch_alter_table("guess", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_guess_last_at"))

    op.drop_table("guess")
