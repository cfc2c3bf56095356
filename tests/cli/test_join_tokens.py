"""`microsip-manager join-token` and `agent`, at a real server application."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from microsip_manager.agent.key_file import new_key
from microsip_manager.cli.main import main
from microsip_manager.server.app import create_app
from microsip_manager.wire.join_token import read_join_token
from tests.fakes.services import fake_services

SERVER = "http://127.0.0.1:8083"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def api() -> TestClient:
    services = fake_services()
    # As if there were accounts, and the command line had credentials.
    services.credentials.required = False
    return TestClient(create_app(services, open_network=False), base_url=SERVER, client=("127.0.0.1", 50000))


@pytest.fixture
def run(api: TestClient, capsys: pytest.CaptureFixture[str]) -> Run:
    def answer(request: httpx2.Request) -> httpx2.Response:
        given = api.request(request.method, request.url.raw_path.decode(), content=request.content)
        return httpx2.Response(given.status_code, content=given.content)

    def run(*words: str) -> tuple[int, str, str]:
        code = main(["--server", SERVER, *words], httpx2.MockTransport(answer))
        return code, *capsys.readouterr()

    return run


def enrol(api: TestClient, join_token: str, hostname: str) -> Any:
    body = {"join_token": join_token, "key": new_key(), "hostname": hostname}
    return api.post("/api/agents/enrol", json=body).json()


def test_the_token_stands_alone_on_the_output(run: Run) -> None:
    code, out, told = run("join-token", "create", "--uses", "40", "--hours", "2", "--address", "https://mm.example")

    assert code == 0
    assert read_join_token(out).servers == ["https://mm.example"]
    assert out.count("\n") == 1
    assert "It lets in 40" in told
    assert "--join" in told


def test_tokens_are_listed_and_revoked(run: Run) -> None:
    run("join-token", "create", "--name", "Kazan")
    [listed] = json.loads(run("join-token", "list", "--json")[1])

    assert "0 of 1" in run("join-token", "list")[1]
    assert run("join-token", "revoke", listed["id"])[0] == 0
    assert json.loads(run("join-token", "list", "--json")[1]) == []
    assert run("join-token", "revoke", listed["id"])[0] == 1


def test_agents_are_listed_and_revoked_by_the_name_of_their_client(run: Run, api: TestClient) -> None:
    enrol(api, run("join-token", "create")[1], "NIKITA")

    assert "NIKITA" in run("agent", "list")[1]
    assert run("agent", "revoke", "OLGA")[0] == 2
    assert run("agent", "revoke", "nikita")[0] == 0
    assert json.loads(run("agent", "list", "--json")[1]) == []


@pytest.mark.parametrize("verb", ["approve", "refuse"])
def test_agents_that_ask_are_answered_by_their_code(run: Run, api: TestClient, verb: str) -> None:
    token = api.post("/api/tokens", json={"name": "anna", "role": "admin"}).json()
    for hostname in ("OLGA", "NIKITA"):
        asked = api.post("/api/agents/ask", json={"key": new_key(), "hostname": hostname}).json()
    api.delete(f"/api/tokens/{token['about']['id']}", headers={"Authorization": f"Bearer {token['token']}"})
    assert asked["code"] in run("agent", "pending")[1]

    assert run("agent", verb, "WRONG")[0] == 2
    assert "NIKITA" in run("agent", verb, asked["code"].lower())[1]

    assert [one["hostname"] for one in json.loads(run("agent", "pending", "--json")[1])] == ["OLGA"]
    assert [one["name"] for one in json.loads(run("agent", "list", "--json")[1])] == ["NIKITA"][: verb == "approve"]
