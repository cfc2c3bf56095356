"""TLS between real processes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from microsip_manager.tls.fingerprints import fingerprint_of
from microsip_manager.tls.folder import TlsFolder
from microsip_manager.tls.unverified import fetch_ca
from tests.fleet.namespaces import ADMIN, SERVER_TO_ADMIN, Networks
from tests.fleet.processes import ROOT, Running, Server, SimulatedAgent, free_port, wait_for
from tests.tls.house import house, tls_server


def cli(folder: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "run.py", "cli", *words],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": f"sqlite:///{folder}/manager.db", **env},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """It has a certificate, and a heartbeat each second."""
    house(tmp_path)
    started = Server.start(tmp_path, HEARTBEAT_INTERVAL="1")
    yield started
    started.running.stop()
    assert "Traceback" not in started.running.said()


def over_tls(server: Server) -> str:
    return server.url.replace("http://", "https://")


def test_an_agent_beats_links_and_obeys_over_tls(tmp_path: Path, server: Server) -> None:
    authority = str(tmp_path / "tls" / "ca.pem")
    agent = SimulatedAgent.start(
        tmp_path, server, "NIKITA", API_SERVERS=over_tls(server), SERVER_CA=authority, HEARTBEAT_INTERVAL="1"
    )
    wait_for("the agent is linked", lambda: f"linked to {over_tls(server)}" in agent.running.said())

    assert server.set_dnd("NIKITA", True)["outcome"] == "applied"
    assert server.ways("NIKITA") == ["link"]
    told = cli(tmp_path, "--server", over_tls(server), "status", "--json", SERVER_CA=authority)
    assert [client["status"] for client in json.loads(told.stdout)] == ["dnd"]
    assert agent.running.stop() == 0


def test_an_agent_without_a_link_beats_over_tls_too(tmp_path: Path, server: Server) -> None:
    # The file of the enrolment, in the agent's folder.
    spool = tmp_path / "spool"
    spool.mkdir()
    fetched = fetch_ca(over_tls(server), fingerprint_of(TlsFolder(tmp_path / "tls").authority().pem))
    (spool / "server-ca.pem").write_text(fetched)

    agent = SimulatedAgent.start(tmp_path, server, "NIKITA", API_SERVERS=over_tls(server), AGENT_LINK="off")

    assert agent.running.stop() == 0


def test_a_server_of_another_authority_gets_no_heartbeat(tmp_path: Path, server: Server) -> None:
    authority = str(tmp_path / "tls" / "ca.pem")
    with tls_server(house(tmp_path / "impostor")) as impostor:
        servers = f"{impostor} {over_tls(server)}"
        agent = SimulatedAgent.start(
            tmp_path, server, "NIKITA", API_SERVERS=servers, SERVER_CA=authority, HEARTBEAT_INTERVAL="1"
        )
        told = cli(tmp_path, "--server", impostor, "status", SERVER_CA=authority)
        agent.running.stop()

    assert "linked to " + impostor not in agent.running.said()
    assert told.returncode == 3
    assert f"has a certificate of an authority that is not trusted here ({authority})" in told.stderr


@pytest.mark.slow
def test_a_running_server_takes_what_tls_init_makes(tmp_path: Path) -> None:
    server = Server.start(tmp_path)

    made = cli(tmp_path, "tls", "init", "--name", "phones.lan")

    assert made.returncode == 0, made.stderr
    authority = tmp_path / "tls" / "ca.pem"
    wait_for("TLS is on", lambda: "a new TLS certificate is in use" in server.running.said(), 60)
    assert requests.get(f"{over_tls(server)}/healthz", verify=str(authority), timeout=10).ok
    server.running.stop()


def make_token(server: Server) -> dict[str, str]:
    made = requests.post(f"{server.url}/api/tokens", json={"name": "first", "role": "admin"}, timeout=10)
    return {"Authorization": f"Bearer {made.json()['token']}"}


@pytest.mark.slow
def test_with_accounts_and_without_a_certificate_it_does_not_start(tmp_path: Path) -> None:
    server = Server.start(tmp_path)
    make_token(server)
    server.running.stop()

    refused = Running.start([sys.executable, "server/api_server.py"], tmp_path / "refused.log", server.env)
    assert refused.ended() == 2
    [said] = refused.said().splitlines()[-1:]
    assert said.startswith("api_server.py: there are accounts and no certificate")
    assert "`microsip-manager tls init`" in said

    plain = Server.start(tmp_path, ALLOW_PLAINTEXT="1")
    plain.running.stop()
    assert "WARNING ALLOW_PLAINTEXT=1: everybody on the way" in plain.running.said()

    assert cli(tmp_path, "tls", "init").returncode == 0
    Server.start(tmp_path).running.stop()


@pytest.mark.parametrize(
    ("certificate", "said"),
    [("none.pem", "cannot be read: No such file"), ("prose.pem", "there is no certificate in it")],
)
def test_a_certificate_that_cannot_be_used_ends_the_start(tmp_path: Path, certificate: str, said: str) -> None:
    (tmp_path / "prose.pem").write_text("a shopping list")
    env = {
        "SERVER_PORT": str(free_port()),
        "DATABASE_URL": f"sqlite:///{tmp_path}/a.db",
        "TLS_CERTIFICATE": str(tmp_path / certificate),
    }
    refused = Running.start([sys.executable, "server/api_server.py"], tmp_path / "log", env)

    assert refused.ended() == 2
    assert f"api_server.py: {tmp_path / certificate}" in refused.said()
    assert said in refused.said()


@pytest.mark.slow
def test_another_machine_is_sent_to_tls(tmp_path: Path, nets: Networks) -> None:
    house(tmp_path, SERVER_TO_ADMIN, "localhost", "127.0.0.1")
    server = Server.start(tmp_path, host=SERVER_TO_ADMIN, inside=nets.server.inside, OPEN_NETWORK="1")
    curl = [*nets.server.inside, shutil.which("curl") or "curl", "-s", f"http://127.0.0.1:{server.port}/api/tokens"]
    body = ["-H", "Content-Type: application/json", "-d", '{"name": "first", "role": "admin"}']
    made = subprocess.run([*curl, *body], capture_output=True, text=True, check=True)
    token = {"Authorization": f"Bearer {json.loads(made.stdout)['token']}"}

    page = requests.get(f"{server.url}/docs", headers=token, timeout=10, allow_redirects=False)
    call = requests.get(f"{server.url}/api/clients", headers=token, timeout=10)
    over = requests.get(
        f"{over_tls(server)}/api/clients", headers=token, timeout=10, verify=str(tmp_path / "tls" / "ca.pem")
    )

    assert ADMIN not in server.url
    assert (page.status_code, page.headers["location"]) == (308, f"{over_tls(server)}/docs")
    assert (call.status_code, call.json()["code"]) == (403, "needs-tls")
    assert (over.status_code, over.json()) == (200, [])
    server.running.stop()
