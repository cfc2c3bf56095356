"""The heartbeat: what an agent sends every seven seconds while MicroSIP runs."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from microsip_manager.wire.codec import Decoder
from microsip_manager.wire.names import Extension, Hostname, Version, check_hostname, check_printable
from microsip_manager.wire.phone import HeartbeatCode
from microsip_manager.wire.phone_state import PhoneState

HEARTBEAT_LIMIT = 4096
"""Bytes. The largest legal heartbeat, with a hostname of 255 escaped characters, stays below it."""

AGENT_PORT = 8084
MISSED_HEARTBEATS = 3
"""A client is offline after this many heartbeats that did not come."""

Port = Annotated[int, Meta(ge=1, le=65535, description="TCP port of the agent", examples=[AGENT_PORT])]


Code = Annotated[
    int,
    Meta(ge=int(HeartbeatCode.AVAILABLE), le=int(HeartbeatCode.DND), description="0 available, 1 DND", examples=[0]),
]


Instance = Annotated[str, Meta(max_length=32, pattern="^[0-9a-f]*$")]


class Heartbeat(Struct, frozen=True, omit_defaults=True, gc=False):
    """`{"hostname", "extension", "status"}`; the other fields are optional and older agents do not send them.

    There is no address in it: the server takes the one the heartbeat came from.
    """

    hostname: Hostname
    extension: Extension
    status: Code
    agent_version: Version = ""
    port: Port = AGENT_PORT
    simulated: bool = False
    running: bool = True
    """False in the last notice: MicroSIP was closed or its agent ended. A server that does not know this field takes
    the notice as one more heartbeat, so `status` still says what it said before."""
    phone: PhoneState | None = None
    """More of MicroSIP than its status."""
    instance: Instance = ""
    """Another one in each process of an agent: two machines with one key are told apart by it."""

    def __post_init__(self) -> None:
        check_hostname(self.hostname)
        if not self.extension.isprintable():
            check_printable(self.extension, "extension")
        if not self.agent_version.isprintable():
            check_printable(self.agent_version, "agent_version")


decode_heartbeat = Decoder(Heartbeat)
