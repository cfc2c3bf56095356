"""Real processes of the product, on free ports, with everything of theirs in a folder of the test's."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeVar
from urllib.parse import quote

import requests

from benchmarks.servers import free_port as free_port

ROOT = Path(__file__).parents[2]
PATIENCE = 30.0
"""Seconds to wait for something that must happen; far more than it takes."""

Found = TypeVar("Found")


def wait_for(what: str, look: Callable[[], Found | None], patience: float = PATIENCE) -> Found:
    """What `look` returns once it is true; fails with the name of what never came."""
    deadline = time.monotonic() + patience
    while True:
        if found := look():
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {patience:g} s")
        time.sleep(0.05)


@dataclass
class Running:
    """A started process and its log."""

    process: subprocess.Popen[str]
    log: Path
    _out: IO[str]

    @classmethod
    def start(cls, command: list[str], log: Path, env: dict[str, str]) -> Running:
        out = log.open("a", encoding="utf-8")
        process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **env}, stdout=out, stderr=out, text=True)
        return cls(process, log, out)

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def stop(self) -> int:
        """Ask it to end, as Ctrl-C does, and give its exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.ended()

    def kill(self) -> None:
        self.process.kill()
        self.ended()

    def ended(self) -> int:
        """Wait for its end and give its exit code."""
        code = self.process.wait(PATIENCE)
        self._out.close()
        return code


@dataclass
class Server:
    """A running server and the requests an administrator sends."""

    folder: Path
    port: int
    env: dict[str, str]
    running: Running
    host: str = "127.0.0.1"

    @classmethod
    def start(
        cls,
        folder: Path,
        port: int | None = None,
        host: str = "127.0.0.1",
        inside: Sequence[str] = (),
        program: Sequence[str] = ("server/api_server.py",),
        **env: str,
    ) -> Server:
        """`inside` is a command that runs another one in some other place, where the server is reached by `host`."""
        port = port or free_port()
        env = {"SERVER_PORT": str(port), "DATABASE_URL": f"sqlite:///{folder}/manager.db", **env}
        command = [*inside, sys.executable, *program]
        server = cls(folder, port, env, Running.start(command, folder / "server.log", env), host)
        wait_for("the server answers", server.answers)
        return server

    @classmethod
    @contextmanager
    def lasting(cls, folder: Path, **env: str) -> Iterator[Server]:
        """One that ends well, and tells of no error that nobody expected."""
        server = cls.start(folder, None, **env)
        try:
            yield server
        finally:
            code = server.running.stop()
        assert code == 0
        assert "Traceback" not in server.running.said()

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def answers(self) -> bool:
        if self.running.process.poll() is not None:
            raise AssertionError(f"the server ended: {self.running.said()}")
        try:
            return requests.get(f"{self.url}/healthz", timeout=5).ok
        except requests.ConnectionError:
            return False

    def get(self, path: str) -> Any:
        return requests.get(f"{self.url}{path}", timeout=30).json()

    def ask(self, hostname: str, command: str, **body: Any) -> Any:
        return requests.post(f"{self.url}/api/clients/{hostname}/{command}", json=body, timeout=30).json()

    def set_dnd(self, hostname: str, enabled: bool, connection: requests.Session | None = None) -> Any:
        """Over a new connection if none is given."""
        url = f"{self.url}/api/clients/{hostname}/set_dnd"
        post = requests.post if connection is None else connection.post
        return post(url, params={"enabled": enabled}, timeout=30).json()

    def beat(self, hostname: str, status: int = 0) -> None:
        body = {"hostname": hostname, "extension": "485", "status": status}
        requests.post(f"{self.url}/api/heartbeat", json=body, timeout=30).raise_for_status()

    def status_of(self, hostname: str) -> str | None:
        return self._of(hostname, "status")

    def agent_of(self, hostname: str) -> str | None:
        """What the list says of the agent itself."""
        return self._of(hostname, "agent")

    def ways(self, hostname: str) -> list[str]:
        """How each command travelled, the newest first."""
        return [command["way"] for command in self.commands(hostname)]

    def commands(self, hostname: str) -> list[dict[str, Any]]:
        """All that the client was asked, the newest first."""
        found: list[dict[str, Any]] = []
        while page := self.get(f"/api/clients/{hostname}/commands?{self._before(found)}"):
            found += page
        return found

    def _before(self, found: list[dict[str, Any]]) -> str:
        before = f"before={quote(found[-1]['asked_at'])}&" if found else ""
        return f"{before}limit=500"

    def _of(self, hostname: str, field: str) -> str | None:
        found = [client[field] for client in self.get("/api/clients") if client["hostname"] == hostname]
        return found[0] if found else None


@dataclass
class SimulatedAgent:
    """A running agent with a simulated MicroSIP, on its own free port."""

    hostname: str
    port: int
    running: Running

    @classmethod
    def start(
        cls,
        folder: Path,
        server: Server,
        hostname: str,
        *,
        online: str = "online",
        inside: Sequence[str] = (),
        program: Sequence[str] = ("client/api_client_stable.py",),
        **env: str,
    ) -> SimulatedAgent:
        """Start it and wait for the status it has once it is there."""
        port = free_port()
        own = {"AGENT_HOSTNAME": hostname, "AGENT_PORT": str(port), "SPOOL_DIR": str(folder / "spool")}
        env = {**own, "API_SERVERS": server.url, **env}
        command = [*inside, sys.executable, *program, "--simulate"]
        agent = cls(hostname, port, Running.start(command, folder / f"agent-{port}.log", env))
        wait_for(f"{hostname} is online", lambda: server.status_of(hostname) == online)
        return agent


class WatchedAgent:
    """An agent whose MicroSIP the test opens and closes, and whose clicks it counts."""

    def __init__(self, folder: Path, server: Server, hostname: str, inside: Sequence[str] = (), **env: str) -> None:
        self._folder = folder / hostname
        self._folder.mkdir()
        self.open_microsip()
        self.port = free_port()
        env = {
            "AGENT_HOSTNAME": hostname,
            "AGENT_PORT": str(self.port),
            "API_SERVERS": server.url,
            "HEARTBEAT_INTERVAL": server.env["HEARTBEAT_INTERVAL"],
            "SPOOL_DIR": str(self._folder),
            "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT))),
            **env,
        }
        command = [*inside, sys.executable, "-m", "tests.fleet.watched_agent", str(self._folder)]
        self.running = Running.start(command, self._folder / "agent.log", env)
        wait_for(f"{hostname} is online", lambda: server.status_of(hostname) == "online")

    def open_microsip(self) -> None:
        (self._folder / "runs").touch()

    def close_microsip(self) -> None:
        (self._folder / "runs").unlink()

    def clicks(self) -> list[float]:
        """When MicroSIP was clicked."""
        file = self._folder / "clicks"
        return [float(line) for line in file.read_text(encoding="utf-8").split()] if file.exists() else []

    def wait_for_link(self) -> None:
        wait_for("the agent is linked", lambda: "linked to" in self.running.said())


def two_opposite_wishes(server: Server, hostname: str) -> dict[bool, Any]:
    """What two administrators are answered who ask at the same moment for DND on and off, by their wish."""
    answers: dict[bool, Any] = {}
    both = threading.Barrier(2)

    def wish(enabled: bool) -> None:
        both.wait()
        answers[enabled] = server.set_dnd(hostname, enabled)

    admins = [threading.Thread(target=wish, args=(enabled,)) for enabled in (True, False)]
    for admin in admins:
        admin.start()
    for admin in admins:
        admin.join()
    return answers
