"""A stretch of time in a time zone, and the hours that its clocks show."""

from __future__ import annotations

import difflib
import re
import zoneinfo
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache

from microsip_manager.server.errors import BadRequest

LONGEST_DAYS = 92
"""The longest quarter of a year."""

FIRST_YEAR, LAST_YEAR = 1970, 2999

_HOUR = timedelta(hours=1)
# In a query, the plus of `+03:00` arrives as a blank unless it was percent-encoded.
_LOST_PLUS = re.compile(r" (?=\d\d:?\d\d$)")


@dataclass(frozen=True)
class Period:
    """From `start` up to but not including `end`, both in UTC, as clocks in `zone` divide it."""

    start: datetime
    end: datetime
    zone: tzinfo
    zone_name: str

    def cuts(self) -> list[datetime]:
        """The start, each moment at which another hour begins on the clock, and the end; all in UTC.

        An hour of the clock is what has the same date, hour and distance from UTC. Setting clocks forward or back
        therefore begins another one, even in the middle of an hour.
        """
        found = [self.start]
        while (following := self._next_cut(found[-1])) < self.end:
            found.append(following)
        return [*found, self.end]

    def _next_cut(self, moment: datetime) -> datetime:
        offset = self._offset(moment)
        clock = moment + offset
        full_hour = clock.replace(minute=0, second=0, microsecond=0) + _HOUR - offset
        if self._offset(full_hour) == offset:
            return full_hour
        before, after = moment.replace(microsecond=0), full_hour
        while after - before > timedelta(seconds=1):
            middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
            if self._offset(middle) == offset:
                before = middle
            else:
                after = middle
        return after

    def _offset(self, moment: datetime) -> timedelta:
        return moment.astimezone(self.zone).utcoffset() or timedelta()


def period_of(start: str | None, end: str | None, zone: str, now: datetime) -> Period:
    """The period that a query names; raises `BadRequest` with the name of the parameter.

    Without `to` it ends now; without `from` it starts at the midnight before its end.
    """
    place = zone_named(zone)
    ends = _moment("to", end, place) if end is not None else now
    starts = _moment("from", start, place) if start is not None else _midnight_before(ends, place)
    if starts >= ends:
        behind = "`to`" if end is not None else "now, where the period ends without `to`"
        raise BadRequest(f"from: must be before {behind}")
    if ends.astimezone(place).replace(tzinfo=None) - starts.astimezone(place).replace(tzinfo=None) > timedelta(
        days=LONGEST_DAYS
    ):
        raise BadRequest(f"from: at most {LONGEST_DAYS} days before `to`")
    return Period(starts, ends, place, zone)


def zone_named(name: str) -> tzinfo:
    """The time zone of this IANA name; raises `BadRequest` with similar names."""
    if name == "UTC":
        return UTC
    if not _zone_names():
        raise BadRequest("tz: this server knows no time zone but UTC; install its Python package `tzdata`")
    if name not in _zone_names():
        by_lower = {known.lower(): known for known in _zone_names()}
        similar = [by_lower[lower] for lower in difflib.get_close_matches(name[:50].lower(), by_lower, n=2)]
        hint = f"; did you mean {' or '.join(similar)}?" if similar else ""
        raise BadRequest(f"tz: expected an IANA time zone such as Europe/Moscow; got {name[:50]!r}{hint}")
    return zoneinfo.ZoneInfo(name)


@cache
def _zone_names() -> frozenset[str]:
    # The file of that name says where this machine stands, and nothing to a caller.
    return frozenset(zoneinfo.available_timezones() - {"localtime"})


def _moment(name: str, text: str, zone: tzinfo) -> datetime:
    try:
        read = datetime.fromisoformat(_LOST_PLUS.sub("+", text))
        if not FIRST_YEAR <= read.year <= LAST_YEAR:
            raise ValueError
    except ValueError:
        raise BadRequest(
            f"{name}: expected a day such as 2026-03-02 or a moment such as 2026-03-02T08:00 or "
            f"2026-03-02T08:00+03:00, of the years {FIRST_YEAR} to {LAST_YEAR}; got {text[:50]!r}"
        ) from None
    return (read if read.tzinfo else read.replace(tzinfo=zone)).astimezone(UTC)


def _midnight_before(moment: datetime, zone: tzinfo) -> datetime:
    """The beginning of the day that the moment is in or ends."""
    clock = (moment - timedelta(microseconds=1)).astimezone(zone)
    return clock.replace(hour=0, minute=0, second=0, microsecond=0, fold=0).astimezone(UTC)
