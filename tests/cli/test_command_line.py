"""`microsip-manager`: what it prints and how it ends. The server answers from memory."""

from __future__ import annotations

import importlib
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from microsip_manager.cli.errors import CannotWrite
from microsip_manager.cli.fleet_client import FleetClient
from microsip_manager.cli.main import main
from microsip_manager.server.routes.stats import EXAMPLE_STATS
from microsip_manager.settings import DIRECTORY_KEY, CliSettings, declared_for
from microsip_manager.wire.calls import Call, CallDirection, call_id
from microsip_manager.wire.commands import DndOutcome
from microsip_manager.wire.messages import MessageAnswer, MessageOutcome
from microsip_manager.wire.phone import PhoneStatus
from microsip_manager.wire.phone_settings import IniSettings, SettingsAnswer, SettingValue
from microsip_manager.wire.problems import Problem, message_problem
from tests.cli.office import FIRST, NOON, SECOND, Office, answer_of, client
from tests.fleet.processes import ROOT

COMMANDS = (
    "status",
    "watch",
    "history",
    "dnd",
    "phone",
    "groups",
    "schedules",
    "calls",
    "stats",
    "message",
    "setting",
    "webhooks",
    "directory-key",
    "doctor",
)


@pytest.fixture
def office() -> Office:
    return Office()


class Screen:
    """Runs commands against the office and keeps what they printed."""

    def __init__(self, office: Office, captured: pytest.CaptureFixture[str]) -> None:
        self._office = office
        self._captured = captured
        self.out = self.err = ""

    def run(self, *words: str) -> int:
        code = main(["--server", FIRST, "--server", SECOND, *words], self._office.transport)
        self.out, self.err = self._captured.readouterr()
        return code

    def json(self, *words: str) -> Any:
        self.run(*words, "--json")
        return json.loads(self.out)


@pytest.fixture
def screen(office: Office, capsys: pytest.CaptureFixture[str]) -> Screen:
    return Screen(office, capsys)


def a_call(key: int = 7, **fields: Any) -> Call:
    usual: dict[str, Any] = {
        "hostname": "NIKITA",
        "extension": "485",
        "number": "486",
        "name": "Olga",
        "direction": CallDirection.INCOMING,
        "started_at": NOON,
        "duration": 3725,
        "info": "",
        "ended": True,
    }
    return Call(id=call_id("NIKITA", key, int(NOON.timestamp())), key=key, **{**usual, **fields})


def test_help_names_every_command_and_every_setting(screen: Screen) -> None:
    assert screen.run("--help") == 0

    for command in COMMANDS:
        assert re.search(rf"^  {command} ", screen.out, flags=re.M)
    for setting in declared_for(CliSettings):
        assert re.search(rf"^ +{setting.name}(  \[|$)", screen.out, flags=re.M)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(screen: Screen, command: str) -> None:
    assert screen.run(command, "--help") == 0
    assert "Usage:" in screen.out


def test_status_shows_everybody_with_the_signs(screen: Screen) -> None:
    assert screen.run("status") == 0

    assert [line.split()[0] for line in screen.out.splitlines()[1:4]] == ["NIKITA", "OLGA", "PAVEL"]
    for sign in ("🟢 online", "🔴 dnd", "⚫ offline"):
        assert sign in screen.out
    assert "3 clients: 1 dnd, 1 offline, 1 online" in screen.out


def test_status_of_some_asks_them_now_and_fails_for_unknown_ones(screen: Screen) -> None:
    assert screen.run("status", "OLGA", "NIKITTA") == 1

    assert re.search(r"OLGA .* dnd .* live", screen.out)
    assert screen.err.startswith("NIKITTA: No client")


