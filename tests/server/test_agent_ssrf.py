"""A heartbeat that leads the server to another service, on real sockets: it gets one request of ours and no more."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from microsip_manager.server.agent_questions import AgentQuestions
from microsip_manager.server.errors import AgentSilent
from microsip_manager.server.gateway import Gateway
from microsip_manager.server.http_agent_link import HttpAgentLink, agent_client
from microsip_manager.settings.declared import AGENT_NETWORKS
from microsip_manager.wire.clients import ClientState
from microsip_manager.wire.phone import PhoneStatus
from tests.fakes.clock import HandClock

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
NETWORKS = AGENT_NETWORKS.read(AGENT_NETWORKS.default)
SECONDS = 1.0

Serve = Callable[[socket.socket], None]


class Service:
    """Something that listens on this machine and is no agent."""

    def __init__(self, serve: Serve) -> None:
        self._serve = serve
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._run)
        self.port: int = self._socket.getsockname()[1]
        self.heard: list[bytes] = []
        self._thread.start()

    def stop(self) -> None:
        # What waits in `accept` is not woken by a close.
        with socket.create_connection(("127.0.0.1", self.port)) as last:
            last.sendall(b"end")
            self._thread.join()
        self._socket.close()

    def _run(self) -> None:
        while True:
            connection, _ = self._socket.accept()
            with connection:
                asked = connection.recv(65536)
                if asked == b"end":
                    return
                self.heard.append(asked)
                try:
                    self._serve(connection)
                except OSError:
                    continue  # the server has had enough


@pytest.fixture
def start() -> Iterator[Callable[[Serve], Service]]:
    started: list[Service] = []

    def make(serve: Serve) -> Service:
        started.append(Service(serve))
        return started[-1]

    yield make
    for service in started:
        service.stop()


def why_not(port: int, key: bytes | None = None) -> str:
    """What the server tells of a client whose heartbeats name this port of the server's own machine."""
    client = ClientState("NIKITA", "485", PhoneStatus.ONLINE, NOON, NOON, "127.0.0.1", port, "0.1.0", False)

    async def ask() -> None:
        clock = HandClock()
        async with agent_client(SECONDS) as http:
            link = HttpAgentLink(http, NETWORKS, clock, lambda _: key)
            await AgentQuestions(Gateway([link], lambda _: None, clock, SECONDS)).status(client)

    with pytest.raises(AgentSilent) as silence:
        asyncio.run(ask())
    return str(silence.value)


def answer(text: str) -> Serve:
    return lambda connection: connection.sendall(text.encode())


def ok(body: str) -> Serve:
    return answer(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}")


@pytest.mark.parametrize("key", [None, b"k" * 32])
def test_what_another_service_answers_is_not_shown(start: Callable[[Serve], Service], key: bytes | None) -> None:
    service = start(ok('{"password": "hunter2"}'))

    told = why_not(service.port, key)

    assert "hunter2" not in told
    assert ("not an agent" if key is None else "not signed by this client's agent (HTTP status 200)") in told
    assert len(service.heard) == 1


@pytest.mark.parametrize("key", [None, b"k" * 32])
@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
def test_a_redirect_is_not_followed(start: Callable[[Serve], Service], status: str, key: bytes | None) -> None:
    secret = start(ok('{"hostname": "NIKITA"}'))
    where = f"http://127.0.0.1:{secret.port}/latest/meta-data"
    service = start(answer(f"HTTP/1.1 {status}\r\nLocation: {where}\r\nContent-Length: 0\r\n\r\n"))

    assert status[:3] in why_not(service.port, key)
    assert (len(service.heard), secret.heard) == (1, [])


def endless(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    while True:
        connection.sendall(b"x" * 65536)


def endless_headers(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X: " + b"x" * 4000 + b"\r\n")


def drips(connection: socket.socket) -> None:
    """Each byte comes before anybody could call the connection dead."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n")
    while True:
        connection.sendall(b"x")
        time.sleep(0.05)


def silent(connection: socket.socket) -> None:
    connection.recv(1)


@pytest.mark.parametrize(
    ("serve", "why"),
    [
        (endless, "larger than an answer can be"),
        (endless_headers, "RemoteProtocolError"),
        (drips, "did not answer within 1 s"),
        (silent, "did not answer within 1 s"),
        (answer("220 mail.example ESMTP\r\n"), "RemoteProtocolError"),
        (lambda connection: None, "RemoteProtocolError"),
    ],
    ids=["endless", "endless_headers", "drips", "silent", "smtp", "closes"],
)
def test_what_has_no_end_or_no_sense_is_given_up_in_time(
    start: Callable[[Serve], Service], serve: Serve, why: str
) -> None:
    service = start(serve)
    asked = time.monotonic()

    assert why in why_not(service.port)
    assert time.monotonic() - asked < SECONDS + 2
