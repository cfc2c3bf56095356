"""A real server and a real agent with a simulated MicroSIP, joined by real sockets."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from microsip_manager.agent.simulated_calls import simulated_ini
from tests.fleet.processes import ROOT, Server, SimulatedAgent, two_opposite_wishes, wait_for


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    started = Server.start(tmp_path, HEARTBEAT_INTERVAL="1", API_TIMEOUT="3")
    yield started
    started.running.stop()
    assert "Traceback" not in started.running.said()


@pytest.fixture
def agent(tmp_path: Path, server: Server) -> Iterator[SimulatedAgent]:
    started = SimulatedAgent.start(tmp_path, server, "NIKITA", HEARTBEAT_INTERVAL="1")
    yield started
    if started.running.process.poll() is None:
        assert started.running.stop() == 0
    assert "Traceback" not in started.running.said()


def test_on_again_and_off(server: Server, agent: SimulatedAgent) -> None:
    assert server.set_dnd("NIKITA", True) == {"hostname": "NIKITA", "outcome": "applied", "dnd": True, "detail": ""}
    assert server.set_dnd("NIKITA", True)["outcome"] == "already"
    assert server.status_of("NIKITA") == "dnd"
    assert server.get("/api/clients/NIKITA/status")["source"] == "live"
    assert server.set_dnd("NIKITA", False)["outcome"] == "applied"
    assert server.status_of("NIKITA") == "online"


def test_the_calls_in_microsips_list_reach_the_server_and_one_added_by_hand_too(
    tmp_path: Path, server: Server, agent: SimulatedAgent
) -> None:
    wait_for("the sample calls are stored", lambda: len(server.get("/api/calls")) == 4)
    ini = simulated_ini(tmp_path / "spool", "NIKITA")
    text = ini.read_bytes().decode("utf-16").rstrip() + f"\r\n9=112;Жанна;3;{int(time.time())};0;Answered Elsewhere\r\n"
    ini.write_bytes(text.encode("utf-16"))

    [added] = wait_for("the added call is stored", lambda: server.get("/api/calls?number=112"))

    assert (added["hostname"], added["extension"], added["name"]) == ("NIKITA", "100", "Жанна")
    assert (added["direction"], added["ended"]) == ("answered_elsewhere", True)
    assert len(server.get("/api/calls")) == 5


@pytest.mark.skipif(shutil.which("curl") is None, reason="the curl lines need curl; test --all requires it")
def test_the_curl_lines_of_the_first_description_work(server: Server, agent: SimulatedAgent) -> None:
    def curl(enabled: str) -> str:
        url = f"http://127.0.0.1:{server.port}/api/clients/NIKITA/set_dnd?enabled={enabled}"
        return subprocess.run(["curl", "-s", "-X", "POST", url], capture_output=True, text=True, check=True).stdout

    assert '"outcome":"applied","dnd":true' in curl("true")
    assert '"outcome":"applied","dnd":false' in curl("false")


def test_the_agent_says_that_it_is_simulated(server: Server, agent: SimulatedAgent) -> None:
    [client] = server.get("/api/clients")

    assert client["simulated"] is True
    assert requests.get(f"http://127.0.0.1:{agent.port}/api/status", timeout=5).json()["simulated"] is True


def test_a_killed_agent_goes_offline_after_its_deadline_and_comes_back(
    tmp_path: Path, server: Server, agent: SimulatedAgent
) -> None:
    agent.running.kill()

    answer = server.get("/api/clients/NIKITA/status")
    assert (answer["source"], answer["status"]) == ("last_known", "online")
    assert "no agent runs there" in answer["detail"]
    assert server.set_dnd("NIKITA", True)["outcome"] == "unreachable"

    wait_for("the killed agent is offline", lambda: server.status_of("NIKITA") == "offline")
    SimulatedAgent.start(tmp_path, server, "NIKITA", HEARTBEAT_INTERVAL="1").running.stop()


def test_a_frozen_agent_is_a_timeout_and_not_a_success(server: Server, agent: SimulatedAgent) -> None:
    agent.running.process.send_signal(signal.SIGSTOP)
    try:
        answer = server.set_dnd("NIKITA", True)
    finally:
        agent.running.process.send_signal(signal.SIGCONT)

    assert (answer["outcome"], answer["status"]) == ("timeout", 504)


@pytest.mark.parametrize("use", ["always", "off"])
def test_what_a_frozen_agent_finds_when_it_thaws_is_not_carried_out(tmp_path: Path, server: Server, use: str) -> None:
    agent = SimulatedAgent.start(tmp_path, server, "OLGA", HEARTBEAT_INTERVAL="1", AGENT_LINK=use)
    if use == "always":
        wait_for("the link", lambda: "linked to" in agent.running.said())
    agent.running.process.send_signal(signal.SIGSTOP)
    try:
        answer = server.set_dnd("OLGA", True)
    finally:
        agent.running.process.send_signal(signal.SIGCONT)

    assert answer["outcome"] == "timeout"
    # A link that was silent for too long is ended by the server, at times with the command unread in it.
    told = ("after its deadline", "the link to")
    wait_for("it is told", lambda: any(words in agent.running.said() for words in told))
    assert requests.get(f"http://127.0.0.1:{agent.port}/api/status", timeout=30).json()["dnd"] is False
    assert agent.running.stop() == 0


def test_two_administrators_at_once_each_get_the_truth(server: Server, agent: SimulatedAgent) -> None:
    for _ in range(10):
        answers = two_opposite_wishes(server, "NIKITA")

        assert all(answers[wanted]["dnd"] is wanted for wanted in (True, False))
        assert all(answers[wanted]["outcome"] in ("applied", "already") for wanted in (True, False))
        assert server.get("/api/clients/NIKITA/status")["dnd"] in (True, False)


def test_a_pc_at_the_address_of_another_does_not_take_its_command(
    tmp_path: Path, server: Server, agent: SimulatedAgent
) -> None:
    # OLGA's heartbeats lead to the port where NIKITA's agent listens, as after a change of addresses.
    beat = {"hostname": "OLGA", "extension": "486", "status": 0, "port": agent.port}
    requests.post(f"{server.url}/api/heartbeat", json=beat, timeout=5).raise_for_status()

    answer = server.set_dnd("OLGA", True)

    assert answer["outcome"] == "unreachable"
    assert "NIKITA" in answer["detail"]
    assert server.get("/api/clients/NIKITA/status")["dnd"] is False


def test_an_agent_without_microsip_support_says_so() -> None:
    done = subprocess.run(
        [sys.executable, "client/api_client_stable.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 2
    assert "--simulate" in done.stderr.splitlines()[-1]
