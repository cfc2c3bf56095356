"""However Windows ends the agent, the server hears of it at once.

Wine makes no event of a closed console and refuses a Ctrl-Break where there is no terminal: what would answer them is
called here, and no more.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from typing import Any

import pytest
import win32con
import win32gui

from microsip_manager.agent.windows.end_of_session import (
    CTRL_CLOSE_EVENT,
    WINDOW_CLASS,
    console_handler,
    ended_by_windows,
)

ROOT = Path(__file__).resolve().parents[3]
PATIENCE = 30.0

# Windows alone makes the other events; a program can only raise Ctrl-C (0) and Ctrl-Break (1).
LEFT_TO_PYTHON = (0, 1)


class Heartbeats(ThreadingHTTPServer):
    """A server that takes every heartbeat and keeps it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Taking)
        self.heard: Queue[dict[str, Any]] = Queue()


class _Taking(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        assert isinstance(self.server, Heartbeats)
        if self.path == "/api/heartbeat":
            self.server.heard.put(json.loads(body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Heartbeats]:
    with Heartbeats() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def agent(server: Heartbeats, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """An agent whose first heartbeat was heard."""
    env = {
        **os.environ,
        "AGENT_HOSTNAME": "NIKITA",
        "AGENT_PORT": "8084",
        "API_SERVERS": f"http://127.0.0.1:{server.server_port}",
        "LOG_FILE": str(tmp_path / "agent.log"),
        "SPOOL_DIR": str(tmp_path),
    }
    with subprocess.Popen(
        [sys.executable, str(ROOT / "client" / "api_client_stable.py"), "--simulate"],
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert "running" not in server.heard.get(timeout=PATIENCE)
        yield process
        process.kill()


def close() -> None:
    """What `taskkill` sends."""
    win32gui.PostMessage(win32gui.FindWindow(WINDOW_CLASS, None), win32con.WM_CLOSE, 0, 0)


def sign_out() -> None:
    """What Windows sends to each window, at a sign-out and at a shutdown."""
    window = win32gui.FindWindow(WINDOW_CLASS, None)
    assert win32gui.SendMessage(window, win32con.WM_QUERYENDSESSION, 0, 0), "the agent does not hold up a shutdown"
    win32gui.SendMessage(window, win32con.WM_ENDSESSION, 1, 0)


@pytest.mark.parametrize("end", [close, sign_out])
def test_it_says_farewell_and_ends(agent: subprocess.Popen[bytes], server: Heartbeats, end: Callable[[], None]) -> None:
    end()

    said = [server.heard.get(timeout=PATIENCE)]
    while "running" not in said[-1]:  # a heartbeat may have been on its way
        said.append(server.heard.get(timeout=PATIENCE))
    assert said[-1]["running"] is False
    assert agent.wait(PATIENCE) == 0


def test_a_sign_out_that_somebody_else_stopped_ends_nothing() -> None:
    ended = threading.Event()

    with ended_by_windows(ended.set):
        win32gui.SendMessage(win32gui.FindWindow(WINDOW_CLASS, None), win32con.WM_ENDSESSION, 0, 0)

        assert not ended.is_set()


def test_windows_is_held_back_until_the_farewell_is_said() -> None:
    ended = threading.Event()

    with ended_by_windows(ended.set):
        window = win32gui.FindWindow(WINDOW_CLASS, None)
        windows = threading.Thread(target=win32gui.SendMessage, args=(window, win32con.WM_ENDSESSION, 1, 0))
        windows.start()
        assert ended.wait(PATIENCE)
        assert windows.is_alive()

    windows.join(PATIENCE)
    assert not windows.is_alive()
    assert not win32gui.FindWindow(WINDOW_CLASS, None)


def test_a_closed_console_ends_it_too_and_ctrl_c_is_left_to_python() -> None:
    ends: list[str] = []
    handle = console_handler(lambda: ends.append("in order"))

    assert handle(CTRL_CLOSE_EVENT)
    assert not any(handle(event) for event in LEFT_TO_PYTHON)
    assert ends == ["in order"]
