"""From what happened to figures: pure decisions, values in and values out."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import accumulate, pairwise
from typing import NamedTuple

from microsip_manager.wire.calls import CallDirection
from microsip_manager.wire.clients import ClientState
from microsip_manager.wire.phone import PhoneStatus
from microsip_manager.wire.stats import CallFigures, CallsByDirection, StatusCounts, StatusTimes

CONVERSATIONS = (CallDirection.INCOMING, CallDirection.OUTGOING)
"""Directions in which this client's user may have talked."""

_MICROSECOND = timedelta(microseconds=1)


class CallCount(NamedTuple):
    """Calls of one direction, counted where they are kept."""

    direction: CallDirection
    calls: int
    talked: int
    """How many of them have talk."""
    seconds: int
    """Talk of all of them."""


class Change(NamedTuple):
    """From this moment on the client has this status."""

    client_key: str
    status: PhoneStatus
    at: datetime


class Span(NamedTuple):
    """Time in one status, in microseconds since the start of the period."""

    status: PhoneStatus
    start: int
    end: int


def call_figures(counts: Iterable[CallCount]) -> CallFigures:
    """The figures of these calls; several counts of one direction add up."""
    calls = dict.fromkeys(CallDirection, 0)
    answered = talk_time = 0
    for count in counts:
        calls[count.direction] += count.calls
        if count.direction in CONVERSATIONS:
            answered += count.talked
            talk_time += count.seconds
    return CallFigures(
        total=sum(calls.values()),
        by_direction=CallsByDirection(**{direction.value: number for direction, number in calls.items()}),
        answered=answered,
        missed=calls[CallDirection.MISSED],
        lost_to_dnd=calls[CallDirection.REJECTED_BY_DND],
        talk_time=talk_time,
        mean_duration=round(talk_time / answered, 1) if answered else None,
    )


def status_counts(clients: Iterable[ClientState]) -> StatusCounts:
    counts = dict.fromkeys(PhoneStatus, 0)
    for client in clients:
        counts[client.status] += 1
    return StatusCounts(**{status.value: number for status, number in counts.items()})


def with_live(changes: list[Change], client_key: str, live: ClientState | None) -> list[Change]:
    """The changes with the state in memory as the last: the database is up to a second behind it."""
    if live is None or (changes and changes[-1].at > live.status_since):
        return changes
    return [*changes, Change(client_key, live.status, live.status_since)]


def spans(changes: Iterable[Change], start: datetime, end: datetime) -> Iterator[Span]:
    """The time in each status between the two moments, from all changes of one client in order of time.

    Of the changes before `start` only the last matters, so earlier ones may be left out. A status lasts until another
    is known, also while the server is not running; before the first change there is none.
    """
    last = (end - start) // _MICROSECOND
    status: PhoneStatus | None = None
    since = 0
    for change in changes:
        at = (change.at - start) // _MICROSECOND
        if at >= last:
            break
        if at > since:
            if status is not None:
                yield Span(status, since, at)
            since = at
        status = change.status
    if status is not None and last > since:
        yield Span(status, since, last)


class _ByHour(NamedTuple):
    within: list[int]
    """Time in an hour that a span begins or ends in."""
    covering: list[int]
    """How many more spans cover the hour from end to end than the hour before it."""


class TimeInStatus:
    """Adds up spans per client and per hour, however long they are, in two steps for each."""

    def __init__(self, cuts: Sequence[datetime]) -> None:
        self._cuts = [(cut - cuts[0]) // _MICROSECOND for cut in cuts]
        self._of_clients: dict[str, dict[PhoneStatus, int]] = {}
        self._by_hour = {status: _ByHour([0] * len(cuts), [0] * len(cuts)) for status in PhoneStatus}

    def add(self, client_key: str, spans: Iterable[Span]) -> None:
        """Add the spans of one client, which lie between the first and the last cut."""
        cuts = self._cuts
        # A month has a hundred thousand spans, and a look-up by an enum's member takes long: one for each must do.
        sums = {status: ([0], *by_hour) for status, by_hour in self._by_hour.items()}
        for status, start, end in spans:
            total, within, covering = sums[status]
            total[0] += end - start
            first, last = bisect_right(cuts, start) - 1, bisect_right(cuts, end) - 1
            if first == last:
                within[first] += end - start
            else:
                within[first] += cuts[first + 1] - start
                within[last] += end - cuts[last]
                covering[first + 1] += 1
                covering[last] -= 1
        self._of_clients[client_key] = {status: total for status, ([total], _, _) in sums.items()}

    def clients(self) -> set[str]:
        """The keys of the clients that have spent time in a status."""
        return {key for key, times in self._of_clients.items() if any(times.values())}

    def of_client(self, client_key: str) -> StatusTimes:
        return _times(self._of_clients.get(client_key, dict.fromkeys(PhoneStatus, 0)))

    def of_all(self) -> StatusTimes:
        return _times({status: sum(each[status] for each in self._of_clients.values()) for status in PhoneStatus})

    def by_hour(self) -> list[StatusTimes]:
        lengths = [end - start for start, end in pairwise(self._cuts)]
        covering = {status: list(accumulate(sums.covering)) for status, sums in self._by_hour.items()}
        return [
            _times(
                {status: sums.within[hour] + covering[status][hour] * length for status, sums in self._by_hour.items()}
            )
            for hour, length in enumerate(lengths)
        ]


def _times(microseconds: dict[PhoneStatus, int]) -> StatusTimes:
    return StatusTimes(**{status.value: round(number / 1e6, 3) for status, number in microseconds.items()})
