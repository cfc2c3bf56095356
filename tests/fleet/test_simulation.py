"""`microsip-manager simulate` against a real server, with the real command line."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.fleet.processes import Running, Server, wait_for

COUNT = 20


@pytest.mark.parametrize("way", ["--link", "--plain"])
def test_simulated_pcs_come_up_and_do_what_they_are_told(tmp_path: Path, way: str) -> None:
    server = Server.start(tmp_path)
    options = ["--server", server.url, "--clients", str(COUNT), way, "--speed", "0"]
    log = tmp_path / "crowd.log"
    crowd = Running.start(
        [sys.executable, "-m", "microsip_manager.cli", "simulate", *options], log, {"PYTHONPATH": "src"}
    )
    try:
        clients = wait_for("all PCs", lambda: _there(server))
        assert {client["hostname"] for client in clients} == {f"SIM-{number:05}" for number in range(COUNT)}
        assert all(client["simulated"] for client in clients)

        assert server.set_dnd("SIM-00007", True)["outcome"] == "applied"
        live = server.get("/api/clients/SIM-00007/status")
        assert (live["status"], live["source"]) == ("dnd", "live")
        [command] = server.get("/api/clients/SIM-00007/commands")
        assert command["way"] == ("link" if way == "--link" else "http")
    finally:
        code = crowd.stop()
        server.running.stop()
    assert code == 0, log.read_text(encoding="utf-8")
    assert "Traceback" not in log.read_text(encoding="utf-8")


def _there(server: Server) -> list[dict[str, object]] | None:
    found: list[dict[str, object]] = server.get("/api/clients")
    return found if sum(client["status"] == "online" for client in found) == COUNT else None
