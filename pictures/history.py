"""Weeks of work, written into the database of a server that is not running yet."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from microsip_manager.server import tables
from microsip_manager.server.sql_store import SqlStore
from microsip_manager.server.sql_wish_store import SqlWishStore
from microsip_manager.server.wish import Wish
from microsip_manager.wire.desired import WishState
from pictures.people import WATCHED, Desk, Doing

WEEKS = 4
REASONS = ("Lunch", "Обед", "Training", "Планёрка", "Отчёт за квартал: просьба не беспокоить до конца дня")
CALLERS = (
    ("+74951234567", "ООО «Ромашка»"),
    ("+78125550142", "Транспорт и склад, отдел закупок"),
    ("+442079460018", "Hughes & Sons"),
    ("+4930901820", "Fischer GmbH"),
    ("+79035550177", ""),
    ("+74995550120", "Анна Белова"),
    ("112", "Kuznetsova"),
)
OUTCOMES = {"outgoing": 34, "incoming": 44, "missed": 10, "rejected_by_dnd": 6, "answered_elsewhere": 6}
BUSY_HOURS = {9: 8, 10: 14, 11: 15, 12: 10, 13: 6, 14: 11, 15: 14, 16: 12, 17: 7, 18: 3}

Row = dict[str, Any]


def write_history(database: Path, desks: Sequence[Desk], now: datetime, zone: ZoneInfo) -> None:
    """Their days until now, by the clocks of that zone; as they end, each of them does what it does."""
    SqlStore(f"sqlite:///{database}").close()
    engine = sa.create_engine(f"sqlite:///{database}")
    chance = random.Random(486)  # noqa: S311 - an office, no secret
    changes = [change for desk in desks for change in _changes(chance, desk, now, zone)]
    calls = [call for desk in desks for call in _calls(chance, desk, now, zone, 26 if desk is desks[WATCHED] else 15)]
    last = {change["client_key"]: change for change in changes}
    with engine.begin() as connection:
        connection.execute(tables.transitions_table.insert(), sorted(changes, key=lambda change: change["at"]))
        connection.execute(tables.calls_table.insert(), calls)
        connection.execute(tables.clients_table.insert(), [_client(desk, last[desk.key], now) for desk in desks])
        connection.execute(tables.commands_table.insert(), list(_commands(desks[WATCHED], now)))
    SqlWishStore(engine).write(*_wishes(chance, desks, now))
    engine.dispose()


def _client(desk: Desk, last: Row, now: datetime) -> Row:
    return {
        "key": desk.key,
        "hostname": desk.hostname,
        "extension": desk.extension,
        "status": last["after"],
        "status_since": last["at"],
        "last_seen": last["at"] if desk.doing is Doing.GONE else now,
        "address": "192.0.2.17",
        "port": 8084,
        "agent_version": desk.agent,
        "simulated": False,
    }


def _changes(chance: random.Random, desk: Desk, now: datetime, zone: ZoneInfo) -> Iterator[Row]:
    before: str | None = None
    for at, after in _statuses(chance, desk, now, zone):
        yield {"client_key": desk.key, "before": before, "after": after, "at": at}
        before = after


def _statuses(chance: random.Random, desk: Desk, now: datetime, zone: ZoneInfo) -> Iterator[tuple[datetime, str]]:
    """In order, each other than the one before, up to what is now."""
    latest = now - timedelta(minutes=chance.choice((1, 3, 6, 11, 18, 26)), seconds=chance.randrange(60))
    if desk.doing is Doing.FORGOT:
        latest = now - timedelta(hours=chance.randint(2, 3), minutes=chance.randrange(60))
    status = ""
    for day in _days(now, zone):
        for at, after in _day(chance, day):
            if at < latest - timedelta(minutes=2) and after != status:
                yield at, after
                status = after
    wanted = {Doing.GONE: "offline", Doing.AWAY: "dnd", Doing.FORGOT: "dnd"}.get(desk.doing, "online")
    if status != wanted:
        yield latest, wanted


def _days(now: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """The midnights of the working days until today, which counts as one."""
    today = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    for ago in range(WEEKS * 7, -1, -1):
        day = today - timedelta(days=ago)
        if day.weekday() < 5 or ago == 0:
            yield day


def _day(chance: random.Random, midnight: datetime) -> Iterator[tuple[datetime, str]]:
    def at(hour: float) -> datetime:
        return midnight + timedelta(hours=hour)

    yield at(chance.gauss(8.9, 0.2)), "online"
    if chance.random() < 0.4:
        meeting = chance.uniform(9.6, 11.5)
        yield at(meeting), "dnd"
        yield at(meeting + chance.uniform(0.3, 0.8)), "online"
    lunch = chance.gauss(13, 0.3)
    yield at(lunch), "dnd"
    yield at(lunch + chance.gauss(0.7, 0.1)), "online"
    yield at(chance.gauss(18.2, 0.3)), "offline"


def _calls(chance: random.Random, desk: Desk, now: datetime, zone: ZoneInfo, a_day: int) -> Iterator[Row]:
    for day in _days(now, zone):
        for _ in range(max(3, round(chance.gauss(a_day, 4)))):
            hour = chance.choices(list(BUSY_HOURS), list(BUSY_HOURS.values()))[0]
            started = day + timedelta(hours=hour, seconds=chance.randrange(3600))
            if started < now - timedelta(minutes=15):
                yield _call(chance, desk, started)


def _call(chance: random.Random, desk: Desk, started: datetime) -> Row:
    number, name = chance.choice(CALLERS)
    direction = chance.choices(list(OUTCOMES), list(OUTCOMES.values()))[0]
    seconds = min(2400, int(chance.lognormvariate(4.9, 0.9))) if direction in ("outgoing", "incoming") else 0
    return {
        "id": f"{chance.getrandbits(128):032x}",
        "client_key": desk.key,
        "hostname": desk.hostname,
        "extension": desk.extension,
        "key": chance.randrange(1000),
        "number": number,
        "name": name,
        "direction": direction,
        "started_at": started,
        "duration": seconds,
        "info": "Call Ended" if seconds else "",
        "ended": True,
        "received_at": started + timedelta(seconds=seconds + 1),
    }


def _wishes(chance: random.Random, desks: Sequence[Desk], now: datetime) -> Iterator[Wish]:
    for number, desk in enumerate(desk for desk in desks if desk.doing is Doing.AWAY):
        yield Wish(
            id=f"{chance.getrandbits(128):032x}",
            hostname=desk.hostname,
            enabled=True,
            reason=REASONS[number % len(REASONS)],
            until=now + timedelta(minutes=chance.choice((4, 12, 25, 50, 110))),
            asked_at=now - timedelta(minutes=8),
            state=WishState.HELD,
            back_to=False,
            touched=True,
        )


def _commands(desk: Desk, now: datetime) -> Iterator[Row]:
    asked = (
        ("set_dnd on", "anna", 190, "applied"),
        ("set_dnd off", "schedule Lunch", 146, "applied"),
        ("display_message", "anna", 95, "shown"),
        ("set_dnd on", "report-bot", 34, "already"),
    )
    for number, (command, issuer, minutes, outcome) in enumerate(asked):
        at = now - timedelta(minutes=minutes)
        yield {
            "id": f"{number:032x}",
            "client_key": desk.key,
            "hostname": desk.hostname,
            "command": command,
            "issuer": issuer,
            "way": "link",
            "asked_at": at,
            "deadline": at + timedelta(seconds=10),
            "outcome": outcome,
            "ended_at": at + timedelta(milliseconds=180),
            "late": "",
        }
