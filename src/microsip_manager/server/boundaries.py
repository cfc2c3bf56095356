"""What the server needs from outside: a database and a way to the agents."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from microsip_manager.server.presence import Flip
from microsip_manager.wire.clients import AgentStatus, ClientState
from microsip_manager.wire.commands import DndAnswer


class ClientStore(Protocol):
    """Remembers the last known state of every client and each change of status."""

    def load(self) -> list[ClientState]:
        """All clients as last written; raises `StoreFailed`."""
        ...

    def write(self, clients: Iterable[ClientState], flips: Iterable[Flip]) -> None:
        """Commit all or nothing; raises `StoreFailed`."""
        ...


class AgentLink(Protocol):
    """One way to speak with the agent of a client, at the address it was last heard from."""

    async def status(self, client: ClientState) -> AgentStatus:
        """Ask for the state at this moment; raises `AgentSilent`."""
        ...

    async def set_dnd(self, client: ClientState, enabled: bool) -> DndAnswer:
        """Switch Do Not Disturb. Always answers: what prevented it is the outcome."""
        ...
