"""Groups and labels."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "client_groups",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
    )
    op.create_table(
        "group_members",
        sa.Column("group_key", sa.Text, primary_key=True),
        sa.Column("client_key", sa.Text, primary_key=True),
        sa.Column("hostname", sa.Text, nullable=False),
    )
    op.create_table(
        "client_labels",
        sa.Column("client_key", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.create_index("clients_with_label", "client_labels", ["name", "value", "client_key"])


def downgrade() -> None:
    for table in ("client_labels", "group_members", "client_groups"):
        op.drop_table(table)
