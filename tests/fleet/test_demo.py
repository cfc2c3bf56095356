"""`python run.py demo` as a newcomer meets it."""

from __future__ import annotations

import re
import socket
import sys
from pathlib import Path

import requests

from microsip_manager.demo import CAST
from tests.fleet.processes import Running, free_port, wait_for


def request_of(line: str) -> requests.Response:
    """What the printed curl line asks for."""
    [url] = re.findall(r"http://[^\s\"]+", line)
    return requests.request("POST" if "-X POST" in line else "GET", url, timeout=10)


def test_the_demo_works_as_it_says_and_ends_cleanly(tmp_path: Path) -> None:
    port = free_port()
    demo = Running.start([sys.executable, "run.py", "demo"], tmp_path / "demo.log", {"SERVER_PORT": str(port)})
    try:
        wait_for("the demo invites", lambda: "Ctrl-C ends it" in demo.said())
        url = f"http://127.0.0.1:{port}"
        wait_for("everybody is there", lambda: len(requests.get(f"{url}/api/clients", timeout=5).json()) == len(CAST))
        answers = [(line, request_of(line)) for line in demo.said().splitlines() if "curl " in line]
    finally:
        code = demo.stop()

    assert code == 0
    assert "Traceback" not in demo.said()
    outcomes = [answer.json()["outcome"] for line, answer in answers if "-X POST" in line]
    assert outcomes == ["applied", "unsupported", "denied", "hung"]
    assert all(answer.ok for line, answer in answers if "-X POST" not in line)
    with socket.create_server(("127.0.0.1", port)):
        pass  # the server has left its port


def test_a_taken_port_ends_the_demo_with_its_name(tmp_path: Path) -> None:
    with socket.create_server(("", 0)) as taken:
        port = str(taken.getsockname()[1])
        demo = Running.start([sys.executable, "run.py", "demo"], tmp_path / "demo.log", {"SERVER_PORT": port})

        assert demo.ended() == 2

    assert f"SERVER_PORT {port} cannot be opened" in demo.said()
