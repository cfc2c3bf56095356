"""What the server needs from outside: a database and a way to the agents."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from microsip_manager.server.presence import Flip
from microsip_manager.wire.clients import AgentStatus, ClientState
from microsip_manager.wire.commands import DndAnswer
from microsip_manager.wire.messages import DisplayMessage, MessageAnswer, MessageReport
from microsip_manager.wire.phone_settings import GetSetting, SettingsAnswer


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

    async def get_setting(self, client: ClientState, wish: GetSetting) -> SettingsAnswer:
        """Read settings of MicroSIP; raises `AgentSilent` and `AgentRefused`."""
        ...

    async def display_message(self, client: ClientState, message: DisplayMessage) -> MessageAnswer:
        """Show a message to the user; raises `AgentSilent`. When that was too late it may be shown all the same."""
        ...

    async def message(self, client: ClientState, id: str) -> MessageReport:
        """What became of a message; raises `AgentSilent` and `AgentRefused`."""
        ...
