"""The use case behind `GET /api/stats`: what is stored and what is live, added up."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, pairwise
from operator import attrgetter

from microsip_manager.clock import Clock
from microsip_manager.server.boundaries import History, Reading
from microsip_manager.server.errors import NotReady, StoreFailed, UnknownClient
from microsip_manager.server.fleet import Fleet
from microsip_manager.server.period import Period, period_of
from microsip_manager.server.statistics import (
    CallCount,
    TimeInStatus,
    call_figures,
    spans,
    status_counts,
    with_live,
)
from microsip_manager.wire.clients import ClientState
from microsip_manager.wire.names import hostname_key
from microsip_manager.wire.stats import ClientFigures, HourFigures, Stats, Totals

AT_ONCE = 2
"""Questions added up at the same time. More would take the database's connections from its writer."""

Live = Mapping[str, ClientState]
"""The clients in memory, by key."""


@dataclass(frozen=True)
class Question:
    """The query of `GET /api/stats` as it came."""

    start: str | None = None
    end: str | None = None
    zone: str = "UTC"
    hostname: str | None = None


class Reports:
    """Answers questions about the past without holding up the present: it adds up in threads of its own."""

    def __init__(self, fleet: Fleet, history: History, clock: Clock) -> None:
        self._fleet = fleet
        self._history = history
        self._clock = clock
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def stats(self, question: Question) -> Stats:
        """The figures; raises `BadRequest`, `UnknownClient`, `NotReady`."""
        async with self._turns:
            clients, unknown = self._asked_for(question.hostname)
            return await asyncio.to_thread(self._answer, question, self._clock.now(), clients, unknown)

    def _asked_for(self, hostname: str | None) -> tuple[list[ClientState], UnknownClient | None]:
        if hostname is None:
            return self._fleet.clients(), None
        try:
            return [self._fleet.client(hostname)], None
        except UnknownClient as unknown:
            return [], unknown

    def _answer(
        self, question: Question, now: datetime, clients: list[ClientState], unknown: UnknownClient | None
    ) -> Stats:
        period = period_of(question.start, question.end, question.zone, now)
        client_key = None if question.hostname is None else hostname_key(question.hostname)
        live = {hostname_key(client.hostname): client for client in clients}
        try:
            with self._history.reading() as reading:
                # Calls can arrive of a PC whose MicroSIP has not been open since this server knows it.
                if unknown and client_key and not (client_key.isprintable() and reading.has_calls_of(client_key)):
                    raise unknown
                return add_up(reading, period, now, live, client_key)
        except StoreFailed as failure:
            raise NotReady(f"The database cannot be read: {failure}") from failure


def add_up(reading: Reading, period: Period, now: datetime, live: Live, client_key: str | None = None) -> Stats:
    """The figures of the period for the clients in memory and all others of which something is stored.

    With `client_key`, of that client only; `live` must then hold no other.
    """
    cuts = period.cuts()
    time = time_in_status(reading, cuts, min(period.end, now), live, client_key)
    names = {key: client.hostname for key, client in live.items()}
    calls_of: defaultdict[str, list[CallCount]] = defaultdict(list)
    for key, hostname, count in reading.calls_by_client(period.start, period.end, client_key):
        names.setdefault(key, hostname)
        calls_of[key].append(count)
    calls_in: defaultdict[int, list[CallCount]] = defaultdict(list)
    for hour, count in reading.calls_by_hour(cuts, client_key):
        calls_in[hour].append(count)
    local = [cut.astimezone(period.zone) for cut in cuts]
    return Stats(
        start=local[0],
        end=local[-1],
        tz=period.zone_name,
        as_of=now.astimezone(period.zone),
        clients_now=status_counts(live.values()),
        totals=Totals(call_figures(count for counts in calls_of.values() for count in counts), time.of_all()),
        clients=[
            ClientFigures(
                hostname=names.get(key, key),
                extension=live[key].extension if key in live else "",
                calls=call_figures(calls_of[key]),
                time=time.of_client(key),
            )
            for key in sorted(names.keys() | time.clients())
        ],
        hours=[
            HourFigures(start, end, call_figures(calls_in[number]), times)
            for number, ((start, end), times) in enumerate(zip(pairwise(local), time.by_hour(), strict=True))
        ],
    )


def time_in_status(
    reading: Reading, cuts: list[datetime], until: datetime, live: Live, client_key: str | None
) -> TimeInStatus:
    """The time in each status from the first cut to `until`, for every client of which a status is known."""
    start = cuts[0]
    time = TimeInStatus(cuts)
    standing = reading.last_changes_before(start, client_key)
    waiting = standing.keys() | live.keys()
    changed = groupby(reading.changes(start, until, client_key), attrgetter("client_key"))
    for key, changes in changed:
        earlier = [standing[key]] if key in standing else []
        time.add(key, spans(with_live([*earlier, *changes], key, live.get(key)), start, until))
        waiting.discard(key)
    for key in waiting:
        earlier = [standing[key]] if key in standing else []
        time.add(key, spans(with_live(earlier, key, live.get(key)), start, until))
    return time
