"""What the server needs from outside: a database and a way to the agents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from microsip_manager.server.call_query import CallQuery, Place
from microsip_manager.server.presence import Flip
from microsip_manager.server.statistics import CallCount, Change
from microsip_manager.wire.calls import Call
from microsip_manager.wire.clients import AgentStatus, ClientState
from microsip_manager.wire.commands import DndAnswer
from microsip_manager.wire.events import Event
from microsip_manager.wire.messages import DisplayMessage, MessageAnswer, MessageReport
from microsip_manager.wire.phone_settings import GetSetting, SettingsAnswer
from microsip_manager.wire.telephone import TelephoneAnswer, TelephoneCommand


class ClientStore(Protocol):
    """Remembers the last known state of every client, without that of its phone, and each change of status."""

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

    async def telephone(self, client: ClientState, command: TelephoneCommand) -> TelephoneAnswer:
        """Have MicroSIP do something, sent once at most. Always answers: what prevented it is the outcome."""
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


class EventBus(Protocol):
    """Carries what happened to whoever listens. For the thread of the event loop only."""

    def publish(self, event: Event) -> None:
        """Tell every listener, at once and in the order of their coming. Raises nothing."""
        ...

    def subscribe(self, hear: Callable[[Event], None]) -> Callable[[], None]:
        """Have `hear` called with each event from now on, quickly and without waiting; returns what ends that."""
        ...


class Reading(Protocol):
    """One moment's view of what is stored. `client_key` narrows a question to one client; None asks of all.

    Every question may raise `StoreFailed`. A stretch of time contains its start and not its end.
    """

    def has_calls_of(self, client_key: str) -> bool: ...

    def calls_by_client(
        self, start: datetime, end: datetime, client_key: str | None
    ) -> Iterator[tuple[str, str, CallCount]]:
        """The calls that started in this time: key, hostname as in its calls, and a count for each direction."""
        ...

    def calls_by_hour(self, cuts: Sequence[datetime], client_key: str | None) -> Iterator[tuple[int, CallCount]]:
        """The calls that started between two neighbouring cuts: number of the first of them, and a count."""
        ...

    def last_changes_before(self, moment: datetime, client_key: str | None) -> dict[str, Change]:
        """By key, what gave each known client the status it had when `moment` came."""
        ...

    def changes(self, start: datetime, end: datetime, client_key: str | None) -> Iterator[Change]:
        """The changes of status of the known clients in this time: client by client, each in order of time."""
        ...


class History(Protocol):
    """Calls and changes of status, counted where that is cheaper than carrying them."""

    def reading(self) -> AbstractContextManager[Reading]:
        """What is written while it is open is not seen in it; raises `StoreFailed`, also from inside."""
        ...
