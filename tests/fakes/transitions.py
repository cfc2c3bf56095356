"""`Transitions` in memory, which can be told to fail. `tests/contracts` holds it to what the real one does."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from microsip_manager.server.change_place import ChangePlace
from microsip_manager.server.errors import StoreFailed
from microsip_manager.server.presence import Flip
from microsip_manager.wire.history import StatusChange
from microsip_manager.wire.names import hostname_key


class MemoryTransitions:
    def __init__(self) -> None:
        self._changes: list[tuple[str, StatusChange]] = []
        self.fails_with: str | None = None

    def write(self, flips: Iterable[Flip]) -> None:
        for flip in flips:
            change = StatusChange(len(self._changes) + 1, flip.before, flip.after, flip.at)
            self._changes.append((hostname_key(flip.hostname), change))

    def page(
        self, client_key: str, begin: datetime | None, end: datetime | None, after: ChangePlace | None, most: int
    ) -> list[StatusChange]:
        if self.fails_with:
            raise StoreFailed(self.fails_with)
        found = [
            change
            for key, change in self._changes
            if key == client_key
            and (begin is None or change.at >= begin)
            and (end is None or change.at < end)
            and (after is None or (change.at, change.id) < (after.at, after.id))
        ]
        return sorted(found, key=lambda change: (change.at, change.id), reverse=True)[:most]
