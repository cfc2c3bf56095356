"""What the server does by itself is in the audit log in its own name."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from microsip_manager.server.audit.audit_log import AuditLog
from microsip_manager.server.audit.chain import AuditRow
from microsip_manager.server.bulk import Bulk
from microsip_manager.server.fleet import Fleet
from microsip_manager.server.groups import Groups
from microsip_manager.server.identity.caller import CALLER, OPEN
from microsip_manager.server.local_bus import LocalBus
from microsip_manager.server.scheduler import Scheduler
from microsip_manager.server.schedules import Schedules
from microsip_manager.server.wishes import Wishes
from microsip_manager.wire.groups import Group
from microsip_manager.wire.schedules import SetSchedule, Weekday
from tests.fakes.audit_store import MemoryAuditStore
from tests.fakes.clock import HandClock
from tests.fakes.group_store import MemoryGroupStore
from tests.fakes.schedule_store import MemoryScheduleStore
from tests.fakes.wish_store import MemoryWishStore
from tests.server.conftest import beat_of
from tests.server.wished_pc import order


@pytest.fixture
def rows() -> MemoryAuditStore:
    return MemoryAuditStore()


@pytest.fixture
def audit(rows: MemoryAuditStore, clock: HandClock) -> AuditLog:
    return AuditLog(rows, clock, keep_days=400)


@pytest.fixture
def wishes(fleet: Fleet, clock: HandClock, bus: LocalBus, audit: AuditLog) -> Iterator[Wishes]:
    fleet.record(beat_of("NIKITA"), "192.0.2.17")
    made = Wishes(fleet, MemoryWishStore(), clock, bus, audit)
    yield made
    made.close()


def told(audit: AuditLog, rows: MemoryAuditStore) -> list[tuple[str, str, str, str, object]]:
    def about(row: AuditRow) -> tuple[str, str, str, str, object]:
        shown = row.shown()
        return shown.who, shown.what, shown.hostname, shown.target, shown.after

    audit.write()
    return [about(row) for row in rows.kept]


def test_a_wish_that_ended_by_itself_is_told(
    wishes: Wishes, clock: HandClock, audit: AuditLog, rows: MemoryAuditStore
) -> None:
    async def scene() -> None:
        before = CALLER.set(OPEN)
        await wishes.set_dnd("NIKITA", order(lasts=60))
        CALLER.reset(before)
        clock.forward(61)
        await wishes.attend()
        clock.forward(10)
        await wishes.attend()

    asyncio.run(scene())

    ended = {"wanted": True, "ended": "time_over"}
    assert told(audit, rows) == [("server wishes", "wish ended", "NIKITA", "", ended)]


def test_the_runs_of_a_schedule_are_told(
    fleet: Fleet,
    wishes: Wishes,
    groups: Groups,
    group_store: MemoryGroupStore,
    schedule_store: MemoryScheduleStore,
    clock: HandClock,
    audit: AuditLog,
    rows: MemoryAuditStore,
) -> None:
    group_store.put(Group("Sales", ["NIKITA"]))
    scheduler = Scheduler(schedule_store, groups, fleet, Bulk(fleet, wishes, groups, clock), clock, audit)
    wish = SetSchedule(group="Sales", days=list(Weekday), start="09:00", end="10:00", tz="UTC", reason="lunch")

    async def scene() -> None:
        await Schedules(schedule_store, groups, clock).put("Lunch", wish)
        for minutes in (60, 60):
            clock.forward(minutes * 60)
            await scheduler.look()
            await scheduler.settled()

    asyncio.run(scene())

    begins, ends = told(audit, rows)
    assert begins[:4] == ("server schedules", "schedule begins", "", "Lunch")
    assert begins[4]["clients"] == ["NIKITA"]  # type: ignore[index]
    assert ends[:4] == ("server schedules", "schedule ends", "", "Lunch")
    assert ends[4]["state"] == "done"  # type: ignore[index]
