"""A whole agent on real sockets of this machine, and its command line."""

from __future__ import annotations

import http.server
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import httpx2
import pytest

from microsip_manager.agent.errors import UnusableSystem
from microsip_manager.agent.main import main
from microsip_manager.agent.running import RunningAgent
from microsip_manager.agent.simulated import SimulatedPhone
from microsip_manager.agent.simulated_screen import SimulatedScreen
from microsip_manager.agent.sockets import listening_sockets
from microsip_manager.settings import AgentSettings
from microsip_manager.wire.paths import HEARTBEAT
from microsip_manager.wire.problems import CONTENT_TYPE, decode_problem

ROOT = Path(__file__).resolve().parents[2]


class HeartbeatServer(http.server.ThreadingHTTPServer):
    """Takes heartbeats and keeps them."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), TakesHeartbeats)
        self.beats: list[dict[str, object]] = []
        self.news = threading.Condition()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def wait_for(self, **expected: object) -> dict[str, object]:
        """The first heartbeat that says this; fails when none comes."""

        def found() -> list[dict[str, object]]:
            return [beat for beat in self.beats if expected.items() <= beat.items()]

        with self.news:
            assert self.news.wait_for(found, timeout=5), self.beats
            return found()[0]


class TakesHeartbeats(http.server.BaseHTTPRequestHandler):
    server: HeartbeatServer

    def do_POST(self) -> None:
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == HEARTBEAT:  # and not calls
            with self.server.news:
                self.server.beats.append(message)
                self.server.news.notify_all()
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[HeartbeatServer]:
    with HeartbeatServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def phone() -> SimulatedPhone:
    return SimulatedPhone("485")


def settings_for(server: str, folder: Path, port: int = 0) -> AgentSettings:
    return AgentSettings("INFO", "", 60.0, 5.0, (server,), 60.0, port, "NIKITA", "MicroSIP", str(folder / "spool"))


@pytest.fixture
def agent(server: HeartbeatServer, phone: SimulatedPhone, tmp_path: Path) -> Iterator[RunningAgent]:
    with RunningAgent(
        settings_for(server.url, tmp_path), phone, screen=SimulatedScreen(), simulated=True, addresses=["127.0.0.1"]
    ) as agent:
        yield agent


def url_of(agent: RunningAgent, path: str) -> str:
    return f"http://127.0.0.1:{agent.port}{path}"


def test_it_beats_with_the_port_it_listens_on_and_says_that_it_is_simulated(
    agent: RunningAgent, server: HeartbeatServer
) -> None:
    beat = server.wait_for(hostname="NIKITA", extension="485", status=0)

    assert beat["port"] == agent.port
    assert beat["simulated"] is True


def test_a_command_switches_the_phone_and_the_next_heartbeat_says_so_at_once(
    agent: RunningAgent, server: HeartbeatServer, phone: SimulatedPhone
) -> None:
    server.wait_for(status=0)

    answer = httpx2.post(url_of(agent, "/api/set_dnd?enabled=true"))

    assert answer.json()["outcome"] == "applied"
    assert phone.look().dnd is True
    server.wait_for(status=1)


def test_asleep_it_answers_and_sends_nothing_and_wakes_within_two_seconds(
    server: HeartbeatServer, tmp_path: Path
) -> None:
    phone = SimulatedPhone("485", running=False)
    with RunningAgent(
        settings_for(server.url, tmp_path), phone, screen=SimulatedScreen(), simulated=True, addresses=["127.0.0.1"]
    ) as agent:
        assert httpx2.get(url_of(agent, "/health")).json()["status"] == "ok"
        assert httpx2.get(url_of(agent, "/api/status")).json()["status"] == "offline"
        assert server.beats == []

        phone.open()
        opened = time.monotonic()
        server.wait_for(status=0)

    assert time.monotonic() - opened < 2


def test_a_close_of_microsip_and_an_end_of_the_agent_are_told_at_once(
    server: HeartbeatServer, phone: SimulatedPhone, tmp_path: Path
) -> None:
    with RunningAgent(
        settings_for(server.url, tmp_path), phone, screen=SimulatedScreen(), simulated=True, addresses=["127.0.0.1"]
    ):
        server.wait_for(status=0)
        phone.close()
        server.wait_for(running=False)

        server.beats.clear()
        phone.open()
        server.wait_for(status=0)

    server.wait_for(running=False)
    assert [beat.get("running", True) for beat in server.beats] == [True, False]


def test_flask_and_the_http_client_are_loaded_only_when_they_are_needed() -> None:
    code = (
        "import sys; import microsip_manager.agent.main; "
        "print({'flask', 'ssl', 'http.client', 'email', 'httpx2'} & set(sys.modules))"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src")}

    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "set()"


def test_ten_megabytes_and_broken_requests_get_problems_from_the_real_port_too(agent: RunningAgent) -> None:
    big = httpx2.post(url_of(agent, "/api/set_dnd"), content=b"x" * 10_000_000)
    long_header = httpx2.get(url_of(agent, "/health"), headers={"X-Long": "x" * 20_000})

    assert (big.status_code, decode_problem(big.content).code) == (413, "too-large")
    assert long_header.status_code == 422
    assert long_header.headers["Content-Type"] == CONTENT_TYPE


def test_a_stopped_agent_frees_its_port(server: HeartbeatServer, phone: SimulatedPhone, tmp_path: Path) -> None:
    agent = RunningAgent(
        settings_for(server.url, tmp_path), phone, screen=SimulatedScreen(), simulated=True, addresses=["127.0.0.1"]
    )
    httpx2.get(url_of(agent, "/health"))

    agent.stop()
    agent.stop()

    for sock in listening_sockets(["127.0.0.1"], agent.port):
        sock.close()


def test_a_taken_port_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(UnusableSystem, match=f"port {port} is taken.*AGENT_PORT"):
            listening_sockets(["127.0.0.1"], port)


def test_both_kinds_of_loopback_get_the_same_port() -> None:
    sockets = listening_sockets(["127.0.0.1", "::1"], 0)

    assert len({sock.getsockname()[1] for sock in sockets}) == 1
    for sock in sockets:
        sock.close()


def site(**values: object) -> ModuleType:
    module = ModuleType("api_config")
    module.__dict__.update(values)
    return module


@pytest.mark.parametrize(
    ("values", "argv", "words"),
    [
        ({"HEARTBEAT_INTERVAL": "soon"}, ["--simulate"], "HEARTBEAT_INTERVAL is 'soon'; expected a positive number"),
        ({"AGENT_HOSTNAME": "a/b"}, ["--simulate"], "AGENT_HOSTNAME is 'a/b'"),
        pytest.param(
            {},
            [],
            "MicroSIP runs on Windows only; --simulate",
            marks=pytest.mark.skipif(sys.platform == "win32", reason="Windows has MicroSIP"),
        ),
    ],
)
def test_what_prevents_a_start_is_one_line_and_exit_code_2(
    capsys: pytest.CaptureFixture[str], values: dict[str, object], argv: list[str], words: str
) -> None:
    assert main(site(**values), argv) == 2

    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1


def test_a_taken_port_is_one_line_and_exit_code_2(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with socket.create_server(("0.0.0.0", 0)) as taken:
        port = taken.getsockname()[1]

        assert main(site(AGENT_PORT=port, SPOOL_DIR=str(tmp_path)), ["--simulate"]) == 2

    assert f"port {port} is taken" in capsys.readouterr().err


def test_help_has_an_example_and_the_settings(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(site(), ["--help"])

    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert "client/api_client_stable.py --simulate" in shown
    assert "API_SERVERS" in shown


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to send")
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_the_launcher_starts_and_stops_cleanly(server: HeartbeatServer, sign: signal.Signals, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = {
        "API_SERVERS": server.url,
        "AGENT_PORT": str(port),
        "AGENT_HOSTNAME": "OLGA",
        "SPOOL_DIR": str(tmp_path),
    }
    process = subprocess.Popen(
        [sys.executable, ROOT / "client" / "api_client_stable.py", "--simulate"],
        env={**os.environ, **settings},
        stderr=subprocess.PIPE,
        text=True,
    )
    server.wait_for(hostname="OLGA", simulated=True)

    process.send_signal(sign)
    _, told = process.communicate(timeout=10)

    assert process.returncode == 0
    assert f"OLGA: agent 0.1.0 listens on port {port}, with a simulated MicroSIP" in told
    assert "OLGA: the agent stops" in told
    assert "Traceback" not in told
