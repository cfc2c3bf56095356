"""Several PCs of one name are told from one PC that moves, shown, and not told of again and again."""

from __future__ import annotations

import asyncio
import logging
from itertools import pairwise

import pytest

from microsip_manager.server.fleet import Fleet
from microsip_manager.server.link_hub import Linked, LinkHub
from microsip_manager.server.local_bus import LocalBus
from microsip_manager.server.namesakes import LATELY, MOST_PLACES, Namesakes, Place
from microsip_manager.server.seldom import EVERY
from microsip_manager.wire.events import ClientChanged, Event
from tests.fakes.clock import HandClock
from tests.server.conftest import PATIENCE, beat_of
from tests.server.test_link_session import Wire

HERE, THERE = "192.0.2.17", "192.0.2.18"
A, B, C = (Place(address, 8084) for address in (HERE, THERE, "192.0.2.19"))


def judged(*places: Place, pause: float = 7.0) -> list[bool]:
    """What is thought after each move from one of the places to the next."""
    namesakes = Namesakes()
    return [namesakes.moved("nikita", left, to, number * pause) for number, (left, to) in enumerate(pairwise(places))]


def test_a_pc_that_moves_and_comes_back_is_one() -> None:
    assert judged(A, B, A) == [False, False]


def test_two_that_take_turns_are_two() -> None:
    assert judged(A, B, A, B, A) == [False, False, True, True]


def test_three_that_take_turns_are_several() -> None:
    assert judged(A, B, C, A, B, C) == [False, False, False, True, True]


def test_two_ports_of_one_address_are_two_places() -> None:
    assert judged(A, other := Place(HERE, 9084), A, other)[-1]


def test_who_moves_seldom_is_one() -> None:
    assert judged(A, B, A, B, A, pause=LATELY) == [False] * 4


def test_who_never_comes_back_is_one_and_costs_little() -> None:
    namesakes = Namesakes()
    for number in range(100):
        assert not namesakes.moved("nikita", Place("::1", number), Place("::1", number + 1), float(number))
    assert len(namesakes._moves["nikita"].left) == MOST_PLACES


def take_turns(fleet: Fleet, clock: HandClock, times: int) -> None:
    for number in range(times):
        fleet.record(beat_of("NIKITA"), (HERE, THERE)[number % 2])
        clock.forward(7)


def test_a_client_shows_where_the_other_is_until_that_is_gone(fleet: Fleet, clock: HandClock, bus: LocalBus) -> None:
    take_turns(fleet, clock, 3)
    assert fleet.client("NIKITA").also_at == ""
    take_turns(fleet, clock, 4)
    assert (fleet.client("NIKITA").address, fleet.client("NIKITA").also_at) == (THERE, f"{HERE}, port 8084")

    told: list[Event] = []
    bus.subscribe(told.append)
    for _ in range(int(LATELY / 7)):
        clock.forward(7)
        fleet.record(beat_of("NIKITA"), THERE)
        while fleet.let_time_pass():
            pass

    assert fleet.client("NIKITA").also_at == ""
    assert [event.client.also_at for event in told if isinstance(event, ClientChanged)] == [""]


def test_what_else_happens_to_the_client_leaves_it_shown(fleet: Fleet, clock: HandClock) -> None:
    take_turns(fleet, clock, 4)
    fleet.record(beat_of("NIKITA", dnd=True), THERE)
    assert fleet.client("NIKITA").also_at

    clock.forward(PATIENCE)
    assert fleet.let_time_pass()
    assert fleet.client("NIKITA").also_at


def test_the_log_tells_of_it_once_a_minute(fleet: Fleet, clock: HandClock, caplog: pytest.LogCaptureFixture) -> None:
    take_turns(fleet, clock, int(EVERY / 7) + 3)

    lines = [line for line in caplog.messages if "before from" in line]
    assert lines == [
        f"NIKITA: heard from {THERE}, port 8084, before from {HERE}, port 8084",
        f"NIKITA: heard from {HERE}, port 8084, before from {THERE}, port 8084: several PCs have this name",
    ]


def test_links_that_push_each_other_off_behind_one_address_are_told_of_once_a_minute(
    clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)

    async def join() -> None:
        hub = LinkHub(clock)
        for _ in range(11):
            hub.join(Linked("NIKITA", Wire(HERE), ""))
            clock.forward(7)
        await asyncio.sleep(0)

    asyncio.run(join())

    assert len([line for line in caplog.messages if "two PCs there" in line]) == 2
