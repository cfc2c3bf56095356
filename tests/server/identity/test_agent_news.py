"""Administrators hear at once of agents that ask, come in, and are put out; nobody else does."""

from __future__ import annotations

import asyncio

import pytest
from starlette.testclient import TestClient

from microsip_manager.server.fleet import Fleet
from microsip_manager.server.local_bus import LocalBus
from microsip_manager.server.services import Services
from microsip_manager.wire.events import AgentChange, AgentChanged, Event
from tests.server.conftest import beat_of, caller_of
from tests.server.identity.test_enrolment_api import Pc, join_token
from tests.server.identity.test_guard import made, shown
from tests.server.identity.test_long_answers import Reader


@pytest.fixture
def admin(api: TestClient) -> dict[str, str]:
    return shown(made(api, "admin"))


def token_of(api: TestClient, admin: dict[str, str], role: str) -> dict[str, str]:
    answer = api.post("/api/tokens", headers=admin, json={"name": role, "role": role})
    return shown(answer.json()["token"])


@pytest.fixture
def pc(services: Services, admin: dict[str, str]) -> Pc:
    return Pc(caller_of(services, "192.0.2.17", called="192.0.2.1"))


@pytest.fixture
def told(bus: LocalBus) -> list[tuple[AgentChange, str]]:
    found: list[tuple[AgentChange, str]] = []

    def hear(event: Event) -> None:
        if isinstance(event, AgentChanged):
            found.append((event.change, event.hostname))

    bus.subscribe(hear)
    return found


def test_who_asks_and_is_let_in_is_told_of_once_each(
    api: TestClient, admin: dict[str, str], pc: Pc, told: list[tuple[AgentChange, str]]
) -> None:
    pc.ask()
    pc.ask()
    [waiting] = api.get("/api/agents/pending", headers=admin).json()
    agent = api.post(f"/api/agents/pending/{waiting['id']}/approve", headers=admin).json()
    pc.ask()
    api.delete(f"/api/agents/{agent['id']}", headers=admin)

    assert told == [
        (AgentChange.ASKED, "NIKITA"),
        (AgentChange.ENROLLED, "NIKITA"),
        (AgentChange.REVOKED, "NIKITA"),
    ]


def test_who_is_refused_is_told_of(
    api: TestClient, admin: dict[str, str], pc: Pc, told: list[tuple[AgentChange, str]]
) -> None:
    pc.ask()
    [waiting] = api.get("/api/agents/pending", headers=admin).json()

    api.post(f"/api/agents/pending/{waiting['id']}/refuse", headers=admin)

    assert told[1:] == [(AgentChange.REFUSED, "NIKITA")]


def test_who_comes_in_by_a_join_token_is_told_of_by_the_name_it_got(
    api: TestClient, admin: dict[str, str], pc: Pc, told: list[tuple[AgentChange, str]]
) -> None:
    first = Pc(pc.api)
    first.enrol(join_token(api, admin))
    pc.enrol(join_token(api, admin))

    assert told == [(AgentChange.ENROLLED, "NIKITA"), (AgentChange.ENROLLED, "NIKITA~2")]


@pytest.mark.parametrize(("role", "hears"), [("viewer", False), ("operator", False), ("admin", True)])
def test_the_stream_tells_administrators_alone(
    api: TestClient, admin: dict[str, str], services: Services, fleet: Fleet, pc: Pc, role: str, hears: bool
) -> None:
    header = token_of(api, admin, role)
    reader = Reader(services, (b"authorization", header["Authorization"].encode()))

    async def follow() -> None:
        following = asyncio.create_task(reader.follow())
        await reader.until(b"event: snapshot")
        await asyncio.to_thread(pc.ask)
        fleet.record(beat_of("OLGA"), "192.0.2.18")
        await reader.until(b"OLGA")
        following.cancel()

    asyncio.run(follow())

    assert any(b"event: agent" in chunk for chunk in reader.heard) is hears
    assert any(b"192.0.2.17" in chunk for chunk in reader.heard) is hears


@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_others_are_refused_when_they_ask_for_it(api: TestClient, admin: dict[str, str], role: str) -> None:
    answer = api.get("/api/events?kind=agent", headers=token_of(api, admin, role))

    assert (answer.status_code, answer.json()["code"]) == (403, "not-allowed")
