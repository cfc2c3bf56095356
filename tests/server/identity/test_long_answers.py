"""An answer without end does not outlive what was shown at its beginning."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from microsip_manager.server.app import create_app
from microsip_manager.server.fleet import Fleet
from microsip_manager.server.identity.digests import digest
from microsip_manager.server.services import Services
from tests.fakes.clock import HandClock
from tests.server.conftest import beat_of
from tests.server.identity.people import Browser, browser, make_user, set_up


class Reader:
    """Follows the events of an application, without a socket."""

    def __init__(self, services: Services, *headers: tuple[bytes, bytes]) -> None:
        self._app = create_app(services, open_network=False)
        self._headers = [(b"host", b"127.0.0.1:8083"), *headers]
        self.heard: list[bytes] = []
        self.ended = False

    async def follow(self) -> None:
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": "/api/events",
            "raw_path": b"/api/events",
            "query_string": b"",
            "root_path": "",
            "headers": self._headers,
            "client": ("127.0.0.1", 50000),
            "server": ("127.0.0.1", 8083),
        }
        never = asyncio.Event()

        async def receive() -> dict[str, Any]:
            await never.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.body":
                self.heard.append(message["body"])
                self.ended = not message.get("more_body", False)

        await self._app(scope, receive, send)

    async def until(self, text: bytes) -> None:
        for _ in range(5_000):
            if any(text in chunk for chunk in self.heard):
                return
            await asyncio.sleep(0.001)
        raise AssertionError(f"{text!r} never came: {self.heard}")


def with_cookie(who: Browser) -> tuple[bytes, bytes]:
    return b"cookie", f"microsip={who.cookie}".encode()


async def heard_after(services: Services, fleet: Fleet, reader: Reader, end: Any) -> None:
    """Follow, let NIKITA come, end what was shown, let OLGA come: the stream ends before it tells of her."""
    following = asyncio.create_task(reader.follow())
    await reader.until(b"snapshot")
    fleet.record(beat_of("NIKITA"), "192.0.2.17")
    await reader.until(b"NIKITA")

    await asyncio.to_thread(end)
    fleet.record(beat_of("OLGA"), "192.0.2.18")

    await asyncio.wait_for(following, 10)
    assert reader.ended
    assert not any(b"OLGA" in chunk for chunk in reader.heard)


def test_signing_out_ends_the_stream(services: Services, fleet: Fleet) -> None:
    anna = set_up(services)

    asyncio.run(
        heard_after(services, fleet, Reader(services, with_cookie(anna)), lambda: anna.ask("DELETE", "/api/session"))
    )


def test_a_user_who_is_disabled_hears_no_more(services: Services, fleet: Fleet) -> None:
    anna, boris = set_up(services), browser(services)
    make_user(anna, "boris")
    boris.sign_in("boris")

    def disable() -> None:
        anna.ask("PATCH", "/api/users/boris", {"disabled": True})

    asyncio.run(heard_after(services, fleet, Reader(services, with_cookie(boris)), disable))


def test_a_revoked_token_hears_no_more(services: Services, fleet: Fleet) -> None:
    anna = set_up(services)
    made = anna.ask("POST", "/api/tokens", {"name": "wall", "role": "viewer"}).json()
    reader = Reader(services, (b"authorization", f"Bearer {made['token']}".encode()))

    asyncio.run(heard_after(services, fleet, reader, lambda: anna.ask("DELETE", f"/api/tokens/{made['about']['id']}")))


def test_who_came_before_there_were_accounts_hears_no_more_after(services: Services, fleet: Fleet) -> None:
    asyncio.run(heard_after(services, fleet, Reader(services), lambda: set_up(services)))


def test_a_session_that_time_ends_ends_the_stream(services: Services, fleet: Fleet, clock: HandClock) -> None:
    anna = set_up(services)

    asyncio.run(heard_after(services, fleet, Reader(services, with_cookie(anna)), lambda: clock.forward(8 * 3600)))


def test_listening_alone_does_not_keep_a_session_alive(services: Services, fleet: Fleet, clock: HandClock) -> None:
    anna = set_up(services)

    async def listen() -> None:
        reader = Reader(services, with_cookie(anna))
        following = asyncio.create_task(reader.follow())
        await reader.until(b"snapshot")
        clock.forward(3600)
        fleet.record(beat_of("NIKITA"), "192.0.2.17")
        await reader.until(b"NIKITA")
        following.cancel()
        with pytest.raises(asyncio.CancelledError):
            await following

    began = clock.now()
    asyncio.run(listen())

    assert services.credentials.used[digest(anna.cookie)] == began
