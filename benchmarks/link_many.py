"""DND for many linked PCs at once, against the same fan-out by NATS request and reply."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import ExitStack
from http.client import HTTPConnection
from itertools import cycle
from pathlib import Path
from time import perf_counter

from benchmarks.crowds import crowd, wait_for_all
from benchmarks.errors import CannotMeasure
from benchmarks.figures import Figure, Target
from benchmarks.machine import Cores, cpu_seconds
from benchmarks.nats_fan_out import nats_fan_out
from benchmarks.plan import Plan
from benchmarks.sample import ratio
from benchmarks.screen import Progress, print_table
from benchmarks.servers import our_server

WANTED_RATIO = 0.8
PATIENCE = 60.0
MANY = "/api/clients/set_dnd"


def measure(plan: Plan, cores: Cores, folder: Path, progress: Progress) -> list[Target]:
    """Print the table; return what is to be judged."""
    count = plan.many
    ours: list[float] = []
    theirs: list[float] = []
    with ExitStack() as stack:
        progress.show(f"link: {count:,} PCs and NATS are starting")
        server = stack.enter_context(our_server(folder, cores.server))
        wait_for_all(stack.enter_context(crowd(server, count, cores)), count, progress)
        nats = stack.enter_context(nats_fan_out(count, cores, folder))
        asker = HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
        stack.callback(asker.close)
        wanted = cycle((True, False))
        sides: list[tuple[list[float], Callable[[], float]]] = [
            (ours, lambda: _switch_all(asker, next(wanted), count)),
            (theirs, nats.seconds),
        ]
        _switch_all(asker, next(wanted), count), nats.seconds()  # the first time everything is made ready
        cpu = cpu_seconds(server.pid)
        for number in range(plan.many_rounds):
            progress.show(f"link: many at once, round {number + 1} of {plan.many_rounds}")
            for seconds, side in sides if number % 2 == 0 else sides[::-1]:
                seconds.append(side())
        cpu = (cpu_seconds(server.pid) - cpu) / plan.many_rounds / count
    progress.clear()
    return [_report(ours, theirs, cpu, plan)]


def _switch_all(asker: HTTPConnection, enabled: bool, count: int) -> float:
    """Seconds until the answer for all is there."""
    began = perf_counter()
    asker.request("POST", MANY, json.dumps({"enabled": enabled, "all": True}), {"Content-Type": "application/json"})
    response = asker.getresponse()
    told = response.read()
    seconds = perf_counter() - began
    if response.status != 200:
        raise CannotMeasure(f"POST {MANY} answers {response.status}: {told[:300]!r}")
    if (done := json.loads(told)["done"]) != count:
        raise CannotMeasure(f"only {done} of {count} PCs took the command")
    return seconds


def _report(ours: list[float], theirs: list[float], cpu: float, plan: Plan) -> Target:
    print_table(
        f"DND for {plan.many:,} linked PCs at once",
        [f"{plan.many_rounds} times each, in turns; median (lowest–highest); NATS has no log, no list and no database"],
        ("this server", "NATS request/reply"),
        [
            (
                "until all answered, ms",
                Figure([one * 1e3 for one in ours]).show(0),
                Figure([one * 1e3 for one in theirs]).show(0),
            ),
            ("server's CPU per PC, µs", f"{cpu * 1e6:.0f}", "-"),
        ],
    )
    found = ratio(ours, theirs)
    return Target(
        "many at once: time / time of NATS", found.show(2), f"≤ {WANTED_RATIO:g}", found.middle <= WANTED_RATIO
    )
