"""Repeats become a count: a flood of refusals must not fill the disk. Pure."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from microsip_manager.server.audit.deed import Deed
from microsip_manager.server.identity.caller import NOBODY

WINDOW, LONGEST_WINDOW = timedelta(minutes=1), timedelta(hours=1)
"""Repeats within it are one row; it doubles as long as they go on."""

HOUR = timedelta(hours=1)


@dataclass
class _Held:
    deed: Deed
    """The newest of its kind."""
    since: datetime
    ends: datetime
    window: timedelta = WINDOW
    repeats: int = 0


class Folder:
    """Lets the first of a kind through, and counts those that follow; of different kinds `an_hour` at most."""

    def __init__(self, an_hour: int) -> None:
        self._an_hour = an_hour
        self._held: dict[Hashable, _Held] = {}
        self._many: _Held | None = None
        """All that is beyond the number of an hour, whoever and whatever it is."""
        self._spent = 0
        self._hour_ends: datetime | None = None

    def take(self, kind: Hashable, deed: Deed) -> Deed | None:
        """The deed if it is to be written now; None when it was counted."""
        held = self._held.get(kind)
        if held is not None:
            _count(held, deed)
            return None
        if self._hour_ends is None or deed.at >= self._hour_ends:
            self._hour_ends, self._spent = deed.at + HOUR, 0
        if self._spent >= self._an_hour:
            many = Deed(deed.at, NOBODY, "many different requests", status=deed.status, outcome=deed.outcome)
            self._many = self._many or _Held(many, deed.at, deed.at + WINDOW)
            _count(self._many, many)
            return None
        self._spent += 1
        self._held[kind] = _Held(deed, deed.at, deed.at + WINDOW)
        return deed

    def over(self, now: datetime | None = None) -> list[Deed]:
        """A row for each that was repeated and whose window is over; None as `now`: for all that was repeated."""
        told = []
        for kind, held in list(self._held.items()):
            if now is not None and now < held.ends:
                continue
            if not held.repeats:
                del self._held[kind]
                continue
            told.append(_told(held))
            longer = min(held.window * 2, LONGEST_WINDOW)
            self._held[kind] = _Held(held.deed, held.ends, (now or held.ends) + longer, longer)
        if self._many is not None and (now is None or now >= self._many.ends):
            told.append(_told(self._many))
            self._many = None
        return told


def _count(held: _Held, deed: Deed) -> None:
    if not held.repeats:
        held.since = deed.at
    held.deed = deed
    held.repeats += 1


def _told(held: _Held) -> Deed:
    return replace(held.deed, times=held.repeats, since=held.since)
