"""A network that lets no WebSocket through: plain heartbeats go on, commands take the port, and the link comes back."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fleet.processes import Server, SimulatedAgent, wait_for
from tests.fleet.proxy import Proxy, Upgrade
from tests.fleet.wine import WineAgent, start_microsip
from tests.windows.testbed import WineTestbed

BEAT = 0.5
HEARTBEAT = {"HEARTBEAT_INTERVAL": str(BEAT)}

BLOCKED = [Upgrade.REFUSE, Upgrade.CUT, Upgrade.SWALLOW]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    started = Server.start(tmp_path, API_TIMEOUT="5", HEARTBEAT_INTERVAL=str(BEAT))
    yield started
    assert started.running.stop() == 0
    assert "Traceback" not in started.running.said()


class Onlooker:
    """Looks at the list all the time, and remembers each moment at which NIKITA was not shown as being there."""

    def __init__(self, server: Server) -> None:
        self.seen: set[tuple[str | None, str | None]] = set()
        self._server = server
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Onlooker:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._enough.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._enough.wait(0.05):
            self.seen.add((self._server.status_of("NIKITA"), self._server.agent_of("NIKITA")))


def test_the_proxy_lets_through_what_it_is_told_to(server: Server, tmp_path: Path) -> None:
    with Proxy(server.port, Upgrade.LET_THROUGH) as proxy:
        agent = SimulatedAgent.start(tmp_path, server, "NIKITA", API_SERVERS=proxy.url, **HEARTBEAT)
        wait_for("the agent is linked", lambda: "linked to" in agent.running.said())

        assert server.set_dnd("NIKITA", True)["outcome"] == "applied"
        assert server.ways("NIKITA") == ["link"]
        assert agent.running.stop() == 0


@pytest.mark.slow
@pytest.mark.parametrize("blocked", BLOCKED, ids=lambda blocked: blocked.name.lower())
def test_without_websockets_nobody_goes_offline_and_the_link_comes_when_it_can(
    server: Server, tmp_path: Path, blocked: Upgrade
) -> None:
    with Proxy(server.port, blocked) as proxy:
        agent = SimulatedAgent.start(tmp_path, server, "NIKITA", API_SERVERS=proxy.url, **HEARTBEAT)
        with Onlooker(server) as onlooker:
            wait_for("a second try was blocked too", lambda: proxy.upgrades_met >= 2)
            assert "plain heartbeats only" in agent.running.said()
            assert server.set_dnd("NIKITA", True)["outcome"] == "applied"
            assert server.set_dnd("NIKITA", False)["outcome"] == "applied"
            assert server.ways("NIKITA") == ["http", "http"]

            proxy.upgrade = Upgrade.LET_THROUGH
            wait_for("the agent is linked", lambda: "linked to" in agent.running.said())
            wait_for("a command goes over the link", lambda: over_the_link(server))

            # The network changes its mind: what is there is cut, and nothing new gets through.
            proxy.upgrade = blocked
            proxy.cut_all()
            wait_for("a command takes the port again", lambda: not over_the_link(server))
            time.sleep(4 * BEAT)  # longer than the server's patience

        assert onlooker.seen <= {("online", "connected"), ("dnd", "connected")}
        assert agent.running.stop() == 0
        assert "Traceback" not in agent.running.said()


def over_the_link(server: Server) -> bool:
    """Whether a question goes over the link; it must be answered in any case."""
    assert server.ask("NIKITA", "get_setting", name="denyIncoming")["hostname"] == "NIKITA"
    return server.ways("NIKITA")[0] == "link"


@pytest.mark.slow
def test_an_agent_whose_proxy_never_answers_ends_in_time(server: Server, tmp_path: Path) -> None:
    with Proxy(server.port, Upgrade.SWALLOW) as proxy:
        env = {**HEARTBEAT, "HEARTBEAT_INTERVAL": "20", "API_SERVERS": proxy.url}
        agent = SimulatedAgent.start(tmp_path, server, "NIKITA", **env)
        wait_for("it tries to open a link", lambda: proxy.upgrades_met)

        stopped = time.monotonic()
        assert agent.running.stop() == 0

        assert time.monotonic() - stopped < 5.0, "Windows does not wait longer when a user logs off"
        assert server.agent_of("NIKITA") == "lost"


@pytest.mark.wine
def test_the_windows_agent_does_without_websockets(server: Server, tmp_path: Path) -> None:
    with Proxy(server.port, Upgrade.REFUSE) as proxy, WineTestbed() as testbed:
        agent = WineAgent(testbed, server, "NIKITA", API_SERVERS=proxy.url)
        microsip = start_microsip(testbed, tmp_path / "MicroSIP")
        wait_for("NIKITA is there", lambda: server.status_of("NIKITA") == "online")
        wait_for("the link is refused", lambda: "plain heartbeats only" in agent.said())

        assert server.set_dnd("NIKITA", True)["outcome"] == "applied"
        assert (microsip.state().dnd, server.ways("NIKITA")) == (True, ["http"])

        proxy.upgrade = Upgrade.LET_THROUGH
        wait_for("a command goes over the link", lambda: over_the_link(server))
        assert server.set_dnd("NIKITA", False)["outcome"] == "applied"
        assert (microsip.state().dnd, server.ways("NIKITA")[0]) == (False, "link")

        microsip.close()
        agent.kill()
        assert "Traceback" not in agent.log()
