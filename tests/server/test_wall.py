"""What a wallboard reads: no more than everybody in the room may see."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from microsip_manager.server.errors import TooManyReaders
from microsip_manager.server.fleet import Fleet
from microsip_manager.server.frames import COMMENT, RETRY
from microsip_manager.server.groups import Groups
from microsip_manager.server.services import Services
from microsip_manager.server.wall_feed import READERS
from microsip_manager.server.wall_rows import wall_client
from microsip_manager.wire.clients import ClientState, NoRingCode
from microsip_manager.wire.heartbeat import Heartbeat
from microsip_manager.wire.phone import PhoneStatus
from microsip_manager.wire.phone_state import CallNow, CallState, PhoneState, shown
from tests.server.conftest import beat_of, caller_of

NOW, BEFORE = datetime(2026, 3, 2, 8, 15, tzinfo=UTC), datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
NUMBER = "+74950000042"


def client(status: PhoneStatus, call: CallNow | None = None, code: NoRingCode | None = None) -> ClientState:
    phone = shown(PhoneState(call=call)) if call else None
    return ClientState(
        "NIKITA", "485", status, BEFORE, NOW, "192.0.2.17", 8084, "1.0", False, phone=phone, no_ring_code=code
    )


@pytest.mark.parametrize(
    ("given", "state", "since"),
    [
        (client(PhoneStatus.ONLINE), "free", BEFORE),
        (client(PhoneStatus.ONLINE, CallNow(CallState.IN_CALL, NOW, None, NUMBER)), "call", NOW),
        (client(PhoneStatus.DND, CallNow(CallState.RINGING)), "call", BEFORE),
        (client(PhoneStatus.DND, code=NoRingCode.DND), "dnd", BEFORE),
        (client(PhoneStatus.ONLINE, code=NoRingCode.WRONG_PASSWORD), "trouble", BEFORE),
        (client(PhoneStatus.OFFLINE, CallNow(CallState.IN_CALL)), "offline", BEFORE),
    ],
)
def test_each_client_is_in_one_state_since_when_that_began(given: ClientState, state: str, since: datetime) -> None:
    row = wall_client(given, ["Sales"])

    assert (row.state.value, row.since, row.groups) == (state, since, ["Sales"])


async def told(stream: AsyncGenerator[bytes]) -> Any:
    """The next event; comments and the like are passed over."""
    async with asyncio.timeout(10):
        while True:
            chunk = await anext(stream)
            if chunk not in (COMMENT, RETRY):
                return msgspec.json.decode(chunk.split(b"data: ", 1)[1])


def test_it_tells_who_is_there_who_changes_and_the_end(services: Services, fleet: Fleet) -> None:
    async def follow() -> None:
        fleet.record(beat_of("NIKITA", extension="48599"), "192.0.2.17")
        await services.groups.put("Sales", ["nikita"])
        async with aclosing(services.wall.stream(await services.wall.groups_of())) as stream:
            first = await told(stream)
            assert [(one["hostname"], one["groups"], one["state"]) for one in first["clients"]] == [
                ("NIKITA", ["Sales"], "free")
            ]
            fleet.record(beat_of("NIKITA", dnd=True), "192.0.2.17")
            fleet.record(beat_of("OLGA"), "192.0.2.18")
            changed = await told(stream)
            assert {one["hostname"]: one["state"] for one in changed["clients"]} == {"NIKITA": "dnd", "OLGA": "free"}
            services.wall.close()
            assert (await told(stream))["event"] == "end"

    asyncio.run(follow())


def test_no_number_no_extension_and_no_address_is_in_it(services: Services, fleet: Fleet) -> None:
    async def first() -> bytes:
        phone = PhoneState(call=CallNow(CallState.IN_CALL, NOW, None, NUMBER))
        fleet.record(Heartbeat("NIKITA", "48599", 0, phone=phone), "192.0.2.17")
        async with aclosing(services.wall.stream({})) as stream:
            await anext(stream)
            return await anext(stream)

    text = asyncio.run(first())

    assert b"NIKITA" in text
    for secret in (b"48599", b"42", b"192.0.2.17"):
        assert secret not in text.replace(b"T08:15:30.123456Z", b"")


def test_there_is_a_place_for_so_many_and_no_more(services: Services) -> None:
    places = [services.wall.place() for _ in range(READERS)]
    for place in places:
        place.__enter__()

    with pytest.raises(TooManyReaders), services.wall.place():
        pass

    places[0].__exit__(None, None, None)
    with services.wall.place():
        pass


def test_other_groups_are_told_with_a_new_snapshot(
    fleet: Fleet, groups: Groups, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("microsip_manager.server.wall_feed.LOOK_EVERY", 0.0)

    async def follow() -> Any:
        fleet.record(beat_of("NIKITA"), "192.0.2.17")
        async with aclosing(services.wall.stream(await services.wall.groups_of())) as stream:
            await told(stream)
            await groups.put("Sales", ["NIKITA"])
            return await told(stream)

    again = asyncio.run(follow())

    assert again["event"] == "snapshot"
    assert again["clients"][0]["groups"] == ["Sales"]


def test_its_token_opens_the_wall_and_nothing_else(services: Services) -> None:
    with caller_of(services) as api:
        made = api.post("/api/tokens", json={"name": "lobby", "role": "wall"}).json()
        shown_token = {"Authorization": f"Bearer {made['token']}"}
        services.wall.close()  # so that the stream has an end

        assert api.get("/api/wall", headers=shown_token).status_code == 200
        assert api.get("/api/wall").status_code == 401
        for path in ("/api/clients", "/api/events", "/api/calls", "/api/session", "/api/tokens", "/docs"):
            assert api.get(path, headers=shown_token).status_code == 403, path


def test_no_person_has_the_role(services: Services) -> None:
    with caller_of(services) as api:
        wish = {"name": "anna", "password": "correct horse battery staple", "role": "wall"}

        assert api.post("/api/users", json=wish).status_code == 422
