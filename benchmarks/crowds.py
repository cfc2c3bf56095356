"""Simulated PCs at their links, as many as a measurement needs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.errors import CannotMeasure
from benchmarks.machine import Cores, pin
from benchmarks.screen import Progress
from benchmarks.servers import Server
from microsip_manager.simulate import workers
from microsip_manager.simulate.plan import Plan
from microsip_manager.simulate.workers import Worker

INTERVAL = 7.0
ALL_LINKED_WITHIN = 120.0
LOOK_EVERY = 0.5


@contextmanager
def crowd(server: Server, count: int, cores: Cores) -> Iterator[list[Worker]]:
    """PCs at which nothing happens by itself, on the core of the load."""
    with workers.running(Plan(f"http://127.0.0.1:{server.port}", count, INTERVAL, speed=0)) as started:
        for worker in started:
            pin(worker.process.pid, cores.load)
        yield started


def wait_for_all(started: list[Worker], count: int, progress: Progress) -> None:
    """Until each has its link; raises `CannotMeasure`."""
    deadline = time.monotonic() + ALL_LINKED_WITHIN
    while (linked := workers.sum_of(started).connected) < count:
        progress.show(f"link: {linked:,} of {count:,} PCs linked")
        if time.monotonic() > deadline:
            raise CannotMeasure(f"only {linked:,} of {count:,} PCs were linked within {ALL_LINKED_WITHIN:g} s")
        time.sleep(LOOK_EVERY)
