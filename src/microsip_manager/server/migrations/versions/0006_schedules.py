"""Schedules and their runs."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "schedules",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("group_name", sa.Text, nullable=False),
        sa.Column("days", sa.Text, nullable=False),
        sa.Column("starts", sa.Text, nullable=False),
        sa.Column("ends", sa.Text, nullable=False),
        sa.Column("zone", sa.Text, nullable=False),
        sa.Column("exceptions", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "schedule_runs",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("schedule_key", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("group_name", sa.Text, nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("busy_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("detail", sa.Text, nullable=False),
    )
    op.create_index("runs_of_schedule", "schedule_runs", ["schedule_key", "starts_at"])
    op.create_index("runs_in_state", "schedule_runs", ["state", "starts_at"])
    op.create_index("runs_by_start", "schedule_runs", ["starts_at"])
    op.create_table(
        "schedule_run_clients",
        sa.Column("run_id", sa.Text, primary_key=True),
        sa.Column("client_key", sa.Text, primary_key=True),
        sa.Column("hostname", sa.Text, nullable=False),
        sa.Column("was_dnd", sa.Boolean, nullable=False),
        sa.Column("on_outcome", sa.Text, nullable=True),
        sa.Column("inherited", sa.Boolean, nullable=False),
        sa.Column("off_outcome", sa.Text, nullable=True),
    )


def downgrade() -> None:
    for table in ("schedule_run_clients", "schedule_runs", "schedules"):
        op.drop_table(table)
