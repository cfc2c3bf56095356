"""A server that answers from memory, for the command line and the Python client; nothing leaves the process."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

import httpx2

from microsip_manager.wire.clients import ClientState, ClientStatus, Source
from microsip_manager.wire.codec import encode
from microsip_manager.wire.commands import DndAnswer, DndOutcome
from microsip_manager.wire.phone import PhoneStatus
from microsip_manager.wire.problems import ProblemCode, dnd_problem, problem

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
FIRST, SECOND = "http://first.example:8083", "http://second.example:8083"

Answering = Callable[[httpx2.Request], httpx2.Response]


def client(hostname: str, status: PhoneStatus = PhoneStatus.ONLINE, minute: int = 0, **fields: Any) -> ClientState:
    at = NOON + timedelta(minutes=minute)
    usual: dict[str, Any] = {
        "extension": "485",
        "status_since": at,
        "last_seen": at,
        "address": "127.0.0.1",
        "port": 8084,
        "agent_version": "0.1.0",
        "simulated": False,
    }
    return ClientState(hostname=hostname, status=status, **{**usual, **fields})


def answer_of(message: object, status: int = 200, **headers: str) -> httpx2.Response:
    return httpx2.Response(status, content=encode(message), headers=headers)


def refusal(code: ProblemCode, detail: str = "") -> httpx2.Response:
    told = problem(code, detail)
    return httpx2.Response(told.status, content=told.encode())


@dataclass
class Office:
    """NIKITA is at the desk, OLGA is on DND, PAVEL has gone silent; `more` answers at other paths."""

    clients: dict[str, ClientState] = field(
        default_factory=lambda: {
            "NIKITA": client("NIKITA"),
            "OLGA": client("OLGA", PhoneStatus.DND, extension="486"),
            "PAVEL": client("PAVEL", PhoneStatus.OFFLINE, extension="487"),
        }
    )
    outcomes: dict[str, DndOutcome] = field(default_factory=dict)
    more: dict[str, Answering] = field(default_factory=dict)
    down: set[str] = field(default_factory=set)
    """Servers that refuse the connection."""
    asked: list[httpx2.Request] = field(default_factory=list)
    version: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def transport(self) -> httpx2.MockTransport:
        return httpx2.MockTransport(self.answer)

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        with self.lock:
            self.asked.append(request)
            if f"{request.url.scheme}://{request.url.netloc.decode()}" in self.down:
                raise httpx2.ConnectError("Connection refused", request=request)
            return self._answer(request)

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        path = request.url.path
        if path in self.more:
            return self.more[path](request)
        if path == "/api/clients":
            return self._list(request)
        name, _, verb = path.removeprefix("/api/clients/").partition("/")
        found = self.clients.get(unquote(name))
        if not path.startswith("/api/clients/") or verb not in ("", "status", "set_dnd"):
            return refusal(ProblemCode.NOT_FOUND, f"There is no {path}.")
        if found is None:
            return refusal(ProblemCode.UNKNOWN_CLIENT, f"No client {name!r} has been heard of.")
        if verb == "set_dnd":
            return self._set_dnd(found, request.url.params["enabled"] == "true")
        return answer_of(_live(found) if verb == "status" else found)

    def _list(self, request: httpx2.Request) -> httpx2.Response:
        tag = f'"{self.version}"'
        if request.headers.get("if-none-match") == tag:
            return httpx2.Response(304, headers={"etag": tag})
        return answer_of(list(self.clients.values()), etag=tag)

    def _set_dnd(self, found: ClientState, enabled: bool) -> httpx2.Response:
        outcome = self.outcomes.get(found.hostname, DndOutcome.APPLIED)
        if outcome.is_success:
            return answer_of(DndAnswer(found.hostname, outcome, enabled))
        told = dnd_problem(DndAnswer(found.hostname, outcome, None, f"because it is {outcome.value}"))
        return httpx2.Response(told.status, content=told.encode())

    def wishes(self) -> list[tuple[str, str]]:
        """Whom DND was switched for, and how."""
        return sorted(
            (unquote(request.url.path.split("/")[3]), request.url.params["enabled"])
            for request in self.asked
            if request.url.path.endswith("/set_dnd")
        )


def _live(found: ClientState) -> ClientStatus:
    return ClientStatus(
        found.hostname,
        found.extension,
        found.status,
        Source.LIVE,
        0.0,
        found.last_seen,
        found.status is PhoneStatus.DND,
    )
