"""What every `WishStore` promises, the fake included."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from microsip_manager.server.boundaries import WISHES_KEPT, WishStore
from microsip_manager.server.errors import StoreFailed
from microsip_manager.server.sql_store import SqlStore
from microsip_manager.server.sql_wish_store import SqlWishStore
from microsip_manager.server.wish import Wish, ended
from microsip_manager.wire.desired import WishEnd, WishState
from tests.fakes.wish_store import MemoryWishStore

NOON = datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[WishStore]:
    if request.param == "memory":
        yield MemoryWishStore()
        return
    with closing(SqlStore(f"sqlite:///{tmp_path}/wishes.db")) as opened:
        yield SqlWishStore(opened.engine)


def wish(id: str, hostname: str = "Иванов-ПК", **fields: Any) -> Wish:
    return Wish(id=id, hostname=hostname, enabled=True, asked_at=NOON, **fields)


def over(id: str, minute: int = 0, hostname: str = "Иванов-ПК") -> Wish:
    return ended(wish(id, hostname), WishEnd.BY_USER, NOON + timedelta(minutes=minute))


def test_a_new_store_is_empty(store: WishStore) -> None:
    assert (store.current(), store.ended("Иванов-ПК")) == ([], [])


def test_a_wish_comes_back_as_it_was(store: WishStore) -> None:
    full = wish(
        "a",
        reason="обед",
        enforce=True,
        lasts=timedelta(minutes=30),
        until=NOON + timedelta(minutes=30),
        queued_until=NOON + timedelta(hours=8),
        state=WishState.ENDING,
        back_to=False,
        touched=True,
        cause=WishEnd.TIME_OVER,
        detail="the PC is off",
    )

    store.write(full)
    store.write(wish("b", "OLGA"))

    assert sorted(store.current(), key=lambda each: each.id) == [full, wish("b", "OLGA")]


def test_a_later_state_takes_the_place_of_the_earlier_one(store: WishStore) -> None:
    store.write(wish("a"))
    store.write(structs.replace(wish("a"), state=WishState.HELD))

    assert [each.state for each in store.current()] == [WishState.HELD]


def test_a_newer_wish_replaces_an_older_one_in_either_order(store: WishStore) -> None:
    store.write(wish("a"))
    store.write(wish("b"), over("a"))
    store.write(over("b"), wish("c"))

    assert store.current() == [wish("c")]


def test_what_ended_can_be_taken_up_again(store: WishStore) -> None:
    store.write(wish("a"))
    store.write(over("a"), wish("b"))
    store.write(wish("a"), over("b"))

    assert (store.current(), store.ended("Иванов-ПК")) == ([wish("a")], [over("b")])


def test_two_wishes_of_one_client_are_refused_and_nothing_of_it_is_stored(store: WishStore) -> None:
    store.write(wish("a"))

    with pytest.raises(StoreFailed):
        store.write(wish("x", "OLGA"), wish("b", "ИВАНОВ-пк"))

    assert store.current() == [wish("a")]


def test_the_last_that_ended_are_kept_newest_first_for_each_client(store: WishStore) -> None:
    store.write(over("other", hostname="OLGA"))
    for number in range(WISHES_KEPT + 5):
        store.write(over(f"{number:02}", number))

    assert [each.id for each in store.ended("ИВАНОВ-пк")] == [f"{number:02}" for number in range(24, 4, -1)]
    assert [each.id for each in store.ended("OLGA")] == ["other"]
