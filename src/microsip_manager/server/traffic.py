"""What comes in, counted: plain numbers, which every request may raise."""

from __future__ import annotations

from collections import Counter


class Traffic:
    """Since the start of this server. Belongs to the thread of the event loop."""

    __slots__ = ("heartbeats", "refused")

    def __init__(self) -> None:
        self.heartbeats = 0
        """Those by HTTP; the hub counts those over links."""
        self.refused: Counter[int] = Counter()
        """Requests answered 401, 403 and 429, by that status."""
