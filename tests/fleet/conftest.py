"""What most modules here need: a server, an agent, and for some a Windows; one of each for the tests of a module."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fleet.namespaces import Networks, networks
from tests.fleet.processes import Server, SimulatedAgent
from tests.fleet.wine import WineAgent
from tests.windows.testbed import WineTestbed

HERE = Path(__file__).parent
ON_EVERY_PYTHON = {HERE / "test_server_process.py", HERE / "test_server_and_agent.py"}
"""A server and an agent start, work and end there. The other modules are about what they do to each other."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE) and item.path not in ON_EVERY_PYTHON:
            item.add_marker(pytest.mark.thorough)


@pytest.fixture(scope="module")
def testbed() -> Iterator[WineTestbed]:
    with WineTestbed() as started:
        yield started


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """It logs all it can, so that a test may look for what must not be there."""
    started = Server.start(tmp_path_factory.mktemp("server"), HEARTBEAT_INTERVAL="1", LOG_LEVEL="DEBUG")
    yield started
    assert started.running.stop() == 0
    assert "Traceback" not in started.running.said()


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory, server: Server) -> Iterator[SimulatedAgent]:
    started = SimulatedAgent.start(tmp_path_factory.mktemp("agent"), server, "NIKITA", HEARTBEAT_INTERVAL="1")
    yield started
    assert started.running.stop() == 0


@pytest.fixture(scope="module")
def windows_agent(testbed: WineTestbed, server: Server) -> Iterator[WineAgent]:
    started = WineAgent(testbed, server, "NIKITA", LOG_LEVEL="DEBUG")
    yield started
    started.kill()
    assert "Traceback" not in started.log()


@pytest.fixture
def nets() -> Iterator[Networks]:
    """Networks of their own for a server and an agent, with an administrator who reaches the server."""
    with networks() as made:
        yield made
