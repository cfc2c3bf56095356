"""One port for HTTP and HTTPS, over real sockets and on every event loop there is."""

from __future__ import annotations

import asyncio
import http.client
import logging
import socket
import ssl
from collections.abc import Callable
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path

import pytest
from websockets.sync.client import connect

from microsip_manager.clock import SystemClock
from microsip_manager.server.connections import Connections, Place
from microsip_manager.server.listener import Listener
from microsip_manager.tls.trust import Trust
from tests.fleet.processes import wait_for
from tests.server.listening import LOOPS, SHORT, Listening, listening, read_all
from tests.tls.house import context, house

on_every_loop = pytest.mark.parametrize("loop", LOOPS)
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


def get(server: Listening, trust: Trust | None = None) -> bytes:
    if trust is None:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    else:
        connection = http.client.HTTPSConnection("127.0.0.1", server.port, timeout=10, context=trust.context())
    try:
        connection.request("GET", "/")
        return connection.getresponse().read()
    finally:
        connection.close()


@on_every_loop
def test_both_are_spoken_on_one_port_and_the_application_knows_which(tmp_path: Path, loop: str) -> None:
    made = house(tmp_path)
    ours, trust = context(made), Trust(str(made.authority_file))

    with listening(context=lambda: ours, loop=loop) as server:
        assert get(server) == b"http"
        assert get(server, trust) == b"https"
        with connect(f"ws://127.0.0.1:{server.port}/link") as link:
            link.send("?")
            assert link.recv(10) == "here"
        with connect(f"wss://127.0.0.1:{server.port}/link", ssl=trust.context()) as link:
            link.send("?")
            assert link.recv(10) == "here"
        server.wait_for_connections(0)

    assert server.asked == ["http /", "https /", "ws /link", "wss /link"]


