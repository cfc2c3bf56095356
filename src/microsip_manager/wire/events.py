"""What a server tells those who listen: one message for each thing that happened.

Another kind of event is a struct with a `hostname` and a tag of its own, a member of `EventKind` and a part of `Event`.
"""

from __future__ import annotations

import enum
from typing import get_args

from msgspec import Struct

from microsip_manager.wire.calls import Call
from microsip_manager.wire.clients import ClientState
from microsip_manager.wire.command_log import CommandRecord
from microsip_manager.wire.enrolment import Agent, PendingAgent
from microsip_manager.wire.phone import PhoneStatus


class EventKind(enum.Enum):
    """The tags of the events, for those who want only some."""

    CLIENT = "client"
    CALL = "call"
    COMMAND = "command"
    AGENT = "agent"
    """For administrators alone."""


class ClientChanged(Struct, frozen=True, tag_field="event", tag=EventKind.CLIENT.value):
    """More than the time of the last heartbeat has changed; sent also for a client that is new."""

    client: ClientState
    before: PhoneStatus | None
    """Its status before; None for a client seen for the first time."""

    @property
    def hostname(self) -> str:
        return self.client.hostname

    @property
    def statuses(self) -> tuple[PhoneStatus | None, ...]:
        """The statuses that this concerns: who watches one wants to see clients come into it and leave it."""
        return self.client.status, self.before


class CallStored(Struct, frozen=True, tag_field="event", tag=EventKind.CALL.value):
    """A call began, changed or ended, and is in the database. After a restart of the server it may be told again."""

    call: Call

    @property
    def hostname(self) -> str:
        return self.call.hostname

    @property
    def statuses(self) -> tuple[PhoneStatus | None, ...]:
        """None: it is no matter of a status."""
        return ()


class CommandEnded(Struct, frozen=True, tag_field="event", tag=EventKind.COMMAND.value):
    """A command has its outcome; told again when an answer comes after its deadline."""

    command: CommandRecord

    @property
    def hostname(self) -> str:
        return self.command.hostname

    @property
    def statuses(self) -> tuple[PhoneStatus | None, ...]:
        """None: it is no matter of a status."""
        return ()


class AgentChange(enum.Enum):
    """What has become of an agent."""

    ASKED = "asked"
    """It waits for an administrator to let it in."""
    ENROLLED = "enrolled"
    """It was let in: by a join token or by an administrator. Told again to an agent that asks again who it is."""
    REFUSED = "refused"
    REVOKED = "revoked"
    """It was in, and its key is good for nothing any more."""


class AgentChanged(Struct, frozen=True, tag_field="event", tag=EventKind.AGENT.value):
    """An agent asks to be let in, comes in, or is put out. Never told to viewers and operators."""

    change: AgentChange
    waiting: PendingAgent | None = None
    """The agent as it waited; null for one that is in, or was."""
    agent: Agent | None = None
    """The agent as it is, or was; null for one that was not let in."""

    @property
    def hostname(self) -> str:
        if self.agent is not None:
            return self.agent.name
        return self.waiting.hostname if self.waiting is not None else ""

    @property
    def statuses(self) -> tuple[PhoneStatus | None, ...]:
        """None: it is no matter of a status."""
        return ()


Event = ClientChanged | CallStored | CommandEnded | AgentChanged


class Snapshot(Struct, frozen=True, tag_field="event", tag="snapshot"):
    """What a reader of the stream starts from, in place of all that it has missed."""

    clients: list[ClientState]
    """Empty for a reader that wants no events of clients."""


class EndReason(enum.Enum):
    """Why the server ends a stream of events."""

    TOO_SLOW = "too_slow"
    """The reader fell behind what the server keeps."""
    SHUTDOWN = "shutdown"


class StreamEnd(Struct, frozen=True, tag_field="event", tag="end"):
    """The last event of a stream that the server ends. Whoever comes again goes on, or gets a new snapshot."""

    reason: EndReason


_KINDS = {kind: EventKind(kind.__struct_config__.tag) for kind in get_args(Event)}


def kind_of(event: Event) -> EventKind:
    return _KINDS[type(event)]
