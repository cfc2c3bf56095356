"""The stream of events, from a real server over a real connection."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import requests

from tests.fleet.processes import Server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    started = Server.start(tmp_path)
    yield started
    if started.running.process.poll() is None:
        assert started.running.stop() == 0
    assert "Traceback" not in started.running.said()


class Reader:
    """Follows the events of a server, as a browser does."""

    def __init__(self, server: Server, last_id: str | None = None, query: str = "") -> None:
        headers = {"Last-Event-ID": last_id} if last_id else {}
        self.answer = requests.get(f"{server.url}/api/events{query}", headers=headers, stream=True, timeout=30)
        self.last_id = last_id
        self._lines = self.answer.iter_lines(decode_unicode=True)

    def next(self) -> Any:
        """The data of the next event."""
        for line in self._lines:
            if line.startswith("id: "):
                self.last_id = line.removeprefix("id: ")
            if line.startswith("data: "):
                return msgspec.json.decode(line.removeprefix("data: "))
        return None


def test_a_reader_sees_changes_and_goes_on_where_it_was(server: Server) -> None:
    server.beat("NIKITA")
    reader = Reader(server)
    assert [client["hostname"] for client in reader.next()["clients"]] == ["NIKITA"]

    server.beat("NIKITA", status=1)
    changed = reader.next()
    reader.answer.close()
    server.beat("NIKITA", status=0)

    assert (changed["event"], changed["client"]["status"], changed["before"]) == ("client", "dnd", "online")
    again = Reader(server, reader.last_id)
    assert again.next()["client"]["status"] == "online"
    again.answer.close()


def test_the_end_of_the_server_ends_the_stream_at_once_and_the_next_one_begins_anew(server: Server) -> None:
    server.beat("NIKITA")
    reader = Reader(server)
    reader.next()

    assert server.running.stop() == 0

    assert reader.next() == {"event": "end", "reason": "shutdown"}
    assert reader.next() is None
    # uvicorn would have had to cut the stream off after its five seconds.
    assert "timeout graceful shutdown exceeded" not in server.running.said()
    restarted = Server.start(server.folder, server.port)
    anew = Reader(restarted, reader.last_id)
    assert [client["hostname"] for client in anew.next()["clients"]] == ["NIKITA"]
    anew.answer.close()
    assert restarted.running.stop() == 0


@pytest.mark.parametrize("query", ["?kind=clients", "?status=busy", "?hostnames=NIKITA", "?hostname=" + "N" * 256])
def test_a_filter_that_means_nothing_is_refused_with_its_name(server: Server, query: str) -> None:
    answer = requests.get(f"{server.url}/api/events{query}", timeout=30)

    assert (answer.status_code, answer.json()["code"]) == (422, "bad-message")
    assert query[1:].partition("=")[0] in answer.json()["detail"]


def test_a_reader_that_leaves_gives_its_place_to_another(server: Server) -> None:
    for _ in range(250):
        reader = Reader(server)
        assert reader.answer.status_code == 200
        reader.answer.close()


def test_a_command_that_failed_is_told_to_who_follows_commands(server: Server) -> None:
    server.beat("NIKITA")
    reader = Reader(server, query="?kind=command&hostname=nikita")
    assert reader.next() == {"event": "snapshot", "clients": []}

    answer = requests.post(f"{server.url}/api/clients/NIKITA/set_dnd?enabled=true", timeout=30)
    told = reader.next()
    reader.answer.close()

    assert answer.status_code == 504
    assert told["event"] == "command"
    command = told["command"]
    assert (command["hostname"], command["command"], command["outcome"]) == ("NIKITA", "set_dnd on", "unreachable")
    assert command["issuer"] == "127.0.0.1"
