"""The calls of all clients: taking them, finding them, and forgetting old ones."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import TypeVar

from microsip_manager.clock import Clock
from microsip_manager.server.blocking import in_thread_of
from microsip_manager.server.boundaries import CallStore, EventBus
from microsip_manager.server.call_news import CallNews
from microsip_manager.server.call_query import CallQuery, Place, place_of
from microsip_manager.server.errors import NotReady
from microsip_manager.server.tidying import PURGE_STEP, Wait, keep_tidy
from microsip_manager.wire.calls import Call
from microsip_manager.wire.events import CallStored

log = logging.getLogger(__name__)

READERS = 3
"""Questions that are looked up at the same time; more of them would only slow each other down."""

MOST_WAITING = 500
"""Batches of calls, and as many questions, that wait for the database; those beyond are to come again later."""

EXPORT_PAGE = 1000
"""Calls of an export that are in memory at a time."""

Found = TypeVar("Found")


class CallLog:
    """Everything here runs on the event loop and leaves the database to threads of its own."""

    def __init__(self, store: CallStore, clock: Clock, bus: EventBus, keep_days: int) -> None:
        self._store = store
        self._clock = clock
        self._bus = bus
        self._news = CallNews()
        self._keep = timedelta(days=keep_days)
        # One thread writes: SQLite lets one at a time write anyway, and others would wait in line, holding readers up.
        self._writer = _Threads(1, "calls-writer")
        self._readers = _Threads(READERS, "calls-reader")

    async def take(self, calls: Sequence[Call]) -> list[str]:
        """Store the calls; returns the ids committed. Raises `NotReady`."""
        committed = await self._writer.run(partial(self._store.take, calls, self._clock.now()))
        for hostname, count in Counter(call.hostname for call in calls).items():
            log.info("%s: calls taken: %d", hostname, count)
        self._tell(calls, frozenset(committed))
        return committed

    async def page(self, query: CallQuery, after: Place | None, most: int) -> list[Call]:
        """The newest calls asked for, from behind that place on; raises `NotReady`."""
        return await self._readers.run(partial(self._store.page, query, after, most))

    async def pages(self, query: CallQuery, after: Place | None, most: int | None) -> AsyncGenerator[list[Call]]:
        """At most so many of the calls asked for (None: all), a page at a time; raises `NotReady`.

        Each page is a question of its own, so that a slow reader keeps nothing open in the database.
        """
        left = most
        while left is None or left > 0:
            size = EXPORT_PAGE if left is None else min(EXPORT_PAGE, left)
            page = await self.page(query, after, size)
            if page:
                yield page
            if len(page) < size:
                return
            after = place_of(page[-1])
            left = None if left is None else left - len(page)

    async def purge_step(self) -> bool:
        """Remove a few of the calls that are too old. True if there may be more; raises `NotReady`."""
        before = self._clock.now() - self._keep
        return await self._writer.run(partial(self._store.purge, before, PURGE_STEP)) == PURGE_STEP

    async def keep_tidy(self, wait: Wait) -> None:
        """Remove old calls from time to time, until `wait` says stop."""
        await keep_tidy("calls", self.purge_step, wait)

    def close(self) -> None:
        """End the threads, once what they are at is done."""
        self._writer.close()
        self._readers.close()

    def _tell(self, calls: Sequence[Call], committed: frozenset[str]) -> None:
        for call in calls:
            if call.id in committed and self._news.are_in(call):
                self._bus.publish(CallStored(call))


class _Threads:
    """Threads with a line before them that has an end."""

    def __init__(self, count: int, name: str) -> None:
        self._threads = ThreadPoolExecutor(count, name)
        self._waiting = 0

    async def run(self, work: Callable[[], Found]) -> Found:
        """What it gives; raises `NotReady`."""
        if self._waiting >= MOST_WAITING:
            raise NotReady("Too much waits for the database already.")
        self._waiting += 1
        try:
            return await in_thread_of(self._threads, work)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        self._threads.shutdown()
