"""The wallboards: each is told once a second at most who has changed, as they are then.

A reader that is slow misses what was in between and nothing else, so nothing has to be kept for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import contextmanager, suppress

from microsip_manager.server.boundaries import EventBus
from microsip_manager.server.errors import NotReady, TooManyReaders, UnknownGroup
from microsip_manager.server.fleet import Fleet
from microsip_manager.server.frames import COMMENT, RETRY, frame
from microsip_manager.server.groups import Groups
from microsip_manager.server.wall_rows import wall_client
from microsip_manager.wire.clients import ClientState
from microsip_manager.wire.codec import encode
from microsip_manager.wire.events import ClientChanged, EndReason, Event, StreamEnd
from microsip_manager.wire.names import hostname_key
from microsip_manager.wire.wall import WallChanges, WallClient, WallSnapshot

READERS = 50
"""At the same time. A wallboard is a screen on a wall."""

HEARTBEAT = 15.0
"""Seconds of silence after which a comment shows that the stream lives."""

PAUSE = 1.0
"""Seconds in which changes are gathered: nobody reads a wall faster."""

LOOK_EVERY = 30.0
"""Seconds after which a wallboard learns of other groups."""

GroupsOf = Mapping[str, list[str]]


class _Reader:
    def __init__(self) -> None:
        self.changed: set[str] = set()
        self.woken = asyncio.Event()


class WallFeed:
    """Everything here runs on the event loop."""

    def __init__(
        self, fleet: Fleet, groups: Groups, bus: EventBus, *, heartbeat: float = HEARTBEAT, pause: float = PAUSE
    ) -> None:
        self._fleet = fleet
        self._groups = groups
        self._heartbeat = heartbeat
        self._pause = pause
        self._open: set[_Reader] = set()
        self._places = 0
        self._closed = False
        self._leave = bus.subscribe(self._hear)

    def close(self) -> None:
        """End every stream, with a last event that says why, and hear no more."""
        self._closed = True
        self._leave()
        for reader in self._open:
            reader.woken.set()

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place for one reader; raises `TooManyReaders`."""
        if self._places >= READERS:
            raise TooManyReaders(READERS)
        self._places += 1
        try:
            yield
        finally:
            self._places -= 1

    async def groups_of(self) -> GroupsOf:
        """The names of the groups of each client, by its key; raises `NotReady`."""
        found: dict[str, list[str]] = {}
        for size in await self._groups.all():
            with suppress(UnknownGroup):  # it was removed meanwhile
                for member in (await self._groups.one(size.name)).members:
                    found.setdefault(hostname_key(member), []).append(size.name)
        return found

    async def stream(self, groups_of: GroupsOf) -> AsyncGenerator[bytes]:
        """All clients, and then for ever those that change."""
        reader, loop = _Reader(), asyncio.get_running_loop()
        self._open.add(reader)
        try:
            yield RETRY
            yield self._snapshot(groups_of)
            looked = loop.time()
            while not self._closed:
                if not await self._woken(reader):
                    yield COMMENT
                if loop.time() >= looked + LOOK_EVERY:
                    looked, before = loop.time(), groups_of
                    with suppress(NotReady):  # those known are better than none
                        groups_of = await self.groups_of()
                    if groups_of != before:
                        reader.changed.clear()
                        yield self._snapshot(groups_of)
                if reader.changed:
                    changed, reader.changed = reader.changed, set()
                    rows = self._rows(self._fleet.clients_among(changed), groups_of)
                    yield frame("changes", encode(WallChanges(rows)))
            yield frame("end", encode(StreamEnd(EndReason.SHUTDOWN)))
        finally:
            self._open.discard(reader)

    def _snapshot(self, groups_of: GroupsOf) -> bytes:
        return frame("snapshot", encode(WallSnapshot(self._rows(self._fleet.clients(), groups_of))))

    def _rows(self, clients: list[ClientState], groups_of: GroupsOf) -> list[WallClient]:
        return [wall_client(client, groups_of.get(hostname_key(client.hostname), ())) for client in clients]

    def _hear(self, event: Event) -> None:
        if isinstance(event, ClientChanged):
            for reader in self._open:
                reader.changed.add(hostname_key(event.hostname))
                reader.woken.set()

    async def _woken(self, reader: _Reader) -> bool:
        """Wait for news and what comes with them, or for the end; False when there was nothing for a while."""
        try:
            async with asyncio.timeout(self._heartbeat):
                await reader.woken.wait()
        except TimeoutError:
            return False
        if not self._closed:
            await asyncio.sleep(self._pause)
        reader.woken.clear()
        return True
