"""Schedules: Do Not Disturb for a group at certain hours of certain days."""

from __future__ import annotations

import enum
from datetime import date
from typing import Annotated

from msgspec import Meta, Struct, field

from microsip_manager.wire.codec import Decoder
from microsip_manager.wire.groups import GroupName
from microsip_manager.wire.moment import Moment
from microsip_manager.wire.names import HOSTNAME_LIMIT, check_name, check_printable

EXCEPTIONS_LIMIT = 1000
SCHEDULE_LIMIT = 64 * 1024
"""Bytes of a message with a schedule."""


class Weekday(enum.Enum):
    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


TimeOfDay = Annotated[str, Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["13:00"])]
ScheduleName = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=HOSTNAME_LIMIT,
        description="Written like a hostname; upper and lower case mean the same schedule.",
        examples=["Lunch"],
    ),
]


class SetSchedule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When the members of a group shall not be disturbed."""

    group: GroupName
    days: Annotated[list[Weekday], Meta(min_length=1, max_length=7)]
    """The days on which it starts."""
    start: TimeOfDay
    end: TimeOfDay
    """Not after `start`: on the next day."""
    tz: Annotated[str, Meta(min_length=1, max_length=64)] = "UTC"
    """IANA name of the time zone in which the times are meant."""
    exceptions: Annotated[list[date], Meta(max_length=EXCEPTIONS_LIMIT)] = field(default_factory=list)
    """Days on which it does not start."""
    reason: Annotated[str, Meta(max_length=200)] = ""

    def __post_init__(self) -> None:
        check_name(self.group, "group")
        check_printable(self.reason, "reason")
        if self.start == self.end:
            raise ValueError("Expected another time than that of `start` - at `$.end`")
        if len(set(self.days)) < len(self.days):
            raise ValueError("Expected each day once - at `$.days`")


class Schedule(Struct, frozen=True, kw_only=True):
    """A schedule as it is kept."""

    name: ScheduleName
    group: GroupName
    days: list[Weekday]
    start: TimeOfDay
    end: TimeOfDay
    tz: str
    exceptions: list[date]
    reason: str
    since: Moment
    """When it was made or changed; only what starts later is its run."""


class PlannedRun(Struct, frozen=True):
    """One run that is to come, by the clocks of its schedule's time zone."""

    starts_at: Moment
    ends_at: Moment


class RunState(enum.Enum):
    """How far a run has come."""

    STARTING = "starting"
    """Members are being switched on."""
    ON = "on"
    ENDING = "ending"
    """Those it switched on are being switched off; whoever cannot be reached is tried again."""
    DONE = "done"
    SKIPPED = "skipped"
    """No server was there at its start, nor soon after."""


class Run(Struct, frozen=True):
    """One run, as it was or is."""

    schedule: ScheduleName
    group: GroupName
    starts_at: Moment
    ends_at: Moment
    state: RunState
    members: int
    """Those in the group at the start."""
    switched: int
    """Those whom it switched on; who was in DND already is left alone at the end."""
    returned: int
    """Those whom it switched off again, or found off."""
    detail: str


decode_set_schedule = Decoder(SetSchedule)
