"""`bench stats`: figures of a day and of 31 days out of a year of an office, and how the server lives meanwhile."""

from __future__ import annotations

import http.client
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import msgspec

from benchmarks import machine
from benchmarks.errors import CannotMeasure
from benchmarks.figures import Target, percentile
from benchmarks.office_year import FULL_YEAR, QUICK_YEAR, Year, write_year
from benchmarks.screen import Progress, print_facts, print_table, print_targets
from benchmarks.servers import START_SECONDS, Server, our_server
from microsip_manager.wire import paths
from microsip_manager.wire.stats import Stats

ROUNDS, QUICK_ROUNDS = 15, 3
ZONE = "Europe/Moscow"
WANTED_MS = {"one day": 150.0, "31 days": 2000.0}
WANTED_HEALTH_MS = 100.0


def run(*, quick: bool) -> int:
    """Measure and print. 0 when every target is met, else 1; raises `CannotMeasure`."""
    machine.require_linux()
    year, rounds, progress = QUICK_YEAR if quick else FULL_YEAR, QUICK_ROUNDS if quick else ROUNDS, Progress()
    print("MicroSIP Manager, bench stats\n")
    print_facts(machine.facts(machine.Cores(None, None)))
    with tempfile.TemporaryDirectory(prefix="microsip-bench-") as folder:
        progress.show(f"stats: writing {year.calls:,} calls")
        # Where `our_server` will look for it.
        write_year(Path(folder) / "this-server.db", year, datetime.now(UTC))
        with our_server(Path(folder), None) as server:
            targets = _measure(server, year, rounds, progress)
    print_targets(targets)
    if quick:
        print("\n--quick: too few calls to judge by; leave it out to measure")
    return 0 if all(target.met for target in targets) else 1


def _measure(server: Server, year: Year, rounds: int, progress: Progress) -> list[Target]:
    today = datetime.now(UTC).date()
    day = {"from": str(today - timedelta(days=1)), "to": str(today), "tz": ZONE}
    month = {"from": str(today - timedelta(days=31)), "to": str(today), "tz": ZONE}
    memory_before = machine.resident_megabytes(server.pid)
    taken = {
        "one day": _ask(server, day, rounds, progress),
        "31 days": _ask(server, month, rounds, progress),
        "31 days of one client": _ask(server, {**month, "hostname": "PC-7"}, rounds, progress),
    }
    memory = machine.resident_megabytes(server.pid)
    # What other programs on this machine do not change.
    cpu = -machine.cpu_seconds(server.pid)
    _ask(server, month, rounds, progress)
    cpu = (cpu + machine.cpu_seconds(server.pid)) / (rounds + 1)
    progress.show("stats: asking for a sign of life during 31 days")
    health = sorted(_health_during(server, lambda: _ask(server, month, rounds, progress)))
    progress.clear()
    rows = [(name, f"{percentile(each, 0.5):,.1f}", f"{each[-1]:,.1f}") for name, each in taken.items()]
    rows.append(("/healthz meanwhile", f"{percentile(health, 0.5):,.1f}", f"{health[-1]:,.1f}"))
    rows.append(("31 days, CPU of the server", f"{cpu * 1e3:,.1f}", ""))
    rows.append(("memory before, after, MB", f"{memory_before:.0f}", f"{memory:.0f}"))
    print_table(
        "GET /api/stats",
        [
            f"{year.calls:,} calls and {year.changes:,} changes of status of {year.clients} clients in a year;",
            f"{rounds} questions each, time zone {ZONE}; milliseconds",
        ],
        ("p50", "slowest"),
        rows,
    )
    targets = [
        _target(f"stats: {name}, p50, ms", percentile(taken[name], 0.5), most) for name, most in WANTED_MS.items()
    ]
    targets.append(_target("stats: /healthz during 31 days, p99, ms", percentile(health, 0.99), WANTED_HEALTH_MS))
    return targets


def _target(what: str, measured: float, most: float) -> Target:
    return Target(what, f"{measured:,.1f}", f"≤ {most:g}", measured <= most)


def _ask(server: Server, query: dict[str, str], rounds: int, progress: Progress) -> list[float]:
    """Milliseconds of so many answers, in order of length."""
    taken: list[float] = []
    for number in range(rounds + 1):
        progress.show(f"stats: {query['from']} to {query['to']}, question {number} of {rounds}")
        since = time.perf_counter()
        answer = server.get(f"{paths.STATS}?{urlencode(query)}")
        body = answer.read()
        taken.append((time.perf_counter() - since) * 1e3)
        if answer.status != 200 or msgspec.json.decode(body, type=Stats).totals.calls.total == 0:
            raise CannotMeasure(f"the answer to {query} has no calls: {body[:500]!r}")
    return sorted(taken[1:])  # the first one warms up


def _health_during(server: Server, work: Callable[[], object]) -> list[float]:
    """Milliseconds of each answer of /healthz, asked one after the other while the work is done."""
    worker = threading.Thread(target=work)
    taken: list[float] = []
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=START_SECONDS)
    worker.start()
    while worker.is_alive():
        since = time.perf_counter()
        connection.request("GET", "/healthz")
        connection.getresponse().read()
        taken.append((time.perf_counter() - since) * 1e3)
        worker.join(0.005)
    connection.close()
    return taken