def test_both_of_two_pcs_with_one_key_are_shown(screen: Screen, office: Office) -> None:
    for name in ("NIKITA", "NIKITA~clone"):
        office.clients[name] = client(name, clone=True)
    office.more["/api/agents"] = lambda _: answer_of([])

    assert screen.run("status") == 0
    shown = screen.out
    assert screen.run("agent", "list") == 0
    told = screen.err

    assert "Key used by two PCs" in shown
    assert sum(line.rstrip().endswith("yes") for line in shown.splitlines()) == 2
    assert [line.partition(":")[0] for line in told.splitlines()] == ["NIKITA", "NIKITA~clone"]


def test_json_is_what_the_server_says(screen: Screen) -> None:
    assert [row["status"] for row in screen.json("status")] == ["online", "dnd", "offline"]
    assert screen.json("status", "OLGA")[0]["source"] == "live"


def test_dnd_switches_the_named_ones(screen: Screen, office: Office) -> None:
    assert screen.run("dnd", "on", "NIKITA", "OLGA", "NIKITA") == 0

    assert office.wishes() == [("NIKITA", "true"), ("OLGA", "true")]
    assert "2 of 2 done" in screen.out


def test_dnd_of_all_leaves_out_who_is_offline_and_says_so(screen: Screen, office: Office) -> None:
    assert screen.run("dnd", "off", "--all", "--yes") == 0

    assert office.wishes() == [("NIKITA", "false"), ("OLGA", "false")]
    assert "2 of 2 done; 1 offline, left out" in screen.out


def test_some_failed_is_told_for_each_and_by_the_exit_code(screen: Screen, office: Office) -> None:
    office.outcomes["OLGA"] = DndOutcome.HUNG

    assert screen.run("dnd", "on", "NIKITA", "OLGA", "NIKITTA", "--json") == 1

    rows = {row["hostname"]: row for row in json.loads(screen.out)}
    assert (rows["NIKITA"]["outcome"], rows["NIKITA"]["ok"]) == ("applied", True)
    assert (rows["OLGA"]["outcome"], rows["OLGA"]["detail"]) == ("hung", "because it is hung")
    assert rows["NIKITTA"]["outcome"] == "failed"


@pytest.mark.parametrize(
    "words",
    [
        ("dnd", "on"),
        ("dnd", "maybe", "NIKITA"),
        ("dnd", "on", "NIKITA", "--all"),
        ("dance",),
        ("message", "Lunch"),
        ("calls", "--direction", "sideways"),
        ("calls", "--csv", "calls.csv", "--json"),
        ("dnd", "on", "--all"),
    ],
)
def test_wrong_usage_is_2_and_switches_nothing(screen: Screen, office: Office, words: tuple[str, ...]) -> None:
    assert screen.run(*words) == 2
    assert office.wishes() == []
    assert "Error" in screen.err


def test_a_wrong_setting_is_2_and_named(screen: Screen) -> None:
    assert screen.run("--timeout", "-1", "status") == 2
    assert screen.err.startswith("--timeout is -1.0; expected a positive number of seconds")


def test_no_server_is_3(screen: Screen, office: Office) -> None:
    office.down = {FIRST, SECOND}

    assert screen.run("status") == 3
    assert screen.out == ""
    assert screen.err.startswith(f"no server: {FIRST} cannot be reached")


def test_servers_that_go_away_in_the_middle_are_3(screen: Screen, office: Office) -> None:
    office.down = {FIRST, SECOND}

    assert screen.run("dnd", "on", "NIKITA", "OLGA") == 3


def test_the_next_server_of_the_list_is_taken(screen: Screen, office: Office) -> None:
    office.down = {FIRST}

    assert screen.run("dnd", "on", "NIKITA") == 0


HOSTILE = "[bold red]X[/] :smile: \x1b[2J\u202e\x9b31m"


