"""The tables, as the newest migration leaves them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import sqlalchemy as sa


class UtcDateTime(sa.TypeDecorator[datetime]):
    """A moment, aware and in UTC on both sides; SQLite itself knows no time zones."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: sa.Dialect) -> Callable[[datetime | None], object] | None:
        # SQLAlchemy's own way into SQLite takes 4 µs, a third of the time to write a whole row of three moments.
        return _sqlite_text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _sqlite_text(moment: datetime | None) -> str | None:
    """As SQLAlchemy writes it into SQLite, too."""
    return moment.astimezone(UTC).isoformat(" ", "microseconds").removesuffix("+00:00") if moment is not None else None


metadata = sa.MetaData()

clients_table = sa.Table(
    "clients",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("hostname", sa.Text, nullable=False),
    sa.Column("extension", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("status_since", UtcDateTime, nullable=False),
    sa.Column("last_seen", UtcDateTime, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("port", sa.Integer, nullable=False),
    sa.Column("agent_version", sa.Text, nullable=False),
    sa.Column("simulated", sa.Boolean, nullable=False),
)

transitions_table = sa.Table(
    "transitions",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("client_key", sa.Text, nullable=False),
    sa.Column("before", sa.Text, nullable=True),
    sa.Column("after", sa.Text, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Index("transitions_of_client", "client_key", "at"),
)

calls_table = sa.Table(
    "calls",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("client_key", sa.Text, nullable=False),
    sa.Column("hostname", sa.Text, nullable=False),
    sa.Column("extension", sa.Text, nullable=False),
    sa.Column("key", sa.Integer, nullable=False),
    sa.Column("number", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("direction", sa.Text, nullable=False),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("duration", sa.Integer, nullable=False),
    sa.Column("info", sa.Text, nullable=False),
    sa.Column("ended", sa.Boolean, nullable=False),
    sa.Column("received_at", UtcDateTime, nullable=False),
    sa.Index("calls_by_time", "started_at", "id"),
    sa.Index("calls_of_client", "client_key", "started_at", "id"),
    sa.Index("calls_of_extension", "extension", "started_at", "id"),
    sa.Index("calls_with_number", "number", "started_at", "id"),
    sa.Index("calls_in_direction", "direction", "started_at", "id"),
    sa.Index("calls_by_duration", "direction", "duration"),
)

commands_table = sa.Table(
    "commands",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("client_key", sa.Text, nullable=False),
    sa.Column("hostname", sa.Text, nullable=False),
    sa.Column("command", sa.Text, nullable=False),
    sa.Column("issuer", sa.Text, nullable=False),
    sa.Column("way", sa.Text, nullable=False),
    sa.Column("asked_at", UtcDateTime, nullable=False),
    sa.Column("deadline", UtcDateTime, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("ended_at", UtcDateTime, nullable=True),
    sa.Column("late", sa.Text, nullable=False),
    sa.Index("commands_of_client", "client_key", "asked_at", "id"),
    sa.Index("commands_by_outcome", "outcome", "deadline"),
)

webhooks_table = sa.Table(
    "webhooks",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("kinds", sa.Text, nullable=False),
    sa.Column("secret", sa.Text, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("lost", sa.Integer, nullable=False),
)

webhook_deliveries_table = sa.Table(
    "webhook_deliveries",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("webhook_id", sa.Text, sa.ForeignKey("webhooks.id"), nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("give_up_at", UtcDateTime, nullable=False),
    sa.Column("next_at", UtcDateTime, nullable=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("last_at", UtcDateTime, nullable=True),
    sa.Column("last_status", sa.Integer, nullable=True),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Index("webhook_deliveries_of_webhook", "webhook_id", "state", "number"),
    sa.Index("webhook_deliveries_due", "state", "next_at"),
    sa.Index("webhook_deliveries_by_age", "state", "created_at"),
)

groups_table = sa.Table(
    "client_groups",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
)

members_table = sa.Table(
    "group_members",
    metadata,
    sa.Column("group_key", sa.Text, primary_key=True),
    sa.Column("client_key", sa.Text, primary_key=True),
    sa.Column("hostname", sa.Text, nullable=False),
)

labels_table = sa.Table(
    "client_labels",
    metadata,
    sa.Column("client_key", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
    sa.Index("clients_with_label", "name", "value", "client_key"),
)

schedules_table = sa.Table(
    "schedules",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("group_name", sa.Text, nullable=False),
    sa.Column("days", sa.Text, nullable=False),
    sa.Column("starts", sa.Text, nullable=False),
    sa.Column("ends", sa.Text, nullable=False),
    sa.Column("zone", sa.Text, nullable=False),
    sa.Column("exceptions", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("since", UtcDateTime, nullable=False),
)

runs_table = sa.Table(
    "schedule_runs",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("schedule_key", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("group_name", sa.Text, nullable=False),
    sa.Column("starts_at", UtcDateTime, nullable=False),
    sa.Column("ends_at", UtcDateTime, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("busy_until", UtcDateTime, nullable=True),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Index("runs_of_schedule", "schedule_key", "starts_at"),
    sa.Index("runs_in_state", "state", "starts_at"),
    sa.Index("runs_by_start", "starts_at"),
)

run_clients_table = sa.Table(
    "schedule_run_clients",
    metadata,
    sa.Column("run_id", sa.Text, primary_key=True),
    sa.Column("client_key", sa.Text, primary_key=True),
    sa.Column("hostname", sa.Text, nullable=False),
    sa.Column("was_dnd", sa.Boolean, nullable=False),
    sa.Column("on_outcome", sa.Text, nullable=True),
    sa.Column("inherited", sa.Boolean, nullable=False),
    sa.Column("off_outcome", sa.Text, nullable=True),
)

dnd_wishes_table = sa.Table(
    "dnd_wishes",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("client_key", sa.Text, nullable=False),
    sa.Column("hostname", sa.Text, nullable=False),
    sa.Column("enabled", sa.Boolean, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("enforce", sa.Boolean, nullable=False),
    sa.Column("lasts", sa.Integer, nullable=True),
    sa.Column("until", UtcDateTime, nullable=True),
    sa.Column("queued_until", UtcDateTime, nullable=True),
    sa.Column("asked_at", UtcDateTime, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("back_to", sa.Boolean, nullable=True),
    sa.Column("touched", sa.Boolean, nullable=False),
    sa.Column("cause", sa.Text, nullable=True),
    sa.Column("ended_at", UtcDateTime, nullable=True),
    sa.Column("detail", sa.Text, nullable=False),
    # A client has one wish at a time, whatever two servers do at once.
    sa.Index(
        "dnd_wish_of_client",
        "client_key",
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    ),
    sa.Index("dnd_wishes_ended", "client_key", "ended_at"),
)

tokens_table = sa.Table(
    "api_tokens",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("digest", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("groups", sa.JSON, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=True),
    sa.Column("last_used_at", UtcDateTime, nullable=True),
)

users_table = sa.Table(
    "users",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("groups", sa.JSON, nullable=False),
    sa.Column("disabled", sa.Boolean, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("password", sa.Text, nullable=False),
    sa.Column("totp_secret", sa.Text, nullable=True),
    sa.Column("totp_confirmed", sa.Boolean, nullable=False),
    sa.Column("totp_step", sa.BigInteger, nullable=False),
    # True for the first one only: two servers that are set up at once cannot both have one.
    sa.Column("first", sa.Boolean, nullable=True, unique=True),
)

sessions_table = sa.Table(
    "sessions",
    metadata,
    sa.Column("digest", sa.LargeBinary, primary_key=True),
    sa.Column("user_id", sa.Text, nullable=False),
    sa.Column("begun_at", UtcDateTime, nullable=False),
    sa.Column("used_at", UtcDateTime, nullable=False),
    sa.Index("sessions_of_user", "user_id", "begun_at"),
)

audit_table = sa.Table(
    "audit",
    metadata,
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("who_kind", sa.Text, nullable=False),
    sa.Column("who_id", sa.Text, nullable=False),
    sa.Column("who_name", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("client_key", sa.Text, nullable=False),
    sa.Column("hostname", sa.Text, nullable=False),
    sa.Column("target", sa.Text, nullable=False),
    sa.Column("before", sa.Text, nullable=False),
    sa.Column("after", sa.Text, nullable=False),
    sa.Column("numbers", sa.Text, nullable=False),
    sa.Column("status", sa.Integer, nullable=True),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("times", sa.Integer, nullable=False),
    sa.Column("since", UtcDateTime, nullable=True),
    sa.Column("request_id", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Index("audit_by_time", "at"),
)

audit_head_table = sa.Table(
    "audit_head",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("removed_to", sa.BigInteger, nullable=False),
)

audit_numbers_table = sa.Table(
    "audit_numbers",
    metadata,
    sa.Column("number", sa.Text, primary_key=True),
    sa.Column("pseudonym", sa.Text, nullable=False, unique=True),
    sa.Column("last_row", sa.BigInteger, nullable=False),
)

join_tokens_table = sa.Table(
    "join_tokens",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("digest", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("uses", sa.Integer, nullable=False),
    sa.Column("used", sa.Integer, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False),
)

agents_table = sa.Table(
    "agents",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("name_key", sa.Text, nullable=False, unique=True),
    sa.Column("hostname", sa.Text, nullable=False),
    sa.Column("session_user", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("next_digest", sa.LargeBinary, nullable=True, unique=True),
    sa.Column("enrolled_at", UtcDateTime, nullable=False),
    sa.Column("enrolled_by", sa.Text, nullable=False),
    sa.Column("key_since", UtcDateTime, nullable=False),
)

agent_requests_table = sa.Table(
    "agent_requests",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("digest", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("code", sa.Text, nullable=False, unique=True),
    sa.Column("hostname", sa.Text, nullable=False),
    sa.Column("session_user", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("asked_at", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False),
    sa.Column("refused", sa.Boolean, nullable=False),
    sa.Index("agent_requests_of_address", "address"),
)
