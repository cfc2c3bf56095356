"""The examples and scripts in Windows Python under Wine, against a real server and a real agent.

The command line itself is not among them: Typer needs pydantic, whose extension in Rust Wine 8 cannot load.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fleet.processes import ROOT, Server, SimulatedAgent
from tests.windows.testbed import WineTestbed

pytestmark = pytest.mark.wine


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory, server: Server) -> Iterator[SimulatedAgent]:
    folder: Path = tmp_path_factory.mktemp("agent")
    started = SimulatedAgent.start(folder, server, "Иванов-ПК", HEARTBEAT_INTERVAL="1")
    yield started
    started.running.stop()


def run(testbed: WineTestbed, server: Server, *words: str) -> tuple[int, str]:
    script, *rest = words
    command = [*testbed.python, testbed.windows_path(ROOT / script), *rest]
    done = testbed.run(command, env={"API_SERVERS": server.url}, timeout=120)
    return done.returncode, done.stdout


def test_windows_administers_too(testbed: WineTestbed, server: Server, agent: SimulatedAgent) -> None:
    code, said = run(testbed, server, "examples/admin_dnd_control.py", "--all", "on", "--yes")
    assert code == 0, said
    assert "1 of 1 done" in said

    code, said = run(testbed, server, "examples/get_client_status.py", "Иванов-ПК")
    assert code == 0, said
    assert "🔴 dnd" in said

    code, said = run(testbed, server, "examples/admin_dnd_control.py", "Иванов-ПК", "off", "--language", "ru")
    assert code == 0, said
    assert "выполнено 1 из 1" in said


@pytest.mark.parametrize("script", ["scripts/setup_token.py", "scripts/migrate_to_api.py"])
def test_the_scripts_start_there(testbed: WineTestbed, server: Server, script: str) -> None:
    code, said = run(testbed, server, script, "--help")

    assert code == 0, said
    assert f"python {script}" in said
