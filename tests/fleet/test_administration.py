"""The command line, the Python client and the migration, joined with a real server and real agents.

What they print and how they end is tested from memory in `tests/cli`; here is shown that both sides mean the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from microsip_manager.cli import migrate
from microsip_manager.cli.errors import Refused, UnknownClient
from microsip_manager.cli.fleet_client import FleetClient
from microsip_manager.cli.main import main
from microsip_manager.wire.calls import BATCH_LIMIT, Call, CallDirection, call_id
from tests.fleet.processes import Server, SimulatedAgent, free_port, wait_for

MORNING = datetime(2025, 3, 3, 6, 0, tzinfo=UTC)
NAMES = ("NIKITA", "Иванов-ПК")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    started = Server.start(
        tmp_path_factory.mktemp("server"), HEARTBEAT_INTERVAL="1", API_TIMEOUT="3", CALLS_KEEP_DAYS="36500"
    )
    yield started
    assert started.running.stop() == 0
    assert "Traceback" not in started.running.said()


@pytest.fixture(scope="module")
def agents(tmp_path_factory: pytest.TempPathFactory, server: Server) -> Iterator[list[SimulatedAgent]]:
    folder = tmp_path_factory.mktemp("agents")
    started = [
        SimulatedAgent.start(folder, server, name, HEARTBEAT_INTERVAL="1", SPOOL_DIR=str(folder / name))
        for name in NAMES
    ]
    yield started
    assert [agent.running.stop() for agent in started] == [0, 0]


@pytest.fixture(scope="module")
def fleet(server: Server) -> Iterator[FleetClient]:
    with FleetClient([server.url]) as client:
        yield client


def a_call(number: int, direction: CallDirection = CallDirection.MISSED, duration: int = 0, **fields: Any) -> Call:
    """Call number so-and-so of the archive's PC, a minute after the one before."""
    at = MORNING + timedelta(minutes=number)
    usual = {"hostname": "ARCHIVE", "extension": "490", "number": str(number), "name": 'Ольга; "=1+1"', "info": ""}
    return Call(
        id=call_id("ARCHIVE", number, int(at.timestamp())),
        key=number,
        direction=direction,
        started_at=at,
        duration=duration,
        ended=True,
        **{**usual, **fields},
    )


@pytest.fixture(scope="module")
def archive(server: Server, fleet: FleetClient) -> list[Call]:
    """450 calls, newest first: every third one answered, the others missed."""
    server.beat("ARCHIVE")
    calls = [a_call(at) if at % 3 else a_call(at, CallDirection.INCOMING, 60) for at in range(450)]
    assert fleet.send_calls(calls) == {call.id for call in calls}
    return calls[::-1]


class Screen:
    def __init__(self, server: Server, captured: pytest.CaptureFixture[str]) -> None:
        self._servers = ["--server", f"http://127.0.0.1:{free_port()}", "--server", server.url]
        self._captured = captured
        self.out = self.err = ""

    def run(self, *words: str) -> int:
        """One command; the first server it knows is dead."""
        code = main([*self._servers, *words])
        self.out, self.err = self._captured.readouterr()
        return code

    def json(self, *words: str) -> Any:
        assert self.run(*words, "--json") == 0, self.err
        return json.loads(self.out)


@pytest.fixture
def screen(server: Server, capsys: pytest.CaptureFixture[str]) -> Screen:
    return Screen(server, capsys)


def test_what_the_server_says_is_committed_is_known_to_it(fleet: FleetClient, archive: list[Call]) -> None:
    again = fleet.send_calls(archive[:10])

    assert again == {call.id for call in archive[:10]}
    assert list(fleet.all_calls({"hostname": "ARCHIVE", "limit": 100})) == archive


