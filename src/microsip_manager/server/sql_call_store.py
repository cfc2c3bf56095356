"""Calls in a SQL database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from microsip_manager.server.call_query import CallQuery, Place
from microsip_manager.server.sql_access import insert, reading, writing
from microsip_manager.server.tables import calls_table
from microsip_manager.wire.calls import Call, CallDirection
from microsip_manager.wire.names import hostname_key

_C = calls_table.c

_CHANGING = (_C.number, _C.name, _C.direction, _C.duration, _C.info, _C.ended, _C.received_at)
"""What may differ between two reports of one call."""


FEW = 5000
"""Calls that are sorted in no time."""


class SqlCallStore:
    """The real `CallStore`, in a database whose tables are up to date (`SqlStore` sees to that)."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._upsert = _upsert(engine.dialect.name)

    def take(self, calls: Sequence[Call], received_at: datetime) -> list[str]:
        owners = {call.id: hostname_key(call.hostname) for call in calls}
        if not owners:
            return []
        stored = sa.select(_C.id, _C.client_key).where(_C.id.in_(owners))
        with writing(self._engine) as connection:
            connection.execute(self._upsert, [_row(call, received_at) for call in calls])
            found = connection.execute(stored).all()
        return [row.id for row in found if owners[row.id] == row.client_key]

    def page(self, query: CallQuery, after: Place | None, most: int) -> list[Call]:
        chosen = sa.select(calls_table).where(*_conditions(query, after))
        with reading(self._engine) as connection:
            if query.min_duration and _are_few(connection, query):
                # Find these first and sort them then: in the order of time, all calls might have to be looked at.
                found = chosen.where(_is_long(query)).limit(FEW).subquery()
                chosen = sa.select(found).order_by(found.c.started_at.desc(), found.c.id.desc())
            else:
                chosen = chosen.order_by(_C.started_at.desc(), _C.id.desc())
            return [_call(row) for row in connection.execute(chosen.limit(most))]

    def purge(self, before: datetime, most: int) -> int:
        oldest = sa.select(_C.id).where(_C.started_at < before).order_by(_C.started_at, _C.id).limit(most)
        with writing(self._engine) as connection:
            return connection.execute(calls_table.delete().where(_C.id.in_(oldest))).rowcount


def _is_long(query: CallQuery) -> sa.ColumnElement[bool]:
    """The duration asked for, in the words of the index by direction and duration."""
    directions = [query.direction] if query.direction else list(CallDirection)
    return _C.direction.in_([each.value for each in directions]) & (_C.duration >= query.min_duration)


def _are_few(connection: sa.Connection, query: CallQuery) -> bool:
    """Whether calls of that length and direction are so few that sorting them is nothing."""
    long = sa.select(_C.duration).where(_is_long(query)).limit(FEW).subquery()
    return connection.execute(sa.select(sa.func.count()).select_from(long)).scalar_one() < FEW


def _conditions(query: CallQuery, after: Place | None) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if query.hostname is not None:
        found.append(_C.client_key == hostname_key(query.hostname))
    if query.extension is not None:
        found.append(_C.extension == query.extension)
    if query.number is not None:
        found.append(_C.number == query.number)
    if query.direction is not None:
        direction: sa.ColumnElement[str] = _C.direction
        if {query.hostname, query.extension, query.number} != {None}:
            # A fifth of all calls may be of one direction: hide its index from the planner where there is a better one.
            direction = sa.func.coalesce(_C.direction, "")
        found.append(direction == query.direction.value)
    if query.begin is not None:
        found.append(_C.started_at >= query.begin)
    if query.end is not None:
        found.append(_C.started_at < query.end)
    if query.min_duration:
        found.append(_C.duration >= query.min_duration)
    if after is not None:
        at, id = sa.literal(after.started_at, _C.started_at.type), sa.literal(after.id)
        found.append(sa.tuple_(_C.started_at, _C.id) < sa.tuple_(at, id))
    return found


def _upsert(dialect: str) -> sa.Insert:
    statement: Any = insert(dialect, calls_table)
    new = statement.excluded
    lives_again = _C.ended & ~new.ended
    loses_its_note = _C.ended & (_C.info != "") & (new.info == "")
    upsert: sa.Insert = statement.on_conflict_do_update(
        index_elements=["id"],
        set_={column.name: new[column.name] for column in _CHANGING},
        where=(_C.client_key == new.client_key) & ~lives_again & ~loses_its_note,
    )
    return upsert


def _row(call: Call, received_at: datetime) -> dict[str, object]:
    return {
        "id": call.id,
        "client_key": hostname_key(call.hostname),
        "hostname": call.hostname,
        "extension": call.extension,
        "key": call.key,
        "number": call.number,
        "name": call.name,
        "direction": call.direction.value,
        "started_at": call.started_at.astimezone(UTC),
        "duration": call.duration,
        "info": call.info,
        "ended": call.ended,
        "received_at": received_at,
    }


def _call(row: sa.Row[Any]) -> Call:
    return Call(
        id=row.id,
        hostname=row.hostname,
        extension=row.extension,
        key=row.key,
        number=row.number,
        name=row.name,
        direction=CallDirection(row.direction),
        started_at=row.started_at,
        duration=row.duration,
        info=row.info,
        ended=row.ended,
    )
