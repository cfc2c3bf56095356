"""What is known of a client: the server's list, the agent's report, and the answer to a live question."""

from __future__ import annotations

import enum
from typing import Annotated

from msgspec import Meta, Struct

from microsip_manager.wire.codec import Decoder
from microsip_manager.wire.commands import Detail
from microsip_manager.wire.desired import Desired
from microsip_manager.wire.heartbeat import Port
from microsip_manager.wire.moment import Moment
from microsip_manager.wire.names import Extension, Hostname, Version, check_hostname, check_printable
from microsip_manager.wire.phone import PhoneStatus
from microsip_manager.wire.phone_state import PhoneState, ShownPhone

Seconds = Annotated[float, Meta(description="seconds", examples=[0.0])]
NoRingReason = Annotated[
    str, Meta(description="Why a call would not ring there, in one sentence; empty when it would, as far as is known.")
]

AlsoAt = Annotated[
    str,
    Meta(
        description="Where another PC of the same name is heard from, in turn with this one; empty when there is none.",
        examples=["192.0.2.18, port 8084"],
    ),
]


class NoRingCode(enum.Enum):
    """Why a call would not ring, for programs: each code has one sentence in `no_ring_reason`."""

    UNHEARD = "unheard"
    """Nothing is heard of the PC."""
    CLOSED = "closed"
    """MicroSIP is closed."""
    CLOSED_OR_OFF = "closed_or_off"
    """After a restart of the server nobody knows which of both."""
    DND = "dnd"
    CONNECTING = "connecting"
    """It is not registered yet."""
    WRONG_PASSWORD = "wrong_password"  # noqa: S105 - a reason and no secret
    NOT_REGISTERED = "not_registered"
    """Its telephone server does not answer or refuses."""
    NO_ACCOUNT = "no_account"
    NO_SECOND_CALL = "no_second_call"
    """There is a call, and MicroSIP takes no second one."""
    DENIES_ALL = "denies_all"
    FORWARDED = "forwarded"
    """Every call goes elsewhere at once."""
    ANSWERED = "answered"
    """MicroSIP itself answers every call at once."""
    SILENT = "silent"
    """It rings without a sound."""


class AgentState(enum.Enum):
    """Whether the agent of a client is there: a closed MicroSIP and a PC that is off are not the same."""

    CONNECTED = "connected"
    """MicroSIP runs, and its agent is heard."""
    ASLEEP = "asleep"
    """The agent is heard and waits for MicroSIP to be started. Only an agent with a link tells so."""
    LOST = "lost"
    """Nothing is heard: the PC is off or cut off, or its agent without a link waits for MicroSIP."""


class ClientState(Struct, frozen=True, gc=False):
    """One row of `GET /api/clients`. Times are the server's."""

    hostname: Hostname
    extension: Extension
    status: PhoneStatus
    status_since: Moment
    last_seen: Moment
    address: str
    """The address the last heartbeat came from."""
    port: Port
    agent_version: Version
    simulated: bool
    """True for an agent that has a simulated MicroSIP instead of a real one."""
    agent: AgentState = AgentState.LOST
    phone: ShownPhone | None = None
    """More of MicroSIP than its status; null while offline, after a restart of the server and of an old agent."""
    no_ring_reason: NoRingReason = ""
    no_ring_code: NoRingCode | None = None
    """Null when it would ring, as far as is known."""
    desired: Desired | None = None
    """The wish for its DND; null when there is none."""
    also_at: AlsoAt = ""
    clone: bool = False
    """True for each of two machines that use the key of one agent at the same time."""


class AgentStatus(Struct, frozen=True):
    """`GET /api/status` of the agent: the truth on that PC at this moment."""

    hostname: Hostname
    extension: Extension
    status: PhoneStatus
    microsip_running: bool
    dnd: bool | None
    """The DND button; null when it could not be read or does not exist (the detail says which)."""
    agent_version: Version
    simulated: bool = False
    detail: Detail = ""
    phone: PhoneState | None = None

    def __post_init__(self) -> None:
        check_hostname(self.hostname)
        check_printable(self.extension, "extension")
        check_printable(self.agent_version, "agent_version")


class Source(enum.Enum):
    """Where a status comes from."""

    LIVE = "live"
    LAST_KNOWN = "last_known"


class ClientStatus(Struct, frozen=True):
    """`GET /api/clients/{hostname}/status` of the server."""

    hostname: Hostname
    extension: Extension
    status: PhoneStatus
    source: Source
    age: Seconds
    """Seconds since the client said so: 0 for a live answer."""
    last_seen: Moment
    dnd: bool | None
    detail: Detail = ""
    """Why there is no live answer, or what the agent wants known."""
    phone: ShownPhone | None = None
    no_ring_reason: NoRingReason = ""
    no_ring_code: NoRingCode | None = None
    """Null when it would ring, as far as is known."""


decode_agent_status = Decoder(AgentStatus)
