"""Repeats are counted, and a flood stays a few rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from microsip_manager.server.audit.deed import Deed
from microsip_manager.server.audit.folding import Folder
from microsip_manager.server.identity.caller import NOBODY

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
REFUSED = Deed(NOON, NOBODY, "GET /api/clients", status=401, outcome="not-signed-in")


def test_the_first_is_told_at_once_and_repeats_as_one_row_when_the_window_is_over() -> None:
    folder = Folder(100)

    assert folder.take("a", REFUSED) == REFUSED
    for second in (1, 2, 3):
        assert folder.take("a", replace(REFUSED, at=NOON + timedelta(seconds=second))) is None
    assert folder.over(NOON + timedelta(seconds=59)) == []

    [told] = folder.over(NOON + MINUTE)

    assert (told.times, told.since, told.at) == (3, NOON + timedelta(seconds=1), NOON + timedelta(seconds=3))


def test_one_that_comes_back_after_a_quiet_window_is_told_at_once_again() -> None:
    folder = Folder(100)
    folder.take("a", REFUSED)

    assert folder.over(NOON + MINUTE) == []
    later = replace(REFUSED, at=NOON + 2 * MINUTE)

    assert folder.take("a", later) == later


def test_a_flood_that_goes_on_is_a_row_less_and_less_often() -> None:
    folder, rows = Folder(100), 0
    for second in range(24 * 3600):
        now = NOON + timedelta(seconds=second)
        rows += folder.take("a", replace(REFUSED, at=now)) is not None
        rows += len(folder.over(now))

    assert rows < 35


def test_a_flood_of_ever_new_kinds_is_bounded_too() -> None:
    folder, rows = Folder(100), 0
    for second in range(3600):
        now = NOON + timedelta(seconds=second)
        for kind in range(10):
            rows += folder.take((second, kind), replace(REFUSED, at=now)) is not None
        rows += len(folder.over(now))

    assert 100 < rows < 200


def test_what_is_beyond_the_bound_is_counted_and_none_is_lost() -> None:
    folder = Folder(1)
    told = [folder.take(kind, REFUSED) for kind in range(5)]

    assert [one is not None for one in told] == [True, False, False, False, False]
    [many] = folder.over()
    assert (many.what, many.times) == ("many different requests", 4)


def test_at_the_end_all_that_was_counted_is_told() -> None:
    folder = Folder(100)
    for _ in range(3):
        folder.take("a", REFUSED)

    assert [one.times for one in folder.over()] == [2]
