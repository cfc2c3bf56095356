"""`bench calls`: finding and exporting calls in a database of a million, through a real server."""

from __future__ import annotations

import os
import random
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks import machine
from benchmarks.errors import CannotMeasure
from benchmarks.figures import Figure, Target, percentile
from benchmarks.machine import resident_megabytes
from benchmarks.screen import Progress, print_facts, print_targets
from benchmarks.servers import Server, our_server
from microsip_manager.wire.calls import CallDirection, call_id
from microsip_manager.wire.paths import CALLS

CALLS_FULL, CALLS_QUICK = 1_000_000, 20_000
ROUNDS_FULL, ROUNDS_QUICK = 200, 10

WANTED_FIRST = 20.0
WANTED_FILTERED = 60.0
"""Milliseconds, the median."""

WANTED_GROWTH = 8.0
"""Megabytes that the server may grow by while it exports everything."""

PCS = 500
NUMBERS = 5_000

NEWEST = datetime.now(UTC).replace(microsecond=0)
SECONDS_BETWEEN = 20
"""A million calls then reach back 230 days."""

# Of a hundred calls: most are made or taken, a rare one meets DND.
DIRECTIONS = (
    [CallDirection.OUTGOING] * 45
    + [CallDirection.INCOMING] * 35
    + [CallDirection.MISSED] * 15
    + [CallDirection.ANSWERED_ELSEWHERE] * 4
    + [CallDirection.REJECTED_BY_DND]
)
TALKS = (CallDirection.OUTGOING, CallDirection.INCOMING)

_INSERT = "INSERT INTO calls VALUES (:id, :client_key, :hostname, :extension, :key, :number, :name, :direction, \
:started_at, :duration, :info, :ended, :received_at)"

_SQLITE_MOMENT = "%Y-%m-%d %H:%M:%S.%f"


