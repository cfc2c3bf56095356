"""The commands in the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from microsip_manager.server.sql_access import upsert
from microsip_manager.server.tables import commands_table
from microsip_manager.wire.command_log import INTERRUPTED, PENDING, CommandRecord
from microsip_manager.wire.names import hostname_key


def write_commands(connection: sa.Connection, records: Sequence[CommandRecord]) -> None:
    """Within the transaction of `connection`; a record written before is brought up to date."""
    if records:
        connection.execute(upsert(connection.dialect.name, commands_table, "id"), [_row(record) for record in records])


def commands_of(connection: sa.Connection, hostname: str, before: datetime, most: int) -> list[CommandRecord]:
    """What was asked of one client before a moment, the newest first."""
    columns = commands_table.c
    chosen = (
        sa.select(commands_table)
        .where(columns.client_key == hostname_key(hostname), columns.asked_at < before)
        .order_by(columns.asked_at.desc(), columns.id.desc())
        .limit(most)
    )
    return [
        CommandRecord(
            id=row.id,
            hostname=row.hostname,
            command=row.command,
            issuer=row.issuer,
            way=row.way,
            asked_at=row.asked_at,
            deadline=row.deadline,
            outcome=row.outcome,
            ended_at=row.ended_at,
            late=row.late,
        )
        for row in connection.execute(chosen)
    ]


def end_interrupted(connection: sa.Connection, now: datetime) -> None:
    """Mark the commands whose server ended before their answer came."""
    columns = commands_table.c
    overdue = sa.and_(columns.outcome == PENDING, columns.deadline < now)
    connection.execute(commands_table.update().where(overdue).values(outcome=INTERRUPTED))


def _row(record: CommandRecord) -> dict[str, object]:
    return {
        "id": record.id,
        "client_key": hostname_key(record.hostname),
        "hostname": record.hostname,
        "command": record.command,
        "issuer": record.issuer,
        "way": record.way,
        "asked_at": record.asked_at,
        "deadline": record.deadline,
        "outcome": record.outcome,
        "ended_at": record.ended_at,
        "late": record.late,
    }
