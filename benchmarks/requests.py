"""The requests, made beforehand byte for byte as they travel."""

from __future__ import annotations

from collections.abc import Sequence
from http.client import HTTPConnection
from typing import Any

import httpx2

from microsip_manager import __version__
from microsip_manager.agent.http_client import HEADERS
from microsip_manager.wire import paths
from microsip_manager.wire.codec import encode
from microsip_manager.wire.heartbeat import Heartbeat
from microsip_manager.wire.phone_state import NO_CALL, PhoneState, Registration

QUIET = PhoneState(registration=Registration.REGISTERED, call=NO_CALL, microsip_version="3.22.3")


def heartbeats(port: int, count: int, keys: Sequence[str] = ()) -> list[bytes]:
    """One heartbeat of each of so many PCs, with all the headers an agent sends. Every tenth has a Cyrillic name.

    `keys` are those of the agents, where they have any.
    """
    shown = [f"Bearer {key}" for key in keys] or [""] * count
    return [_as_agents_send_it(port, encode(beat_of(number)), shown[number]) for number in range(count)]


class _Paper:
    """A socket that only takes down what is sent."""

    def __init__(self) -> None:
        self.written = b""

    def sendall(self, data: bytes) -> None:
        self.written += data


def _as_agents_send_it(port: int, body: bytes, shown: str) -> bytes:
    connection, paper = HTTPConnection("127.0.0.1", port), _Paper()
    written_to: Any = paper
    connection.sock = written_to
    connection.request("POST", paths.HEARTBEAT, body, {**HEADERS, "Authorization": shown} if shown else HEADERS)
    return paper.written


def get(port: int, path: str) -> bytes:
    with httpx2.Client(trust_env=False, headers={"Accept-Encoding": "identity"}) as client:
        return as_bytes(client.build_request("GET", f"http://127.0.0.1:{port}{path}"))


def post(port: int, path: str, body: bytes = b"") -> bytes:
    """The request of a program that keeps its connection."""
    with httpx2.Client(trust_env=False, headers={"Accept-Encoding": "identity"}) as client:
        return as_bytes(client.build_request("POST", f"http://127.0.0.1:{port}{path}", content=body))


def as_bytes(request: httpx2.Request) -> bytes:
    head = b"".join(b"%b: %b\r\n" % header for header in request.headers.raw)
    return b"%b %b HTTP/1.1\r\n%b\r\n%b" % (request.method.encode(), request.url.raw_path, head, request.content)


def beat_of(number: int) -> Heartbeat:
    hostname = f"КАССА-{number:05}" if number % 10 == 0 else f"DESKTOP-{number:05}"
    return Heartbeat(hostname, str(1000 + number), int(number % 4 == 0), agent_version=__version__, phone=QUIET)
