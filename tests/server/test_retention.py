"""Old changes of status and old commands leave the real database, and nothing that is needed still."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from microsip_manager.server.errors import StoreFailed
from microsip_manager.server.presence import Flip
from microsip_manager.server.retention import Kept, Retention
from microsip_manager.server.sql_history import SqlHistory
from microsip_manager.server.sql_retention import purge_changes, purge_commands
from microsip_manager.server.sql_store import SqlStore
from microsip_manager.server.tidying import PURGE_EVERY, PURGE_PAUSE, PURGE_STEP
from microsip_manager.wire.command_log import CommandRecord
from microsip_manager.wire.phone import PhoneStatus
from tests.fakes.clock import HandClock
from tests.server.histories import client_with

DAY = timedelta(days=1)
STATUSES = (PhoneStatus.ONLINE, PhoneStatus.DND)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    with closing(SqlStore(f"sqlite:///{tmp_path}/a.db")) as store:
        yield store


def changed(store: SqlStore, hostname: str, *moments: datetime) -> None:
    flips = [
        Flip(hostname, STATUSES[(number + 1) % 2] if number else None, STATUSES[number % 2], at)
        for number, at in enumerate(moments)
    ]
    store.write([client_with(flips[-1])], flips)


def asked(store: SqlStore, id: str, at: datetime, hostname: str = "NIKITA") -> None:
    store.write([], [], [CommandRecord(id, hostname, "set_dnd on", "192.0.2.10", "link", at, at, "applied", at)])


def moments(store: SqlStore, hostname: str) -> list[datetime]:
    return [flip.at for flip in store.transitions(hostname)]


def test_of_each_client_the_last_change_before_the_moment_stays(store: SqlStore, clock: HandClock) -> None:
    now = clock.now()
    changed(store, "NIKITA", now - 9 * DAY, now - 8 * DAY, now - 7 * DAY, now - 1 * DAY)
    changed(store, "OLGA", now - 9 * DAY, now - 6 * DAY)
    changed(store, "PAVEL", now - 9 * DAY)

    assert purge_changes(store.engine, now - 5 * DAY, 100) == 3
    assert purge_changes(store.engine, now - 5 * DAY, 100) == 0

    assert moments(store, "NIKITA") == [now - 7 * DAY, now - 1 * DAY]
    assert moments(store, "OLGA") == [now - 6 * DAY]
    assert moments(store, "PAVEL") == [now - 9 * DAY]


def test_of_changes_at_one_moment_the_last_written_stays(store: SqlStore, clock: HandClock) -> None:
    changed(store, "NIKITA", *[clock.now() - 9 * DAY] * 3)

    purge_changes(store.engine, clock.now(), 100)

    assert [flip.after for flip in store.transitions("NIKITA")] == [PhoneStatus.ONLINE]


def test_the_status_at_the_start_of_a_period_that_is_kept_outlives_the_purge(store: SqlStore, clock: HandClock) -> None:
    now = clock.now()
    changed(store, "NIKITA", *(now - number * DAY for number in range(20, 0, -1)))
    starts = [now - 5 * DAY, now - 4.5 * DAY, now]

    def standing() -> list[object]:
        with SqlHistory(store.engine).reading() as reading:
            return [reading.last_changes_before(start, None) for start in starts]

    before = standing()

    assert purge_changes(store.engine, now - 5 * DAY, 100) == 14
    assert standing() == before


def test_old_commands_go_and_a_step_removes_no_more_than_it_may(store: SqlStore, clock: HandClock) -> None:
    now = clock.now()
    changed(store, "NIKITA", now)
    for number in range(5):
        asked(store, f"old-{number}", now - 91 * DAY)
    asked(store, "new", now - 89 * DAY)

    assert [purge_commands(store.engine, now - 90 * DAY, 3) for _ in range(3)] == [3, 2, 0]
    assert [record.id for record in store.commands("NIKITA", now + DAY, 10)] == ["new"]


@pytest.mark.parametrize("purge", [purge_changes, purge_commands])
def test_no_table_is_read_from_end_to_end(
    store: SqlStore, clock: HandClock, purge: Callable[[sa.Engine, datetime, int], int]
) -> None:
    plans: list[str] = []

    def explain(connection: sa.Connection, _: object, statement: str, parameters: Any, *rest: object) -> None:
        if statement.startswith("SELECT"):
            found = connection.connection.cursor().execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.extend(row[3] for row in found)

    sa.event.listen(store.engine, "before_cursor_execute", explain)
    purge(store.engine, clock.now(), 10)

    assert any("(client_key=? AND " in plan for plan in plans)
    assert not [plan for plan in plans if "SCAN" in plan]


def test_it_tidies_in_small_steps_by_each_kinds_own_days(store: SqlStore, clock: HandClock) -> None:
    now = clock.now()
    changed(store, "NIKITA", *(now - 401 * DAY + timedelta(minutes=n) for n in range(PURGE_STEP + 3)), now - 399 * DAY)
    asked(store, "old", now - 91 * DAY)
    retention = Retention(
        [
            Kept("changes of status", 400, partial(purge_changes, store.engine)),
            Kept("commands", 90, partial(purge_commands, store.engine)),
        ],
        clock,
    )
    pauses: list[float] = []

    async def wait(seconds: float) -> bool:
        pauses.append(seconds)
        return seconds == PURGE_EVERY

    async def scene() -> None:
        async with asyncio.timeout(30):
            await retention.keep_tidy(wait)

    asyncio.run(scene())

    assert sorted(pauses) == [PURGE_PAUSE] * 3 + [PURGE_EVERY] * 2
    assert len(moments(store, "NIKITA")) == 2
    assert store.commands("NIKITA", now + DAY, 10) == []


def test_a_database_that_fails_is_told_and_tried_again_later(
    clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(before: datetime, most: int) -> int:
        raise StoreFailed("the disk is full")

    waits: list[float] = []

    async def wait(seconds: float) -> bool:
        waits.append(seconds)
        return len(waits) == 2

    asyncio.run(Retention([Kept("commands", 90, fails)], clock).keep_tidy(wait))

    assert waits == [PURGE_PAUSE, PURGE_EVERY]
    assert "old commands cannot be removed at present" in caplog.text
