"""What would be told again and again of one client is told once a minute. Pure: moments are given."""

from __future__ import annotations

EVERY = 60.0
"""Seconds."""


class Seldom:
    def __init__(self) -> None:
        self._told_at: dict[str, float] = {}

    def may_tell(self, key: str, now: float) -> bool:
        """Whether it is time to tell it of this client; then it counts as told."""
        if now < self._told_at.get(key, float("-inf")) + EVERY:
            return False
        self._told_at[key] = now
        return True
