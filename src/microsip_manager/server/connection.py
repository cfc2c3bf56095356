"""One connection of HTTP, or of a link, as uvicorn keeps it, with limits that uvicorn has not.

uvicorn itself reads headers without end, waits for them and for a body without end, takes any number of requests that
come before the answer to the first, and waits without end for a client that reads nothing.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Any

import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from microsip_manager.server.connections import Connections, Place
from microsip_manager.server.link_protocol import LinkProtocol
from microsip_manager.server.patience import Deadlines, Patience

PIPELINE = 100
"""Requests sent before the answer to the first; nobody whom we know sends two."""


LINGER_SECONDS = 30.0

TOO_LARGE = b"The headers are larger than any of ours."


BY_CLIENTS = (
    "Invalid HTTP request received.",
    "Unsupported upgrade request.",
    "Invalid UTF-8 sequence received from client.",
)
"""What uvicorn logs, one with a traceback, as often as anybody likes."""


def only_ours(record: logging.LogRecord) -> bool:
    """A filter for uvicorn's log: of bad requests this file tells, once a minute and with the address."""
    return record.msg not in BY_CLIENTS


@dataclass(frozen=True)
class Surroundings:
    """What all connections of a server share."""

    config: uvicorn.Config
    state: ServerState
    app_state: dict[str, Any]
    connections: Connections
    deadlines: Deadlines
    patience: Patience


