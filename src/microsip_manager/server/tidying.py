"""Old records go, a few at a time, and hold nobody up."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from microsip_manager.server.errors import NotReady

log = logging.getLogger(__name__)

PURGE_STEP = 500
"""Records removed at a time: short enough that nobody waits for it."""

PURGE_EVERY, PURGE_PAUSE = 600.0, 0.2
"""Seconds between two purges, and between the steps of one."""

Wait = Callable[[float], Awaitable[bool]]
"""Sleeps for so many seconds; True when it is time to stop."""


async def keep_tidy(what: str, step: Callable[[], Awaitable[bool]], wait: Wait) -> None:
    """Take steps from time to time until `wait` says stop; one that finds more to do has the next follow soon."""
    pause = PURGE_PAUSE
    while not await wait(pause):
        try:
            pause = PURGE_PAUSE if await step() else PURGE_EVERY
        except NotReady as error:
            log.error("old %s cannot be removed at present: %s", what, error)
            pause = PURGE_EVERY
