"""Figures of a stretch of time, as `GET /api/stats` gives them: calls and time in each status.

A call belongs to the hour in which it started, with all its talk. It is answered when people talked for a second or
more, whoever called; calls taken elsewhere do not count. Time in a status is what passed of the stretch until now, in
seconds; time before a client was first heard of counts nowhere.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct, field

from microsip_manager.wire.names import Extension, Hostname

LocalMoment = Annotated[datetime, Meta(tz=True, description="ISO 8601, in the time zone asked for")]
Count = Annotated[int, Meta(ge=0)]
Elapsed = Annotated[float, Meta(ge=0, description="Seconds, to the millisecond")]


class CallsByDirection(Struct, frozen=True):
    outgoing: Count = 0
    incoming: Count = 0
    missed: Count = 0
    answered_elsewhere: Count = 0
    rejected_by_dnd: Count = 0


class CallFigures(Struct, frozen=True):
    """The calls of one client, one hour, or all."""

    total: Count
    by_direction: CallsByDirection
    answered: Annotated[int, Meta(ge=0, description="Incoming and outgoing calls with a second of talk or more")]
    missed: Count
    lost_to_dnd: Annotated[int, Meta(ge=0, description="Calls that Do Not Disturb rejected")]
    talk_time: Annotated[int, Meta(ge=0, description="Seconds of talk in the answered calls")]
    mean_duration: Annotated[float, Meta(ge=0, description="Seconds of talk per answered call")] | None
    """Null when no call was answered."""


class StatusTimes(Struct, frozen=True):
    """Seconds spent in each status."""

    offline: Elapsed
    online: Elapsed
    dnd: Elapsed


class StatusCounts(Struct, frozen=True):
    """How many clients have which status."""

    offline: Count
    online: Count
    dnd: Count


class ClientFigures(Struct, frozen=True):
    hostname: Hostname
    extension: Extension
    calls: CallFigures
    time: StatusTimes


class HourFigures(Struct, frozen=True):
    """One hour of the clock, cut off at the ends of the stretch; `to` is not part of it.

    Where clocks are set back an hour appears twice, with two offsets; where they are set forward one is missing.
    """

    start: LocalMoment = field(name="from")
    end: LocalMoment = field(name="to")
    calls: CallFigures
    time: StatusTimes


class Totals(Struct, frozen=True):
    calls: CallFigures
    time: StatusTimes


class Stats(Struct, frozen=True):
    """`GET /api/stats`. With `hostname=` all of it, the hours too, is about that client."""

    start: LocalMoment = field(name="from")
    end: LocalMoment = field(name="to")
    tz: Annotated[str, Meta(description="The time zone of all moments here", examples=["Europe/Moscow"])]
    as_of: LocalMoment
    """The server's time; what lies behind it is not counted as time in a status."""
    clients_now: StatusCounts
    totals: Totals
    clients: list[ClientFigures]
    """By hostname."""
    hours: list[HourFigures]
