"""Desired DND with real processes that are started late and killed."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import requests

from tests.fleet.processes import Server, SimulatedAgent, wait_for

LASTS = 6.0
"""Seconds of DND: long enough to kill the server and start it again in between, on a busy machine."""


def started(folder: Path, port: int | None = None) -> Server:
    return Server.start(folder, port, HEARTBEAT_INTERVAL="1", API_TIMEOUT="3")


def wish(server: Server, **query: str) -> requests.Response:
    return requests.post(f"{server.url}/api/clients/NIKITA/set_dnd", params=query, timeout=30)


def desired(server: Server) -> Any:
    """None also while a server that was killed too early does not know the client yet."""
    return server.get("/api/clients/NIKITA").get("desired")


def test_a_wish_for_a_pc_that_is_off_is_set_when_it_comes_and_ends_on_time_although_the_server_was_killed(
    tmp_path: Path,
) -> None:
    server = started(tmp_path)
    server.beat("NIKITA")
    body = {"hostname": "NIKITA", "extension": "485", "status": 0, "running": False}
    requests.post(f"{server.url}/api/heartbeat", json=body, timeout=30).raise_for_status()

    queued = wish(server, enabled="true", queue_for="8h", reason="lunch", **{"for": f"{LASTS:.0f}s"})
    assert (queued.status_code, queued.json()["outcome"]) == (202, "queued")
    agent = SimulatedAgent.start(tmp_path, server, "NIKITA", online="dnd", HEARTBEAT_INTERVAL="1")
    began = time.monotonic()
    wait_for("the wish is held", lambda: desired(server)["state"] == "held")

    server.running.kill()
    server = started(tmp_path, server.port)
    held = wait_for("the server remembers the wish", lambda: desired(server))
    assert (held["state"], held["reason"]) == ("held", "lunch")
    assert server.get("/api/clients/NIKITA/status")["dnd"] is True
    wait_for("DND is off again", lambda: server.get("/api/clients/NIKITA/status")["dnd"] is False)

    assert LASTS - 1 < time.monotonic() - began < LASTS + 10
    wait_for("the wish is over", lambda: desired(server) is None)
    [ended] = server.get("/api/clients/NIKITA/wish")["ended"]
    assert ended["ended"] == "time_over"
    assert agent.running.stop() == 0
    assert server.running.stop() == 0
    assert "Traceback" not in server.running.said() + agent.running.said()