class Kept(asyncio.Protocol):
    """Remembers its transport."""

    def __init__(self, transports: list[asyncio.BaseTransport], place: Place) -> None:
        self._transports = transports
        self._place = place

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transports.append(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._place.leave()


@on_every_loop
def test_answers_do_not_wait_for_more_to_send(loop: str) -> None:
    async def talk() -> int:
        transports: list[asyncio.BaseTransport] = []
        port = socket.create_server(("127.0.0.1", 0))
        connections = Connections(SystemClock(), 10, 10)
        listener = Listener([port], connections, partial(Kept, transports), lambda: None, patience=5)
        listener.start()
        _, writer = await asyncio.open_connection(*port.getsockname())
        writer.write(b"?")
        while not transports:
            await asyncio.sleep(0.01)
        found: int = transports[0].get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        transports[0].close()
        writer.close()
        await writer.wait_closed()
        listener.close()
        port.close()
        await listener.wait_closed()
        return found

    with asyncio.Runner(loop_factory=new_loop(loop)) as runner:
        assert runner.run(asyncio.wait_for(talk(), 10)) == 1


def new_loop(name: str) -> Callable[[], asyncio.AbstractEventLoop]:
    if name == "asyncio":
        return asyncio.new_event_loop
    import uvloop

    return uvloop.new_event_loop


@on_every_loop
def test_a_new_certificate_is_used_without_a_restart(tmp_path: Path, loop: str) -> None:
    old, new = house(tmp_path / "old"), house(tmp_path / "new")
    current = [context(old)]

    with listening(context=lambda: current[0], loop=loop) as server:
        assert get(server, Trust(str(old.authority_file))) == b"https"
        current[0] = context(new)
        assert get(server, Trust(str(new.authority_file))) == b"https"


@on_every_loop
def test_tls_without_a_certificate_ends_at_once(loop: str) -> None:
    with listening(loop=loop) as server, pytest.raises(OSError, match=r"EOF|reset"):
        get(server, Trust())


def test_old_tls_is_refused(tmp_path: Path) -> None:
    ours = context(house(tmp_path))
    assert ours.minimum_version is ssl.TLSVersion.TLSv1_2


@on_every_loop
def test_who_says_nothing_is_let_go(loop: str) -> None:
    with listening(patience=SHORT, loop=loop) as server, server.connect() as silent:
        assert read_all(silent) == b""
        server.wait_for_connections(0)


@on_every_loop
@pytest.mark.parametrize("begun", [b"\x16", b"\x16\x03\x01\x02\x00\x01"])
def test_who_begins_tls_and_stops_is_let_go(tmp_path: Path, loop: str, begun: bytes) -> None:
    ours = context(house(tmp_path))
    with listening(patience=SHORT, context=lambda: ours, loop=loop) as server, server.connect() as slow:
        slow.sendall(begun)
        read_all(slow)
        server.wait_for_connections(0)


@on_every_loop
def test_garbage_for_tls_ends_the_connection(tmp_path: Path, loop: str) -> None:
    ours = context(house(tmp_path))
    with listening(context=lambda: ours, loop=loop) as server, server.connect() as bad:
        bad.sendall(b"\x16" + b"garbage" * 100)
        read_all(bad)
        server.wait_for_connections(0)


@on_every_loop
def test_one_address_gets_no_more_than_its_share(loop: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING), listening(per_address=3, loop=loop) as server, ExitStack() as open_ones:
        kept = [open_ones.enter_context(server.connect("127.0.0.2")) for _ in range(3)]
        server.wait_for_connections(3)

        for _ in range(5):
            with server.connect("127.0.0.2") as refused:
                assert read_all(refused) == b""
        with server.connect("127.0.0.3") as other:
            other.sendall(GET)
            assert other.recv(1000).startswith(b"HTTP/1.1 200")

        kept[0].close()
        server.wait_for_connections(2)
        with server.connect("127.0.0.2") as again:
            again.sendall(GET)
            assert again.recv(1000).startswith(b"HTTP/1.1 200")

    told = [record.getMessage() for record in caplog.records if "127.0.0.2" in record.getMessage()]
    assert told == ["127.0.0.2 holds 3 connections, and no more are taken from it (CONNECTIONS_PER_ADDRESS)"]


def test_an_address_that_opens_connections_without_end_is_refused_some(caplog: pytest.LogCaptureFixture) -> None:
    def answered(source: str) -> bool:
        with server.connect(source) as caller:
            with suppress(ConnectionError):
                caller.sendall(GET)
            return read_all_of_one(caller)

    with caplog.at_level(logging.WARNING), listening(per_address=5) as server:
        assert [answered("127.0.0.2") for _ in range(10)] == [True] * 10
        assert [answered("127.0.0.2") for _ in range(20)].count(False) > 10
        assert answered("127.0.0.3")
        assert answered("127.0.0.1"), "this machine is not bound by it"

    told = [record.getMessage() for record in caplog.records if "127.0.0.2" in record.getMessage()]
    assert told == ["127.0.0.2 opens connections too fast, and some are not taken"]


def read_all_of_one(caller: socket.socket) -> bool:
    """Whether the request was answered."""
    try:
        return caller.recv(1000).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


def test_the_total_has_an_end_and_the_machine_itself_still_comes_in() -> None:
    with (
        listening(total=2, is_here=lambda address: address == "127.0.0.1") as server,
        server.connect("127.0.0.2"),
        server.connect("127.0.0.3"),
    ):
        server.wait_for_connections(2)

        with server.connect("127.0.0.4") as refused:
            assert read_all(refused) == b""
        assert get(server) == b"http"


def test_a_link_has_its_place_until_it_ends() -> None:
    with listening(per_address=1) as server:
        with connect(f"ws://127.0.0.1:{server.port}/link"), server.connect() as refused:
            assert read_all(refused) == b""
        server.wait_for_connections(0)
        assert get(server) == b"http"


@on_every_loop
def test_all_that_come_together_are_served(loop: str) -> None:
    with listening(loop=loop) as server, ExitStack() as open_ones:
        callers = [open_ones.enter_context(server.connect()) for _ in range(300)]
        for caller in callers:
            caller.sendall(GET)

        assert all(caller.recv(1000).startswith(b"HTTP/1.1 200") for caller in callers)


@on_every_loop
def test_a_stop_ends_those_that_said_nothing_yet(loop: str) -> None:
    with listening(loop=loop) as server:
        silent = server.connect()
        server.wait_for_connections(1)
    with silent:
        assert read_all(silent) == b""


def test_a_connection_that_ends_before_its_first_byte_leaves_its_place() -> None:
    with listening() as server:
        for _ in range(20):
            server.connect().close()
        wait_for("all are gone", lambda: server.connections.count == 0, 10)


def test_a_link_that_reads_nothing_is_ended() -> None:
    with listening(patience=SHORT) as server, server.connect(receive_buffer=4096) as reader:
        reader.sendall(
            b"GET /long HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"
        )
        assert reader.recv(1000).startswith(b"HTTP/1.1 101")
        for _ in range(100):
            reader.sendall(b"\x81\x81\0\0\0\0?")  # each is answered with much more than fits on the way

        server.wait_for_connections(0)


def test_sockets_run_out_without_a_storm(monkeypatch: pytest.MonkeyPatch) -> None:
    accepted = socket.socket.accept
    failed: list[int] = []

    def accept(listening: socket.socket) -> object:
        if not failed:
            failed.append(1)
            raise OSError(24, "Too many open files")
        return accepted(listening)

    monkeypatch.setattr(socket.socket, "accept", accept)
    with listening(loop="asyncio") as server:
        assert get(server) == b"http"
    assert failed
