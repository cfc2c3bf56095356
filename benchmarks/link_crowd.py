"""Thousands of simulated PCs at their links: memory and CPU of the server, and how they come back after its crash."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from benchmarks.crowds import INTERVAL, LOOK_EVERY, crowd, wait_for_all
from benchmarks.errors import CannotMeasure
from benchmarks.figures import Target
from benchmarks.machine import Cores, cpu_seconds, resident_megabytes
from benchmarks.plan import Plan
from benchmarks.screen import Progress
from benchmarks.servers import Server, our_server
from microsip_manager.wire import paths
from microsip_manager.wire.clients import ClientState
from microsip_manager.wire.phone import PhoneStatus

MOST_KILOBYTES = 30.0
MOST_CORE = 30.0
BACK_WITHIN = 30.0

GIVE_UP_AFTER = 120.0


def measure(plan: Plan, cores: Cores, folder: Path, progress: Progress) -> list[Target]:
    """Print the figures; return what is to be judged."""
    count = plan.crowd
    with our_server(folder, cores.server, interval=INTERVAL) as server, crowd(server, count, cores) as started:
        before = resident_megabytes(server.pid)
        wait_for_all(started, count, progress)
        core = _core_share(server, plan.crowd_seconds, progress)
        kilobytes = (resident_megabytes(server.pid) - before) * 1000 / count
        os.kill(server.pid, signal.SIGKILL)
        killed = time.monotonic()
        with our_server(folder, cores.server, interval=INTERVAL, port=server.port) as again:
            seconds, offline = _come_back(again, count, killed, progress)
    progress.clear()
    offline += _written_offline(server.database)
    print(f"\n{count:,} simulated PCs at their links, a heartbeat each {INTERVAL:g} s\n")
    print(f"  memory for one link        {kilobytes:8.1f} KB")
    print(f"  server's core in use       {core:8.1f} %  over {plan.crowd_seconds:g} s")
    print(f"  all back after kill -9     {seconds:8.1f} s  {offline} shown offline meanwhile")
    return [
        Target(
            "idle link: memory of the server",
            f"{kilobytes:.1f} KB",
            f"≤ {MOST_KILOBYTES:g} KB",
            kilobytes <= MOST_KILOBYTES,
        ),
        Target(f"{count:,} links: CPU of the server", f"{core:.1f} %", f"≤ {MOST_CORE:g} %", core <= MOST_CORE),
        Target(
            f"{count:,} links: all back after kill -9",
            f"{seconds:.1f} s, {offline} offline",
            f"≤ {BACK_WITHIN:g} s, 0 offline",
            seconds <= BACK_WITHIN and not offline,
        ),
    ]


def _core_share(server: Server, seconds: float, progress: Progress) -> float:
    """The server's share of a core while nothing but heartbeats comes, in %."""
    time.sleep(INTERVAL)
    before, began = cpu_seconds(server.pid), time.monotonic()
    while time.monotonic() < began + seconds:
        progress.show("link: nothing but heartbeats")
        time.sleep(LOOK_EVERY)
    return (cpu_seconds(server.pid) - before) / (time.monotonic() - began) * 100


def _come_back(server: Server, count: int, killed: float, progress: Progress) -> tuple[float, int]:
    """Seconds from the kill until every PC was heard again, and the most that a list showed offline until then."""
    started, offline = datetime.now(UTC), 0
    decode = msgspec.json.Decoder(list[ClientState]).decode
    while True:
        clients = decode(server.get(paths.CLIENTS).read())
        now = time.monotonic() - killed
        back = sum(client.last_seen > started for client in clients)
        offline = max(offline, sum(client.status is PhoneStatus.OFFLINE for client in clients))
        progress.show(f"link: {back:,} of {count:,} PCs are back, {offline} offline")
        if back >= count:
            return now, offline
        if now > GIVE_UP_AFTER:
            raise CannotMeasure(f"only {back:,} of {count:,} PCs were back {now:.0f} s after the server was killed")
        time.sleep(LOOK_EVERY)


def _written_offline(database: Path) -> int:
    """How often somebody became offline in the history, also between two looks at the list."""
    with closing(sqlite3.connect(database)) as connection:
        found: tuple[int] = connection.execute("SELECT count(*) FROM transitions WHERE after = 'offline'").fetchone()
    return found[0]
