"""Insert or update, in the words of both databases."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite


def upsert(dialect: str, table: sa.Table, key: str) -> sa.Insert:
    """Insert rows whole; one with a `key` that is there already is replaced."""
    insert = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    return insert.on_conflict_do_update(index_elements=[key], set_={c.name: insert.excluded[c.name] for c in table.c})
