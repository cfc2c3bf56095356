"""What every `GroupStore` promises, the fake included."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from microsip_manager.server.boundaries import GroupStore
from microsip_manager.server.errors import StoreFailed
from microsip_manager.server.sql_group_store import SqlGroupStore
from microsip_manager.server.sql_store import SqlStore
from microsip_manager.wire.groups import Group, GroupSize
from tests.fakes.group_store import MemoryGroupStore


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[GroupStore]:
    if request.param == "memory":
        yield MemoryGroupStore()
        return
    with closing(SqlStore(f"sqlite:///{tmp_path}/groups.db")) as opened:
        yield SqlGroupStore(opened.engine)


def test_a_group_comes_back_with_its_members_by_name(store: GroupStore) -> None:
    store.put(Group("Sales", ["OLGA", "Иванов-ПК", "NIKITA"]))

    assert store.group("Sales") == Group("Sales", ["NIKITA", "OLGA", "Иванов-ПК"])


def test_there_is_no_group_before_it_is_made_and_after_it_is_removed(store: GroupStore) -> None:
    assert store.group("Sales") is None
    assert store.change("Sales", ["NIKITA"], []) is None
    assert store.remove("Sales") is None

    store.put(Group("Sales", ["NIKITA"]))

    assert store.remove("SALES") == Group("Sales", ["NIKITA"])
    assert store.group("Sales") is None
    store.put(Group("Sales", []))
    assert store.group("Sales") == Group("Sales", [])


def test_another_spelling_is_the_same_group_and_the_same_member(store: GroupStore) -> None:
    store.put(Group("Отдел", ["nikita", "NIKITA"]))
    store.put(Group("ОТДЕЛ", ["Nikita", "OLGA"]))

    assert store.groups() == [GroupSize("ОТДЕЛ", 2)]
    assert store.change("отдел", [], ["olga", "NOBODY"]) == Group("ОТДЕЛ", ["Nikita"])


def test_putting_a_group_again_replaces_its_members(store: GroupStore) -> None:
    store.put(Group("Sales", ["NIKITA", "OLGA"]))
    store.put(Group("Sales", ["PAVEL"]))

    assert store.group("Sales") == Group("Sales", ["PAVEL"])


def test_members_come_and_go(store: GroupStore) -> None:
    store.put(Group("Sales", ["NIKITA", "OLGA"]))

    assert store.change("Sales", ["PAVEL", "NIKITA"], ["OLGA"]) == Group("Sales", ["NIKITA", "PAVEL"])
    assert store.change("Sales", ["ANNA"], ["ANNA"]) == Group("Sales", ["NIKITA", "PAVEL"])


def test_all_groups_come_with_their_members(store: GroupStore) -> None:
    assert store.groups_with_members() == []

    store.put(Group("Sales", ["OLGA", "NIKITA"]))
    store.put(Group("Empty", []))
    store.put(Group("Отдел", ["OLGA"]))

    assert store.groups_with_members() == [
        Group("Empty", []),
        Group("Sales", ["NIKITA", "OLGA"]),
        Group("Отдел", ["OLGA"]),
    ]


def test_a_client_is_in_many_groups(store: GroupStore) -> None:
    store.put(Group("Sales", ["NIKITA", "OLGA"]))
    store.put(Group("Floor 2", ["NIKITA"]))
    store.put(Group("Nobody", []))

    assert store.groups() == [GroupSize("Floor 2", 1), GroupSize("Nobody", 0), GroupSize("Sales", 2)]
    store.remove("Sales")
    assert store.group("Floor 2") == Group("Floor 2", ["NIKITA"])


def test_a_large_group_is_one_change(store: GroupStore) -> None:
    many = [f"PC-{number:05}" for number in range(10_000)]
    store.put(Group("All", many))

    assert store.change("All", [], many[1:]) == Group("All", ["PC-00000"])


def test_labels_are_set_and_taken_away_one_by_one(store: GroupStore) -> None:
    assert store.labels("NIKITA") == {}
    assert store.change_labels("NIKITA", {"этаж": "2", "city": "Kazan"}) == {"city": "Kazan", "этаж": "2"}
    assert store.change_labels("nikita", {"этаж": "3", "city": None, "old": None}) == {"этаж": "3"}
    assert store.labels("NIKITA") == {"этаж": "3"}
    assert store.labels("OLGA") == {}


def test_clients_are_found_by_label_and_by_value(store: GroupStore) -> None:
    store.change_labels("NIKITA", {"floor": "2"})
    store.change_labels("OLGA", {"floor": ""})
    store.change_labels("PAVEL", {"Floor": "2"})

    assert store.labelled("floor", None) == {"nikita", "olga"}
    assert store.labelled("floor", "2") == {"nikita"}
    assert store.labelled("floor", "") == {"olga"}


def test_a_database_that_does_not_answer_is_said_so(tmp_path: Path) -> None:
    with closing(SqlStore(f"sqlite:///{tmp_path}/groups.db")) as opened:
        with opened.engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE client_groups")

        with pytest.raises(StoreFailed, match="client_groups"):
            SqlGroupStore(opened.engine).groups()