def test_hostile_names_are_shown_as_text(screen: Screen, office: Office) -> None:
    office.clients = {"X": client(HOSTILE, extension="[link=http://evil.example]485[/link]")}

    screen.run("status")
    assert "[bold red]X[/] :smile: \ufffd[2J\ufffd\ufffd31m" in screen.out
    assert "[link=http://evil.example]485[/link]" in screen.out
    assert all(line.isprintable() for line in screen.out.splitlines())

    screen.run("status", "--json")
    assert all(line.isprintable() for line in screen.out.splitlines())
    assert json.loads(screen.out)[0]["hostname"] == HOSTILE


def test_a_long_name_does_not_hide_the_others(screen: Screen, office: Office) -> None:
    office.clients["LONG"] = client("L" * 255)

    screen.run("status")

    assert screen.out.count("L" * 10) >= 1
    assert "PAVEL" in screen.out


def test_calls_are_read_page_after_page_with_their_filters(screen: Screen, office: Office) -> None:
    def pages(request: httpx2.Request) -> httpx2.Response:
        if request.url.params.get("cursor") is None:
            return answer_of([a_call(7)], link='<http://evil.example/api/calls?cursor=abc%3D>; rel="next"')
        assert request.url.params["cursor"] == "abc="
        return answer_of([a_call(6, direction=CallDirection.MISSED, duration=0)])

    office.more["/api/calls"] = pages

    assert screen.run("calls", "--host", "NIKITA", "--direction", "missed", "--min-duration", "0") == 0

    first, second = office.asked
    assert dict(first.url.params) == {"hostname": "NIKITA", "direction": "missed", "min_duration": "0", "limit": "50"}
    assert second.url.host == "first.example"
    assert "1:02:05" in screen.out
    assert screen.out.endswith("2 calls\n")


class Pieces(httpx2.SyncByteStream):
    """An answer that comes in pieces and may break off."""

    def __init__(self, *pieces: bytes, breaks: bool = False) -> None:
        self._pieces = pieces
        self._breaks = breaks

    def __iter__(self) -> Iterator[bytes]:
        yield from self._pieces
        if self._breaks:
            raise httpx2.ReadError("reset by peer")


def test_calls_are_kept_for_a_spreadsheet_as_the_server_writes_them(
    screen: Screen, office: Office, tmp_path: Path
) -> None:
    office.more["/api/calls"] = lambda _: httpx2.Response(200, stream=Pieces(b"\xef\xbb\xbfstarted_at\r\n", b"now\r\n"))
    file = tmp_path / "calls.csv"

    assert screen.run("calls", "--host", "NIKITA", "--csv", str(file)) == 0

    assert file.read_bytes() == b"\xef\xbb\xbfstarted_at\r\nnow\r\n"
    assert screen.out == f"{file} written\n"
    [request] = office.asked
    assert dict(request.url.params) == {"hostname": "NIKITA", "format": "csv"}


def test_calls_that_break_off_leave_the_old_file_and_ask_no_other_server(
    screen: Screen, office: Office, tmp_path: Path
) -> None:
    office.more["/api/calls"] = lambda _: httpx2.Response(200, stream=Pieces(b"started_at\r\n", breaks=True))
    file = tmp_path / "calls.csv"
    file.write_bytes(b"of yesterday")

    assert screen.run("calls", "--csv", str(file)) == 1

    assert "broke off in the middle" in screen.err
    assert len(office.asked) == 1
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("calls.csv", b"of yesterday")]


def test_calls_come_from_the_next_server_when_the_first_gives_nothing(
    screen: Screen, office: Office, tmp_path: Path
) -> None:
    office.down.add(FIRST)
    office.more["/api/calls"] = lambda _: httpx2.Response(200, stream=Pieces(b"started_at\r\n"))

    assert screen.run("calls", "--csv", str(tmp_path / "calls.csv")) == 0
    assert (tmp_path / "calls.csv").read_bytes() == b"started_at\r\n"


