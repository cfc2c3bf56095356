"""Webhooks of a real server, which call a real receiver."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec
import requests

from microsip_manager.server.webhook_signature import signed_headers
from tests.fleet.processes import Server, free_port, wait_for


class Receiver(ThreadingHTTPServer):
    """Keeps what it is sent."""

    def __init__(self, port: int) -> None:
        self.taken: list[tuple[dict[str, str], bytes]] = []
        super().__init__(("127.0.0.1", port), Handler)

    def types(self) -> list[str]:
        return [msgspec.json.decode(body)["type"] for _, body in self.taken]


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.taken.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def receiving(port: int) -> Iterator[Receiver]:
    with Receiver(port) as receiver:
        thread = threading.Thread(target=receiver.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield receiver
        finally:
            receiver.shutdown()
            thread.join()


def add(server: Server, url: str) -> requests.Response:
    return requests.post(f"{server.url}/api/webhooks", json={"url": url, "kinds": ["client"]}, timeout=30)


def test_what_happened_while_the_receiver_was_away_arrives_though_the_server_was_killed(tmp_path: Path) -> None:
    port = free_port()
    server = Server.start(tmp_path, WEBHOOK_NETWORKS="127.0.0.1")
    created = add(server, f"http://127.0.0.1:{port}/phones").json()
    server.beat("NIKITA")
    deliveries = f"/api/webhooks/{created['id']}/deliveries"
    wait_for("both are written", lambda: len(server.get(deliveries)) == 2)
    server.running.kill()

    with receiving(port) as receiver:
        again = Server.start(tmp_path, server.port, WEBHOOK_NETWORKS="127.0.0.1")
        wait_for("both have arrived", lambda: sorted(receiver.types()) == ["client", "hello"])
        wait_for("that is written", lambda: {each["state"] for each in again.get(deliveries)} == {"delivered"})
        assert again.running.stop() == 0

    for headers, body in receiver.taken:
        signed = signed_headers(created["secret"], headers["webhook-id"], int(headers["webhook-timestamp"]), body)
        assert headers.items() >= signed.items()
        assert headers["host"] == f"127.0.0.1:{port}"
    assert created["secret"] not in again.running.said()


def test_a_private_address_that_no_setting_names_is_not_taken(tmp_path: Path) -> None:
    server = Server.start(tmp_path)

    answer = add(server, f"http://localhost:{server.port}/api/clients")

    assert (answer.status_code, answer.json()["code"]) == (422, "bad-message")
    assert "WEBHOOK_NETWORKS" in answer.json()["detail"]
    assert server.running.stop() == 0
