"""What the agent makes of the server's clock."""

from __future__ import annotations

from email.utils import format_datetime

import pytest

from microsip_manager.agent.server_clock import DATE_LAG, FRESH_SECONDS, ServerClock
from tests.fakes.clock import HandClock

NOON = 1767268800.0
AT_NOON = "Thu, 01 Jan 2026 12:00:00 GMT"


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def server_clock(clock: HandClock) -> ServerClock:
    return ServerClock(clock)


def test_it_is_not_known_until_a_server_has_answered(server_clock: ServerClock) -> None:
    assert server_clock.now() is None
    assert server_clock.started() is None
    assert not server_clock.is_fresh()


def test_it_goes_on_from_what_was_heard_last(server_clock: ServerClock, clock: HandClock) -> None:
    server_clock.heard(AT_NOON, clock.monotonic())
    clock.forward(FRESH_SECONDS - 1)
    assert (server_clock.now(), server_clock.is_fresh()) == (NOON + FRESH_SECONDS - 1, True)

    clock.forward(1)
    assert not server_clock.is_fresh()

    server_clock.heard(AT_NOON, clock.monotonic())
    assert (server_clock.now(), server_clock.is_fresh()) == (NOON, True)


def test_the_start_is_told_never_too_early(server_clock: ServerClock, clock: HandClock) -> None:
    clock.forward(10)
    asked = clock.monotonic()
    clock.forward(3)  # until the answer, which was written at once or at last
    server_clock.heard(AT_NOON, asked)

    assert server_clock.started() == NOON + DATE_LAG - 10


@pytest.mark.parametrize("date", ["", "noon", "Thu, 41 Jan 2026 12:00:00 GMT", "Thu, 31 Dec 9999 23:59:59 GMT", "١"])
def test_what_is_no_date_changes_nothing(server_clock: ServerClock, clock: HandClock, date: str) -> None:
    server_clock.heard(date, clock.monotonic())
    assert server_clock.now() is None

    server_clock.heard(AT_NOON, clock.monotonic())
    server_clock.heard(date, clock.monotonic())
    assert server_clock.now() == NOON


def test_the_clock_of_the_pc_does_not_matter(server_clock: ServerClock, clock: HandClock) -> None:
    clock.somebody_sets_the_wall_clock(clock.now() - clock.start.replace(year=2020))

    server_clock.heard(format_datetime(clock.start, usegmt=True), clock.monotonic())

    assert server_clock.now() == clock.start.timestamp()
