"""Taking and forgetting calls without holding anybody up."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
import pytest

from microsip_manager.server import call_log
from microsip_manager.server.call_log import CallLog
from microsip_manager.server.call_query import CallQuery, Place
from microsip_manager.server.errors import NotReady
from microsip_manager.server.local_bus import LocalBus
from microsip_manager.server.tidying import PURGE_EVERY, PURGE_PAUSE, PURGE_STEP
from microsip_manager.wire.calls import Call
from microsip_manager.wire.events import CallStored, Event
from tests.contracts.test_call_store import call
from tests.fakes.call_store import MemoryCallStore
from tests.fakes.clock import HandClock

DAY = timedelta(days=1)


def test_calls_older_than_the_days_kept_go_in_small_steps_and_then_there_is_a_pause(
    calls: CallLog, call_store: MemoryCallStore, clock: HandClock
) -> None:
    old = [call(key, started_at=clock.now() - 366 * DAY) for key in range(PURGE_STEP + 3)]
    kept = call(9999, started_at=clock.now() - 364 * DAY)
    call_store.take([*old, kept], clock.now())
    pauses: list[float] = []
    left: list[int] = []

    async def wait(seconds: float) -> bool:
        pauses.append(seconds)
        left.append(len(call_store.calls))
        return len(pauses) == 3

    asyncio.run(calls.keep_tidy(wait))

    assert left == [PURGE_STEP + 4, 4, 1]
    assert pauses == [PURGE_PAUSE, PURGE_PAUSE, PURGE_EVERY]
    assert list(call_store.calls.values()) == [kept]


def test_a_database_that_fails_does_not_end_the_tidying(
    calls: CallLog, call_store: MemoryCallStore, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    call_store.take([call(started_at=clock.now() - 366 * DAY)], clock.now())
    call_store.fails_with = "the disk is full"
    waits = iter([False, False, True])

    async def wait(_: float) -> bool:
        if len(caplog.messages) == 1:
            call_store.fails_with = None
        return next(waits)

    asyncio.run(calls.keep_tidy(wait))

    assert call_store.calls == {}
    assert "old calls cannot be removed at present" in caplog.text


class SlowStore(MemoryCallStore):
    """Looks nothing up before it is allowed to."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.allowed = threading.Event(), threading.Event()

    def page(self, query: CallQuery, after: Place | None, most: int) -> list[Call]:
        self.asked.set()
        assert self.allowed.wait(10)
        return super().page(query, after, most)

    def take(self, calls: Sequence[Call], received_at: datetime) -> list[str]:
        return super().take(calls, received_at)


def test_a_slow_question_holds_up_neither_the_loop_nor_the_agents(clock: HandClock) -> None:
    store = SlowStore()
    calls = CallLog(store, clock, LocalBus(), keep_days=365)

    async def meanwhile() -> list[Call]:
        question = asyncio.create_task(calls.page(CallQuery(), None, 10))
        while not store.asked.is_set():
            await asyncio.sleep(0)  # the loop turns although the store does not answer
        await asyncio.wait_for(calls.take([call()]), 10)
        assert not question.done()
        store.allowed.set()
        return await question

    assert asyncio.run(meanwhile()) == [call()]
    calls.close()


def test_a_call_is_told_once_it_is_stored_and_not_again_for_a_repeat(calls: CallLog, bus: LocalBus) -> None:
    told: list[Event] = []
    bus.subscribe(told.append)
    begun = call(duration=0, info="", ended=False)
    noted = call()

    async def take() -> None:
        for sent in ([begun], [begun, noted], [begun], [noted]):
            await calls.take(sent)

    asyncio.run(take())

    assert told == [CallStored(begun), CallStored(noted)]


def test_what_is_not_stored_is_not_told(calls: CallLog, call_store: MemoryCallStore, bus: LocalBus) -> None:
    told: list[Event] = []
    bus.subscribe(told.append)
    mine = call()
    asyncio.run(calls.take([mine]))
    asyncio.run(calls.take([msgspec.structs.replace(mine, hostname="PAVEL", number="000")]))
    call_store.fails_with = "the disk is full"

    with pytest.raises(NotReady):
        asyncio.run(calls.take([call(1)]))

    assert told == [CallStored(mine)]


def test_what_too_many_wait_for_is_refused_and_served_again_later(
    clock: HandClock, bus: LocalBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call_log, "MOST_WAITING", 3)
    stuck = threading.Event()

    class StuckStore(MemoryCallStore):
        def take(self, calls: Sequence[Call], received_at: datetime) -> list[str]:
            assert stuck.wait(10)
            return super().take(calls, received_at)

    calls = CallLog(StuckStore(), clock, bus, keep_days=365)

    async def many() -> list[list[str] | BaseException]:
        taken = [asyncio.create_task(calls.take([call(number)])) for number in range(5)]
        while not any(task.done() for task in taken):
            await asyncio.sleep(0)
        assert await calls.page(CallQuery(), None, 10) == [], "questions have a line of their own"
        stuck.set()
        found = await asyncio.gather(*taken, return_exceptions=True)
        await calls.take([call(9)])
        return found

    found = asyncio.run(many())
    calls.close()

    assert [isinstance(one, NotReady) for one in found] == [False, False, False, True, True]
