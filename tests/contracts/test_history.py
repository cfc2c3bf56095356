"""What every `History` promises, the fake included."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from microsip_manager.server.boundaries import History
from microsip_manager.server.presence import Flip
from microsip_manager.server.sql_history import SqlHistory
from microsip_manager.server.sql_store import SqlStore
from microsip_manager.server.statistics import CallCount, Change
from microsip_manager.wire.calls import Call, CallDirection
from microsip_manager.wire.phone import PhoneStatus
from tests.fakes.history import MemoryHistory
from tests.server.histories import call_at, remember

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)

Remember = Callable[[Sequence[Call], Sequence[Flip]], History]


@pytest.fixture(params=["memory", "sqlite"])
def history_of(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Remember]:
    if request.param == "memory":
        yield MemoryHistory
        return
    with closing(SqlStore(f"sqlite:///{tmp_path}/manager.db")) as store:

        def stored(calls: Sequence[Call], flips: Sequence[Flip]) -> History:
            remember(store, calls, flips)
            return SqlHistory(store.engine)

        yield stored


def test_calls_are_counted_by_client_and_direction(history_of: Remember) -> None:
    history = history_of(
        [
            call_at(NOON, "NIKITA", duration=10),
            call_at(NOON, "NIKITA", duration=0),
            call_at(NOON, "NIKITA", CallDirection.MISSED),
            call_at(NOON, "Иванов-ПК", duration=7),
        ],
        [],
    )

    with history.reading() as reading:
        counted = list(reading.calls_by_client(NOON, NOON + HOUR, None))
        of_one = list(reading.calls_by_client(NOON, NOON + HOUR, "иванов-пк"))

    assert of_one == [("иванов-пк", "Иванов-ПК", CallCount(CallDirection.INCOMING, 1, 1, 7))]
    assert len(counted) == 3
    assert set(counted) == {
        ("nikita", "NIKITA", CallCount(CallDirection.INCOMING, 2, 1, 10)),
        ("nikita", "NIKITA", CallCount(CallDirection.MISSED, 1, 0, 0)),
        *of_one,
    }


def test_a_stretch_of_time_has_its_start_and_not_its_end(history_of: Remember) -> None:
    history = history_of([call_at(moment) for moment in (NOON - TICK, NOON, NOON + HOUR - TICK, NOON + HOUR)], [])

    with history.reading() as reading:
        [(_, _, counted)] = reading.calls_by_client(NOON, NOON + HOUR, None)
        by_hour = sorted(reading.calls_by_hour([NOON - HOUR, NOON, NOON + HOUR, NOON + 2 * HOUR], None))

    assert counted.calls == 2
    assert [(hour, count.calls) for hour, count in by_hour] == [(0, 1), (1, 2), (2, 1)]


def test_calls_are_counted_between_cuts_however_far_apart(history_of: Remember) -> None:
    cuts = [NOON, NOON + timedelta(minutes=30), NOON + 3 * HOUR]
    history = history_of([call_at(NOON + timedelta(minutes=minute), duration=1) for minute in (29, 31, 170)], [])

    with history.reading() as reading:
        counted = sorted(reading.calls_by_hour(cuts, "nikita"))
        of_another = list(reading.calls_by_hour(cuts, "olga"))

    assert [(hour, count.calls, count.seconds) for hour, count in counted] == [(0, 1, 1), (1, 2, 2)]
    assert of_another == []


def test_as_many_hours_as_the_longest_period_has_can_be_asked_for(history_of: Remember) -> None:
    history = history_of([call_at(NOON + 2207 * HOUR)], [])

    with history.reading() as reading:
        [(hour, count)] = reading.calls_by_hour([NOON + number * HOUR for number in range(92 * 24 + 2)], None)

    assert (hour, count.calls) == (2207, 1)


def test_it_knows_of_whom_it_has_calls(history_of: Remember) -> None:
    with history_of([call_at(NOON, "NIKITA")], []).reading() as reading:
        assert reading.has_calls_of("nikita")
        assert not reading.has_calls_of("olga")


def test_the_status_before_a_moment_is_that_of_the_last_change(history_of: Remember) -> None:
    first = Flip("NIKITA", None, PhoneStatus.ONLINE, NOON - HOUR)
    second = Flip("NIKITA", PhoneStatus.ONLINE, PhoneStatus.DND, NOON - TICK)
    third = Flip("NIKITA", PhoneStatus.DND, PhoneStatus.OFFLINE, NOON)
    history = history_of([], [first, second, third, Flip("OLGA", None, PhoneStatus.ONLINE, NOON)])

    with history.reading() as reading:
        standing = reading.last_changes_before(NOON, None)
        of_olga = reading.last_changes_before(NOON, "olga")

    assert standing == {"nikita": Change("nikita", PhoneStatus.DND, NOON - TICK)}
    assert of_olga == {}


def test_of_changes_at_one_moment_the_last_one_told_counts(history_of: Remember) -> None:
    told = [PhoneStatus.ONLINE, PhoneStatus.DND, PhoneStatus.OFFLINE]
    history = history_of([], [Flip("NIKITA", None, status, NOON) for status in told])

    with history.reading() as reading:
        assert [change.status for change in reading.changes(NOON, NOON + TICK, None)] == told
        assert reading.last_changes_before(NOON + TICK, None)["nikita"].status is PhoneStatus.OFFLINE


def test_changes_come_client_by_client_in_order_of_time(history_of: Remember) -> None:
    moments = [NOON + TICK, NOON - TICK, NOON + HOUR, NOON]
    flips = [Flip(name, None, PhoneStatus.DND, at) for at in moments for name in ("PAVEL", "NIKITA")]

    with history_of([], flips).reading() as reading:
        changes = list(reading.changes(NOON, NOON + HOUR, None))
        of_pavel = list(reading.changes(NOON, NOON + HOUR, "pavel"))

    assert [(change.client_key, change.at) for change in changes] == [
        ("nikita", NOON),
        ("nikita", NOON + TICK),
        ("pavel", NOON),
        ("pavel", NOON + TICK),
    ]
    assert of_pavel == changes[2:]
