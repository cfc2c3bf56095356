"""The one place that knows what time it is."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Two clocks: one to show to people, one to measure with."""

    def now(self) -> datetime:
        """The wall clock, in UTC. It may jump when somebody sets it."""
        ...

    def monotonic(self) -> float:
        """Seconds since some moment. Never goes back, so deadlines are kept in it."""
        ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    # Not wrapped: each heartbeat asks.
    monotonic = staticmethod(time.monotonic)
