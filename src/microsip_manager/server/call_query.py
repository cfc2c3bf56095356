"""Which calls somebody asks for, and where a page of them ends. Pure."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from microsip_manager.wire.calls import Call, CallDirection


@dataclass(frozen=True)
class CallQuery:
    """What is None does not matter."""

    hostname: str | None = None
    extension: str | None = None
    number: str | None = None
    direction: CallDirection | None = None
    begin: datetime | None = None
    """The first moment of those asked for."""
    end: datetime | None = None
    """The first moment after them."""
    min_duration: int = 0


class Place(msgspec.Struct, frozen=True, array_like=True):
    """Where a call stands among all calls, newest first; calls of one second stand by their ids."""

    started_at: datetime
    id: str


def place_of(call: Call) -> Place:
    return Place(call.started_at.astimezone(UTC), call.id)


def cursor_of(place: Place) -> str:
    """The place as text for a URL; nobody but this server needs to understand it."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).rstrip(b"=").decode()


def place_at(cursor: str) -> Place:
    """The place that a cursor names; raises `ValueError`."""
    try:
        text = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        place = msgspec.json.decode(text, type=Place)
    except (UnicodeEncodeError, binascii.Error, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ValueError(str(error)) from None
    if place.started_at.tzinfo is None:
        raise ValueError("a moment without a time zone")
    return Place(in_utc(place.started_at), place.id)


def in_utc(moment: datetime) -> datetime:
    """The moment in UTC, which it is taken to be in when it does not say; raises `ValueError` outside the calendar."""
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("a moment outside the calendar") from None
