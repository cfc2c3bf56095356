"""What every `ScheduleStore` promises, the fake included."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from microsip_manager.server.boundaries import ScheduleStore
from microsip_manager.server.errors import StoreFailed
from microsip_manager.server.schedule import RunClient, ScheduledRun
from microsip_manager.server.sql_schedule_store import SqlScheduleStore
from microsip_manager.server.sql_store import SqlStore
from microsip_manager.wire.schedules import RunState, Schedule, Weekday
from tests.fakes.schedule_store import MemoryScheduleStore

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
LUNCH = Schedule(
    name="Обед",
    group="Sales",
    days=[Weekday.MON, Weekday.FRI],
    start="13:00",
    end="14:00",
    tz="Europe/Moscow",
    exceptions=[date(2026, 5, 1)],
    reason="обед",
    since=NOON,
)
RUN = ScheduledRun("Обед", "Sales", NOON, NOON + HOUR, RunState.STARTING, NOON + timedelta(minutes=2))
CAST = [RunClient("NIKITA", False), RunClient("OLGA", True)]


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ScheduleStore]:
    if request.param == "memory":
        yield MemoryScheduleStore()
        return
    with closing(SqlStore(f"sqlite:///{tmp_path}/schedules.db")) as opened:
        yield SqlScheduleStore(opened.engine)


def test_a_schedule_comes_back_as_it_was(store: ScheduleStore) -> None:
    store.put(LUNCH)

    assert store.schedules() == [LUNCH]


def test_putting_it_again_replaces_it(store: ScheduleStore) -> None:
    changed = msgspec.structs.replace(LUNCH, name="ОБЕД", end="15:00", days=[Weekday.SUN], exceptions=[])
    store.put(LUNCH)
    store.put(changed)

    assert store.schedules() == [changed]


def test_a_removed_schedule_is_gone_and_its_run_ends_now(store: ScheduleStore) -> None:
    store.put(LUNCH)
    store.claim(RUN, CAST)
    done = replace(RUN, starts_at=NOON - HOUR, state=RunState.DONE)
    store.claim(done, [])

    assert store.remove("обед", NOON + HOUR / 2) == LUNCH
    assert store.remove("обед", NOON + HOUR) is None
    assert store.schedules() == []
    assert store.under_way() == [replace(RUN, ends_at=NOON + HOUR / 2)]
    assert done in store.runs("Обед", 5)


def test_a_run_is_claimed_once(store: ScheduleStore) -> None:
    assert store.claim(RUN, CAST) is True
    assert store.claim(replace(RUN, schedule="ОБЕД"), []) is False

    assert store.clients(RUN.id) == CAST
    assert store.claimed(NOON) == {RUN.id}
    assert store.claimed(NOON + HOUR) == set()


def test_a_run_moves_only_from_where_it_is(store: ScheduleStore) -> None:
    store.claim(RUN, CAST)

    assert store.move(RUN, RunState.ON, None) is True
    assert store.move(RUN, RunState.ON, None) is False
    on = replace(RUN, state=RunState.ON, busy_until=None)
    assert store.under_way() == [on]
    assert store.move(on, RunState.DONE, None, "1 could not be switched off") is True
    assert store.under_way() == []
    assert store.runs("Обед", 1) == [replace(on, state=RunState.DONE, detail="1 could not be switched off")]


def test_what_is_noted_is_added_to_what_is_known(store: ScheduleStore) -> None:
    store.claim(RUN, CAST)
    store.note(RUN.id, [RunClient("nikita", True, on_outcome="applied"), RunClient("NOBODY", False)])
    store.note(RUN.id, [RunClient("OLGA", False, inherited=True)])
    store.note(RUN.id, [RunClient("NIKITA", False, off_outcome="already"), RunClient("OLGA", False)])
    store.note(RUN.id, [])

    assert store.clients(RUN.id) == [
        RunClient("NIKITA", False, "applied", False, "already"),
        RunClient("OLGA", True, None, True, None),
    ]


def test_runs_are_told_newest_first_and_forgotten_when_they_are_old(store: ScheduleStore) -> None:
    old, new = (replace(RUN, starts_at=NOON - n * HOUR, ends_at=NOON - n * HOUR) for n in (48, 1))
    store.claim(replace(old, state=RunState.DONE), CAST)
    store.claim(new, CAST)

    assert [run.starts_at for run in store.runs("Обед", 9)] == [new.starts_at, old.starts_at]
    assert len(store.runs("Обед", 1)) == 1
    store.purge(NOON - 24 * HOUR)
    assert [run.starts_at for run in store.runs("Обед", 9)] == [new.starts_at]
    store.purge(NOON + HOUR)
    assert store.under_way() == [new]


def test_of_two_servers_one_claims_a_run(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/schedules.db"
    with closing(SqlStore(url)) as first, closing(SqlStore(url)) as second:
        stores = [SqlScheduleStore(opened.engine) for opened in (first, second)]
        for day in range(20):
            run = replace(RUN, starts_at=NOON + timedelta(days=day))
            both, claimed = threading.Barrier(2), []

            def claim(store: SqlScheduleStore, run: ScheduledRun = run) -> None:
                both.wait()  # noqa: B023 - the threads end before the next day
                claimed.append(store.claim(run, CAST))  # noqa: B023

            servers = [threading.Thread(target=claim, args=(store,)) for store in stores]
            for server in servers:
                server.start()
            for server in servers:
                server.join()
            assert sorted(claimed) == [False, True]


def test_a_database_that_does_not_answer_is_said_so(tmp_path: Path) -> None:
    with closing(SqlStore(f"sqlite:///{tmp_path}/schedules.db")) as opened:
        with opened.engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE schedules")

        with pytest.raises(StoreFailed, match="schedules"):
            SqlScheduleStore(opened.engine).schedules()
