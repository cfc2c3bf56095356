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
from microsip_manager.server.frames import COMMENT, RETRY, frame
from microsip_manager.server.privacy.sight import ALL, Sight, masked_call
from microsip_manager.wire.codec import encode
from microsip_manager.wire.events import CallStored, EndReason, Event, Snapshot, StreamEnd, kind_of
from microsip_manager.wire.names import hostname_key

RING = 10_000
"""Events kept: a whole large fleet that changes at once, as after a restart of the network. 4 MB, once read 8."""

READERS = 200
"""At the same time. A panel holds one for each person who looks at it."""

HEARTBEAT = 15.0
"""Seconds of silence after which a comment shows proxies and readers that the stream lives."""

AT_ONCE = 500
"""Events sent together, so that a reader that comes back after a while does not hold the loop up."""


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
        self.dropped = 0
        """Readers that were too slow."""
        self._heartbeat = heartbeat
        self._news: asyncio.Future[None] | None = None
        self._closed = False
        self._leave = bus.subscribe(self._hear)

    @property
    def readers(self) -> int:
        """How many there are at this moment."""
        return self._readers

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

    async def stream(self, query: EventQuery, last_id: str | None = None, sight: Sight = ALL) -> AsyncGenerator[bytes]:
        """What is wanted, for ever: what has come since `last_id`, if that is known still, else a snapshot first.

        Phone numbers are in it as far as `sight` reaches; in the snapshot they are masked for everybody.
        """
        yield RETRY
        at = self._number_of(last_id)
        if at is None:
            # The snapshot and its number belong together: nothing awaits between them.
            at = self._last
            yield self._snapshot(query)
        async with aclosing(self._deltas(query, at, sight)) as deltas:
            async for chunk in deltas:
                yield chunk

    async def _deltas(self, query: EventQuery, at: int, sight: Sight) -> AsyncGenerator[bytes]:
        while not self._closed:
            if at + len(self._ring) < self._last:
                self.dropped += 1
                yield _end(EndReason.TOO_SLOW)
                return
            if at == self._last:
                if not await self._something_new():
                    yield COMMENT
                continue
            told = self._after(at)
            at = told[-1].number
            frames = (self._frame_for(sight, one) for one in told if query.wants(one))
            if wanted := b"".join(frames):
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
        return frame("snapshot", encode(Snapshot(clients)), f"{self._run}-{self._last}")

    def _hear(self, event: Event) -> None:
        self._last += 1
        self._ring.append(Told(self._last, event))
        self._wake()

    def _frame_for(self, sight: Sight, told: Told) -> bytes:
        # Only now: 1,000 PCs that take a command make 2,000 events, which nobody may be reading.
        event = told.event
        if isinstance(event, CallStored) and not sight.sees(hostname_key(event.hostname)):
            if told.masked is None:
                told.masked = self._framed(CallStored(masked_call(event.call)), told.number)
            return told.masked
        if told.frame is None:
            told.frame = self._framed(event, told.number)
        return told.frame

    def _framed(self, event: Event, number: int) -> bytes:
        return frame(kind_of(event).value, encode(event), f"{self._run}-{number}")

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


def _end(reason: EndReason) -> bytes:
    return frame("end", encode(StreamEnd(reason)))
