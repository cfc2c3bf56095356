"""A WebSocket to a server, as small as thousands in one process have to be. Only this file knows the library."""

from __future__ import annotations

import asyncio
import logging
from functools import cache
from typing import Protocol, cast

from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import State
from websockets.typing import Subprotocol
from websockets.uri import WebSocketURI, parse_uri

from microsip_manager.agent.http_client import CONNECT_SECONDS
from microsip_manager.tls.trust import Trust
from microsip_manager.wire.link import SERVER_TEXT_LIMIT, SUBPROTOCOL, CloseCode
from microsip_manager.wire.paths import LINK

# The library would tell each frame; for whoever wants to know there is the server's log.
_silent = logging.getLogger(f"{__name__}.frames")
_silent.setLevel(logging.CRITICAL)


class Listener(Protocol):
    """Who wants to know what comes of a socket."""

    def opened(self, socket: LinkSocket) -> None:
        """The link is there; with a quick loop this comes before `open_socket` has returned."""
        ...

    def heard(self, text: bytes) -> None: ...

    def ended(self, *, was_open: bool, code: int | None) -> None:
        """Called once, whoever ended it. `was_open` is False when no link came to be."""
        ...


class LinkSocket(asyncio.Protocol):
    """From the attempt to connect to the end."""

    def __init__(self, uri: WebSocketURI, listener: Listener, authorization: str = "") -> None:
        self._authorization = authorization
        self._protocol = ClientProtocol(
            uri, subprotocols=[Subprotocol(SUBPROTOCOL)], max_size=SERVER_TEXT_LIMIT, logger=_silent
        )
        self._listener = listener
        self._transport: asyncio.Transport | None = None
        self._is_open = False
        self.has_ended = False
        self._is_hearing = False
        """What is said to what was heard goes out together."""

    def send(self, text: bytes) -> None:
        if self._is_open and self._protocol.state is State.OPEN:  # the server may be closing it
            self._protocol.send_text(text)
            if not self._is_hearing:
                self._flush()

    def leave(self) -> None:
        """End it in good order: the agent takes leave."""
        if self._is_open and self._protocol.state is State.OPEN:
            self._protocol.send_close(CloseCode.GOING_AWAY)
            self._flush()
        if self._transport is not None:
            self._transport.close()

    def listen(self, hears: bool) -> None:
        """False: the network is gone, nothing arrives any more, and nobody is told. True: it is there again."""
        if self._transport is None or self._transport.is_closing():
            return
        if hears:
            self._transport.resume_reading()
        else:
            self._transport.pause_reading()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one without being derived from it
        request = self._protocol.connect()
        if self._authorization:
            request.headers["Authorization"] = self._authorization
        self._protocol.send_request(request)
        self._flush()

    def data_received(self, data: bytes) -> None:
        self._protocol.receive_data(data)
        self._is_hearing = True
        try:
            self._tell_of_events()
        finally:
            self._is_hearing = False
            self._flush()
        if self._protocol.handshake_exc is not None or self._protocol.close_expected():
            self.abort()

    def _tell_of_events(self) -> None:
        for event in self._protocol.events_received():
            if isinstance(event, Frame):
                if event.opcode is Opcode.TEXT:
                    self._listener.heard(bytes(event.data))
            elif isinstance(event, Response) and self._protocol.handshake_exc is None:
                self._is_open = True
                self._listener.opened(self)

    def connection_lost(self, exc: Exception | None) -> None:
        was_open, self._is_open = self._is_open, False
        self.has_ended = True
        self._listener.ended(was_open=was_open, code=self._protocol.close_code)

    def _flush(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            for data in self._protocol.data_to_send():
                if data:
                    self._transport.write(data)


async def open_socket(server: str, listener: Listener, trust: Trust, authorization: str = "") -> LinkSocket | None:
    """Connect to a server such as `http://127.0.0.1:8083` and ask for the link; None when nothing answers there.

    `authorization` is what the server is shown, if anything.
    """
    uri, loop = _uri_of(server), asyncio.get_running_loop()
    context = trust.context() if uri.secure else None
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            _, socket = await loop.create_connection(
                lambda: LinkSocket(uri, listener, authorization), uri.host, uri.port, ssl=context
            )
    except OSError:  # TimeoutError is one
        return None
    return socket


@cache
def _uri_of(server: str) -> WebSocketURI:
    return parse_uri(f"ws{server.removeprefix('http')}{LINK}")