def test_more_calls_than_a_server_takes_at_once_are_refused_and_none_is_stored(fleet: FleetClient) -> None:
    with pytest.raises(Refused, match="length <= 500"):
        fleet.send_calls([a_call(9000 + at, hostname="NOBODY") for at in range(BATCH_LIMIT + 1)])

    assert list(fleet.all_calls({"hostname": "NOBODY"})) == []


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("--limit 450", 450),
        ("--limit 7", 7),
        ("--direction incoming --limit 1000", 150),
        ("--min-duration 60 --limit 1000", 150),
        ("--number 17", 1),
        ("--extension 490 --limit 1000", 450),
        ("--extension 491", 0),
        ("--from 2025-03-03T06:00:00Z --to 2025-03-03T06:10:00Z", 10),
        ("--from 2025-03-03T09:00:00+03:00 --to 2025-03-03T09:10:00+03:00", 10),
        ("--from 2025-03-04", 0),
    ],
)
def test_every_filter_of_calls_and_the_pages(screen: Screen, archive: list[Call], words: str, expected: int) -> None:
    found = screen.json("calls", "--host", "archive", *words.split())

    assert len(found) == expected
    assert [one["started_at"] for one in found] == sorted((one["started_at"] for one in found), reverse=True)
    assert len({one["id"] for one in found}) == expected


def test_calls_for_people_and_for_a_spreadsheet(screen: Screen, server: Server, archive: list[Call]) -> None:
    assert screen.run("calls", "--host", "ARCHIVE", "--number", "3") == 0
    assert re.search(r"ARCHIVE +490 +incoming +3 +Ольга; \"=1\+1\" +1:00", screen.out)
    assert screen.out.endswith("1 call\n")

    csv = requests.get(f"{server.url}/api/calls", params={"hostname": "ARCHIVE", "format": "csv"}, timeout=30)
    assert csv.content.startswith(b"\xef\xbb\xbf")
    assert len(csv.text.splitlines()) == 451


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("calls --from yesterday", "query.from"),
        ("calls --extension " + "4" * 65, "query.extension"),
        ("calls --min-duration 99999999999", "query.min_duration"),
        ("stats --tz Mars/Olympus", "Mars/Olympus"),
        ("stats --from 2025-01-01 --to 2026-01-01", "92 days"),
        ("stats --host NIKITTA", "Did you mean 'NIKITA'"),
        ("setting NIKITTA", "Did you mean 'NIKITA'"),
        ("setting NIKITA denyIncomming", "did you mean 'denyIncoming'"),
    ],
)
def test_the_servers_own_words_reach_the_administrator(
    screen: Screen, agents: list[SimulatedAgent], words: str, said: str
) -> None:
    assert screen.run(*words.split()) == 1
    assert screen.out == ""
    assert said in screen.err
    assert screen.err.count("\n") == 1


def test_stats_count_the_hours_of_the_zone_asked_for(screen: Screen, archive: list[Call]) -> None:
    period = ("--from", "2025-03-03", "--to", "2025-03-04", "--host", "ARCHIVE", "--tz", "Europe/Moscow")
    figures = screen.json("stats", *period)
    assert figures["totals"]["calls"] | {"by_direction": None} == {
        "total": 450,
        "by_direction": None,
        "answered": 150,
        "missed": 300,
        "lost_to_dnd": 0,
        "talk_time": 9000,
        "mean_duration": 60.0,
    }
    assert [hour["calls"]["total"] for hour in figures["hours"]] == [0] * 9 + [60] * 7 + [30] + [0] * 7
    assert (figures["from"], len(figures["hours"])) == ("2025-03-03T00:00:00+03:00", 24)

    assert screen.run("stats", *period) == 0
    assert re.search(r"^2025-03-03 09:00 +60 +0 +20 +40 +0 +20 +20:00 +1:00", screen.out, flags=re.M)
    assert re.search(r"^all +450 ", screen.out, flags=re.M)


def test_status_and_dnd_of_some_and_of_all(screen: Screen, agents: list[SimulatedAgent], archive: list[Call]) -> None:
    wait_for("ARCHIVE has no agent", lambda: screen.json("status")[0]["status"] == "offline")

    assert screen.run("dnd", "on", "--all", "--yes") == 0
    assert "2 of 2 done; 1 offline, left out" in screen.out
    assert [one["status"] for one in screen.json("status")] == ["offline", "dnd", "dnd"]
    assert screen.json("dnd", "on", "NIKITA")[0]["outcome"] == "already"

    assert screen.run("dnd", "off", *NAMES, "ARCHIVE") == 1
    assert "2 of 3 done" in screen.out
    assert re.search(r"ARCHIVE +unreachable", screen.out)
    assert screen.run("dnd", "off", "NIKITA", "a/b") == 1
    assert "'a/b' is no host name" in screen.out
    asked = {one["hostname"]: (one["status"], one["source"]) for one in screen.json("status", *NAMES, "ARCHIVE")}
    assert asked["NIKITA"] == ("online", "live")
    assert asked["ARCHIVE"] == ("offline", "last_known")


