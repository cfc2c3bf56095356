"""How long `set_dnd` takes from an administrator's program through server and link to an agent and back.

Beside it the bare way: an application that hands a request on over a WebSocket to an agent that says it back, and the
two halves of that way: a bare echo between a program and that application, without any HTTP, and a bare HTTP answer.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import cycle, islice, repeat
from pathlib import Path

from benchmarks.bare_server import RELAY
from benchmarks.crowds import crowd, wait_for_all
from benchmarks.errors import CannotMeasure
from benchmarks.figures import Figure, Target, percentile
from benchmarks.link_load import BEAT, links
from benchmarks.load import Caller, HttpCaller, connected, keep_busy
from benchmarks.machine import Cores, pin
from benchmarks.plan import Plan
from benchmarks.requests import post
from benchmarks.sample import ratio
from benchmarks.screen import Progress, print_table
from benchmarks.servers import ROOT, Server, bare_server, our_server
from microsip_manager.wire import paths

WANTED_RATIO = 2.0
PATIENCE = 60.0
OURS, RELAYED, ECHO, ANSWER = "this server", "bare relay", "bare echo", "bare answer"

Rounds = dict[str, list[list[float]]]
"""The latencies of each round in order, by who gave them."""


def measure(plan: Plan, cores: Cores, folder: Path, progress: Progress) -> list[Target]:
    """Print the table; return what is to be judged."""
    taken: Rounds = {OURS: [], RELAYED: [], ECHO: [], ANSWER: []}
    with ExitStack() as stack:
        progress.show("link: starting both servers for round trips")
        ours = stack.enter_context(our_server(folder, cores.server))
        bare = stack.enter_context(bare_server(folder, cores.server))
        wait_for_all(stack.enter_context(crowd(ours, 1, cores)), 1, progress)
        stack.enter_context(_bare_agent(bare, cores))
        [echo] = stack.enter_context(links(bare.port, 1))
        switch = f"{paths.client('SIM-00000')}/set_dnd?enabled="
        sides: list[tuple[str, Caller, Iterator[bytes]]] = [
            (
                OURS,
                HttpCaller(stack.enter_context(connected(ours.port))),
                cycle(post(ours.port, f"{switch}{wanted}") for wanted in ("true", "false")),
            ),
            (RELAYED, HttpCaller(stack.enter_context(connected(bare.port))), repeat(post(bare.port, RELAY))),
            (ECHO, echo, repeat(BEAT)),
            (
                ANSWER,
                HttpCaller(stack.enter_context(connected(bare.port))),
                repeat(post(bare.port, paths.HEARTBEAT)),
            ),
        ]
        for number in range(plan.round_trip_rounds + 1):
            progress.show(f"link: round trips, round {number} of {plan.round_trip_rounds}")
            for name, caller, requests in sides if number % 2 == 0 else sides[::-1]:
                found = keep_busy([caller], islice(requests, plan.round_trips), PATIENCE).latencies
                if number:  # the first one warms up
                    taken[name].append(sorted(found))
    progress.clear()
    return _report(taken, plan)


@contextmanager
def _bare_agent(server: Server, cores: Cores) -> Iterator[None]:
    process = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "benchmarks.bare_echo", str(server.port)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        pin(process.pid, cores.load)
        if process.stdout.readline() != "ready\n":
            raise CannotMeasure("the bare agent did not start")
        yield
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def _report(taken: Rounds, plan: Plan) -> list[Target]:
    def shown(name: str, share: float) -> str:
        return Figure([percentile(one, share) * 1e3 for one in taken[name]]).show(2)

    def middle(name: str) -> list[float]:
        return [percentile(one, 0.5) for one in taken[name]]

    halves = [answer + echo for answer, echo in zip(middle(ANSWER), middle(ECHO), strict=True)]
    print_table(
        "POST /api/clients/{hostname}/set_dnd over the link, and the bare relay of a request over a WebSocket",
        [
            f"{plan.round_trips} one after the other, {plan.round_trip_rounds} rounds of each in turns; "
            "median (lowest–highest round)",
            f"a bare WebSocket echo alone, without HTTP and without a second way: p50 {shown(ECHO, 0.5)} ms",
            f"a bare HTTP answer alone, without a WebSocket: p50 {shown(ANSWER, 0.5)} ms",
            f"one after the other, with nothing in between, both take {ratio(halves, middle(ECHO)).show(1)} echoes",
        ],
        (OURS, RELAYED),
        [(f"{name}, ms", shown(OURS, share), shown(RELAYED, share)) for name, share in (("p50", 0.5), ("p99", 0.99))],
    )
    return [_judged(RELAYED, ratio(middle(OURS), middle(RELAYED))), _judged(ECHO, ratio(middle(OURS), middle(ECHO)))]


def _judged(bare: str, found: Figure) -> Target:
    return Target(
        f"set_dnd: p50 / p50 of the {bare}", found.show(2), f"≤ {WANTED_RATIO:g}", found.middle <= WANTED_RATIO
    )
