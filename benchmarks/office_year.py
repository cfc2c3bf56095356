"""A database as a year of an office leaves it."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from microsip_manager.server.sql_store import SqlStore
from microsip_manager.wire.calls import CallDirection
from microsip_manager.wire.phone import PhoneStatus

Row = tuple[object, ...]


@dataclass(frozen=True)
class Year:
    clients: int
    calls: int
    changes: int
    days: int = 365


FULL_YEAR = Year(clients=200, calls=1_000_000, changes=200 * 20 * 365)
QUICK_YEAR = Year(clients=200, calls=20_000, changes=20_000)


def write_year(database: Path, year: Year, until: datetime) -> None:
    """Make the database: calls and changes spread evenly over the year, each of a client at random."""
    SqlStore(f"sqlite:///{database}").close()
    chance = random.Random(485)  # noqa: S311 - the same office each time, no secrets
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        indexes = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql > ''").fetchall()
        for name, _ in indexes:  # indexing all at once in the end is faster than a million times a little
            connection.execute(f"DROP INDEX {name}")
        connection.executemany("INSERT INTO clients VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", _clients(year, until))
        connection.executemany(
            "INSERT INTO calls VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", _calls(year, until, chance)
        )
        connection.executemany(
            "INSERT INTO transitions (client_key, before, after, at) VALUES (?, NULL, ?, ?)",
            _changes(year, until, chance),
        )
        for _, sql in indexes:
            connection.execute(sql)
        connection.commit()


def _clients(year: Year, until: datetime) -> Iterator[Row]:
    since = _stored(until - timedelta(days=year.days))
    for number in range(year.clients):
        yield f"pc-{number}", f"PC-{number}", str(100 + number), "online", since, since, "192.0.2.17", 8084, "0.1.0", 0


def _calls(year: Year, until: datetime, chance: random.Random) -> Iterator[Row]:
    directions = [direction.value for direction in CallDirection]
    for number, at in enumerate(_moments(year.calls, year.days, until)):
        client, direction = chance.randrange(year.clients), chance.choices(directions, (40, 35, 15, 5, 5))[0]
        talk = chance.randrange(600) if direction in ("outgoing", "incoming") else 0
        yield (
            f"{chance.getrandbits(128):032x}",
            f"pc-{client}",
            f"PC-{client}",
            str(100 + client),
            number % 1000,
            str(chance.randrange(10**9)),
            "Somebody",
            direction,
            at,
            talk,
            "Call Ended",
            1,
            at,
        )


def _changes(year: Year, until: datetime, chance: random.Random) -> Iterator[Row]:
    statuses = [status.value for status in PhoneStatus]
    for at in _moments(year.changes, year.days, until):
        yield f"pc-{chance.randrange(year.clients)}", chance.choice(statuses), at


def _moments(count: int, days: int, until: datetime) -> Iterator[str]:
    start, step = until - timedelta(days=days), timedelta(days=days) / count
    for number in range(count):
        yield _stored(start + step * number)


def _stored(moment: datetime) -> str:
    """As SQLAlchemy writes a moment to SQLite."""
    return f"{moment:%Y-%m-%d %H:%M:%S.%f}"
