"""Calls as they travel: from MicroSIP's own list, through the agent, to the server."""

from __future__ import annotations

import enum
from typing import Annotated

from msgspec import Meta, Struct

from microsip_manager.wire.codec import Decoder
from microsip_manager.wire.moment import Moment
from microsip_manager.wire.names import Extension, Hostname, check_hostname, check_printable, hostname_key

BATCH_LIMIT = 500
"""Calls in one message to the server."""

CALLS_LIMIT = 1024 * 1024
"""Bytes of one message of calls; more is refused. A hundred calls of the longest kind stay below it."""

TEXT_LIMIT = 255
"""Characters of a number, a name or a note, as many as MicroSIP itself reads."""

LARGEST = 2**31 - 1
"""A number of seconds, or a place in the list, that every database takes."""


class CallDirection(enum.Enum):
    OUTGOING = "outgoing"
    INCOMING = "incoming"
    """Answered here, or still ringing while `ended` is false."""
    MISSED = "missed"
    ANSWERED_ELSEWHERE = "answered_elsewhere"
    REJECTED_BY_DND = "rejected_by_dnd"


CallId = Annotated[
    str,
    Meta(
        min_length=32,
        max_length=32,
        pattern="^[0-9a-f]{32}$",
        description="Made from the client, the place in MicroSIP's list and the time, so it is the same at each repeat",
        examples=["5f0c1a6b7d8e9f00112233445566778a"],
    ),
]
Seconds = Annotated[int, Meta(ge=0, le=LARGEST, description="Seconds of talk", examples=[154])]


class Call(Struct, frozen=True):
    """One call of one client. Times are the PC's own, for MicroSIP keeps them; `id` is the same at each repeat."""

    id: CallId
    hostname: Hostname
    extension: Extension
    key: Annotated[
        int, Meta(ge=0, le=LARGEST, description="Place in MicroSIP's list, which is used again after 1000 calls")
    ]
    number: Annotated[str, Meta(max_length=TEXT_LIMIT, description="The other side", examples=["486"])]
    name: Annotated[str, Meta(max_length=TEXT_LIMIT)]
    direction: CallDirection
    started_at: Moment
    duration: Seconds
    info: Annotated[str, Meta(max_length=TEXT_LIMIT, description="What MicroSIP noted at the end, in its own language")]
    ended: bool

    def __post_init__(self) -> None:
        check_hostname(self.hostname)
        for field in ("extension", "number", "name", "info"):
            check_printable(getattr(self, field), field)
        if not 2 <= self.started_at.year <= 9998:  # beyond, a change of the time zone leaves the calendar
            raise ValueError("Expected a year from 0002 to 9998 - at `$.started_at`")


class CallsTaken(Struct, frozen=True):
    """The answer to a message of calls: what the sender may now forget."""

    committed: list[CallId]
    """Calls that are in the database, by their ids."""


def call_id(hostname: str, key: int, started: int, phone: str = "") -> str:
    """The id of the call that a MicroSIP of this client keeps at `key` since `started` (Unix seconds).

    `phone` tells apart several MicroSIPs of one PC, which may use one key in one second: the path of its ini.
    """
    # It brings in OpenSSL, ten megabytes of it, which an agent that has no call to report does without.
    import hashlib

    identity = f"{hostname_key(hostname)}\n{key}\n{started}" + (f"\n{phone}" if phone else "")
    return hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:32]


decode_call = Decoder(Call)
decode_calls: Decoder[list[Call]] = Decoder(
    Annotated[list[Call], Meta(max_length=BATCH_LIMIT)]  # type: ignore[arg-type] # msgspec takes it for a type
)
decode_calls_taken = Decoder(CallsTaken)
