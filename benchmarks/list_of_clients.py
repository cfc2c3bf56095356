"""What the list of 10,000 clients costs when every one asked for is a new version, and the memory that takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import msgspec

from benchmarks.errors import CannotMeasure
from benchmarks.figures import Figure, Target, percentile
from benchmarks.load import apply_load
from benchmarks.machine import Cores, resident_megabytes
from benchmarks.plan import Plan
from benchmarks.requests import get, heartbeats
from benchmarks.sample import ratio, sample
from benchmarks.screen import Progress, print_table
from benchmarks.servers import Server, bare_server, our_server
from microsip_manager.wire import paths
from microsip_manager.wire.clients import ClientState

CLIENTS = 10_000
WANTED_RATIO = 1.5
WANTED_MEGABYTES = 200


@dataclass(frozen=True)
class Lists:
    """The lists of one round from one server."""

    cpu: float
    """CPU seconds for one list."""
    latencies: list[float]

    def latency(self, share: float) -> float:
        return percentile(sorted(self.latencies), share)


Round = tuple[Lists, Lists]
"""Ours, bare."""


def measure(plan: Plan, cores: Cores, folder: Path, progress: Progress) -> list[Target]:
    """Print the table; return what is to be judged."""
    with ExitStack() as stack:
        progress.show(f"list: making {CLIENTS:,} clients known")
        ours = stack.enter_context(our_server(folder, cores.server))
        apply_load(ours.port, iter(heartbeats(ours.port, CLIENTS)), connections=20)
        rows = _rows_of(ours, folder / "rows.json")
        bare = stack.enter_context(bare_server(folder, cores.server, rows))
        _require_new_version_after_heartbeat(ours)
        for server in (ours, bare):
            _lists(server, 5)
        rounds = [_round(ours, bare, number, plan, progress) for number in range(plan.list_rounds)]
        megabytes = (resident_megabytes(ours.pid), resident_megabytes(bare.pid))
    progress.clear()
    return _report(rounds, rows.stat().st_size, megabytes, plan)


def _rows_of(server: Server, file: Path) -> Path:
    """The file with the list as the server gives it, for the bare application to encode the very same rows."""
    body = server.get(paths.CLIENTS).read()
    found = len(msgspec.json.decode(body, type=list[ClientState]))
    if found != CLIENTS:
        raise CannotMeasure(f"the server lists {found} clients; {CLIENTS} sent their heartbeat")
    file.write_bytes(body)
    return file


def _require_new_version_after_heartbeat(server: Server) -> None:
    """A list that is not encoded anew would make the comparison worthless."""
    before = server.get(paths.CLIENTS).headers["ETag"]
    apply_load(server.port, iter(heartbeats(server.port, 1)), connections=1)
    if server.get(paths.CLIENTS).headers["ETag"] == before:
        raise CannotMeasure("a heartbeat did not give the list of clients a new ETag")


def _round(ours: Server, bare: Server, number: int, plan: Plan, progress: Progress) -> Round:
    """Both servers, one after the other, each first in every second round."""
    taken: dict[int, Lists] = {}
    progress.show(f"list: round {number + 1} of {plan.list_rounds}")
    for server in (ours, bare) if number % 2 == 0 else (bare, ours):
        taken[server.pid] = _lists(server, plan.lists)
    return taken[ours.pid], taken[bare.pid]


def _lists(server: Server, count: int) -> Lists:
    """Ask for so many lists, each after a heartbeat, so that no list is the one encoded before.

    The heartbeats' own cost is not the list's: as many heartbeats alone, on one connection as well, are measured right
    before and subtracted. Both servers are treated alike. (A heartbeat that comes after a list finds the processor's
    caches cold and costs a little more than one alone; that little stays in the figure, to our disadvantage.)
    """
    beats = heartbeats(server.port, 100)
    question = get(server.port, paths.CLIENTS)
    alone = sample(server, lambda: apply_load(server.port, cycle(beats), connections=1, count=count))
    pairs = cycle([request for beat in beats for request in (beat, question)])
    both = sample(server, lambda: apply_load(server.port, pairs, connections=1, count=2 * count))
    return Lists((both.cpu - alone.cpu) / count, both.load.latencies[1::2])


def _report(rounds: list[Round], size: int, megabytes: tuple[float, float], plan: Plan) -> list[Target]:
    ours, bare = zip(*rounds, strict=True)

    def row(name: str, of: Callable[[Lists], float]) -> tuple[str, str, str]:
        first, second = (Figure([of(each) * 1e3 for each in side]).show(2) for side in (ours, bare))
        return name, first, second

    print_table(
        "GET /api/clients",
        [
            f"{CLIENTS:,} clients, {size / 1e6:.2f} MB; a heartbeat before each list, so that it must be encoded anew;",
            f"{plan.list_rounds} rounds of {plan.lists} lists for each server, in turns, on one connection; "
            "median (lowest–highest round)",
        ],
        ("this server", "bare ASGI + msgspec"),
        [
            row("CPU per request, ms", lambda each: each.cpu),
            row("latency p50, ms", lambda each: each.latency(0.50)),
            row("latency p99, ms", lambda each: each.latency(0.99)),
            ("memory (RSS), MB", f"{megabytes[0]:.0f}", f"{megabytes[1]:.0f}"),
        ],
    )
    return [_ratio_target(ours, bare), _memory_target(megabytes[0])]


def _ratio_target(ours: Sequence[Lists], bare: Sequence[Lists]) -> Target:
    found = ratio([each.cpu for each in ours], [each.cpu for each in bare])
    return Target(
        "list: CPU of this server / CPU of bare", found.show(2), f"≤ {WANTED_RATIO}", found.middle <= WANTED_RATIO
    )


def _memory_target(megabytes: float) -> Target:
    return Target(
        f"list: memory with {CLIENTS:,} clients, MB",
        f"{megabytes:.0f}",
        f"< {WANTED_MEGABYTES}",
        megabytes < WANTED_MEGABYTES,
    )
