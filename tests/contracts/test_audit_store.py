"""What every `AuditStore` promises, the fake included."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from microsip_manager.server.audit.audit_log import AuditStore
from microsip_manager.server.audit.audit_query import AuditQuery
from microsip_manager.server.audit.chain import AuditRow, Head, check
from microsip_manager.server.audit.deed import Deed
from microsip_manager.server.identity.caller import Caller, CallerKind
from microsip_manager.server.sql_audit_store import SqlAuditStore
from microsip_manager.server.sql_store import SqlStore
from microsip_manager.wire.identity import Role
from tests.fakes.audit_store import MemoryAuditStore

NOON = datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC)
DAY = timedelta(days=1)
ALL = AuditQuery()
ANNA = Caller(CallerKind.USER, "1", "Анна", Role.ADMIN)
NIGHTLY = Caller(CallerKind.TOKEN, "2", "nightly", Role.VIEWER)


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AuditStore]:
    if request.param == "memory":
        yield MemoryAuditStore()
        return
    with closing(SqlStore(f"sqlite:///{tmp_path}/audit.db")) as opened:
        yield SqlAuditStore(opened.engine)


def deed(minute: int = 0, who: Caller = ANNA, what: str = "PUT /api/groups/{name}", **more: object) -> Deed:
    return Deed(NOON + timedelta(minutes=minute), who, what, **more)  # type: ignore[arg-type]


def rows(store: AuditStore, query: AuditQuery = ALL) -> list[AuditRow]:
    return store.page(query, None, 1000)


def whole(store: AuditStore) -> bool:
    head = store.head()
    return check(store.rows(0, head.seq, 10_000), head, store.removals()).ok


def test_an_empty_log_is_whole(store: AuditStore) -> None:
    assert store.head() == Head()
    assert whole(store)


def test_a_row_comes_back_as_it_was(store: AuditStore) -> None:
    store.append(
        [
            deed(
                address="192.0.2.10",
                hostname="Иванов-ПК",
                target="Sales",
                before={"members": 1},
                after={"members": ["NIKITA", 'ОЛЬГА "2"']},
                status=200,
                times=3,
                since=NOON - DAY,
                request_id="5b1f",
            )
        ]
    )

    [found] = [row.shown() for row in rows(store)]

    assert (found.seq, found.at, found.who, found.who_id) == (1, NOON, "user Анна", "1")
    assert (found.address, found.hostname, found.target) == ("192.0.2.10", "Иванов-ПК", "Sales")
    assert (found.before, found.after) == ({"members": 1}, {"members": ["NIKITA", 'ОЛЬГА "2"']})
    assert (found.status, found.outcome, found.times, found.since) == (200, "ok", 3, NOON - DAY)
    assert found.request_id == "5b1f"


def test_rows_are_chained_over_several_batches(store: AuditStore) -> None:
    store.append([deed(0), deed(1)])
    end = store.append([deed(2)])

    assert [row.seq for row in rows(store)] == [3, 2, 1]
    assert store.head() == end
    assert whole(store)


def test_nothing_appended_changes_nothing(store: AuditStore) -> None:
    end = store.append([deed()])

    assert store.append([]) == end
    assert store.head() == end


CAST = [
    deed(0),
    deed(1, NIGHTLY, "POST /api/clients/{hostname}/set_dnd", hostname="Иванов-ПК"),
    deed(2, NIGHTLY, "DELETE /api/groups/{name}", status=403, outcome="not-allowed"),
    deed(3, ANNA, "DELETE /api/tokens/{id}", status=404, outcome="unknown-token"),
]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (ALL, [4, 3, 2, 1]),
        (AuditQuery(who="Анна"), [4, 1]),
        (AuditQuery(who="user Анна"), [4, 1]),
        (AuditQuery(who="2"), [3, 2]),
        (AuditQuery(who="an"), []),
        (AuditQuery(what="DELETE"), [4, 3]),
        (AuditQuery(what="%"), []),
        (AuditQuery(hostname="ИВАНОВ-пк"), [2]),
        (AuditQuery(outcome="ok"), [2, 1]),
        (AuditQuery(outcome="failed"), [4, 3]),
        (AuditQuery(outcome="not-allowed"), [3]),
        (AuditQuery(begin=NOON + timedelta(minutes=1), end=NOON + timedelta(minutes=3)), [3, 2]),
        (AuditQuery(who="nightly", outcome="failed"), [3]),
    ],
)
def test_each_filter_finds_what_it_names(store: AuditStore, query: AuditQuery, found: list[int]) -> None:
    store.append(CAST)

    assert [row.seq for row in rows(store, query)] == found


def test_pages_follow_each_other(store: AuditStore) -> None:
    store.append([deed(minute) for minute in range(7)])

    first = store.page(ALL, None, 3)

    assert [row.seq for row in first] == [7, 6, 5]
    assert [row.seq for row in store.page(ALL, first[-1].seq, 3)] == [4, 3, 2]
    assert [row.seq for row in store.rows(2, 5, 2)] == [3, 4]
    assert [row.seq for row in store.rows(4, 5, 2)] == [5]


def test_old_rows_go_and_the_rest_is_still_whole(store: AuditStore) -> None:
    store.append([deed(minute) for minute in range(5)])

    assert store.forget(NOON + timedelta(minutes=3), NOON + DAY) == 3

    assert [row.seq for row in rows(store)] == [6, 5, 4]
    assert rows(store)[0].what == "anchor"
    assert [removal.removed_to for removal in store.removals()] == [3]
    assert whole(store)
    assert store.forget(NOON + timedelta(minutes=3), NOON + DAY) == 0
    assert store.head().seq == 6


def test_all_rows_may_be_old(store: AuditStore) -> None:
    store.append([deed(minute) for minute in range(3)])

    assert store.forget(NOON + DAY, NOON + DAY) == 3

    assert [row.what for row in rows(store)] == ["anchor"]
    assert whole(store)
    assert store.forget(NOON + 3 * DAY, NOON + 3 * DAY) == 1
    assert [row.seq for row in rows(store)] == [5]
    assert whole(store)


def test_phone_numbers_are_kept_apart_and_each_has_one_name(store: AuditStore) -> None:
    store.append([deed(0, numbers=("+74950000042",)), deed(1, numbers=("+74950000042", "486"))])

    second, first = (row.shown().numbers for row in rows(store))

    assert first == second[:1]
    assert first[0].startswith("…42 #")
    assert second[1].startswith("…86 #")
    assert "0000042" not in str(rows(store))
    assert whole(store)


def test_what_a_database_cannot_hold_is_written_out(store: AuditStore) -> None:
    name = "A\x00\x1b[2J\nB\ud800" + "x" * 1000
    store.append([deed(hostname=name, after={"name": "\x00\ud800"}, numbers=("\x0045\ud800",))])

    [row] = rows(store)

    assert row.hostname.startswith("A\\x00\\x1b[2J\\nB\\ud800x")
    assert len(row.hostname) == 255
    assert row.shown().after == {"name": "\\x00\\ud800"}
    assert whole(store)


def test_what_is_no_json_keeps_no_other_row_from_being_written(store: AuditStore) -> None:
    store.append([deed(after={"thing": object()}), deed(1)])

    assert [row.shown().after for row in rows(store)] == [None, {"left_out": "not JSON"}]
    assert whole(store)


def test_a_long_story_is_cut_short(store: AuditStore) -> None:
    store.append([deed(after={"members": [f"PC-{number}" for number in range(1000)]})])
    store.append([deed(after={f"{number}": "x" * 200 for number in range(100)})])

    long, listed = (row.shown().after for row in rows(store))

    assert listed["members"][-2:] == ["PC-49", "and 950 more"]
    assert long == {"left_out": "too long"}
