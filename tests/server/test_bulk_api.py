"""`POST /api/clients/set_dnd` and `POST /api/clients/display_message`."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from microsip_manager.server.app import create_api
from microsip_manager.server.bulk import Bulk
from microsip_manager.server.fleet import Fleet
from microsip_manager.server.services import Services
from microsip_manager.wire.commands import DndOutcome
from microsip_manager.wire.messages import MessageOutcome
from tests.fakes.agent_link import FakeAgents
from tests.server.conftest import beat_of

PATH = "/api/clients/set_dnd"
NDJSON = {"Accept": "application/x-ndjson"}


@pytest.fixture(autouse=True)
def cast(fleet: Fleet, api: TestClient) -> None:
    for hostname in ("NIKITA", "OLGA", "PAVEL"):
        fleet.record(beat_of(hostname), "192.0.2.17")
    api.put("/api/groups/Sales", json={"members": ["NIKITA", "OLGA"]})
    api.patch("/api/clients/PAVEL/labels", json={"labels": {"floor": "2"}})


def test_each_client_has_a_result_and_the_answer_the_counts(api: TestClient, agents: FakeAgents) -> None:
    agents.failing["OLGA"] = DndOutcome.UNREACHABLE, "nothing answers"

    answer = api.post(PATH, json={"enabled": True, "hostnames": ["OLGA", "NIKITA", "NOBODY"]})

    assert answer.status_code == 200
    body = answer.json()
    assert (body["addressed"], body["done"], body["failed"], body["dry_run"]) == (3, 1, 2, False)
    nikita, nobody, olga = body["results"]
    assert nikita == {"hostname": "NIKITA", "outcome": "applied", "ok": True, "dnd": True}
    assert (nobody["outcome"], nobody["ok"]) == ("unknown-client", False)
    assert olga == {"hostname": "OLGA", "outcome": "unreachable", "ok": False, "detail": "nothing answers"}


@pytest.mark.parametrize(
    ("whom", "reached"),
    [
        ({"group": "sales"}, {"NIKITA", "OLGA"}),
        ({"label": "floor=2"}, {"PAVEL"}),
        ({"status": "online"}, {"NIKITA", "OLGA", "PAVEL"}),
        ({"status": "dnd"}, set()),
        ({"all": True}, {"NIKITA", "OLGA", "PAVEL"}),
    ],
)
def test_they_are_named_by_group_label_status_or_all(
    api: TestClient, agents: FakeAgents, whom: dict[str, Any], reached: set[str]
) -> None:
    answer = api.post(PATH, json={"enabled": True, **whom})

    assert {one["hostname"] for one in answer.json()["results"]} == reached
    assert agents.dnd.keys() == reached


def test_a_dry_run_tells_and_sends_nothing(api: TestClient, agents: FakeAgents) -> None:
    api.put("/api/groups/Sales", json={"members": ["NIKITA", "ANNA"]})

    body = api.post(PATH, json={"enabled": True, "group": "Sales", "dry_run": True}).json()

    assert [(one["hostname"], one["outcome"]) for one in body["results"]] == [
        ("ANNA", "unknown-client"),
        ("NIKITA", "planned"),
    ]
    assert (body["dry_run"], agents.begun) == (True, [])


@pytest.mark.parametrize(
    ("wish", "status"),
    [
        ({"group": "Sales", "minimum_available": 1}, 409),
        ({"group": "Sales", "hostnames": ["NIKITA"], "minimum_available": 2}, 409),
        ({"group": "Sales", "hostnames": ["NIKITA"], "minimum_available": 1}, 200),
        ({"group": "Sales", "minimum_available": 1, "dry_run": True}, 409),
        ({"hostnames": ["NIKITA"], "minimum_available": 3}, 409),
        ({"hostnames": ["NIKITA"], "minimum_available": 2}, 200),
    ],
)
def test_enough_stay_available_or_nothing_is_sent(
    api: TestClient, agents: FakeAgents, wish: dict[str, Any], status: int
) -> None:
    answer = api.post(PATH, json={"enabled": True, **wish})

    assert answer.status_code == status
    assert bool(agents.begun) == (status == 200)
    if status == 409:
        assert answer.json()["code"] == "too-few-available"
        assert "would stay online" in answer.json()["detail"]


def test_switching_off_makes_nobody_unavailable(api: TestClient) -> None:
    assert api.post(PATH, json={"enabled": False, "group": "Sales", "minimum_available": 5}).status_code == 200


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"enabled": True}, "`all` alone"),
        ({"enabled": True, "all": False}, "`all` alone"),
        ({"enabled": True, "all": True, "group": "Sales"}, "`all` alone"),
        ({"group": "Sales"}, "`enabled`"),
        ({"enabled": True, "grop": "Sales"}, "`grop`"),
        ({"enabled": True, "hostnames": []}, "$.hostnames"),
        ({"enabled": True, "hostnames": ["a/b"]}, "$.hostnames[...]"),
        ({"enabled": True, "status": "asleep"}, "$.status"),
        ({"enabled": True, "label": "=2"}, "$.labels"),
        ({"enabled": True, "group": "Sales", "minimum_available": -1}, "$.minimum_available"),
    ],
)
def test_a_wish_that_is_not_clear_is_refused_by_its_field(
    api: TestClient, agents: FakeAgents, body: dict[str, Any], said: str
) -> None:
    answer = api.post(PATH, json=body)

    assert (answer.status_code, answer.json()["code"]) == (422, "bad-message")
    assert said in answer.json()["detail"]
    assert agents.begun == []


def test_an_unknown_group_is_a_404(api: TestClient) -> None:
    assert api.post(PATH, json={"enabled": True, "group": "Nobody"}).json()["code"] == "unknown-group"


def test_results_come_as_lines_with_the_counts_at_the_end(api: TestClient) -> None:
    answer = api.post(PATH, json={"enabled": True, "group": "Sales"}, headers=NDJSON)

    assert answer.headers["content-type"] == "application/x-ndjson"
    *results, summary = [json.loads(line) for line in answer.text.splitlines()]
    assert {one["result"]["hostname"]: one["result"]["outcome"] for one in results} == {
        "NIKITA": "applied",
        "OLGA": "applied",
    }
    assert summary == {"summary": {"addressed": 2, "done": 2, "failed": 0, "dry_run": False}}


def test_a_message_goes_to_many_under_one_id(api: TestClient, agents: FakeAgents) -> None:
    body = {"message": {"text": "The phones restart at 18:00."}, "group": "Sales"}

    answer = api.post("/api/clients/display_message", json=body).json()

    assert (answer["done"], {one["outcome"] for one in answer["results"]}) == (2, {"shown"})
    [id] = {one["id"] for one in answer["results"]}
    assert [message.id for message in agents.messages] == [id, id]


def test_a_message_that_does_not_arrive_says_why(api: TestClient, agents: FakeAgents) -> None:
    agents.silent["OLGA"] = "nothing answers"
    agents.message_outcome = MessageOutcome.NOT_SHOWN

    answer = api.post("/api/clients/display_message", json={"message": {"text": "Hello"}, "group": "Sales"}).json()

    assert {one["hostname"]: (one["outcome"], one["ok"]) for one in answer["results"]} == {
        "NIKITA": ("not_shown", False),
        "OLGA": ("unreachable", False),
    }


def test_whoever_hangs_up_in_the_middle_withdraws_what_has_not_begun(services: Services, agents: FakeAgents) -> None:
    sent: list[bytes] = []

    async def play() -> None:
        hung_up, nikita, asked = asyncio.Event(), asyncio.Event(), asyncio.Event()
        agents.held["NIKITA"] = nikita
        bulk = Bulk(services.fleet, services.wishes, services.groups, services.clock, at_once=2, slot_seconds=60)
        app = create_api(replace(services, bulk=bulk))
        body = json.dumps({"enabled": True, "hostnames": ["NIKITA", "OLGA", *(f"PC-{n}" for n in range(9))]}).encode()

        async def receive() -> dict[str, Any]:
            if not asked.is_set():
                asked.set()
                return {"type": "http.request", "body": body}
            await hung_up.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message.get("body", b""))
            if b"OLGA" in sent[-1]:
                for n in range(9):
                    agents.held[f"PC-{n}"] = nikita
                hung_up.set()

        for n in range(9):
            services.fleet.record(beat_of(f"PC-{n}"), "192.0.2.18")
        headers = [(b"accept", b"application/x-ndjson")]
        scope = {"type": "http", "method": "POST", "path": PATH, "headers": headers, "query_string": b""}
        await app({**scope, "asgi": {"spec_version": "2.3"}}, receive, send)
        nikita.set()
        await bulk.close()

    asyncio.run(play())
    assert b"OLGA" in b"".join(sent)
    assert b"NIKITA" not in b"".join(sent)
    # NIKITA's was under way and has ended; at most one more had begun in OLGA's place before the caller was gone.
    assert agents.dnd["NIKITA"] is True
    assert len(agents.begun) <= 3
