"""Real agents and a real server with accounts: they come in, are themselves again after a restart, and are put out."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.fleet.processes import ROOT, Running, Server, free_port, wait_for


class Office:
    """A server that wants credentials, and an administrator who has them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server = Server.start(folder, HEARTBEAT_INTERVAL="1")
        made = requests.post(f"{self.server.url}/api/tokens", json={"name": "anna", "role": "admin"}, timeout=30)
        self.headers = {"Authorization": f"Bearer {made.json()['token']}"}
        self.running: list[Running] = []
        self._started = 0

    def ask(self, method: str, path: str, **body: Any) -> Any:
        answer = requests.request(method, self.server.url + path, headers=self.headers, json=body or None, timeout=30)
        assert answer.ok, answer.text
        return answer.json()

    def join_token(self, **more: Any) -> str:
        made = self.ask("POST", "/api/join-tokens", name="t", servers=[self.server.url], **more)
        return str(made["join_token"])

    def agent(self, folder: str = "pc", **env: str) -> Running:
        """An agent called NIKITA; each folder is a PC."""
        own = {
            "AGENT_HOSTNAME": "NIKITA",
            "AGENT_PORT": str(free_port()),
            "SPOOL_DIR": str(self.folder / folder),
            "API_SERVERS": self.server.url,
            "HEARTBEAT_INTERVAL": "1",
        }
        self._started += 1
        log = self.folder / f"agent-{self._started}.log"
        command = [sys.executable, "client/api_client_stable.py", "--simulate"]
        self.running.append(Running.start(command, log, {**own, **env}))
        return self.running[-1]

    def status(self) -> dict[str, str]:
        return {client["hostname"]: client["status"] for client in self.ask("GET", "/api/clients")}

    def callers(self) -> set[str]:
        """Of whom there are calls."""
        return {call["hostname"] for call in self.ask("GET", "/api/calls")}

    def stop(self, agent: Running) -> None:
        self.running.remove(agent)
        assert agent.stop() == 0
        assert "Traceback" not in agent.said()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    yield made
    for agent in list(made.running):
        made.stop(agent)
    assert made.server.running.stop() == 0
    assert "Traceback" not in made.server.running.said()
    assert "mma_" not in made.server.running.said()
    assert "mmj_" not in made.server.running.said()


def test_it_comes_in_by_a_join_token_and_is_itself_again_after_a_restart(office: Office) -> None:
    first = office.agent(JOIN_TOKEN=office.join_token(), API_SERVERS="http://127.0.0.1:9")
    wait_for("NIKITA is online", lambda: office.status() == {"NIKITA": "online"})
    wait_for("its calls are there", office.callers)
    wait_for("it is linked", lambda: "linked to" in first.said())
    office.stop(first)
    wait_for("NIKITA has gone", lambda: office.status() == {"NIKITA": "offline"})

    again = office.agent()

    wait_for("NIKITA is online", lambda: office.status() == {"NIKITA": "online"})
    # Until then commands come by its port, which takes nothing that was signed in its first seconds.
    wait_for("it is linked", lambda: "linked to" in again.said())
    answer = office.ask("POST", "/api/clients/NIKITA/set_dnd?enabled=true")
    assert answer["outcome"] == "applied"
    [agent] = office.ask("GET", "/api/agents")
    assert agent["name"] == "NIKITA"
    assert "mma_" not in again.said()


def test_without_one_it_waits_until_it_is_approved_and_loses_no_call(office: Office) -> None:
    agent = office.agent()
    [code] = wait_for("it asks", lambda: re.findall(r"agent approve (\w{6})", agent.said()))
    [waiting] = office.ask("GET", "/api/agents/pending")
    assert (waiting["code"], waiting["hostname"]) == (code, "NIKITA")
    assert office.status() == {}

    office.ask("POST", f"/api/agents/pending/{waiting['id']}/approve")
    office.stop(agent)  # else it asks again within a minute
    agent = office.agent()

    wait_for("NIKITA is online", lambda: office.status() == {"NIKITA": "online"}, patience=90)
    wait_for("its calls are there", office.callers)


