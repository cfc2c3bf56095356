"""Agents come in, are known by their keys, and are put out."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from microsip_manager.server.identity.digests import new_secret
from microsip_manager.server.identity.enrolment import MOST_OF_ADDRESS
from microsip_manager.server.services import Services
from microsip_manager.wire.enrolment import AGENT_KEY_PREFIX
from microsip_manager.wire.join_token import read_join_token
from microsip_manager.wire.link import SUBPROTOCOL, CloseCode
from tests.fakes.clock import HandClock
from tests.server.conftest import caller_of
from tests.server.identity.test_guard import made, shown


class Pc:
    """An agent and what it shows."""

    def __init__(self, api: TestClient, hostname: str = "NIKITA", user: str = "") -> None:
        self.api = api
        self.said = {"hostname": hostname, "session_user": user}
        self.key = new_secret(AGENT_KEY_PREFIX)
        self.name = hostname

    def enrol(self, join_token: str) -> Any:
        answer = self.api.post("/api/agents/enrol", json={**self.said, "key": self.key, "join_token": join_token})
        if answer.status_code == 200:
            self.name = answer.json()["name"]
        return answer

    def ask(self) -> Any:
        return self.api.post("/api/agents/ask", json={**self.said, "key": self.key})

    def beat(self, hostname: str | None = None, **more: Any) -> Any:
        body = {"hostname": hostname or self.name, "extension": "485", "status": 0, **more}
        return self.api.post("/api/heartbeat", headers=shown(self.key), json=body)

    def change_key(self, key: str) -> Any:
        return self.api.post("/api/agents/key", headers=shown(self.key), json={"key": key})


@pytest.fixture
def admin(api: TestClient) -> dict[str, str]:
    return shown(made(api, "admin"))


@pytest.fixture
def network(services: Services, admin: dict[str, str]) -> TestClient:
    return caller_of(services, "192.0.2.17", called="192.0.2.1")


def join_token(api: TestClient, admin: dict[str, str], **more: Any) -> str:
    answer = api.post("/api/join-tokens", headers=admin, json={"name": "roll-out", **more})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["join_token"])


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_an_agent_comes_in_by_a_join_token_and_speaks_for_its_client(
    api: TestClient, admin: dict[str, str], network: TestClient
) -> None:
    pc = Pc(network)
    assert code_of(pc.beat()) == (401, "not-signed-in")

    enrolled = pc.enrol(join_token(api, admin))

    assert enrolled.json()["name"] == "NIKITA"
    assert pc.beat().status_code == 200
    assert api.get("/api/clients/NIKITA", headers=admin).json()["status"] == "online"
    assert code_of(pc.beat("OLGA")) == (403, "not-your-client")
    assert pc.beat("nikita").status_code == 200


def test_a_join_token_holds_the_servers_and_the_key_and_is_never_shown_again(
    api: TestClient, admin: dict[str, str]
) -> None:
    text = join_token(api, admin, servers=["http://172.16.99.12:8083"], uses=40, hours=2)

    token = read_join_token(text)
    listed = api.get("/api/join-tokens", headers=admin)

    assert (token.servers, token.ca) == (["http://172.16.99.12:8083"], None)
    assert [(one["uses"], one["used"]) for one in listed.json()] == [(40, 0)]
    assert token.key not in listed.text
    assert read_join_token(join_token(api, admin)).servers == ["http://127.0.0.1:8083"]


def test_the_last_use_is_the_last(api: TestClient, admin: dict[str, str], network: TestClient) -> None:
    token = join_token(api, admin, uses=2)

    assert [Pc(network, name).enrol(token).status_code for name in ("NIKITA", "OLGA", "PAVEL")] == [200, 200, 403]
    assert api.get("/api/join-tokens", headers=admin).json()[0]["used"] == 2


def test_an_expired_a_revoked_and_a_damaged_join_token_are_refused_alike(
    api: TestClient, admin: dict[str, str], network: TestClient, clock: HandClock
) -> None:
    revoked = join_token(api, admin)
    clock.forward(seconds=1)
    expired = join_token(api, admin, hours=1)
    id = api.get("/api/join-tokens", headers=admin).json()[0]["id"]
    assert api.delete(f"/api/join-tokens/{id}", headers=admin).status_code == 200
    clock.forward(seconds=3600)

    answers = [Pc(network).enrol(token) for token in (revoked, expired, expired[:-5], "mmj_", "")]

    assert {code_of(answer) for answer in answers} == {(403, "join-token-refused")}
    assert len({answer.text for answer in answers}) == 1
    assert code_of(api.delete(f"/api/join-tokens/{id}", headers=admin)) == (404, "unknown-token")


def test_a_stolen_join_token_never_gives_the_name_of_an_enrolled_pc(
    api: TestClient, admin: dict[str, str], network: TestClient
) -> None:
    token = join_token(api, admin, uses=9)
    nikita = Pc(network)
    nikita.enrol(token)

    thieves = [Pc(network, name, user) for name in ("NIKITA", "nikita") for user in ("", "nikita", "NIKITA")]
    names = [thief.enrol(token).json()["name"] for thief in thieves]

    assert len({name.lower() for name in ("NIKITA", *names)}) == 7
    for thief in thieves:
        assert code_of(thief.beat("NIKITA")) == (403, "not-your-client")
        assert thief.beat().status_code == 200
    assert nikita.beat().status_code == 200


def test_who_was_known_before_there_were_keys_is_found_again_under_its_name(api: TestClient) -> None:
    assert Pc(api, "NIKITA").beat().status_code == 200  # protected mode: from this machine
    admin = shown(made(api, "admin"))

    pc = Pc(api, "NIKITA")

    assert pc.enrol(join_token(api, admin)).json()["name"] == "NIKITA"
    pc.beat()
    assert [client["hostname"] for client in api.get("/api/clients", headers=admin).json()] == ["NIKITA"]


def test_calls_are_taken_for_the_own_client_only(api: TestClient, admin: dict[str, str], network: TestClient) -> None:
    pc = Pc(network)
    pc.enrol(join_token(api, admin))
    call = {
        "id": "5f0c1a6b7d8e9f00112233445566778a",
        "hostname": "NIKITA",
        "extension": "485",
        "key": 0,
        "number": "486",
        "name": "",
        "direction": "incoming",
        "started_at": "2026-03-02T08:00:00Z",
        "duration": 5,
        "info": "",
        "ended": True,
    }

    others = network.post("/api/calls", headers=shown(pc.key), json=[call, {**call, "hostname": "OLGA"}])
    own = network.post("/api/calls", headers=shown(pc.key), json=[call])

    assert code_of(others) == (403, "not-your-client")
    assert own.json() == {"committed": [call["id"]]}
    assert code_of(network.post("/api/calls", json=[call])) == (401, "not-signed-in")


def test_an_administrator_imports_calls_of_any_client_and_nobody_else_does(
    api: TestClient, admin: dict[str, str]
) -> None:
    at = {"started_at": "2026-03-02T08:00:00Z", "duration": 5, "info": "", "ended": True}
    about = {"extension": "485", "key": 0, "number": "486", "name": "", "direction": "incoming", **at}
    calls = [{"id": f"{number:032x}", "hostname": name, **about} for number, name in enumerate(("NIKITA", "OLGA"))]

    taken = api.post("/api/calls", headers=admin, json=calls).json()["committed"]
    assert set(taken) == {one["id"] for one in calls}
    for role in ("viewer", "operator", "metrics", "wall"):
        made = api.post("/api/tokens", headers=admin, json={"name": role, "role": role}).json()["token"]
        assert code_of(api.post("/api/calls", headers=shown(made), json=calls)) == (403, "not-allowed")


def test_an_agent_sees_and_does_nothing_else(api: TestClient, admin: dict[str, str], network: TestClient) -> None:
    pc = Pc(network)
    pc.enrol(join_token(api, admin))

    for path in ("/api/clients", "/api/agents", "/api/join-tokens", "/api/agents/pending"):
        assert code_of(network.get(path, headers=shown(pc.key))) == (403, "not-allowed")


def test_a_revoked_agent_is_refused_and_its_name_is_free(
    api: TestClient, admin: dict[str, str], network: TestClient
) -> None:
    token = join_token(api, admin, uses=2)
    pc = Pc(network, "NIKITA", "nikita")
    pc.enrol(token)
    pc.beat()
    [listed] = api.get("/api/agents", headers=admin).json()
    assert (listed["name"], listed["session_user"], listed["address"]) == ("NIKITA", "nikita", "192.0.2.17")
    assert listed["last_used_at"] is not None

    assert api.delete(f"/api/agents/{listed['id']}", headers=admin).json()["name"] == "NIKITA"

    assert code_of(pc.beat()) == (401, "not-signed-in")
    assert code_of(api.delete(f"/api/agents/{listed['id']}", headers=admin)) == (404, "unknown-agent")
    assert Pc(network).enrol(token).json()["name"] == "NIKITA"


def test_an_agent_without_a_join_token_waits_for_an_administrator(
    api: TestClient, admin: dict[str, str], network: TestClient
) -> None:
    pc = Pc(network, user="nikita")

    asked = pc.ask().json()
    [listed] = api.get("/api/agents/pending", headers=admin).json()

    assert (asked["state"], asked["code"]) == ("waiting", listed["code"])
    assert pc.ask().json() == asked
    assert (listed["hostname"], listed["session_user"], listed["address"]) == ("NIKITA", "nikita", "192.0.2.17")
    assert pc.key not in str(listed)
    assert pc.beat().status_code == 401

    approved = api.post(f"/api/agents/pending/{listed['id']}/approve", headers=admin)

    assert approved.json()["enrolled_by"] == "token of a test, admin"
    told = pc.ask().json()
    assert (told["state"], told["enrolled"]["name"]) == ("enrolled", "NIKITA")
    assert pc.beat().status_code == 200
    assert api.get("/api/agents/pending", headers=admin).json() == []
    again = api.post(f"/api/agents/pending/{listed['id']}/approve", headers=admin)
    assert code_of(again) == (404, "unknown-agent")


def test_a_refused_agent_is_told_so_for_a_day(
    api: TestClient, admin: dict[str, str], network: TestClient, clock: HandClock
) -> None:
    pc = Pc(network)
    pc.ask()
    [listed] = api.get("/api/agents/pending", headers=admin).json()

    assert api.post(f"/api/agents/pending/{listed['id']}/refuse", headers=admin).json()["hostname"] == "NIKITA"

    assert pc.ask().json()["state"] == "refused"
    assert api.get("/api/agents/pending", headers=admin).json() == []
    clock.forward(seconds=timedelta(hours=24).total_seconds())
    assert pc.ask().json()["state"] == "waiting"


def test_one_address_cannot_fill_the_list(api: TestClient, admin: dict[str, str], network: TestClient) -> None:
    for number in range(MOST_OF_ADDRESS):
        assert Pc(network, f"PC-{number}").ask().status_code == 200

    assert code_of(Pc(network, "ONE-MORE").ask()) == (503, "too-many-waiting")
    assert Pc(api, "ELSEWHERE").ask().status_code == 200


def test_without_accounts_nobody_has_to_ask(api: TestClient) -> None:
    assert Pc(api).ask().json()["state"] == "open"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b'{"key":"mma_short","hostname":"NIKITA"}',
        b'{"key":"mma_%s","hostname":""}' % (b"a" * 43),
        b'{"key":"mma_%s","hostname":"a/b"}' % (b"a" * 43),
        b'{"key":"mma_%s","hostname":"NIKITA","session_user":"a\\u202eb"}' % (b"a" * 43),
        b'{"key":"mma_%s","hostname":"NIKITA","session_user":"%s"}' % (b"a" * 43, b"x" * 105),
        b'{"key":"mma_%s","hostname":"NIKITA","more":1}' % (b"a" * 43),
        b"[" * 10_000,
    ],
)
def test_what_is_no_question_is_refused(network: TestClient, body: bytes) -> None:
    for path in ("/api/agents/ask", "/api/agents/enrol"):
        assert code_of(network.post(path, content=body)) == (422, "bad-message")


def test_too_much_is_refused(network: TestClient) -> None:
    for path in ("/api/agents/ask", "/api/agents/enrol"):
        assert code_of(network.post(path, content=b"x" * 20_000)) == (413, "too-large")


def test_a_new_key_is_good_at_once_and_the_old_one_until_the_new_one_was_used(
    api: TestClient, admin: dict[str, str], network: TestClient, services: Services
) -> None:
    pc = Pc(network)
    pc.enrol(join_token(api, admin))
    old, new = pc.key, new_secret(AGENT_KEY_PREFIX)

    assert pc.change_key(new).status_code == 200
    assert pc.change_key(new).status_code == 200  # said once more after a lost answer
    services.credentials.load()
    asyncio.run(services.agents.tidy())
    assert pc.beat().status_code == 200
    pc.key = new
    assert pc.beat().status_code == 200
    asyncio.run(services.agents.tidy())
    services.credentials.load()

    assert pc.beat().status_code == 200
    pc.key = old
    assert code_of(pc.beat()) == (401, "not-signed-in")


def test_only_an_agent_changes_its_key(api: TestClient, admin: dict[str, str]) -> None:
    body = {"key": new_secret(AGENT_KEY_PREFIX)}

    assert code_of(api.post("/api/agents/key", json=body)) == (401, "not-signed-in")
    assert code_of(api.post("/api/agents/key", headers=admin, json=body)) == (403, "not-allowed")


def link_at(client: TestClient) -> str:
    """Starlette would call another host than that of the client."""
    return str(client.base_url).rstrip("/").replace("http", "ws", 1) + "/api/agent"


def report(hostname: str, instance: str = "") -> str:
    more = f',"instance":"{instance}"' if instance else ""
    return f'{{"t":"report","beat":{{"hostname":"{hostname}","extension":"485","status":0{more}}}}}'


def test_a_link_is_for_the_own_client_only(api: TestClient, admin: dict[str, str], network: TestClient) -> None:
    pc = Pc(network)
    with pytest.raises(WebSocketDisconnect), network.websocket_connect(link_at(network), [SUBPROTOCOL]):
        pass
    pc.enrol(join_token(api, admin))

    with network.websocket_connect(link_at(network), [SUBPROTOCOL], headers=shown(pc.key)) as link:
        link.send_text(report("NIKITA"))
        assert "heard" in link.receive_text()
    with network.websocket_connect(link_at(network), [SUBPROTOCOL], headers=shown(pc.key)) as link:
        link.send_text(report("OLGA"))
        with pytest.raises(WebSocketDisconnect) as end:
            link.receive_text()
    assert end.value.code == CloseCode.NOT_YOUR_CLIENT
    assert [client["hostname"] for client in api.get("/api/clients", headers=admin).json()] == ["NIKITA"]


def test_the_link_of_a_revoked_agent_is_closed_at_once(services: Services) -> None:
    with caller_of(services) as api:
        admin = shown(made(api, "admin"))
        pc = Pc(api)
        pc.enrol(join_token(api, admin))
        with api.websocket_connect(link_at(api), [SUBPROTOCOL], headers=shown(pc.key)) as link:
            link.send_text(report("NIKITA"))
            link.receive_text()
            [listed] = api.get("/api/agents", headers=admin).json()

            api.delete(f"/api/agents/{listed['id']}", headers=admin)

            with pytest.raises(WebSocketDisconnect) as end:
                link.receive_text()
            assert end.value.code == CloseCode.NOT_SIGNED_IN


def test_a_link_without_a_key_is_closed_once_keys_are_needed(services: Services) -> None:
    with caller_of(services, open_network=True) as api, api.websocket_connect(link_at(api), [SUBPROTOCOL]) as link:
        link.send_text(report("NIKITA"))
        link.receive_text()
        assert api.portal is not None
        api.portal.call(services.agents.tidy)
        link.send_text('{"t":"beat"}')
        link.receive_text()
        made(api, "admin")

        api.portal.call(services.agents.tidy)

        with pytest.raises(WebSocketDisconnect) as end:
            link.receive_text()
        assert end.value.code == CloseCode.NOT_SIGNED_IN


def test_two_machines_with_one_key_are_two_clients_and_both_say_so(
    api: TestClient, admin: dict[str, str], network: TestClient
) -> None:
    pc = Pc(network)
    pc.enrol(join_token(api, admin))

    for instance in ("a1", "b2", "a1", "b2", "a1"):
        assert pc.beat(instance=instance).status_code == 200

    clients = api.get("/api/clients", headers=admin).json()
    assert {client["hostname"]: client["clone"] for client in clients} == {"NIKITA": True, "NIKITA~clone": True}


def test_a_link_that_turns_out_to_be_a_clones_is_known_by_its_new_name(
    services: Services, api: TestClient, admin: dict[str, str], network: TestClient
) -> None:
    pc = Pc(network)
    pc.enrol(join_token(api, admin))
    pc.beat(instance="a1")
    with network.websocket_connect(link_at(network), [SUBPROTOCOL], headers=shown(pc.key)) as link:
        link.send_text(report("NIKITA", "b2"))
        link.receive_text()
        assert services.hub.of("NIKITA") is not None

        pc.beat(instance="a1", extension="486")
        link.send_text('{"t":"beat"}')
        link.receive_text()

        assert services.hub.of("NIKITA") is None
        assert services.hub.of("NIKITA~clone") is not None
