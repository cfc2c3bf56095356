"""Attacks on the chain: each kind of tampering is found, and what cannot be found is said."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from msgspec import structs

from microsip_manager.server.audit.audit_log import AuditLog
from microsip_manager.server.audit.chain import START, AuditRow, Head, check, hash_of, next_row
from microsip_manager.server.audit.deed import Deed
from microsip_manager.server.identity.caller import SERVER
from microsip_manager.server.sql_audit_store import SqlAuditStore
from microsip_manager.server.sql_store import SqlStore
from tests.fakes.audit_store import MemoryAuditStore
from tests.fakes.clock import HandClock

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def deed(number: int) -> Deed:
    return Deed(NOON + timedelta(minutes=number), SERVER, f"deed {number}", hostname="NIKITA", status=200)


def chain(length: int = 8) -> list[AuditRow]:
    rows: list[AuditRow] = []
    head = Head()
    for number in range(1, length + 1):
        rows.append(next_row(head, deed(number)))
        head = Head(rows[-1].seq, rows[-1].hash)
    return rows


def end_of(rows: Sequence[AuditRow]) -> Head:
    return Head(rows[-1].seq, rows[-1].hash)


def changed(rows: list[AuditRow], at: int, /, **fields: object) -> list[AuditRow]:
    return [structs.replace(row, **fields) if row.seq == at else row for row in rows]


def chained_anew(rows: Sequence[AuditRow], begin: int) -> list[AuditRow]:
    """As somebody would do who knows how the chain is made."""
    made = [row for row in rows if row.seq < begin]
    for row in rows[len(made) :]:
        previous = made[-1].hash if made else START
        seq = made[-1].seq + 1 if made else 1
        moved = structs.replace(row, seq=seq)
        made.append(structs.replace(moved, hash=hash_of(previous, moved)))
    return made


def test_a_chain_that_nobody_touched_is_whole() -> None:
    rows = chain()

    found = check(rows, end_of(rows), [])

    assert (found.ok, found.rows, found.first, found.last, found.broken) == (True, 8, 1, 8, [])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("at", NOON),
        ("who_kind", "user"),
        ("who_id", "9"),
        ("who_name", "somebody else"),
        ("address", "192.0.2.66"),
        ("what", "nothing"),
        ("client_key", "olga"),
        ("hostname", "OLGA"),
        ("target", "Sales"),
        ("before", "{}"),
        ("after", "{}"),
        ("numbers", "[]"),
        ("status", None),
        ("outcome", "not-allowed"),
        ("times", 2),
        ("since", NOON),
        ("request_id", "00"),
        ("hash", "f" * 64),
    ],
)
@pytest.mark.parametrize("at", [1, 4, 8])
def test_a_change_of_any_field_of_any_row_is_found(at: int, field: str, value: object) -> None:
    rows = chain()

    found = check(changed(rows, at, **{field: value}), end_of(rows), [])

    assert not found.ok
    assert at in {one.seq for one in found.broken}


def test_every_field_of_a_row_is_tried_above() -> None:
    tried = {"seq"} | {
        mark.args[1][index][0]
        for mark in test_a_change_of_any_field_of_any_row_is_found.pytestmark  # type: ignore[attr-defined]
        for index in range(len(mark.args[1]))
        if mark.args[0] == ("field", "value")
    }

    assert tried == set(AuditRow.__struct_fields__)


ATTACKS: dict[str, Callable[[list[AuditRow]], list[AuditRow]]] = {
    "a row removed from the middle": lambda rows: [row for row in rows if row.seq != 4],
    "several removed": lambda rows: [row for row in rows if row.seq not in (3, 4, 5)],
    "removed, and the rest numbered anew": lambda rows: chained_anew([row for row in rows if row.seq != 4], 4),
    "a row changed, and its own hash made to fit": lambda rows: [
        *rows[:3],
        structs.replace(moved := structs.replace(rows[3], what="nothing"), hash=hash_of(rows[2].hash, moved)),
        *rows[4:],
    ],
    "a row changed, and all that follow chained anew": lambda rows: chained_anew(changed(rows, 4, what="nothing"), 4),
    "two rows in each other's place": lambda rows: [
        *rows[:3],
        structs.replace(rows[4], seq=4),
        structs.replace(rows[3], seq=5),
        *rows[5:],
    ],
    "a row put in": lambda rows: chained_anew([*rows[:4], deed_row(), *rows[4:]], 5),
    "the last row cut off": lambda rows: rows[:-1],
    "the end cut off": lambda rows: rows[:3],
    "all cut off": lambda rows: [],
    "the first row cut off": lambda rows: rows[1:],
    "the beginning cut off": lambda rows: rows[5:],
    "the beginning cut off, and the rest chained anew": lambda rows: chained_anew(rows[5:], 1),
}


def deed_row() -> AuditRow:
    return next_row(Head(), deed(99))


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_each_kind_of_tampering_with_the_rows_is_found(attack: Callable[[list[AuditRow]], list[AuditRow]]) -> None:
    rows = chain()

    assert not check(attack(rows), end_of(rows), []).ok


def test_a_whole_database_made_anew_is_found_only_by_what_was_kept_elsewhere() -> None:
    rows = chain()
    forged = chained_anew(changed(rows, 4, what="nothing"), 4)

    # What a chain alone cannot show, as the documentation says.
    assert check(forged, end_of(forged), []).ok
    assert check(rows[:5], end_of(rows[:5]), []).ok

    assert not check(forged, end_of(forged), [], {6: rows[5].hash}).ok
    assert not check(rows[:5], end_of(rows[:5]), [], {8: rows[7].hash}).ok
    assert check(rows, end_of(rows), [], {6: rows[5].hash}).ok


def test_what_was_kept_elsewhere_of_a_row_that_has_become_too_old_is_no_evidence() -> None:
    store = MemoryAuditStore()
    store.append([deed(number) for number in range(1, 6)])
    witness = {2: store.kept[1].hash}
    store.forget(NOON + timedelta(minutes=4), NOON + timedelta(days=1))

    assert check(store.kept, store.head(), store.removals(), witness).ok


@pytest.fixture
def database(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/audit.db"


def test_the_database_itself_refuses_to_change_or_remove_a_row(database: str) -> None:
    with closing(SqlStore(database)) as opened:
        SqlAuditStore(opened.engine).append([deed(1), deed(2)])
        statements = ("UPDATE audit SET what = 'nothing'", "DELETE FROM audit", "DELETE FROM audit WHERE seq = 2")
        for statement in statements:
            with pytest.raises(sa.exc.IntegrityError, match="only grows"), opened.engine.begin() as connection:
                connection.exec_driver_sql(statement)

        assert len(SqlAuditStore(opened.engine).rows(0, 10, 10)) == 2


def without_triggers(database: str, *statements: str) -> None:
    """As somebody does who may do everything with the database."""
    engine = sa.create_engine(database)
    with engine.begin() as connection:
        for trigger in ("audit_is_not_changed", "audit_is_not_removed"):
            connection.exec_driver_sql(f"DROP TRIGGER {trigger}")
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET what = 'nothing' WHERE seq = 3",
        "DELETE FROM audit WHERE seq = 3",
        "DELETE FROM audit WHERE seq >= 4",
        "DELETE FROM audit WHERE seq <= 2",
        "DELETE FROM audit",
        "UPDATE audit SET seq = seq + 100",
        "UPDATE audit SET after = '{\"removed_to\": 9}', what = 'anchor' WHERE seq = 5",
    ],
)
def test_tampering_with_the_database_is_found_also_after_more_rows(database: str, statement: str) -> None:
    with closing(SqlStore(database)) as opened:
        store = SqlAuditStore(opened.engine)
        store.append([deed(number) for number in range(1, 6)])
        audit = AuditLog(store, HandClock(), keep_days=400)
        assert asyncio.run(audit.check({})).ok

        without_triggers(database, statement)
        at_once = asyncio.run(audit.check({}))
        audit.take(deed(6))
        later = asyncio.run(audit.check({}))

    assert not at_once.ok
    assert not later.ok


def test_a_head_set_back_is_found_and_the_rows_are_gone_on_with(database: str) -> None:
    with closing(SqlStore(database)) as opened:
        store = SqlAuditStore(opened.engine)
        store.append([deed(number) for number in range(1, 6)])
        audit = AuditLog(store, HandClock(), keep_days=400)

        without_triggers(database, "UPDATE audit_head SET seq = 4, hash = (SELECT hash FROM audit WHERE seq = 4)")
        assert not asyncio.run(audit.check({})).ok
        audit.take(deed(6))

        later = asyncio.run(audit.check({}))
    assert (later.ok, later.rows) == (True, 6)


def test_the_server_itself_remembers_how_the_chain_ended(database: str) -> None:
    """Even one who makes rows and head anew is found as long as the server that wrote the last rows lives."""
    with closing(SqlStore(database)) as opened:
        store = SqlAuditStore(opened.engine)
        audit = AuditLog(store, HandClock(), keep_days=400)
        for number in range(1, 6):
            audit.take(deed(number))
        assert asyncio.run(audit.check({})).ok

        cut = "UPDATE audit_head SET seq = 3, hash = (SELECT hash FROM audit WHERE seq = 3)"
        without_triggers(database, "DELETE FROM audit WHERE seq > 3", cut)

        assert not asyncio.run(audit.check({})).ok


def test_two_servers_on_one_database_make_one_chain(database: str) -> None:
    with closing(SqlStore(database)) as first, closing(SqlStore(database)) as second:
        stores = [SqlAuditStore(first.engine), SqlAuditStore(second.engine)]

        def write(store: SqlAuditStore) -> None:
            for number in range(1, 21):
                store.append([deed(number), deed(number)])

        threads = [threading.Thread(target=write, args=(store,)) for store in stores]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)

        head = stores[0].head()
        found = check(stores[0].rows(0, head.seq, 1000), head, [])

    assert (found.ok, found.rows) == (True, 80)


def test_an_old_chain_is_whole_after_each_removal_and_tampering_with_its_start_is_found() -> None:
    store = MemoryAuditStore()
    for day in range(10):
        store.append([Deed(NOON + timedelta(days=day), SERVER, f"day {day}")])
        store.forget(NOON + timedelta(days=day - 3), NOON + timedelta(days=day))

    rows = store.kept
    assert check(rows, store.head(), store.removals()).ok
    assert rows[0].seq > 5
    assert not check(rows[1:], store.head(), store.removals()).ok
    assert not check(rows, store.head(), []).ok
    assert not check(changed(rows, rows[0].seq, what="x"), store.head(), store.removals()).ok
