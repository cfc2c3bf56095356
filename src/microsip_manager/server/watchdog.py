"""The loop that notices silence."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from microsip_manager.clock import Clock
from microsip_manager.server.fleet import Fleet

log = logging.getLogger(__name__)

PAUSE = 1.0
STOOD_STILL = 2.0
"""Seconds of lateness from which on the silence is more likely ours than theirs."""

SAMPLE_EVERY = 60.0
"""Seconds between two writings of everybody's last heartbeat."""

Wait = Callable[[float], Awaitable[bool]]
"""Sleeps for so many seconds; True when it is time to stop."""


async def watch(fleet: Fleet, clock: Clock, wait: Wait) -> None:
    """Turn silent clients offline at their deadlines, until `wait` says stop."""
    sampled = clock.monotonic()
    while True:
        woken_at = clock.monotonic() + PAUSE
        if await wait(PAUSE):
            return
        late = clock.monotonic() - woken_at
        if late > STOOD_STILL:
            log.warning("this server stood still for %.0f s; every client gets a grace period", late)
            fleet.grant_grace()
        while fleet.let_time_pass():
            pass
        if clock.monotonic() - sampled >= SAMPLE_EVERY:
            fleet.sample_last_seen()
            sampled = clock.monotonic()