class SlowReader:
    """Ends a connection whose client has taken nothing of what is sent to it for too long."""

    __slots__ = ("_loop", "_seconds", "_timer")

    def __init__(self, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        self._loop = loop
        self._seconds = seconds
        self._timer: asyncio.TimerHandle | None = None

    def stuck(self, transport: asyncio.Transport) -> None:
        self.takes()
        self._timer = self._loop.call_later(self._seconds, transport.abort)

    def takes(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class HttpConnection(HttpToolsProtocol):
    # With more than 30 attributes in its dictionary Python looks all of them up more slowly, which costs a heartbeat
    # 3 of its 35 microseconds.
    __slots__ = ("_around", "_awaited", "_head", "_is_link", "_part", "_place", "_reader")

    def __init__(self, around: Surroundings, place: Place) -> None:
        super().__init__(around.config, around.state, around.app_state)
        self._around = around
        self._place = place
        self._head = 0
        """Bytes of a head that is not complete yet."""
        self._part = 0
        """Bytes that came last."""
        self._awaited: object = None
        """The request, or the part of one, that is waited for."""
        self._is_link = False
        self._reader = SlowReader(self.loop, around.patience.reader)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # Of one that is gone already the system does not tell the address any more.
        self.client = self.client or (self._place.address, 0)
        self._expect("head", self._around.patience.head)

    def connection_lost(self, exc: Exception | None) -> None:
        self._reader.takes()
        self._around.deadlines.came(self)
        self._place.leave()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._part = len(data)
        super().data_received(data)
        if self._is_link:
            return
        cycle, scope = self.cycle, self.scope
        if cycle is not None and cycle.scope is scope:
            self._head = 0
            if cycle.more_body:
                self._expect(scope, self._around.patience.body)
            elif cycle.response_complete:
                # No request: line ends, with which a client could stay for ever.
                self._expect("head", self._around.patience.head)
            elif self._awaited is not None:
                self._awaited = None
                self._around.deadlines.came(self)
            if self.pipeline and len(self.pipeline) > PIPELINE:
                self.transport.abort()
            return
        self._head += len(data)
        if self._head > self._around.patience.head_bytes:
            self._refuse_head()
        else:
            self._expect("head", self._around.patience.head)

    def handle_websocket_upgrade(self) -> None:
        self._is_link = True
        self._around.deadlines.came(self)
        if _size_of_head(self.url, self.headers) > self._around.patience.head_bytes:
            self._refuse_head()
            return
        around, place = self._around, self._place

        def make(**_: object) -> LinkConnection:
            return LinkConnection(around, place)

        self.ws_protocol_class = make  # type: ignore[assignment]  # it is only called
        super().handle_websocket_upgrade()

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        # Only now is a head known that came in one piece. Most are so small that they need no second look.
        limit = self._around.patience.head_bytes
        if self._head + self._part > limit:
            scope = cycle.scope
            if _size_of_head(scope["raw_path"] + scope["query_string"], scope["headers"]) > limit:
                app = _refuse
        super()._start_asgi_task(cycle, app)

    def pause_writing(self) -> None:
        self._reader.stuck(self.transport)
        super().pause_writing()

    def resume_writing(self) -> None:
        self._reader.takes()
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        self._around.connections.complain(self._place.address, "%s: %s", self._place.address, msg)
        super().send_400_response(msg)

    def kept_waiting(self) -> None:
        if self.transport.is_closing():
            self.transport.abort()
        else:
            self._end_with(b"408 Request Timeout", b"The rest of the request did not come in time.")

    def _expect(self, what: object, seconds: float) -> None:
        if self._awaited is not what:
            self._awaited = what
            self._around.deadlines.expect(self, self.loop.time() + seconds)

    def _refuse_head(self) -> None:
        self._end_with(b"431 Request Header Fields Too Large", TOO_LARGE)

    def _end_with(self, status: bytes, text: bytes) -> None:
        """Answer, unless an answer is under way, and end the connection within seconds, read or not."""
        cycle = self.cycle
        if not self.pipeline and (cycle is None or not _is_answered(cycle, self.scope)):
            head = b"HTTP/1.1 %b\r\ncontent-type: text/plain\r\ncontent-length: %d\r\nconnection: close\r\n\r\n"
            self.transport.write(head % (status, len(text)) + text)
        if cycle is not None:
            cycle.disconnected = True
            cycle.message_event.set()
        self.transport.close()
        # It may not even take the answer.
        self._awaited = "end"
        self._around.deadlines.expect(self, self.loop.time() + self._around.patience.head)


class LinkConnection(LinkProtocol):
    __slots__ = ("_around", "_place", "_reader")

    def __init__(self, around: Surroundings, place: Place) -> None:
        super().__init__(around.config, around.state, around.app_state)
        self._around = around
        self._place = place
        self._reader = SlowReader(self.loop, around.patience.reader)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.client = self.client or (self._place.address, 0)

    def connection_lost(self, exc: Exception | None) -> None:
        self._reader.takes()
        self._place.leave()
        super().connection_lost(exc)

    def hold_back(self) -> None:
        address = self._place.address
        self._around.connections.complain(address, "%s: too much comes over a link, which is held back", address)
        super().hold_back()

    def pause_writing(self) -> None:
        self._reader.stuck(self.transport)
        super().pause_writing()

    def resume_writing(self) -> None:
        self._reader.takes()
        super().resume_writing()


def _is_answered(cycle: Any, scope: object) -> bool:
    """Whether the answer to this or to an earlier request is under way."""
    return bool(cycle.response_started if cycle.scope is scope else not cycle.response_complete)


class Lingering:
    """Connections that were closed and do not end, for the client takes nothing of the little that was still unsent."""

    def __init__(self, state: ServerState) -> None:
        self._state = state
        self._closing: set[Any] = set()

    async def keep(self) -> None:
        """End those that still linger at the next look, until it is cancelled."""
        while True:
            await asyncio.sleep(LINGER_SECONDS)
            self.look()

    def look(self) -> None:
        closing = {connection for connection in self._state.connections if connection.transport.is_closing()}
        for connection in closing & self._closing:
            connection.transport.abort()
        self._closing = closing


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    """In place of the application, for a head that is too large."""
    headers = [(b"content-length", b"%d" % len(TOO_LARGE)), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 431, "headers": headers})
    await send({"type": "http.response.body", "body": TOO_LARGE})


def _size_of_head(url: bytes, headers: Any) -> int:
    return len(url) + sum(len(name) + len(value) + 4 for name, value in headers)
