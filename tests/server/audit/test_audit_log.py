"""Deeds are taken in memory, written behind it, and none is lost in silence."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from microsip_manager.server.audit import audit_log
from microsip_manager.server.audit.audit_log import AuditLog
from microsip_manager.server.audit.deed import Deed
from microsip_manager.server.identity.caller import CALLER, NOBODY, OPEN
from tests.fakes.audit_store import MemoryAuditStore
from tests.fakes.clock import HandClock


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def store() -> MemoryAuditStore:
    return MemoryAuditStore()


@pytest.fixture
def audit(store: MemoryAuditStore, clock: HandClock) -> AuditLog:
    return AuditLog(store, clock, keep_days=400)


def deed(clock: HandClock, what: str = "DELETE /api/groups/{name}") -> Deed:
    return Deed(clock.now(), OPEN, what)


def test_what_was_taken_is_written_in_its_order(audit: AuditLog, store: MemoryAuditStore, clock: HandClock) -> None:
    for number in range(3):
        audit.take(deed(clock, f"deed {number}"))

    assert audit.write()

    assert [row.what for row in store.kept] == ["deed 0", "deed 1", "deed 2"]
    assert not audit.write()


def test_a_full_disk_is_told_and_nothing_is_lost(
    audit: AuditLog, store: MemoryAuditStore, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    store.fails_with = "database or disk is full"
    audit.take(deed(clock, "first"))
    assert not audit.write()
    audit.take(deed(clock, "second"))
    assert not audit.write()

    assert audit.trouble == "database or disk is full"
    assert len(caplog.messages) == 1

    store.fails_with = None
    assert audit.write()
    assert audit.trouble is None
    assert [row.what for row in store.kept] == ["first", "second"]


def test_what_found_no_place_is_counted_in_a_row(
    audit: AuditLog, store: MemoryAuditStore, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_log, "QUEUE", 3)
    for _ in range(10):
        audit.take(deed(clock))

    audit.write()
    audit.take(deed(clock))
    audit.write()

    assert [(row.what, row.times) for row in store.kept][3:] == [
        ("rows were lost", 7),
        ("DELETE /api/groups/{name}", 1),
    ]


def test_it_writes_until_it_is_stopped_and_then_what_is_still_counted(
    audit: AuditLog, store: MemoryAuditStore, clock: HandClock
) -> None:
    for _ in range(4):
        audit.take_refusal("a", Deed(clock.now(), NOBODY, "GET /api/clients", status=401, outcome="not-signed-in"))
    waits = iter([False, True])

    audit.run(lambda _: next(waits))

    assert [(row.outcome, row.times) for row in store.kept] == [("not-signed-in", 1), ("not-signed-in", 3)]


def test_old_rows_go_once_a_day_and_the_end_is_told_in_the_log(
    audit: AuditLog, store: MemoryAuditStore, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    audit.take(deed(clock, "old"))
    audit.write()
    audit.tidy()
    assert f"row 1 has the hash {store.end.hash}" in caplog.text

    clock.forward(seconds=timedelta(days=401).total_seconds())
    audit.tidy()
    audit.tidy()

    assert [row.what for row in store.kept] == ["anchor"]
    assert f"row 2 has the hash {store.end.hash}" in caplog.text


def test_what_the_server_does_by_itself_has_its_own_name(
    audit: AuditLog, store: MemoryAuditStore, clock: HandClock
) -> None:
    audit.tell("schedules", "schedule begins", target="Lunch")
    before = CALLER.set(OPEN)
    audit.tell("wishes", "wish ended", hostname="NIKITA")  # it is in the row of the request that ended it
    CALLER.reset(before)
    audit.write()

    assert [(row.shown().who, row.what, row.target) for row in store.kept] == [
        ("server schedules", "schedule begins", "Lunch")
    ]
