"""The real agent in Windows Python under Wine, beside a stand-in MicroSIP on the same desktop."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path

from tests.fleet.processes import PATIENCE, ROOT, Server, free_port, wait_for
from tests.windows.standin.handle import StandIn
from tests.windows.testbed import WineTestbed

START_PATIENCE = 60.0
"""Seconds for Windows Python to start and import under Wine on a busy machine."""


class WineAgent:
    """An agent that acts on the windows of the testbed's desktop."""

    def __init__(
        self,
        testbed: WineTestbed,
        server: Server,
        hostname: str,
        program: Sequence[str] = ("client/api_client_stable.py",),
        **env: str,
    ) -> None:
        self.hostname = hostname
        self.port = free_port()
        self._lines: list[str] = []
        self.process: subprocess.Popen[str] = testbed.popen(
            [*testbed.python, testbed.windows_path(ROOT / program[0]), *program[1:]],
            env={
                "AGENT_HOSTNAME": hostname,
                "AGENT_PORT": str(self.port),
                "API_SERVERS": server.url,
                "HEARTBEAT_INTERVAL": server.env.get("HEARTBEAT_INTERVAL", "7"),
                "SPOOL_DIR": testbed.windows_path(server.folder / "spool"),
                **env,
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        threading.Thread(target=self._listen, daemon=True).start()
        wait_for("the agent listens", lambda: "listens on port" in self.said(), START_PATIENCE)

    def said(self) -> str:
        if self.process.poll() is not None:
            raise AssertionError("the agent ended: " + "".join(self._lines))
        return "".join(self._lines)

    def log(self) -> str:
        return "".join(self._lines)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE)

    def _listen(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as output:
            for line in output:
                self._lines.append(line)


def start_microsip(testbed: WineTestbed, folder: Path, **switches: str) -> StandIn:
    """Start the stand-in from this folder, as a portable MicroSIP with the ini that lies there."""
    exe = testbed.standin_exe(folder)
    ini = folder / "MicroSIP.ini"
    if not ini.exists():
        text = (
            "[Settings]\r\naccountId=1\r\ndenyIncoming=button\r\n[Account1]\r\ndomain=pbx.example\r\nusername=485\r\n"
        )
        ini.write_bytes(b"\xff\xfe" + text.encode("utf-16-le"))
    env = testbed.env | {f"STANDIN_{name.upper()}": value for name, value in switches.items()}
    return StandIn.start([*testbed.wine, str(exe)], env=env, cwd=folder)


PRESS = """
import sys, time, win32con, win32gui
window = win32gui.FindWindow("MicroSIP Manager message", None)
button = win32gui.FindWindowEx(window, 0, "Button", sys.argv[1])
while win32gui.IsWindow(button):
    win32gui.PostMessage(button, win32con.BM_CLICK, 0, 0)
    time.sleep(0.1)
"""


def press_button(testbed: WineTestbed, label: str) -> None:
    """Press this button of the message on the desktop, from another program, until the window is gone."""
    done = testbed.run([*testbed.python, "-c", PRESS, label], timeout=START_PATIENCE)
    assert done.returncode == 0, done.stdout
