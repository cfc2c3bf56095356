"""`migrate_to_api`: what it takes over, what it leaves, and what it refuses. The server answers from memory."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microsip_manager.cli.migrate import main
from microsip_manager.cli.migration.errors import Unreadable
from microsip_manager.cli.migration.old_calls import HowToRead, moment, read_calls, seconds
from microsip_manager.cli.migration.old_settings import read_settings
from microsip_manager.cli.migration.site_file import changed, values_in
from microsip_manager.cli.site import api_config
from microsip_manager.settings import AgentSettings, load
from microsip_manager.wire.calls import CallDirection
from tests.cli.office import Office, answer_of
from tests.fleet.processes import ROOT

SITE = (ROOT / "api_config.py").read_text(encoding="utf-8")

INI = """; the older client
[Server]
host = 172.16.99.12:5555
backup_server = tcp://172.16.99.31
[Client]
hostname = "NIKITA-PC"
extension: 485
poll = 5
"""
JSON = """{
  "servers": ["172.16.99.12", {"host": "server2.office.example", "port": 5555}],
  "client": {"host_name": "NIKITA-PC", "ext": 485},
  "udp_port": 5556
}"""
ENV = """# older
export SERVER_IP='172.16.99.12'
SERVER_2=[fd00::12]:5555
COMPUTER_NAME=NIKITA-PC
SIP_EXTENSION=485   # his own
"""

CSV = """Date;Type;Phone;Contact;Duration;Computer
2025-03-02 14:05:00;in;+79991234567;Ольга;1:35;NIKITA
02.03.2025 14:10;missed;486;;;OLGA
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    file = tmp_path / "api_config.py"
    file.write_text(SITE, encoding="utf-8")
    return file


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("API_", "AGENT_"))]:
        monkeypatch.delenv(name)


def file_of(tmp_path: Path, name: str, text: str | bytes) -> Path:
    file = tmp_path / name
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


class Storing:
    """A server that stores calls."""

    def __init__(self, office: Office) -> None:
        self.stored: dict[str, Any] = {}
        self.batches: list[int] = []
        office.more["/api/calls"] = self.take

    def take(self, request: httpx2.Request) -> httpx2.Response:
        calls = json.loads(request.content)
        self.batches.append(len(calls))
        self.stored |= {call["id"]: call for call in calls}
        return answer_of({"committed": [call["id"] for call in calls]})


@pytest.mark.parametrize(
    ("name", "text", "second"),
    [
        ("old.ini", INI, "172.16.99.31"),
        ("old.json", JSON, "server2.office.example"),
        (".env", ENV, "[fd00::12]"),
        ("old.env", "\ufeff" + ENV, "[fd00::12]"),
    ],
)
def test_settings_are_found_in_every_form(tmp_path: Path, name: str, text: str, second: str) -> None:
    old = read_settings(file_of(tmp_path, name, text))

    assert old.hosts == ("172.16.99.12", second)
    assert (old.hostname, old.extension) == ("NIKITA-PC", "485")


def test_what_is_not_taken_over_is_named(tmp_path: Path) -> None:
    assert read_settings(file_of(tmp_path, "old.ini", INI)).left == ("poll",)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("old.ini", "[a]\nserver = 10.0.0.1\nnonsense\n", "line 3: expected name=value"),
        ("old.ini", "server = 300.1.2.3\n", "line 1: server is '300.1.2.3'"),
        ("old.ini", "server = 10.0.0.1\nhostname = a/b\n", "line 2: hostname is 'a/b'"),
        ("old.ini", 'server = "10.0.0.1\n', "line 1: the quotation mark"),
        ("old.ini", "port = 5555\n", "no address of a server"),
        ("old.json", '{\n "server": \n}', "line 3: "),
        ("old.json", "[1]", "line 1: expected an object"),
        ("old.json", '{"a": 1,\n "server": "no host!"}', "line 2: server is 'no host!'"),
        (".env", "SERVER=10.0.0.1\nJUST A LINE\n", "line 2: expected name=value"),
        ("old.ini", b"server = 10.0.0.1\nname = \xcf\xca\n", "line 2: this is not utf-8"),
        ("old.xml", "<a/>", "expected a name that ends in"),
    ],
)
def test_settings_that_cannot_be_read_are_refused_by_name_and_line(
    tmp_path: Path, site: Path, capsys: pytest.CaptureFixture[str], name: str, text: str | bytes, said: str
) -> None:
    file = file_of(tmp_path, name, text)

    assert main(["--settings", str(file), "--config", str(site)]) == 2

    err = capsys.readouterr().err
    assert err.startswith(str(file))
    assert said in err
    assert site.read_text(encoding="utf-8") == SITE


def test_windows_1251_is_read_when_it_is_named(tmp_path: Path) -> None:
    file = file_of(tmp_path, "old.ini", "server=10.0.0.1\nhostname=Иванов-ПК".encode("cp1251"))

    assert read_settings(file, "cp1251").hostname == "Иванов-ПК"


