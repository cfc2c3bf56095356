"""Figures, by hand for what they mean and by a plain recomputation for whether they are right."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from microsip_manager.server.period import Period, zone_named
from microsip_manager.server.presence import Flip
from microsip_manager.server.reports import add_up
from microsip_manager.server.sql_history import SqlHistory
from microsip_manager.server.sql_store import SqlStore
from microsip_manager.server.statistics import CallCount, Change, Span, call_figures, spans, with_live
from microsip_manager.server.tables import metadata
from microsip_manager.wire.calls import CallDirection
from microsip_manager.wire.names import hostname_key
from microsip_manager.wire.phone import PhoneStatus
from tests.server.histories import call_at, client_with, remember
from tests.server.plain_statistics import plain_stats

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECOND = 1_000_000
OFFLINE, ONLINE, DND = PhoneStatus


def after(seconds: float, status: PhoneStatus) -> Change:
    return Change("nikita", status, NOON + timedelta(seconds=seconds))


def spent(*changes: Change, seconds: float = 100) -> list[Span]:
    return list(spans(changes, NOON, NOON + timedelta(seconds=seconds)))


def test_answered_are_incoming_and_outgoing_calls_with_talk() -> None:
    figures = call_figures(
        [
            CallCount(CallDirection.OUTGOING, 3, 1, 60),
            CallCount(CallDirection.INCOMING, 2, 2, 40),
            CallCount(CallDirection.INCOMING, 1, 0, 0),
            CallCount(CallDirection.MISSED, 4, 0, 0),
            CallCount(CallDirection.ANSWERED_ELSEWHERE, 5, 5, 500),
            CallCount(CallDirection.REJECTED_BY_DND, 6, 0, 0),
        ]
    )

    assert (figures.total, figures.by_direction.incoming) == (21, 3)
    assert (figures.answered, figures.missed, figures.lost_to_dnd) == (3, 4, 6)
    assert (figures.talk_time, figures.mean_duration) == (100, 33.3)


def test_without_an_answered_call_there_is_no_mean() -> None:
    assert call_figures([CallCount(CallDirection.OUTGOING, 1, 0, 0)]).mean_duration is None


def test_a_status_lasts_from_change_to_change_and_the_last_until_the_end() -> None:
    assert spent(after(10, ONLINE), after(30, DND)) == [
        Span(ONLINE, 10 * SECOND, 30 * SECOND),
        Span(DND, 30 * SECOND, 100 * SECOND),
    ]


def test_the_status_before_the_start_counts_from_the_start() -> None:
    assert spent(after(-3600, ONLINE), after(-60, DND)) == [Span(DND, 0, 100 * SECOND)]


def test_time_before_anything_was_known_counts_nowhere() -> None:
    assert spent(after(40, OFFLINE)) == [Span(OFFLINE, 40 * SECOND, 100 * SECOND)]
    assert spent() == []


def test_changes_at_or_after_the_end_do_not_count() -> None:
    assert spent(after(-1, ONLINE), after(100, DND), after(200, OFFLINE)) == [Span(ONLINE, 0, 100 * SECOND)]


def test_a_period_in_the_future_has_no_time_yet() -> None:
    assert spent(after(-10, ONLINE), seconds=-5) == []


def test_what_memory_knows_comes_last_unless_the_database_knows_later() -> None:
    live = client_with(Flip("NIKITA", ONLINE, DND, NOON))

    assert with_live([after(0, ONLINE)], "nikita", live) == [after(0, ONLINE), after(0, DND)]
    assert with_live([after(1, ONLINE)], "nikita", live) == [after(1, ONLINE)]
    assert with_live([], "nikita", live) == [after(0, DND)]


DAYS = [
    datetime(2026, 3, 8, tzinfo=UTC),  # clocks go forward in New York
    datetime(2026, 3, 29, tzinfo=UTC),  # forward in Berlin
    datetime(2026, 4, 4, tzinfo=UTC),  # back by half an hour on Lord Howe Island
    datetime(2026, 10, 25, tzinfo=UTC),  # back in Berlin
]
ZONES = ["UTC", "Europe/Berlin", "Europe/Moscow", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]
MICROSECONDS_OF_A_DAY = 86_400_000_000

around = st.one_of(
    # To the hour half of the time: what matters happens where two things fall together.
    st.integers(-48, 48).map(lambda hours: timedelta(hours=hours)),
    st.integers(-2 * MICROSECONDS_OF_A_DAY, 2 * MICROSECONDS_OF_A_DAY).map(lambda us: timedelta(microseconds=us)),
)
names = st.sampled_from(["NIKITA", "OLGA", "Иванов-ПК"])
statuses = st.sampled_from(list(PhoneStatus))
call_facts = st.tuples(around, names, st.sampled_from(list(CallDirection)), st.integers(0, 3))
flip_facts = st.tuples(around, names, statuses)


@pytest.fixture(scope="module")
def database() -> Iterator[SqlStore]:
    with closing(SqlStore("sqlite:///:memory:")) as store:
        yield store


def flips_of(facts: list[tuple[timedelta, str, PhoneStatus]], day: datetime) -> list[Flip]:
    """The changes in order of time, some of them to the status that was."""
    return [Flip(name, None, status, day + at) for at, name, status in sorted(facts, key=lambda fact: fact[0])]


@given(
    day=st.sampled_from(DAYS),
    zone=st.sampled_from(ZONES),
    edges=st.lists(around, min_size=2, max_size=2, unique=True),
    now=around,
    calls=st.lists(call_facts, max_size=12),
    facts=st.lists(flip_facts, max_size=12),
    unwritten=st.integers(0, 2),
    one=st.one_of(st.none(), names),
)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_plain_recomputation_finds_the_same(
    database: SqlStore,
    day: datetime,
    zone: str,
    edges: list[timedelta],
    now: timedelta,
    calls: list[tuple[timedelta, str, CallDirection, int]],
    facts: list[tuple[timedelta, str, PhoneStatus]],
    unwritten: int,
    one: str | None,
) -> None:
    flips = flips_of(facts, day)
    live = {hostname_key(flip.hostname): client_with(flip) for flip in flips}
    with database.engine.begin() as connection:
        for table in metadata.sorted_tables:
            connection.execute(table.delete())
    all_calls = [call_at(day + at, name, direction, duration) for at, name, direction, duration in calls]
    remember(database, all_calls, flips[: len(flips) - unwritten])
    key = hostname_key(one) if one else None
    asked = {name: client for name, client in live.items() if key in (None, name)}
    period = Period(day + min(edges), day + max(edges), zone_named(zone), zone)

    with SqlHistory(database.engine).reading() as reading:
        found = add_up(reading, period, day + now, asked, key)

    assert plain_stats(all_calls, flips[: len(flips) - unwritten], period, day + now, asked, key) == found