def test_of_two_pcs_with_one_name_both_are_seen_and_neither_loses_a_call(office: Office) -> None:
    token = office.join_token(uses=2)
    office.agent("pc", JOIN_TOKEN=token)
    wait_for("NIKITA is online", lambda: office.status() == {"NIKITA": "online"})

    office.agent("other pc", JOIN_TOKEN=token, USERNAME="", USER="")

    wait_for("both are online", lambda: office.status() == {"NIKITA": "online", "NIKITA~2": "online"})
    wait_for(
        "the calls of both",
        lambda: {call["hostname"] for call in office.ask("GET", "/api/calls")} == set(office.status()),
    )


def test_a_revoked_one_is_cut_off_and_comes_in_again_with_join(office: Office) -> None:
    agent = office.agent(JOIN_TOKEN=office.join_token())
    wait_for("NIKITA is online", lambda: office.status() == {"NIKITA": "online"})
    wait_for("it is linked", lambda: "linked to" in agent.said())
    [listed] = office.ask("GET", "/api/agents")

    office.ask("DELETE", f"/api/agents/{listed['id']}")

    wait_for("NIKITA is offline", lambda: office.status() == {"NIKITA": "offline"})
    wait_for("it says what to do", lambda: "join-token create" in agent.said())
    office.stop(agent)

    env = {**os.environ, "AGENT_HOSTNAME": "NIKITA", "SPOOL_DIR": str(office.folder / "pc")}
    command = [sys.executable, "client/api_client_stable.py", "--join"]
    done = subprocess.run(
        command, input=office.join_token() + "\n", env=env, cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout) == (0, "This PC is let in as NIKITA.\n"), done.stderr
    office.agent()
    wait_for("NIKITA is online", lambda: office.status() == {"NIKITA": "online"})


def test_a_copy_of_a_pc_is_seen(office: Office) -> None:
    office.agent(JOIN_TOKEN=office.join_token(), AGENT_LINK="off")
    wait_for("NIKITA is online", lambda: office.status() == {"NIKITA": "online"})
    copy = office.folder / "copy"
    copy.mkdir()
    [key] = (office.folder / "pc").glob("key-*")
    (copy / key.name).write_bytes(key.read_bytes())

    office.agent("copy", AGENT_LINK="off")

    wait_for("both are online", lambda: office.status() == {"NIKITA": "online", "NIKITA~clone": "online"})
    assert all(client["clone"] for client in office.ask("GET", "/api/clients"))


def test_simulated_pcs_come_in_and_are_themselves_again(office: Office) -> None:
    token = office.join_token(uses=6)
    for way in ("--link", "--plain"):
        command = [sys.executable, "-m", "microsip_manager.cli", "simulate", "--join", "--clients", "6", way]
        env = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "HEARTBEAT_INTERVAL": "1", "JOIN_TOKEN": token}
        more = ["--server", office.server.url, "--minutes", "0.15", "--speed", "2000"]
        done = subprocess.run(
            command + more, env=env, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr

    names = [agent["name"] for agent in office.ask("GET", "/api/agents")]
    assert names == [f"SIM-{number:05}" for number in range(6)]
    assert set(office.status()) == set(names)
    assert office.callers() <= set(names)


@pytest.mark.parametrize("text", ["", "mmj_", "mmt_abc", "x" * 9000])
def test_what_is_no_join_token_ends_with_one_line(tmp_path: Path, text: str) -> None:
    command = [sys.executable, "client/api_client_stable.py", "--join"]
    env = {**os.environ, "SPOOL_DIR": str(tmp_path)}

    done = subprocess.run(
        command, input=f"{text}\n", env=env, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode == 2
    assert "join token" in done.stderr
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
