"""Every example and script, started as the README says, against a real server and a real agent."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fleet.processes import ROOT, Running, Server, SimulatedAgent, free_port, wait_for

SCRIPTS = sorted(
    path.relative_to(ROOT).as_posix() for folder in ("examples", "scripts") for path in (ROOT / folder).glob("*.py")
)


def run_script(script: str, *words: str, servers: str = "http://127.0.0.1:9") -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "API_SERVERS": servers, "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        [sys.executable, script, *words],
        cwd=ROOT,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_script_has_help_with_an_example_and_is_short(script: str) -> None:
    done = run_script(script, "--help")

    assert done.returncode == 0, done.stderr
    assert f"python {script}" in done.stdout
    assert len((ROOT / script).read_text(encoding="utf-8").splitlines()) < 70


def test_the_status_of_one_client(server: Server, agent: SimulatedAgent) -> None:
    done = run_script("examples/get_client_status.py", "NIKITA", servers=server.url)

    assert done.returncode == 0, done.stderr
    assert "status:    🟢 online" in done.stdout


def test_the_next_server_is_asked_when_the_first_is_gone(server: Server, agent: SimulatedAgent) -> None:
    servers = f"http://127.0.0.1:{free_port()} {server.url}"

    assert run_script("examples/get_client_status.py", "NIKITA", servers=servers).returncode == 0
    assert run_script("examples/admin_dnd_control.py", "--list", servers=servers).returncode == 0
    assert run_script("examples/server_control_example.py", servers=servers).returncode == 0


def test_the_monitor_shows_a_change(server: Server, agent: SimulatedAgent, tmp_path: Path) -> None:
    watching = Running.start(
        [sys.executable, "-u", "examples/get_client_status.py", "NIKITA", "monitor", "0.2"],
        tmp_path / "monitor.log",
        {"API_SERVERS": server.url, "PYTHONIOENCODING": "utf-8"},
    )
    wait_for("the first look", lambda: "NIKITA: online (live)" in watching.said())
    server.set_dnd("NIKITA", True)
    wait_for("the change", lambda: "NIKITA: dnd (live)" in watching.said())

    assert watching.stop() == 0
    assert "Traceback" not in watching.said()
    server.set_dnd("NIKITA", False)


def test_the_server_control_example_leaves_the_phone_as_it_was(server: Server, agent: SimulatedAgent) -> None:
    done = run_script("examples/server_control_example.py", "NIKITA", servers=server.url)

    assert done.returncode == 0, done.stderr
    assert [line.split() for line in done.stdout.splitlines()[-3:]] == [
        ["on:", "applied"],
        ["now:", "dnd"],
        ["again:", "applied"],
    ]
    assert server.get("/api/clients/NIKITA/status")["dnd"] is False


def test_without_a_server_they_say_so_in_one_line() -> None:
    for script, words in (
        ("examples/get_client_status.py", ["NIKITA"]),
        ("examples/server_control_example.py", []),
        ("examples/admin_dnd_control.py", ["NIKITA", "on"]),
    ):
        done = run_script(script, *words, servers=f"http://127.0.0.1:{free_port()}")

        assert done.returncode in (1, 3)
        assert done.stderr.count("\n") == 1
        assert "no server" in done.stderr


def test_a_migration_writes_the_settings_and_says_what_the_server_made_of_the_calls(
    server: Server, tmp_path: Path
) -> None:
    site, ini, calls = tmp_path / "api_config.py", tmp_path / "old.ini", tmp_path / "calls.csv"
    site.write_text("# ours\nAPI_TIMEOUT = 3  # seconds\n", encoding="utf-8")
    ini.write_text("[client]\nserver = 127.0.0.1:5555\n", encoding="utf-8")
    calls.write_text("start,type,number,host\n2025-03-02 14:05:00,in,486,NIKITA\n", encoding="utf-8")
    words = ["--settings", str(ini), "--calls", str(calls), "--config", str(site), "--server-port", str(server.port)]

    done = run_script("scripts/migrate_to_api.py", *words, servers=server.url)

    assert f'API_SERVERS = [\n    "{server.url}",\n]' in site.read_text(encoding="utf-8")
    assert "API_TIMEOUT = 3  # seconds" in site.read_text(encoding="utf-8")
    offered = "POST /api/calls" in {
        f"{method.upper()} {path}"
        for path, methods in server.get("/openapi.json")["paths"].items()
        for method in methods
    }
    assert (done.returncode, "1 of 1 calls are stored" in done.stdout) == ((0, True) if offered else (1, False))
    assert offered or "does not offer calls" in done.stderr
