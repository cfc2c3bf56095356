"""What would be logged again and again about one subject is logged once a minute. Pure: moments are given."""

from __future__ import annotations

EVERY = 60.0
"""Seconds."""

MOST = 1000
"""Subjects of one minute; of more of them nothing is logged, whoever invents them."""


class Seldom:
    def __init__(self) -> None:
        self._told_at: dict[str, float] = {}

    def may_tell(self, about: str, now: float) -> bool:
        """Whether it is time for a line about this one; then it counts as told."""
        if now < self._told_at.get(about, float("-inf")) + EVERY:
            return False
        if len(self._told_at) >= MOST:
            self._told_at = {other: told for other, told in self._told_at.items() if now < told + EVERY}
            if len(self._told_at) >= MOST:
                return False
        self._told_at[about] = now
        return True
