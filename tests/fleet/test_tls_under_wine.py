"""The agent in Windows Python, over https and wss, with the authority pinned."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from microsip_manager.tls.fingerprints import fingerprint_of
from microsip_manager.tls.folder import TlsFolder
from microsip_manager.tls.unverified import fetch_ca
from tests.fleet.processes import Server, wait_for
from tests.fleet.wine import START_PATIENCE, WineAgent, start_microsip
from tests.tls.house import house, tls_server
from tests.windows.testbed import WineTestbed

pytestmark = pytest.mark.wine


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    house(folder)
    started = Server.start(folder, HEARTBEAT_INTERVAL="1")
    yield started
    assert started.running.stop() == 0
    assert "Traceback" not in started.running.said()


def over_tls(server: Server) -> str:
    return server.url.replace("http://", "https://")


def pin(server: Server, folder: Path) -> None:
    """What the enrolment does: take the authority of this fingerprint, and no other, into the agent's folder."""
    fingerprint = fingerprint_of(TlsFolder(server.folder / "tls").authority().pem)
    folder.mkdir(exist_ok=True)
    (folder / "server-ca.pem").write_text(fetch_ca(over_tls(server), fingerprint))


def test_windows_and_server_speak_tls_both_ways(testbed: WineTestbed, server: Server, tmp_path: Path) -> None:
    pin(server, server.folder / "spool")
    agent = WineAgent(testbed, server, "NIKITA", API_SERVERS=over_tls(server))
    microsip = start_microsip(testbed, tmp_path / "MicroSIP")
    try:
        wait_for("NIKITA is online", lambda: server.status_of("NIKITA") == "online", START_PATIENCE)
        wait_for("it is linked", lambda: f"linked to {over_tls(server)}" in agent.said(), START_PATIENCE)

        assert server.set_dnd("NIKITA", True)["outcome"] == "applied"
        assert server.ways("NIKITA")[0] == "link"
    finally:
        microsip.close()
        agent.kill()
    assert "Traceback" not in agent.log()


def test_windows_beats_over_tls_without_a_link(testbed: WineTestbed, server: Server, tmp_path: Path) -> None:
    authority = testbed.windows_path(server.folder / "tls" / "ca.pem")
    spool = testbed.windows_path(tmp_path)
    agent = WineAgent(
        testbed,
        server,
        "OLGA",
        API_SERVERS=over_tls(server),
        AGENT_LINK="off",
        SERVER_CA=authority,
        SPOOL_DIR=spool,
    )
    microsip = start_microsip(testbed, tmp_path / "MicroSIP")
    try:
        wait_for("OLGA is online", lambda: server.status_of("OLGA") == "online", START_PATIENCE)
    finally:
        microsip.close()
        agent.kill()


def test_windows_refuses_a_server_of_another_authority(testbed: WineTestbed, server: Server, tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    pin(server, spool)
    with tls_server(house(tmp_path / "impostor")) as impostor:
        agent = WineAgent(testbed, server, "PAVEL", API_SERVERS=impostor, SPOOL_DIR=testbed.windows_path(spool))
        microsip = start_microsip(testbed, tmp_path / "MicroSIP")
        try:
            reason = "has a certificate of an authority that is not trusted here"
            wait_for("the agent says why", lambda: reason in agent.said(), START_PATIENCE)
        finally:
            microsip.close()
            agent.kill()
    assert server.status_of("PAVEL") is None
    assert "Traceback" not in agent.log()
