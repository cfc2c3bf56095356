"""Who sees phone numbers, and where: in the list of calls, its CSV, and the stream of events."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import msgspec
import pytest
from starlette.testclient import TestClient
from starlette.types import Message, Scope

from microsip_manager.server.app import create_app
from microsip_manager.server.event_feed import EventFeed
from microsip_manager.server.event_query import EventQuery
from microsip_manager.server.fleet import Fleet
from microsip_manager.server.local_bus import LocalBus
from microsip_manager.server.privacy.sight import ALL, NONE, Sight, masked_call
from microsip_manager.server.services import Services
from microsip_manager.wire.events import CallStored
from tests.contracts.test_call_store import NOON, call
from tests.fakes.call_store import MemoryCallStore
from tests.server.identity.test_guard import made, shown

NUMBER, NAME = "+74950000042", "Пётр 8 (495) 000-00-42"
SECRETS = ("0000042", "000-00-42", "495")


@pytest.fixture
def admin(api: TestClient) -> dict[str, str]:
    return shown(made(api, "admin"))


@pytest.fixture
def stored(call_store: MemoryCallStore) -> None:
    calls = [
        msgspec.structs.replace(call(key, hostname, number=NUMBER), name=NAME, info="transfer to 84950000042")
        for key, hostname in enumerate(("NIKITA", "OLGA"))
    ]
    call_store.take(calls, NOON)


def token(api: TestClient, admin: dict[str, str], role: str, **more: object) -> dict[str, str]:
    made = api.post("/api/tokens", headers=admin, json={"name": role, "role": role} | more)
    return shown(made.json()["token"])


def numbers(answer: Any) -> dict[str, str]:
    assert answer.status_code == 200, answer.text
    return {one["hostname"]: one["number"] for one in answer.json()}


def test_a_masked_call_holds_nothing_to_call() -> None:
    masked = masked_call(msgspec.structs.replace(call(number=NUMBER), name=NAME, info="486 Busy; +7 495 000 00 42"))

    assert (masked.number, masked.name, masked.info) == ("…42", "Пётр …42", "486 Busy; …42")


@pytest.mark.parametrize(
    ("number", "seen"), [("", ""), ("486", "…86"), ("42", "…"), ("sip:anna@pbx.example", "…"), ("*21*485#", "…85")]
)
def test_of_a_short_number_less_than_all_is_seen(number: str, seen: str) -> None:
    assert masked_call(call(number=number)).number == seen


@pytest.mark.usefixtures("stored")
def test_without_accounts_everybody_sees_numbers(api: TestClient) -> None:
    assert numbers(api.get("/api/calls")) == {"NIKITA": NUMBER, "OLGA": NUMBER}


@pytest.mark.usefixtures("stored")
def test_admins_and_operators_see_numbers(api: TestClient, admin: dict[str, str]) -> None:
    for who in (admin, token(api, admin, "operator")):
        assert numbers(api.get("/api/calls", headers=who)) == {"NIKITA": NUMBER, "OLGA": NUMBER}


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize("format", ["json", "csv"])
def test_viewers_see_them_masked(api: TestClient, admin: dict[str, str], format: str) -> None:
    answer = api.get("/api/calls", headers=token(api, admin, "viewer"), params={"format": format})

    assert answer.text.count("…42") == 6
    assert [secret for secret in SECRETS if secret in answer.text] == []


@pytest.mark.usefixtures("stored")
def test_operators_see_those_of_their_groups(api: TestClient, admin: dict[str, str], fleet: Fleet) -> None:
    api.put("/api/groups/Sales", headers=admin, json={"members": ["nikita"]})
    operator = token(api, admin, "operator", groups=["sales"])

    assert numbers(api.get("/api/calls", headers=operator)) == {"NIKITA": NUMBER, "OLGA": "…42"}
    found = api.get("/api/calls", headers=operator, params={"format": "csv"}).text
    assert found.count(NUMBER) == 1

    api.delete("/api/groups/Sales", headers=admin)
    assert numbers(api.get("/api/calls", headers=operator)) == {"NIKITA": "…42", "OLGA": "…42"}


@pytest.mark.usefixtures("stored")
def test_a_masked_number_cannot_be_guessed(api: TestClient, admin: dict[str, str]) -> None:
    api.put("/api/groups/Sales", headers=admin, json={"members": ["NIKITA"]})
    viewer, operator = token(api, admin, "viewer"), token(api, admin, "operator", groups=["Sales"])
    asked = {"number": NUMBER}

    assert api.get("/api/calls", headers=viewer, params=asked).status_code == 403
    assert api.get("/api/calls", headers=viewer, params={**asked, "hostname": "NIKITA"}).status_code == 403
    assert api.get("/api/calls", headers=operator, params=asked).status_code == 403
    assert api.get("/api/calls", headers=operator, params={**asked, "hostname": "OLGA"}).status_code == 403
    assert numbers(api.get("/api/calls", headers=operator, params={**asked, "hostname": "nikita"})) == {
        "NIKITA": NUMBER
    }
    assert len(numbers(api.get("/api/calls", headers=admin, params=asked))) == 2


def test_each_reader_of_the_stream_sees_what_is_theirs(fleet: Fleet, bus: LocalBus) -> None:
    feed = EventFeed(fleet, bus)
    told = msgspec.structs.replace(call(number=NUMBER), name=NAME)

    async def heard(sight: Sight) -> Any:
        stream = feed.stream(EventQuery(), sight=sight)
        await anext(stream)
        await anext(stream)
        bus.publish(CallStored(told))
        frame = (await anext(stream)).decode()
        await stream.aclose()
        return json.loads(frame.partition("data: ")[2])["call"]["number"]

    for sight, seen in ((ALL, NUMBER), (NONE, "…42"), (Sight(frozenset(("nikita",))), NUMBER), (ALL, NUMBER)):
        assert asyncio.run(heard(sight)) == seen


async def first_call(services: Services, who: dict[str, str], bus: LocalBus) -> str:
    """The frame of the first call that somebody is told over the stream of the whole application."""
    app = create_app(services, open_network=False)
    come: asyncio.Queue[bytes] = asyncio.Queue()

    async def receive() -> Message:
        return await asyncio.get_running_loop().create_future()  # type: ignore[no-any-return]

    async def send(message: Message) -> None:
        come.put_nowait(message.get("body", b""))

    scope: Scope = {
        "type": "http",
        "scheme": "http",
        "method": "GET",
        "path": "/api/events",
        "raw_path": b"/api/events",
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1:8083"), (b"authorization", who["Authorization"].encode())],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8083),
    }
    reading = asyncio.ensure_future(app(scope, receive, send))
    try:
        async with asyncio.timeout(10):
            while b"event: snapshot" not in await come.get():
                pass
            bus.publish(CallStored(msgspec.structs.replace(call(number=NUMBER), name=NAME)))
            return (await come.get()).decode()
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


def test_a_viewer_of_the_stream_gets_no_number(
    services: Services, api: TestClient, admin: dict[str, str], bus: LocalBus
) -> None:
    viewer = token(api, admin, "viewer")

    async def both() -> tuple[str, str]:
        return await first_call(services, viewer, bus), await first_call(services, admin, bus)

    by_viewer, by_admin = asyncio.run(both())

    assert "…42" in by_viewer
    assert [secret for secret in SECRETS if secret in by_viewer] == []
    assert NUMBER in by_admin
