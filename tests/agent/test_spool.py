"""The spool keeps what no server has confirmed, whatever happens."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from microsip_manager.agent.boundaries import PhoneFiles
from microsip_manager.agent.errors import UnusableSystem
from microsip_manager.agent.spool import Seen, Spool, open_spool, spool_path
from microsip_manager.wire.calls import Call, CallDirection, call_id

INI = "/phone/microsip.ini"
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def call(key: int = 0, *, ended: bool = True) -> Call:
    return Call(call_id("NIKITA", key, 0), "NIKITA", "485", key, "486", "", CallDirection.OUTGOING, NOON, 0, "", ended)


def seen_of(*calls: Call) -> dict[int, Seen]:
    return {each.key: Seen(each.id, each.extension, b"digest") for each in calls}


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    with closing(open_spool(tmp_path / "spool" / "calls.db")) as opened:
        yield opened


def test_what_is_noted_waits_in_its_order_and_is_remembered(spool: Spool) -> None:
    spool.note(INI, seen_of(call(5), call(2)), [call(5), call(2)])

    assert [each.call.key for each in spool.waiting(10)] == [5, 2]
    assert [each.call.key for each in spool.waiting(1)] == [5]
    assert spool.seen(INI) == seen_of(call(5), call(2))
    assert spool.seen("/other.ini") == {}


def test_it_survives_the_end_of_the_agent(tmp_path: Path) -> None:
    with closing(open_spool(tmp_path / "calls.db")) as first:
        first.note(INI, seen_of(call()), [call()])
        first.add_phone(PhoneFiles(Path(INI), Path("/phone")))

    with closing(open_spool(tmp_path / "calls.db")) as second:
        assert [each.call for each in second.waiting(10)] == [call()]
        assert second.phones() == [PhoneFiles(Path(INI), Path("/phone"))]


def test_only_what_was_confirmed_is_forgotten(spool: Spool) -> None:
    spool.note(INI, {}, [call(1), call(2)])

    spool.forget(spool.waiting(1))

    assert [each.call.key for each in spool.waiting(10)] == [2]


def test_a_confirmation_of_what_has_changed_since_forgets_nothing(spool: Spool) -> None:
    spool.note(INI, {}, [call(ended=False)])
    sent = spool.waiting(10)
    spool.note(INI, {}, [call(ended=True)])

    spool.forget(sent)

    assert [each.call.ended for each in spool.waiting(10)] == [True]


def test_what_is_put_off_comes_last_and_alone_until_it_changes(spool: Spool) -> None:
    spool.note(INI, {}, [call(1), call(2)])
    spool.put_off(spool.waiting(1))

    assert [each.call.key for each in spool.waiting(10)] == [2]
    spool.forget(spool.waiting(10))
    assert [each.call.key for each in spool.waiting(10)] == [1]

    spool.note(INI, {}, [msgspec.structs.replace(call(1), number="487"), call(3)])
    assert [each.call.key for each in spool.waiting(10)] == [1, 3]


def test_what_fails_halfway_is_not_there_at_all(spool: Spool) -> None:
    bad = Seen(None, "485", b"")  # type: ignore[arg-type] # what the database refuses

    with pytest.raises(sqlite3.IntegrityError):
        spool.note(INI, seen_of(call(1)) | {2: bad}, [call(1)])

    assert spool.seen(INI) == {}
    assert spool.waiting(10) == []
    spool.note(INI, seen_of(call(1)), [call(1)])
    assert len(spool.waiting(10)) == 1


def test_a_damaged_file_is_set_aside_and_a_new_one_begun(tmp_path: Path) -> None:
    path = tmp_path / "calls.db"
    path.write_bytes(b"this was a shopping list\n" * 100)

    with closing(open_spool(path)) as spool:
        assert spool.waiting(10) == []

    assert (tmp_path / "calls.db.damaged").read_bytes().startswith(b"this was")


def test_a_folder_that_cannot_be_written_is_named_with_the_setting(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(UnusableSystem, match=r"file/calls\.db cannot be written: .*SPOOL_DIR sets another folder"):
        open_spool(tmp_path / "file" / "calls.db")


def test_agents_of_several_names_may_share_a_folder_whatever_their_names(tmp_path: Path) -> None:
    paths = {spool_path(tmp_path, name) for name in ("NIKITA", "nikita", "Иванов-ПК", "a:b*c?", "CON")}

    assert len(paths) == 4
    assert all(path.parent == tmp_path for path in paths)
