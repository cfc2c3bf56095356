"""What every `ClientStore` promises, the fake included."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import msgspec
import pytest
from msgspec import structs

from microsip_manager.server.boundaries import ClientStore
from microsip_manager.server.presence import Flip
from microsip_manager.server.sql_store import SqlStore
from microsip_manager.wire.clients import ClientState
from microsip_manager.wire.desired import Desired, WishState
from microsip_manager.wire.phone import PhoneStatus
from microsip_manager.wire.phone_state import PhoneState, shown
from tests.fakes.client_store import MemoryStore

NOON = datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC)


class Store(ClientStore, Protocol):
    def transitions(self, hostname: str) -> list[Flip]: ...


def client(hostname: str = "Иванов-ПК", status: PhoneStatus = PhoneStatus.ONLINE) -> ClientState:
    return ClientState(hostname, "485", status, NOON, NOON, "192.0.2.17", 8084, "0.1.0", False)


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "memory":
        yield MemoryStore()
        return
    with closing(SqlStore(f"sqlite:///{tmp_path}/папка/manager.db")) as opened:
        yield opened


def test_a_new_store_is_empty(store: Store) -> None:
    assert store.load() == []


def test_what_was_written_comes_back_to_the_microsecond(store: Store) -> None:
    store.write([client()], [])

    assert store.load() == [client()]


def test_the_wish_for_a_client_is_remembered_elsewhere(store: Store) -> None:
    wished = structs.replace(client(), desired=Desired(True, WishState.HELD, NOON))

    store.write([wished], [])

    assert store.load() == [client()]


def test_the_live_state_of_the_phone_is_not_kept(store: Store) -> None:
    store.write(
        [msgspec.structs.replace(client(), phone=shown(PhoneState()), no_ring_reason="It is closed.", also_at="there")],
        [],
    )

    assert store.load() == [client()]


def test_a_later_write_replaces_the_earlier_one_of_the_same_client(store: Store) -> None:
    store.write([client()], [])
    store.write([client("ИВАНОВ-пк", PhoneStatus.DND)], [])

    assert store.load() == [client("ИВАНОВ-пк", PhoneStatus.DND)]


def test_transitions_are_kept_in_order(store: Store) -> None:
    first = Flip("NIKITA", None, PhoneStatus.ONLINE, NOON)
    second = Flip("NIKITA", PhoneStatus.ONLINE, PhoneStatus.DND, NOON + timedelta(seconds=1))

    store.write([], [first, second, Flip("OLGA", None, PhoneStatus.DND, NOON)])

    assert store.transitions("NIKITA") == [first, second]
