"""The agents that hold a link to this server, and the way to them."""

from __future__ import annotations

import asyncio
import logging
import math
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from msgspec import Raw

from microsip_manager.clock import Clock
from microsip_manager.server.errors import AgentSilent
from microsip_manager.server.seldom import Seldom
from microsip_manager.server.ways import Reply, Request
from microsip_manager.wire.clients import ClientState
from microsip_manager.wire.codec import encode
from microsip_manager.wire.link import NO_BODY, Answer, Ask, CloseCode
from microsip_manager.wire.names import hostname_key

log = logging.getLogger(__name__)

LATE_KEPT = 1000
"""Commands whose answer may still come after their deadline; the oldest are given up first."""

CLOSE_SECONDS = 5.0


class Socket(Protocol):
    """The WebSocket of one agent. Texts are UTF-8."""

    address: str
    """Where it comes from."""

    def offer(self, text: bytes) -> bool:
        """Send a text if the connection takes it at this moment; False when it has to be pushed."""
        ...

    async def push(self, text: bytes) -> None:
        """Send a text; may wait as long as the connection takes nothing. A broken connection swallows it."""
        ...

    async def close(self, code: CloseCode) -> None: ...


class Awaited:
    """The end of a request: its answer, or the reason why none comes any more."""

    __slots__ = ("_loop", "end", "woken")

    def __init__(self) -> None:
        self.end: Reply | AgentSilent | None = None
        self._loop = asyncio.get_running_loop()
        self.woken: asyncio.Future[None] = self._loop.create_future()

    def ended(self, end: Reply | AgentSilent) -> None:
        # Kept beside the future, which the deadline wakes: an answer may still come before the task has its turn.
        self.end = end
        self.wake()

    def wake(self) -> None:
        if not self.woken.done():
            self.woken.set_result(None)

    async def come(self, seconds: float) -> None:
        """Wait for the end, for so long at most."""
        # Not `asyncio.timeout`, which takes three times as long to begin and to end.
        timer = self._loop.call_later(seconds, self.wake)
        try:
            await self.woken
        finally:
            timer.cancel()


class Linked:
    """One agent's link, with the requests that wait for its answer."""

    def __init__(self, hostname: str, socket: Socket, agent: str) -> None:
        """`agent` is the id of the agent whose key was shown; empty where none was needed."""
        self.hostname = hostname
        self.socket = socket
        self.agent = agent
        self.waiting: dict[str, Awaited] = {}
        self.silent_after = math.inf
        """When, on the monotonic clock, the link counts as dead unless something is heard before."""


class LinkHub:
    """Knows the newest link of each client. For the thread of the event loop only."""

    name = "link"

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.heard = 0
        """Heartbeats that came over links."""
        self._linked: dict[str, Linked] = {}
        self._late: OrderedDict[str, tuple[str, Callable[[Reply], None]]] = OrderedDict()
        """By the id of the request: whose answer it would be, and who wants to know."""
        self._warned = Seldom()
        self._closing: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._linked)

    def reaches(self, client: ClientState) -> bool:
        return hostname_key(client.hostname) in self._linked

    def join(self, linked: Linked) -> None:
        """Take in a link; one that the client had before is closed."""
        key = hostname_key(linked.hostname)
        before = self._linked.get(key)
        self._linked[key] = linked
        if before is None:
            log.info("%s: linked from %s", linked.hostname, linked.socket.address)
            return
        # Of one from elsewhere its heartbeat tells.
        address, same = linked.socket.address, linked.socket.address == before.socket.address
        if same and self._warned.may_tell(key, self._clock.monotonic()):
            log.warning(
                "%s: linked from %s again: it was cut off, or two PCs there have this name", linked.hostname, address
            )
        _give_up(before)
        self._close(before, CloseCode.REPLACED)

    def leave(self, linked: Linked) -> bool:
        """Take out a link that has ended; False when another one has replaced it."""
        key = hostname_key(linked.hostname)
        _give_up(linked)
        if self._linked.get(key) is not linked:
            return False
        del self._linked[key]
        return True

    def drop_silent(self, now: float) -> list[Linked]:
        """Close the links over which nothing was heard for too long, and return them."""
        silent = [linked for linked in self._linked.values() if linked.silent_after <= now]
        for linked in silent:
            self.leave(linked)
            self._close(linked, CloseCode.SILENT)
        return silent

    def close_unless(self, good: frozenset[str], *, without_key: bool) -> int:
        """Close the links of other agents than these, and unless `without_key` those of agents that showed no key."""
        bad = [one for one in self._linked.values() if not (one.agent in good if one.agent else without_key)]
        for linked in bad:
            self._close(linked, CloseCode.NOT_SIGNED_IN)
        return len(bad)

    def grant_grace(self, until: float) -> None:
        """Call no link silent before that moment: this server stood still, not they."""
        for linked in self._linked.values():
            linked.silent_after = max(linked.silent_after, until)

    def of(self, hostname: str) -> Linked | None:
        return self._linked.get(hostname_key(hostname))

    async def ask(self, client: ClientState, request: Request, late: Callable[[Reply], None]) -> Reply:
        linked = self._linked.get(hostname_key(client.hostname))
        if linked is None:
            raise AgentSilent("its link has just ended")
        awaited = linked.waiting[request.id] = Awaited()
        deadline = self._clock.monotonic() + request.seconds
        ask = Ask(request.id, request.method, request.path, deadline, Raw(request.body or NO_BODY))
        try:
            text = encode(ask)
            if linked.socket.offer(text):
                await awaited.come(request.seconds)
            else:
                await _pushed(linked.socket, text, awaited, request.seconds)
        finally:
            linked.waiting.pop(request.id, None)
        end = awaited.end
        if isinstance(end, Reply):
            return end
        # An agent whose link was lost says its answer again over its next one.
        self._expect_late(request.id, linked.hostname, late)
        if end is not None:
            raise end
        raise AgentSilent(f"the agent did not answer over its link within {request.seconds:g} s", in_time=False)

    def answered(self, linked: Linked, answer: Answer) -> None:
        """Give an answer to whoever waits for it, or waited too short; an answer nobody asked for is left."""
        reply = Reply(answer.status, bytes(answer.body))
        waiting = linked.waiting.pop(answer.id, None)
        if waiting is not None:
            waiting.ended(reply)
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

    def _close(self, linked: Linked, code: CloseCode) -> None:
        """Say why, without waiting for a connection that may take nothing any more."""
        task = asyncio.get_running_loop().create_task(_close(linked.socket, code))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


async def _pushed(socket: Socket, text: bytes, awaited: Awaited, seconds: float) -> None:
    """Send the text and wait for what comes of it, both together for so long at most."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    try:
        async with asyncio.timeout_at(deadline):
            await socket.push(text)
    except TimeoutError:
        return
    await awaited.come(deadline - loop.time())


async def _close(socket: Socket, code: CloseCode) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(CLOSE_SECONDS):
            await socket.close(code)


def _give_up(linked: Linked) -> None:
    why = "the link was lost before the answer; the command may have been carried out"
    for awaited in linked.waiting.values():
        awaited.ended(AgentSilent(why, in_time=False))
    linked.waiting.clear()
