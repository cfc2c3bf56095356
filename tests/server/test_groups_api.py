"""Groups, labels, and finding clients by them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from microsip_manager.server.fleet import Fleet
from tests.fakes.group_store import MemoryGroupStore
from tests.server.conftest import beat_of


@pytest.fixture(autouse=True)
def cast(fleet: Fleet) -> None:
    for hostname in ("NIKITA", "OLGA", "PAVEL"):
        fleet.record(beat_of(hostname), "192.0.2.17")


def names(answer: Any) -> list[str]:
    return [client["hostname"] for client in answer.json()]


def test_a_group_is_made_shown_and_removed(api: TestClient) -> None:
    sales = {"name": "Sales", "members": ["NIKITA", "OLGA"]}

    assert api.put("/api/groups/Sales", json={"members": ["OLGA", "NIKITA"]}).json() == sales
    assert api.get("/api/groups/sales").json() == sales
    assert api.get("/api/groups").json() == [{"name": "Sales", "size": 2}]
    assert api.delete("/api/groups/SALES").json() == sales
    assert api.get("/api/groups").json() == []


def test_all_groups_come_with_their_members_in_one_answer(api: TestClient) -> None:
    api.put("/api/groups/Sales", json={"members": ["OLGA", "NIKITA"]})
    api.put("/api/groups/Empty", json={"members": []})

    assert api.get("/api/groups?members=true").json() == [
        {"name": "Empty", "size": 0, "members": []},
        {"name": "Sales", "size": 2, "members": ["NIKITA", "OLGA"]},
    ]
    assert api.get("/api/groups?member=true").status_code == 422


def test_members_come_and_go(api: TestClient) -> None:
    api.put("/api/groups/Sales", json={"members": ["NIKITA"]})

    answer = api.patch("/api/groups/Sales/members", json={"add": ["OLGA"], "remove": ["nikita"]})

    assert answer.json() == {"name": "Sales", "members": ["OLGA"]}


def test_a_member_need_not_have_been_heard_of(api: TestClient, fleet: Fleet) -> None:
    api.put("/api/groups/Sales", json={"members": ["ANNA"]})
    assert names(api.get("/api/clients?group=Sales")) == []

    fleet.record(beat_of("anna"), "192.0.2.18")

    assert names(api.get("/api/clients?group=Sales")) == ["anna"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/groups/Nobody"),
        ("DELETE", "/api/groups/Nobody"),
        ("PATCH", "/api/groups/Nobody/members"),
        ("GET", "/api/clients?group=Nobody"),
    ],
)
def test_an_unknown_group_is_a_404(api: TestClient, method: str, path: str) -> None:
    answer = api.request(method, path, content=b"{}")

    assert (answer.status_code, answer.json()["code"]) == (404, "unknown-group")
    assert "'Nobody'" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("/api/groups/%20Sales", {"members": []}, "$.name"),
        ("/api/groups/a%E2%80%AEb", {"members": []}, "$.name"),
        ("/api/groups/%2E%2E%2E", {"members": []}, "$.name"),
        ("/api/groups/Sales", {}, "members"),
        ("/api/groups/Sales", {"member": []}, "member"),
        ("/api/groups/Sales", {"members": ["a/b"]}, "$.members[...]"),
        ("/api/groups/Sales", {"members": ["PC"] * 10_001}, "length <= 10000"),
    ],
)
def test_what_cannot_be_a_group_is_refused_by_its_field(api: TestClient, path: str, body: Any, said: str) -> None:
    answer = api.put(path, json=body)

    assert (answer.status_code, answer.json()["code"]) == (422, "bad-message")
    assert said in answer.json()["detail"]
    assert api.get("/api/groups").json() == []


def test_a_group_of_cyrillic_names_is_one_whatever_the_case(api: TestClient) -> None:
    api.put("/api/groups/Отдел продаж", json={"members": ["Иванов-ПК"]})

    assert api.get("/api/groups/отдел ПРОДАЖ").json()["members"] == ["Иванов-ПК"]


def test_labels_are_merged_and_null_takes_one_away(api: TestClient) -> None:
    path = "/api/clients/NIKITA/labels"
    api.patch(path, json={"labels": {"floor": "2", "city": "Kazan"}})

    assert api.patch(path, json={"labels": {"floor": "3", "city": None}}).json()["labels"] == {"floor": "3"}
    assert api.get("/api/clients/nikita/labels").json() == {"hostname": "nikita", "labels": {"floor": "3"}}


@pytest.mark.parametrize(
    "labels",
    [{"a=b": "1"}, {"": "1"}, {" a": "1"}, {"a" * 65: "1"}, {"a": "x" * 256}, {"a": "\x1b"}, {"a": 1}, [], None],
)
def test_what_cannot_be_a_label_is_refused(api: TestClient, labels: Any) -> None:
    answer = api.patch("/api/clients/NIKITA/labels", content=json.dumps({"labels": labels}))

    assert (answer.status_code, answer.json()["code"]) == (422, "bad-message")
    assert "labels" in answer.json()["detail"]


def test_clients_are_found_by_label_by_value_and_by_both_with_a_group(api: TestClient) -> None:
    api.put("/api/groups/Sales", json={"members": ["NIKITA", "OLGA"]})
    for hostname, floor in (("NIKITA", "2"), ("OLGA", "3"), ("PAVEL", "2")):
        api.patch(f"/api/clients/{hostname}/labels", json={"labels": {"floor": floor}})

    assert names(api.get("/api/clients?label=floor")) == ["NIKITA", "OLGA", "PAVEL"]
    assert names(api.get("/api/clients?label=floor%3D2")) == ["NIKITA", "PAVEL"]
    assert names(api.get("/api/clients?label=floor%3D2&group=sales")) == ["NIKITA"]
    assert names(api.get("/api/clients?label=floor=2&label=floor=3")) == []


def test_a_misspelt_filter_does_not_show_everybody(api: TestClient) -> None:
    answer = api.get("/api/clients?gruop=Sales")

    assert answer.status_code == 422
    assert "Did you mean 'group'?" in answer.json()["detail"]


def test_a_filtered_list_has_a_tag_of_its_own(api: TestClient, fleet: Fleet) -> None:
    api.put("/api/groups/Sales", json={"members": ["NIKITA"]})
    tag = api.get("/api/clients?group=Sales").headers["etag"]
    fleet.record(beat_of("OLGA", dnd=True), "192.0.2.17")

    assert api.get("/api/clients?group=Sales", headers={"If-None-Match": tag}).status_code == 304
    assert api.get("/api/clients", headers={"If-None-Match": tag}).status_code == 200
    api.put("/api/groups/Sales", json={"members": []})
    assert api.get("/api/clients?group=Sales", headers={"If-None-Match": tag}).status_code == 200


def test_the_list_of_all_asks_no_database(api: TestClient, group_store: MemoryGroupStore) -> None:
    group_store.fails_with = "disk full"

    assert api.get("/api/clients").status_code == 200
    assert api.get("/api/clients?group=Sales").json()["code"] == "not-ready"
    assert "disk full" in api.get("/api/groups").json()["detail"]
