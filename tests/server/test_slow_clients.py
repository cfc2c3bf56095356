"""Clients that keep a server waiting, or send it too much, over real sockets."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from tests.server.listening import LONG, SHORT, Listening, listening, read_all

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


@contextmanager
def dribbling(connection: socket.socket, piece: bytes) -> Iterator[None]:
    """Send this piece every 20 ms for as long as it is taken."""
    stop = threading.Event()

    def run() -> None:
        with suppress(OSError):
            while not stop.wait(0.02):
                connection.sendall(piece)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def status_of(answer: bytes) -> bytes:
    return answer.split(b" ")[1] if answer else b"none"


@pytest.fixture
def quick() -> Iterator[Listening]:
    with listening(patience=SHORT) as server:
        yield server


@pytest.fixture
def patient() -> Iterator[Listening]:
    with listening(patience=LONG) as server:
        yield server


@pytest.mark.parametrize(
    ("begin", "piece"),
    [
        (b"GET / HTTP/1.1\r\n", b"X-More: 1\r\n"),
        (b"GET / HTTP/1.1\r\nX-Long: ", b"1"),
        (b"G", b""),
        (b"GET /", b"1"),
    ],
)
def test_headers_have_to_come_in_time(quick: Listening, begin: bytes, piece: bytes) -> None:
    with quick.connect() as slow:
        slow.sendall(begin)
        with dribbling(slow, piece):
            answer = read_all(slow)
        quick.wait_for_connections(0)

    assert status_of(answer) in (b"408", b"none")
    assert quick.asked == []


@pytest.mark.parametrize(
    ("headers", "piece"),
    [(b"Content-Length: 100000", b"x"), (b"Transfer-Encoding: chunked", b"1\r\nx\r\n")],
)
def test_a_body_has_to_come_in_time(quick: Listening, headers: bytes, piece: bytes) -> None:
    with quick.connect() as slow:
        slow.sendall(b"POST / HTTP/1.1\r\nHost: x\r\n" + headers + b"\r\n\r\n")
        with dribbling(slow, piece):
            answer = read_all(slow)
        quick.wait_for_connections(0)

    assert status_of(answer) in (b"408", b"none")


def test_the_second_request_of_a_connection_has_its_own_time(quick: Listening) -> None:
    with quick.connect() as caller:
        for _ in range(4):
            caller.sendall(GET)
            assert caller.recv(1000).startswith(b"HTTP/1.1 200")
            time.sleep(0.15)  # quiet between two requests, which is nothing to wait for
        caller.sendall(b"GET / HTTP/1.1\r\n")
        assert status_of(read_all(caller)) == b"408"


def test_empty_lines_keep_no_connection(quick: Listening) -> None:
    with quick.connect() as caller:
        caller.sendall(GET)
        assert caller.recv(1000).startswith(b"HTTP/1.1 200")
        with dribbling(caller, b"\r\n"):
            read_all(caller)
        quick.wait_for_connections(0)


@pytest.mark.parametrize(
    "head",
    [
        b"X-Long: " + b"1" * 5000,
        b"\r\n".join(b"X-%d: 1" % number for number in range(1000)),
        b"X-Enormous: " + b"1" * 1_000_000,
    ],
)
@pytest.mark.parametrize("more", [b"", b"Connection: upgrade\r\nUpgrade: websocket\r\n"])
def test_headers_have_a_size_and_the_application_is_not_asked(patient: Listening, head: bytes, more: bytes) -> None:
    with patient.connect() as caller:
        with suppress(ConnectionError):
            caller.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n" + more + head + b"\r\n\r\n")
        answer = read_all(caller)
        patient.wait_for_connections(0)

    assert status_of(answer) in (b"431", b"none")  # none when more was still coming, for which the end is a reset
    assert patient.asked == []


def test_an_address_without_end_is_refused(patient: Listening) -> None:
    with patient.connect() as caller:
        with suppress(ConnectionError):
            caller.sendall(b"GET /" + b"x" * 1_000_000)
        answer = read_all(caller)

    assert status_of(answer) in (b"431", b"none")
    assert patient.asked == []


def test_a_large_body_is_no_large_head(patient: Listening) -> None:
    with patient.connect() as caller:
        caller.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 1_000_000)

        assert caller.recv(1000).startswith(b"HTTP/1.1 200")


def test_a_few_requests_at_once_are_answered_and_a_flood_is_not(patient: Listening) -> None:
    with patient.connect() as caller:
        caller.sendall(GET * 5)
        answers = b""
        while answers.count(b"HTTP/1.1 200") < 5:
            answers += caller.recv(65536)
        with suppress(ConnectionError):
            for _ in range(100):
                caller.sendall(GET * 1000)
        read_all(caller)
        patient.wait_for_connections(0)

    assert len(patient.asked) < 5000


def test_who_reads_nothing_of_a_long_answer_is_let_go(quick: Listening) -> None:
    with quick.connect(receive_buffer=4096) as caller:
        caller.sendall(b"GET /long HTTP/1.1\r\nHost: x\r\n\r\n")
        quick.wait_for_connections(1)
        quick.wait_for_connections(0)


def test_who_reads_slowly_gets_all(quick: Listening) -> None:
    with quick.connect() as caller:
        caller.sendall(b"GET /long HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        got = 0
        while part := caller.recv(1_000_000):
            got += len(part)

    assert got > 100_000_000


def test_who_is_gone_before_its_request_is_read_is_known_by_its_address(
    patient: Listening, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(100):
        with patient.connect("127.0.0.9") as caller:
            caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            caller.sendall(GET)  # and its end is a reset
    patient.wait_for_connections(0)

    assert set(patient.callers) <= {"127.0.0.9"}
    assert "Exception" not in caplog.text


def test_garbage_is_answered_and_told_once(patient: Listening, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(5):
        with patient.connect("127.0.0.9") as caller:
            caller.sendall(b"\x00\x01garbage\r\n\r\n")
            assert status_of(read_all(caller)) == b"400"

    told = [record.getMessage() for record in caplog.records if record.name != "asyncio"]
    assert told == ["127.0.0.9: Invalid HTTP request received."]
