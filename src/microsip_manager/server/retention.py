"""How long changes of status and commands are remembered."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from microsip_manager.clock import Clock
from microsip_manager.server.blocking import in_thread
from microsip_manager.server.tidying import PURGE_STEP, Wait, keep_tidy


class Purge(Protocol):
    def __call__(self, before: datetime, most: int) -> int:
        """Remove at most so many records from before this moment; how many there were. Raises `StoreFailed`."""
        ...


@dataclass(frozen=True)
class Kept:
    """One kind of records."""

    what: str
    days: int
    purge: Purge


class Retention:
    """Runs on the event loop and leaves the database to threads."""

    def __init__(self, kept: Sequence[Kept], clock: Clock) -> None:
        self._kept = kept
        self._clock = clock

    async def keep_tidy(self, wait: Wait) -> None:
        """Remove what is too old from time to time, until `wait` says stop."""
        await asyncio.gather(*(keep_tidy(each.what, partial(self._step, each), wait) for each in self._kept))

    async def _step(self, kept: Kept) -> bool:
        """Remove a few. True if there may be more."""
        before = self._clock.now() - timedelta(days=kept.days)
        return await in_thread(kept.purge, before, PURGE_STEP) == PURGE_STEP
