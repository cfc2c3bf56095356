"""`examples/admin_dnd_control.py` in a terminal of its own, against a real server and a real agent."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from tests.fleet.processes import PATIENCE, ROOT, Server, SimulatedAgent, wait_for

SCRIPT = "examples/admin_dnd_control.py"


class Terminal:
    """A program in a pseudo-terminal of 100 by 30."""

    def __init__(self, words: list[str], env: dict[str, str]) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        self.before = termios.tcgetattr(slave)
        self.process = subprocess.Popen(
            [sys.executable, *words],
            cwd=ROOT,
            env={**os.environ, "TERM": "xterm-256color", **env},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        self._slave = slave
        self._shown = ""

    def press(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def shows(self, text: str) -> None:
        """Wait until this has been drawn since the last time; what came with it is forgotten."""

        def drawn() -> bool:
            while select.select([self._master], [], [], 0)[0]:
                self._shown += os.read(self._master, 65536).decode("utf-8", "replace")
            return text in re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self._shown)

        wait_for(f"the terminal shows {text!r}", drawn)
        self._shown = ""

    def ended(self) -> int:
        try:
            return self.process.wait(PATIENCE)
        finally:
            self.after = termios.tcgetattr(self._slave)
            os.close(self._slave)
            os.close(self._master)


def environment(server: Server, language: str = "en_US.UTF-8") -> dict[str, str]:
    return {"API_SERVERS": server.url, "LC_ALL": language, "PYTHONIOENCODING": "utf-8", "PYTHONUTF8": "1"}


def test_an_administrator_at_the_keyboard(server: Server, agent: SimulatedAgent) -> None:
    terminal = Terminal([SCRIPT], environment(server))
    terminal.shows("NIKITA")
    assert server.status_of("NIKITA") == "online"

    terminal.press("+")
    terminal.shows("1 of 1 done")
    terminal.shows("🔴 dnd")
    assert server.status_of("NIKITA") == "dnd"

    terminal.press("0")
    terminal.shows("Switch DND OFF for all 1 PCs")
    terminal.press("y")
    terminal.shows("1 of 1 done")
    wait_for("NIKITA is back", lambda: server.status_of("NIKITA") == "online")

    terminal.press("m")
    terminal.shows("dnd → 🟢 online")
    terminal.press("q")
    terminal.shows("Since")
    terminal.press("q")

    assert terminal.ended() == 0
    assert terminal.after == terminal.before


def test_ctrl_c_leaves_the_terminal_as_it_was(server: Server, agent: SimulatedAgent) -> None:
    terminal = Terminal([SCRIPT], environment(server, "ru_RU.UTF-8"))
    terminal.shows("Управление DND")

    os.killpg(terminal.process.pid, 2)

    assert terminal.ended() == 130
    assert terminal.after == terminal.before


def test_all_asks_in_a_terminal_and_no_is_no(server: Server, agent: SimulatedAgent) -> None:
    terminal = Terminal([SCRIPT, "--all", "on"], environment(server))
    terminal.shows("Switch DND ON for all 1 PCs")
    terminal.press("n\n")

    assert terminal.ended() == 1
    assert server.status_of("NIKITA") == "online"


def test_the_command_line_asks_too(server: Server, agent: SimulatedAgent) -> None:
    words = ["-m", "microsip_manager.cli", "dnd", "on", "--all"]
    terminal = Terminal(words, {**environment(server), "PYTHONPATH": str(ROOT / "src")})
    terminal.shows("Switch DND on for 1 clients?")
    terminal.press("y\n")
    terminal.shows("1 of 1 done")

    assert terminal.ended() == 0
    assert server.set_dnd("NIKITA", False)["outcome"] == "applied"


@pytest.mark.parametrize(
    "words", [["NIKITA", "on"], ["NIKITA", "off"], ["--all", "on", "--yes"], ["--all", "off", "-y"]]
)
def test_without_a_terminal(server: Server, agent: SimulatedAgent, words: list[str], tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / SCRIPT), *words],
        cwd=tmp_path,
        env={**os.environ, **environment(server)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "1 of 1 done" in done.stdout
    wait_for("it shows", lambda: server.status_of("NIKITA") == ("dnd" if "on" in words else "online"))
