"""How late the event loop is: everything that comes in waits as long as this."""

from __future__ import annotations

from collections import deque

from microsip_manager.clock import Clock
from microsip_manager.server.watchdog import Wait

EVERY = 0.5
"""Seconds between two looks."""

REMEMBERED = 60
"""Looks; half a minute, so that whoever asks seldom sees what happened meanwhile."""


class LoopLag:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._late: deque[float] = deque(maxlen=REMEMBERED)

    @property
    def longest(self) -> float:
        """Seconds, of the last half minute."""
        return max(self._late, default=0.0)

    async def measure(self, wait: Wait) -> None:
        """Look until `wait` says stop."""
        while True:
            due = self._clock.monotonic() + EVERY
            if await wait(EVERY):
                return
            self._late.append(max(0.0, self._clock.monotonic() - due))
