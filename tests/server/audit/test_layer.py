"""What is done over HTTP is in the audit log, and what is only looked at is not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from microsip_manager.server.audit.deed import note
from microsip_manager.server.audit.layer import OF_AGENTS, READS, SAFE, Audit
from microsip_manager.server.fleet import Fleet
from microsip_manager.server.identity.caller import Caller, CallerKind
from microsip_manager.server.identity.rights import RIGHTS, Endpoint, Right
from microsip_manager.server.services import Services
from microsip_manager.server.traffic import Traffic
from microsip_manager.wire.calls import Call, CallDirection, call_id
from microsip_manager.wire.codec import encode
from tests.fakes.agent_link import FakeAgents
from tests.fakes.clock import HandClock
from tests.server.conftest import beat_of, caller_of
from tests.server.identity.test_guard import made, shown

NUMBER = "+74950000042"


@pytest.fixture
def admin(api: TestClient) -> dict[str, str]:
    return shown(made(api, "admin"))


@pytest.fixture
def nikita(fleet: Fleet, agents: FakeAgents) -> None:
    fleet.record(beat_of("NIKITA"), "192.0.2.17")


def rows(api: TestClient, headers: dict[str, str] | None = None, **filters: str) -> list[dict[str, Any]]:
    """All rows but those of asking for them, the oldest first."""
    answer = api.get("/api/audit", headers=headers or {}, params=filters)
    assert answer.status_code == 200, answer.text
    found = [row for row in answer.json() if row["what"] != "GET /api/audit"]
    return list(reversed(found))


def test_making_a_token_is_told_without_its_secret(api: TestClient, admin: dict[str, str]) -> None:
    [row] = rows(api, admin)

    assert (row["who"], row["address"]) == ("open", "127.0.0.1")
    assert (row["what"], row["status"], row["outcome"]) == ("POST /api/tokens", 201, "ok")
    assert row["after"]["role"] == "admin"
    assert row["target"] == row["after"]["id"]
    assert "mmt_" not in json.dumps(row)


def test_dnd_is_told_with_before_and_after(api: TestClient, admin: dict[str, str], nikita: None) -> None:
    answer = api.post("/api/clients/nikita/set_dnd?enabled=true&for=30m&reason=dentist", headers=admin)

    row = rows(api, admin)[-1]

    assert row["who"] == "token of a test, admin"
    assert row["what"] == "POST /api/clients/{hostname}/set_dnd"
    assert (row["hostname"], row["before"]) == ("nikita", {"status": "online", "wish": None})
    assert row["after"] == {"wanted": True, "dnd": True, "outcome": "applied", "for": "PT1800S"}
    assert row["request_id"] == answer.headers["x-request-id"]
    assert "dentist" not in json.dumps(row)


def test_a_group_is_told_with_who_came_and_went(api: TestClient) -> None:
    api.put("/api/groups/Sales", json={"members": ["NIKITA", "OLGA"]})
    api.put("/api/groups/Sales", json={"members": ["olga", "PAVEL"]})
    api.delete("/api/groups/Sales")

    first, second, third = rows(api)

    assert (first["target"], first["before"], first["after"]["came"]) == ("Sales", None, ["NIKITA", "OLGA"])
    assert second["after"] == {"members": 2, "came": ["PAVEL"], "gone": ["NIKITA"]}
    assert third["before"] == {"members": ["olga", "PAVEL"]}


def test_a_schedule_is_told_whole(api: TestClient) -> None:
    api.put("/api/groups/Sales", json={"members": ["NIKITA"]})
    wish = {"group": "Sales", "days": ["mon"], "start": "13:00", "end": "14:00", "tz": "UTC"}
    api.put("/api/schedules/Lunch", json=wish)
    api.put("/api/schedules/Lunch", json={**wish, "end": "15:00"})

    row = rows(api)[-1]

    assert (row["target"], row["before"]["end"], row["after"]["end"]) == ("Lunch", "14:00", "15:00")


def test_of_a_webhook_only_the_host_is_told(api: TestClient) -> None:
    added = api.post("/api/webhooks", json={"url": "https://hooks.example/s3cret-path"}).json()
    api.delete(f"/api/webhooks/{added['id']}")

    found = rows(api)

    assert [row["after"] or row["before"] for row in found] == [{"host": "hooks.example", "kinds": []}] * 2
    assert "s3cret" not in json.dumps(found)
    assert added["secret"] not in json.dumps(found)


def test_of_a_message_only_that_it_was_shown(api: TestClient, nikita: None) -> None:
    answer = api.post("/api/clients/NIKITA/display_message", json={"title": "Payroll", "text": "You owe 300"})

    row = rows(api)[-1]

    assert (row["target"], row["after"]["outcome"]) == (answer.json()["id"], "shown")
    assert "Payroll" not in json.dumps(row)
    assert "300" not in json.dumps(row["after"])


def test_a_number_that_is_dialled_is_told_masked(api: TestClient, nikita: None) -> None:
    api.post("/api/clients/NIKITA/telephone", json={"action": "dial", "number": NUMBER})
    api.post("/api/clients/NIKITA/telephone", json={"action": "dtmf", "digits": "90125"})

    dialled, tones = rows(api)

    assert dialled["after"]["action"] == "dial"
    assert [number.partition(" ")[0] for number in dialled["numbers"]] == ["…42"]
    assert NUMBER.lstrip("+") not in json.dumps(dialled)
    assert "90125" not in json.dumps(tones)


def test_a_command_to_many_is_told_once_with_its_figures(api: TestClient, nikita: None) -> None:
    api.post("/api/clients/set_dnd", json={"enabled": True, "all": True})
    api.post("/api/clients/set_dnd", json={"enabled": False, "all": True}, headers={"Accept": "application/x-ndjson"})

    first, second = rows(api)

    assert first["after"] == {
        "wanted": True,
        "all": True,
        "summary": {"addressed": 1, "done": 1, "failed": 0, "dry_run": False},
    }
    assert second["after"]["summary"]["done"] == 1


def test_what_only_looks_is_not_told_but_calls_and_the_log_itself_are(
    api: TestClient, admin: dict[str, str], nikita: None
) -> None:
    for path in ("/api/clients", "/api/clients/NIKITA", "/api/groups", "/api/stats", "/healthz", "/openapi.json"):
        assert api.get(path, headers=admin).status_code == 200
    api.get("/api/calls", headers=admin, params={"number": NUMBER, "direction": "missed", "format": "csv"})
    rows(api, admin)

    found = api.get("/api/audit", headers=admin).json()

    assert [row["what"] for row in found] == ["GET /api/audit", "GET /api/calls", "POST /api/tokens"]
    assert found[1]["after"] == {"direction": "missed", "format": "csv"}
    assert found[1]["numbers"][0].startswith("…42 #")


def test_the_same_look_again_and_again_is_one_row(api: TestClient, clock: HandClock) -> None:
    for _ in range(20):
        api.get("/api/calls", params={"hostname": "NIKITA"})
    api.get("/api/calls", params={"hostname": "OLGA"})
    clock.forward(seconds=60)

    found = [(row["after"]["hostname"], row["times"]) for row in rows(api)]
    assert found == [("NIKITA", 1), ("OLGA", 1), ("NIKITA", 19)]


def test_agents_are_not_told_of_unless_they_are_refused(
    api: TestClient, admin: dict[str, str], services: Services
) -> None:
    id, at = call_id("NIKITA", 1, 1), HandClock().now()
    call = Call(id, "NIKITA", "485", 1, NUMBER, "", CallDirection.MISSED, at, 0, "", True)
    refused = api.post("/api/heartbeat", content=encode(beat_of("NIKITA")))
    viewer = shown(api.post("/api/tokens", headers=admin, json={"name": "x", "role": "viewer"}).json()["token"])
    api.post("/api/calls", content=encode([call]), headers=viewer)

    found = rows(api, admin)

    assert refused.status_code == 401
    assert [(row["what"], row["outcome"]) for row in found] == [
        ("POST /api/tokens", "ok"),
        ("POST /api/heartbeat", "not-signed-in"),
        ("POST /api/tokens", "ok"),
        ("POST /api/calls", "not-allowed"),
    ]


def test_calls_that_an_administrator_imports_are_told_of(api: TestClient, admin: dict[str, str]) -> None:
    at = HandClock().now()
    calls = [
        Call(call_id(host, 1, 1), host, "485", 1, NUMBER, "", CallDirection.MISSED, at, 0, "", True)
        for host in ("NIKITA", "OLGA")
    ]
    answer = api.post("/api/calls", content=encode(calls), headers=admin)

    row = rows(api, admin)[-1]

    assert set(answer.json()["committed"]) == {call.id for call in calls}
    assert (row["who"], row["what"], row["outcome"]) == ("token of a test, admin", "POST /api/calls", "ok")
    assert row["after"] == {"calls": 2, "hostnames": ["NIKITA", "OLGA"]}
    assert NUMBER not in str(row)


def test_a_refusal_names_who_wanted_what(api: TestClient, admin: dict[str, str], nikita: None) -> None:
    viewer = shown(api.post("/api/tokens", headers=admin, json={"name": "wall", "role": "viewer"}).json()["token"])
    assert api.post("/api/clients/NIKITA/set_dnd?enabled=true", headers=viewer).status_code == 403

    row = rows(api, admin)[-1]

    assert (row["who"], row["hostname"]) == ("token wall", "NIKITA")
    assert (row["what"], row["status"]) == ("POST /api/clients/{hostname}/set_dnd", 403)
    assert row["outcome"] == "not-allowed"


def test_a_refusal_of_the_guard_is_told_with_the_address_and_no_secret(
    services: Services, api: TestClient, admin: dict[str, str]
) -> None:
    stranger = caller_of(services, "192.0.2.66", called="192.0.2.1")
    guessed = shown("mmt_guessed")
    assert stranger.delete("/api/tokens/0f1e2d3c4b5a69788796a5b4c3d2e1f0", headers=guessed).status_code == 401

    found = rows(api, admin)

    assert (found[-1]["who"], found[-1]["address"]) == ("nobody", "192.0.2.66")
    assert found[-1]["outcome"] == "not-signed-in"
    assert "guessed" not in json.dumps(found)


def test_protected_mode_tells_of_those_it_refuses(services: Services, api: TestClient) -> None:
    caller_of(services, "192.0.2.66", called="192.0.2.1").get("/api/clients")

    assert [(row["outcome"], row["address"]) for row in rows(api)] == [("protected-mode", "192.0.2.66")]


def test_a_path_that_holds_a_key_is_not_told(api: TestClient, admin: dict[str, str]) -> None:
    api.get("/directory/0123456789abcdef-wrong/directory.json")
    api.get("/0123456789abcdef-wrong")

    found = rows(api, admin)

    assert found[-1]["what"] == "GET (unknown path)"
    assert "0123456789abcdef" not in json.dumps(found)


def test_a_flood_of_refusals_is_a_few_rows(
    services: Services, api: TestClient, admin: dict[str, str], clock: HandClock
) -> None:
    stranger = caller_of(services, "192.0.2.66", called="192.0.2.1")
    for number in range(1000):
        stranger.post(f"/api/clients/PC-{number}/set_dnd", headers=shown(f"mmt_{number}"))
    clock.forward(seconds=60)

    found = rows(api, admin, outcome="failed")

    # Once guessed at too often, the address is no longer looked at but held back.
    assert {row["outcome"] for row in found} == {"not-signed-in", "too-many-requests"}
    assert sum(row["times"] for row in found) == 1000
    assert len(found) == 4


def test_a_refused_link_is_told(api: TestClient, admin: dict[str, str]) -> None:
    with pytest.raises(WebSocketDisconnect), api.websocket_connect("/api/agent"):
        pass

    assert rows(api, admin)[-1]["what"] == "WEBSOCKET /api/agent"


def test_a_failed_command_is_told_with_the_code(api: TestClient) -> None:
    api.post("/api/clients/NOBODY/set_dnd?enabled=true")

    row = rows(api)[-1]

    assert (row["status"], row["outcome"], row["hostname"]) == (404, "unknown-client", "NOBODY")


def test_a_hostname_made_to_deceive_is_written_out(api: TestClient) -> None:
    api.post("/api/clients/%1b%5b2J%0aroot%00/set_dnd?enabled=true")

    assert rows(api)[-1]["hostname"] == "\\x1b[2J\\nroot\\x00"


def test_the_csv_holds_no_formula(api: TestClient) -> None:
    api.post("/api/clients/=HYPERLINK(%22http:%22)/set_dnd?enabled=true")
    api.put("/api/groups/@SUM(1)", json={"members": ["-2+3"]})

    answer = api.get("/api/audit", params={"format": "csv"})

    assert answer.headers["content-type"].startswith("text/csv")
    assert "'=HYPERLINK" in answer.text
    assert "'@SUM(1)" in answer.text
    for cell in answer.text.replace("\r\n", ",").split(","):
        assert not cell.strip('"').startswith(("=", "+", "-", "@"))


def test_pages_follow_each_other_by_link(api: TestClient) -> None:
    for number in range(5):
        api.put(f"/api/groups/G{number}", json={"members": ["NIKITA"]})

    first = api.get("/api/audit", params={"limit": 2, "what": "PUT"})
    link = first.headers["link"].partition(">")[0].lstrip("<")
    second = api.get(link)

    assert [row["target"] for row in first.json() + second.json()] == ["G4", "G3", "G2", "G1"]


def test_only_an_admin_reads_it(api: TestClient, admin: dict[str, str]) -> None:
    for role in ("viewer", "operator", "metrics"):
        token = api.post("/api/tokens", headers=admin, json={"name": role, "role": role}).json()["token"]

        assert api.get("/api/audit", headers=shown(token)).status_code == 403
        assert api.get("/api/audit/check", headers=shown(token)).status_code == 403


def test_the_chain_can_be_checked_and_an_anchor_be_compared(api: TestClient) -> None:
    for number in range(3):
        api.put(f"/api/groups/G{number}", json={"members": ["NIKITA"]})
    newest = api.get("/api/audit", params={"what": "PUT"}).json()[0]

    found = api.get("/api/audit/check", params={"anchor": f"{newest['seq']}:{newest['hash']}"}).json()
    forged = api.get("/api/audit/check", params={"anchor": f"{newest['seq']}:{'0' * 64}"}).json()

    assert (found["ok"], found["broken"]) == (True, [])
    assert (forged["ok"], forged["broken"][0]["seq"]) == (False, newest["seq"])
    assert api.get("/api/audit/check", params={"anchor": "1"}).status_code == 422


@pytest.mark.parametrize("bad", [{"whom": "anna"}, {"from": "yesterday"}, {"limit": "0"}, {"before": "x"}])
def test_a_filter_that_cannot_be_is_refused(api: TestClient, bad: dict[str, str]) -> None:
    answer = api.get("/api/audit", params=bad)

    assert (answer.status_code, answer.json()["code"]) == (422, "bad-message")


def test_what_is_named_as_an_exception_is_an_endpoint() -> None:
    assert RIGHTS.keys() >= READS | OF_AGENTS
    assert {method for method, _ in READS} <= SAFE


def test_a_full_disk_is_seen_in_readyz(services: Services, api: TestClient) -> None:
    services.audit.trouble = "database or disk is full"

    answer = api.get("/readyz")

    assert (answer.status_code, answer.json()["code"]) == (503, "not-ready")


def test_a_sign_in_is_told_of_whom_it_let_in(services: Services, clock: HandClock) -> None:
    async def signs_in(scope: Scope, receive: Receive, send: Send) -> None:
        scope["asked"] = Endpoint(Right.ANYONE, "POST", "/api/session")
        note(who=Caller(CallerKind.USER, "1", "anna"))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

    TestClient(Audit(signs_in, services.audit, clock, Traffic())).post("/api/session")

    assert [row["who"] for row in rows(caller_of(services))] == ["user anna"]


def test_a_request_that_breaks_off_is_told(services: Services, clock: HandClock) -> None:
    async def breaks(scope: Scope, receive: Receive, send: Send) -> None:
        scope["asked"] = Endpoint(Right.ACT, "POST", "/api/clients/{hostname}/telephone", "NIKITA")
        raise OSError("the caller has hung up")

    with pytest.raises(OSError, match="hung up"):
        TestClient(Audit(breaks, services.audit, clock, Traffic())).post("/api/clients/NIKITA/telephone")

    assert [(row["outcome"], row["status"]) for row in rows(caller_of(services))] == [("broken-off", None)]