def test_a_file_that_cannot_be_written_is_named(screen: Screen, office: Office, tmp_path: Path) -> None:
    file = tmp_path / "missing" / "calls.csv"

    assert screen.run("calls", "--csv", str(file)) == 1
    assert screen.err == f"{file} cannot be written: No such file or directory\n"
    assert office.asked == []


def test_a_full_disk_is_not_taken_for_a_server_that_fails(screen: Screen, office: Office) -> None:
    office.more["/api/calls"] = lambda _: httpx2.Response(200, stream=Pieces(b"x" * 100_000))
    written: list[bytes] = []

    def full(piece: bytes) -> None:
        written.append(piece)
        raise CannotWrite("calls.csv", OSError(28, "No space left on device"))

    with FleetClient([FIRST, SECOND], transport=office.transport) as fleet, pytest.raises(CannotWrite):
        fleet.calls_as_csv({}, full)
    assert len(office.asked) == len(written) == 1


def test_calls_stop_at_the_limit(screen: Screen, office: Office) -> None:
    office.more["/api/calls"] = lambda request: answer_of(
        [a_call(7)], link=f'<?cursor={len(office.asked)}>; rel="next"'
    )

    assert len(screen.json("calls", "--limit", "3")) == 3


def test_stats_begin_with_the_counts_by_status(screen: Screen, office: Office) -> None:
    office.more["/api/stats"] = lambda _: answer_of(EXAMPLE_STATS)

    assert screen.run("stats", "--tz", "Europe/Moscow") == 0

    now, period, *rest = screen.out.splitlines()
    assert now == "now: ⚫ 0 offline  🟢 1 online  🔴 0 dnd"
    assert period == "2026-03-02 09:00 to 2026-03-02 10:00, Europe/Moscow"
    assert [line.split() for line in rest if line.startswith("NIKITA")] == [
        ["NIKITA", "5", "1", "2", "1", "1", "3", "10:15", "3:25", "0"],
        ["NIKITA", "0:00", "50:00", "10:00"],
    ]
    assert [line.split()[1:5] for line in rest if line.startswith("2026-03-02 09:00")] == [["09:00", "5", "1", "2"]]
    assert office.asked[0].url.params["tz"] == "Europe/Moscow"
    assert screen.json("stats") == EXAMPLE_STATS


def test_a_message_goes_out_as_it_was_written(screen: Screen, office: Office) -> None:
    office.more["/api/clients/NIKITA/display_message"] = lambda _: answer_of(
        MessageAnswer("NIKITA", "0" * 32, MessageOutcome.SHOWN)
    )
    told = message_problem(MessageAnswer("OLGA", "1" * 32, MessageOutcome.NOT_SHOWN, "nobody is signed in"))
    office.more["/api/clients/OLGA/display_message"] = lambda _: answer_of(told, told.status)
    words = ("--title", "Lunch", "--severity", "warning", "--seconds", "30", "--button", "Yes", "--button", "No")

    assert screen.run("message", "Now?", "NIKITA", *words) == 0
    assert json.loads(office.asked[-1].content) == {
        "title": "Lunch",
        "text": "Now?",
        "severity": "warning",
        "timeout": 30,
        "buttons": ["Yes", "No"],
    }

    assert screen.run("message", "Now?", "NIKITA", "OLGA") == 1
    assert re.search(r"OLGA +not_shown +nobody is signed in", screen.out)


def test_settings_are_asked_for_by_section_and_name(screen: Screen, office: Office) -> None:
    settings = {
        "denyIncoming": SettingValue(True, "button", "all"),
        "password": SettingValue(True, secret=True, detail="no"),
    }
    other = IniSettings("D:\\MicroSIP.ini", "Settings", {"denyIncoming": SettingValue(True, "user")}, more=3)
    answer = SettingsAnswer("NIKITA", "C:\\MicroSIP.ini", "Settings", settings, others=[other])
    office.more["/api/clients/NIKITA/get_setting"] = lambda _: answer_of(answer)

    assert screen.run("setting", "NIKITA", "denyIncoming", "password") == 0
    assert json.loads(office.asked[-1].content) == {"section": "Settings", "names": ["denyIncoming", "password"]}
    assert re.search(r"denyIncoming +button +all", screen.out)
    assert re.search(r"password +\(secret\) +no", screen.out)
    assert re.search(r"D:.MicroSIP.ini \[Settings\]\n.*\ndenyIncoming +user *\nand 3 keys", screen.out)

    screen.run("setting", "NIKITA", "--section", "Account1")
    assert json.loads(office.asked[-1].content) == {"section": "Account1"}


