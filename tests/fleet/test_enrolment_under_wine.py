"""The agent under Windows Python comes in by a join token, keeps its key by DPAPI, and is itself after a restart."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import requests

from tests.fleet.processes import Server, wait_for
from tests.fleet.wine import WineAgent
from tests.windows.testbed import WineTestbed

pytestmark = [pytest.mark.wine, pytest.mark.slow]


def test_it_comes_in_is_itself_again_and_survives_a_broken_file(testbed: WineTestbed, tmp_path: Path) -> None:
    server = Server.start(tmp_path, HEARTBEAT_INTERVAL="1")
    made = requests.post(f"{server.url}/api/tokens", json={"name": "anna", "role": "admin"}, timeout=30).json()
    admin = {"Authorization": f"Bearer {made['token']}"}
    wish = {"name": "t", "servers": [server.url]}
    token = requests.post(f"{server.url}/api/join-tokens", headers=admin, json=wish, timeout=30).json()["join_token"]

    first = WineAgent(testbed, server, "NIKITA", JOIN_TOKEN=token, API_SERVERS="http://127.0.0.1:9")
    wait_for("it is let in", lambda: "let in as NIKITA" in first.said())
    wait_for("it is linked", lambda: f"linked to {server.url}" in first.said())
    first.kill()
    [key] = (tmp_path / "spool").glob("key-*")
    assert b"mma_" not in key.read_bytes()

    again = WineAgent(testbed, server, "NIKITA", API_SERVERS="http://127.0.0.1:9")
    wait_for("it is linked", lambda: f"linked to {server.url}" in again.said())
    again.kill()
    agents = requests.get(f"{server.url}/api/agents", headers=admin, timeout=30).json()
    assert [agent["name"] for agent in agents] == ["NIKITA"]

    key.write_bytes(b"broken")
    lost = WineAgent(testbed, server, "NIKITA")
    wait_for("it says so", lambda: "is lost: Windows does not open it" in lost.said())
    [code] = wait_for("it asks", lambda: re.findall(r"agent approve (\w{6})", lost.said()), patience=90)
    waiting = requests.get(f"{server.url}/api/agents/pending", headers=admin, timeout=30).json()
    lost.kill()

    assert [one["code"] for one in waiting] == [code]
    assert all("Traceback" not in agent.log() for agent in (first, again, lost))
    assert all("mma_" not in agent.log() and token not in agent.log() for agent in (first, again, lost))
    assert server.running.stop() == 0
