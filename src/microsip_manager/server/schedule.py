"""When a schedule runs, and whom a run has to switch off again. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import islice

from dateutil.rrule import DAILY, rrule
from dateutil.tz import datetime_exists

from microsip_manager.wire.commands import DndOutcome
from microsip_manager.wire.names import hostname_key
from microsip_manager.wire.problems import ProblemCode
from microsip_manager.wire.schedules import PlannedRun, RunState, Schedule, Weekday

AHEAD = timedelta(days=3 * 366)
"""How far the next runs are looked for: exceptions may name every day of some years."""

_DAY, _SECOND = timedelta(days=1), timedelta(seconds=1)
_NUMBER = {day: number for number, day in enumerate(Weekday)}

_NOTHING_SWITCHED = {
    DndOutcome.ALREADY.value,
    DndOutcome.UNSUPPORTED.value,
    DndOutcome.NOT_RUNNING.value,
    DndOutcome.DENIED.value,
    DndOutcome.UNREACHABLE.value,
    ProblemCode.UNKNOWN_CLIENT.value,
}
_TRY_AGAIN = {
    DndOutcome.NOT_RUNNING.value,
    DndOutcome.HUNG.value,
    DndOutcome.UNREACHABLE.value,
    DndOutcome.TIMEOUT.value,
}
"""Outcomes of switching off that may be better later: the PC is off, or its MicroSIP."""


@dataclass(frozen=True)
class ScheduledRun:
    """One run of a schedule, as every server finds it in the database."""

    schedule: str
    group: str
    starts_at: datetime
    ends_at: datetime
    state: RunState
    busy_until: datetime | None = None
    """Until then a server is at it, or nothing is to be tried; when it is over any server may go on with it."""
    detail: str = ""

    @property
    def id(self) -> str:
        """The same for every server that thinks of this run."""
        return f"{self.starts_at.astimezone(UTC):%Y%m%dT%H%M%SZ} {hostname_key(self.schedule)}"


@dataclass(frozen=True)
class RunClient:
    """A member in a run."""

    hostname: str
    was_dnd: bool
    """Whether it was in DND, as far as was known, when the run was claimed."""
    on_outcome: str | None = None
    inherited: bool = False
    """Another run that ended meanwhile had switched it on."""
    off_outcome: str | None = None

    @property
    def is_ours(self) -> bool:
        """Whether it is in DND because of the run."""
        if self.inherited or self.on_outcome == DndOutcome.APPLIED.value:
            return True
        if self.on_outcome in _NOTHING_SWITCHED:
            return False
        # No answer, or one that leaves it open whether the button was pressed: whoever was free before shall be again.
        return not self.was_dnd

    @property
    def is_left(self) -> bool:
        """Whether it has still to be switched off."""
        return self.is_ours and (self.off_outcome is None or self.off_outcome in _TRY_AGAIN)

    @property
    def is_returned(self) -> bool:
        return self.off_outcome in (DndOutcome.APPLIED.value, DndOutcome.ALREADY.value)


def runs_after(schedule: Schedule, zone: tzinfo, after: datetime) -> Iterator[PlannedRun]:
    """The runs that start after this moment, in order, for some years."""
    first = after.astimezone(zone).date() - _DAY
    days = rrule(
        DAILY,
        byweekday=[_NUMBER[day] for day in schedule.days],
        dtstart=datetime.combine(first, time()),
        until=datetime.combine(first, time()) + AHEAD,
    )
    exceptions = set(schedule.exceptions)
    for day in days:
        if day.date() in exceptions:
            continue
        run = _run_on(schedule, zone, day.date())
        if run.starts_at > after and run.ends_at > run.starts_at:
            yield run


def next_runs(schedule: Schedule, zone: tzinfo, after: datetime, count: int) -> list[PlannedRun]:
    """So many runs after this moment, told by the clocks of their zone."""
    found = islice(runs_after(schedule, zone, after), count)
    return [PlannedRun(run.starts_at.astimezone(zone), run.ends_at.astimezone(zone)) for run in found]


def moment_of(clock: datetime, zone: tzinfo) -> datetime:
    """The first moment, in UTC, at which clocks in this zone show this time or a later one.

    Where clocks are set back and show a time twice, it is the first of both. Where they are set forward past it, it is
    the moment of that. So a run never starts behind its end, however the clocks are set in it.
    """
    shown = clock.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if datetime_exists(clock, zone):
        return shown
    before, after = clock.replace(tzinfo=zone, fold=1).astimezone(UTC), shown
    while after - before > _SECOND:
        middle = before + (after - before) // (2 * _SECOND) * _SECOND
        if middle.astimezone(zone).replace(tzinfo=None) < clock:
            before = middle
        else:
            after = middle
    return after


def _run_on(schedule: Schedule, zone: tzinfo, day: date) -> PlannedRun:
    start, end = time.fromisoformat(schedule.start), time.fromisoformat(schedule.end)
    last = day if end > start else day + _DAY
    return PlannedRun(moment_of(datetime.combine(day, start), zone), moment_of(datetime.combine(last, end), zone))
