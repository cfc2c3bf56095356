"""How agents become known to the servers: by a join token, or by an administrator who lets them in.

An agent makes its key by itself and keeps it before it sends it. So whatever it says here may be said again, after a
crash or a lost answer, with the same result.
"""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from microsip_manager.wire.codec import Decoder
from microsip_manager.wire.identity import Name
from microsip_manager.wire.join_token import LONGEST, Servers, check_servers
from microsip_manager.wire.names import Hostname, check_hostname, check_name, check_printable

AGENT_KEY_PREFIX = "mma_"
"""What the keys of agents begin with."""

MOST_USES = 100_000
MOST_HOURS = 8760
ENROL_LIMIT = 16384
"""Bytes of one message of this page."""

AgentKey = Annotated[
    str,
    Meta(
        pattern="^mma_[A-Za-z0-9_-]{43}$",
        description="Made by the agent: 256 bits by chance. The servers keep its SHA-256 only.",
    ),
]
SessionUser = Annotated[str, Meta(max_length=104, description="Of the session in which the agent runs; may be empty.")]
Uses = Annotated[int, Meta(ge=1, le=MOST_USES, description="How many agents it lets in.")]
Hours = Annotated[int, Meta(ge=1, le=MOST_HOURS, description="How long it is good.")]


class NewJoinToken(Struct, frozen=True, forbid_unknown_fields=True):
    """A token that agents will show once, to get a key of their own."""

    name: Annotated[Name, Meta(description="What it is for", examples=["office in Kazan"])]
    uses: Uses = 1
    hours: Hours = 24
    servers: Servers = []
    """None: what the setting JOIN_SERVERS says, or this machine's own addresses."""

    def __post_init__(self) -> None:
        check_name(self.name, "name")
        check_servers(self.servers)


class JoinTokenState(Struct, frozen=True):
    """What is told of a join token; itself it is shown once, when it is made."""

    id: str
    name: str
    uses: int
    used: int
    created_at: datetime
    created_by: str
    expires_at: datetime


class CreatedJoinToken(Struct, frozen=True):
    join_token: str
    """The one text to copy. It is not kept and cannot be shown again."""
    about: JoinTokenState


class _Newcomer(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    key: AgentKey
    hostname: Hostname
    session_user: SessionUser = ""

    def __post_init__(self) -> None:
        check_hostname(self.hostname)
        check_printable(self.session_user, "session_user")


class Enrol(_Newcomer, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An agent that has a join token."""

    join_token: Annotated[str, Meta(max_length=LONGEST)]


class AskToJoin(_Newcomer, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An agent that has none."""


class Enrolled(Struct, frozen=True):
    """The answer to an agent that is known from now on by its key."""

    id: str
    name: Hostname
    """Of its client: what it calls itself from now on."""
    servers: Servers = []
    """Which it should use; none: those it knows."""

    def __post_init__(self) -> None:
        check_hostname(self.name)
        check_servers(self.servers)


class AskState(enum.Enum):
    WAITING = "waiting"
    """An administrator has yet to say yes or no; ask again."""
    ENROLLED = "enrolled"
    REFUSED = "refused"
    """An administrator has said no; it lasts for a day."""
    OPEN = "open"
    """This server knows no accounts and needs no keys."""


class Asked(Struct, frozen=True):
    """The answer to an agent that asks to be let in."""

    state: AskState
    code: str | None = None
    """Shown on both sides, so that the administrator knows which PC it is."""
    enrolled: Enrolled | None = None


class PendingAgent(Struct, frozen=True):
    """An agent that waits to be let in. All but the address and the code is what it says of itself."""

    id: str
    code: str
    hostname: str
    session_user: str
    address: str
    asked_at: datetime
    expires_at: datetime


class Agent(Struct, frozen=True):
    """An agent that has been let in."""

    id: str
    name: str
    """Of its client."""
    hostname: str
    """What the PC calls itself."""
    session_user: str
    address: str
    """Where it came from when it was let in."""
    enrolled_at: datetime
    enrolled_by: str
    """The join token it showed, or who approved it."""
    key_since: datetime
    last_used_at: datetime | None = None
    """When this server heard its key last, since the start of the server."""


class NewKey(Struct, frozen=True, forbid_unknown_fields=True):
    """The key that an agent will use from now on; the old one is good until the new one was used."""

    key: AgentKey


decode_new_join_token = Decoder(NewJoinToken)
decode_created_join_token = Decoder(CreatedJoinToken)
decode_enrol = Decoder(Enrol)
decode_ask_to_join = Decoder(AskToJoin)
decode_enrolled = Decoder(Enrolled)
decode_asked = Decoder(Asked)
decode_new_key = Decoder(NewKey)
