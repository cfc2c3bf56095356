"""The ring of events and what its readers see of it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any

import msgspec
import pytest

from microsip_manager.server.errors import TooManyReaders
from microsip_manager.server.event_feed import EventFeed
from microsip_manager.server.event_query import EventQuery
from microsip_manager.server.fleet import Fleet
from microsip_manager.server.frames import COMMENT, RETRY
from microsip_manager.server.local_bus import LocalBus
from microsip_manager.wire.events import CallStored, EventKind
from microsip_manager.wire.phone import PhoneStatus
from tests.contracts.test_call_store import call
from tests.server.conftest import beat_of

ALL = EventQuery()
HERE = "127.0.0.1"


@pytest.fixture
def feed(fleet: Fleet, bus: LocalBus) -> EventFeed:
    return EventFeed(fleet, bus)


def in_a_loop(test: Callable[[], Awaitable[None]]) -> None:
    async def in_time() -> None:
        async with asyncio.timeout(10):
            await test()

    asyncio.run(in_time())


def frames(chunk: bytes) -> list[tuple[str, str, Any]]:
    """Id, name and data of each event in a piece of the stream."""
    found = []
    for frame in chunk.decode().split("\n\n")[:-1]:
        fields = dict(line.split(": ", 1) for line in frame.splitlines())
        found.append((fields.get("id", ""), fields["event"], msgspec.json.decode(fields["data"])))
    return found


async def after_snapshot(stream: AsyncGenerator[bytes]) -> tuple[str, Any]:
    """The id and the clients of the snapshot at the beginning of a stream."""
    assert await anext(stream) == RETRY
    [(id, name, data)] = frames(await anext(stream))
    assert name == "snapshot"
    return id, [(client["hostname"], client["status"]) for client in data["clients"]]


def test_a_reader_gets_a_snapshot_and_then_each_change(fleet: Fleet, feed: EventFeed) -> None:
    async def follow() -> None:
        fleet.record(beat_of("OLGA", dnd=True), HERE)
        async with aclosing(feed.stream(ALL)) as stream:
            assert (await after_snapshot(stream))[1] == [("OLGA", "dnd")]
            fleet.record(beat_of("NIKITA"), HERE)
            fleet.record(beat_of("NIKITA"), HERE)
            fleet.record(beat_of("OLGA"), HERE)

            told = frames(await anext(stream))

        assert [(name, data["client"]["hostname"], data["before"]) for _, name, data in told] == [
            ("client", "NIKITA", None),
            ("client", "OLGA", "dnd"),
        ]

    in_a_loop(follow)


def test_a_change_wakes_a_reader_that_waits(fleet: Fleet, feed: EventFeed) -> None:
    async def follow() -> None:
        async with aclosing(feed.stream(ALL)) as stream:
            await after_snapshot(stream)
            waiting = asyncio.ensure_future(anext(stream))
            await asyncio.sleep(0)
            assert not waiting.done()

            fleet.record(beat_of("NIKITA"), HERE)

            assert frames(await waiting)[0][1] == "client"

    in_a_loop(follow)


def test_who_comes_back_gets_what_was_missed_and_no_snapshot(fleet: Fleet, feed: EventFeed) -> None:
    async def follow() -> None:
        async with aclosing(feed.stream(ALL)) as stream:
            id, _ = await after_snapshot(stream)
        fleet.record(beat_of("NIKITA"), HERE)
        fleet.record(beat_of("NIKITA", dnd=True), HERE)

        async with aclosing(feed.stream(ALL, id)) as again:
            assert await anext(again) == RETRY
            missed = frames(await anext(again))
        async with aclosing(feed.stream(ALL, missed[0][0])) as once_more:
            await anext(once_more)
            rest = frames(await anext(once_more))

        assert [data["client"]["status"] for _, _, data in missed] == ["online", "dnd"]
        assert rest == missed[1:]

    in_a_loop(follow)


@pytest.mark.parametrize("id", ["", "nonsense", "00000000-0", "00000000-1", "{run}-99", "{run}--1", "{run}-٣"])
def test_an_id_that_is_not_known_is_answered_with_a_snapshot(fleet: Fleet, feed: EventFeed, id: str) -> None:
    async def follow() -> None:
        async with aclosing(feed.stream(ALL)) as stream:
            run = (await after_snapshot(stream))[0].partition("-")[0]
        async with aclosing(feed.stream(ALL, id.format(run=run))) as stream:
            assert re.fullmatch(r"[0-9a-f]{8}-0", (await after_snapshot(stream))[0])

    in_a_loop(follow)


def test_another_run_of_the_server_does_not_take_the_ids_of_the_last(fleet: Fleet, bus: LocalBus) -> None:
    async def follow() -> None:
        async with aclosing(EventFeed(fleet, bus).stream(ALL)) as stream:
            id, _ = await after_snapshot(stream)
        async with aclosing(EventFeed(fleet, bus).stream(ALL, id)) as stream:
            assert (await after_snapshot(stream))[0] != id

    in_a_loop(follow)


def test_an_id_that_the_ring_no_longer_reaches_is_answered_with_a_snapshot(fleet: Fleet, bus: LocalBus) -> None:
    feed = EventFeed(fleet, bus, ring=2)

    async def follow() -> None:
        async with aclosing(feed.stream(ALL)) as stream:
            id, _ = await after_snapshot(stream)
        for hostname in ("NIKITA", "OLGA", "PAVEL"):
            fleet.record(beat_of(hostname), HERE)
        async with aclosing(feed.stream(ALL, id)) as stream:
            assert len((await after_snapshot(stream))[1]) == 3

    in_a_loop(follow)


def test_a_reader_that_falls_behind_the_ring_is_told_so_and_dropped(fleet: Fleet, bus: LocalBus) -> None:
    feed = EventFeed(fleet, bus, ring=2)

    async def follow() -> None:
        async with aclosing(feed.stream(ALL)) as stream:
            await after_snapshot(stream)
            for hostname in ("NIKITA", "OLGA", "PAVEL"):
                fleet.record(beat_of(hostname), HERE)

            assert frames(await anext(stream)) == [("", "end", {"event": "end", "reason": "too_slow"})]
            with pytest.raises(StopAsyncIteration):
                await anext(stream)

    in_a_loop(follow)


def test_a_burst_reaches_a_reader_in_a_few_pieces_and_is_encoded_once_for_all(fleet: Fleet, feed: EventFeed) -> None:
    async def follow() -> None:
        async with aclosing(feed.stream(ALL)) as first, aclosing(feed.stream(ALL)) as second:
            await after_snapshot(first)
            await after_snapshot(second)
            for number in range(1200):
                fleet.record(beat_of(f"PC-{number}"), HERE)

            pieces = [await anext(first) for _ in range(3)]
            seen = [data["client"]["hostname"] for piece in pieces for _, _, data in frames(piece)]

            assert seen == [f"PC-{number}" for number in range(1200)]
            assert [await anext(second) for _ in range(3)] == pieces

    in_a_loop(follow)


def test_the_end_of_the_server_ends_every_stream_and_says_why(feed: EventFeed) -> None:
    async def follow() -> None:
        async with aclosing(feed.stream(ALL)) as stream:
            await after_snapshot(stream)
            waiting = asyncio.ensure_future(anext(stream))
            await asyncio.sleep(0)

            feed.close()

            assert frames(await waiting) == [("", "end", {"event": "end", "reason": "shutdown"})]

    in_a_loop(follow)


def test_silence_is_filled_with_comments(fleet: Fleet, bus: LocalBus) -> None:
    feed = EventFeed(fleet, bus, heartbeat=0.0)

    async def follow() -> None:
        async with aclosing(feed.stream(ALL)) as stream:
            await after_snapshot(stream)
            assert await anext(stream) == COMMENT
            fleet.record(beat_of("NIKITA"), HERE)
            assert frames(await anext(stream))[0][1] == "client"

    in_a_loop(follow)


def test_there_is_no_place_for_one_reader_too_many(fleet: Fleet, bus: LocalBus) -> None:
    feed = EventFeed(fleet, bus, readers=1)

    with feed.place(), pytest.raises(TooManyReaders), feed.place():
        pass
    with feed.place():
        pass


@pytest.mark.parametrize(
    ("query", "clients", "seen"),
    [
        (ALL, ["NIKITA", "OLGA"], ["client NIKITA", "call NIKITA", "client PAVEL", "client OLGA"]),
        (EventQuery(kinds=frozenset([EventKind.CALL])), [], ["call NIKITA"]),
        (EventQuery(client_keys=frozenset(["olga"])), ["OLGA"], ["client OLGA"]),
        # OLGA leaves DND: who shows those on DND has to hear of it. A call is no matter of a status.
        (EventQuery(statuses=frozenset([PhoneStatus.DND])), ["OLGA"], ["client NIKITA", "call NIKITA", "client OLGA"]),
    ],
)
def test_a_filter_is_for_the_snapshot_and_for_the_events(
    fleet: Fleet, bus: LocalBus, feed: EventFeed, query: EventQuery, clients: list[str], seen: list[str]
) -> None:
    async def follow() -> None:
        fleet.record(beat_of("NIKITA"), HERE)
        fleet.record(beat_of("OLGA", dnd=True), HERE)
        async with aclosing(feed.stream(query)) as stream:
            assert [hostname for hostname, _ in (await after_snapshot(stream))[1]] == clients
            fleet.record(beat_of("NIKITA", dnd=True), HERE)
            bus.publish(CallStored(call(hostname="NIKITA")))
            fleet.record(beat_of("PAVEL"), HERE)
            fleet.record(beat_of("OLGA"), HERE)

            told = frames(await anext(stream))

        assert [f"{name} {data[name]['hostname']}" for _, name, data in told] == seen

    in_a_loop(follow)
