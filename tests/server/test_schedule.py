"""When a schedule runs, whatever the clocks do, and whom a run has to switch off again."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from microsip_manager.server.schedule import RunClient, moment_of, next_runs, runs_after
from microsip_manager.wire.schedules import Schedule, Weekday

BERLIN, MOSCOW = ZoneInfo("Europe/Berlin"), ZoneInfo("Europe/Moscow")
WORKDAYS = [Weekday.MON, Weekday.TUE, Weekday.WED, Weekday.THU, Weekday.FRI]
EVERY_DAY = list(Weekday)


def schedule(start: str = "13:00", end: str = "14:00", **fields: Any) -> Schedule:
    usual: dict[str, Any] = {
        "name": "Lunch",
        "group": "Sales",
        "days": WORKDAYS,
        "tz": "Europe/Berlin",
        "exceptions": [],
        "reason": "lunch",
        "since": datetime(2026, 1, 1, tzinfo=UTC),
    }
    return Schedule(start=start, end=end, **{**usual, **fields})


def utc(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=UTC)


def runs(plan: Schedule, after: str, count: int, zone: ZoneInfo = BERLIN) -> list[tuple[str, str]]:
    found = islice(runs_after(plan, zone, utc(after)), count)
    return [(f"{run.starts_at:%m-%d %H:%M}", f"{run.ends_at:%m-%d %H:%M}") for run in found]


def test_it_runs_on_its_days_and_not_on_its_exceptions() -> None:
    plan = schedule(exceptions=[date(2026, 3, 6)])

    # Thursday the 5th, Friday is an exception, the weekend is free.
    assert runs(plan, "03-05T00:00", 3) == [
        ("03-05 12:00", "03-05 13:00"),
        ("03-09 12:00", "03-09 13:00"),
        ("03-10 12:00", "03-10 13:00"),
    ]


def test_what_starts_at_the_moment_itself_is_not_after_it() -> None:
    assert runs(schedule(), "03-05T11:59:59", 1) == [("03-05 12:00", "03-05 13:00")]
    assert runs(schedule(), "03-05T12:00", 1) == [("03-06 12:00", "03-06 13:00")]


def test_lunch_stays_at_one_when_berlin_sets_its_clocks() -> None:
    spring = runs(schedule(days=EVERY_DAY), "03-28T00:00", 2)
    autumn = runs(schedule(days=EVERY_DAY), "10-24T00:00", 2)

    assert spring == [("03-28 12:00", "03-28 13:00"), ("03-29 11:00", "03-29 12:00")]
    assert autumn == [("10-24 11:00", "10-24 12:00"), ("10-25 12:00", "10-25 13:00")]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        # On 29 March, Berlin's clocks go from 02:00 to 03:00 at 01:00 UTC.
        ("01:30", "02:30", ("03-29 00:30", "03-29 01:00")),
        ("02:30", "04:00", ("03-29 01:00", "03-29 02:00")),
        ("02:30", "03:15", ("03-29 01:00", "03-29 01:15")),
        ("01:30", "03:30", ("03-29 00:30", "03-29 01:30")),
        # Nothing of it is ever shown that night, so the next run is a day later.
        ("02:10", "02:50", ("03-30 00:10", "03-30 00:50")),
        ("02:30", "03:00", ("03-30 00:30", "03-30 01:00")),
    ],
)
def test_the_hour_that_is_left_out(start: str, end: str, expected: tuple[str, str]) -> None:
    assert runs(schedule(start, end, days=EVERY_DAY), "03-28T12:00", 1) == [expected]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        # On 25 October, Berlin's clocks go from 03:00 back to 02:00 at 01:00 UTC.
        ("02:15", "02:45", ("10-25 00:15", "10-25 00:45")),
        ("01:30", "02:30", ("10-24 23:30", "10-25 00:30")),
        ("02:30", "03:30", ("10-25 00:30", "10-25 02:30")),
        ("01:30", "03:00", ("10-24 23:30", "10-25 02:00")),
    ],
)
def test_the_hour_that_comes_twice_is_run_once(start: str, end: str, expected: tuple[str, str]) -> None:
    first, second = runs(schedule(start, end, days=EVERY_DAY), "10-24T12:00", 2)

    assert first == expected
    assert second[0].startswith(("10-25 2", "10-26"))


def test_moscow_never_sets_its_clocks() -> None:
    year = islice(runs_after(schedule(days=EVERY_DAY, tz="Europe/Moscow"), MOSCOW, utc("01-01T00:00")), 365)

    assert {f"{run.starts_at:%H:%M}" for run in year} == {"10:00"}


def test_a_night_ends_on_the_next_day_and_is_of_the_day_on_which_it_starts() -> None:
    night = schedule("22:00", "06:00", days=[Weekday.SAT])

    # Over the night in which the clocks go forward: seven hours.
    assert runs(night, "03-26T00:00", 1) == [("03-28 21:00", "03-29 04:00")]
    # In the middle of the night, the one that has begun is over for whoever asks for the next.
    assert runs(night, "03-28T23:00", 1) == [("04-04 20:00", "04-05 04:00")]


def test_it_never_starts_behind_its_end_at_any_minute_of_both_nights() -> None:
    for day in (date(2026, 3, 29), date(2026, 10, 25)):
        midnight = datetime.combine(day, datetime.min.time())
        moments = [moment_of(midnight + timedelta(minutes=minute), BERLIN) for minute in range(24 * 60)]
        assert moments == sorted(moments)


def test_the_preview_speaks_the_time_of_the_zone() -> None:
    [first, second] = next_runs(schedule(days=EVERY_DAY), BERLIN, utc("03-28T00:00"), 2)

    assert (first.starts_at.isoformat(), second.starts_at.isoformat()) == (
        "2026-03-28T13:00:00+01:00",
        "2026-03-29T13:00:00+02:00",
    )


def test_one_whose_days_are_all_exceptions_has_no_runs_and_says_so_in_time() -> None:
    never = schedule(
        days=[Weekday.MON], exceptions=[date(2026, 3, 2) + timedelta(weeks=week) for week in range(4 * 53)]
    )

    assert next_runs(never, BERLIN, utc("03-01T00:00"), 5) == []


@pytest.mark.parametrize(
    ("was_dnd", "outcome", "ours"),
    [
        (False, "applied", True),
        (True, "applied", True),
        (True, "already", False),
        (False, "already", False),
        (False, "unreachable", False),
        (False, "not_running", False),
        (False, "unknown-client", False),
        (False, "timeout", True),
        (True, "timeout", False),
        (False, "hung", True),
        (False, "unclear", True),
        (True, "unclear", False),
        (False, None, True),
        (True, None, False),
    ],
)
def test_only_who_was_switched_by_the_run_is_switched_off_again(was_dnd: bool, outcome: str | None, ours: bool) -> None:
    client = RunClient("NIKITA", was_dnd, outcome)

    assert (client.is_ours, client.is_left) == (ours, ours)


@pytest.mark.parametrize(
    ("outcome", "left"),
    [("applied", False), ("already", False), ("unsupported", False), ("handed-over", False), ("unreachable", True)],
)
def test_who_was_not_reached_at_the_end_is_left(outcome: str, left: bool) -> None:
    assert RunClient("NIKITA", False, "applied", off_outcome=outcome).is_left is left


def test_who_was_in_dnd_by_another_run_is_taken_over() -> None:
    assert RunClient("NIKITA", True, "already", inherited=True).is_left
