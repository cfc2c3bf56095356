"""What every `CallStore` promises, the fake included."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from microsip_manager.server.boundaries import CallStore
from microsip_manager.server.call_query import CallQuery, place_of
from microsip_manager.server.sql_call_store import SqlCallStore
from microsip_manager.server.sql_store import SqlStore
from microsip_manager.wire.calls import Call, CallDirection, call_id
from tests.fakes.call_store import MemoryCallStore

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ALL = CallQuery()


def call(
    key: int = 0,
    hostname: str = "NIKITA",
    *,
    extension: str = "485",
    number: str = "486",
    direction: CallDirection = CallDirection.OUTGOING,
    started_at: datetime = NOON,
    duration: int = 60,
    info: str = "Call Ended",
    ended: bool = True,
) -> Call:
    id = call_id(hostname, key, int(started_at.timestamp()))
    return Call(id, hostname, extension, key, number, "Ольга", direction, started_at, duration, info, ended)


def living(key: int = 0) -> Call:
    return call(key, direction=CallDirection.INCOMING, duration=0, info="", ended=False)


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[CallStore]:
    if request.param == "memory":
        yield MemoryCallStore()
        return
    with closing(SqlStore(f"sqlite:///{tmp_path}/calls.db")) as opened:
        yield SqlCallStore(opened.engine)


def stored(store: CallStore, query: CallQuery = ALL) -> list[Call]:
    return store.page(query, None, 1000)


def test_a_call_comes_back_as_it_was(store: CallStore) -> None:
    first = call()

    assert store.take([first], NOON) == [first.id]
    assert stored(store) == [first]


def test_a_repeat_is_stored_once_and_confirmed_again(store: CallStore) -> None:
    first = call()
    store.take([first, first], NOON)

    assert store.take([first], NOON) == [first.id]
    assert stored(store) == [first]


def test_nothing_is_taken_and_confirmed_when_nothing_is_sent(store: CallStore) -> None:
    assert store.take([], NOON) == []


def test_a_living_call_ends(store: CallStore) -> None:
    store.take([living()], NOON)
    ended = msgspec.structs.replace(living(), duration=61, info="Call Ended", ended=True)
    store.take([ended], NOON)

    assert stored(store) == [ended]


def test_a_living_call_and_its_end_in_one_message_are_an_ended_one(store: CallStore) -> None:
    ended = msgspec.structs.replace(living(), duration=61, info="Call Ended", ended=True)

    assert store.take([living(), ended], NOON) == [ended.id]
    assert stored(store) == [ended]


def test_an_ended_call_never_lives_again_though_that_is_confirmed(store: CallStore) -> None:
    ended = msgspec.structs.replace(living(), duration=61, info="Call Ended", ended=True)
    store.take([ended], NOON)

    assert store.take([living()], NOON) == [ended.id]
    assert stored(store) == [ended]


def test_a_guess_that_a_call_has_ended_gives_way_to_what_microsip_notes_and_not_the_reverse(store: CallStore) -> None:
    guessed = msgspec.structs.replace(living(), ended=True)
    noted = msgspec.structs.replace(living(), duration=61, info="Call Ended", ended=True)
    for late in (guessed, noted, guessed):
        store.take([late], NOON)

    assert stored(store) == [noted]


def test_a_client_cannot_change_the_call_of_another(store: CallStore) -> None:
    mine = call()
    store.take([mine], NOON)
    forged = msgspec.structs.replace(mine, hostname="PAVEL", number="000")

    assert store.take([forged, call(1, "PAVEL")], NOON) == [call(1, "PAVEL").id]
    assert mine in stored(store)


def test_another_spelling_of_the_client_is_the_same_client(store: CallStore) -> None:
    mine = call()
    store.take([mine], NOON)

    assert store.take([msgspec.structs.replace(mine, hostname="nikita")], NOON) == [mine.id]
    assert stored(store) == [mine]


def test_pages_are_newest_first_and_leave_nothing_out(store: CallStore) -> None:
    # Three calls a second: calls of one moment must not be lost between two pages.
    sent = [call(key, started_at=NOON + timedelta(seconds=key // 3)) for key in range(20)]
    store.take(sent, NOON)

    found: list[Call] = []
    while page := store.page(ALL, place_of(found[-1]) if found else None, 7):
        found += page

    assert found == sorted(sent, key=lambda each: (each.started_at, each.id), reverse=True)


def test_calls_that_come_meanwhile_do_not_disturb_the_pages(store: CallStore) -> None:
    sent = [call(key, started_at=NOON - timedelta(seconds=key)) for key in range(4)]
    store.take(sent, NOON)
    first = store.page(ALL, None, 2)
    store.take([call(9, started_at=NOON + timedelta(seconds=1))], NOON)

    assert first + store.page(ALL, place_of(first[-1]), 2) == sent


HOUR = timedelta(hours=1)
CAST = [
    call(0, "NIKITA", started_at=NOON),
    call(1, "Иванов-ПК", extension="490", number="+7;1", started_at=NOON + HOUR, duration=7200),
    call(2, "NIKITA", direction=CallDirection.MISSED, started_at=NOON + 2 * HOUR, duration=0),
    call(3, "OLGA", extension="486", direction=CallDirection.REJECTED_BY_DND, started_at=NOON + 3 * HOUR, duration=0),
]


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        (ALL, [3, 2, 1, 0]),
        (CallQuery(hostname="nikita"), [2, 0]),
        (CallQuery(hostname="ИВАНОВ-пк"), [1]),
        (CallQuery(extension="486"), [3]),
        (CallQuery(number="+7;1"), [1]),
        (CallQuery(number="+7"), []),
        (CallQuery(direction=CallDirection.MISSED), [2]),
        (CallQuery(direction=CallDirection.ANSWERED_ELSEWHERE), []),
        (CallQuery(begin=NOON + HOUR), [3, 2, 1]),
        (CallQuery(end=NOON + HOUR), [0]),
        (CallQuery(begin=NOON + HOUR, end=NOON + 2 * HOUR), [1]),
        (CallQuery(min_duration=60), [1, 0]),
        (CallQuery(min_duration=61), [1]),
        (CallQuery(hostname="NIKITA", direction=CallDirection.MISSED, number="486"), [2]),
        (CallQuery(hostname="NIKITA", min_duration=1, begin=NOON, direction=CallDirection.OUTGOING), [0]),
    ],
)
def test_each_filter_finds_what_it_names(store: CallStore, query: CallQuery, keys: list[int]) -> None:
    store.take(CAST, NOON)

    assert [found.key for found in stored(store, query)] == keys


def test_pages_of_long_calls_follow_each_other_too(store: CallStore) -> None:
    sent = [call(key, started_at=NOON - timedelta(seconds=key), duration=3600 + key % 2) for key in range(9)]
    store.take([*sent, *(call(key, duration=5) for key in range(20, 30))], NOON)
    query = CallQuery(min_duration=3600)

    first = store.page(query, None, 5)

    assert first + store.page(query, place_of(first[-1]), 5) == sent


def test_old_calls_are_removed_a_few_at_a_time_the_oldest_first(store: CallStore) -> None:
    store.take(CAST, NOON)

    assert store.purge(NOON + 2 * HOUR, 1) == 1
    assert [found.key for found in stored(store)] == [3, 2, 1]
    assert store.purge(NOON + 2 * HOUR, 5) == 1
    assert store.purge(NOON + 2 * HOUR, 5) == 0
    assert [found.key for found in stored(store)] == [3, 2]
