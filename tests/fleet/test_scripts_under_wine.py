"""The command line, the examples and the scripts in Windows Python under Wine, against a real server and agent."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fleet.processes import PATIENCE, ROOT, Server, SimulatedAgent
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


@pytest.mark.parametrize("code_page", ["utf-8", "cp1251", "cp866", "cp437"])
def test_the_command_line_speaks_to_a_pipe_in_any_code_page(
    testbed: WineTestbed, server: Server, agent: SimulatedAgent, code_page: str
) -> None:
    def cli(*words: str) -> tuple[int, str, str]:
        env = {"API_SERVERS": server.url, "PYTHONPATH": testbed.windows_path(ROOT / "src")}
        process = testbed.popen(
            [*testbed.python, "-m", "microsip_manager.cli", *words],
            env=env | {"PYTHONIOENCODING": code_page},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        with process:
            out, err = process.communicate(timeout=PATIENCE)
        return process.returncode, out.decode(code_page), err.decode(code_page)

    name = "??????-??" if code_page == "cp437" else "Иванов-ПК"

    code, said, complained = cli("--help")
    assert (code, complained) == (0, "")
    assert "dnd " in said

    code, said, complained = cli("dnd", "on", "Иванов-ПК")
    assert (code, complained) == (0, "")
    assert re.search(rf"^{re.escape(name)} +applied +on", said, flags=re.M)

    code, said, complained = cli("status")
    assert (code, complained) == (0, "")
    heads, row = said.splitlines()[:2]
    assert row.startswith(name)
    assert ("🔴 dnd" in row) == (code_page == "utf-8")
    # The sign is as wide as two letters, and what stands for it is two.
    assert row.index("dnd") - heads.index("Status") == (2 if code_page == "utf-8" else 3)

    code, said, complained = cli("dnd", "off", "Ивонов-ПК")
    assert (code, complained) == (1, "")
    assert f"Did you mean '{name}'?" in said
    assert cli("dnd", "off", "Иванов-ПК")[0] == 0


@pytest.mark.parametrize("script", ["scripts/setup_token.py", "scripts/migrate_to_api.py"])
def test_the_scripts_start_there(testbed: WineTestbed, server: Server, script: str) -> None:
    code, said = run(testbed, server, script, "--help")

    assert code == 0, said
    assert f"python {script}" in said
