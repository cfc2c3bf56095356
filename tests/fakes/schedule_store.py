"""A `ScheduleStore` in memory, which can be told to fail. `tests/contracts` holds it to what the real one does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from microsip_manager.server.errors import StoreFailed
from microsip_manager.server.schedule import RunClient, ScheduledRun
from microsip_manager.wire.names import hostname_key
from microsip_manager.wire.schedules import RunState, Schedule

OVER = (RunState.DONE, RunState.SKIPPED)


class MemoryScheduleStore:
    def __init__(self) -> None:
        self._schedules: dict[str, Schedule] = {}
        self._runs: dict[str, ScheduledRun] = {}
        self._clients: dict[str, dict[str, RunClient]] = {}
        self.fails_with: str | None = None

    def schedules(self) -> list[Schedule]:
        self._check()
        return [schedule for _, schedule in sorted(self._schedules.items())]

    def put(self, schedule: Schedule) -> None:
        self._check()
        self._schedules[hostname_key(schedule.name)] = schedule

    def remove(self, name: str, now: datetime) -> Schedule | None:
        self._check()
        for run in self._runs.values():
            if hostname_key(run.schedule) == hostname_key(name) and run.state not in OVER and run.ends_at > now:
                self._runs[run.id] = replace(run, ends_at=now)
        return self._schedules.pop(hostname_key(name), None)

    def claim(self, run: ScheduledRun, clients: Sequence[RunClient]) -> bool:
        self._check()
        if run.id in self._runs:
            return False
        self._runs[run.id] = run
        self._clients[run.id] = {hostname_key(client.hostname): client for client in clients}
        return True

    def claimed(self, since: datetime) -> set[str]:
        self._check()
        return {run.id for run in self._runs.values() if run.starts_at >= since}

    def move(self, run: ScheduledRun, state: RunState, busy_until: datetime | None, detail: str = "") -> bool:
        self._check()
        now = self._runs[run.id]
        if (now.state, now.busy_until) != (run.state, run.busy_until):
            return False
        self._runs[run.id] = replace(now, state=state, busy_until=busy_until, detail=detail or now.detail)
        return True

    def under_way(self) -> list[ScheduledRun]:
        self._check()
        return sorted((run for run in self._runs.values() if run.state not in OVER), key=lambda run: run.id)

    def clients(self, run_id: str) -> list[RunClient]:
        self._check()
        return [client for _, client in sorted(self._clients[run_id].items())]

    def note(self, run_id: str, clients: Sequence[RunClient]) -> None:
        self._check()
        for client in clients:
            own = self._clients[run_id]
            if (before := own.get(hostname_key(client.hostname))) is not None:
                own[hostname_key(client.hostname)] = replace(
                    before,
                    on_outcome=client.on_outcome or before.on_outcome,
                    inherited=client.inherited or before.inherited,
                    off_outcome=client.off_outcome or before.off_outcome,
                )

    def runs(self, name: str, most: int) -> list[ScheduledRun]:
        self._check()
        own = [run for run in self._runs.values() if hostname_key(run.schedule) == hostname_key(name)]
        return sorted(own, key=lambda run: run.starts_at, reverse=True)[:most]

    def purge(self, before: datetime) -> None:
        self._check()
        for run in list(self._runs.values()):
            if run.ends_at < before and run.state in OVER:
                del self._runs[run.id], self._clients[run.id]

    def _check(self) -> None:
        if self.fails_with:
            raise StoreFailed(self.fails_with)
