"""Calls."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calls",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("client_key", sa.Text, nullable=False),
        sa.Column("hostname", sa.Text, nullable=False),
        sa.Column("extension", sa.Text, nullable=False),
        sa.Column("key", sa.Integer, nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("direction", sa.Text, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("duration", sa.Integer, nullable=False),
        sa.Column("info", sa.Text, nullable=False),
        sa.Column("ended", sa.Boolean, nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("calls_by_time", "calls", ["started_at", "id"])
    op.create_index("calls_of_client", "calls", ["client_key", "started_at", "id"])
    op.create_index("calls_of_extension", "calls", ["extension", "started_at", "id"])
    op.create_index("calls_with_number", "calls", ["number", "started_at", "id"])
    op.create_index("calls_in_direction", "calls", ["direction", "started_at", "id"])
    op.create_index("calls_by_duration", "calls", ["direction", "duration"])


def downgrade() -> None:
    op.drop_table("calls")
