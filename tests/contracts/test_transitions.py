"""What every `Transitions` promises, the fake included."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from microsip_manager.server.boundaries import Transitions
from microsip_manager.server.change_place import ChangePlace, change_place_at, cursor_behind
from microsip_manager.server.presence import Flip
from microsip_manager.server.sql_store import SqlStore
from microsip_manager.server.sql_transitions import SqlTransitions
from microsip_manager.wire.history import StatusChange
from microsip_manager.wire.phone import PhoneStatus
from tests.fakes.transitions import MemoryTransitions

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)

Written = tuple[Callable[[Sequence[Flip]], None], Transitions]


@pytest.fixture(params=["memory", "sqlite"])
def written(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Written]:
    if request.param == "memory":
        memory = MemoryTransitions()
        yield memory.write, memory
        return
    with closing(SqlStore(f"sqlite:///{tmp_path}/changes.db")) as store:
        yield lambda flips: store.write([], flips), SqlTransitions(store.engine)


def day_of(hostname: str, count: int) -> list[Flip]:
    """So many changes, three of them in each second."""
    statuses = [PhoneStatus.ONLINE, PhoneStatus.DND]
    return [
        Flip(hostname, statuses[(n + 1) % 2] if n else None, statuses[n % 2], NOON + n // 3 * SECOND)
        for n in range(count)
    ]


def test_a_change_comes_back_as_it_was(written: Written) -> None:
    write, transitions = written
    write(day_of("NIKITA", 2))

    found = transitions.page("nikita", None, None, None, 10)

    assert [(each.before, each.after, each.at) for each in found] == [
        (PhoneStatus.ONLINE, PhoneStatus.DND, NOON),
        (None, PhoneStatus.ONLINE, NOON),
    ]


def test_pages_are_newest_first_leave_nothing_out_and_keep_to_one_client(written: Written) -> None:
    write, transitions = written
    write(day_of("NIKITA", 20) + day_of("OLGA", 5))

    found: list[StatusChange] = []
    while page := transitions.page("nikita", None, None, _behind(found), 7):
        assert len(page) <= 7
        found += page

    assert len(found) == 20
    assert found == sorted(found, key=lambda each: (each.at, each.id), reverse=True)


def _behind(found: list[StatusChange]) -> ChangePlace | None:
    return change_place_at(cursor_behind(found[-1])) if found else None


@pytest.mark.parametrize(
    ("begin", "end", "count"),
    [(None, NOON, 0), (NOON, NOON + SECOND, 3), (NOON + SECOND, None, 3), (NOON + 2 * SECOND, None, 0)],
)
def test_a_stretch_of_time_contains_its_start_and_not_its_end(
    written: Written, begin: datetime | None, end: datetime | None, count: int
) -> None:
    write, transitions = written
    write(day_of("NIKITA", 6))

    assert len(transitions.page("nikita", begin, end, None, 10)) == count
