"""Requests to real sockets of this machine."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from microsip_manager.agent.http_client import ANSWER_LIMIT, Answer, HttpClient, NoAnswer

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

Behaviour = Callable[[socket.socket, int], None]
"""What a server does with a connection, given how many there were before."""


class Server:
    """Treats each connection as it is told, in a thread of its own."""

    def __init__(self, behave: Behaviour) -> None:
        self._behave = behave
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.connections: list[socket.socket] = []
        self.heard = b""
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self.connections.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection, len(self.connections) - 1))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        with suppress(OSError):
            while received := connection.recv(65536):
                self.heard += received
                self._behave(connection, number)

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for connection in self.connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        for thread in self._threads:
            thread.join(5)


@pytest.fixture
def serve() -> Iterator[Callable[[Behaviour], Server]]:
    started: list[Server] = []

    def start(behave: Behaviour) -> Server:
        started.append(Server(behave))
        return started[-1]

    yield start
    for server in started:
        server.close()


@pytest.fixture
def http() -> Iterator[HttpClient]:
    client = HttpClient()
    yield client
    client.close()


def answers(connection: socket.socket, _: int) -> None:
    connection.sendall(OK)


Serve = Callable[[Behaviour], Server]


def test_it_posts_and_gives_the_answer_and_keeps_the_connection(serve: Serve, http: HttpClient) -> None:
    server = serve(answers)

    assert http.ask("POST", server.url, "/api/heartbeat", b'{"a":1}', 5) == Answer(200, b"{}")
    assert http.ask("POST", server.url, "/api/heartbeat", b'{"a":1}', 5) == Answer(200, b"{}")

    assert len(server.connections) == 1
    assert server.heard.startswith(b"POST /api/heartbeat HTTP/1.1\r\n")
    assert b"Content-Type: application/json\r\n" in server.heard


def test_an_answer_tells_when_the_server_wrote_it(serve: Serve, http: HttpClient) -> None:
    date = "Thu, 01 Jan 2026 12:00:00 GMT"
    server = serve(lambda connection, _: connection.sendall(OK.replace(b"\r\n", f"\r\nDate: {date}\r\n".encode(), 1)))

    assert http.ask("GET", server.url, "/healthz", None, 5).date == date


def test_a_kept_connection_that_the_server_has_closed_is_replaced_unseen(serve: Serve, http: HttpClient) -> None:
    def answers_once(connection: socket.socket, number: int) -> None:
        connection.sendall(OK)
        if number == 0:
            connection.shutdown(socket.SHUT_RDWR)

    server = serve(answers_once)

    assert http.ask("GET", server.url, "/healthz", None, 5).status == 200
    assert http.ask("GET", server.url, "/healthz", None, 5).status == 200
    assert len(server.connections) == 2


def test_proxies_of_the_environment_are_not_used(
    serve: Serve, http: HttpClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")

    assert http.ask("GET", serve(answers).url, "/healthz", None, 5).status == 200


def test_a_redirect_is_an_answer_and_not_followed(serve: Serve, http: HttpClient) -> None:
    moved = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"

    assert http.ask("GET", serve(lambda c, _: c.sendall(moved)).url, "/", None, 5) == Answer(302, b"")


def test_a_refused_connection_is_no_answer(http: HttpClient) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"

    with pytest.raises(NoAnswer, match=r"did not answer \(ConnectionRefusedError: "):
        http.ask("GET", url, "/healthz", None, 5)


def test_silence_ends_with_the_time(serve: Serve, http: HttpClient) -> None:
    began = time.monotonic()

    with pytest.raises(NoAnswer, match="TimeoutError"):
        http.ask("GET", serve(lambda *_: None).url, "/healthz", None, 0.2)

    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    "sent",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 two hundred\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort",
    ],
)
def test_what_is_not_http_is_no_answer(serve: Serve, http: HttpClient, sent: bytes) -> None:
    def says(connection: socket.socket, _: int) -> None:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_RDWR)

    with pytest.raises(NoAnswer, match="did not answer"):
        http.ask("GET", serve(says).url, "/healthz", None, 5)


def test_an_endless_answer_is_cut_off(serve: Serve, http: HttpClient) -> None:
    def never_ends(connection: socket.socket, _: int) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (ANSWER_LIMIT * 4))

    with pytest.raises(NoAnswer, match=f"more than {ANSWER_LIMIT} bytes"):
        http.ask("GET", serve(never_ends).url, "/healthz", None, 5)


def test_a_name_without_address_is_no_answer(http: HttpClient) -> None:
    with pytest.raises(NoAnswer, match="did not answer"):
        http.ask("GET", "http://" + "x" * 64 + ".invalid:8083", "/healthz", None, 5)
