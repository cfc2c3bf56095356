"""The server's clock, as its answers tell it. The PC's own is often wrong and is not asked at all."""

from __future__ import annotations

import threading
from datetime import UTC

from microsip_manager.clock import Clock

DATE_LAG = 2.0
"""Seconds by which the `Date` of an answer may lag behind: it has whole seconds, and servers write it once in one."""

LATEST = 10**10
"""Seconds since 1970; no signature has a later time."""

FRESH_SECONDS = 30.0
"""How long what was heard is not worth asking for again. Two clocks drift apart by a second or two in a day."""


class ServerClock:
    """Begin it once no earlier agent of this PC can take a request any more. Any thread may ask."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._started = clock.monotonic()
        self._lock = threading.Lock()
        self._ahead: float | None = None
        """The server's clock minus our monotonic one, at least."""
        self._ahead_at_most = 0.0
        self._heard_at = float("-inf")

    def heard(self, date: str, asked: float) -> None:
        """A server's answer, to what was asked at this moment of the monotonic clock, has this `Date`."""
        # Only an agent that speaks with its server needs it, and the HTTP client has brought it in by then.
        from email.utils import parsedate_to_datetime

        try:
            told = parsedate_to_datetime(date).replace(tzinfo=UTC).timestamp()
        except (ValueError, OverflowError):
            return
        if not 0 <= told < LATEST:
            return
        now = self._clock.monotonic()
        with self._lock:
            self._ahead = told - now
            self._ahead_at_most = told + DATE_LAG - asked
            self._heard_at = now

    def is_fresh(self) -> bool:
        return self._clock.monotonic() < self._heard_at + FRESH_SECONDS

    def now(self) -> float | None:
        """Seconds since 1970 by the server's clock, a little late; None until it was heard."""
        with self._lock:
            return None if self._ahead is None else self._clock.monotonic() + self._ahead

    def started(self) -> float | None:
        """When this agent had started for certain, by the same clock."""
        with self._lock:
            return None if self._ahead is None else self._started + self._ahead_at_most