@pytest.mark.parametrize("command", ["dnd on NIKITA", "message Lunch NIKITA", "setting NIKITA", "stats"])
def test_an_answer_of_a_newer_or_a_wrong_server_is_told_of_in_one_line(
    screen: Screen, office: Office, command: str
) -> None:
    for path in ("set_dnd", "display_message", "get_setting"):
        told = Problem("new", "New", 409, "as it is", outcome="teleported", id="0" * 32)
        office.more[f"/api/clients/NIKITA/{path}"] = lambda _, told=told: answer_of(told, 409)  # type: ignore[misc]
    office.more["/api/stats"] = lambda _: answer_of({"new": 1})

    assert screen.run(*command.split()) == 1

    assert re.search("teleported|as it is|cannot be used", screen.out + screen.err)
    assert "Traceback" not in screen.err


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("calls",), "calls"),
        (("stats",), "stats"),
        (("setting", "NIKITA"), "get_setting"),
    ],
)
def test_an_older_server_is_told_of_in_one_line(screen: Screen, words: tuple[str, ...], what: str) -> None:
    assert screen.run(*words) == 1
    assert screen.err == f"{FIRST} does not offer {what}; a newer server may\n"


def test_an_older_server_shows_no_message_and_says_so_for_each(screen: Screen) -> None:
    assert screen.run("message", "Lunch", "NIKITA") == 1
    assert "does not offer display_message" in screen.out


def test_the_settings_file_is_read_and_the_environment_wins(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    site = tmp_path / "api_config.py"
    site.write_text('API_SERVERS = ["http://file.example:8083"]\n')

    main(["--config", str(site), "status"], office.transport)
    monkeypatch.setenv("API_SERVER_1", "http://environment.example:8083")
    main(["--config", str(site), "status"], office.transport)

    assert [request.url.host for request in office.asked] == ["file.example", "environment.example"]


@pytest.mark.parametrize(
    ("text", "said"), [("API_SERVERS = [", "cannot be read"), ("1 / 0", "fails: ZeroDivisionError")]
)
def test_a_broken_settings_file_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    site = tmp_path / "api_config.py"
    site.write_text(text)

    assert main(["--config", str(site), "status"]) == 2
    assert said in capsys.readouterr().err


def test_a_client_that_changed_while_watching(office: Office) -> None:
    from microsip_manager.cli.watch import changes

    before = list(office.clients.values())
    after = [client("ANNA", minute=3), client("NIKITA", PhoneStatus.DND, minute=1), *before[1:]]

    assert [(change.hostname, change.was) for change in changes(before, after)] == [
        ("NIKITA", PhoneStatus.ONLINE),
        ("ANNA", None),
    ]


def test_the_installed_command_is_this_one() -> None:
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    module, _, name = scripts["microsip-manager"].partition(":")

    assert getattr(importlib.import_module(module), name) is main


def test_a_key_for_the_phonebook_is_new_each_time_and_one_that_the_server_takes(screen: Screen) -> None:
    keys = set()
    for _ in range(2):
        assert screen.run("directory-key") == 0
        [key] = re.findall('DIRECTORY_KEY = "(.+)"', screen.out)
        assert f"{FIRST}/directory/{key}/directory.json" in screen.out
        keys.add(DIRECTORY_KEY.read(key))

    assert len(keys) == 2
