"""The loop that notices silence, without waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from microsip_manager.server.fleet import Fleet
from microsip_manager.server.recorder import Recorder
from microsip_manager.server.watchdog import watch
from microsip_manager.wire.phone import PhoneStatus
from tests.fakes.client_store import MemoryStore
from tests.fakes.clock import HandClock
from tests.server.conftest import beat_of


def run(fleet: Fleet, clock: HandClock, naps: list[float]) -> None:
    """Run the loop through naps of these many seconds, then stop it."""
    left: Iterator[float] = iter(naps)

    async def wait(_: float) -> bool:
        nap = next(left, None)
        clock.forward(nap or 0.0)
        return nap is None

    asyncio.run(watch(fleet, clock, wait))


def test_it_turns_the_silent_offline(fleet: Fleet, clock: HandClock) -> None:
    fleet.record(beat_of("PAVEL"), "192.0.2.19")

    run(fleet, clock, [1.0] * 21)

    assert fleet.client("PAVEL").status is PhoneStatus.OFFLINE


def test_a_server_that_stood_still_blames_nobody(
    fleet: Fleet, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    fleet.record(beat_of("NIKITA"), "192.0.2.17")

    run(fleet, clock, [1.0, 300.0, 1.0])

    assert fleet.client("NIKITA").status is PhoneStatus.ONLINE
    assert "stood still for 299 s" in caplog.text


def test_the_last_heartbeats_are_written_once_a_minute(
    fleet: Fleet, clock: HandClock, recorder: Recorder, store: MemoryStore
) -> None:
    fleet.record(beat_of("NIKITA"), "192.0.2.17")
    recorder.write()
    run(fleet, clock, [1.0] * 10)
    fleet.record(beat_of("NIKITA"), "192.0.2.17")
    assert not recorder.write()

    async def beating(_: float) -> bool:
        clock.forward(1.0)
        fleet.record(beat_of("NIKITA"), "192.0.2.17")
        return (clock.now() - clock.start).total_seconds() > 75

    asyncio.run(watch(fleet, clock, beating))

    assert recorder.write()
    assert store.load()[0].last_seen > clock.start.replace(minute=1)
