"""A running server with an office that looks like a real one."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx2

from benchmarks.errors import CannotMeasure
from benchmarks.panel_office import NAME, PASSWORD, Office
from benchmarks.servers import START_SECONDS, our_server
from microsip_manager.wire import paths
from microsip_manager.wire.codec import encode
from microsip_manager.wire.heartbeat import Heartbeat
from microsip_manager.wire.phone_state import NO_CALL, CallNow, CallState, Direction, PhoneState, Registration
from pictures.history import write_history
from pictures.people import GROUPS, Desk, Doing, desks

AFTERNOON = 16.4
"""The hour at which an office has something to show: behind it a day, and before it some of its wishes."""

ZONES = (
    *("Europe/London", "Europe/Berlin", "Europe/Moscow", "Asia/Yekaterinburg", "Asia/Omsk", "Asia/Novosibirsk"),
    *("Asia/Irkutsk", "Asia/Yakutsk", "Asia/Vladivostok", "Asia/Magadan", "Asia/Kamchatka", "Atlantic/Azores"),
    *("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "America/Anchorage"),
    *("Pacific/Honolulu", "Pacific/Auckland", "America/Sao_Paulo", "America/Noronha", "Pacific/Apia"),
)
SCHEDULES = {
    "Lunch, first shift": ("Sales", ["mon", "tue", "wed", "thu", "fri"], "12:30", "13:15", "Lunch"),
    "Обед, вторая смена": ("Поддержка", ["mon", "tue", "wed", "thu", "fri"], "13:15", "14:00", "Обед"),
    "Планёрка": ("Логистика", ["mon", "thu"], "09:30", "10:00", "Планёрка с руководителем отдела"),
    "Closing of the books": ("Accounting", ["fri"], "15:00", "18:00", "Closing of the books"),
    "Night": ("Reception", ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "20:00", "08:00", ""),
}


def zone_of_the_afternoon(now: datetime) -> ZoneInfo:
    """Where it is afternoon now."""

    def off(name: str) -> float:
        there = now.astimezone(ZoneInfo(name))
        return abs(there.hour + there.minute / 60 - AFTERNOON)

    return ZoneInfo(min(ZONES, key=off))


@contextmanager
def office(folder: Path, count: int, zone: ZoneInfo) -> Iterator[Office]:
    """So many PCs with what they did; the supervisor may sign in."""
    people, now = desks(count), datetime.now(UTC)
    write_history(folder / "this-server.db", people, now, zone)  # where `our_server` looks for it
    with (
        our_server(folder, None) as server,
        httpx2.Client(trust_env=False, base_url=f"http://127.0.0.1:{server.port}", timeout=START_SECONDS) as web,
    ):
        chance = random.Random(487)  # noqa: S311 - an office, no secret
        for desk in people:
            if desk.doing is not Doing.GONE:
                _ask(web.post(paths.HEARTBEAT, content=encode(_beat(chance, desk, now))))
        for group in GROUPS:
            members = [desk.hostname for desk in people if desk.group == group]
            _ask(web.put(f"/api/groups/{group}", json={"members": members}))
        for name, (group, days, start, end, reason) in SCHEDULES.items():
            body = {"group": group, "days": days, "start": start, "end": end, "tz": zone.key, "reason": reason}
            _ask(web.put(f"/api/schedules/{name}", json=body))
        _ask(web.post(paths.SETUP, json={"name": NAME, "password": PASSWORD}))
        yield Office(server, [])


def _ask(answer: httpx2.Response) -> None:
    if not answer.is_success:
        raise CannotMeasure(f"the server answers {answer.status_code} to {answer.request.url}: {answer.text[:300]}")


def _beat(chance: random.Random, desk: Desk, now: datetime) -> Heartbeat:
    status = int(desk.doing in (Doing.AWAY, Doing.FORGOT))
    return Heartbeat(desk.hostname, desk.extension, status, agent_version=desk.agent, phone=_phone(chance, desk, now))


def _phone(chance: random.Random, desk: Desk, now: datetime) -> PhoneState:
    registration, text, call = Registration.REGISTERED, "", NO_CALL
    if desk.doing in (Doing.TALKING, Doing.RINGING):
        rings = desk.doing is Doing.RINGING
        since = now - timedelta(seconds=chance.randrange(3, 15) if rings else int(chance.lognormvariate(4.8, 0.9)))
        way = Direction.INCOMING if rings else chance.choice(list(Direction))
        call = CallNow(
            CallState.RINGING if rings else CallState.IN_CALL, since, way, f"+7495000{chance.randrange(10**4):04}"
        )
    elif desk.doing is Doing.NO_PASSWORD:
        registration = Registration.WRONG_PASSWORD
    elif desk.doing is Doing.NO_SERVER:
        registration, text = Registration.FAILED, "Request Timeout (408)"
    return PhoneState(
        registration=registration,
        registration_text=text,
        call=call,
        forwarding=desk.doing is Doing.FORWARDS,
        microsip_version=desk.microsip,
    )
