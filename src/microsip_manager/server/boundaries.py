"""What the server needs from outside: a database and a way to the agents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from microsip_manager.server.call_query import CallQuery, Place
from microsip_manager.server.change_place import ChangePlace
from microsip_manager.server.presence import Flip
from microsip_manager.server.schedule import RunClient, ScheduledRun
from microsip_manager.server.statistics import CallCount, Change
from microsip_manager.server.webhook_book import Counts, KeptDelivery, KeptWebhook
from microsip_manager.server.wish import Wish
from microsip_manager.wire.calls import Call
from microsip_manager.wire.clients import AgentStatus, ClientState
from microsip_manager.wire.command_log import CommandRecord
from microsip_manager.wire.commands import DndAnswer
from microsip_manager.wire.events import Event
from microsip_manager.wire.groups import Group, GroupSize
from microsip_manager.wire.history import StatusChange
from microsip_manager.wire.messages import DisplayMessage, MessageAnswer, MessageReport
from microsip_manager.wire.phone_settings import GetSetting, SettingsAnswer
from microsip_manager.wire.schedules import RunState, Schedule
from microsip_manager.wire.telephone import TelephoneAnswer, TelephoneCommand
from microsip_manager.wire.webhooks import DeliveryState

WISHES_KEPT = 20
"""Wishes of a client that ended and are remembered."""


class ClientStore(Protocol):
    """Remembers the last known state of every client, each change of status, and what clients were asked.

    Neither the live state of its phone nor what is wished of it, for which see `WishStore`, is kept here.
    """

    def load(self) -> list[ClientState]:
        """All clients as last written; raises `StoreFailed`."""
        ...

    def write(
        self, clients: Iterable[ClientState], flips: Iterable[Flip], commands: Iterable[CommandRecord] = ()
    ) -> None:
        """Commit all or nothing; raises `StoreFailed`. A client or command written before is brought up to date."""
        ...

    def commands(self, hostname: str, before: datetime, most: int) -> list[CommandRecord]:
        """What was asked of one client before a moment, the newest first; raises `StoreFailed`."""
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


class WishStore(Protocol):
    """Remembers the wishes for DND: one of each client that holds, and the last that ended. Its verbs block."""

    def current(self) -> list[Wish]:
        """The wishes that have not ended; raises `StoreFailed`."""
        ...

    def write(self, *wishes: Wish) -> None:
        """Commit all or nothing, each in place of what was stored of it; raises `StoreFailed`.

        What ended makes room first, in whatever order they come. Of each client the last `WISHES_KEPT` that ended
        are kept.
        """
        ...

    def ended(self, hostname: str) -> list[Wish]:
        """The wishes of a client that ended, newest first; raises `StoreFailed`."""
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


class Transitions(Protocol):
    """The changes of status that are written, one by one. Its verb blocks, and may be called by several threads."""

    def page(
        self, client_key: str, begin: datetime | None, end: datetime | None, after: ChangePlace | None, most: int
    ) -> list[StatusChange]:
        """The newest changes of one client at or after `begin` and before `end`, from behind a place on.

        Raises `StoreFailed`.
        """
        ...


class WebhookStore(Protocol):
    """Remembers webhooks and their deliveries. Its verbs block, may be called by several threads, and raise
    `StoreFailed`."""

    def webhooks(self) -> list[KeptWebhook]:
        """All, the oldest first."""
        ...

    def add(self, webhook: KeptWebhook, first: KeptDelivery) -> None: ...

    def remove(self, id: str) -> None:
        """With all its deliveries."""
        ...

    def counts(self) -> dict[str, Counts]:
        """By the ids of the webhooks."""
        ...

    def lose(self, id: str, events: int) -> None:
        """Count events that were not taken in."""
        ...

    def keep(self, deliveries: Sequence[KeptDelivery]) -> None:
        """Take in deliveries that are new. Those of webhooks that are gone by now are passed over."""
        ...

    def change(self, delivery: KeptDelivery) -> None:
        """Write what became of a delivery, if it is still there."""
        ...

    def with_due(self, now: datetime) -> list[str]:
        """The ids of the webhooks that have deliveries to be made now."""
        ...

    def due(self, webhook_id: str, now: datetime, most: int) -> list[KeptDelivery]:
        """The oldest of those to be made now."""
        ...

    def delivery(self, webhook_id: str, id: str) -> KeptDelivery | None: ...

    def page(self, webhook_id: str, state: DeliveryState | None, before: int | None, most: int) -> list[KeptDelivery]:
        """The newest deliveries of a webhook with a number below `before`."""
        ...

    def purge(self, state: DeliveryState, before: datetime, most: int) -> int:
        """Remove at most so many that are in this state and were made before this moment; how many there were."""
        ...


class Receivers(Protocol):
    """Whom webhooks call."""

    async def check(self, url: str) -> None:
        """Raises `ReceiverFailed` for a URL that leads to nobody who may be called."""
        ...

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """The HTTP status of the answer; raises `ReceiverFailed` when there is none, or nobody may be called."""


class GroupStore(Protocol):
    """Remembers groups and labels; either may name a client nobody has heard of. Its verbs block.

    Names and hostnames are the same in upper and lower case. Every verb commits all or nothing and may raise
    `StoreFailed`.
    """

    def groups(self) -> list[GroupSize]:
        """All groups by name."""
        ...

    def groups_with_members(self) -> list[Group]:
        """All groups by name, each with its members by name."""
        ...

    def group(self, name: str) -> Group | None: ...

    def put(self, group: Group) -> None:
        """Make the group, or give it this spelling and these members instead of its own."""
        ...

    def change(self, name: str, add: Sequence[str], remove: Sequence[str]) -> Group | None:
        """The group with these members more and those less; whoever is in both leaves. None: there is no such group."""
        ...

    def remove(self, name: str) -> Group | None:
        """The group as it was; None if there was none."""
        ...

    def labels(self, hostname: str) -> dict[str, str]:
        """Label and value, by label."""
        ...

    def change_labels(self, hostname: str, changes: Mapping[str, str | None]) -> dict[str, str]:
        """Set these labels, take away those with None; the labels that the client has then."""
        ...

    def labelled(self, name: str, value: str | None) -> set[str]:
        """The keys of the clients with this label, whatever its value where that is None."""
        ...


class ScheduleStore(Protocol):
    """Remembers schedules and their runs, for all servers of one database. Its verbs block.

    Every verb commits all or nothing and may raise `StoreFailed`.
    """

    def schedules(self) -> list[Schedule]:
        """All by name."""
        ...

    def put(self, schedule: Schedule) -> None:
        """Keep this one, in place of the one of its name."""
        ...

    def remove(self, name: str, now: datetime) -> Schedule | None:
        """The schedule as it was, None if there was none; a run of it that is on ends now."""
        ...

    def claim(self, run: ScheduledRun, clients: Sequence[RunClient]) -> bool:
        """Write down the run with its clients; False, and nothing written, when some server has done so before."""
        ...

    def claimed(self, since: datetime) -> set[str]:
        """The ids of all runs that start since then."""
        ...

    def move(self, run: ScheduledRun, state: RunState, busy_until: datetime | None, detail: str = "") -> bool:
        """Bring the run to this state; False, and nothing changed, when it is no longer as given."""
        ...

    def under_way(self) -> list[ScheduledRun]:
        """The runs that are neither done nor skipped, the first to start first."""
        ...

    def clients(self, run_id: str) -> list[RunClient]:
        """By hostname."""
        ...

    def note(self, run_id: str, clients: Sequence[RunClient]) -> None:
        """Bring these clients of the run up to date; only what differs from None and False changes."""
        ...

    def runs(self, name: str, most: int) -> list[ScheduledRun]:
        """The newest runs of this schedule, the last to start first."""
        ...

    def purge(self, before: datetime) -> None:
        """Forget the runs that were over before."""
        ...
