"""A `ClientStore` in memory, which can be told to fail. `tests/contracts` holds it to what the real one does."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from msgspec import structs

from microsip_manager.server.errors import StoreFailed
from microsip_manager.server.presence import Flip
from microsip_manager.wire.clients import ClientState
from microsip_manager.wire.command_log import CommandRecord
from microsip_manager.wire.names import hostname_key


def kept(client: ClientState) -> ClientState:
    """Neither the live state of the phone nor what is wished of the client is."""
    return structs.replace(client, phone=None, no_ring_reason="", no_ring_code=None, desired=None, also_at="")


class MemoryStore:
    def __init__(self) -> None:
        self._clients: dict[str, ClientState] = {}
        self._flips: list[Flip] = []
        self._commands: dict[str, CommandRecord] = {}
        self.fails_with: str | None = None
        self.writes = 0

    def load(self) -> list[ClientState]:
        return list(self._clients.values())

    def write(
        self, clients: Iterable[ClientState], flips: Iterable[Flip], commands: Iterable[CommandRecord] = ()
    ) -> None:
        if self.fails_with:
            raise StoreFailed(self.fails_with)
        self.writes += 1
        written = {hostname_key(client.hostname): kept(client) for client in clients}
        self._clients.update(written)
        self._flips.extend(flips)
        self._commands.update({record.id: record for record in commands})

    def transitions(self, hostname: str) -> list[Flip]:
        return [flip for flip in self._flips if hostname_key(flip.hostname) == hostname_key(hostname)]

    def commands(self, hostname: str, before: datetime, most: int) -> list[CommandRecord]:
        key = hostname_key(hostname)
        found = [one for one in self._commands.values() if hostname_key(one.hostname) == key and one.asked_at < before]
        return sorted(found, key=lambda one: (one.asked_at, one.id), reverse=True)[:most]
