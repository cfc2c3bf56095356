"""The server's own uvicorn around a small application, in a thread, on a free port of 127.0.0.1."""

from __future__ import annotations

import errno
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from microsip_manager.clock import SystemClock
from microsip_manager.server.connections import Connections
from microsip_manager.server.main import Server
from microsip_manager.server.patience import Patience
from tests.fakes.services import fake_services
from tests.fleet.processes import wait_for

SHORT = Patience(first_byte=0.3, head=0.3, body=0.3, reader=0.3, head_bytes=4096, look_every=0.05)
LONG = Patience(head_bytes=4096, look_every=0.05)


@dataclass
class Listening:
    port: int
    connections: Connections
    asked: list[str] = field(default_factory=list)
    """The scheme and path of each request and link that reached the application."""
    callers: list[str] = field(default_factory=list)
    """The address of each."""

    def connect(self, source: str = "127.0.0.1", receive_buffer: int | None = None) -> socket.socket:
        made = socket.socket()
        made.settimeout(10)
        if receive_buffer is not None:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        made.bind((source, 0))
        # One that is refused may be reset before this returns; reading from it tells then.
        with suppress(ConnectionResetError):
            made.connect(("127.0.0.1", self.port))
        return made

    def wait_for_connections(self, count: int) -> None:
        wait_for(f"{count} connections", lambda: self.connections.count == count, 10)


def read_all(connection: socket.socket) -> bytes:
    """All that comes until the end, whatever end that is."""
    found = b""
    try:
        while part := connection.recv(65536):
            found += part
    except ConnectionError:
        pass
    except OSError as error:
        if error.errno != errno.ENOTCONN:  # it was refused before it was there
            raise
    return found


class Echo:
    """Says the scheme of a request when its whole body has come; `/long` is answered with very much."""

    def __init__(self, asked: list[str], callers: list[str]) -> None:
        self._asked = asked
        self._callers = callers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._asked.append(f"{scope['scheme']} {scope['path']}")
        self._callers.append(scope["client"][0])
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})
            while (await receive())["type"] != "websocket.disconnect":
                await send({"type": "websocket.send", "text": "x" * 100_000 if scope["path"] == "/long" else "here"})
            return
        while (message := await receive()).get("more_body"):
            pass
        if message["type"] == "http.disconnect":
            return
        body = scope["scheme"].encode()
        size = 100_000_000 if scope["path"] == "/long" else len(body)
        headers = [(b"content-length", str(size).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        while size > len(body):
            await send({"type": "http.response.body", "body": b"x" * 100_000, "more_body": True})
            size -= 100_000
        await send({"type": "http.response.body", "body": body if size else b""})


@contextmanager
def listening(
    *,
    patience: Patience = LONG,
    context: Callable[[], ssl.SSLContext | None] = lambda: None,
    loop: str = "auto",
    total: int = 1000,
    per_address: int = 1000,
    is_here: Callable[[str], bool] = lambda _: False,
) -> Iterator[Listening]:
    """`is_here` says which addresses are the machine's own: none, so that limits hold on it too."""
    port = socket.create_server(("127.0.0.1", 0), backlog=2048)
    connections = Connections(SystemClock(), total, per_address, is_here)
    made = Listening(port.getsockname()[1], connections)
    app: ASGIApp = Echo(made.asked, made.callers)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        loop=loop,
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_ping_interval=None,
        timeout_graceful_shutdown=1,
    )
    server = Server(config, [fake_services().events], connections, context, patience)
    ended: list[BaseException] = []

    def run() -> None:
        try:
            server.run([port])
        except BaseException as error:
            ended.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    wait_for("the server listens", lambda: server.started, 10)
    try:
        yield made
    finally:
        server.should_exit = True
        thread.join(20)
    assert ended == []
    assert not thread.is_alive()
    assert connections.count == 0


LOOPS = ["asyncio"] if sys.platform == "win32" else ["asyncio", "uvloop"]
