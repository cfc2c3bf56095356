"""Switching DND takes a shorter way than other requests, and nobody can tell."""

from __future__ import annotations

from collections.abc import Awaitable, Iterator

import httpx2
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from microsip_manager.server.app import create_api, create_app
from microsip_manager.server.dnd_door import DndDoor
from microsip_manager.server.fleet import Fleet
from microsip_manager.server.services import Services
from microsip_manager.wire.names import HOSTNAME_LIMIT
from tests.server.conftest import beat_of

SWITCH_ON = "/api/clients/NIKITA/set_dnd?enabled=true"


@pytest.fixture(autouse=True)
def nikita(fleet: Fleet) -> None:
    fleet.record(beat_of("NIKITA"), "192.0.2.17")


@pytest.fixture
def behind(services: Services) -> Iterator[TestClient]:
    """FastAPI alone, without the door."""
    with TestClient(create_api(services), raise_server_exceptions=False) as api:
        yield api


@pytest.mark.parametrize(
    ("method", "url", "body"),
    [
        ("POST", SWITCH_ON, b""),
        ("POST", "/api/clients/nikita/set_dnd?enabled=true", b""),
        ("POST", "/api/clients/%4eIKITA/set_dnd", b'{"enabled": true}'),
        ("POST", "/api/clients/NOBODY/set_dnd?enabled=true", b""),
        ("POST", "/api/clients/NIKITA/set_dnd?enabled=maybe", b""),
        ("POST", "/api/clients/NIKITA/set_dnd", b"{"),
        ("POST", "/api/clients/NIKITA/set_dnd", b" " * 20_000),
        ("POST", f"/api/clients/{'x' * (HOSTNAME_LIMIT + 1)}/set_dnd?enabled=true", b""),
        ("POST", "/api/clients//set_dnd?enabled=true", b""),
        ("POST", "/api/clients/a%2Fb/set_dnd?enabled=true", b""),
        ("GET", SWITCH_ON, b""),
        ("OPTIONS", SWITCH_ON, b""),
    ],
)
def test_the_door_answers_as_the_route_does(
    api: TestClient, behind: TestClient, method: str, url: str, body: bytes
) -> None:
    api.post(SWITCH_ON)  # so that the outcome is the same both times

    short, long = (way.request(method, url, content=body, follow_redirects=False) for way in (api, behind))

    assert (short.status_code, short.content) == (long.status_code, long.content)
    assert _headers(short) == _headers(long)


def _headers(answer: httpx2.Response) -> list[tuple[str, str]]:
    """Without the one that only the whole application gives, for the audit log."""
    return sorted((name, value) for name, value in answer.headers.items() if name != "x-request-id")


def test_what_it_understands_never_reaches_fastapi() -> None:
    passed: list[str] = []

    async def switch(request: Request, hostname: str) -> Response:
        return Response(f"{request.method} {hostname}")

    def app(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        passed.append(scope["path"])
        return Response("passed on")(scope, receive, send)

    door = DndDoor(app, switch)

    async def whole(scope: Scope, receive: Receive, send: Send) -> None:
        await door(scope, receive, send)

    client = TestClient(whole)

    assert client.post("/api/clients/OLGA/set_dnd").text == "POST OLGA"
    assert client.post("/api/clients/set_dnd").text == "passed on"
    assert passed == ["/api/clients/set_dnd"]


def test_a_defect_is_answered_without_its_details_and_logged_by_the_server(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(hostname: str) -> None:
        raise RuntimeError("a detail of ours")

    monkeypatch.setattr(services.fleet, "client", fail)
    whole = TestClient(create_app(services, open_network=True), raise_server_exceptions=False)
    api = TestClient(create_api(services), raise_server_exceptions=False)

    short, long = whole.post(SWITCH_ON), api.post(SWITCH_ON)

    assert (short.status_code, short.content) == (long.status_code, long.content) == (500, short.content)
    assert "a detail of ours" not in short.text
    with pytest.raises(RuntimeError, match="a detail of ours"):
        TestClient(create_app(services, open_network=True)).post(SWITCH_ON)
