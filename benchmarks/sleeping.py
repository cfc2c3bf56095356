"""`bench sleeping`: what an agent costs while MicroSIP is closed, on Linux and in Windows Python under Wine.

Each is measured as started; again after MicroSIP has run beside it, for what the agent then needed stays in memory; and
once more after somebody asked its HTTP port, which brings in Flask.
"""

from __future__ import annotations

import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from benchmarks import machine, servers, sleepers
from benchmarks.errors import CannotMeasure
from benchmarks.figures import Target
from benchmarks.screen import Progress, print_facts, print_targets
from benchmarks.sleepers import Sleeper

FULL_SECONDS = 30.0
QUICK_SECONDS = 3.0
SETTLE_SECONDS = 3.0
WORK_SECONDS = 5.0
"""For which MicroSIP runs: the agent notices it within two seconds and sends a heartbeat."""

MOST_CPU = 0.2
MOST_MEGABYTES = 60.0


def run(*, quick: bool) -> int:
    """Measure and print. 0 when every target is met, else 1; raises `CannotMeasure`."""
    machine.require_linux()
    seconds, progress, targets = QUICK_SECONDS if quick else FULL_SECONDS, Progress(), list[Target]()
    print("MicroSIP Manager, bench sleeping\n")
    print_facts([fact for fact in machine.facts(machine.Cores(None, None)) if fact[0] != "cores"])
    print(f"\nAsleep, {seconds:g} s each: CPU in % of one core, private and resident (RSS) memory in MB\n")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="microsip-bench-")))
        server = stack.enter_context(servers.our_server(folder, None))
        url = f"http://127.0.0.1:{server.port}"
        for system, sleeper in (
            ("Linux", sleepers.on_linux(url, folder)),
            ("Wine", sleepers.under_wine(url, folder)),
        ):
            try:
                with sleeper as asleep:
                    progress.show(f"{system}, asleep")
                    for when, cpu, private, resident in _measured(asleep, seconds):
                        progress.clear()
                        print(
                            f"  {system:<8}{when:<32}{cpu:>8.3f} %{private:>10.1f} MB{resident:>10.1f} MB", flush=True
                        )
                        targets += _targets(f"{system}, {when}", cpu, private)
            except CannotMeasure as reason:
                if system == "Linux":
                    raise
                print(f"  {system:<8}not measured: {reason}")
    print_targets(targets)
    return 0 if all(target.met for target in targets) else 1


def _measured(asleep: Sleeper, seconds: float) -> Iterator[tuple[str, float, float, float]]:
    time.sleep(SETTLE_SECONDS)
    yield "as started", *_cost(asleep, seconds)
    asleep.open_microsip()
    time.sleep(WORK_SECONDS)
    asleep.close_microsip()
    time.sleep(SETTLE_SECONDS)
    yield "after MicroSIP ran", *_cost(asleep, seconds)
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(f"http://127.0.0.1:{asleep.port}/health", timeout=30) as answer:
        if answer.status != 200:
            raise CannotMeasure(f"GET /health answers {answer.status} while asleep")
    time.sleep(SETTLE_SECONDS)
    yield "after GET /health", *_cost(asleep, seconds)


def _cost(asleep: Sleeper, seconds: float) -> tuple[float, float, float]:
    before, began = machine.cpu_seconds(asleep.pid), time.monotonic()
    time.sleep(seconds)
    share = (machine.cpu_seconds(asleep.pid) - before) / (time.monotonic() - began)
    return share * 100, machine.private_megabytes(asleep.pid), machine.resident_megabytes(asleep.pid)


def _targets(what: str, cpu: float, megabytes: float) -> list[Target]:
    return [
        Target(f"{what}: CPU", f"{cpu:.3f} %", f"< {MOST_CPU} % of one core", cpu < MOST_CPU),
        Target(f"{what}: memory", f"{megabytes:.1f} MB", f"< {MOST_MEGABYTES:g} MB", megabytes < MOST_MEGABYTES),
    ]
