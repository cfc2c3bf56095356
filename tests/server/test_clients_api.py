"""`GET /api/clients`, one client, and its status."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from microsip_manager.server.fleet import Fleet
from tests.fakes.agent_link import FakeAgents
from tests.fakes.clock import HandClock
from tests.server.conftest import beat_of


def test_the_list_is_json_with_what_an_administrator_looks_for(api: TestClient, fleet: Fleet, clock: HandClock) -> None:
    fleet.record(beat_of("NIKITA"), "192.0.2.17")

    [client] = api.get("/api/clients").json()

    assert client["hostname"] == "NIKITA"
    assert client["extension"] == "485"
    assert client["status"] == "online"
    assert client["address"] == "192.0.2.17"
    assert client["agent_version"] == ""
    assert client["last_seen"].endswith("Z")
    assert datetime.fromisoformat(client["last_seen"]) == clock.start


def test_an_empty_fleet_is_an_empty_list(api: TestClient) -> None:
    assert api.get("/api/clients").json() == []


def test_an_unchanged_list_need_not_be_sent_again(api: TestClient, fleet: Fleet) -> None:
    fleet.record(beat_of("NIKITA"), "192.0.2.17")
    tag = api.get("/api/clients").headers["etag"]

    assert api.get("/api/clients", headers={"if-none-match": tag}).status_code == 304

    fleet.record(beat_of("NIKITA"), "192.0.2.17")
    assert api.get("/api/clients", headers={"if-none-match": tag}).status_code == 200


@pytest.mark.parametrize("hostname", ["Иванов-ПК", "front desk", "pc.office.example", "100% real?", "a#b&c=d"])
def test_any_legal_name_can_be_asked_for(api: TestClient, fleet: Fleet, hostname: str) -> None:
    fleet.record(beat_of(hostname), "192.0.2.17")

    answer = api.get(f"/api/clients/{quote(hostname, safe='')}")

    assert answer.json()["hostname"] == hostname


@pytest.mark.parametrize("path", ["/api/clients/NIKTA", "/api/clients/NIKTA/status"])
def test_an_unknown_client_is_a_404_that_helps(api: TestClient, fleet: Fleet, path: str) -> None:
    fleet.record(beat_of("NIKITA"), "192.0.2.17")

    answer = api.get(path)

    assert (answer.status_code, answer.json()["code"]) == (404, "unknown-client")
    assert "NIKITA" in answer.json()["detail"]


def test_the_status_is_asked_live(api: TestClient, fleet: Fleet, agents: FakeAgents) -> None:
    fleet.record(beat_of("OLGA"), "192.0.2.18")
    agents.dnd["OLGA"] = True

    status = api.get("/api/clients/OLGA/status").json()

    assert (status["status"], status["source"], status["age"], status["dnd"]) == ("dnd", "live", 0.0, True)


def test_a_silent_agent_leaves_the_last_known_state_with_its_age(
    api: TestClient, fleet: Fleet, agents: FakeAgents, clock: HandClock
) -> None:
    fleet.record(beat_of("PAVEL"), "192.0.2.19")
    agents.silent["PAVEL"] = "nothing answers"
    clock.forward(4.5)

    status = api.get("/api/clients/PAVEL/status").json()

    assert (status["status"], status["source"], status["age"]) == ("online", "last_known", 4.5)
    assert status["detail"] == "nothing answers"


@pytest.mark.parametrize(("path", "code"), [("/nothing", 404), ("/api/clients/A/B/C", 404)])
def test_what_is_not_there_is_a_problem_too(api: TestClient, path: str, code: int) -> None:
    answer = api.get(path)

    assert answer.status_code == code
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_wrong_method_says_which_is_right(api: TestClient) -> None:
    answer = api.delete("/api/clients")

    assert (answer.status_code, answer.headers["allow"], answer.json()["code"]) == (405, "GET", "method-not-allowed")
