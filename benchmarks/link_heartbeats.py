"""What a heartbeat over a link costs the server, against a bare application that answers every text by a constant."""

from __future__ import annotations

from contextlib import ExitStack
from itertools import repeat
from pathlib import Path

from benchmarks.figures import Target
from benchmarks.link_load import BEAT, LinkCaller, links
from benchmarks.load import keep_busy
from benchmarks.machine import Cores
from benchmarks.plan import Plan
from benchmarks.sample import Sample, figure, ratio, sample
from benchmarks.screen import Progress, print_table
from benchmarks.servers import Server, bare_server, our_server

LINKS = 50
WANTED_RATIO = 1.3

Side = tuple[str, Server, list[LinkCaller]]


def measure(plan: Plan, cores: Cores, folder: Path, progress: Progress) -> list[Target]:
    """Print the table; return what is to be judged."""
    taken: dict[str, list[Sample]] = {"this server": [], "bare ASGI": []}
    with ExitStack() as stack:
        progress.show("link: starting both servers")
        sides: list[Side] = []
        for name, start in (("this server", our_server), ("bare ASGI", bare_server)):
            server = stack.enter_context(start(folder, cores.server))
            sides.append((name, server, stack.enter_context(links(server.port, LINKS))))
            _beat(sides[-1], plan.warm_up)
        for number in range(plan.beat_rounds):
            progress.show(f"link: heartbeats, round {number + 1} of {plan.beat_rounds}")
            for side in sides if number % 2 == 0 else sides[::-1]:
                taken[side[0]].append(_beat(side, plan.beat_seconds))
    progress.clear()
    return [_report(taken["this server"], taken["bare ASGI"], plan)]


def _beat(side: Side, seconds: float) -> Sample:
    _, server, callers = side
    return sample(server, lambda: keep_busy(callers, repeat(BEAT), seconds))


def _report(ours: list[Sample], bare: list[Sample], plan: Plan) -> Target:
    print_table(
        "Heartbeats over the link",
        [
            f"{LINKS} links, each saying its next heartbeat as soon as the last is answered;",
            f"{plan.beat_rounds} rounds of {plan.beat_seconds:g} s for each server, in turns; "
            "median (lowest–highest round)",
        ],
        ("this server", "bare ASGI"),
        [
            (name, figure(ours, of, scale).show(decimals), figure(bare, of, scale).show(decimals))
            for name, of, scale, decimals in (
                ("CPU per heartbeat, µs", lambda each: each.cpu_per_request, 1e6, 1),
                ("heartbeats per second", lambda each: each.requests_per_second, 1.0, 0),
                ("server's core in use, %", lambda each: each.core_share, 100.0, 0),
            )
        ],
    )
    found = ratio([each.cpu_per_request for each in ours], [each.cpu_per_request for each in bare])
    return Target(
        "link heartbeat: CPU of this server / CPU of bare",
        found.show(2),
        f"≤ {WANTED_RATIO:.1f}",
        found.middle <= WANTED_RATIO,
    )
