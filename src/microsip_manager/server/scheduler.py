"""Carries schedules out: the loop, and what one run does.

Several servers may do so on one database. Whoever writes the row of a run first has claimed it, before any phone is
asked; and every further step is taken by whoever moves that row on. A server that dies in the middle leaves it behind
with the moment from which another one, or itself after its restart, may go on. DND is set and not toggled, so going on
does no harm.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import takewhile

from microsip_manager.clock import Clock
from microsip_manager.server.audit.audit_log import AuditLog
from microsip_manager.server.blocking import in_thread
from microsip_manager.server.boundaries import ScheduleStore
from microsip_manager.server.bulk import NOT_SENT, Bulk
from microsip_manager.server.errors import BadRequest, NotReady, UnknownGroup
from microsip_manager.server.fleet import Fleet
from microsip_manager.server.groups import Groups
from microsip_manager.server.period import zone_named
from microsip_manager.server.schedule import RunClient, ScheduledRun, runs_after
from microsip_manager.wire.bulk import ClientResult
from microsip_manager.wire.commands import DndOutcome
from microsip_manager.wire.desired import Order
from microsip_manager.wire.names import hostname_key
from microsip_manager.wire.phone import PhoneStatus
from microsip_manager.wire.schedules import PlannedRun, RunState, Schedule

log = logging.getLogger(__name__)

PAUSE = 2.0
GRACE = timedelta(minutes=10)
"""How late a run may still begin."""

LOOK_BACK = timedelta(days=7)
"""How far back missed runs are written down."""

LEASE = timedelta(minutes=2)
"""How long a server has for one step of a run; ten thousand PCs that are off take half a minute."""

TRY_EVERY, TRY_FOR = timedelta(minutes=1), timedelta(hours=12)
"""How often, and how long, whoever could not be switched off at the end is tried again."""

KEEP = timedelta(days=365)
"""How long a run is remembered."""

ALREADY, UNCLEAR = DndOutcome.ALREADY.value, "unclear"
"""In place of `already` when a step is repeated: it may have been the run itself, the first time."""

HANDED_OVER = "handed-over"
"""In place of an outcome: another run is on for this client, and switches it off in its time."""

Wait = Callable[[float], Awaitable[bool]]
"""Sleeps for so many seconds; True when it is time to stop."""


class Scheduler:
    """Everything here runs on the event loop and leaves the database to other threads."""

    def __init__(
        self,
        store: ScheduleStore,
        groups: Groups,
        fleet: Fleet,
        bulk: Bulk,
        clock: Clock,
        audit: AuditLog | None = None,
    ) -> None:
        self._store = store
        self._groups = groups
        self._fleet = fleet
        self._bulk = bulk
        self._clock = clock
        self._audit = audit
        self._looked: datetime | None = None
        self._purged: datetime | None = None
        self._under_way: set[asyncio.Task[None]] = set()

    async def keep(self, wait: Wait) -> None:
        """Do what is due, until `wait` says stop."""
        in_trouble = False
        while not await wait(PAUSE):
            try:
                await self.look()
                in_trouble = False
            except Exception as error:
                # Whatever it was, the next schedules shall run, and the log shall not fill up meanwhile.
                if not in_trouble:
                    log.error("schedules rest: %s", error, exc_info=not isinstance(error, NotReady))
                in_trouble = True

    async def look(self) -> None:
        """Begin what is due: runs first, so that one that ends can hand over to them. Raises `NotReady`."""
        now = self._clock.now()
        for schedule, run in await in_thread(self._due, now):
            await self._begin(schedule, run, now)
        self._looked = now
        for run in await in_thread(self._store.under_way):
            await self._go_on(run, now)
        if self._purged is None or now - self._purged > timedelta(days=1):
            await in_thread(self._store.purge, now - KEEP)
            self._purged = now

    async def settled(self) -> None:
        """Wait for the steps that are under way."""
        while self._under_way:
            await asyncio.gather(*self._under_way)
            await asyncio.sleep(0)  # those that had ended already leave the set only when the loop turns

    def _due(self, now: datetime) -> list[tuple[Schedule, ScheduledRun]]:
        """The runs that have started since the last look and nobody has claimed."""
        back = max(self._looked or now - LOOK_BACK, now - LOOK_BACK)
        schedules = self._store.schedules()
        claimed = self._store.claimed(back) if schedules else set()
        found = [
            (schedule, ScheduledRun(schedule.name, schedule.group, run.starts_at, run.ends_at, RunState.STARTING))
            for schedule in schedules
            for run in takewhile(lambda run: run.starts_at <= now, _runs(schedule, max(schedule.since, back)))
        ]
        return [(schedule, run) for schedule, run in found if run.id not in claimed]

    async def _begin(self, schedule: Schedule, run: ScheduledRun, now: datetime) -> None:
        late = now - run.starts_at
        if late > GRACE or now >= run.ends_at:
            missed = f"no server was there until {timedelta(seconds=int(late.total_seconds()))} after its start"
            await self._claim(replace(run, state=RunState.SKIPPED, detail=missed))
            return
        try:
            group = await self._groups.one(run.group)
        except UnknownGroup as error:
            await self._claim(replace(run, state=RunState.DONE, detail=str(error)))
            return
        known = self._fleet.clients_among({hostname_key(member) for member in group.members})
        status = {hostname_key(client.hostname): client.status for client in known}
        clients = [RunClient(name, status.get(hostname_key(name)) is PhoneStatus.DND) for name in group.members]
        run = replace(run, busy_until=now + LEASE)
        if await self._claim(run, clients):
            log.info("schedule %s: on for %d of %s (%s)", run.schedule, len(clients), run.group, schedule.reason)
            self._spawn(self._switch_on(run))

    async def _claim(self, run: ScheduledRun, clients: Sequence[RunClient] = ()) -> bool:
        claimed = await in_thread(self._store.claim, run, clients)
        if claimed and run.detail:
            log.warning("schedule %s: the run of %s: %s", run.schedule, run.starts_at.isoformat(), run.detail)
        if claimed:
            self._tell("schedule begins", run, {"clients": [client.hostname for client in clients]})
        return claimed

    async def _go_on(self, run: ScheduledRun, now: datetime) -> None:
        if run.busy_until is not None and run.busy_until > now:
            return
        if run.state is RunState.STARTING and now < run.ends_at:
            await self._take(run, RunState.STARTING, now, partial(self._switch_on, again=True))
        elif run.ends_at <= now:
            await self._take(run, RunState.ENDING, now, self._switch_off)

    async def _take(
        self,
        run: ScheduledRun,
        state: RunState,
        now: datetime,
        step: Callable[[ScheduledRun], Coroutine[None, None, None]],
    ) -> None:
        taken = replace(run, state=state, busy_until=now + LEASE)
        if await in_thread(self._store.move, run, state, taken.busy_until):
            self._spawn(step(taken))

    def _spawn(self, step: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(self._safely(step))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _safely(self, step: Coroutine[None, None, None]) -> None:
        try:
            await step
        except Exception as error:
            # The run stays as it is in the database, and is gone on with when its lease is over.
            log.error("a run of a schedule was interrupted: %s", error, exc_info=not isinstance(error, NotReady))

    async def _switch_on(self, run: ScheduledRun, *, again: bool = False) -> None:
        clients = await in_thread(self._store.clients, run.id)
        waiting = [client for client in clients if client.on_outcome is None]
        results = await self._order(waiting, Order(True))
        sent = [result for result in results if result.outcome != NOT_SENT]
        switched = [
            RunClient(result.hostname, False, UNCLEAR if again and result.outcome == ALREADY else result.outcome)
            for result in sent
        ]
        await in_thread(self._store.note, run.id, switched)
        state = RunState.ON if len(sent) == len(results) else RunState.STARTING
        await in_thread(self._store.move, run, state, None)

    async def _switch_off(self, run: ScheduledRun) -> None:
        clients = await in_thread(self._store.clients, run.id)
        left = await in_thread(self._hand_over, run, [client for client in clients if client.is_left])
        results = await self._order(left, Order(False))
        now_off = [
            RunClient(result.hostname, False, off_outcome=result.outcome)
            for result in results
            if result.outcome != NOT_SENT
        ]
        await in_thread(self._store.note, run.id, now_off)
        still_left = [client.hostname for client in await in_thread(self._store.clients, run.id) if client.is_left]
        await self._finish(run, still_left)

    async def _finish(self, run: ScheduledRun, left: Sequence[str]) -> None:
        now = self._clock.now()
        if left and now - run.ends_at < TRY_FOR:
            await in_thread(self._store.move, run, RunState.ENDING, now + TRY_EVERY)
            return
        detail = f"{len(left)} could not be switched off" if left else ""
        if await in_thread(self._store.move, run, RunState.DONE, None, detail):
            log.info("schedule %s: over%s", run.schedule, f", {detail}" if detail else "")
            self._tell("schedule ends", replace(run, state=RunState.DONE, detail=detail), {})

    def _tell(self, what: str, run: ScheduledRun, more: dict[str, object]) -> None:
        if self._audit is not None:
            after = {"group": run.group, "starts_at": run.starts_at, "state": run.state, "detail": run.detail, **more}
            self._audit.tell("schedules", what, target=run.schedule, after=after)

    def _hand_over(self, run: ScheduledRun, left: Sequence[RunClient]) -> list[RunClient]:
        """Leave those to other runs that are on for them; the rest."""
        for other in self._store.under_way():
            if other.id == run.id or other.ends_at <= run.ends_at or other.state is RunState.ENDING:
                continue
            theirs = {hostname_key(client.hostname) for client in self._store.clients(other.id)}
            handed = [client for client in left if hostname_key(client.hostname) in theirs]
            left = [client for client in left if hostname_key(client.hostname) not in theirs]
            self._store.note(other.id, [RunClient(client.hostname, False, inherited=True) for client in handed])
            self._store.note(run.id, [RunClient(client.hostname, False, off_outcome=HANDED_OVER) for client in handed])
        return list(left)

    async def _order(self, clients: Sequence[RunClient], order: Order) -> list[ClientResult]:
        """What became of it for each; those that are there come first."""
        there = {
            hostname_key(client.hostname)
            for client in self._fleet.clients_among({hostname_key(client.hostname) for client in clients})
            if client.status is not PhoneStatus.OFFLINE
        }
        hostnames = sorted((client.hostname for client in clients), key=lambda name: hostname_key(name) not in there)
        return [result async for result in self._bulk.order(hostnames, order).results()]


def _runs(schedule: Schedule, after: datetime) -> Iterator[PlannedRun]:
    try:
        return runs_after(schedule, zone_named(schedule.tz), after)
    except BadRequest as error:
        # A database of another machine may name a zone that this one does not know.
        log.error("schedule %s rests: %s", schedule.name, error)
        return iter(())
