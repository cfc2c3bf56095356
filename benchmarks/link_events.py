"""How long after a PC's state has changed a reader of `GET /api/events` knows it, in an office of linked PCs."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from http.client import HTTPConnection, HTTPResponse, IncompleteRead
from pathlib import Path

from msgspec import Struct, structs

from benchmarks.crowds import INTERVAL, crowd, wait_for_all
from benchmarks.errors import CannotMeasure
from benchmarks.figures import Target, percentile
from benchmarks.link_load import LinkCaller, frame, links
from benchmarks.machine import Cores
from benchmarks.plan import Plan
from benchmarks.requests import beat_of
from benchmarks.screen import Progress
from benchmarks.servers import our_server
from microsip_manager.wire import paths
from microsip_manager.wire.codec import Decoder, encode
from microsip_manager.wire.link import Report

MOST_MILLISECONDS = 100.0

CLICKERS = 100
"""PCs at which somebody clicks DND, one after the other, beside those at which nothing happens."""

CLICKS_A_SECOND = 200.0
"""Far more than in any office: 9,000 PCs with 20 changes an hour each make 50."""

PATIENCE = 10.0


class _Client(Struct):
    hostname: str


class _News(Struct):
    client: _Client


_decode = Decoder(_News)


def measure(plan: Plan, cores: Cores, folder: Path, progress: Progress) -> list[Target]:
    """Print the figures; return what is to be judged."""
    with ExitStack() as stack:
        progress.show("link: the office of the events is starting")
        server = stack.enter_context(our_server(folder, cores.server, interval=INTERVAL))
        wait_for_all(stack.enter_context(crowd(server, plan.many, cores)), plan.many, progress)
        callers = stack.enter_context(links(server.port, CLICKERS))
        reader = stack.enter_context(_reading(server.port))
        _click(callers, reader, plan.clicks, progress)
        latencies = reader.latencies(plan.clicks)
    progress.clear()
    return [_report(latencies, plan)]


class Reader:
    """Takes down when what happened was told. A thread of its own reads, so that no click waits for it."""

    def __init__(self) -> None:
        self.clicked: dict[str, float] = {}
        """When somebody clicked at a PC whose news has not come yet, on the clock of both sides."""
        self._found: list[float] = []
        self._ready, self._has_new = threading.Event(), threading.Condition()

    def read(self, response: HTTPResponse) -> None:
        """Until the connection ends."""
        rest = b""
        with suppress(IncompleteRead):  # a stream of events ends in the middle
            while data := response.read1(1 << 16):
                now = time.perf_counter()
                *frames, rest = (rest + data).split(b"\n\n")
                for told in frames:
                    self.take(told, now)

    def wait_for_snapshot(self) -> None:
        """Raises `CannotMeasure` if none comes."""
        if not self._ready.wait(PATIENCE):
            raise CannotMeasure(f"GET {paths.EVENTS} told nothing within {PATIENCE:g} s")

    def latencies(self, count: int) -> list[float]:
        """Of so many clicks, in order of length; raises `CannotMeasure` when fewer were told."""
        with self._has_new:
            if not self._has_new.wait_for(lambda: len(self._found) >= count, PATIENCE):
                raise CannotMeasure(f"only {len(self._found)} of {count} changes were told to a reader of events")
            return sorted(self._found)

    def take(self, told: bytes, now: float) -> None:
        """Take one event as it travels."""
        if b"event: snapshot\n" in told:
            self._ready.set()
        elif b"event: client\n" in told:
            hostname = _decode(told.partition(b"\ndata: ")[2]).client.hostname
            if (clicked := self.clicked.pop(hostname, None)) is not None:
                with self._has_new:
                    self._found.append(now - clicked)
                    self._has_new.notify()


@contextmanager
def _reading(port: int) -> Iterator[Reader]:
    """A reader that has its snapshot."""
    # Nothing may come for as long as the server's comments are apart.
    connection, reader = HTTPConnection("127.0.0.1", port, timeout=60.0), Reader()
    connection.request("GET", paths.EVENTS, headers={"Accept": "text/event-stream"})
    stream = connection.sock
    response = connection.getresponse()
    thread = threading.Thread(target=reader.read, args=(response,), name="events", daemon=True)
    thread.start()
    try:
        reader.wait_for_snapshot()
        yield reader
    finally:
        stream.shutdown(socket.SHUT_RDWR)
        thread.join()
        response.close()
        connection.close()


def _click(callers: Sequence[LinkCaller], reader: Reader, count: int, progress: Progress) -> None:
    """Have the PCs report a click of DND in turns. What the server answers is left in the sockets: it is little."""
    began = time.perf_counter()
    for number in range(count):
        due = began + number / CLICKS_A_SECOND
        time.sleep(max(0.0, due - time.perf_counter()))
        progress.show(f"link: {number:,} of {count:,} clicks at {CLICKERS} PCs")
        who, turn = number % len(callers), number // len(callers)
        beat = beat_of(who)
        report = frame(encode(Report(structs.replace(beat, status=(beat.status + turn + 1) % 2))))
        reader.clicked[beat.hostname] = time.perf_counter()
        callers[who].ask(report)


def _report(latencies: Sequence[float], plan: Plan) -> Target:
    def shown(share: float) -> str:
        return f"{percentile(latencies, share) * 1e3:.1f} ms"

    print("\nA click of DND at a PC until a reader of GET /api/events has it\n")
    print(f"  {plan.clicks:,} clicks, {CLICKS_A_SECOND:g} a second, among {plan.many:,} other linked PCs")
    print(f"  p50 {shown(0.5)}   p99 {shown(0.99)}   longest {shown(1.0)}")
    return Target(
        "state change until its reader has it: p99",
        shown(0.99),
        f"< {MOST_MILLISECONDS:g} ms",
        percentile(latencies, 0.99) * 1e3 < MOST_MILLISECONDS,
    )
