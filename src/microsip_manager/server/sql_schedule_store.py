"""Schedules and their runs in a SQL database."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from microsip_manager.server.schedule import RunClient, ScheduledRun
from microsip_manager.server.sql_access import insert, reading, writing
from microsip_manager.server.tables import run_clients_table, runs_table, schedules_table
from microsip_manager.wire.names import hostname_key
from microsip_manager.wire.schedules import RunState, Schedule, Weekday

_S, _R, _C = schedules_table.c, runs_table.c, run_clients_table.c

_OVER = (RunState.DONE.value, RunState.SKIPPED.value)


class SqlScheduleStore:
    """The real `ScheduleStore`, in a database whose tables are up to date (`SqlStore` sees to that)."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def schedules(self) -> list[Schedule]:
        with reading(self._engine) as connection:
            return [_schedule(row) for row in connection.execute(sa.select(schedules_table).order_by(_S.key))]

    def put(self, schedule: Schedule) -> None:
        row = _schedule_row(schedule)
        statement = insert(self._engine.dialect.name, schedules_table)
        changed = {name: statement.excluded[name] for name in row if name != "key"}
        with writing(self._engine) as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["key"], set_=changed), row)

    def remove(self, name: str, now: datetime) -> Schedule | None:
        key = hostname_key(name)
        cut_short = runs_table.update().where(_R.schedule_key == key, _R.state.not_in(_OVER), _R.ends_at > now)
        with writing(self._engine) as connection:
            row = connection.execute(sa.select(schedules_table).where(_S.key == key)).one_or_none()
            connection.execute(schedules_table.delete().where(_S.key == key))
            connection.execute(cut_short.values(ends_at=now))
            return _schedule(row) if row else None

    def claim(self, run: ScheduledRun, clients: Sequence[RunClient]) -> bool:
        statement = insert(self._engine.dialect.name, runs_table).on_conflict_do_nothing(index_elements=["id"])
        with writing(self._engine) as connection:
            if connection.execute(statement, _run_row(run)).rowcount != 1:
                return False
            if clients:
                connection.execute(run_clients_table.insert(), [_client_row(run.id, client) for client in clients])
            return True

    def claimed(self, since: datetime) -> set[str]:
        with reading(self._engine) as connection:
            return set(connection.execute(sa.select(_R.id).where(_R.starts_at >= since)).scalars())

    def move(self, run: ScheduledRun, state: RunState, busy_until: datetime | None, detail: str = "") -> bool:
        as_given = (_R.id == run.id, _R.state == run.state.value, _R.busy_until.is_not_distinct_from(run.busy_until))
        changed = runs_table.update().where(*as_given)
        with writing(self._engine) as connection:
            values = {"state": state.value, "busy_until": busy_until, **({"detail": detail} if detail else {})}
            return connection.execute(changed.values(values)).rowcount == 1

    def under_way(self) -> list[ScheduledRun]:
        chosen = sa.select(runs_table).where(_R.state.not_in(_OVER)).order_by(_R.starts_at, _R.id)
        with reading(self._engine) as connection:
            return [_run(row) for row in connection.execute(chosen)]

    def clients(self, run_id: str) -> list[RunClient]:
        chosen = sa.select(run_clients_table).where(_C.run_id == run_id).order_by(_C.client_key)
        with reading(self._engine) as connection:
            return [
                RunClient(row.hostname, row.was_dnd, row.on_outcome, row.inherited, row.off_outcome)
                for row in connection.execute(chosen)
            ]

    def note(self, run_id: str, clients: Sequence[RunClient]) -> None:
        changed = (
            run_clients_table.update()
            .where(_C.run_id == run_id, _C.client_key == sa.bindparam("of_client"))
            .values(
                on_outcome=sa.func.coalesce(sa.bindparam("come_on", type_=sa.Text), _C.on_outcome),
                inherited=_C.inherited | sa.bindparam("handed", type_=sa.Boolean),
                off_outcome=sa.func.coalesce(sa.bindparam("come_off", type_=sa.Text), _C.off_outcome),
            )
        )
        rows = [
            {
                "of_client": hostname_key(client.hostname),
                "come_on": client.on_outcome,
                "handed": client.inherited,
                "come_off": client.off_outcome,
            }
            for client in clients
        ]
        if rows:
            with writing(self._engine) as connection:
                connection.execute(changed, rows)

    def runs(self, name: str, most: int) -> list[ScheduledRun]:
        chosen = sa.select(runs_table).where(_R.schedule_key == hostname_key(name))
        with reading(self._engine) as connection:
            return [_run(row) for row in connection.execute(chosen.order_by(_R.starts_at.desc()).limit(most))]

    def purge(self, before: datetime) -> None:
        old = sa.select(_R.id).where(_R.ends_at < before, _R.state.in_(_OVER))
        with writing(self._engine) as connection:
            connection.execute(run_clients_table.delete().where(_C.run_id.in_(old)))
            connection.execute(runs_table.delete().where(_R.id.in_(old)))


def _schedule_row(schedule: Schedule) -> dict[str, object]:
    return {
        "key": hostname_key(schedule.name),
        "name": schedule.name,
        "group_name": schedule.group,
        "days": json.dumps([day.value for day in schedule.days]),
        "starts": schedule.start,
        "ends": schedule.end,
        "zone": schedule.tz,
        "exceptions": json.dumps([day.isoformat() for day in schedule.exceptions]),
        "reason": schedule.reason,
        "since": schedule.since,
    }


def _schedule(row: sa.Row[Any]) -> Schedule:
    return Schedule(
        name=row.name,
        group=row.group_name,
        days=[Weekday(day) for day in json.loads(row.days)],
        start=row.starts,
        end=row.ends,
        tz=row.zone,
        exceptions=[date.fromisoformat(day) for day in json.loads(row.exceptions)],
        reason=row.reason,
        since=row.since,
    )


def _run_row(run: ScheduledRun) -> dict[str, object]:
    return {
        "id": run.id,
        "schedule_key": hostname_key(run.schedule),
        "name": run.schedule,
        "group_name": run.group,
        "starts_at": run.starts_at,
        "ends_at": run.ends_at,
        "state": run.state.value,
        "busy_until": run.busy_until,
        "detail": run.detail,
    }


def _run(row: sa.Row[Any]) -> ScheduledRun:
    return ScheduledRun(
        row.name, row.group_name, row.starts_at, row.ends_at, RunState(row.state), row.busy_until, row.detail
    )


def _client_row(run_id: str, client: RunClient) -> dict[str, object]:
    return {
        "run_id": run_id,
        "client_key": hostname_key(client.hostname),
        "hostname": client.hostname,
        "was_dnd": client.was_dnd,
        "on_outcome": client.on_outcome,
        "inherited": client.inherited,
        "off_outcome": client.off_outcome,
    }
