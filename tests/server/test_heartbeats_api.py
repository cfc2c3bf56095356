"""`POST /api/heartbeat`."""

from __future__ import annotations

import json

import pytest
from starlette.testclient import TestClient

from microsip_manager.server.fleet import Fleet
from microsip_manager.wire.heartbeat import HEARTBEAT_LIMIT
from microsip_manager.wire.phone import PhoneStatus

SEED = '{"hostname": "NIKITA", "extension": "485", "status": 0}'


def test_the_heartbeat_of_the_first_description_is_taken(api: TestClient, fleet: Fleet) -> None:
    answer = api.post("/api/heartbeat", content=SEED)

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert fleet.client("NIKITA").address == "127.0.0.1"


def test_status_1_is_dnd(api: TestClient, fleet: Fleet) -> None:
    api.post("/api/heartbeat", json={"hostname": "OLGA", "extension": "486", "status": 1})

    assert fleet.client("OLGA").status is PhoneStatus.DND


def test_running_false_is_the_last_notice(api: TestClient, fleet: Fleet) -> None:
    api.post("/api/heartbeat", content=SEED)

    answer = api.post("/api/heartbeat", json={**json.loads(SEED), "running": False})

    assert answer.status_code == 200
    assert fleet.client("NIKITA").status is PhoneStatus.OFFLINE


def test_an_address_claimed_in_the_body_is_ignored(api: TestClient, fleet: Fleet) -> None:
    beat = {"hostname": "NIKITA", "extension": "485", "status": 0, "address": "198.51.100.66"}

    api.post("/api/heartbeat", json=beat)

    assert fleet.client("NIKITA").address == "127.0.0.1"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[]", "Expected `object`, got `array`"),
        (b"{}", "missing required field `hostname`"),
        (b'{"hostname":"NIKITA","extension":"485"}', "missing required field `status`"),
        (b'{"hostname":"NIKITA","extension":"485","status":7}', "Expected `int` <= 1 - at `$.status`"),
        (b'{"hostname":"NIKITA","extension":"485","status":"0"}', "Expected `int`, got `str` - at `$.status`"),
        (b'{"hostname":"NIKITA","extension":485,"status":0}', "Expected `str`, got `int` - at `$.extension`"),
        (
            b'{"hostname":"NIKITA","extension":"4\\n85","status":0}',
            "control or invisible characters - at `$.extension`",
        ),
        (b'{"hostname":"","extension":"485","status":0}', "at `$.hostname`"),
        (b'{"hostname":"A/B","extension":"485","status":0}', "without `/`"),
        (b'{"hostname":"NIKITA","extension":"485","status":0,"port":70000}', "at `$.port`"),
        (json.dumps({"hostname": "x" * 256, "extension": "485", "status": 0}).encode(), "at `$.hostname`"),
    ],
)
def test_a_bad_heartbeat_names_the_field_and_changes_nothing(
    api: TestClient, fleet: Fleet, body: bytes, said: str
) -> None:
    answer = api.post("/api/heartbeat", content=body)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "bad-message"
    assert said in answer.json()["detail"]
    assert fleet.clients() == []


def test_a_body_of_ten_megabytes_is_refused(api: TestClient) -> None:
    answer = api.post("/api/heartbeat", content=b"x" * 10_000_000)

    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")


def test_the_longest_legal_heartbeat_fits_the_limit(api: TestClient) -> None:
    longest = {"hostname": "Ы" * 255, "extension": "\U00010330" * 64, "status": 0, "agent_version": "\U00010330" * 32}
    body = json.dumps(longest).encode()

    assert len(body) < HEARTBEAT_LIMIT
    assert api.post("/api/heartbeat", content=body).status_code == 200


def test_only_post_is_for_heartbeats(api: TestClient) -> None:
    answer = api.get("/api/heartbeat")

    assert (answer.status_code, answer.json()["code"], answer.headers["allow"]) == (405, "method-not-allowed", "POST")
