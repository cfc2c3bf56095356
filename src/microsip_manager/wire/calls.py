"""Calls as they travel: from MicroSIP's own list, through the agent, to the server."""

from __future__ import annotations

import enum
import hashlib
from typing import Annotated

from msgspec import Meta, Struct

from microsip_manager.wire.clients import Moment
from microsip_manager.wire.names import Extension, Hostname, check_hostname, check_printable, hostname_key


class CallDirection(enum.Enum):
    OUTGOING = "outgoing"
    INCOMING = "incoming"
    """Answered here, or still ringing while `ended` is false."""
    MISSED = "missed"
    ANSWERED_ELSEWHERE = "answered_elsewhere"
    REJECTED_BY_DND = "rejected_by_dnd"


class Call(Struct, frozen=True):
    """One call of one client. Times are the PC's own, for MicroSIP keeps them; `id` is the same at each repeat."""

    id: Annotated[str, Meta(min_length=32, max_length=32, pattern="^[0-9a-f]{32}$")]
    hostname: Hostname
    extension: Extension
    key: Annotated[int, Meta(ge=0, description="Place in MicroSIP's list, which is used again after 1000 calls")]
    number: Annotated[str, Meta(max_length=255)]
    name: Annotated[str, Meta(max_length=255)]
    direction: CallDirection
    started_at: Moment
    duration: Annotated[int, Meta(ge=0, description="Seconds of talk")]
    info: Annotated[str, Meta(max_length=255, description="What MicroSIP noted at the end, in its own language")]
    ended: bool

    def __post_init__(self) -> None:
        check_hostname(self.hostname)
        for field in ("extension", "number", "name", "info"):
            check_printable(getattr(self, field), field)


def call_id(hostname: str, key: int, started: int) -> str:
    """The id of the call that the client's MicroSIP keeps at `key` since `started` (Unix seconds)."""
    return hashlib.sha256(f"{hostname_key(hostname)}\n{key}\n{started}".encode()).hexdigest()[:32]
