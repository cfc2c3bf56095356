"""What the server needs from outside: a database and a way to the agents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from microsip_manager.server.call_query import CallQuery, Place
from microsip_manager.server.presence import Flip
from microsip_manager.wire.calls import Call
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


class CallStore(Protocol):
    """Remembers calls. Its verbs block, and may be called by several threads."""

    def take(self, calls: Sequence[Call], received_at: datetime) -> list[str]:
        """Commit all or nothing; returns the ids that are stored now, without repeats. Raises `StoreFailed`.

        A call stored before is brought up to date, but an ended one neither lives again nor loses its note, and a
        client cannot change the call of another one: that id is then not among those returned.
        """
        ...

    def page(self, query: CallQuery, after: Place | None, most: int) -> list[Call]:
        """The newest calls that the query asks for, from behind that place on; raises `StoreFailed`."""
        ...

    def purge(self, before: datetime, most: int) -> int:
        """Remove at most so many calls that began before this moment, the oldest first; how many there were.

        Raises `StoreFailed`.
        """
        ...


class AgentLink(Protocol):
    """One way to speak with the agent of a client, at the address it was last heard from."""

    async def status(self, client: ClientState) -> AgentStatus:
        """Ask for the state at this moment; raises `AgentSilent`."""
        ...

    async def set_dnd(self, client: ClientState, enabled: bool) -> DndAnswer:
        """Switch Do Not Disturb. Always answers: what prevented it is the outcome."""
        ...
