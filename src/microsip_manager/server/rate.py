"""How often somebody may ask. Pure: moments are given."""

from __future__ import annotations

from collections import OrderedDict

MOST_KNOWN = 100_000
"""Callers remembered; whoever has been quiet for the longest is forgotten first, and begins anew."""


class Rates:
    """A bucket for each caller: so many requests at once, and so many a second for ever."""

    def __init__(self, burst: float, per_second: float, most: int = MOST_KNOWN) -> None:
        self._step = 1 / per_second
        self._room = burst / per_second
        self._most = most
        self._full_at: OrderedDict[str, float] = OrderedDict()
        """When each bucket would be full again if nothing more came: all that is to be known of it."""

    def __len__(self) -> int:
        return len(self._full_at)

    def wait(self, who: str, now: float) -> float:
        """0, and the request counts; else the seconds after which the next one is taken, and it does not."""
        full_at = self._full_at.get(who, now)
        full_at = (full_at if full_at > now else now) + self._step
        too_early = full_at - now - self._room
        if too_early > 1e-9:
            return too_early
        self._full_at[who] = full_at
        self._full_at.move_to_end(who)
        if len(self._full_at) > self._most:
            self._full_at.popitem(last=False)
        return 0.0
