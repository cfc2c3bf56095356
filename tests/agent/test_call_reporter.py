"""Calls leave the PC only when a server has confirmed them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from microsip_manager.agent.call_reporter import BATCH, LONGEST_PAUSE, LOOK_ASLEEP, LOOK_EVERY, CallLoop, CallReporter
from microsip_manager.agent.errors import CallsNotTaken
from microsip_manager.agent.spool import Spool, open_spool
from microsip_manager.wire.calls import Call
from tests.agent.test_spool import INI, call
from tests.fakes.clock import HandClock


class FakeServer:
    """Takes all calls, unless told otherwise, and remembers each message."""

    def __init__(self) -> None:
        self.messages: list[list[int]] = []
        self.stored: set[int] = set()
        self.down = False
        self.poison: set[int] = set()
        self.forgets: set[int] = set()
        self.meanwhile: Callable[[], None] = lambda: None

    def report(self, calls: Sequence[Call]) -> frozenset[str]:
        if self.down:
            raise CallsNotTaken("no server answers")
        self.messages.append([each.key for each in calls])
        if self.poison & set(self.messages[-1]):
            raise CallsNotTaken("refused", unreadable=True)
        self.meanwhile()
        self.stored |= set(self.messages[-1]) - self.forgets
        return frozenset(each.id for each in calls if each.key not in self.forgets)


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    with closing(open_spool(tmp_path / "calls.db")) as opened:
        yield opened


@pytest.fixture
def server() -> FakeServer:
    return FakeServer()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def reporter(spool: Spool, server: FakeServer, clock: HandClock) -> CallReporter:
    return CallReporter(spool, server, "NIKITA", clock, jitter=lambda: 1.0)


def keys(spool: Spool) -> list[int]:
    return [each.call.key for each in spool.waiting(1000)]


def test_all_that_waits_is_sent_in_batches_and_forgotten(
    spool: Spool, server: FakeServer, reporter: CallReporter
) -> None:
    spool.note(INI, {}, [call(key) for key in range(250)])

    reporter.report()

    assert [len(message) for message in server.messages] == [BATCH, BATCH, 50]
    assert server.stored == set(range(250))
    assert keys(spool) == []


def test_without_calls_nothing_is_sent(server: FakeServer, reporter: CallReporter) -> None:
    reporter.report()

    assert server.messages == []


def test_while_no_server_answers_they_stay_and_are_tried_ever_more_seldom(
    spool: Spool, server: FakeServer, reporter: CallReporter, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    spool.note(INI, {}, [call()])
    server.down = True
    for _ in range(120):
        reporter.report()
        clock.forward(1)
    assert keys(spool) == [0]
    assert caplog.messages == ["NIKITA: calls wait on this PC: no server answers"]

    server.down = False
    clock.forward(LONGEST_PAUSE)
    reporter.report()

    assert server.messages == [[0]]
    assert keys(spool) == []


def test_a_call_that_changes_while_it_is_sent_is_sent_again(
    spool: Spool, server: FakeServer, reporter: CallReporter
) -> None:
    spool.note(INI, {}, [call(ended=False)])
    changes = iter([lambda: spool.note(INI, {}, [call(ended=True)])])
    server.meanwhile = lambda: next(changes, lambda: None)()

    reporter.report()

    assert server.messages == [[0], [0]]
    assert keys(spool) == []


def test_one_call_that_no_server_understands_holds_up_no_other(
    spool: Spool, server: FakeServer, reporter: CallReporter, clock: HandClock
) -> None:
    spool.note(INI, {}, [call(key) for key in range(4)])
    server.poison = {2}

    reporter.report()

    assert server.stored == {0, 1, 3}
    assert keys(spool) == [2]
    server.messages.clear()
    spool.note(INI, {}, [call(7)])
    clock.forward(LONGEST_PAUSE)
    reporter.report()
    assert server.messages == [[7], [2]]

    server.poison = set()
    clock.forward(LONGEST_PAUSE)
    reporter.report()
    assert keys(spool) == []


def test_a_call_the_server_does_not_confirm_stays(spool: Spool, server: FakeServer, reporter: CallReporter) -> None:
    spool.note(INI, {}, [call(1), call(2)])
    server.forgets = {1}

    reporter.report()

    assert keys(spool) == [1]


def test_the_loop_goes_on_after_a_full_disk_and_an_odd_error_and_ends_when_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    errors: Iterator[Exception | None] = iter(
        [sqlite3.OperationalError("disk is full"), sqlite3.OperationalError("disk is full"), ValueError("odd"), None]
    )
    reports: list[None] = []

    def look() -> bool:
        if error := next(errors):
            raise error
        return True

    waits = iter([False, False, False, True])
    CallLoop(look, lambda: reports.append(None), "NIKITA", lambda _: next(waits)).run()

    assert reports == [None]
    assert caplog.messages == [
        "NIKITA: calls cannot be kept on this PC: disk is full",
        "NIKITA: the reporting of calls goes on after an error",
    ]


def test_while_no_microsip_runs_the_loop_looks_less_often() -> None:
    running = iter([True, False, True])
    pauses: list[float] = []

    def wait(seconds: float) -> bool:
        pauses.append(seconds)
        return len(pauses) == 3

    CallLoop(lambda: next(running), lambda: None, "NIKITA", wait).run()

    assert pauses == [LOOK_EVERY, LOOK_ASLEEP, LOOK_EVERY]
