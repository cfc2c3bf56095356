"""The WebSocket of the link against servers that behave in every way but the right one, over real sockets."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable

import pytest
from websockets.sync.server import ServerConnection

from microsip_manager.agent.link_socket import LinkEnded, LinkSocket, NoLinkThere, NoServerThere, open_link
from microsip_manager.wire.link import CloseCode
from tests.agent.odd_servers import linking, listening

SECONDS = 0.5


def refuse(caller: socket.socket) -> None:
    caller.recv(65536)
    caller.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")


def babble(caller: socket.socket) -> None:
    caller.recv(65536)
    caller.sendall(b"220 mail.example ESMTP\r\n")


def cut(caller: socket.socket) -> None:
    caller.recv(65536)


def swallow(caller: socket.socket) -> None:
    while caller.recv(65536):
        pass


def test_a_port_where_nothing_listens_is_no_server() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    with pytest.raises(NoServerThere, match="ConnectionRefused"):
        open_link(f"http://127.0.0.1:{port}", SECONDS)


@pytest.mark.parametrize("serve_one", [refuse, babble, cut, swallow])
def test_what_answers_but_opens_no_websocket_is_no_link(serve_one: Callable[[socket.socket], object]) -> None:
    with listening(serve_one) as port, pytest.raises(NoLinkThere):
        open_link(f"http://127.0.0.1:{port}", SECONDS)


def test_a_websocket_that_speaks_another_language_is_no_link() -> None:
    with linking(lambda _: None, "other.v1") as server, pytest.raises(NoLinkThere):
        open_link(server, SECONDS)


def test_texts_go_both_ways_and_an_end_tells_its_code() -> None:
    def echo_once(connection: ServerConnection) -> None:
        connection.send(connection.recv())
        connection.close(CloseCode.NOT_NOW)

    with linking(echo_once) as server:
        link = open_link(server, SECONDS)
        link.send("Привет")
        assert link.receive(5.0) == "Привет"
        with pytest.raises(LinkEnded) as end:
            link.receive(5.0)
        link.end()

    assert end.value.code == CloseCode.NOT_NOW


def test_where_nothing_comes_a_wait_ends_in_time() -> None:
    with linking(lambda connection: connection.recv()) as server:
        link = open_link(server, SECONDS)
        assert link.receive(0.01) is None
        link.close(CloseCode.GOING_AWAY)
        link.end()


def send_much(link: LinkSocket) -> None:
    """Far more than any system keeps for a receiver."""
    for _ in range(100):
        link.send("x" * 1_000_000)


def test_a_server_that_reads_nothing_holds_no_sender() -> None:
    enough = threading.Event()

    with linking(lambda _: enough.wait(10)) as server:
        link = open_link(server, SECONDS)
        began = time.monotonic()
        with pytest.raises(LinkEnded):
            send_much(link)
        assert time.monotonic() - began < 10 * SECONDS
        link.end()
        enough.set()
