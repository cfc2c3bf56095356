"""Port 8084 on a network: who can reach it, and whose commands it takes."""

from __future__ import annotations

import json
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fleet import enrolled
from tests.fleet.namespaces import AGENT, SERVER, SERVER_TO_ADMIN, Namespace, Networks
from tests.fleet.processes import Server, SimulatedAgent, wait_for
from tests.fleet.proxy import Proxy, Upgrade
from tests.fleet.wine import WineAgent, start_microsip
from tests.windows.testbed import WineTestbed


@pytest.fixture
def key() -> str:
    return secrets.token_hex(32)


@pytest.fixture
def server(nets: Networks, tmp_path: Path, key: str) -> Iterator[Server]:
    started = Server.start(
        tmp_path,
        host=SERVER_TO_ADMIN,
        inside=nets.server.inside,
        program=enrolled.SERVER,
        OPEN_NETWORK="1",
        API_TIMEOUT="5",
        AGENT_NETWORKS=f"{AGENT}/32",
        HEARTBEAT_INTERVAL="1",
        TEST_COMMAND_KEY=key,
    )
    yield started
    assert started.running.stop() == 0
    assert "Traceback" not in started.running.said()


def start_agent(nets: Networks, server: Server, tmp_path: Path, program: tuple[str, ...], **env: str) -> SimulatedAgent:
    address = f"http://{SERVER}:{server.port}"
    env = {"API_SERVERS": address, "AGENT_LINK": "off", "HEARTBEAT_INTERVAL": "1", **env}
    return SimulatedAgent.start(tmp_path, server, "NIKITA", inside=nets.agent.inside, program=program, **env)


def call(place: Namespace, address: str, port: int, path: str = "/api/set_dnd?enabled=true") -> Any:
    """What an unsigned request from there is answered; None when there is no connection."""
    asking = ["curl", "-sS", "--max-time", "5", "-X", "POST", f"http://{address}:{port}{path}"]
    done = subprocess.run([*place.inside, *asking], capture_output=True, text=True, check=False)
    return json.loads(done.stdout) if done.returncode == 0 else None


def is_applied(server: Server, enabled: bool) -> bool:
    """Whether a command goes through; an agent that has only just started does not take one yet."""
    return bool(server.set_dnd("NIKITA", enabled)["outcome"] == "applied")


@pytest.mark.slow
def test_an_enrolled_agent_takes_what_its_server_signs_and_nothing_else_from_the_network(
    nets: Networks, server: Server, tmp_path: Path, key: str
) -> None:
    agent = start_agent(nets, server, tmp_path, enrolled.AGENT, TEST_COMMAND_KEY=key)
    wait_for("a signed command goes through", lambda: is_applied(server, True))
    assert server.ways("NIKITA")[0] == "http"

    # From the server's own machine, so its address alone is worth nothing.
    assert call(nets.server, AGENT, agent.port, "/api/set_dnd?enabled=false")["code"] == "not-allowed"
    assert server.get("/api/clients/NIKITA/status")["dnd"] is True
    assert call(nets.agent, "127.0.0.1", agent.port, "/api/set_dnd?enabled=false")["outcome"] == "applied"

    assert agent.running.stop() == 0
    assert "Traceback" not in agent.running.said()


@pytest.mark.slow
def test_an_agent_of_another_enrolment_takes_nothing(nets: Networks, server: Server, tmp_path: Path) -> None:
    agent = start_agent(nets, server, tmp_path, enrolled.AGENT, TEST_COMMAND_KEY=secrets.token_hex(32))

    told = server.set_dnd("NIKITA", True)

    assert told["outcome"] == "unreachable"
    assert "not signed by this client's agent; it says: The signature is not one of NIKITA's server" in told["detail"]
    assert "a signed request is refused" in agent.running.said()
    assert agent.running.stop() == 0


@pytest.mark.slow
def test_an_agent_that_has_not_enrolled_cannot_be_reached_from_the_network(
    nets: Networks, server: Server, tmp_path: Path
) -> None:
    agent = start_agent(nets, server, tmp_path, ("client/api_client_stable.py",))

    assert call(nets.server, AGENT, agent.port) is None
    assert "no agent runs there" in server.set_dnd("NIKITA", True)["detail"]
    assert call(nets.agent, "127.0.0.1", agent.port)["outcome"] == "applied"
    assert agent.running.stop() == 0


@pytest.mark.slow
def test_an_agent_outside_the_networks_of_the_server_is_not_called(nets: Networks, tmp_path: Path, key: str) -> None:
    # The addresses of this network are for documentation, and so in no network that is allowed by default.
    server = Server.start(
        tmp_path, host=SERVER_TO_ADMIN, inside=nets.server.inside, OPEN_NETWORK="1", HEARTBEAT_INTERVAL="1"
    )
    agent = start_agent(nets, server, tmp_path, enrolled.AGENT, TEST_COMMAND_KEY=key)

    told = server.set_dnd("NIKITA", True)

    assert (told["outcome"], told["detail"]) == (
        "unreachable",
        f"the server calls no agent at {AGENT}, which is outside AGENT_NETWORKS",
    )
    assert agent.running.stop() == 0
    assert server.running.stop() == 0


@pytest.mark.wine
def test_the_windows_agent_takes_signed_commands_at_its_port(tmp_path: Path, key: str) -> None:
    server = Server.start(tmp_path, program=enrolled.SERVER, HEARTBEAT_INTERVAL="1", TEST_COMMAND_KEY=key)
    with Proxy(server.port, Upgrade.REFUSE) as proxy, WineTestbed() as testbed:
        agent = WineAgent(
            testbed, server, "NIKITA", program=enrolled.AGENT, API_SERVERS=proxy.url, TEST_COMMAND_KEY=key
        )
        microsip = start_microsip(testbed, tmp_path / "MicroSIP")
        wait_for("NIKITA is there", lambda: server.status_of("NIKITA") == "online")

        # The server believes an answer only with the agent's signature.
        wait_for("a signed command goes through", lambda: is_applied(server, True))
        assert (microsip.state().dnd, server.ways("NIKITA")[0]) == (True, "http")
        assert server.set_dnd("NIKITA", False)["outcome"] == "applied"
        assert microsip.state().dnd is False

        microsip.close()
        agent.kill()
        assert "Traceback" not in agent.log()
    assert server.running.stop() == 0
