"""Clients and their changes of status in a SQL database."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from microsip_manager.server.errors import StoreFailed
from microsip_manager.server.presence import Flip
from microsip_manager.server.sql_access import upsert, why
from microsip_manager.server.sql_commands import commands_of, end_interrupted, write_commands
from microsip_manager.server.tables import clients_table, transitions_table
from microsip_manager.wire.clients import ClientState
from microsip_manager.wire.command_log import CommandRecord
from microsip_manager.wire.names import hostname_key
from microsip_manager.wire.phone import PhoneStatus

MIGRATIONS = Path(__file__).parent / "migrations"


class SqlStore:
    """The real `ClientStore`. Opening it brings all tables up to date; raises `StoreFailed`.

    The stores of other tables share its `engine`, and end with it.
    """

    def __init__(self, url: str) -> None:
        self._shown_url = shown_url(url)
        try:
            self.engine = _engine(url)
        except OSError as error:
            raise StoreFailed(f"{self._shown_url}: {why(error)}") from error
        try:
            self._bring_up_to_date()
        except (SQLAlchemyError, CommandError) as error:
            self.engine.dispose()
            raise StoreFailed(f"{self._shown_url}: {why(error)}") from error

    def _bring_up_to_date(self) -> None:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        with self.engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            end_interrupted(connection, datetime.now(UTC))

    def load(self) -> list[ClientState]:
        try:
            with self.engine.connect() as connection:
                rows = connection.execute(sa.select(clients_table)).all()
        except SQLAlchemyError as error:
            raise StoreFailed(f"{self._shown_url}: {why(error)}") from error
        return [
            ClientState(
                hostname=row.hostname,
                extension=row.extension,
                status=PhoneStatus(row.status),
                status_since=row.status_since,
                last_seen=row.last_seen,
                address=row.address,
                port=row.port,
                agent_version=row.agent_version,
                simulated=row.simulated,
            )
            for row in rows
        ]

    def write(
        self, clients: Iterable[ClientState], flips: Iterable[Flip], commands: Iterable[CommandRecord] = ()
    ) -> None:
        client_rows = [_client_row(client) for client in clients]
        flip_rows = [_flip_row(flip) for flip in flips]
        try:
            with self.engine.begin() as connection:
                if client_rows:
                    connection.execute(upsert(self.engine.dialect.name, clients_table, "key"), client_rows)
                if flip_rows:
                    connection.execute(transitions_table.insert(), flip_rows)
                write_commands(connection, list(commands))
        except SQLAlchemyError as error:
            raise StoreFailed(f"{self._shown_url}: {why(error)}") from error

    def transitions(self, hostname: str) -> list[Flip]:
        """Every change of one client's status, oldest first; raises `StoreFailed`."""
        chosen = (
            sa.select(transitions_table)
            .where(transitions_table.c.client_key == hostname_key(hostname))
            .order_by(transitions_table.c.at, transitions_table.c.id)
        )
        try:
            with self.engine.connect() as connection:
                rows = connection.execute(chosen).all()
        except SQLAlchemyError as error:
            raise StoreFailed(f"{self._shown_url}: {why(error)}") from error
        return [
            Flip(hostname, PhoneStatus(row.before) if row.before else None, PhoneStatus(row.after), row.at)
            for row in rows
        ]

    def commands(self, hostname: str, before: datetime, most: int) -> list[CommandRecord]:
        """What was asked of one client before a moment, the newest first; raises `StoreFailed`."""
        try:
            with self.engine.connect() as connection:
                return commands_of(connection, hostname, before, most)
        except SQLAlchemyError as error:
            raise StoreFailed(f"{self._shown_url}: {why(error)}") from error

    def close(self) -> None:
        self.engine.dispose()


def shown_url(url: str) -> str:
    """The URL for people, its password hidden."""
    try:
        return sa.make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        return "DATABASE_URL"


def _engine(url: str) -> sa.Engine:
    try:
        parsed = sa.make_url(url)
        engine = sa.create_engine(parsed)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise StoreFailed(f"{shown_url(url)} is not a database this server can use: {why(error)}") from None
    if engine.dialect.name == "sqlite":
        if parsed.database and parsed.database != ":memory:":
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        sa.event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _: object) -> None:
    """Readers do not wait for the writer (WAL), and a commit survives a power cut (FULL)."""
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _client_row(client: ClientState) -> dict[str, object]:
    return {
        "key": hostname_key(client.hostname),
        "hostname": client.hostname,
        "extension": client.extension,
        "status": client.status.value,
        "status_since": client.status_since,
        "last_seen": client.last_seen,
        "address": client.address,
        "port": client.port,
        "agent_version": client.agent_version,
        "simulated": client.simulated,
    }


def _flip_row(flip: Flip) -> dict[str, object]:
    return {
        "client_key": hostname_key(flip.hostname),
        "before": flip.before.value if flip.before else None,
        "after": flip.after.value,
        "at": flip.at,
    }
