"""What an administrator wishes for the DND of a client, beside what the client reports."""

from __future__ import annotations

import enum
import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Protocol

from msgspec import Meta, Struct, field

from microsip_manager.wire.codec import BadMessage, Decoder
from microsip_manager.wire.moment import Moment
from microsip_manager.wire.names import Hostname, check_hostname, check_printable

REASON_LIMIT = 200
LONGEST = timedelta(days=366)
"""How far ahead a wish may end or be queued."""

LENGTH_PATTERN = "^[0-9]{1,8}[smhd]$"

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_LENGTH = re.compile(LENGTH_PATTERN.strip("^$"))
# In a query, the plus of `+03:00` arrives as a blank unless it was percent-encoded.
_LOST_PLUS = re.compile(r" (?=\d\d:?\d\d$)")

Length = Annotated[
    str,
    Meta(
        description="A number with s, m, h or d: 90s, 30m, 8h, 2d.",
        examples=["30m"],
        # For the document only: what `length_of` says of a bad one is easier to understand.
        extra_json_schema={"pattern": LENGTH_PATTERN},
    ),
]


class WishState(enum.Enum):
    """How far a wish has come."""

    QUEUED = "queued"
    """It waits for the PC to return."""
    SETTING = "setting"
    """A command is on its way, or its answer was lost."""
    HELD = "held"
    """DND is as wished, and is set again when MicroSIP loses it."""
    ENDING = "ending"
    """Its time is over or it was cancelled; DND goes back as soon as the PC is there, and MicroSIP saves that."""


class WishEnd(enum.Enum):
    """How a wish ended."""

    TIME_OVER = "time_over"
    """Its time was over, and DND is back."""
    APPLIED = "applied"
    """It was set, and asked for no more."""
    REPLACED = "replaced"
    """A newer wish took its place."""
    CANCELLED = "cancelled"
    """An administrator cancelled it."""
    BY_USER = "by_user"
    """The user clicked DND by hand."""
    EXPIRED = "expired"
    """The PC did not return in time."""
    FAILED = "failed"
    """It could not be set; the detail says why."""


class Desired(Struct, frozen=True, gc=False):
    """The wish that holds for a client at present."""

    enabled: bool
    state: WishState
    asked_at: Moment
    until: Moment | None = None
    """When DND goes back; null when it does not by itself, or not before it was set."""
    lasts: int | None = None
    """Seconds, as `for` wished them: they count from the moment at which DND is set."""
    queued_until: Moment | None = None
    """Until when the PC is waited for; null when it is not."""
    reason: str = ""
    enforce: bool = False
    detail: str = ""
    """Why the last attempt failed."""


class EndedWish(Struct, frozen=True):
    """A wish of the past."""

    enabled: bool
    ended: WishEnd
    asked_at: Moment
    ended_at: Moment
    until: Moment | None = None
    reason: str = ""
    enforce: bool = False
    detail: str = ""


class ClientWish(Struct, frozen=True):
    """`GET` and `DELETE /api/clients/{hostname}/wish` of the server."""

    hostname: Hostname
    desired: Desired | None
    ended: list[EndedWish]
    """The last ones that ended, newest first."""


class WishDnd(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Switch Do Not Disturb on or off, perhaps for a time, and perhaps of a PC that is off."""

    enabled: bool
    lasts: Length | None = field(name="for", default=None)
    """Back after so long; counts from the moment at which it is set."""
    until: Annotated[str, Meta(max_length=40, examples=["2026-03-02T14:00:00+03:00"])] | None = None
    """Back at this moment; ISO 8601 with a time zone. Not together with `for`."""
    reason: Annotated[str, Meta(max_length=REASON_LIMIT, examples=["lunch"])] = ""
    queue_for: Length | None = None
    """If the PC is off, set it when it returns within this time."""
    enforce: bool = False
    """Set it again when the user switches it."""
    hostname: Hostname | None = None
    """Not looked at: the path names the client."""

    def __post_init__(self) -> None:
        if self.hostname is not None:
            check_hostname(self.hostname)
        check_printable(self.reason, "reason")


class Order(Struct, frozen=True):
    """A wish understood: its lengths and moments are values."""

    enabled: bool
    lasts: timedelta | None = None
    until: datetime | None = None
    queue_for: timedelta | None = None
    reason: str = ""
    enforce: bool = False

    @property
    def is_plain(self) -> bool:
        """Set now, and that is all."""
        return self.lasts is None and self.until is None and self.queue_for is None and not self.enforce


class Wished(Protocol):
    """What a wish says, for one client or for many."""

    @property
    def enabled(self) -> bool: ...
    @property
    def lasts(self) -> str | None: ...
    @property
    def until(self) -> str | None: ...
    @property
    def reason(self) -> str: ...
    @property
    def queue_for(self) -> str | None: ...
    @property
    def enforce(self) -> bool: ...


def order_of(wish: Wished, now: datetime) -> Order:
    """The order in a message; raises `BadMessage` that names the field."""
    if wish.lasts is not None and wish.until is not None:
        raise BadMessage("until: not together with `for`")
    return Order(
        enabled=wish.enabled,
        lasts=None if wish.lasts is None else length_of(wish.lasts, "for"),
        until=None if wish.until is None else _moment(wish.until, now),
        queue_for=None if wish.queue_for is None else length_of(wish.queue_for, "queue_for"),
        reason=wish.reason,
        enforce=wish.enforce,
    )


def length_of(text: str, name: str) -> timedelta:
    """`30m` as a length of time; raises `BadMessage` that names the field."""
    if not _LENGTH.fullmatch(text):
        raise BadMessage(f"{name}: expected a number with s, m, h or d, such as 90s, 30m, 8h or 2d; got {text[:50]!r}")
    length = timedelta(seconds=int(text[:-1]) * _SECONDS[text[-1]])
    if not timedelta() < length <= LONGEST:
        raise BadMessage(f"{name}: expected 1s to {LONGEST.days}d; got {text!r}")
    return length


def _moment(text: str, now: datetime) -> datetime:
    try:
        moment = datetime.fromisoformat(_LOST_PLUS.sub("+", text))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise BadMessage(
            f"until: expected ISO 8601 with a time zone, such as 2026-03-02T14:00:00+03:00; got {text[:50]!r}"
        )
    try:
        ahead = moment.astimezone(UTC) - now
    except OverflowError:
        ahead = LONGEST * 2
    if not timedelta() < ahead <= LONGEST:
        raise BadMessage(f"until: expected a moment to come, at most {LONGEST.days} days ahead; got {text[:50]!r}")
    return moment.astimezone(UTC)


decode_wish_dnd = Decoder(WishDnd)
