"""`WS /api/agent`: the links of the agents, taken out in front of FastAPI's router like the heartbeats.

This file alone knows how the web server speaks WebSocket.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Protocol

from starlette.types import ASGIApp, Receive, Scope, Send

from microsip_manager.clock import Clock
from microsip_manager.server.errors import NotYourClient, TooManyClients
from microsip_manager.server.fleet import Fleet
from microsip_manager.server.identity.caller import OPEN
from microsip_manager.server.identity.clones import Clones
from microsip_manager.server.link_hub import LinkHub
from microsip_manager.server.link_session import BEAT, LinkSession
from microsip_manager.server.seldom import Seldom
from microsip_manager.wire.codec import BadMessage
from microsip_manager.wire.link import SUBPROTOCOL, CloseCode
from microsip_manager.wire.paths import LINK

log = logging.getLogger(__name__)

POLICY_VIOLATION = 1008

CLOSED_WITH: dict[type[Exception], CloseCode] = {
    BadMessage: CloseCode.BAD_TEXT,
    NotYourClient: CloseCode.NOT_YOUR_CLIENT,
    TooManyClients: CloseCode.NOT_NOW,
}
"""What ends a link."""

SHORT_WAY = "microsip_manager.short_way"
"""The ASGI extension of that name is a `ShortWay`, where the web server has one."""


class ShortWay(Protocol):
    """Carries the texts of an accepted link, in UTF-8, without a task and a queue for each."""

    def listen(self, hear: Callable[[bytes], None], *, limited: bool) -> None:
        """Have `hear` called with each text from now on; one with which it fails, and all after it, are received.

        `limited` holds an agent back that says more than any of ours."""
        ...

    def write(self, text: bytes) -> None:
        """Send a text at once. While the agent takes none it is not heard, so few are kept."""
        ...

    def offer(self, text: bytes) -> bool:
        """Send a text at once if the connection takes it; False when it does not, and the text is to be sent."""
        ...


class LinkDoor:
    """Holds the links and passes everything else on."""

    def __init__(self, app: ASGIApp, hub: LinkHub, fleet: Fleet, clock: Clock, clones: Clones) -> None:
        self._app = app
        self._hub = hub
        self._fleet = fleet
        self._clock = clock
        self._clones = clones
        self._lines = Seldom()

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] != "websocket":
            return self._app(scope, receive, send)
        return self._link(scope, receive, send)

    async def _link(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        if scope["path"] != LINK or SUBPROTOCOL not in scope["subprotocols"]:
            # Before it was accepted this is an HTTP answer 403, on which an agent stays with plain heartbeats.
            await send({"type": "websocket.close", "code": POLICY_VIOLATION})
            return
        await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL})
        way: ShortWay | None = scope.get("extensions", {}).get(SHORT_WAY)
        socket = AsgiSocket(scope["client"][0], send, way)
        session = LinkSession(socket, self._hub, self._fleet, self._clock, scope["caller"], self._clones)
        if way is not None:
            way.listen(partial(_hear, session, way.write), limited=scope["caller"] is not OPEN)
        code: int = CloseCode.BAD_TEXT
        try:
            code = await self._talk(session, socket, receive)
        finally:
            session.ended(leaving=code == CloseCode.GOING_AWAY)

    async def _talk(self, session: LinkSession, socket: AsgiSocket, receive: Receive) -> int:
        """Until the end of the connection; returns the code with which it ended."""
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                return int(message.get("code") or 1005)
            try:
                answer = session.take(message.get("text") or "")
            except tuple(CLOSED_WITH) as error:
                self._tell(socket.address, error)
                code = CLOSED_WITH[type(error)]
                await socket.close(code)
                return code
            if answer is not None:
                await socket.push(answer)
            session.told()

    def _tell(self, address: str, error: Exception) -> None:
        """Seldom: an agent may open its link again at once, and say the same."""
        if self._lines.may_tell(address, self._clock.monotonic()):
            log.warning("%s: a link is closed, what came over it is not taken: %s", address, error)


def _hear(session: LinkSession, write: Callable[[bytes], None], text: bytes) -> None:
    """What `_talk` does with a text, the short way."""
    if text == BEAT:  # nearly every text is one, and after it there is nothing to be told
        write(session.beat())
        return
    answer = session.take(text.decode())
    if answer is not None:
        write(answer)
    session.told()


class AsgiSocket:
    """The `Socket` that an ASGI server holds."""

    __slots__ = ("_closed", "_send", "_way", "address")

    def __init__(self, address: str, send: Send, way: ShortWay | None) -> None:
        self.address = address
        self._send = send
        self._way = way
        self._closed = False

    def offer(self, text: bytes) -> bool:
        return self._way is not None and not self._closed and self._way.offer(text)

    async def push(self, text: bytes) -> None:
        if self._closed:
            return
        try:
            await self._send({"type": "websocket.send", "text": text.decode()})
        except OSError:
            self._closed = True  # the agent has gone; the end of the connection is on its way to the session

    async def close(self, code: CloseCode) -> None:
        if self._closed:
            return
        self._closed = True
        try:
            await self._send({"type": "websocket.close", "code": code.value})
        except OSError:
            log.debug("%s: gone before it could be closed", self.address)
