"""Many agents in one process, each with real sockets and a simulated MicroSIP, and what they do to the servers."""

from __future__ import annotations

import random
import threading
import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from http.client import HTTPConnection
from typing import Any

import pytest

from microsip_manager.agent.heartbeat_loop import HeartbeatLoop
from microsip_manager.agent.http_client import HttpClient
from microsip_manager.agent.reports import Identity
from microsip_manager.agent.server_choice import Pace
from microsip_manager.agent.server_link import ServerLink
from microsip_manager.agent.simulated import SimulatedPhone
from microsip_manager.agent.wakeup import Wakeup
from microsip_manager.clock import SystemClock


class Crowd:
    """So many agents; they begin spread over one interval, as people do who come to work."""

    def __init__(self, count: int, servers: Sequence[str], interval: float, pace: Pace) -> None:
        self.count = count
        self.links: list[ServerLink] = []
        self._clients: list[HttpClient] = []
        self._wakeups: list[Wakeup] = []
        self._threads: list[threading.Thread] = []
        clock, chance = SystemClock(), random.Random(7)  # noqa: S311 - chance, not secrets
        for number in range(count):
            client, wakeup = HttpClient(), Wakeup()
            link = ServerLink(client, servers, clock, seconds=interval, pace=pace)
            identity = Identity(f"PC-{number:03}", simulated=True)
            loop = HeartbeatLoop(
                SimulatedPhone(str(100 + number)), link, identity, clock=clock, interval=interval, wait=wakeup.wait
            )
            run = threading.Thread(target=_begin_later, args=(loop, wakeup, chance.random() * interval))
            self.links.append(link)
            self._clients.append(client)
            self._wakeups.append(wakeup)
            self._threads.append(run)
        for thread in self._threads:
            thread.start()

    def with_server(self, url: str) -> int:
        """How many are with this server."""
        return sum(link.current() == url for link in self.links)

    def stop(self) -> None:
        for wakeup in self._wakeups:
            wakeup.stop()
        for thread in self._threads:
            thread.join()
        for client in self._clients:
            client.close()


def _begin_later(loop: HeartbeatLoop, wakeup: Wakeup, seconds: float) -> None:
    if not wakeup.wait(seconds):
        loop.run()


class Connects:
    """Counts each connection this process's agents try to open, by the server's port."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._lock = threading.Lock()
        self._moments: dict[int, list[float]] = defaultdict(list)
        connect = HTTPConnection.connect

        def counted(connection: HTTPConnection, *args: Any) -> None:
            with self._lock:
                self._moments[connection.port].append(time.monotonic())
            connect(connection, *args)

        monkeypatch.setattr(HTTPConnection, "connect", counted)

    def peak(self, port: int, since: float) -> int:
        """The most within any second since that moment."""
        with self._lock:
            moments = sorted(moment for moment in self._moments[port] if moment >= since)
        return max((number + 1 - bisect_left(moments, at - 1.0) for number, at in enumerate(moments)), default=0)
