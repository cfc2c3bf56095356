"""Wishes for DND."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "dnd_wishes",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("client_key", sa.Text, nullable=False),
        sa.Column("hostname", sa.Text, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("enforce", sa.Boolean, nullable=False),
        sa.Column("lasts", sa.Integer, nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("queued_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("back_to", sa.Boolean, nullable=True),
        sa.Column("touched", sa.Boolean, nullable=False),
        sa.Column("cause", sa.Text, nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("detail", sa.Text, nullable=False),
    )
    living = sa.text("ended_at IS NULL")
    op.create_index(
        "dnd_wish_of_client",
        "dnd_wishes",
        ["client_key"],
        unique=True,
        sqlite_where=living,
        postgresql_where=living,
    )
    op.create_index("dnd_wishes_ended", "dnd_wishes", ["client_key", "ended_at"])


def downgrade() -> None:
    op.drop_table("dnd_wishes")
