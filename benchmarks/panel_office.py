"""A server with thousands of clients and a supervisor, and PCs at which somebody clicks DND all the time."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
from msgspec import structs

from benchmarks.errors import CannotMeasure
from benchmarks.keys import enrolled
from benchmarks.load import apply_load
from benchmarks.panel_news import News
from benchmarks.requests import beat_of, heartbeats
from benchmarks.servers import START_SECONDS, Server, our_server
from microsip_manager.wire import paths
from microsip_manager.wire.codec import encode

NAME, PASSWORD = "supervisor", "correct horse battery staple"
CLICKERS = [number for number in range(1, 36) if number % 10]
"""PCs at the top of the board, where it has to show each of their clicks."""


@dataclass(frozen=True)
class Office:
    server: Server
    keys: Sequence[str]
    """Of the clickers."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"


@contextmanager
def office(folder: Path, clients: int) -> Iterator[Office]:
    """All clients are known, and the server is set up."""
    with our_server(folder, None) as server:
        apply_load(server.port, iter(heartbeats(server.port, clients)), connections=20)
        with httpx2.Client(trust_env=False, base_url=f"http://127.0.0.1:{server.port}", timeout=START_SECONDS) as web:
            keys = enrolled(web, CLICKERS)
            answer = web.post(paths.SETUP, json={"name": NAME, "password": PASSWORD})
        if answer.status_code != httpx2.codes.CREATED:
            raise CannotMeasure(f"the server answers {answer.status_code} to POST {paths.SETUP}")
        yield Office(server, keys)


class Clicks:
    """Somebody clicks DND at one of the PCs after the other, at a steady pace, while this is entered."""

    def __init__(self, office: Office, per_second: float) -> None:
        self.told: list[News] = []
        """What the server has taken, with the moment at which it was sent."""
        self._office = office
        self._per_second = per_second
        self._end = threading.Event()
        self._error = ""
        self._thread = threading.Thread(target=self._run, name="clicks")

    def __enter__(self) -> Clicks:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def check(self) -> None:
        """Raises `CannotMeasure` when the server did not take them all."""
        if self._error:
            raise CannotMeasure(self._error)

    def _run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._office.server.port, timeout=START_SECONDS)
        began, number = time.monotonic(), 0
        while not self._end.wait(max(0.0, began + number / self._per_second - time.monotonic())):
            try:
                self._click(connection, number % len(CLICKERS), number // len(CLICKERS))
            except (OSError, http.client.HTTPException, CannotMeasure) as error:
                self._error = f"click {number}: {error}"
                break
            number += 1
        connection.close()

    def _click(self, connection: http.client.HTTPConnection, who: int, turn: int) -> None:
        beat = beat_of(CLICKERS[who])
        is_on = (beat.status + turn + 1) % 2
        shown = {"Authorization": f"Bearer {self._office.keys[who]}", "Content-Type": "application/json"}
        at = time.time()
        connection.request("POST", paths.HEARTBEAT, encode(structs.replace(beat, status=is_on)), shown)
        answer = connection.getresponse()
        said = answer.read()
        if answer.status != 200:
            raise CannotMeasure(f"the server answers {answer.status} to a heartbeat: {said[:200]!r}")
        self.told.append(News(beat.hostname.lower(), "dnd" if is_on else "online", at))
