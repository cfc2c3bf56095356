"""A `WishStore` in memory, which can be told to fail. `tests/contracts` holds it to what the real one does."""

from __future__ import annotations

from microsip_manager.server.boundaries import WISHES_KEPT
from microsip_manager.server.errors import StoreFailed
from microsip_manager.server.wish import Wish
from microsip_manager.wire.names import hostname_key


class MemoryWishStore:
    def __init__(self) -> None:
        self._wishes: dict[str, Wish] = {}
        self.fails_with: str | None = None
        self.writes = 0

    def current(self) -> list[Wish]:
        self._check()
        return [wish for wish in self._wishes.values() if wish.ended_at is None]

    def write(self, *wishes: Wish) -> None:
        self._check()
        after = self._wishes | {wish.id: wish for wish in wishes}
        living = [hostname_key(wish.hostname) for wish in after.values() if wish.ended_at is None]
        if len(living) != len(set(living)):
            raise StoreFailed("a client would have two wishes")
        self._wishes = after
        self.writes += 1
        for wish in wishes:
            for surplus in self.ended(wish.hostname)[WISHES_KEPT:]:
                del self._wishes[surplus.id]

    def ended(self, hostname: str) -> list[Wish]:
        self._check()
        key = hostname_key(hostname)
        found = [
            (wish.ended_at, wish.asked_at, wish)
            for wish in self._wishes.values()
            if hostname_key(wish.hostname) == key and wish.ended_at is not None
        ]
        return [wish for _, _, wish in sorted(found, key=lambda each: each[:2], reverse=True)]

    def _check(self) -> None:
        if self.fails_with:
            raise StoreFailed(self.fails_with)
