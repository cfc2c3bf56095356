"""`python -m microsip_manager.cli` as a process, against real servers and agents with a simulated MicroSIP."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fleet.processes import ROOT, Running, Server, SimulatedAgent, free_port, wait_for

CLI = [sys.executable, "-m", "microsip_manager.cli"]


@pytest.fixture(scope="module")
def agents(tmp_path_factory: pytest.TempPathFactory, server: Server) -> Iterator[list[SimulatedAgent]]:
    folder = tmp_path_factory.mktemp("agents")
    started = [SimulatedAgent.start(folder, server, name, HEARTBEAT_INTERVAL="1") for name in ("NIKITA", "Иванов-ПК")]
    yield started
    for agent in started:
        agent.running.stop()


def environment(servers: str) -> dict[str, str]:
    return {"PYTHONPATH": str(ROOT / "src"), "API_SERVERS": servers, "PYTHONIOENCODING": "utf-8"}


def cli(servers: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*CLI, *words],
        env={**os.environ, **environment(servers)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def test_an_administrator_switches_everybody_and_sees_it(server: Server, agents: list[SimulatedAgent]) -> None:
    done = cli(server.url, "dnd", "on", "--all", "--yes", "--json")

    assert done.returncode == 0, done.stderr
    assert [(row["hostname"], row["outcome"]) for row in json.loads(done.stdout)] == [
        ("NIKITA", "applied"),
        ("Иванов-ПК", "applied"),
    ]
    assert [row["status"] for row in json.loads(cli(server.url, "status", "--json").stdout)] == ["dnd", "dnd"]

    off = cli(server.url, "dnd", "off", "nikita", "Иванов-ПК")
    assert off.returncode == 0
    assert "2 of 2 done" in off.stdout


def test_all_without_a_terminal_wants_yes(server: Server, agents: list[SimulatedAgent]) -> None:
    done = cli(server.url, "dnd", "on", "--all")

    assert done.returncode == 2
    assert "--yes" in done.stderr
    assert server.status_of("NIKITA") == "online"


def test_the_next_server_is_asked_when_the_first_is_gone(server: Server, agents: list[SimulatedAgent]) -> None:
    done = cli(f"http://127.0.0.1:{free_port()} {server.url}", "status", "NIKITA", "--json")

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)[0]["source"] == "live"


def test_no_server_is_3_and_an_unknown_client_1(server: Server, agents: list[SimulatedAgent]) -> None:
    assert cli(f"http://127.0.0.1:{free_port()}", "status").returncode == 3

    unknown = cli(server.url, "dnd", "on", "NIKITTA")
    assert unknown.returncode == 1
    assert "Did you mean" in unknown.stdout


def test_watch_tells_of_a_change_until_ctrl_c(server: Server, agents: list[SimulatedAgent], tmp_path: Path) -> None:
    watching = Running.start(
        [*CLI, "watch", "--json", "--interval", "0.2"], tmp_path / "watch.log", environment(server.url)
    )
    wait_for("the first look", lambda: '"NIKITA"' in watching.said())
    cli(server.url, "dnd", "on", "NIKITA")
    wait_for("the change", lambda: '"was": "online"' in watching.said())

    watching.process.send_signal(signal.SIGINT)

    assert watching.ended() == 0
    last = [json.loads(line) for line in watching.said().splitlines()][-1]
    assert (last["hostname"], last["was"], last["status"]) == ("NIKITA", "online", "dnd")
    cli(server.url, "dnd", "off", "NIKITA")


def test_what_has_happened_is_shown_and_kept(server: Server, agents: list[SimulatedAgent], tmp_path: Path) -> None:
    cli(server.url, "dnd", "on", "NIKITA")
    cli(server.url, "dnd", "off", "NIKITA")

    def statuses() -> list[str]:
        return [change["after"] for change in json.loads(cli(server.url, "history", "NIKITA", "--json").stdout)]

    wait_for("the history", lambda: statuses()[:2] == ["online", "dnd"])
    kept = cli(server.url, "calls", "--csv", str(tmp_path / "calls.csv"))
    assert kept.returncode == 0, kept.stderr
    assert (tmp_path / "calls.csv").read_text("utf-8-sig").startswith("started_at,hostname,")


def test_a_webhook_into_a_private_network_fails_with_the_reason(server: Server) -> None:
    added = cli(server.url, "webhooks", "add", "http://127.0.0.1:9000/phones")

    assert added.returncode == 1
    assert "WEBHOOK_NETWORKS" in added.stderr
    assert json.loads(cli(server.url, "webhooks", "list", "--json").stdout) == []


def test_the_doctor_finds_a_well_server_and_a_dead_one(server: Server) -> None:
    dead = f"http://127.0.0.1:{free_port()}"
    done = cli(f"{dead} {server.url}", "doctor", "--json")

    found = {row["what"]: row for row in json.loads(done.stdout)}
    assert done.returncode == 1
    assert found[server.url]["ok"]
    assert found[f"clock of {server.url}"]["ok"]
    assert "firewall" in found[dead]["advice"]
