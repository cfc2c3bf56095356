"""Which stretch of time a query means, and which hours its clocks show."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microsip_manager.server import period
from microsip_manager.server.errors import BadRequest
from microsip_manager.server.period import Period, period_of

NOW = datetime(2026, 3, 2, 15, 30, tzinfo=UTC)


def shown(found: Period) -> tuple[str, str]:
    start, end = (moment.astimezone(found.zone).isoformat() for moment in (found.start, found.end))
    return start, end


def hours(found: Period) -> list[str]:
    return [cut.astimezone(found.zone).strftime("%H:%M%z") for cut in found.cuts()]


@pytest.mark.parametrize(
    ("start", "end", "zone", "meant"),
    [
        (None, None, "UTC", ("2026-03-02T00:00:00+00:00", "2026-03-02T15:30:00+00:00")),
        (None, None, "Asia/Kamchatka", ("2026-03-03T00:00:00+12:00", "2026-03-03T03:30:00+12:00")),
        (None, "2026-02-28", "Europe/Moscow", ("2026-02-27T00:00:00+03:00", "2026-02-28T00:00:00+03:00")),
        (None, "2026-02-28T00:01", "Europe/Moscow", ("2026-02-28T00:00:00+03:00", "2026-02-28T00:01:00+03:00")),
        ("2026-03-01", None, "Europe/Moscow", ("2026-03-01T00:00:00+03:00", "2026-03-02T18:30:00+03:00")),
        (
            "2026-03-01T06:00Z",
            "2026-03-01T07:00Z",
            "Asia/Kolkata",
            ("2026-03-01T11:30:00+05:30", "2026-03-01T12:30:00+05:30"),
        ),
        (
            "2026-03-01T06:00 03:00",
            "2026-03-01T07:00+03:00",
            "UTC",
            ("2026-03-01T03:00:00+00:00", "2026-03-01T04:00:00+00:00"),
        ),
        # Where clocks are set forward at midnight there is none, and where they are set back to it there are two.
        (None, "2026-03-08T12:00", "America/Havana", ("2026-03-08T01:00:00-04:00", "2026-03-08T12:00:00-04:00")),
        (None, "2026-11-01T12:00", "America/Havana", ("2026-11-01T00:00:00-04:00", "2026-11-01T12:00:00-05:00")),
    ],
)
def test_a_query_means(start: str | None, end: str | None, zone: str, meant: tuple[str, str]) -> None:
    assert shown(period_of(start, end, zone, NOW)) == meant


@pytest.mark.parametrize(
    ("start", "end", "zone", "said"),
    [
        ("yesterday", None, "UTC", "^from: expected a day .*got 'yesterday'"),
        ("", None, "UTC", "^from: expected"),
        ("0001-01-01", None, "Asia/Tokyo", "^from: expected .*1970"),
        (None, "9999-12-31T23:59-12:00", "UTC", "^to: expected"),
        (None, "2026-03-02T25:00", "UTC", "^to: expected"),
        ("2026-03-02", "2026-03-02", "UTC", "^from: must be before `to`"),
        ("2026-03-03", None, "UTC", "^from: must be before now"),
        ("2026-01-01", "2026-04-03T00:00:01", "UTC", "^from: at most 92 days before `to`"),
        (None, None, "Europe/Moskow", "^tz: expected an IANA .*did you mean Europe/Moscow"),
        (None, None, "europe/moscow", "did you mean Europe/Moscow"),
        (None, None, "../../etc/passwd", "^tz: expected"),
        (None, None, "localtime", "^tz: expected"),
        (None, None, "Europe", "^tz: expected"),
        (None, None, "\0", r"^tz: expected .*got '\\x00'"),
        (None, None, "", "^tz: expected"),
    ],
)
def test_what_cannot_be_meant_names_its_parameter(start: str | None, end: str | None, zone: str, said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        period_of(start, end, zone, NOW)


def test_a_system_without_time_zones_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(period, "_zone_names", frozenset)

    assert period_of(None, None, "UTC", NOW).zone is UTC
    with pytest.raises(BadRequest, match="tzdata"):
        period_of(None, None, "Europe/Moscow", NOW)


def test_a_quarter_with_an_hour_more_in_it_is_not_too_long() -> None:
    quarter = period_of("2026-08-01", "2026-11-01", "Europe/Berlin", NOW)

    assert quarter.end - quarter.start == timedelta(days=92, hours=1)


@pytest.mark.parametrize(
    ("day", "zone", "count"),
    [
        ("2026-03-02", "Europe/Berlin", 24),
        ("2026-03-29", "Europe/Berlin", 23),
        ("2026-10-25", "Europe/Berlin", 25),
        ("2026-03-02", "Asia/Kathmandu", 24),
        ("2026-04-05", "Australia/Lord_Howe", 25),  # 24 and a half
        ("2026-10-04", "Australia/Lord_Howe", 24),  # 23 and a half
    ],
)
def test_a_day_has_as_many_hours_as_its_clocks_show(day: str, zone: str, count: int) -> None:
    next_day = (datetime.fromisoformat(day) + timedelta(days=1)).date().isoformat()

    assert len(period_of(day, next_day, zone, NOW).cuts()) - 1 == count


def test_an_hour_that_comes_twice_is_told_apart_by_its_offset() -> None:
    assert hours(period_of("2026-10-25T01:00", "2026-10-25T04:00", "Europe/Berlin", NOW)) == [
        "01:00+0200",
        "02:00+0200",
        "02:00+0100",
        "03:00+0100",
        "04:00+0100",
    ]


def test_clocks_set_back_by_half_an_hour_begin_another_hour() -> None:
    assert hours(period_of("2026-04-05T00:20", "2026-04-05T02:10", "Australia/Lord_Howe", NOW)) == [
        "00:20+1100",
        "01:00+1100",
        "01:30+1030",
        "02:00+1030",
        "02:10+1030",
    ]


moments = st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1), timezones=st.just(UTC))
lengths = st.timedeltas(timedelta(microseconds=1), timedelta(days=4))


@given(moments, lengths, st.timezones())
def test_an_hour_ends_where_the_clock_shows_another(start: datetime, length: timedelta, zone: ZoneInfo) -> None:
    def hour_of(moment: datetime) -> tuple[object, ...]:
        clock = moment.astimezone(zone)
        return clock.date(), clock.hour, clock.utcoffset()

    cuts = Period(start, start + length, zone, zone.key).cuts()

    assert (cuts[0], cuts[-1]) == (start, start + length)
    for begin, end in pairwise(cuts):
        within = [begin + (end - begin) // 7 * share for share in range(7)]
        assert {hour_of(moment) for moment in within} == {hour_of(begin)}
        assert timedelta() < end - begin <= timedelta(hours=1)
        assert end == cuts[-1] or hour_of(end) != hour_of(end - timedelta(microseconds=1))
