"""What all stores of the SQL database do in the same way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from microsip_manager.server.errors import StoreFailed


@contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A connection to read with; what goes wrong inside is raised as `StoreFailed`."""
    with told(), engine.connect() as connection:
        yield connection


@contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction that is committed at the end, all or nothing; what goes wrong is raised as `StoreFailed`."""
    with told(), engine.begin() as connection:
        yield connection


@contextmanager
def told() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        raise StoreFailed(why(error)) from error


def insert(dialect: str, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    """An insert that may say what to do with a row that is there already: both databases have the same words for it."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def upsert(dialect: str, table: sa.Table, key: str) -> sa.Insert:
    """Insert rows whole; one with a `key` that is there already is replaced."""
    new = insert(dialect, table)
    return new.on_conflict_do_update(index_elements=[key], set_={c.name: new.excluded[c.name] for c in table.c})


def why(error: Exception) -> str:
    """The first line of the innermost error: SQLAlchemy adds the statement and its values behind it."""
    inner = getattr(error, "orig", None) or error
    return str(inner).splitlines()[0] if str(inner) else type(inner).__name__