def queries(count: int) -> dict[str, str]:
    """What is asked for, by the name it has in the table."""
    middle = NEWEST - timedelta(seconds=SECONDS_BETWEEN * count // 2)
    day = f"from={middle:%Y-%m-%d}&to={middle + timedelta(days=1):%Y-%m-%d}"
    return {
        "first page": "",
        "one PC": "hostname=PC-0042",
        "one PC, missed": "hostname=PC-0042&direction=missed",
        "one PC, a day": f"hostname=PC-0042&{day}",
        "one PC, 55 minutes": "hostname=PC-0042&min_duration=3300",
        "one extension": "extension=1042",
        "one number": "number=84950000042",
        "one number, one PC": "number=84950000042&hostname=PC-0042",
        "a number nobody called": "number=112",
        "missed": "direction=missed",
        "rejected by DND": "direction=rejected_by_dnd",
        "a day": day,
        "a day, missed": f"{day}&direction=missed",
        "at least a minute": "min_duration=60",
        "at least 55 minutes": "min_duration=3300",
        "at least 3599 seconds": "min_duration=3599",
        "longer than any": "min_duration=100000",
        "missed, with talk (none)": "direction=missed&min_duration=1",
        "made, 55 minutes, a day": f"direction=outgoing&min_duration=3300&{day}",
    }


def run(*, quick: bool) -> int:
    """Measure and print. 0 when every target is met, else 1; raises `CannotMeasure`."""
    machine.require_linux()
    count, rounds = (CALLS_QUICK, ROUNDS_QUICK) if quick else (CALLS_FULL, ROUNDS_FULL)
    progress, cores = Progress(), machine.two_cores()
    print("MicroSIP Manager, bench calls\n")
    print_facts(machine.facts(cores))
    machine.pin(os.getpid(), cores.load)
    with (
        tempfile.TemporaryDirectory(prefix="microsip-bench-") as folder,
        our_server(Path(folder), cores.server) as server,
    ):
        progress.show(f"storing {count:,} calls")
        fill(server.database, count)
        targets = [*_pages(server, count, rounds, progress), _export(server, count, progress)]
    progress.clear()
    print_targets(targets)
    if quick:
        print("\n--quick: too few to judge by; leave it out to measure")
    return 0 if all(target.met for target in targets) else 1


def fill(database: Path, count: int) -> None:
    """Put the same calls into the database at each run, counted back from now."""
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.executemany(_INSERT, rows(count))


def rows(count: int) -> Iterator[dict[str, object]]:
    chance = random.Random(2026)  # noqa: S311 - the same calls at each run, not secrets
    for number in range(count):
        pc, other = chance.randrange(PCS), chance.randrange(NUMBERS)
        direction = chance.choice(DIRECTIONS)
        moment = NEWEST - timedelta(seconds=SECONDS_BETWEEN * number)
        hostname = f"PC-{pc:04}"
        yield {
            "id": call_id(hostname, number % 1000, int(moment.timestamp())),
            "client_key": hostname.lower(),
            "hostname": hostname,
            "extension": str(1000 + pc),
            "key": number % 1000,
            "number": f"8495{other:07}",
            "name": f"Абонент {other}",
            "direction": direction.value,
            "started_at": moment.strftime(_SQLITE_MOMENT),
            # Nine of ten talks are short; the longest takes an hour.
            "duration": int(chance.random() ** 3 * 3600) if direction in TALKS else 0,
            "info": "Call Ended",
            "ended": True,
            "received_at": moment.strftime(_SQLITE_MOMENT),
        }


def _pages(server: Server, count: int, rounds: int, progress: Progress) -> list[Target]:
    found = []
    print(
        f"\nGET /api/calls with {count:,} calls, {server.database.stat().st_size / 1e6:,.0f} MB; {rounds} times each\n"
    )
    print(f"  {'':<28}{'calls':>8}{'p50, ms':>10}{'p99, ms':>10}")
    for name, query in queries(count).items():
        progress.show(f"pages: {name}")
        calls, times = _ask(server, query, rounds)
        figure = Figure(times)
        print(f"  {name:<28}{calls:>8}{figure.middle:>10.1f}{percentile(sorted(times), 0.99):>10.1f}")
        wanted = WANTED_FIRST if not query else WANTED_FILTERED
        found.append(Target(f"{name}: p50, ms", f"{figure.middle:.1f}", f"< {wanted:g}", figure.middle < wanted))
    return found


def _ask(server: Server, query: str, rounds: int) -> tuple[int, list[float]]:
    """How many calls a page has, and the milliseconds of each question."""
    times, body = [], b""
    for _ in range(rounds):
        began = time.perf_counter()
        answer = server.get(f"{CALLS}?{query}")
        body = answer.read()
        times.append((time.perf_counter() - began) * 1e3)
        if answer.status != 200:
            raise CannotMeasure(f"{query} is answered {answer.status}")
    return body.count(b'"id":'), times


def _export(server: Server, count: int, progress: Progress) -> Target:
    """Export everything, while looking at the memory of the server."""
    before = most = resident_megabytes(server.pid)
    began = time.perf_counter()
    answer, lines, size = server.get(f"{CALLS}?format=csv"), 0, 0
    while part := answer.read(1 << 20):
        lines += part.count(b"\n")
        size += len(part)
        most = max(most, resident_megabytes(server.pid))
        progress.show(f"export: {lines:,} of {count:,} calls")
    if lines != count + 1:
        raise CannotMeasure(f"the export has {lines:,} lines for {count:,} calls")
    seconds = time.perf_counter() - began
    print(f"\n  export: {lines - 1:,} calls, {size / 1e6:,.0f} MB in {seconds:.1f} s;", end=" ")
    print(f"memory (RSS) {before:.1f} MB before, {most:.1f} MB at most")
    growth = most - before
    return Target("export: growth of memory, MB", f"{growth:.1f}", f"< {WANTED_GROWTH:g}", growth < WANTED_GROWTH)
