"""Where a page of a client's changes ends. Pure."""

from __future__ import annotations

from datetime import datetime

import msgspec

from microsip_manager.server.call_query import Place, cursor_of, place_at
from microsip_manager.wire.history import StatusChange

LARGEST = 2**63 - 1
"""A number that every database takes."""


class ChangePlace(msgspec.Struct, frozen=True):
    """Where a change stands among those of its client, newest first; changes of one moment stand by their ids."""

    at: datetime
    id: int


def cursor_behind(change: StatusChange) -> str:
    """The place of this change as text for a URL, which nobody but this server needs to understand."""
    return cursor_of(Place(change.at, str(change.id)))


def change_place_at(cursor: str) -> ChangePlace:
    """The place that a cursor names; raises `ValueError`."""
    place = place_at(cursor)
    number = int(place.id)
    if not 0 <= number <= LARGEST:
        raise ValueError("a number that no change has")
    return ChangePlace(place.started_at, number)
