"""What an administrator sees of an agent: `connected`, `asleep` or `lost`."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.fleet.processes import Server, SimulatedAgent, WatchedAgent, wait_for

pytestmark = pytest.mark.slow

BEAT = 0.5
PATIENCE = 3 * BEAT
AT_ONCE = 2.0
"""Seconds: the agent looks at MicroSIP once a second, and the machine may be busy."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    started = Server.start(tmp_path, HEARTBEAT_INTERVAL=str(BEAT), API_TIMEOUT="3")
    yield started
    assert started.running.stop() == 0
    assert "Traceback" not in started.running.said()


class Agent(WatchedAgent):
    """An agent as the list of clients shows it."""

    def __init__(self, folder: Path, server: Server, use: str) -> None:
        super().__init__(folder, server, "NIKITA", AGENT_LINK=use)
        self._server = server
        if use != "off":
            self.wait_for_link()

    def becomes(self, status: str, agent: str, within: float) -> float:
        """Wait until the list shows this; returns the seconds it took."""
        began = time.monotonic()
        wait_for(
            f"NIKITA is {status} and {agent}",
            lambda: (self._server.status_of("NIKITA"), self._server.agent_of("NIKITA")) == (status, agent),
            within,
        )
        return time.monotonic() - began

    def stays(self, status: str, agent: str, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            assert (self._server.status_of("NIKITA"), self._server.agent_of("NIKITA")) == (status, agent)
            time.sleep(0.1)


@pytest.fixture
def use() -> str:
    return "always"


@pytest.fixture
def agent(tmp_path: Path, server: Server, use: str) -> Iterator[Agent]:
    started = Agent(tmp_path, server, use)
    yield started
    if started.running.process.poll() is None:
        started.running.stop()
    assert "Traceback" not in started.running.said()


def test_a_closed_microsip_is_asleep_at_once_and_for_as_long_as_the_pc_is_on(agent: Agent) -> None:
    agent.close_microsip()

    agent.becomes("offline", "asleep", AT_ONCE)
    agent.stays("offline", "asleep", 4 * PATIENCE)
    agent.open_microsip()
    agent.becomes("online", "connected", AT_ONCE)


def test_a_sleeping_pc_answers_questions(server: Server, agent: Agent) -> None:
    agent.close_microsip()
    agent.becomes("offline", "asleep", AT_ONCE)

    assert server.set_dnd("NIKITA", True)["outcome"] == "not_running"
    assert server.ask("NIKITA", "display_message", text="Hello")["outcome"] == "shown"
    assert server.ways("NIKITA") == ["link", "link"]


@pytest.mark.parametrize("asleep", [False, True])
def test_a_killed_agent_is_lost_within_one_patience(agent: Agent, asleep: bool) -> None:
    if asleep:
        agent.close_microsip()
        agent.becomes("offline", "asleep", AT_ONCE)

    agent.running.kill()

    agent.becomes("offline", "lost", PATIENCE * 1.1 + AT_ONCE)


@pytest.mark.parametrize("asleep", [False, True])
def test_an_agent_that_freezes_is_lost_though_its_connection_stands(agent: Agent, asleep: bool) -> None:
    if asleep:
        agent.close_microsip()
        agent.becomes("offline", "asleep", AT_ONCE)

    agent.running.process.send_signal(signal.SIGSTOP)
    try:
        # A sleeping one speaks a third as often.
        agent.becomes("offline", "lost", PATIENCE * 1.1 * (3 if asleep else 1) + AT_ONCE)
    finally:
        agent.running.process.send_signal(signal.SIGCONT)

    agent.becomes("offline" if asleep else "online", "asleep" if asleep else "connected", 10.0)


@pytest.mark.parametrize("asleep", [False, True])
def test_a_stopped_agent_is_lost_at_once(agent: Agent, asleep: bool) -> None:
    if asleep:
        agent.close_microsip()
        agent.becomes("offline", "asleep", AT_ONCE)

    assert agent.running.stop() == 0

    agent.becomes("offline", "lost", 0.5)


@pytest.mark.parametrize("use", ["awake", "off"])
def test_without_a_link_for_the_night_a_closed_microsip_is_lost(agent: Agent, use: str) -> None:
    agent.close_microsip()

    agent.becomes("offline", "lost", AT_ONCE)
    agent.stays("offline", "lost", 2 * PATIENCE)
    agent.open_microsip()
    agent.becomes("online", "connected", AT_ONCE)


@pytest.mark.parametrize(("use", "ways"), [("awake", ["link"]), ("off", ["http"])])
def test_a_command_goes_over_the_link_where_there_is_one(
    server: Server, agent: Agent, use: str, ways: list[str]
) -> None:
    assert server.set_dnd("NIKITA", True)["outcome"] == "applied"
    assert server.ways("NIKITA") == ways


def test_a_link_for_the_day_comes_back_in_the_morning(tmp_path: Path, server: Server) -> None:
    agent = Agent(tmp_path, server, "awake")
    agent.close_microsip()
    agent.becomes("offline", "lost", AT_ONCE)
    agent.open_microsip()
    agent.becomes("online", "connected", AT_ONCE)

    def commanded_over_the_link() -> bool:
        assert server.ask("NIKITA", "get_setting", name="denyIncoming")["hostname"] == "NIKITA"
        return server.ways("NIKITA")[0] == "link"

    wait_for("the link is back", commanded_over_the_link, 5.0)
    assert agent.running.stop() == 0


def test_two_pcs_of_one_name_are_shown_and_the_log_is_not_flooded(server: Server, tmp_path: Path) -> None:
    agents = []
    for number in ("one", "two"):
        (tmp_path / number).mkdir()
        agents.append(SimulatedAgent.start(tmp_path / number, server, "TWINS", HEARTBEAT_INTERVAL="1"))
    places = {f"127.0.0.1, port {agent.port}" for agent in agents}

    def shown() -> set[str]:
        client = requests.get(f"{server.url}/api/clients/TWINS", timeout=30).json()
        return {f"{client['address']}, port {client['port']}", client["also_at"]}

    wait_for("both are shown", lambda: shown() == places)

    for agent in agents:
        agent.running.stop()
    assert server.running.said().count("TWINS: heard from") == 1
