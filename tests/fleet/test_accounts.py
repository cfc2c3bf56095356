"""A server is set up, used and started again, by real processes and the real command line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import requests

from tests.fleet.processes import ROOT, Server

PASSWORD = "correct horse battery staple"


def command_line(server: Server, *words: str, typed: str = "", token: str = "") -> subprocess.CompletedProcess[str]:
    return python(server, "-m", "microsip_manager.cli", *words, typed=typed, token=token)


def python(server: Server, *words: str, typed: str = "", token: str = "") -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "SERVER_PORT": str(server.port), "API_SERVERS": server.url, "API_TOKEN": token}
    return subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env={**env, "PYTHONPATH": str(ROOT / "src")},
        input=typed,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def test_from_init_to_a_restart(tmp_path: Path) -> None:
    server = Server.start(tmp_path)
    clients = f"{server.url}/api/clients"
    assert requests.get(clients, timeout=10).status_code == 200

    made = command_line(server, "init", "--name", "anna", "--password-stdin", typed=f"{PASSWORD}\n")
    assert made.returncode == 0, made.stderr
    assert requests.get(clients, timeout=10).status_code == 401
    created = command_line(server, "token", "create", "mine", "--role", "admin", "--as", "anna", typed=f"{PASSWORD}\n")
    assert created.returncode == 0, created.stderr
    token = created.stdout.strip()
    browser = requests.Session()
    signed_in = browser.post(f"{server.url}/api/session", json={"name": "anna", "password": PASSWORD}, timeout=10)
    assert signed_in.status_code == 201

    assert server.running.stop() == 0
    said = server.running.said()
    again = Server.start(tmp_path, port=server.port)

    assert requests.get(clients, timeout=10).status_code == 401
    assert requests.get(clients, headers={"Authorization": f"Bearer {token}"}, timeout=10).status_code == 200
    who = browser.get(f"{server.url}/api/session", timeout=10).json()
    assert {**who, "idle_ends_at": None} == {**signed_in.json(), "idle_ends_at": None}
    assert command_line(again, "status", token=token).returncode == 0
    refused = command_line(again, "status")
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "API_TOKEN" in refused.stderr
    example = "examples/server_control_example.py"
    assert python(again, example, token=token).returncode == 0
    assert "API_TOKEN" in python(again, example).stderr
    [listed] = requests.get(f"{server.url}/api/tokens", headers={"Authorization": f"Bearer {token}"}, timeout=10).json()
    assert listed["last_used_at"] is not None
    assert again.running.stop() == 0
    said += again.running.said()
    assert PASSWORD not in said
    assert token not in said
    assert "Traceback" not in said
    database = b"".join(path.read_bytes() for path in tmp_path.glob("manager.db*"))
    for secret in (PASSWORD, token, browser.cookies["microsip"]):
        assert secret.encode() not in database