def test_messages_and_settings(screen: Screen, fleet: FleetClient, agents: list[SimulatedAgent]) -> None:
    words = ("--title", "Обед", "--severity", "warning", "--seconds", "1", "--button", "Да", "--button", "Нет")
    told = screen.json("message", "Идёте?\nСразу.", *NAMES, *words)
    assert [(one["hostname"], one["outcome"]) for one in told] == [(name, "shown") for name in NAMES]
    assert all(re.fullmatch("[0-9a-f]{32}", one["id"]) for one in told)

    assert screen.run("message", "Now", "NIKITTA", "NIKITA", "--seconds", "1") == 1
    assert re.search(r"NIKITTA +failed +.*Did you mean 'NIKITA'", screen.out)
    assert screen.run("message", "\u202eevil", "NIKITA") == 1
    assert "$.text" in screen.out

    answer = screen.json("setting", "NIKITA", "username", "--section", "Account")
    assert (answer["section"], answer["settings"]["username"]["value"]) == ("Account1", "100")
    assert screen.run("setting", "NIKITA") == 0
    assert re.search(r"^denyIncoming +button +button +Which", screen.out, flags=re.M)
    with pytest.raises(UnknownClient):
        fleet.display_message("NIKITTA", {"text": "x"})


def test_the_doctor_and_no_server(screen: Screen, capsys: pytest.CaptureFixture[str]) -> None:
    assert screen.run("doctor") == 1
    assert re.search(r"^!! +http://127.0.0.1", screen.out, flags=re.M)
    assert re.search(r"^ok +clock of", screen.out, flags=re.M)

    for words in (["status"], ["calls"], ["stats"], ["message", "x", "NIKITA"], ["setting", "NIKITA"], ["doctor"]):
        assert main(["--server", f"http://127.0.0.1:{free_port()}", *words]) == 3
    assert "Traceback" not in capsys.readouterr().err


def test_a_migration_rehearsed_done_and_done_again(
    server: Server, fleet: FleetClient, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any
) -> None:
    for name in ("API_SERVERS", "API_SERVER_1"):
        monkeypatch.delenv(name, raising=False)
    site, ini, calls = tmp_path / "api_config.py", tmp_path / "old.ini", tmp_path / "calls.csv"
    before = "# ours\nAPI_TIMEOUT = 3  # seconds\n"
    site.write_text(before, encoding="utf-8")
    ini.write_text(f"[client]\nserver = 127.0.0.1:5555\nbackup = 127.0.0.2\nport = {free_port()}\n", encoding="utf-8")
    lines = [
        f"2025-04-01 10:{at // 60:02}:{at % 60:02};{'in' if at % 2 else 'пропущенный'};{at};5" for at in range(250)
    ]
    calls.write_text("\n".join(["time;type;phone;seconds", *lines]), encoding="utf-8")
    words = ["--settings", str(ini), "--calls", str(calls), "--config", str(site), "--server-port", str(server.port)]
    words += ["--hostname", "OLD-PC", "--extension", "499", "--timezone", "Europe/Moscow"]

    assert migrate.main([*words, "--dry-run"]) == 0
    assert site.read_text(encoding="utf-8") == before
    assert list(fleet.all_calls({"hostname": "OLD-PC"})) == []

    assert migrate.main(words) == 0
    assert "250 of 250 calls are stored." in capsys.readouterr().out
    stored = list(fleet.all_calls({"hostname": "OLD-PC", "limit": 100}))
    assert (len(stored), stored[-1].started_at) == (250, datetime(2025, 4, 1, 7, 0, tzinfo=UTC))
    after = site.read_text(encoding="utf-8")

    assert migrate.main(words) == 0
    assert "250 of 250 calls are stored." in capsys.readouterr().out
    assert list(fleet.all_calls({"hostname": "OLD-PC", "limit": 100})) == stored
    assert site.read_text(encoding="utf-8") == after
    assert [path.name for path in tmp_path.glob("*.bak*")] == ["api_config.py.bak1"]
