"""The agent over TLS: whom it believes, and what it says of the others."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from websockets.sync.server import ServerConnection

from microsip_manager.agent.http_client import HttpClient, NoAnswer
from microsip_manager.agent.link_socket import LinkEnded, NoServerThere, open_link
from microsip_manager.tls.folder import TlsFolder
from microsip_manager.tls.trust import PINNED, Trust
from microsip_manager.wire.link import CloseCode
from tests.agent.odd_servers import linking, listening
from tests.tls.house import context, house, tls_server


@pytest.fixture
def made(tmp_path: Path) -> TlsFolder:
    return house(tmp_path)


def pinned(made: TlsFolder) -> Trust:
    return Trust(str(made.authority_file))


@contextmanager
def client(trust: Trust) -> Iterator[HttpClient]:
    http = HttpClient(trust)
    try:
        yield http
    finally:
        http.close()


def trouble(server: str, trust: Trust) -> str:
    """What both ways to a server say of it."""
    with client(trust) as http, pytest.raises(NoAnswer) as by_http:
        http.ask("GET", server, "/healthz", None, 5)
    with pytest.raises(NoServerThere) as by_link:
        open_link(server, 5, trust)
    words = str(by_http.value)
    assert str(by_link.value) == words
    assert "\n" not in words
    return words


def test_a_server_of_the_authority_is_asked_over_one_connection(made: TlsFolder) -> None:
    with tls_server(made) as server, client(pinned(made)) as http:
        answers = [http.ask("GET", server, "/healthz", None, 5), http.ask("POST", server, "/api/heartbeat", b"{}", 5)]

    assert [(answer.status, answer.body) for answer in answers] == [(200, b"{}")] * 2


def test_a_server_of_another_authority_is_refused(made: TlsFolder, tmp_path: Path) -> None:
    other = house(tmp_path / "other")

    with tls_server(other) as server:
        said = trouble(server, pinned(made))

    assert said == f"has a certificate of an authority that is not trusted here ({made.authority_file})"


def test_without_an_authority_the_system_decides(made: TlsFolder) -> None:
    with tls_server(made) as server:
        assert "not trusted here (those of the system)" in trouble(server, Trust())


def test_a_certificate_for_another_name_is_refused(tmp_path: Path) -> None:
    made = house(tmp_path, "phones.corp.example")

    with tls_server(made) as server:
        assert trouble(server, pinned(made)).startswith("has a certificate for other names than 127.0.0.1")


def test_an_expired_certificate_is_said(tmp_path: Path) -> None:
    made = house(tmp_path, now=datetime.now(UTC) - timedelta(days=500))

    with tls_server(made) as server:
        assert trouble(server, pinned(made)).startswith("has a certificate that has expired; here it is 20")


def test_a_wrong_clock_is_said_with_both_times(tmp_path: Path) -> None:
    there = datetime.now(UTC) + timedelta(days=500)
    made = house(tmp_path, now=there)

    with tls_server(made, time=there) as server:
        said = trouble(server, pinned(made))

    assert said.startswith("has a certificate that is not good at this time, but the clocks differ: here it is 20")
    assert said.endswith(f"there {there:%Y-%m-%d %H:%M} UTC")


def test_a_server_without_tls_is_said(made: TlsFolder) -> None:
    def answer_plainly(caller: socket.socket) -> None:
        caller.recv(65536)
        caller.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with listening(answer_plainly, connections=2) as port:
        assert trouble(f"https://127.0.0.1:{port}", pinned(made)).startswith("does not speak TLS")


def test_a_file_that_is_no_authority_is_said(tmp_path: Path) -> None:
    prose = tmp_path / "prose.pem"
    prose.write_text("a shopping list")

    assert "it has no certificate in PEM" in trouble("https://127.0.0.1:1", Trust(str(prose)))
    assert "No such file" in trouble("https://127.0.0.1:1", Trust(str(tmp_path / "none.pem")))


def test_an_authority_counts_from_the_moment_it_is_pinned(made: TlsFolder, tmp_path: Path) -> None:
    trust = Trust(pinned=tmp_path / PINNED)
    with tls_server(made) as server, client(trust) as http:
        with pytest.raises(NoAnswer):
            http.ask("GET", server, "/healthz", None, 5)

        (tmp_path / PINNED).write_text(made.authority().pem)

        assert http.ask("GET", server, "/healthz", None, 5).status == 200


def test_tls_1_1_is_not_spoken(made: TlsFolder) -> None:
    found = pinned(made).context()

    assert found.minimum_version == found.minimum_version.TLSv1_2
    assert found.check_hostname


def test_texts_go_both_ways_over_tls_and_an_end_tells_its_code(made: TlsFolder) -> None:
    def echo_once(connection: ServerConnection) -> None:
        connection.send(connection.recv())
        connection.close(CloseCode.NOT_NOW)

    with linking(echo_once, tls=context(made)) as server:
        link = open_link(server, 5, pinned(made))
        link.send("Привет")
        assert link.receive(5.0) == "Привет"
        with pytest.raises(LinkEnded) as end:
            link.receive(5.0)
        link.end()

    assert end.value.code == CloseCode.NOT_NOW
