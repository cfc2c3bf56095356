"""The processes of a simulation, as whoever starts them sees them."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from msgspec import structs

from microsip_manager.simulate.joining import JOIN_TOKEN
from microsip_manager.simulate.plan import Counts, Plan, decode_counts
from microsip_manager.wire.codec import encode

CLIENTS_OF_ONE = 5000
"""As many PCs as one process simulates with ease."""

END_SECONDS = 10.0


class Worker:
    """One process, and the last counts it wrote."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.counts = Counts()
        self._reading = threading.Thread(target=self._read, name=f"counts-{process.pid}", daemon=True)
        self._reading.start()

    def end(self) -> None:
        """Ask it to end by ending its stdin, and wait until it has."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        try:
            self.process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._reading.join()
        self.process.stdout.close()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.counts = decode_counts(line)


@contextmanager
def running(plan: Plan, join_token: str = "") -> Iterator[list[Worker]]:
    """The workers that share the PCs of this plan; they end with the `with`."""
    step = min(os.cpu_count() or 1, math.ceil(plan.clients / CLIENTS_OF_ONE))
    with ExitStack() as stack:
        workers = []
        for first in range(step):
            workers.append(Worker(_started(structs.replace(plan, first=first, step=step), join_token)))
            stack.callback(workers[-1].end)
        yield workers


def sum_of(workers: list[Worker]) -> Counts:
    return sum((worker.counts for worker in workers), Counts())


def _started(plan: Plan, join_token: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "microsip_manager.simulate.worker", encode(plan).decode()],
        env={**os.environ, JOIN_TOKEN: join_token},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=os.name != "nt",  # Ctrl-C is for whoever started it, who then ends it in good order
    )
