"""Removes old changes of status and old commands from a SQL database."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from microsip_manager.server.sql_access import reading, writing
from microsip_manager.server.tables import clients_table, commands_table, transitions_table


def purge_changes(engine: sa.Engine, before: datetime, most: int) -> int:
    """Remove at most so many changes from before this moment, but of each client the last of them; how many there were.

    That one tells its status at the moment itself. Raises `StoreFailed`.
    """
    columns, newer = transitions_table.c, transitions_table.alias("newer")
    last = (
        sa.select(newer.c.id)
        .where(newer.c.client_key == columns.client_key, newer.c.at < before)
        .order_by(newer.c.at.desc(), newer.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return _purge(engine, transitions_table, columns.id, (columns.at < before) & (columns.id != last), most)


def purge_commands(engine: sa.Engine, before: datetime, most: int) -> int:
    """Remove at most so many commands asked before this moment; how many there were. Raises `StoreFailed`."""
    columns = commands_table.c
    return _purge(engine, commands_table, columns.id, columns.asked_at < before, most)


def _purge(
    engine: sa.Engine, table: sa.Table, id: sa.Column[int] | sa.Column[str], old: sa.ColumnElement[bool], most: int
) -> int:
    # Through the clients, for the indexes begin with the client: a few looks, no scan.
    of_clients = table.c.client_key.in_(sa.select(clients_table.c.key))
    with reading(engine) as connection:
        # Found before anything is locked: nobody changes what is as old as this.
        found = list(connection.scalars(sa.select(id).where(of_clients, old).limit(most)))
    if found:
        with writing(engine) as connection:
            connection.execute(table.delete().where(id.in_(found)))
    return len(found)
