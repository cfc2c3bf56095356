"""The office of the pictures: always the same people, whose past ends in what they do now."""

from __future__ import annotations

import sqlite3
import struct
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pictures.__main__ import main
from pictures.history import write_history
from pictures.office import zone_of_the_afternoon
from pictures.people import GROUPS, Doing, desks

NOW = datetime(2026, 3, 4, 13, 20, tzinfo=UTC)


def test_everybody_has_a_name_and_an_extension_of_his_own() -> None:
    people = desks(500)

    assert len({desk.key for desk in people}) == len({desk.extension for desk in people}) == 500
    assert {desk.group for desk in people} == set(GROUPS)
    assert {desk.doing for desk in people} == set(Doing)
    assert desks(60) == people[:60]


@pytest.mark.parametrize("hour", range(24))
def test_there_is_always_a_place_where_it_is_afternoon(hour: int) -> None:
    now = NOW.replace(hour=hour)

    assert 14 <= now.astimezone(zone_of_the_afternoon(now)).hour <= 18


def test_the_past_of_each_ends_in_what_it_does_and_no_call_is_to_come(tmp_path: Path) -> None:
    people = desks(60)
    write_history(tmp_path / "office.db", people, NOW, zone_of_the_afternoon(NOW))

    with closing(sqlite3.connect(tmp_path / "office.db")) as database:
        newest = dict(database.execute("SELECT client_key, after FROM transitions ORDER BY at"))
        latest: str = database.execute("SELECT max(started_at) FROM calls").fetchone()[0]
        calls: int = database.execute("SELECT count(*) FROM calls").fetchone()[0]

    away = {desk.key for desk in people if desk.doing in (Doing.AWAY, Doing.FORGOT)}
    gone = {desk.key for desk in people if desk.doing is Doing.GONE}
    assert {key for key, status in newest.items() if status == "dnd"} == away
    assert {key for key, status in newest.items() if status == "offline"} == gone
    assert latest < NOW.isoformat(" ")
    assert calls > 10_000


@pytest.mark.slow
def test_a_picture_is_taken(tmp_path: Path) -> None:
    assert main([str(tmp_path), "phone"]) == 0

    [file] = tmp_path.iterdir()
    assert struct.unpack(">II", file.read_bytes()[16:24]) == (390, 844)