def test_the_settings_file_keeps_its_comments_and_has_the_new_values(tmp_path: Path, site: Path) -> None:
    assert main(["--settings", str(file_of(tmp_path, "old.ini", INI)), "--config", str(site)]) == 0

    text = site.read_text(encoding="utf-8")
    for line in SITE.splitlines():
        if "#" in line:
            assert line.strip() in text
    settings = load(AgentSettings, api_config(site), {})
    assert settings.api_servers == ("http://172.16.99.12:8083", "http://172.16.99.31:8083")
    assert (settings.agent_hostname, settings.heartbeat_interval) == ("NIKITA-PC", 7.0)
    assert (tmp_path / "api_config.py.bak1").read_text(encoding="utf-8") == SITE


def test_twice_is_once(tmp_path: Path, site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    office = Office()
    server = Storing(office)
    words = ["--settings", str(file_of(tmp_path, "old.ini", INI)), "--config", str(site)]
    words += ["--calls", str(file_of(tmp_path, "calls.csv", CSV))]
    assert main(words, office.transport) == 0
    first, stored = site.read_text(encoding="utf-8"), dict(server.stored)

    assert main(words, office.transport) == 0

    assert site.read_text(encoding="utf-8") == first
    assert server.stored == stored
    assert len(stored) == 2
    assert sorted(path.name for path in tmp_path.glob("*.bak*")) == ["api_config.py.bak1"]
    assert "has these values already" in capsys.readouterr().out


def test_a_dry_run_shows_everything_and_changes_nothing(
    tmp_path: Path, site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    office = Office()
    words = ["--settings", str(file_of(tmp_path, "old.ini", INI)), "--calls", str(file_of(tmp_path, "calls.csv", CSV))]

    assert main([*words, "--config", str(site), "--dry-run", "--timezone", "UTC"], office.transport) == 0

    out = capsys.readouterr().out
    assert '+    "http://172.16.99.12:8083",' in out
    assert "2 calls in" in out
    assert "2025-03-02 14:05:00 UTC  NIKITA incoming +79991234567  95 s" in out
    assert "dry run" in out
    assert (office.asked, site.read_text(encoding="utf-8"), list(tmp_path.glob("*.bak*"))) == ([], SITE, [])


def test_the_name_of_this_computer_is_not_written(tmp_path: Path, site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "nikita-pc")

    main(["--settings", str(file_of(tmp_path, "old.ini", INI)), "--config", str(site)])

    assert "AGENT_HOSTNAME" not in site.read_text(encoding="utf-8")


def test_lines_that_end_as_in_windows_stay_so(tmp_path: Path, site: Path) -> None:
    site.write_bytes(SITE.replace("\n", "\r\n").encode())

    main(["--settings", str(file_of(tmp_path, "old.ini", INI)), "--config", str(site)])

    assert site.read_bytes().count(b"\r\n") == site.read_bytes().count(b"\n")


def test_calls_of_a_csv_file(tmp_path: Path) -> None:
    first, second = read_calls(file_of(tmp_path, "calls.csv", CSV), HowToRead(timezone=ZoneInfo("Europe/Moscow")))

    assert (first.hostname, first.number, first.name, first.duration) == ("NIKITA", "+79991234567", "Ольга", 95)
    assert first.started_at == datetime(2025, 3, 2, 11, 5, tzinfo=UTC)
    assert (second.direction, second.duration, second.ended) == (CallDirection.MISSED, 0, True)
    assert min(first.key, second.key) >= 1_000_000


def database(tmp_path: Path, *rows: tuple[Any, ...]) -> Path:
    file = tmp_path / "calls.db"
    with closing(sqlite3.connect(file)) as db, db:
        db.execute('CREATE TABLE "hist ory" (tel TEXT, kind TEXT, at REAL, secs INTEGER)')
        db.execute("CREATE TABLE settings (name TEXT)")
        db.executemany('INSERT INTO "hist ory" VALUES (?, ?, ?, ?)', rows)
    return file


MAPPED = ["--column", "number=tel", "--column", "direction=kind", "--column", "started_at=at", "--column"]
MAPPED += ["duration=secs", "--direction", "Пропал=missed", "--table", "hist ory", "--hostname", "NIKITA"]


def test_calls_of_a_database_with_its_own_names(tmp_path: Path, site: Path) -> None:
    office = Office()
    server = Storing(office)
    file = database(tmp_path, ("486", "ПРОПАЛ", 1740913500, None), ("487", "out", 1740913600, 12))
    before = file.read_bytes()

    assert main(["--calls", str(file), "--config", str(site), *MAPPED], office.transport) == 0

    assert [(call["number"], call["direction"], call["duration"]) for call in server.stored.values()] == [
        ("486", "missed", 0),
        ("487", "outgoing", 12),
    ]
    assert file.read_bytes() == before


def test_many_calls_go_in_batches(tmp_path: Path, site: Path) -> None:
    office = Office()
    server = Storing(office)
    file = database(tmp_path, *((str(number), "in", 1740913500 + number, 1) for number in range(250)))

    assert main(["--calls", str(file), "--config", str(site), *MAPPED], office.transport) == 0
    assert server.batches == [100, 100, 50]
    assert len(server.stored) == 250


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (CSV.replace("14:10", "25:10"), "line 3: started_at is"),
        (CSV.replace("missed", "lost"), "line 3: direction is 'lost'"),
        (CSV.replace("1:35", "long"), "line 2: duration is 'long'"),
        (CSV.replace(";OLGA", ""), "line 3: expected 6 columns, found 5"),
        (CSV.replace("Phone", "Tel"), "line 1: no column for number; name it with --column number=COLUMN"),
        (CSV.replace(";OLGA", ";O/GA"), "line 3: Expected a host name"),
        (CSV.replace("486", "48\x1b6"), "line 3: Expected text without control"),
        (CSV.replace("486", '"486'), "line 3: unexpected end of data"),
        ("", "line 1: no column"),
    ],
)
def test_calls_that_cannot_be_read_are_refused_by_line_before_anything_is_sent(
    tmp_path: Path, site: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    office = Office()
    Storing(office)
    file = file_of(tmp_path, "calls.csv", text)

    assert main(["--calls", str(file), "--config", str(site)], office.transport) == 2

    err = capsys.readouterr().err
    assert err.startswith(str(file))
    assert said in err
    assert err[:-1].isprintable()
    assert office.asked == []


@pytest.mark.parametrize(
    ("name", "body", "said"),
    [
        ("calls.db", b"this is no database, but long enough to be one" * 100, "cannot be read as SQLite"),
        ("calls.db", None, "there is no such file"),
        ("calls.xls", b"", "expected a name that ends in"),
    ],
)
def test_a_history_of_another_kind_is_refused(
    tmp_path: Path, site: Path, capsys: pytest.CaptureFixture[str], name: str, body: bytes | None, said: str
) -> None:
    file = tmp_path / name
    if body is not None:
        file.write_bytes(body)

    assert main(["--calls", str(file), "--config", str(site)]) == 2
    assert said in capsys.readouterr().err


def test_a_row_of_a_database_is_named(tmp_path: Path, site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = database(tmp_path, ("486", "in", 1740913500, 1), ("486", "sideways", 1740913500, 1))

    assert main(["--calls", str(file), "--config", str(site), *MAPPED]) == 2
    assert "table hist ory, row 2: direction is 'sideways'" in capsys.readouterr().err


def test_an_older_server_is_told_of(tmp_path: Path, site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = file_of(tmp_path, "calls.csv", CSV)

    assert main(["--calls", str(file), "--config", str(site)], Office().transport) == 1
    assert "the calls are not stored: http://127.0.0.1:8083 does not offer calls" in capsys.readouterr().err


def test_no_server_is_3_and_calls_not_committed_are_1(
    tmp_path: Path, site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = file_of(tmp_path, "calls.csv", CSV)
    assert main(["--calls", str(file), "--config", str(site)], Office(down={"http://127.0.0.1:8083"}).transport) == 3
    assert "Run this again" in capsys.readouterr().err

    office = Office()
    office.more["/api/calls"] = lambda _: answer_of({"committed": []})
    assert main(["--calls", str(file), "--config", str(site)], office.transport) == 1
    assert "0 of 2 calls are stored" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "expected"), [("", 0), ("95", 95), ("95.9", 95), ("1:35", 95), ("0:01:35", 95), ("100:00:00", 360000)]
)
def test_durations(text: str, expected: int) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["2025-03-02T11:05:00Z", "2025-03-02 14:05:00", "02.03.2025 14:05", "1740913500"])
def test_times(text: str) -> None:
    assert moment(text, ZoneInfo("Europe/Moscow")) == datetime(2025, 3, 2, 11, 5, tzinfo=UTC)


@given(st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=5), st.text(max_size=20))
def test_every_value_comes_back_as_it_was_written(servers: list[str], name: str) -> None:
    wanted = {"API_SERVERS": servers, "AGENT_HOSTNAME": name}
    file = Path("api_config.py")

    text = changed(file, SITE, wanted)

    assert values_in(file, text) | wanted == values_in(file, text)
    assert changed(file, text, wanted) == text


@given(st.binary(max_size=300))
def test_no_settings_file_makes_it_stumble(tmp_path_factory: pytest.TempPathFactory, body: bytes) -> None:
    folder = tmp_path_factory.getbasetemp()
    for name in ("any.ini", "any.json", "any.env", "any.csv"):
        file = file_of(folder, name, body)
        with suppress(Unreadable):
            list(read_calls(file, HowToRead())) if name.endswith("csv") else read_settings(file)
