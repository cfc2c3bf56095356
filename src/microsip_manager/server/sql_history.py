"""Calls and changes of status, counted by the SQL database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from microsip_manager.server.errors import StoreFailed
from microsip_manager.server.statistics import CallCount, Change
from microsip_manager.server.tables import UtcDateTime, calls_table, clients_table, transitions_table
from microsip_manager.wire.calls import CallDirection
from microsip_manager.wire.phone import PhoneStatus

ROWS_AT_ONCE = 2000

_calls, _clients, _transitions = calls_table.c, clients_table.c, transitions_table.c
_COUNTED = (
    _calls.direction,
    sa.func.count().label("calls"),
    sa.func.sum(sa.case((_calls.duration > 0, 1), else_=0)).label("talked"),
    sa.func.sum(_calls.duration).label("seconds"),
)


class SqlHistory:
    """The real `History`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    @contextmanager
    def reading(self) -> Iterator[SqlReading]:
        try:
            with self._engine.connect() as connection:
                if self._engine.dialect.name == "sqlite":
                    connection.exec_driver_sql("BEGIN")  # Python's driver itself begins nothing for a SELECT
                else:
                    connection.execution_options(isolation_level="REPEATABLE READ")
                yield SqlReading(connection)
        except SQLAlchemyError as error:
            raise StoreFailed(str(getattr(error, "orig", None) or type(error).__name__).splitlines()[0]) from error


class SqlReading:
    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def has_calls_of(self, client_key: str) -> bool:
        found = sa.select(sa.literal(1)).where(_calls.client_key == client_key).limit(1)
        return self._connection.execute(found).first() is not None

    def calls_by_client(
        self, start: datetime, end: datetime, client_key: str | None
    ) -> Iterator[tuple[str, str, CallCount]]:
        counted = (
            sa.select(_calls.client_key, sa.func.max(_calls.hostname), *_COUNTED)
            .where(_calls.started_at >= start, _calls.started_at < end, *_only(_calls.client_key, client_key))
            .group_by(_calls.client_key, _calls.direction)
        )
        for key, hostname, *count in self._connection.execute(counted):
            yield key, hostname, _count(count)

    def calls_by_hour(self, cuts: Sequence[datetime], client_key: str | None) -> Iterator[tuple[int, CallCount]]:
        # The hours go along as rows: the database then needs to know no time zone.
        moment = UtcDateTime()
        hours = (
            sa.values(sa.column("number", sa.Integer), sa.column("since", moment), sa.column("until", moment))
            .data([(number, since, until) for number, (since, until) in enumerate(pairwise(cuts))])
            .cte("hours")
        )
        counted = (
            sa.select(hours.c.number, *_COUNTED)
            .join_from(hours, calls_table, (_calls.started_at >= hours.c.since) & (_calls.started_at < hours.c.until))
            .where(*_only(_calls.client_key, client_key))
            .group_by(hours.c.number, _calls.direction)
        )
        for number, *count in self._connection.execute(counted):
            yield number, _count(count)

    def last_changes_before(self, moment: datetime, client_key: str | None) -> dict[str, Change]:
        # One look into the index for each client, however long its history is.
        earlier = transitions_table.alias("earlier")
        newest = (
            sa.select(earlier.c.id)
            .where(earlier.c.client_key == _clients.key, earlier.c.at < moment)
            .order_by(earlier.c.at.desc(), earlier.c.id.desc())
            .limit(1)
            .scalar_subquery()
        )
        chosen = (
            sa.select(_clients.key, _transitions.after, _transitions.at)
            .join_from(clients_table, transitions_table, _transitions.id == newest)
            .where(*_only(_clients.key, client_key))
        )
        found = self._connection.execute(chosen)
        return {key: Change(key, _STATUS[status], at) for key, status, at in found}

    def changes(self, start: datetime, end: datetime, client_key: str | None) -> Iterator[Change]:
        # A month may have a hundred thousand changes, so the column's own conversion is left out as too slow.
        at_as_stored = sa.type_coerce(_transitions.at, sa.DateTime(timezone=True))
        # Through the clients, for the index on the changes begins with the client: a few looks, no scan.
        chosen = (
            sa.select(_clients.key, _transitions.after, at_as_stored)
            .join_from(clients_table, transitions_table, _transitions.client_key == _clients.key)
            .where(_transitions.at >= start, _transitions.at < end, *_only(_clients.key, client_key))
            .order_by(_clients.key, _transitions.at, _transitions.id)
            .execution_options(yield_per=ROWS_AT_ONCE)
        )
        for rows in self._connection.execute(chosen).partitions():
            for key, status, at in rows:
                yield Change(key, _STATUS[status], at if at.tzinfo else at.replace(tzinfo=UTC))


def _only(column: sa.Column[str], client_key: str | None) -> list[sa.ColumnElement[bool]]:
    return [] if client_key is None else [column == client_key]


def _count(row: Sequence[Any]) -> CallCount:
    direction, calls, talked, seconds = row
    return CallCount(_DIRECTION[direction], calls, int(talked), int(seconds))


_DIRECTION = {direction.value: direction for direction in CallDirection}
_STATUS = {status.value: status for status in PhoneStatus}
