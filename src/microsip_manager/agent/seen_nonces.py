"""Which signed requests were carried out already, in a memory that is bounded and forgets nothing it should know."""

from __future__ import annotations

import heapq

MOST_NONCES = 1000


class SeenNonces:
    """Nonces with their times. Not for several threads at once."""

    def __init__(self, most: int = MOST_NONCES) -> None:
        self._most = most
        self._by_time: list[tuple[int, str]] = []
        self._known: set[tuple[int, str]] = set()
        self._forgotten = -1
        """The time up to which nonces may have been forgotten."""

    def is_new(self, time: int, nonce: str) -> bool:
        """True once for each time and nonce, and never for a time as old as one that was forgotten.

        A nonce is forgotten only to make room, not when it is old: should somebody set the server's clock back, old
        requests would look fresh again.
        """
        if time <= self._forgotten or (time, nonce) in self._known:
            return False
        self._known.add((time, nonce))
        heapq.heappush(self._by_time, (time, nonce))
        if len(self._by_time) > self._most:
            oldest = heapq.heappop(self._by_time)
            self._known.discard(oldest)
            self._forgotten = oldest[0]
        return True

    def __len__(self) -> int:
        return len(self._by_time)
