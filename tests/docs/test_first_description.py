"""Every code block of the product's first description works as written: hosts and ports substituted, nothing else."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest
import requests

from microsip_manager.settings import AgentSettings, load
from tests.docs.markdown import ROOT, Block, Page
from tests.fleet.processes import Running, Server, SimulatedAgent, wait_for

PAGE = Page("tests/docs/first_description_blocks.md")


@dataclass
class Office:
    folder: Path
    server: Server
    agent: SimulatedAgent

    def here(self, text: str) -> str:
        """The text with the hosts and ports of this test in place of those of the description."""
        text = re.sub(r"http://(server|[\d.]+):8083", self.server.url, text)
        return text.replace("HOSTNAME", self.agent.hostname)

    @property
    def env(self) -> dict[str, str]:
        """The commands of the description say `python` and `pip`: those of this environment."""
        bin_folder = str(Path(sys.executable).parent)
        return {
            **os.environ,
            "PATH": os.pathsep.join([bin_folder, os.environ["PATH"]]),
            "API_SERVER_1": self.server.url,
            "NO_PROXY": "127.0.0.1",
            "PYTHONIOENCODING": "utf-8",
        }

    def shell(self, line: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-c", self.here(line)],
            cwd=ROOT,
            env=self.env | more,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder: Path = tmp_path_factory.mktemp("office")
    server = Server.start(folder)
    agent = SimulatedAgent.start(folder, server, "NIKITA")
    yield Office(folder, server, agent)
    assert agent.running.stop() == 0
    assert server.running.stop() == 0


def block_with(text: str) -> Block:
    [found] = [block for block in PAGE.blocks if text in block.text]
    return found


def lines_of(block: Block) -> list[str]:
    return [line for line in block.without_comments.lines if line.strip()]


def test_every_block_is_tried_here() -> None:
    tried = [
        "├── client/",
        "pip install",
        "client/api_client_stable.py\n",
        "examples/admin_dnd_control.py\n",
        "curl -X",
        "response = requests.get",
        "API_SERVERS = [",
        '"extension": "485"',
        "for client in clients",
        "monitor 10",
    ]

    assert [text for text in tried for _ in [block_with(text)]] == tried
    assert len(PAGE.blocks) == len(tried)


def test_every_path_of_the_tree_is_there() -> None:
    folder, missing, named = "", [], 0
    for line in block_with("├── client/").lines:
        if not (found := re.match(r"(│   |    )?[├└]── (\S+)", line)):
            continue
        inside, name = found[1], found[2]
        path = f"{folder}{name}" if inside else name
        folder = folder if inside else (name if name.endswith("/") else "")
        named += 1
        if not (ROOT / path).exists():
            missing.append(path)

    assert named > 15
    assert missing == []


def test_the_installation_works(office: Office) -> None:
    [line] = lines_of(block_with("pip install"))

    done = office.shell(f"python -m {line}")

    assert done.returncode == 0, done.stderr


def test_the_client_starts_or_says_what_it_needs(office: Office) -> None:
    """The lines start the real client, which needs Windows: under Wine they are run by tests/fleet."""
    python, batch = lines_of(block_with("client/api_client_stable.py\n"))

    done = office.shell(python)

    assert done.returncode == 2
    assert "--simulate" in done.stderr
    assert (ROOT / batch).is_file()


def test_the_interactive_panel_opens(office: Office) -> None:
    [line] = lines_of(block_with("examples/admin_dnd_control.py\n"))

    shown = office.shell(f"{line} --help")
    assert shown.returncode == 0
    listed = office.shell(f"{line} --list")

    assert "NIKITA" in listed.stdout


def test_the_curl_lines_switch_dnd(office: Office) -> None:
    off, on = lines_of(block_with("curl -X"))

    assert json.loads(office.shell(f"{on} -s").stdout)["dnd"] is True
    assert json.loads(office.shell(f"{off} -s").stdout)["dnd"] is False


def test_the_python_lines_ask_and_switch(office: Office) -> None:
    office.server.set_dnd("NIKITA", True)
    site: dict[str, object] = {}

    exec(office.here(block_with("response = requests.get").text), site)  # noqa: S102 - the description's own lines

    status = site["status"]
    assert isinstance(status, dict)
    assert (status["hostname"], status["status"], status["source"]) == ("NIKITA", "dnd", "live")
    assert office.server.status_of("NIKITA") == "online"


def test_everybody_gets_dnd_for_lunch(office: Office) -> None:
    exec(office.here(block_with("for client in clients").text), {})  # noqa: S102 - the description's own lines

    assert office.server.status_of("NIKITA") == "dnd"


def test_the_configuration_is_understood() -> None:
    site = ModuleType("api_config")
    exec(block_with("API_SERVERS = [").text, site.__dict__)  # noqa: S102 - the description's own lines

    settings = load(AgentSettings, site, {})

    assert settings.api_servers == (
        "http://172.16.99.12:8083",
        "http://172.16.99.31:8083",
        "http://172.16.99.112:8083",
    )
    assert (settings.heartbeat_interval, settings.api_timeout) == (7, 10)


def test_the_heartbeat_is_taken(office: Office) -> None:
    request, _, body = office.here(block_with('"extension": "485"').text).partition("\n")
    method, url = request.split()

    answer = requests.request(method, url, data=body.encode(), timeout=10)

    assert answer.status_code == 200
    # The heartbeat came without a port, as NIKITA's own do not; the next one of the agent puts that right.
    wait_for(
        "NIKITA can be reached again", lambda: office.server.get("/api/clients/NIKITA")["port"] == office.agent.port
    )


def test_the_monitor_goes_on_until_it_is_stopped(office: Office) -> None:
    [line] = lines_of(block_with("monitor 10"))
    command = [sys.executable, *line.split()[1:]]

    monitor = Running.start(command, office.folder / "monitor.log", office.env)
    wait_for("the monitor shows NIKITA", lambda: "NIKITA" in monitor.said())
    assert monitor.process.poll() is None
    monitor.process.send_signal(signal.SIGINT)

    assert monitor.ended() in (0, 130)
    assert "Traceback" not in monitor.said()
