"""A `ClientStore` in memory, which can be told to fail. `tests/contracts` holds it to what the real one does."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from microsip_manager.server.errors import StoreFailed
from microsip_manager.server.presence import Flip
from microsip_manager.wire.clients import ClientState
from microsip_manager.wire.names import hostname_key


class MemoryStore:
    def __init__(self) -> None:
        self._clients: dict[str, ClientState] = {}
        self._flips: list[Flip] = []
        self.fails_with: str | None = None
        self.writes = 0

    def load(self) -> list[ClientState]:
        return list(self._clients.values())

    def write(self, clients: Iterable[ClientState], flips: Iterable[Flip]) -> None:
        if self.fails_with:
            raise StoreFailed(self.fails_with)
        self.writes += 1
        # The live state of the phone is not kept.
        kept = [msgspec.structs.replace(client, phone=None, no_ring_reason="") for client in clients]
        self._clients.update({hostname_key(client.hostname): client for client in kept})
        self._flips.extend(flips)

    def transitions(self, hostname: str) -> list[Flip]:
        return [flip for flip in self._flips if hostname_key(flip.hostname) == hostname_key(hostname)]
