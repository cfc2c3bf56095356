"""How long `set_dnd` takes from an administrator's program through server and link to an agent and back.

Beside it a bare WebSocket echo: one question and one answer between two processes, and nothing done for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import cycle, islice, repeat
from pathlib import Path

from benchmarks.crowds import crowd, wait_for_all
from benchmarks.figures import Figure, Target, percentile
from benchmarks.link_load import BEAT, links
from benchmarks.load import Caller, HttpCaller, connected, keep_busy
from benchmarks.machine import Cores
from benchmarks.plan import Plan
from benchmarks.requests import post
from benchmarks.sample import ratio
from benchmarks.screen import Progress, print_table
from benchmarks.servers import bare_server, our_server
from microsip_manager.wire import paths

WANTED_RATIO = 2.0
PATIENCE = 60.0


def measure(plan: Plan, cores: Cores, folder: Path, progress: Progress) -> list[Target]:
    """Print the table; return what is to be judged."""
    taken: dict[str, list[list[float]]] = {"this server": [], "bare echo": []}
    with ExitStack() as stack:
        progress.show("link: starting both servers for round trips")
        ours = stack.enter_context(our_server(folder, cores.server))
        bare = stack.enter_context(bare_server(folder, cores.server))
        agents = stack.enter_context(crowd(ours, 1, cores))
        wait_for_all(agents, 1, progress)
        [echo] = stack.enter_context(links(bare.port, 1))
        asker = HttpCaller(stack.enter_context(connected(ours.port)))
        hostname = "SIM-00000"
        switch = [post(ours.port, f"{paths.client(hostname)}/set_dnd?enabled={wanted}") for wanted in ("true", "false")]
        sides: list[tuple[str, Caller, Iterator[bytes]]] = [
            ("this server", asker, cycle(switch)),
            ("bare echo", echo, repeat(BEAT)),
        ]
        for number in range(plan.round_trip_rounds + 1):
            progress.show(f"link: round trips, round {number} of {plan.round_trip_rounds}")
            for name, caller, requests in sides if number % 2 == 0 else sides[::-1]:
                found = keep_busy([caller], islice(requests, plan.round_trips), PATIENCE).latencies
                if number:  # the first one warms up
                    taken[name].append(sorted(found))
    progress.clear()
    return [_report(taken["this server"], taken["bare echo"], plan)]


def _report(ours: list[list[float]], bare: list[list[float]], plan: Plan) -> Target:
    def shown(rounds: list[list[float]], share: float) -> str:
        return Figure([percentile(one, share) * 1e3 for one in rounds]).show(2)

    print_table(
        "POST /api/clients/{hostname}/set_dnd over the link, and a bare WebSocket echo",
        [
            f"{plan.round_trips} one after the other, {plan.round_trip_rounds} rounds of each in turns; "
            "median (lowest–highest round)",
        ],
        ("this server", "bare echo"),
        [(f"{name}, ms", shown(ours, share), shown(bare, share)) for name, share in (("p50", 0.5), ("p99", 0.99))],
    )
    found = ratio([percentile(one, 0.5) for one in ours], [percentile(one, 0.5) for one in bare])
    return Target(
        "set_dnd: p50 / p50 of a bare echo", found.show(2), f"≤ {WANTED_RATIO:g}", found.middle <= WANTED_RATIO
    )
