"""Schedules are carried out: once, in time, and undone for those they switched."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from microsip_manager.server.bulk import Bulk
from microsip_manager.server.fleet import Fleet
from microsip_manager.server.groups import Groups
from microsip_manager.server.local_bus import LocalBus
from microsip_manager.server.recorder import Recorder
from microsip_manager.server.scheduler import GRACE, LEASE, TRY_EVERY, TRY_FOR, Scheduler
from microsip_manager.server.schedules import Schedules
from microsip_manager.server.wishes import Wishes
from microsip_manager.wire.commands import DndOutcome
from microsip_manager.wire.groups import Group
from microsip_manager.wire.schedules import Run, RunState, SetSchedule, Weekday
from tests.fakes.agent_link import FakeAgents
from tests.fakes.client_store import MemoryStore
from tests.fakes.clock import HandClock
from tests.fakes.group_store import MemoryGroupStore
from tests.fakes.schedule_store import MemoryScheduleStore
from tests.fakes.wish_store import MemoryWishStore
from tests.server.conftest import PATIENCE, beat_of
from tests.server.test_bulk import until

MINUTE = 60.0
"""The clock starts on Monday, 2 March 2026, at 08:00 UTC."""


class Server:
    """One server at the database; several may share it."""

    def __init__(
        self, schedule_store: MemoryScheduleStore, groups: Groups, agents: FakeAgents, clock: HandClock
    ) -> None:
        self._clock = clock
        bus = LocalBus()
        self.fleet = Fleet(Recorder(MemoryStore()), agents, clock, bus, patience=PATIENCE)
        for hostname in ("NIKITA", "OLGA", "PAVEL"):
            self.fleet.record(beat_of(hostname, dnd=agents.dnd.get(hostname, False)), "192.0.2.17")
        self.wishes = Wishes(self.fleet, MemoryWishStore(), clock, bus)
        self.bulk = Bulk(self.fleet, self.wishes, groups, clock)
        self.scheduler = Scheduler(schedule_store, groups, self.fleet, self.bulk, clock)
        self.schedules = Schedules(schedule_store, groups, clock)

    async def look_in(self, minutes: int) -> None:
        self._clock.forward(minutes * MINUTE)
        await self.look()

    async def look(self) -> None:
        await self.scheduler.look()
        await self.scheduler.settled()


@pytest.fixture(autouse=True)
def sales(group_store: MemoryGroupStore) -> None:
    group_store.put(Group("Sales", ["NIKITA", "OLGA"]))


@pytest.fixture
def server(schedule_store: MemoryScheduleStore, groups: Groups, agents: FakeAgents, clock: HandClock) -> Server:
    return Server(schedule_store, groups, agents, clock)


def play(scene: Coroutine[Any, Any, None]) -> None:
    asyncio.run(scene)


async def lunch(server: Server, start: str = "09:00", end: str = "10:00", name: str = "Lunch") -> None:
    wish = SetSchedule(group="Sales", days=list(Weekday), start=start, end=end, tz="UTC", reason="lunch")
    await server.schedules.put(name, wish)


async def last_run(server: Server, name: str = "Lunch") -> Run:
    return (await server.schedules.runs(name, 1))[0]


def test_a_run_switches_the_members_on_and_off_again(server: Server, agents: FakeAgents) -> None:
    async def scene() -> None:
        await lunch(server)
        await server.look_in(59)
        assert agents.begun == []

        await server.look_in(1)
        await server.look()
        assert agents.begun == [("NIKITA", True), ("OLGA", True)]
        assert (await last_run(server)).state is RunState.ON

        await server.look_in(60)
        await server.look()
        assert agents.begun[2:] == [("NIKITA", False), ("OLGA", False)]
        run = await last_run(server)
        assert (run.state, run.members, run.switched, run.returned) == (RunState.DONE, 2, 2, 2)
        assert run.starts_at == datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    play(scene())


def test_who_was_in_dnd_before_stays_in_dnd(server: Server, agents: FakeAgents) -> None:
    async def scene() -> None:
        agents.dnd["OLGA"] = True
        await lunch(server)
        await server.look_in(60)
        await server.look_in(60)

        assert agents.dnd == {"NIKITA": False, "OLGA": True}
        assert (await last_run(server)).switched == 1

    play(scene())


def test_the_members_are_those_of_the_start(server: Server, agents: FakeAgents, group_store: MemoryGroupStore) -> None:
    async def scene() -> None:
        await lunch(server)
        group_store.change("Sales", ["PAVEL"], ["OLGA"])
        await server.look_in(60)
        group_store.put(Group("Sales", []))
        await server.look_in(60)

        assert agents.dnd == {"NIKITA": False, "PAVEL": False}

    play(scene())


def test_of_two_servers_one_does_it(
    server: Server,
    schedule_store: MemoryScheduleStore,
    groups: Groups,
    agents: FakeAgents,
    clock: HandClock,
) -> None:
    async def scene() -> None:
        other = Server(schedule_store, groups, agents, clock)
        await lunch(server)
        for minutes in (60, 60):
            clock.forward(minutes * MINUTE)
            await asyncio.gather(server.scheduler.look(), other.scheduler.look())
            await asyncio.gather(server.scheduler.settled(), other.scheduler.settled())

        assert sorted(agents.begun) == sorted(
            (hostname, enabled) for hostname in ("NIKITA", "OLGA") for enabled in (True, False)
        )

    play(scene())


def test_a_start_that_was_missed_by_less_than_the_grace_is_made_up_for(
    server: Server, agents: FakeAgents, clock: HandClock
) -> None:
    async def scene() -> None:
        await lunch(server)
        clock.forward(60 * MINUTE + GRACE.total_seconds())
        await server.look()

        assert agents.dnd == {"NIKITA": True, "OLGA": True}

    play(scene())


def test_a_start_that_was_missed_by_more_is_recorded_as_skipped(
    server: Server, agents: FakeAgents, clock: HandClock
) -> None:
    async def scene() -> None:
        await lunch(server)
        clock.forward(3 * 24 * 60 * MINUTE + 60 * MINUTE + GRACE.total_seconds() + 1)
        await server.look()
        await server.look()

        runs = await server.schedules.runs("Lunch", 10)
        assert [(run.state, run.starts_at.day) for run in runs] == [(RunState.SKIPPED, day) for day in (5, 4, 3, 2)]
        assert runs[0].detail == "no server was there until 0:10:01 after its start"
        assert agents.begun == []

    play(scene())


def test_an_end_that_was_missed_is_made_up_for_however_late(
    server: Server, schedule_store: MemoryScheduleStore, groups: Groups, agents: FakeAgents, clock: HandClock
) -> None:
    async def scene() -> None:
        await lunch(server)
        await server.look_in(60)
        clock.forward(5 * 60 * MINUTE)
        await Server(schedule_store, groups, agents, clock).look()

        assert agents.dnd == {"NIKITA": False, "OLGA": False}

    play(scene())


def test_a_server_that_died_in_the_middle_is_stood_in_for(
    server: Server, schedule_store: MemoryScheduleStore, groups: Groups, agents: FakeAgents, clock: HandClock
) -> None:
    async def scene() -> None:
        await lunch(server)
        agents.held["NIKITA"] = asyncio.Event()
        clock.forward(60 * MINUTE)
        await server.scheduler.look()
        # OLGA is switched on, and nobody writes that down any more.
        await until(lambda: agents.dnd.get("OLGA", False))

        after = Server(schedule_store, groups, agents, clock)
        await after.look()
        assert [run.state for run in schedule_store.under_way()] == [RunState.STARTING]
        agents.held.clear()
        clock.forward(LEASE.total_seconds())
        await after.look()
        assert [run.state for run in schedule_store.under_way()] == [RunState.ON]
        clock.forward(60 * MINUTE)
        await after.look()

        assert agents.dnd == {"NIKITA": False, "OLGA": False}
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    play(scene())


def test_who_cannot_be_reached_at_the_end_is_tried_again(
    server: Server, agents: FakeAgents, clock: HandClock, schedule_store: MemoryScheduleStore
) -> None:
    async def scene() -> None:
        await lunch(server)
        await server.look_in(60)
        agents.failing["OLGA"] = DndOutcome.UNREACHABLE, "nothing answers"
        await server.look_in(60)
        assert (await last_run(server)).state is RunState.ENDING
        begun = len(agents.begun)
        await server.look()
        assert len(agents.begun) == begun

        del agents.failing["OLGA"]
        clock.forward(TRY_EVERY.total_seconds())
        await server.look()

        assert agents.begun[begun:] == [("OLGA", False)]
        run = await last_run(server)
        assert (run.state, run.returned, run.detail) == (RunState.DONE, 2, "")

    play(scene())


def test_who_stays_away_is_given_up_at_last_and_said_so(server: Server, agents: FakeAgents, clock: HandClock) -> None:
    async def scene() -> None:
        await lunch(server)
        await server.look_in(60)
        agents.failing["OLGA"] = DndOutcome.UNREACHABLE, "nothing answers"
        await server.look_in(60)
        clock.forward(TRY_FOR.total_seconds())
        await server.look()

        run = await last_run(server)
        assert (run.state, run.detail) == (RunState.DONE, "1 could not be switched off")

    play(scene())


@pytest.mark.parametrize(("start", "end"), [("09:30", "11:00"), ("10:00", "11:00")])
def test_a_run_that_ends_hands_over_to_one_that_is_still_on(
    server: Server, agents: FakeAgents, start: str, end: str
) -> None:
    async def scene() -> None:
        await lunch(server)
        await lunch(server, start, end, "Meeting")
        for minutes in (60, 30, 30):
            await server.look_in(minutes)
        assert agents.dnd == {"NIKITA": True, "OLGA": True}
        assert (await last_run(server)).state is RunState.DONE

        await server.look_in(60)
        assert agents.dnd == {"NIKITA": False, "OLGA": False}
        assert (await last_run(server, "Meeting")).returned == 2

    play(scene())


def test_a_removed_schedule_ends_at_once(server: Server, agents: FakeAgents, clock: HandClock) -> None:
    async def scene() -> None:
        await lunch(server)
        clock.forward(70 * MINUTE - 1)
        await server.look()
        await server.schedules.remove("Lunch")
        await server.look()

        assert agents.dnd == {"NIKITA": False, "OLGA": False}
        assert (await last_run(server)).state is RunState.DONE

    play(scene())


def test_a_schedule_made_after_its_start_waits_for_the_next(server: Server, agents: FakeAgents) -> None:
    async def scene() -> None:
        await lunch(server, "07:59", "10:00")
        await server.look()

        assert agents.begun == []

    play(scene())


def test_a_group_that_is_gone_is_said_in_the_run(
    server: Server, agents: FakeAgents, group_store: MemoryGroupStore
) -> None:
    async def scene() -> None:
        await lunch(server)
        group_store.remove("Sales")
        await server.look_in(60)

        run = await last_run(server)
        assert (run.state, run.detail, agents.begun) == (RunState.DONE, "There is no group 'Sales'.", [])

    play(scene())


def test_a_server_that_stops_leaves_the_rest_to_the_next(
    server: Server, schedule_store: MemoryScheduleStore, groups: Groups, agents: FakeAgents, clock: HandClock
) -> None:
    async def scene() -> None:
        await lunch(server)
        server.scheduler._bulk = Bulk(server.fleet, server.wishes, groups, clock, at_once=1, slot_seconds=60)
        agents.held["NIKITA"] = asyncio.Event()
        clock.forward(60 * MINUTE)
        await server.scheduler.look()
        await until(lambda: agents.begun == [("NIKITA", True)])
        closing = asyncio.create_task(server.scheduler._bulk.close())
        await asyncio.sleep(0)
        agents.held["NIKITA"].set()
        await closing
        await server.scheduler.settled()
        assert agents.begun == [("NIKITA", True)]

        await Server(schedule_store, groups, agents, clock).look()
        assert agents.dnd == {"NIKITA": True, "OLGA": True}

    play(scene())


def test_the_loop_outlives_a_database_that_fails_and_says_so_once(
    server: Server, schedule_store: MemoryScheduleStore, caplog: pytest.LogCaptureFixture
) -> None:
    waits = iter([False, False, False, True])

    async def wait(_: float) -> bool:
        return next(waits)

    schedule_store.fails_with = "disk full"
    play(server.scheduler.keep(wait))

    assert [record.getMessage() for record in caplog.records] == [
        "schedules rest: The database does not answer: disk full"
    ]


def test_runs_are_forgotten_after_a_year(server: Server, clock: HandClock) -> None:
    async def scene() -> None:
        await lunch(server)
        await server.look_in(60)
        await server.look_in(60)
        clock.forward(timedelta(days=370).total_seconds())
        await server.look()

        assert all(run.starts_at.year == 2027 for run in await server.schedules.runs("Lunch", 100))

    play(scene())
