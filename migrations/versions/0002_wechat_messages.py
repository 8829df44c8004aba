"""Notices, sendings, subscription credits, WeChat tokens; what WeChat tells of a user

Revision: 0002, after 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "wechat_token",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("value_sealed", sa.Text(), nullable=True),
        sa.Column("expires_at", sa.Float(), nullable=True),
        sa.Column("lease_owner", sa.String(length=64), nullable=True),
        sa.Column("lease_until", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_wechat_token")),
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("origin", sa.String(length=200), nullable=False),
        sa.Column("node", sa.String(length=32), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=True),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_notice_case_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_notice_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("case_id", "origin", name=op.f("uq_notice_case_id_origin")),
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_notice_person_id_created_at_id"), ["person_id", "created_at", "id"], unique=False
        )
        batch_op.create_index(
            "ix_notice_unreached",
            ["case_id"],
            unique=False,
            postgresql_where=sa.text("state = 'inbox' AND read_at IS NULL"),
            sqlite_where=sa.text("state = 'inbox' AND read_at IS NULL"),
        )

    op.create_table(
        "sending",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("notice_id", sa.String(length=32), nullable=False),
        sa.Column("wechat_user_id", sa.String(length=32), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("template_id", sa.String(length=128), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.Column("message_number", sa.String(length=64), nullable=True),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_sending_notice_id")),
        sa.ForeignKeyConstraint(["wechat_user_id"], ["wechat_user.id"], name=op.f("fk_sending_wechat_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sending")),
        sa.UniqueConstraint(
            "notice_id",
            "wechat_user_id",
            "channel",
            "template_id",
            name=op.f("uq_sending_notice_id_wechat_user_id_channel_template_id"),
        ),
    )
    with op.batch_alter_table("sending", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_sending_account_message_number"), ["account", "message_number"], unique=False
        )
        batch_op.create_index(
            "ix_sending_in_doubt",
            ["wechat_user_id"],
            unique=False,
            postgresql_where=sa.text("state IN ('begun', 'doubt')"),
            sqlite_where=sa.text("state IN ('begun', 'doubt')"),
        )

    op.create_table(
        "subscription_credit",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("wechat_user_id", sa.String(length=32), nullable=False),
        sa.Column("template_id", sa.String(length=128), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("origin", sa.String(length=80), nullable=False),
        sa.Column("scene", sa.String(length=16), nullable=True),
        sa.Column("sending_id", sa.String(length=32), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["sending_id"], ["sending.id"], name=op.f("fk_subscription_credit_sending_id")),
        sa.ForeignKeyConstraint(
            ["wechat_user_id"], ["wechat_user.id"], name=op.f("fk_subscription_credit_wechat_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription_credit")),
        sa.UniqueConstraint("origin", name=op.f("uq_subscription_credit_origin")),
    )
    with op.batch_alter_table("subscription_credit", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_subscription_credit_wechat_user_id_template_id_state_at"),
            ["wechat_user_id", "template_id", "state", "at"],
            unique=False,
        )

    with op.batch_alter_table("wechat_user", schema=None) as batch_op:
        batch_op.add_column(sa.Column("follows", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("follow_changed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("session_key_sealed", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("wechat_user", schema=None) as batch_op:
        batch_op.drop_column("erased_at")
        batch_op.drop_column("session_key_sealed")
        batch_op.drop_column("follow_changed_at")
        batch_op.drop_column("follows")

    with op.batch_alter_table("subscription_credit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_subscription_credit_wechat_user_id_template_id_state_at"))

    op.drop_table("subscription_credit")
    with op.batch_alter_table("sending", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_sending_in_doubt",
            postgresql_where=sa.text("state IN ('begun', 'doubt')"),
            sqlite_where=sa.text("state IN ('begun', 'doubt')"),
        )
        batch_op.drop_index(batch_op.f("ix_sending_account_message_number"))

    op.drop_table("sending")
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_notice_unreached",
            postgresql_where=sa.text("state = 'inbox' AND read_at IS NULL"),
            sqlite_where=sa.text("state = 'inbox' AND read_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_notice_person_id_created_at_id"))

    op.drop_table("notice")
    op.drop_table("wechat_token")
