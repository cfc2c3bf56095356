"""The commands of the README, run as printed against a live server and a live agent, answer what it promises.

The English page is run; test_readme.py holds that the Russian one has the same commands.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import run
from microsip_manager.settings import AGENT_PORT, SERVER_PORT, AgentSettings, ServerSettings, load
from tests.docs.markdown import ROOT, Block, Page
from tests.fleet.processes import Server, SimulatedAgent, wait_for

README = Page("README.md")

START_SERVER = "python server/api_server.py"
START_AGENT = "AGENT_HOSTNAME=NIKITA python client/api_client_stable.py --simulate"
INSTALL = "pip install -r requirements.txt"

CHANGES_EVERY_TIME = ("id", "status_since", "last_seen", "port", "agent_version", "started_at")


@dataclass
class Office:
    """What the README has started so far."""

    server: Server
    agent: SimulatedAgent

    def output_of(self, command: list[str]) -> str:
        """What a command of the README prints, with the ports of this test in place of the usual ones."""
        here = [self._with_these_ports(word) for word in command]
        env = {**os.environ, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1", "PYTHONIOENCODING": "utf-8"}
        done = subprocess.run(
            here, cwd=ROOT, env=env, capture_output=True, text=True, encoding="utf-8", timeout=60, check=False
        )
        assert done.returncode == 0, f"{command}: {done.stderr}"
        return done.stdout

    def _with_these_ports(self, text: str) -> str:
        for usual, here in ((SERVER_PORT.default, self.server.port), (AGENT_PORT.default, self.agent.port)):
            text = text.replace(f"127.0.0.1:{usual}", f"127.0.0.1:{here}")
        return text


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder: Path = tmp_path_factory.mktemp("office")
    server = Server.start(folder)
    agent = SimulatedAgent.start(folder, server, "NIKITA")
    wait_for("the calls of NIKITA are there", lambda: server.get("/api/calls"))
    yield Office(server, agent)
    assert agent.running.stop() == 0
    assert server.running.stop() == 0


def with_what_follows() -> list[tuple[Block, Block | None]]:
    return list(zip(README.blocks, [*README.blocks[1:], None], strict=True))


def messages(text: str) -> list[Any]:
    """The JSON values that stand one after the other in a text."""
    decoder, found, at = json.JSONDecoder(), [], 0
    while at < len(text.rstrip()):
        value, at = decoder.raw_decode(text, at + len(text[at:]) - len(text[at:].lstrip()))
        found.append(value)
    return found


def lasting(value: Any) -> Any:
    """The value with only the kind of what differs from run to run."""
    if isinstance(value, list):
        return [lasting(item) for item in value]
    if isinstance(value, dict):
        return {key: type(item).__name__ if key in CHANGES_EVERY_TIME else lasting(item) for key, item in value.items()}
    return value


def runs_against_the_server(block: Block) -> bool:
    return (block.language == "bash" and block.text.startswith("curl ")) or (
        block.language == "python" and "import requests" in block.text
    )


@pytest.mark.skipif(shutil.which("curl") is None, reason="the README's curl lines need curl")
def test_a_reader_who_follows_it_sees_what_it_promises(office: Office) -> None:
    followed = 0
    for block, promised in with_what_follows():
        if not runs_against_the_server(block):
            continue
        assert promised is not None, block.text
        if block.language == "python":
            assert promised.language == "text", block.text
            assert office.output_of([sys.executable, "-c", block.text]) == promised.text, block.text
        else:
            assert promised.language == "json", block.text
            answers = [json.loads(office.output_of(["curl", "-sS", *shlex.split(line)[1:]])) for line in block.lines]
            assert lasting(answers) == lasting(messages(promised.text)), block.text
        followed += 1
    assert followed >= 8


def test_every_command_is_one_that_somebody_tries() -> None:
    lines = [line for block in README.blocks if block.language == "bash" for line in block.lines]
    start = [line for line in lines if not line.startswith(("curl ", "python run.py", "python examples/"))]

    # The fixture starts the server and the agent; run.py installs the same file in every environment it makes.
    assert start == [INSTALL, START_SERVER, START_AGENT]
    assert run.RUNNING in INSTALL


def test_the_fixture_starts_what_the_readme_starts(office: Office) -> None:
    assert office.server.running.process.args == [sys.executable, *START_SERVER.split()[1:]]
    assert office.agent.running.process.args == [sys.executable, *START_AGENT.split()[2:]]
    assert START_AGENT.startswith(f"AGENT_HOSTNAME={office.agent.hostname} ")


def test_every_verb_of_run_py_it_names_exists() -> None:
    named = re.findall(r"python run\.py (\w+)", README.text)

    assert {"test", "server", "agent"} <= set(named)
    assert set(named) <= run.VERBS.keys()


def test_its_configuration_is_one_that_both_programs_accept() -> None:
    [block] = [block for block in README.blocks if block.language == "python" and "import" not in block.text]
    site = ModuleType("api_config")
    exec(block.text, site.__dict__)  # noqa: S102 - it is a line of our own documentation

    assert load(ServerSettings, site, {}).open_network is True
    assert load(AgentSettings, site, {}).api_servers == ("http://172.16.99.12:8083",)


def test_what_it_has_windows_run_exists_and_opens_the_right_port() -> None:
    start, firewall = [block.text.strip() for block in README.blocks if block.language == "bat"]

    assert (ROOT / start.replace("\\", "/")).is_file()
    assert f"localport={AGENT_PORT.default} " in firewall
