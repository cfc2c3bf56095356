"""What one heartbeat costs the server, and that it writes nothing for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

from benchmarks.commits import CommitCounter
from benchmarks.figures import Target
from benchmarks.keys import let_in
from benchmarks.load import apply_load
from benchmarks.machine import Cores
from benchmarks.plan import Plan
from benchmarks.requests import heartbeats
from benchmarks.sample import Sample, figure, ratio, sample
from benchmarks.screen import Progress, print_table
from benchmarks.servers import Server, bare_server, our_server, wait_until

PCS = 2000
"""So many that none of them comes near the rate at which the server holds an agent back."""

CONNECTIONS = 20
WANTED_RATIO = 0.70
SAMPLE_MINUTES = 1.0
"""The server writes everybody's last_seen once in so many minutes, however many heartbeats there were."""

WANTED_WITH_KEYS = 1.15
"""What a heartbeat may cost at most where agents show keys, by what it costs where they do not."""

Round = tuple[Sample, Sample, Sample]
"""Ours, ours with keys, bare."""


@dataclass(frozen=True)
class Subject:
    """A server, and what its agents show."""

    name: str
    server: Server
    keys: Sequence[str] = ()


def measure(plan: Plan, cores: Cores, folder: Path, progress: Progress) -> list[Target]:
    """Print the table; return what is to be judged."""
    with ExitStack() as stack:
        progress.show("heartbeats: starting the servers")
        ours = Subject("this server", stack.enter_context(our_server(folder, cores.server)))
        (folder / "keys").mkdir()
        other = stack.enter_context(our_server(folder / "keys", cores.server))
        with_keys = Subject("with keys", other, let_in(other.port, PCS))
        bare = Subject("bare ASGI", stack.enter_context(bare_server(folder, cores.server)))
        subjects = (ours, with_keys, bare)
        for subject in subjects:
            _beat(subject, plan.warm_up)
        commits = stack.enter_context(CommitCounter(ours.server.database))
        # What the first heartbeats changed is written behind them; from here on, nothing changes.
        wait_until(lambda: commits.clients_stored() == PCS, "the clients of the warm-up are in the database")
        began = time.monotonic()
        rounds = [_round(subjects, number, plan, commits, progress) for number in range(plan.beat_rounds)]
        minutes = (time.monotonic() - began) / 60
    progress.clear()
    return _report(rounds, commits.seen, minutes, plan)


def _round(
    subjects: tuple[Subject, Subject, Subject], number: int, plan: Plan, commits: CommitCounter, progress: Progress
) -> Round:
    """All of them, one after the other, in the other order in every second round."""
    taken: dict[str, Sample] = {}
    for subject in subjects if number % 2 == 0 else reversed(subjects):
        progress.show(f"heartbeats: round {number + 1} of {plan.beat_rounds}, {subject.name}")
        taken[subject.name] = _beat(subject, plan.beat_seconds, commits.look)
    ours, with_keys, bare = (taken[subject.name] for subject in subjects)
    return ours, with_keys, bare


def _beat(subject: Subject, seconds: float, tick: Callable[[], None] = lambda: None) -> Sample:
    server = subject.server
    requests = heartbeats(server.port, PCS, subject.keys)
    return sample(
        server,
        lambda: apply_load(server.port, cycle(requests), connections=CONNECTIONS, seconds=seconds, tick=tick),
    )


def _report(rounds: list[Round], commits: int, minutes: float, plan: Plan) -> list[Target]:
    ours, with_keys, bare = zip(*rounds, strict=True)
    beats = f"{commits} for {sum(each.requests for each in ours):,}"

    def row(name: str, of: Callable[[Sample], float], scale: float, decimals: int) -> tuple[str, ...]:
        return name, *(figure(each, of, scale).show(decimals) for each in (ours, with_keys, bare))

    print_table(
        "POST /api/heartbeat",
        [
            f"{PCS:,} known PCs on {CONNECTIONS} keep-alive connections, each asking again as soon as it is answered;",
            f"{plan.beat_rounds} rounds of {plan.beat_seconds:g} s for each server, in turns; "
            "median (lowest–highest round)",
        ],
        ("this server", "with keys", "bare ASGI"),
        [
            row("CPU per request, µs", lambda each: each.cpu_per_request, 1e6, 1),
            row("requests per second", lambda each: each.requests_per_second, 1, 0),
            row("latency p50, ms", lambda each: each.latency(0.50), 1e3, 2),
            row("latency p99, ms", lambda each: each.latency(0.99), 1e3, 2),
            row("server's core in use, %", lambda each: each.core_share, 100, 0),
            ("database commits", beats, "-", "-"),
        ],
    )
    return [_ratio_target(ours, bare), _keys_target(ours, with_keys), _commit_target(commits, beats, minutes)]


def _ratio_target(ours: Sequence[Sample], bare: Sequence[Sample]) -> Target:
    found = ratio([each.cpu_per_request for each in bare], [each.cpu_per_request for each in ours])
    return Target(
        "heartbeat: CPU of bare / CPU of this server",
        found.show(2),
        f"≥ {WANTED_RATIO:.2f}",
        found.middle >= WANTED_RATIO,
    )


def _keys_target(ours: Sequence[Sample], with_keys: Sequence[Sample]) -> Target:
    found = ratio([each.cpu_per_request for each in with_keys], [each.cpu_per_request for each in ours])
    return Target(
        "heartbeat: CPU with keys / CPU without",
        found.show(2),
        f"≤ {WANTED_WITH_KEYS:.2f}",
        found.middle <= WANTED_WITH_KEYS,
    )


def _commit_target(commits: int, shown: str, minutes: float) -> Target:
    allowed = int(minutes / SAMPLE_MINUTES) + 1
    return Target("heartbeat: database commits", shown, f"≤ {allowed} (one a minute)", commits <= allowed)
