"""`client/start_stable_client.bat` as the cmd of Windows runs it, under Wine."""

from __future__ import annotations

import subprocess
import threading
from pathlib import Path, PureWindowsPath
from typing import IO

import pytest

from tests.fleet.processes import ROOT, Server, free_port, wait_for
from tests.fleet.wine import START_PATIENCE
from tests.windows.testbed import WineTestbed

BATCH = ROOT / "client" / "start_stable_client.bat"


def test_its_lines_end_as_cmd_wants_them() -> None:
    text = BATCH.read_bytes()

    assert text.count(b"\r\n") == text.count(b"\n") > 0
    assert "*.bat text eol=crlf" in (ROOT / ".gitattributes").read_text(encoding="utf-8")


def command(testbed: WineTestbed, *words: str) -> list[str]:
    return [*testbed.wine, "cmd.exe", "/c", testbed.windows_path(BATCH), *words]


def path_with_python(testbed: WineTestbed) -> dict[str, str]:
    # A PATH of Windows paths in the environment is taken over by Wine as WINEPATH.
    return {"WINEPATH": str(PureWindowsPath(testbed.windows_path(testbed.python[-1])).parent)}


def listen(output: IO[str], said: list[str]) -> None:
    # The agent that cmd started holds the pipe until the testbed ends.
    with output:
        said.extend(output)


@pytest.mark.wine
def test_it_starts_an_agent_that_a_server_sees_and_commands(testbed: WineTestbed, server: Server) -> None:
    said: list[str] = []
    port = str(free_port())
    process = testbed.popen(
        command(testbed, "--simulate"),
        cwd=Path(ROOT.anchor),  # the batch file finds its own folder
        env={
            **path_with_python(testbed),
            "AGENT_HOSTNAME": "NIKITA",
            "AGENT_PORT": port,
            "API_SERVERS": server.url,
            "HEARTBEAT_INTERVAL": "1",
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    threading.Thread(target=listen, args=(process.stdout, said), daemon=True).start()

    def seen() -> bool:
        assert process.poll() is None, "".join(said)
        return server.status_of("NIKITA") == "online"

    wait_for("the agent of the batch file is online", seen, START_PATIENCE)
    assert server.set_dnd("NIKITA", True)["outcome"] == "applied"
    process.kill()
    process.wait(30)


@pytest.mark.wine
def test_it_passes_on_arguments_and_the_exit_code(testbed: WineTestbed) -> None:
    env = path_with_python(testbed)

    version = testbed.run(command(testbed, "--version"), env=env)
    assert version.returncode == 0, version.stdout
    assert version.stdout.strip()[0].isdigit()

    assert testbed.run(command(testbed, "--dance"), env=env).returncode == 2
