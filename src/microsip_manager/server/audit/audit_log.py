"""The audit log: deeds are taken in memory and written within a second, by one thread, a batch at a time."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import AsyncGenerator, Callable, Hashable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from msgspec import structs

from microsip_manager.clock import Clock
from microsip_manager.server.audit.audit_query import AuditQuery
from microsip_manager.server.audit.chain import AuditRow, Head, Removal, check
from microsip_manager.server.audit.deed import Deed
from microsip_manager.server.audit.folding import Folder
from microsip_manager.server.blocking import in_thread
from microsip_manager.server.errors import StoreFailed
from microsip_manager.server.identity.caller import CALLER, SERVER, CallerKind
from microsip_manager.wire.audit import AuditCheck, Broken

log = logging.getLogger(__name__)

PAUSE = 0.5
"""Seconds between two batches: what a crash of the server may lose of the audit log."""

TIDY_EVERY = timedelta(days=1)

QUEUE = 20_000
"""Deeds kept while the database does not take them (a full disk); those that come then are counted as lost."""

REFUSALS_AN_HOUR, READS_AN_HOUR = 500, 5000
"""Kinds of refusals, and of reads, that have a row of their own; what is beyond is counted together."""

LARGEST = 2**63 - 1
PAGE = 1000
"""Rows read at a time."""

Found = TypeVar("Found")


class AuditStore(Protocol):
    """All raise `StoreFailed` and block."""

    def append(self, deeds: Sequence[Deed]) -> Head:
        """Chain them behind what is there, all or nothing, whoever else appends; gives the new end."""
        ...

    def page(self, query: AuditQuery, before: int | None, most: int) -> list[AuditRow]:
        """The newest rows asked for, of those with a number less than `before`."""
        ...

    def rows(self, after: int, to: int, most: int) -> list[AuditRow]:
        """Rows with a number above the one and up to the other, the oldest first."""
        ...

    def head(self) -> Head:
        """The end of the chain, as it is kept beside it."""
        ...

    def removals(self) -> list[Removal]:
        """What the anchors in the chain say."""
        ...

    def forget(self, before: datetime, now: datetime) -> int:
        """Remove the rows of the beginning that are older, and append an anchor that says so; how many."""
        ...


class AuditLog:
    """`take` and `tell` are called on the event loop, the rest on threads."""

    def __init__(self, store: AuditStore, clock: Clock, keep_days: int) -> None:
        self._store = store
        self._clock = clock
        self._keep = timedelta(days=keep_days)
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._waiting: deque[Deed] = deque()
        self._lost = 0
        self._refusals, self._reads = Folder(REFUSALS_AN_HOUR), Folder(READS_AN_HOUR)
        self._tidied: datetime | None = None
        self._witness = Head()
        """The end of the chain as this process wrote it last: a check compares the database with it."""
        self.trouble: str | None = None
        """Why the database takes no rows at present; None when all is well."""

    @property
    def waiting(self) -> int:
        """How many rows wait to be written."""
        return len(self._waiting)

    def take(self, deed: Deed) -> None:
        """Keep this; touches memory only."""
        with self._lock:
            self._put(deed)

    def take_refusal(self, kind: Hashable, deed: Deed) -> None:
        """Keep this, or count it when its kind was refused just now."""
        self._take_folded(self._refusals, kind, deed)

    def take_read(self, kind: Hashable, deed: Deed) -> None:
        """Likewise for what was only looked at."""
        self._take_folded(self._reads, kind, deed)

    def tell(self, by: str, what: str, *, hostname: str = "", target: str = "", after: object = None) -> None:
        """Keep what this server does by itself; what it does for somebody is in the row of their request."""
        if CALLER.get().kind is CallerKind.SERVER:
            who = SERVER.named(by)
            self.take(Deed(self._clock.now(), who, what, hostname=hostname, target=target, after=after))

    async def page(self, query: AuditQuery, before: int | None, most: int) -> list[AuditRow]:
        """The newest rows asked for; raises `NotReady`."""
        return await in_thread(self._written_page, query, before, most)

    async def pages(self, query: AuditQuery, before: int | None, most: int | None) -> AsyncGenerator[list[AuditRow]]:
        """At most so many of the rows asked for (None: all), a page at a time; raises `NotReady`."""
        left = most
        while left is None or left > 0:
            size = PAGE if left is None else min(PAGE, left)
            page = await self.page(query, before, size)
            if page:
                yield page
            if len(page) < size:
                return
            before = page[-1].seq
            left = None if left is None else left - len(page)

    async def check(self, witnesses: Mapping[int, str]) -> AuditCheck:
        """Go through the whole chain; raises `NotReady`."""
        return await in_thread(self._check, witnesses)

    def write(self) -> bool:
        """Write what waits. True if something was written; what failed stays for the next time."""
        with self._writing:
            return self._write()

    def write_all(self) -> None:
        """Write also what is still being counted."""
        with self._lock:
            for deed in (*self._refusals.over(), *self._reads.over()):
                self._put(deed)
        self.write()

    def run(self, wait: Callable[[float], bool]) -> None:
        """Write and tidy up until `wait` returns True, and then write all that is counted."""
        while not wait(PAUSE):
            self.write()
            self.tidy()
        self.write_all()
        self._say_the_end()

    def tidy(self) -> None:
        """Once a day: remove what is too old, and say in the log how the chain ends."""
        now = self._clock.now()
        if self._tidied is not None and now - self._tidied < TIDY_EVERY:
            return
        self._tidied = now
        try:
            removed = self._store.forget(now - self._keep, now)
        except StoreFailed as failure:
            log.error("old rows of the audit log cannot be removed at present: %s", failure)
            return
        if removed:
            log.info("audit log: %d rows removed because of their age", removed)
        self._say_the_end()

    def _say_the_end(self) -> None:
        try:
            end = self._store.head()
        except StoreFailed:
            return  # `write` has told why
        if end.seq:
            log.info("audit log: row %d has the hash %s", end.seq, end.hash)

    def _take_folded(self, folder: Folder, kind: Hashable, deed: Deed) -> None:
        with self._lock:
            taken = folder.take(kind, deed)
            if taken is not None:
                self._put(taken)

    def _put(self, deed: Deed) -> None:
        if len(self._waiting) >= QUEUE:
            self._lost += 1
        else:
            self._waiting.append(deed)

    def _write(self) -> bool:
        now = self._clock.now()
        with self._lock:
            for deed in (*self._refusals.over(now), *self._reads.over(now)):
                self._put(deed)
            waiting = list(self._waiting)
            lost = self._lost
        if lost:
            waiting.append(Deed(now, SERVER.named("audit"), "rows were lost", times=lost))
        if not waiting:
            return False
        try:
            self._witness = self._store.append(waiting)
        except StoreFailed as failure:
            if self.trouble is None:
                log.error("the audit log takes no rows, trying on: %s", failure)
            self.trouble = str(failure)
            return False
        with self._lock:
            for _ in range(len(waiting) - bool(lost)):
                self._waiting.popleft()
            self._lost -= lost
        if self.trouble is not None:
            log.info("the audit log takes rows again")
        self.trouble = None
        return True

    def _written_page(self, query: AuditQuery, before: int | None, most: int) -> list[AuditRow]:
        self.write()
        return self._store.page(query, before, most)

    def _check(self, witnesses: Mapping[int, str]) -> AuditCheck:
        self.write()
        head = self._store.head()
        own = {self._witness.seq: self._witness.hash} if self._witness.seq else {}
        found = check(self._all_rows(head.seq), head, _Late(self._store), {**witnesses, **own})
        beyond = self._store.rows(head.seq, LARGEST, 1)
        if beyond and self._store.head().seq < beyond[0].seq:  # else it was appended meanwhile
            at_end = Broken(beyond[0].seq, f"the chain is said to end at {head.seq}")
            found = structs.replace(found, ok=False, broken=[*found.broken, at_end])
        return found

    def _all_rows(self, to: int) -> Iterator[AuditRow]:
        after = 0
        while page := self._store.rows(after, to, PAGE):
            yield from page
            after = page[-1].seq


class _Late:
    """The removals as they are when somebody asks for them."""

    def __init__(self, store: AuditStore) -> None:
        self._store = store

    def __iter__(self) -> Iterator[Removal]:
        return iter(self._store.removals())
