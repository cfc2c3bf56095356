"""What happened lately, for as many readers as come: a ring of events that each reads at its own pace.

The ring is the queue of all readers. An event is encoded once, for the first reader who wants it, and a reader costs a
place in the ring and no copy; whoever falls behind what the ring holds is told so and has to begin anew.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections import deque
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from itertools import islice

from microsip_manager.server.boundaries import EventBus
from microsip_manager.server.errors import TooManyReaders
from microsip_manager.server.event_query import EventQuery, Told
from microsip_manager.server.fleet import Fleet
from microsip_manager.wire.codec import encode
from microsip_manager.wire.events import EndReason, Event, Snapshot, StreamEnd, kind_of

RING = 10_000
"""Events kept: a whole large fleet that changes at once, as after a restart of the network. 4 MB, once read 8."""

READERS = 200
"""At the same time. A panel holds one for each person who looks at it."""

HEARTBEAT = 15.0
"""Seconds of silence after which a comment shows proxies and readers that the stream lives."""

AT_ONCE = 500
"""Events sent together, so that a reader that comes back after a while does not hold the loop up."""

COMMENT = b": nothing new\n\n"
RETRY = b"retry: 3000\n\n"
"""Milliseconds after which a browser comes again when the stream has ended."""


class EventFeed:
    """Everything here runs on the event loop."""

    def __init__(
        self,
        fleet: Fleet,
        bus: EventBus,
        *,
        ring: int = RING,
        readers: int = READERS,
        heartbeat: float = HEARTBEAT,
    ) -> None:
        self._fleet = fleet
        self._run = secrets.token_hex(4)  # so that no number outlives a restart, which begins counting anew
        self._ring: deque[Told] = deque(maxlen=ring)
        self._last = 0
        self._most_readers = readers
        self._readers = 0
        self._heartbeat = heartbeat
        self._news: asyncio.Future[None] | None = None
        self._closed = False
        self._leave = bus.subscribe(self._hear)

    def close(self) -> None:
        """End every stream, with a last event that says why, and hear no more."""
        self._closed = True
        self._leave()
        self._wake()

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place for one reader; raises `TooManyReaders`."""
        if self._readers >= self._most_readers:
            raise TooManyReaders(self._most_readers)
        self._readers += 1
        try:
            yield
        finally:
            self._readers -= 1

    async def stream(self, query: EventQuery, last_id: str | None = None) -> AsyncGenerator[bytes]:
        """What is wanted, for ever: what has come since `last_id`, if that is known still, else a snapshot first."""
        yield RETRY
        at = self._number_of(last_id)
        if at is None:
            # The snapshot and its number belong together: nothing awaits between them.
            at = self._last
            yield self._snapshot(query)
        async with aclosing(self._deltas(query, at)) as deltas:
            async for chunk in deltas:
                yield chunk

    async def _deltas(self, query: EventQuery, at: int) -> AsyncGenerator[bytes]:
        while not self._closed:
            if at + len(self._ring) < self._last:
                yield _end(EndReason.TOO_SLOW)
                return
            if at == self._last:
                if not await self._something_new():
                    yield COMMENT
                continue
            told = self._after(at)
            at = told[-1].number
            if wanted := b"".join(self._frame_of(one) for one in told if query.wants(one)):
                yield wanted
            else:
                await asyncio.sleep(0)  # a long stretch of what this reader does not want is the others' time
        yield _end(EndReason.SHUTDOWN)

    def _after(self, at: int) -> list[Told]:
        start = len(self._ring) - (self._last - at)
        return list(islice(self._ring, start, start + AT_ONCE))

    def _number_of(self, id: str | None) -> int | None:
        """The place in the ring that an id names, if what followed it is still there."""
        found = re.fullmatch(r"([0-9a-f]{8})-([0-9]{1,15})", id or "")
        if found is None or found[1] != self._run:
            return None
        number = int(found[2])
        return number if self._last - len(self._ring) <= number <= self._last else None

    def _snapshot(self, query: EventQuery) -> bytes:
        clients = [client for client in self._fleet.clients() if query.shows(client)]
        return _frame("snapshot", encode(Snapshot(clients)), f"{self._run}-{self._last}")

    def _hear(self, event: Event) -> None:
        self._last += 1
        self._ring.append(Told(self._last, event))
        self._wake()

    def _frame_of(self, told: Told) -> bytes:
        # Only now: 1,000 PCs that take a command make 2,000 events, which nobody may be reading.
        if told.frame is None:
            told.frame = _frame(kind_of(told.event).value, encode(told.event), f"{self._run}-{told.number}")
        return told.frame

    def _wake(self) -> None:
        if self._news is not None and not self._news.done():
            self._news.set_result(None)

    async def _something_new(self) -> bool:
        """Wait for the next event, or for the end; False when neither has come for a while."""
        if self._news is None or self._news.done():
            self._news = asyncio.get_running_loop().create_future()
        # Not `wait_for`, which would cancel what the other readers wait for too.
        done, _ = await asyncio.wait([self._news], timeout=self._heartbeat)
        return bool(done)


def _frame(name: str, data: bytes, id: str = "") -> bytes:
    """One event as `text/event-stream` has it. JSON of ours holds no line break."""
    head = f"id: {id}\nevent: {name}\n" if id else f"event: {name}\n"
    return head.encode() + b"data: " + data + b"\n\n"


def _end(reason: EndReason) -> bytes:
    return _frame("end", encode(StreamEnd(reason)))
