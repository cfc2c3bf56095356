"""`microsip-manager simulate` against a real server, with the real command line."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import requests

from tests.fleet.processes import Running, free_port, wait_for

COUNT = 20


@pytest.mark.parametrize("way", ["--link", "--plain"])
def test_simulated_pcs_come_up_and_do_what_they_are_told(tmp_path: Path, way: str) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    env = {
        "SERVER_PORT": str(port),
        "DATABASE_URL": f"sqlite:///{tmp_path}/test.db",
        "LOG_FILE": "-",
        "PYTHONPATH": "src",
    }
    server = Running.start([sys.executable, "server/api_server.py"], tmp_path / "server.log", env)
    simulate = ["-m", "microsip_manager.cli", "simulate", "--server", url, "--clients", str(COUNT), way]
    crowd = None
    try:
        wait_for("the server", lambda: _answers(url))
        crowd = Running.start([sys.executable, *simulate, "--speed", "0"], tmp_path / "crowd.log", env)
        clients = wait_for("all PCs", lambda: _there(url))
        assert {client["hostname"] for client in clients} == {f"SIM-{number:05}" for number in range(COUNT)}
        assert all(client["simulated"] for client in clients)

        answer = requests.post(f"{url}/api/clients/SIM-00007/set_dnd?enabled=true", timeout=30)

        assert answer.json()["outcome"] == "applied"
        live = requests.get(f"{url}/api/clients/SIM-00007/status", timeout=30).json()
        assert (live["status"], live["source"]) == ("dnd", "live")
        [command] = requests.get(f"{url}/api/clients/SIM-00007/commands", timeout=30).json()["commands"]
        assert command["way"] == ("link" if way == "--link" else "http")
    finally:
        codes = [one.stop() for one in (crowd, server) if one is not None]
    assert codes[0] == 0, (tmp_path / "crowd.log").read_text(encoding="utf-8")
    assert "Traceback" not in (tmp_path / "crowd.log").read_text(encoding="utf-8")


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/healthz", timeout=5).ok
    except requests.ConnectionError:
        return False


def _there(url: str) -> list[dict[str, object]] | None:
    found: list[dict[str, object]] = requests.get(f"{url}/api/clients", timeout=30).json()
    return found if sum(client["status"] == "online" for client in found) == COUNT else None
