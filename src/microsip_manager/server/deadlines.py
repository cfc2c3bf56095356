"""Until when each client is waited for. Pure: moments are given."""

from __future__ import annotations

from collections import OrderedDict


class Deadlines:
    """All clients here have the same patience, so the order in which they were heard is that of their deadlines."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._until: OrderedDict[str, float] = OrderedDict()

    def heard(self, key: str, now: float) -> None:
        self._until[key] = now + self._patience
        self._until.move_to_end(key)

    def forget(self, key: str) -> None:
        self._until.pop(key, None)

    def first(self) -> float | None:
        """The next deadline."""
        return next(iter(self._until.values()), None)

    def take_first(self) -> str:
        return self._until.popitem(last=False)[0]

    def grant_grace(self, now: float) -> None:
        """Wait anew for everyone."""
        for key in self._until:
            self._until[key] = now + self._patience

    def keys(self) -> list[str]:
        return list(self._until)
