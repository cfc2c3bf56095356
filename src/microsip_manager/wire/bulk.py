"""One command to many clients: whom it is for, and what became of it for each."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct, field

from microsip_manager.wire.codec import Decoder
from microsip_manager.wire.desired import REASON_LIMIT, Length
from microsip_manager.wire.groups import LABEL_LIMIT, MEMBERS_LIMIT, VALUE_LIMIT, GroupName, check_hostnames
from microsip_manager.wire.messages import DisplayMessage, MessageId
from microsip_manager.wire.names import HOSTNAME_LIMIT, Hostname, check_printable
from microsip_manager.wire.phone import PhoneStatus

BULK_LIMIT = 1024 * 1024
"""Bytes of a command to many."""

NDJSON = "application/x-ndjson"

WHOM = "Expected `hostnames`, `group`, `status` or `label`, or `all` alone"


class Audience(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom a command is for. What is named narrows: members of the group who also are among these hostnames."""

    hostnames: Annotated[list[Hostname], Meta(min_length=1, max_length=MEMBERS_LIMIT)] | None = None
    group: GroupName | None = None
    status: PhoneStatus | None = None
    """Only who has this status now."""
    label: Annotated[str, Meta(min_length=1, max_length=LABEL_LIMIT + 1 + VALUE_LIMIT)] | None = None
    """`floor=2`, or `floor` for any value."""
    all: bool = False
    """Every client ever heard of; has to be said, so that nobody means it by leaving something out."""
    dry_run: bool = False
    """Tell who would be addressed, and send nothing."""

    def __post_init__(self) -> None:
        named = any(one is not None for one in (self.hostnames, self.group, self.status, self.label))
        if named == self.all:
            raise ValueError(WHOM)
        check_hostnames(self.hostnames or [], "hostnames")


class SwitchMany(Audience, frozen=True, kw_only=True):
    """Switch Do Not Disturb for many."""

    enabled: bool
    lasts: Length | None = field(name="for", default=None)
    """This and the next ones are as in a wish for one client."""
    until: Annotated[str, Meta(max_length=40, examples=["2026-03-02T14:00:00+03:00"])] | None = None
    reason: Annotated[str, Meta(max_length=REASON_LIMIT, examples=["lunch"])] = ""
    queue_for: Length | None = None
    enforce: bool = False
    minimum_available: Annotated[int, Meta(ge=0, le=100_000)] = 0
    """Refuse when fewer would stay online: of the group when one is named, else of all."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_printable(self.reason, "reason")


class ShowMany(Audience, frozen=True, kw_only=True):
    """Show a message to many."""

    message: DisplayMessage


class ClientResult(Struct, frozen=True, omit_defaults=True):
    """What became of the command for one client."""

    hostname: Annotated[str, Meta(max_length=HOSTNAME_LIMIT)]
    outcome: str
    """A `DndOutcome` or a `MessageOutcome`, else the code of a problem, `planned` or `not-sent`."""
    ok: bool
    detail: str = ""
    dnd: bool | None = None
    id: MessageId | None = None
    """Of the message, which can be asked for by it."""


class BulkSummary(Struct, frozen=True):
    """The figures of a command to many; the last line of a stream of results."""

    addressed: int
    done: int
    failed: int
    dry_run: bool


class BulkAnswer(Struct, frozen=True):
    """The figures, and what became of it for each."""

    addressed: int
    done: int
    failed: int
    dry_run: bool
    results: list[ClientResult]


decode_switch_many = Decoder(SwitchMany)
decode_show_many = Decoder(ShowMany)
