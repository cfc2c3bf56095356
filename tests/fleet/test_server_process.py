"""The server as a process: what it says when it can't start, and what it remembers when it is killed."""

from __future__ import annotations

import os
import re
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.fleet.processes import ROOT, Server, free_port, wait_for


def start_badly(**env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "server/api_server.py"],
        cwd=ROOT,
        env={**os.environ, "SERVER_PORT": str(free_port()), **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def last_line(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    return done.stderr.splitlines()[-1]


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("", 0)) as taken:
        port = str(taken.getsockname()[1])

        done = start_badly(SERVER_PORT=port, DATABASE_URL=f"sqlite:///{tmp_path}/a.db")

    assert last_line(done) == f"api_server.py: SERVER_PORT {port} cannot be opened: Address already in use"
    assert not (tmp_path / "a.db").exists()


def test_an_unwritable_database_folder_is_named() -> None:
    assert "/proc/nowhere" in last_line(start_badly(DATABASE_URL="sqlite:////proc/nowhere/a.db"))


def test_a_damaged_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_text("a shopping list, not a database\n" * 100)

    said = last_line(start_badly(DATABASE_URL=f"sqlite:///{tmp_path}/a.db"))

    assert said == f"api_server.py: sqlite:///{tmp_path}/a.db: file is not a database"


@pytest.mark.parametrize(
    ("name", "value"), [("SERVER_PORT", "eighty"), ("HEARTBEAT_INTERVAL", "soon"), ("OPEN_NETWORK", "perhaps")]
)
def test_a_bad_setting_is_named(name: str, value: str) -> None:
    assert last_line(start_badly(**{name: value})).startswith(f"api_server.py: {name} is '{value}'; expected")


def test_after_kill_9_the_clients_are_there_and_nobody_is_called_offline_too_early(tmp_path: Path) -> None:
    server = Server.start(tmp_path, HEARTBEAT_INTERVAL="1")
    server.beat("NIKITA")
    server.beat("Иванов-ПК", status=1)

    def written() -> bool:
        with closing(sqlite3.connect(tmp_path / "manager.db")) as database:
            return bool(database.execute("SELECT count(*) = 2 FROM clients").fetchone()[0])

    wait_for("both clients are in the database", written)
    server.running.kill()

    before_its_start = time.monotonic()
    server = Server.start(tmp_path, server.port, HEARTBEAT_INTERVAL="1")
    seen = {client["hostname"]: client["status"] for client in server.get("/api/clients")}
    assert seen == {"NIKITA": "online", "Иванов-ПК": "dnd"}
    wait_for("a client that stays silent goes offline", lambda: server.status_of("NIKITA") == "offline")
    assert time.monotonic() - before_its_start > 3.0, "the grace period is three heartbeats from its start"
    assert server.running.stop() == 0
    assert "Traceback" not in server.running.said()


def test_ctrl_c_loses_nothing(tmp_path: Path) -> None:
    server = Server.start(tmp_path)
    server.beat("NIKITA")
    assert server.running.stop() == 0

    server = Server.start(tmp_path)
    assert server.status_of("NIKITA") == "online"
    server.running.stop()


def test_it_listens_on_ipv6_too(tmp_path: Path) -> None:
    server = Server.start(tmp_path)

    with socket.create_connection(("::1", server.port), timeout=5) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: [::1]\r\nConnection: close\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 200")
    server.running.stop()


def test_an_open_network_is_warned_of(tmp_path: Path) -> None:
    server = Server.start(tmp_path, OPEN_NETWORK="1")
    server.running.stop()

    assert "WARNING OPEN_NETWORK=1: every address" in server.running.said()


def test_help_shows_an_example_and_every_setting() -> None:
    done = subprocess.run(
        [sys.executable, "server/api_server.py", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert "example:" in done.stdout
    assert "DATABASE_URL  [sqlite:///data/microsip_manager.db]" in done.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="reads the limits the Linux way")
def test_it_takes_as_many_connections_as_the_system_grants(tmp_path: Path) -> None:
    server = Server.start(tmp_path)

    limits = Path(f"/proc/{server.running.process.pid}/limits").read_text(encoding="ascii")
    server.running.stop()

    [soft, hard] = re.findall(r"Max open files\s+(\d+)\s+(\d+)", limits)[0]
    assert soft == hard
