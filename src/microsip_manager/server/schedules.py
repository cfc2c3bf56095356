"""Schedules: keeping them, and telling when they run and have run."""

from __future__ import annotations

import logging
from typing import TypeVar

from microsip_manager.clock import Clock
from microsip_manager.server.blocking import in_thread
from microsip_manager.server.boundaries import ScheduleStore
from microsip_manager.server.errors import BadRequest, UnknownSchedule
from microsip_manager.server.groups import Groups
from microsip_manager.server.period import zone_named
from microsip_manager.server.schedule import ScheduledRun, next_runs
from microsip_manager.wire.names import check_name, hostname_key
from microsip_manager.wire.schedules import PlannedRun, Run, Schedule, SetSchedule

log = logging.getLogger(__name__)

Found = TypeVar("Found")


class Schedules:
    """Asks the database each time, off the event loop: another server may have changed it. All raise `NotReady`."""

    def __init__(self, store: ScheduleStore, groups: Groups, clock: Clock) -> None:
        self._store = store
        self._groups = groups
        self._clock = clock

    async def all(self) -> list[Schedule]:
        return await in_thread(self._store.schedules)

    async def one(self, name: str) -> Schedule:
        """The schedule; raises `UnknownSchedule`."""
        found = {hostname_key(schedule.name): schedule for schedule in await self.all()}
        if hostname_key(name) not in found:
            raise UnknownSchedule(name)
        return found[hostname_key(name)]

    async def put(self, name: str, wish: SetSchedule) -> Schedule:
        """Keep it under this name; a run that is on ends as it was planned.

        Raises `BadRequest` for a name or a time zone that cannot be, and `UnknownGroup`.
        """
        try:
            check_name(name, "name")
        except ValueError as error:
            raise BadRequest(str(error)) from None
        zone_named(wish.tz)
        schedule = Schedule(
            name=name,
            group=(await self._groups.one(wish.group)).name,
            days=wish.days,
            start=wish.start,
            end=wish.end,
            tz=wish.tz,
            exceptions=sorted(set(wish.exceptions)),
            reason=wish.reason,
            since=self._clock.now(),
        )
        await in_thread(self._store.put, schedule)
        log.info("schedule %s: kept, for the group %s", name, schedule.group)
        return schedule

    async def remove(self, name: str) -> Schedule:
        """The schedule as it was; a run that is on ends now. Raises `UnknownSchedule`."""
        found = await in_thread(self._store.remove, name, self._clock.now())
        if found is None:
            raise UnknownSchedule(name)
        log.info("schedule %s: removed", found.name)
        return found

    async def preview(self, name: str, count: int) -> list[PlannedRun]:
        """The next runs; raises `UnknownSchedule`."""
        schedule = await self.one(name)
        return await in_thread(next_runs, schedule, zone_named(schedule.tz), self._clock.now(), count)

    async def runs(self, name: str, most: int) -> list[Run]:
        """The newest runs, also of a schedule that is removed; raises `UnknownSchedule` when there is neither."""
        found = await in_thread(lambda: [self._told(run) for run in self._store.runs(name, most)])
        if not found:
            await self.one(name)
        return found

    def _told(self, run: ScheduledRun) -> Run:
        clients = self._store.clients(run.id)
        ours = [client for client in clients if client.on_outcome is not None and client.is_ours]
        return Run(
            schedule=run.schedule,
            group=run.group,
            starts_at=run.starts_at,
            ends_at=run.ends_at,
            state=run.state,
            members=len(clients),
            switched=len(ours),
            returned=sum(client.is_returned for client in ours),
            detail=run.detail,
        )
