"""Time in each status through a real database: across midnight, restarts, and beside the writer."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from microsip_manager.server.fleet import Fleet
from microsip_manager.server.local_bus import LocalBus
from microsip_manager.server.recorder import Recorder
from microsip_manager.server.reports import AT_ONCE, Question, Reports
from microsip_manager.server.sql_history import SqlHistory
from microsip_manager.server.sql_store import SqlStore
from microsip_manager.wire.stats import Stats, StatusTimes
from tests.fakes.agent_link import FakeAgents
from tests.fakes.clock import HandClock
from tests.fakes.history import MemoryHistory
from tests.server.conftest import PATIENCE, beat_of
from tests.server.histories import call_at, remember

HOUR = 3600.0


class Office:
    """A server with a real database, and a clock that starts at 08:00 UTC."""

    def __init__(self, url: str, clock: HandClock) -> None:
        self._url = url
        self.clock = clock
        self.start()

    def start(self) -> None:
        self.store = SqlStore(self._url)
        self.recorder = Recorder(self.store)
        self.fleet = Fleet(self.recorder, FakeAgents(), self.clock, LocalBus(), patience=PATIENCE)
        self.fleet.restore(self.store.load())

    def stop(self) -> None:
        self.recorder.write()
        self.store.close()

    def after(self, seconds: float, hostname: str, *, dnd: bool = False) -> None:
        """Let so much time pass, and then hear the client."""
        self.clock.forward(seconds)
        self.fleet.record(beat_of(hostname, dnd=dnd), "192.0.2.17")

    def silence(self, seconds: float) -> None:
        self.clock.forward(seconds)
        while self.fleet.let_time_pass():
            pass

    def stats(self, start: str | None = None, end: str | None = None, zone: str = "UTC") -> Stats:
        reports = Reports(self.fleet, SqlHistory(self.store.engine), self.clock)
        return asyncio.run(reports.stats(Question(start, end, zone)))


@pytest.fixture
def office(tmp_path: Path, clock: HandClock) -> Iterator[Office]:
    opened = Office(f"sqlite:///{tmp_path}/manager.db", clock)
    yield opened
    opened.stop()


def test_a_night_on_dnd_is_divided_at_midnight(office: Office) -> None:
    office.after(0, "OLGA")
    office.after(12 * HOUR, "OLGA", dnd=True)
    office.recorder.write()
    office.after(10 * HOUR, "OLGA")

    first, second = office.stats("2026-03-02", "2026-03-03"), office.stats()

    assert first.totals.time == StatusTimes(offline=0, online=12 * HOUR, dnd=4 * HOUR)
    assert second.totals.time == StatusTimes(offline=0, online=0, dnd=6 * HOUR)
    assert [hour.time.dnd for hour in second.hours] == [HOUR] * 6


def test_a_zone_has_its_own_midnight(office: Office) -> None:
    office.after(0, "OLGA")
    office.after(12 * HOUR, "OLGA", dnd=True)
    office.recorder.write()
    office.clock.forward(10 * HOUR)

    day = office.stats("2026-03-02", "2026-03-03", "Europe/Moscow")

    assert day.totals.time == StatusTimes(offline=0, online=12 * HOUR, dnd=HOUR)


def test_a_restart_neither_loses_time_nor_counts_it_twice(office: Office) -> None:
    office.after(0, "NIKITA")
    office.after(HOUR, "NIKITA", dnd=True)
    office.stop()
    office.clock.forward(600)
    office.start()
    office.after(5, "NIKITA", dnd=True)
    office.after(HOUR - 605, "NIKITA")

    assert office.stats().totals.time == StatusTimes(offline=0, online=HOUR, dnd=HOUR)


def test_who_did_not_come_back_after_a_restart_is_offline_after_the_grace_period(office: Office) -> None:
    office.after(0, "PAVEL")
    office.stop()
    office.clock.forward(600)
    office.start()
    office.silence(PATIENCE)
    office.clock.forward(79)

    assert office.stats().totals.time == StatusTimes(offline=79, online=600 + PATIENCE, dnd=0)


def test_what_the_writer_has_not_written_yet_counts_all_the_same(office: Office) -> None:
    office.after(0, "NIKITA")
    office.after(60, "NIKITA", dnd=True)
    office.clock.forward(40)

    [nikita] = office.stats().clients

    assert nikita.time == StatusTimes(offline=0, online=0, dnd=40)
    office.recorder.write()
    assert office.stats().clients[0].time == StatusTimes(offline=0, online=60, dnd=40)


def test_the_future_does_not_count(office: Office) -> None:
    office.after(0, "NIKITA")
    office.clock.forward(90)

    found = office.stats("2026-03-02", "2026-03-04")

    assert found.totals.time.online == 90
    assert len(found.hours) == 48
    assert office.stats("2026-03-03", "2026-03-04").totals.time == StatusTimes(0, 0, 0)


def test_all_figures_are_of_one_moment_while_calls_arrive(office: Office) -> None:
    """A call stored between two questions of one answer is in neither."""
    start, end = office.clock.start, office.clock.start + timedelta(hours=1)
    remember(office.store, [call_at(start)], [])

    with SqlHistory(office.store.engine).reading() as reading:
        [(_, _, before)] = reading.calls_by_client(start, end, None)
        remember(office.store, [call_at(start)], [])
        [(_, after)] = reading.calls_by_hour([start, end], None)

    assert (before.calls, after.calls) == (1, 1)


class GatedHistory(MemoryHistory):
    """Answers when it is let, and tells how many questions wait for that."""

    def __init__(self) -> None:
        super().__init__()
        self.entered = threading.Semaphore(0)
        self.may_answer = threading.Event()
        self.open = 0

    @contextmanager
    def reading(self) -> Iterator[MemoryHistory]:
        self.open += 1
        self.entered.release()
        assert self.may_answer.wait(10)
        yield self


def test_the_server_goes_on_while_figures_are_added_up(fleet: Fleet, clock: HandClock) -> None:
    history = GatedHistory()

    async def scene() -> None:
        question = asyncio.create_task(Reports(fleet, history, clock).stats(Question()))
        assert await asyncio.to_thread(history.entered.acquire, timeout=10)
        fleet.record(beat_of("NIKITA"), "192.0.2.17")  # here, on the loop, while the database has not answered yet
        assert not question.done()
        history.may_answer.set()
        await question

    asyncio.run(scene())

    assert fleet.client("NIKITA").hostname == "NIKITA"


def test_a_crowd_of_questions_waits_in_line(fleet: Fleet, clock: HandClock) -> None:
    history = GatedHistory()

    async def scene() -> int:
        reports = Reports(fleet, history, clock)
        crowd = [asyncio.create_task(reports.stats(Question())) for _ in range(3 * AT_ONCE)]
        for _ in range(AT_ONCE):
            assert await asyncio.to_thread(history.entered.acquire, timeout=10)
        open_at_once = history.open
        history.may_answer.set()
        await asyncio.gather(*crowd)
        return open_at_once

    assert asyncio.run(scene()) == AT_ONCE
    assert history.open == 3 * AT_ONCE
