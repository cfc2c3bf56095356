"""Many agents in one process, each with real sockets and a simulated MicroSIP, and what they do to the servers."""

from __future__ import annotations

import random
import threading
import time
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest

from microsip_manager.agent.heartbeat_loop import HeartbeatLoop
from microsip_manager.agent.http_client import HttpClient
from microsip_manager.agent.link import Link
from microsip_manager.agent.link_socket import LinkSocket, open_link
from microsip_manager.agent.reports import Identity
from microsip_manager.agent.server_choice import Pace
from microsip_manager.agent.server_link import ServerLink
from microsip_manager.agent.simulated import SimulatedPhone
from microsip_manager.agent.wakeup import Wakeup
from microsip_manager.clock import SystemClock
from microsip_manager.settings import LINK_ALWAYS


class Crowd:
    """So many agents; they begin spread over one interval, as people do who come to work.

    With `linked` each keeps a link to its server, as agents do where WebSockets get through.
    """

    def __init__(
        self, count: int, servers: Sequence[str], interval: float, pace: Pace, linked: LinkedCrowd | None = None
    ) -> None:
        self.count = count
        self._own_links: list[Link] = []
        self.links: list[ServerLink] = []
        self._clients: list[HttpClient] = []
        self._wakeups: list[Wakeup] = []
        self._threads: list[threading.Thread] = []
        self._link_wakeups: list[Wakeup] = []
        self._link_threads: list[threading.Thread] = []
        clock, chance = SystemClock(), random.Random(7)  # noqa: S311 - chance, not secrets
        for number in range(count):
            client, wakeup = HttpClient(), Wakeup()
            link = ServerLink(client, servers, clock, seconds=interval, pace=pace)
            identity = Identity(f"PC-{number:03}", simulated=True)
            told: Link | ServerLink = link
            if linked is not None:
                told = self._link(link, identity, interval, linked)
            loop = HeartbeatLoop(
                SimulatedPhone(str(100 + number)), told, identity, clock=clock, interval=interval, wait=wakeup.wait
            )
            run = threading.Thread(target=_begin_later, args=(loop, wakeup, chance.random() * interval))
            self.links.append(link)
            self._clients.append(client)
            self._wakeups.append(wakeup)
            self._threads.append(run)
        for thread in self._link_threads + self._threads:
            thread.start()

    def with_server(self, url: str) -> int:
        """How many are with this server."""
        return sum(link.current() == url for link in self.links)

    def _link(self, servers: ServerLink, identity: Identity, interval: float, linked: LinkedCrowd) -> Link:
        wakeup, chance = Wakeup(), random.Random(identity.hostname)  # noqa: S311 - chance, not secrets
        link = Link(
            servers,
            identity.heartbeat("", False, running=False),
            linked.app,
            SystemClock(),
            open_link=linked.open_link,
            use=LINK_ALWAYS,
            interval=interval,
            seconds=interval,
            wait=wakeup.wait,
            chance=chance.random,
        )
        self._own_links.append(link)
        self._link_wakeups.append(wakeup)
        self._link_threads.append(
            threading.Thread(target=_begin_later, args=(link, wakeup, chance.random() * interval))
        )
        return link

    def stop(self) -> None:
        for wakeup in self._wakeups:
            wakeup.stop()
        for thread in self._threads:
            thread.join()
        for wakeup in self._link_wakeups:
            wakeup.stop()
        for link in self._own_links:
            link.stop()
        for thread in self._link_threads:
            thread.join()
        for client in self._clients:
            client.close()


def _begin_later(loop: HeartbeatLoop | Link, wakeup: Wakeup, seconds: float) -> None:
    if not wakeup.wait(seconds):
        loop.run()


class LinkedCrowd:
    """The links of a crowd: to which server how many are open, and when each was tried."""

    def __init__(self) -> None:
        self.tries = Moments()
        self._lock = threading.Lock()
        self._open: Counter[str] = Counter()

    def linked_to(self, server: str) -> int:
        with self._lock:
            return self._open[server]

    def open_link(self, server: str, seconds: float) -> LinkSocket:
        self.tries.note(urlsplit(server).port)
        link = open_link(server, seconds)
        with self._lock:
            self._open[server] += 1
        return _Counted(link, lambda: self._ended(server))

    def app(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        """What these agents answer to everything."""
        start_response("200 OK", [])
        return [b"{}"]

    def _ended(self, server: str) -> None:
        with self._lock:
            self._open[server] -= 1


class _Counted(LinkSocket):
    def __init__(self, link: LinkSocket, ended: Callable[[], None]) -> None:
        super().__init__(link._connection)
        self._ended = ended

    def end(self) -> None:
        self._ended()
        super().end()


class Moments:
    """When something happened, by port. Any thread may note."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._moments: dict[int | None, list[float]] = defaultdict(list)

    def note(self, port: int | None) -> None:
        with self._lock:
            self._moments[port].append(time.monotonic())

    def peak(self, port: int, since: float) -> int:
        """The most within any second since that moment."""
        with self._lock:
            moments = sorted(moment for moment in self._moments[port] if moment >= since)
        return max((number + 1 - bisect_left(moments, at - 1.0) for number, at in enumerate(moments)), default=0)


class Connects(Moments):
    """Counts each connection this process's agents try to open for plain HTTP, by the server's port."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__()
        connect = HTTPConnection.connect

        def counted(connection: HTTPConnection, *args: Any) -> None:
            self.note(connection.port)
            connect(connection, *args)

        monkeypatch.setattr(HTTPConnection, "connect", counted)
