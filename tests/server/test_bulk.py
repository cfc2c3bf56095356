"""One command to many: in order for each, and nobody waits for another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from microsip_manager.server.bulk import Batch, Bulk
from microsip_manager.server.errors import TooFewAvailable
from microsip_manager.server.fleet import Fleet
from microsip_manager.server.groups import Groups
from microsip_manager.server.wishes import Wishes
from microsip_manager.wire.bulk import ClientResult, SwitchMany
from microsip_manager.wire.commands import DndOutcome
from microsip_manager.wire.desired import Order
from tests.fakes.agent_link import FakeAgents
from tests.fakes.clock import HandClock
from tests.server.conftest import beat_of

ON, OFF = Order(True), Order(False)


@pytest.fixture(autouse=True)
def cast(fleet: Fleet) -> None:
    for hostname in ("NIKITA", "OLGA", "PAVEL"):
        fleet.record(beat_of(hostname), "192.0.2.17")


async def all_of(batch: Batch) -> list[ClientResult]:
    return [result async for result in batch.results()]


async def until(true: Callable[[], bool]) -> None:
    """Let the others run until it is so."""
    for _ in range(5_000):
        if true():
            return
        await asyncio.sleep(0.001)  # the database has a thread of its own
    raise AssertionError("it never came")


def test_pcs_that_are_off_do_not_hold_up_the_living(
    fleet: Fleet, groups: Groups, wishes: Wishes, clock: HandClock, agents: FakeAgents
) -> None:
    async def play() -> None:
        off = [f"OFF-{number:03}" for number in range(500)]
        for hostname in off:
            fleet.record(beat_of(hostname), "192.0.2.18")
            agents.held[hostname] = asyncio.Event()
        bulk = Bulk(fleet, wishes, groups, clock, at_once=10, slot_seconds=0)

        results = bulk.order([*off, "NIKITA", "OLGA", "PAVEL"], ON).results()

        assert [(await anext(results)).hostname for _ in range(3)] == ["NIKITA", "OLGA", "PAVEL"]
        for held in agents.held.values():
            held.set()
        assert len([result async for result in results]) == 500
        await bulk.close()

    asyncio.run(play())


def test_no_more_begin_at_once_than_allowed(
    fleet: Fleet, groups: Groups, wishes: Wishes, clock: HandClock, agents: FakeAgents
) -> None:
    async def play() -> None:
        many = [f"PC-{number:03}" for number in range(50)]
        for hostname in many:
            fleet.record(beat_of(hostname), "192.0.2.18")

        assert all(
            result.ok
            for result in await all_of(Bulk(fleet, wishes, groups, clock, at_once=7, slot_seconds=60).order(many, ON))
        )

    asyncio.run(play())
    assert agents.most_at_once == 7


def test_commands_of_one_client_keep_their_order_through_batches_and_single_ones(
    fleet: Fleet, groups: Groups, wishes: Wishes, clock: HandClock, agents: FakeAgents
) -> None:
    async def play() -> None:
        agents.held["NIKITA"] = asyncio.Event()
        bulk = Bulk(fleet, wishes, groups, clock, at_once=1, slot_seconds=60)
        first = bulk.order(["NIKITA", "OLGA", "PAVEL"], ON)
        second = bulk.order(["PAVEL", "OLGA", "NIKITA"], OFF)
        # PAVEL's turn in the first batch has not come; a single command must not overtake it all the same.
        single = asyncio.create_task(wishes.set_dnd("PAVEL", Order(True)))
        await until(lambda: agents.begun == [("NIKITA", True)])
        agents.held["NIKITA"].set()
        await all_of(first)
        await all_of(second)
        await single

    asyncio.run(play())
    for hostname, wanted in (("NIKITA", [True, False]), ("OLGA", [True, False]), ("PAVEL", [True, False, True])):
        assert [enabled for name, enabled in agents.begun if name == hostname] == wanted


def test_a_withdrawn_batch_begins_no_more_and_ends_what_is_under_way(
    fleet: Fleet, groups: Groups, wishes: Wishes, clock: HandClock, agents: FakeAgents
) -> None:
    async def play() -> list[ClientResult]:
        agents.held["NIKITA"] = asyncio.Event()
        batch = Bulk(fleet, wishes, groups, clock, at_once=1, slot_seconds=60).order(["NIKITA", "OLGA", "PAVEL"], ON)
        await until(lambda: agents.begun == [("NIKITA", True)])
        batch.withdraw()
        agents.held["NIKITA"].set()
        return await all_of(batch)

    assert [(one.hostname, one.outcome, one.ok) for one in asyncio.run(play())] == [
        ("NIKITA", "applied", True),
        ("OLGA", "not-sent", False),
        ("PAVEL", "not-sent", False),
    ]
    assert agents.dnd == {"NIKITA": True}


def test_closing_waits_for_what_is_under_way(
    fleet: Fleet, groups: Groups, wishes: Wishes, clock: HandClock, agents: FakeAgents
) -> None:
    async def play() -> None:
        agents.held["NIKITA"] = asyncio.Event()
        bulk = Bulk(fleet, wishes, groups, clock, at_once=1, slot_seconds=60)
        bulk.order(["NIKITA", "OLGA"], ON)
        await until(lambda: agents.begun == [("NIKITA", True)])
        closing = asyncio.create_task(bulk.close())
        await asyncio.sleep(0)
        assert not closing.done()
        agents.held["NIKITA"].set()
        await closing

    asyncio.run(play())
    assert agents.dnd == {"NIKITA": True}


def test_a_defect_at_one_client_is_its_result_and_nobody_elses(
    fleet: Fleet, groups: Groups, wishes: Wishes, clock: HandClock, agents: FakeAgents, caplog: pytest.LogCaptureFixture
) -> None:
    class Defective(FakeAgents):
        async def set_dnd(self, client, enabled):  # type: ignore[no-untyped-def]
            if client.hostname == "OLGA":
                raise RuntimeError("a defect")
            return await super().set_dnd(client, enabled)

    fleet._link = Defective()

    async def play() -> list[ClientResult]:
        return await all_of(Bulk(fleet, wishes, groups, clock).order(["NIKITA", "OLGA", "NOBODY"], ON))

    assert {one.hostname: one.outcome for one in asyncio.run(play())} == {
        "NIKITA": "applied",
        "OLGA": "internal",
        "NOBODY": "unknown-client",
    }
    assert "OLGA: a command to many failed" in caplog.text


def test_who_is_about_to_leave_does_not_count_for_the_next(
    fleet: Fleet, groups: Groups, wishes: Wishes, clock: HandClock, agents: FakeAgents
) -> None:
    async def play() -> None:
        await groups.put("Sales", ["NIKITA", "OLGA", "PAVEL"])
        agents.held["NIKITA"] = asyncio.Event()
        bulk = Bulk(fleet, wishes, groups, clock)
        first = await bulk.switch(SwitchMany(enabled=True, hostnames=["NIKITA"], group="Sales", minimum_available=2))

        with pytest.raises(TooFewAvailable, match="Only 1 of the group 'Sales' would stay online, and 2 have to"):
            await bulk.switch(SwitchMany(enabled=True, hostnames=["OLGA"], group="Sales", minimum_available=2))
        agents.failing["NIKITA"] = DndOutcome.HUNG, "MicroSIP does not answer"
        agents.held["NIKITA"].set()
        await all_of(first)

        # NIKITA's phone did not follow, so he stays, and OLGA may go.
        second = await bulk.switch(SwitchMany(enabled=True, hostnames=["OLGA"], group="Sales", minimum_available=2))
        assert [one.ok for one in await all_of(second)] == [True]

    asyncio.run(play())
