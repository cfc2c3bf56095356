"""The agents that hold a link to this server, and the way to them."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

from msgspec import Raw

from microsip_manager.clock import Clock
from microsip_manager.server.errors import AgentSilent
from microsip_manager.server.ways import Reply, Request
from microsip_manager.wire.clients import ClientState
from microsip_manager.wire.codec import encode
from microsip_manager.wire.link import NO_BODY, Answer, Ask, CloseCode
from microsip_manager.wire.names import hostname_key

log = logging.getLogger(__name__)

LATE_KEPT = 1000
"""Commands whose answer may still come after their deadline; the oldest are given up first."""


class Socket(Protocol):
    """The WebSocket of one agent."""

    address: str
    """Where it comes from."""

    async def push(self, text: str) -> None:
        """Send a text; may wait as long as the connection takes nothing. A broken connection swallows it."""
        ...

    async def close(self, code: CloseCode) -> None: ...


class Linked:
    """One agent's link, with the requests that wait for its answer."""

    def __init__(self, hostname: str, socket: Socket) -> None:
        self.hostname = hostname
        self.socket = socket
        self.waiting: dict[str, asyncio.Future[Reply]] = {}


class LinkHub:
    """Knows the newest link of each client. For the thread of the event loop only."""

    name = "link"

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._linked: dict[str, Linked] = {}
        self._late: OrderedDict[str, tuple[str, Callable[[Reply], None]]] = OrderedDict()
        """By the id of the request: whose answer it would be, and who wants to know."""

    def __len__(self) -> int:
        return len(self._linked)

    def reaches(self, client: ClientState) -> bool:
        return hostname_key(client.hostname) in self._linked

    def join(self, linked: Linked) -> Linked | None:
        """Take in a link; returns the one it replaces."""
        key = hostname_key(linked.hostname)
        before = self._linked.get(key)
        self._linked[key] = linked
        if before is not None:
            log.warning(
                "%s: linked from %s, before from %s", linked.hostname, linked.socket.address, before.socket.address
            )
            _give_up(before)
        return before

    def leave(self, linked: Linked) -> bool:
        """Take out a link that has ended; False when another one has replaced it."""
        key = hostname_key(linked.hostname)
        _give_up(linked)
        if self._linked.get(key) is not linked:
            return False
        del self._linked[key]
        return True

    def of(self, hostname: str) -> Linked | None:
        return self._linked.get(hostname_key(hostname))

    async def ask(self, client: ClientState, request: Request, late: Callable[[Reply], None]) -> Reply:
        linked = self._linked.get(hostname_key(client.hostname))
        if linked is None:
            raise AgentSilent("its link has just ended")
        answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        linked.waiting[request.id] = answer
        ask = Ask(
            request.id,
            request.method,
            request.path,
            self._clock.monotonic() + request.seconds,
            Raw(request.body or NO_BODY),
        )
        try:
            async with asyncio.timeout(request.seconds):
                await linked.socket.push(encode(ask).decode())
                return await answer
        except TimeoutError:
            self._expect_late(request.id, linked.hostname, late)
            raise AgentSilent(
                f"the agent did not answer over its link within {request.seconds:g} s", in_time=False
            ) from None
        finally:
            linked.waiting.pop(request.id, None)

    def answered(self, linked: Linked, answer: Answer) -> None:
        """Give an answer to whoever waits for it, or waited too short; an answer nobody asked for is left."""
        reply = Reply(answer.status, bytes(answer.body))
        waiting = linked.waiting.pop(answer.id, None)
        if waiting is not None:
            if not waiting.done():
                waiting.set_result(reply)
            return
        hostname, late = self._late.get(answer.id, ("", None))
        if late is not None and hostname_key(hostname) == hostname_key(linked.hostname):
            del self._late[answer.id]
            log.warning("%s: answered %s after its deadline", linked.hostname, answer.id)
            late(reply)

    def _expect_late(self, id: str, hostname: str, late: Callable[[Reply], None]) -> None:
        self._late[id] = (hostname, late)
        if len(self._late) > LATE_KEPT:
            self._late.popitem(last=False)


def _give_up(linked: Linked) -> None:
    for answer in linked.waiting.values():
        if not answer.done():
            answer.set_exception(
                AgentSilent("the link was lost before the answer; the command may have been carried out", in_time=False)
            )
    linked.waiting.clear()
