"""The one writer: what changed in memory goes to the database behind it, in batches, on a thread of its own."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import datetime

from microsip_manager.server.boundaries import ClientStore
from microsip_manager.server.errors import StoreFailed
from microsip_manager.server.presence import Flip
from microsip_manager.wire.clients import ClientState
from microsip_manager.wire.command_log import CommandRecord
from microsip_manager.wire.names import hostname_key

log = logging.getLogger(__name__)

PAUSE = 1.0
"""Seconds between two batches: what a crash of the server may lose of the live state."""

FLIP_LIMIT = 100_000
"""Changes kept while the database does not take them (a full disk); the oldest go first."""


COMMAND_LIMIT = 100_000
"""Likewise for commands."""


class Recorder:
    """Collects changes; `write` commits them together."""

    def __init__(self, store: ClientStore, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        """Held while a batch is committed: batches that overtook each other would leave old states behind."""
        self._clients: dict[str, ClientState] = {}
        self._flips: deque[Flip] = deque(maxlen=FLIP_LIMIT)
        self._commands: dict[str, CommandRecord] = {}
        self._since: float | None = None
        """When the oldest of what waits came; None when nothing does."""
        self.trouble: str | None = None
        """Why the database does not take changes at present; None when all is well."""

    @property
    def waiting(self) -> int:
        """How much waits to be written."""
        return len(self._clients) + len(self._flips) + len(self._commands)

    def behind(self, now: float) -> float:
        """Seconds for which the oldest of it has been waiting, on the monotonic clock."""
        since = self._since
        return 0.0 if since is None else max(0.0, now - since)

    def client(self, state: ClientState) -> None:
        with self._lock:
            self._clients[hostname_key(state.hostname)] = state
            self._waits()

    def flip(self, flip: Flip) -> None:
        with self._lock:
            self._flips.append(flip)
            self._waits()

    def command(self, record: CommandRecord) -> None:
        with self._lock:
            self._commands[record.id] = record
            if len(self._commands) > COMMAND_LIMIT:
                del self._commands[next(iter(self._commands))]
            self._waits()

    def commands(self, hostname: str, before: datetime, most: int) -> list[CommandRecord]:
        """What was asked of a client before a moment, the newest first; blocks, and raises `StoreFailed`."""
        self.write()
        return self._store.commands(hostname, before, most)

    def write(self) -> bool:
        """Commit what waits. True if something was committed; what failed stays for the next time."""
        with self._writing:
            return self._write()

    def _write(self) -> bool:
        with self._lock:
            clients, flips, commands = self._clients, list(self._flips), self._commands
            since, self._since = self._since, None
            self._clients, self._commands = {}, {}
            self._flips.clear()
        if not clients and not flips and not commands:
            return False
        try:
            self._store.write(clients.values(), flips, commands.values())
        except StoreFailed as failure:
            self._put_back(clients, flips, commands, since)
            if self.trouble is None:
                log.error("the database takes no changes, trying on: %s", failure)
            self.trouble = str(failure)
            return False
        if self.trouble is not None:
            log.info("the database takes changes again")
        self.trouble = None
        return True

    def run(self, wait: Callable[[float], bool]) -> None:
        """Write every second until `wait` returns True, and then once more."""
        while not wait(PAUSE):
            self.write()
        self.write()

    def _waits(self) -> None:
        if self._since is None:
            self._since = self._monotonic()

    def _put_back(
        self,
        clients: dict[str, ClientState],
        flips: list[Flip],
        commands: dict[str, CommandRecord],
        since: float | None,
    ) -> None:
        with self._lock:
            self._since = since
            self._clients = clients | self._clients
            self._commands = dict(list((commands | self._commands).items())[-COMMAND_LIMIT:])
            newer = list(self._flips)
            self._flips.clear()
            self._flips.extend(flips + newer)
