"""The statistics once more, slow and plain: every call and every moment is asked by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise

from microsip_manager.server.period import Period
from microsip_manager.server.presence import Flip
from microsip_manager.wire.calls import Call, CallDirection
from microsip_manager.wire.clients import ClientState
from microsip_manager.wire.names import hostname_key
from microsip_manager.wire.phone import PhoneStatus
from microsip_manager.wire.stats import (
    CallFigures,
    CallsByDirection,
    ClientFigures,
    HourFigures,
    Stats,
    StatusCounts,
    StatusTimes,
    Totals,
)

Facts = list[tuple[datetime, PhoneStatus]]
"""Of one client, in order of time: from when on it has which status."""


def plain_stats(
    calls: Sequence[Call],
    flips: Sequence[Flip],
    period: Period,
    now: datetime,
    live: Mapping[str, ClientState],
    only: str | None,
) -> Stats:
    chosen = [
        call
        for call in calls
        if period.start <= call.started_at < period.end and only in (None, hostname_key(call.hostname))
    ]
    names = {hostname_key(call.hostname): call.hostname for call in chosen}
    facts = {key: _facts(key, flips, live.get(key)) for key in {*names, *live}}
    everybody = list(facts.values())
    return Stats(
        start=period.start.astimezone(period.zone),
        end=period.end.astimezone(period.zone),
        tz=period.zone_name,
        as_of=now.astimezone(period.zone),
        clients_now=StatusCounts(**{s.value: sum(c.status is s for c in live.values()) for s in PhoneStatus}),
        totals=Totals(_figures(chosen), _times(everybody, period.start, period.end, now)),
        clients=[
            ClientFigures(
                hostname=live[key].hostname if key in live else names[key],
                extension=live[key].extension if key in live else "",
                calls=_figures([call for call in chosen if hostname_key(call.hostname) == key]),
                time=_times([facts[key]], period.start, period.end, now),
            )
            for key in sorted(facts)
        ],
        hours=[
            HourFigures(
                start.astimezone(period.zone),
                end.astimezone(period.zone),
                _figures([call for call in chosen if _hour(call.started_at, period.zone) == _hour(start, period.zone)]),
                _times(everybody, start, end, now),
            )
            for start, end in _hours(period)
        ],
    )


def _hour(moment: datetime, zone: tzinfo) -> tuple[object, ...]:
    clock = moment.astimezone(zone)
    return clock.date(), clock.hour, clock.utcoffset()


def _hours(period: Period) -> list[tuple[datetime, datetime]]:
    """By looking at the clock every quarter of an hour: in the zones used, another hour begins then if ever."""
    found = [period.start]
    look = period.start.replace(minute=0, second=0, microsecond=0)
    while (look := look + timedelta(minutes=15)) < period.end:
        if look > period.start and _hour(look, period.zone) != _hour(found[-1], period.zone):
            found.append(look)
    return list(pairwise([*found, period.end]))


def _figures(calls: Sequence[Call]) -> CallFigures:
    def of(direction: CallDirection) -> int:
        return len([call for call in calls if call.direction is direction])

    talks = [
        call.duration
        for call in calls
        if call.direction in (CallDirection.OUTGOING, CallDirection.INCOMING) and call.duration > 0
    ]
    return CallFigures(
        total=len(calls),
        by_direction=CallsByDirection(*map(of, CallDirection)),
        answered=len(talks),
        missed=of(CallDirection.MISSED),
        lost_to_dnd=of(CallDirection.REJECTED_BY_DND),
        talk_time=sum(talks),
        mean_duration=round(sum(talks) / len(talks), 1) if talks else None,
    )


def _facts(key: str, flips: Sequence[Flip], live: ClientState | None) -> Facts:
    told: Facts = [(flip.at, flip.after) for flip in flips if hostname_key(flip.hostname) == key]
    if live and not any(at > live.status_since for at, _ in told):
        told.append((live.status_since, live.status))
    return told


def _status_at(moment: datetime, facts: Facts) -> PhoneStatus | None:
    known = [status for at, status in facts if at <= moment]
    return known[-1] if known else None


def _times(clients: Sequence[Facts], start: datetime, end: datetime, now: datetime) -> StatusTimes:
    spent = dict.fromkeys(PhoneStatus, timedelta())
    for facts in clients:
        edges = sorted({start, end, now, *(at for at, _ in facts)})
        for since, until in pairwise(edges):
            status = _status_at(since, facts)
            if status is not None and start <= since and until <= end and until <= now:
                spent[status] += until - since
    return StatusTimes(
        **{status.value: round(time / timedelta(microseconds=1) / 1e6, 3) for status, time in spent.items()}
    )
