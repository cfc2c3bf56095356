"""The requests, made beforehand byte for byte as they travel."""

from __future__ import annotations

import httpx2

from microsip_manager import __version__
from microsip_manager.agent.server_link import http_client
from microsip_manager.wire import paths
from microsip_manager.wire.codec import encode
from microsip_manager.wire.heartbeat import Heartbeat


def heartbeats(port: int, count: int) -> list[bytes]:
    """One heartbeat of each of so many PCs, with all the headers an agent sends. Every tenth has a Cyrillic name."""
    with http_client(1.0) as agent:
        url = f"http://127.0.0.1:{port}{paths.HEARTBEAT}"
        return [as_bytes(agent.build_request("POST", url, content=encode(_beat(number)))) for number in range(count)]


def get(port: int, path: str) -> bytes:
    with httpx2.Client(trust_env=False, headers={"Accept-Encoding": "identity"}) as client:
        return as_bytes(client.build_request("GET", f"http://127.0.0.1:{port}{path}"))


def as_bytes(request: httpx2.Request) -> bytes:
    head = b"".join(b"%b: %b\r\n" % header for header in request.headers.raw)
    return b"%b %b HTTP/1.1\r\n%b\r\n%b" % (request.method.encode(), request.url.raw_path, head, request.content)


def _beat(number: int) -> Heartbeat:
    hostname = f"КАССА-{number:05}" if number % 10 == 0 else f"DESKTOP-{number:05}"
    return Heartbeat(hostname, str(1000 + number), int(number % 4 == 0), agent_version=__version__)
