"""One round with one server: what it cost the server and what the callers saw."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from benchmarks.figures import Figure, percentile
from benchmarks.load import Load
from benchmarks.machine import cpu_seconds
from benchmarks.servers import Server


@dataclass(frozen=True)
class Sample:
    cpu: float
    """CPU seconds of the server process, user and system, all threads."""
    load: Load

    @property
    def requests(self) -> int:
        return len(self.load.latencies)

    @property
    def cpu_per_request(self) -> float:
        return self.cpu / self.requests

    @property
    def requests_per_second(self) -> float:
        return self.requests / self.load.seconds

    @property
    def core_share(self) -> float:
        """How busy the server was. Far below 1, and the callers or other programs were in its way."""
        return self.cpu / self.load.seconds

    def latency(self, share: float) -> float:
        return percentile(sorted(self.load.latencies), share)


def sample(server: Server, load: Callable[[], Load]) -> Sample:
    before = cpu_seconds(server.pid)
    seen = load()
    return Sample(cpu_seconds(server.pid) - before, seen)


def figure(samples: Iterable[Sample], of: Callable[[Sample], float], scale: float = 1.0) -> Figure:
    return Figure([of(each) * scale for each in samples])


def ratio(above: Sequence[float], below: Sequence[float]) -> Figure:
    """Round by round: both sides of one round saw the same weather on this machine."""
    return Figure([a / b for a, b in zip(above, below, strict=True)])
