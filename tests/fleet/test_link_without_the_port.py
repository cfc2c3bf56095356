"""A PC whose port 8084 nobody can reach: everything works over the link."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fleet.namespaces import AGENT, SERVER, SERVER_TO_ADMIN, Networks
from tests.fleet.processes import Server, SimulatedAgent, wait_for
from tests.fleet.wine import WineAgent, start_microsip
from tests.windows.testbed import WineTestbed


@pytest.fixture
def server(nets: Networks, tmp_path: Path) -> Iterator[Server]:
    started = Server.start(
        tmp_path,
        host=SERVER_TO_ADMIN,
        inside=nets.server.inside,
        OPEN_NETWORK="1",
        AGENT_NETWORKS=f"{AGENT}/32",
        API_TIMEOUT="5",
        HEARTBEAT_INTERVAL="1",
    )
    yield started
    assert started.running.stop() == 0
    assert "Traceback" not in started.running.said()


def check_that_everything_works(server: Server) -> None:
    assert server.set_dnd("NIKITA", True) == {"hostname": "NIKITA", "outcome": "applied", "dnd": True, "detail": ""}
    live = server.get("/api/clients/NIKITA/status")
    assert (live["source"], live["status"], live["dnd"]) == ("live", "dnd", True)
    assert server.ask("NIKITA", "get_setting", name="denyIncoming")["settings"]["denyIncoming"]["value"] == "button"
    shown = server.ask("NIKITA", "display_message", text="Hello", timeout=600)
    assert shown["outcome"] == "shown"
    assert server.get(f"/api/clients/NIKITA/messages/{shown['id']}")["state"] == "shown"
    assert server.set_dnd("NIKITA", False)["outcome"] == "applied"
    assert server.ways("NIKITA") == ["link"] * 4


@pytest.mark.slow
def test_a_simulated_agent_behind_a_firewall_is_commanded_over_its_link(
    nets: Networks, server: Server, tmp_path: Path
) -> None:
    address = f"http://{SERVER}:{server.port}"
    agent = SimulatedAgent.start(
        tmp_path, server, "NIKITA", inside=nets.agent.inside, API_SERVERS=address, HEARTBEAT_INTERVAL="1"
    )
    wait_for("the agent is linked", lambda: "linked to" in agent.running.said())
    # By contrast, before there is a firewall: a server that opens connections to the port is noticed by this look.
    assert not agent_was_called(nets, agent.port)
    nets.router.block_port(agent.port)

    check_that_everything_works(server)

    assert not agent_was_called(nets, agent.port)
    assert agent.running.stop() == 0


@pytest.mark.slow
def test_without_a_link_the_same_firewall_makes_the_same_agent_unreachable(
    nets: Networks, server: Server, tmp_path: Path
) -> None:
    env = {"API_SERVERS": f"http://{SERVER}:{server.port}", "AGENT_LINK": "off", "HEARTBEAT_INTERVAL": "1"}
    env["LOCAL_API_OPEN"] = "1"
    agent = SimulatedAgent.start(tmp_path, server, "NIKITA", inside=nets.agent.inside, **env)
    assert server.set_dnd("NIKITA", True)["outcome"] == "applied"
    assert "LOCAL_API_OPEN=1: every address" in agent.running.said()
    assert agent_was_called(nets, agent.port), "so the look that finds nothing elsewhere can find something"

    nets.router.block_port(agent.port)

    assert server.set_dnd("NIKITA", False)["outcome"] == "unreachable"
    assert server.ways("NIKITA") == ["http", "http"]
    assert agent.running.stop() == 0


def agent_was_called(nets: Networks, port: int) -> bool:
    """Whether the server's machine knows of a connection to this port, open or ended less than a minute ago."""
    tables = "".join(nets.server.read(f"/proc/net/{table}") for table in ("tcp", "tcp6"))
    return any(
        line.split()[2].endswith(f":{port:04X}") for line in tables.splitlines() if line[:1] == " " and ":" in line
    )


@pytest.mark.wine
def test_the_windows_agent_behind_a_firewall_is_commanded_over_its_link(
    nets: Networks, server: Server, tmp_path: Path
) -> None:
    with WineTestbed() as testbed:
        agent = WineAgent(testbed, server, "NIKITA")
        nets.server.block_port(agent.port)
        microsip = start_microsip(testbed, tmp_path / "MicroSIP")
        wait_for("NIKITA is there", lambda: server.status_of("NIKITA") == "online")
        wait_for("the agent is linked", lambda: "linked to" in agent.said())

        check_that_everything_works(server)

        assert (microsip.state().dnd, microsip.state().clicks) == (False, 2)
        assert not agent_was_called(nets, agent.port)
        microsip.close()
        wait_for("the PC is known to be on", lambda: server.agent_of("NIKITA") == "asleep", 2.0)
        agent.kill()
        wait_for("the PC is lost", lambda: server.agent_of("NIKITA") == "lost")
        assert "Traceback" not in agent.log()
